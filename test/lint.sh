#!/bin/sh
# lint.sh: runs the linters. Takes every step, and exits with 1 if one of them found something.
#
#   sh test/lint.sh [STEP]...    STEP: format, tidy, cppcheck, clang, analyzer, alerts; default: all
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

# One file at a time: from the second file on, clang-tidy 14 reports every va_list as uninitialized.
tidy() {
    build ci ci fluent-sync
    find lib cmd -name '*.c' -print0 | xargs -0 -P2 -n1 clang-tidy -p "$build" --quiet
}

# uninitvar reports variables that are passed by address to be filled; valgrind and clang do this better.
check_cpp() {
    cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,performance,portability \
        --inline-suppr --suppress=missingIncludeSystem --suppress=uninitvar -D_GNU_SOURCE \
        -D'cJSON_ArrayForEach(e,a)=for(e=(a)->child;e;e=e->next)' -I lib -I cmd -j2 lib cmd
}

clang_build() {
    build ci clang all -DCMAKE_C_COMPILER=clang
}

# gcc 12 loses sight of what is stored through a pointer, and reports it as leaked. LeakSanitizer,
# valgrind and test_alloc look for leaks instead.
analyzer() {
    build ci analyzer fluent-sync -DCMAKE_C_COMPILER=gcc \
        -DCMAKE_C_FLAGS='-fanalyzer -Wno-analyzer-malloc-leak'
}

# Prometheus's own tool checks the rules, and which alerts fire.
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
