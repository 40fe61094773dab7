#!/bin/sh
# run.sh: builds fluent-sync with warnings as errors and runs its tests.
#
#   sh test/run.sh [--long] [--preset NAME] [ctest's options, such as -R unit]
#
# --long: every allocation, statement and step failed in turn, and the simulations at full length,
# which takes hours; ends with what was tried. --preset: another one of CMakePresets.json than ci.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
trap remove_scratch EXIT
trap 'exit 130' HUP INT TERM

preset=ci long=OFF
while :; do
    case ${1:-} in
    --long)
        long=ON
        export WALK_RUNS=200000 ALLOC_ALL=1 DB_FAULTS_ALL=1 KILL_ALL=1
        ;;
    --preset)
        preset=${2:?--preset NAME}
        shift
        ;;
    *) break ;;
    esac
    shift
done
need build test
build "$preset" "$preset" all -DFLUENT_SYNC_LONG="$long"
code=0
ctest --test-dir "$build" --output-on-failure --no-tests=error -j2 "$@" || code=$?
[ "$long" = OFF ] || sed -n 's/^tried: //p' "$build/Testing/Temporary/LastTest.log"
exit "$code"
