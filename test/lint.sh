#!/bin/sh
# lint.sh: what reads the code instead of running it. Every step is taken; exits 1 if one found
# something.
#
#   sh test/lint.sh [STEP]...    of format, tidy, cppcheck, clang, analyzer, alerts; without: all of them
# shellcheck disable=SC2317 # its functions are called through step
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
trap remove_scratch EXIT
trap 'exit 130' HUP INT TERM

format() {
    find lib cmd test -name '*.[ch]' ! -path 'test/fixtures/*' \
        -exec clang-format --dry-run -Werror {} +
}

# One file at a time: from the second one on, clang-tidy 14 takes every va_list for uninitialized.
tidy() {
    build ci ci fluent-sync
    find lib cmd -name '*.c' -print0 | xargs -0 -P2 -n1 clang-tidy -p "$build" --quiet
}

# uninitvar takes a variable passed to be filled for one that is read; valgrind and clang know better.
check_cpp() {
    cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,performance,portability \
        --inline-suppr --suppress=missingIncludeSystem --suppress=uninitvar -D_GNU_SOURCE \
        -D'cJSON_ArrayForEach(e,a)=for(e=(a)->child;e;e=e->next)' -I lib -I cmd -j2 lib cmd
}

clang_build() {
    build ci clang all -DCMAKE_C_COMPILER=clang
}

# gcc 12 loses sight of what is stored through a pointer and calls it leaked: LeakSanitizer, valgrind
# and test_alloc look for leaks instead.
analyzer() {
    build ci analyzer fluent-sync -DCMAKE_C_COMPILER=gcc \
        -DCMAKE_C_FLAGS='-fanalyzer -Wno-analyzer-malloc-leak'
}

# By Prometheus's own tool: the rules, and which alerts fire.
alerts() {
    promtool check rules cmd/dist/fluent-sync.rules.yml &&
        promtool test rules test/support/alerts.yml
}

step() {
    echo "-- $1"
    shift
    cd "$root"
    "$@" || failed=1
}

need build test lint
failed=0
[ $# -gt 0 ] || set -- format tidy cppcheck clang analyzer alerts
for name; do
    case $name in
    format) step 'clang-format' format ;;
    tidy) step 'clang-tidy' tidy ;;
    cppcheck) step 'cppcheck' check_cpp ;;
    clang) step 'clang, warnings as errors' clang_build ;;
    analyzer) step "gcc's analyzer, warnings as errors" analyzer ;;
    alerts) step 'promtool' alerts ;;
    *)
        echo "lint.sh: $name: format, tidy, cppcheck, clang, analyzer or alerts" >&2
        exit 2
        ;;
    esac
done
exit $failed
