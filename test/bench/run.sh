#!/bin/sh
# run.sh: measures how fast and how light fluent-sync is, beside other ways to do its work. Makes a
# release build, starts a database server (durable, with its defaults) and a sample site, and prints a
# table.
#
#   sh test/bench/run.sh [--quick | --long] [OPTION]...      (--help names them)
#
# On an idle machine, --quick takes some three minutes, the default twenty, and --long hours and 20 GB of
# $TMPDIR. When interrupted by Ctrl-C, it shows what it has. FLUENT_SYNC in the environment names another
# binary to measure. The exit code is 0 if everything ran and stored what it should, however long it took.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
trap remove_scratch EXIT
trap 'exit 130' HUP INT TERM

need build test bench
build release release 'fluent-sync sample-site bench-measure bench-parse' -DFLUENT_SYNC_TESTS=ON >&2
# Debian's, which its python3-* packages are for.
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$root/test/bench/bench.py" --build "$build" \
    --program "${FLUENT_SYNC:-$build/fluent-sync}" "$@"
