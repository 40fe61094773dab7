#!/bin/sh
# run.sh: builds the fuzz targets and runs each for a time, two at once.
#
#   sh test/fuzz/run.sh [--coverage] [SECONDS] [TARGET]...
#
# SECONDS is the time for each target; default: 20. TARGET is page, html, ...; default: all. An input that
# makes a target crash, hang (10 s) or grow (1 GB) fails the run; it is named, and kept in the build tree.
# The corpora are kept there as well, and a later run continues from them. --coverage: afterwards, shows
# the lines of the library that the corpora reach, in another build.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
trap remove_scratch EXIT
trap 'trap - TERM; kill $(jobs -p) 2>/dev/null; exit 130' HUP INT TERM

coverage=no
if [ "${1:-}" = --coverage ]; then
    coverage=yes
    shift
fi
seconds=20
case ${1:-} in
'') ;;
*[!0-9]*) ;;
*)
    seconds=$1
    shift
    ;;
esac
need build fuzz
build fuzz fuzz all
fuzz=$build/fuzz
names=$*
if [ -z "$names" ]; then
    for source in "$root"/test/fuzz/fuzz_*.c; do
        target=${source##*/fuzz_}
        names="$names ${target%.c}"
    done
fi
mkdir -p "$fuzz/found"
sh "$root/test/fuzz/seeds.sh" "$fuzz/seeds"

# Prints the longest input of a target: a longer one is only slower.
longest() {
    case $1 in
    page) echo 16384 ;;
    html) echo 8192 ;;
    config) echo 2048 ;;
    dates) echo 64 ;;
    *) echo 4096 ;;
    esac
}

# fuzz_one TARGET: one target, until its time is over or it has failed.
fuzz_one() {
    dictionary=$root/test/fuzz/$1.dict
    mkdir -p "$fuzz/corpus/$1"
    set -- "$1" "$fuzz/corpus/$1" "$fuzz/seeds/$1" -max_total_time="$seconds" \
        -max_len="$(longest "$1")" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$fuzz/found/$1-"
    [ ! -e "$dictionary" ] || set -- "$@" -dict="$dictionary"
    name=$1
    shift
    "$build/test/fuzz/fuzz_$name" "$@" >"$fuzz/$name.log" 2>&1 &
    child=$!
    wait "$child" || echo failed >"$fuzz/$name.failed"
}

# table_line TARGET: executions, coverage, memory and verdict, from what libFuzzer printed.
table_line() {
    verdict=passed
    [ ! -e "$fuzz/$1.failed" ] || verdict=FAILED
    awk -v name="$1" -v verdict="$verdict" '
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1)
                                              if ($i == "ft:") ft = $(i + 1)
                                              if ($i == "corp:") corp = $(i + 1) } }
        /^stat::number_of_executed_units/ { runs = $2 }
        /^stat::average_exec_per_sec/ { speed = $2 }
        /^stat::peak_rss_mb/ { rss = $2 }
        END { printf "%-12s %11s %8s %7s %7s  %-14s %5s  %s\n", name, runs, speed, cov, ft, corp,
              rss, verdict }' "$fuzz/$1.log"
}

# Runs two at a time: each of two workers takes the next target that nobody has taken.
rm -rf "$fuzz/taken"
mkdir "$fuzz/taken"
row() {
    child=
    trap 'kill $child 2>/dev/null; exit 130' HUP INT TERM
    trap - EXIT
    for target in $names; do
        mkdir "$fuzz/taken/$target" 2>/dev/null || continue
        rm -f "$fuzz/$target.failed"
        fuzz_one "$target"
    done
}
echo "fuzzing for $seconds s each:" $names
row &
row &
wait

printf '%-12s %11s %8s %7s %7s  %-14s %5s\n' target executions per_s cov ft corpus MB
failed=0
for target in $names; do
    table_line "$target"
    [ ! -e "$fuzz/$target.failed" ] || failed=1
done
for target in $names; do
    [ -e "$fuzz/$target.failed" ] || continue
    echo "-- $target: the input that did it is named at the end"
    grep -v '^#[0-9]' "$fuzz/$target.log" | grep -v '^stat::' | tail -n 60
done

# Shows the lines reached, by running every input of the corpora once in a build that counts.
count_lines() {
    corpora=$fuzz
    build fuzz fuzz-coverage all \
        "-DCMAKE_C_FLAGS=-O1 -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping"
    rm -f "$build"/*.profraw
    objects=
    for target in $names; do
        program=$build/test/fuzz/fuzz_$target
        LLVM_PROFILE_FILE=$build/$target.profraw "$program" -runs=0 "$corpora/corpus/$target" \
            "$corpora/seeds/$target" >"$build/$target.log" 2>&1 || tail -n 20 "$build/$target.log"
        objects="$objects -object $program"
    done
    llvm-profdata merge -o "$build/all.profdata" "$build"/*.profraw
    # shellcheck disable=SC2086
    llvm-cov report -instr-profile="$build/all.profdata" $objects \
        -ignore-filename-regex='test/|migrations' -show-region-summary=0 -show-branch-summary=0 |
        awk '$1 ~ /[.]c$/ && $NF != "0.00%" { printf "%-24s %5d lines, %4d missed: %7s\n", $1, $5, $6, $7 }'
}
[ "$coverage" = no ] || count_lines
exit $failed
