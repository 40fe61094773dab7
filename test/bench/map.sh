#!/bin/sh
# map.sh: how many instructions it takes to decode and map a page of 500 tickets by the built-in rules, and how
# many more by each recipe of docs/mapping.md. Fails if one takes 20 % more. Counted by valgrind, so that the
# machine's load does not matter.
#
#   sh test/bench/map.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
trap remove_scratch EXIT
trap 'exit 130' HUP INT TERM

need build test
build release release bench-map -DFLUENT_SYNC_TESTS=ON >&2
make_scratch
fixtures=$root/test/fixtures

# pages: 500 tickets of those recorded, and the same as submissions of a form.
pages() {
    jq -c '.tickets.data = ([limit(500; repeat(.tickets.data[]))])' \
        "$fixtures/fluent-support-2.0.1/tickets_per100_id_asc_page2.json" >"$scratch/recorded"
    jq -c --rawfile form "$fixtures/html/form_table.html" '.tickets.data[].content = $form' \
        "$scratch/recorded" >"$scratch/forms"
}

# configure [HEADING]: the configuration of a recipe; without one that of the built-in rules.
configure() {
    echo '[mysql]
database = d'
    awk -v heading="## ${1:-}" '
        /^## / { on = $0 == heading }
        /^```$/ { ini = 0 }
        on && ini
        /^```ini$/ { ini = 1 }' "$root/docs/mapping.md"
}

# instructions PAGE: what a page takes, in millions: two pages less one, without loading the program.
instructions() {
    for times in 1 2; do
        valgrind --tool=callgrind --callgrind-out-file=/dev/null \
            "$build/test/bench-map" "$scratch/configuration" "$scratch/$1" "$times" 2>&1 >/dev/null |
            sed -n 's/.*Collected : //p'
    done | awk 'NR == 2 { printf "%.2f\n", ($1 - before) / 1e6 } { before = $1 }'
}

pages
for page in recorded forms; do
    configure >"$scratch/configuration"
    base=$(instructions "$page")
    echo "$page: $base million instructions, built in"
    sed -n '/^```ini/=' "$root/docs/mapping.md" | while read -r line; do
        head -n "$line" "$root/docs/mapping.md" | sed -n 's/^## //p' | tail -n 1
    done | while read -r recipe; do
        configure "$recipe" >"$scratch/configuration"
        instructions "$page" | awk -v base="$base" -v recipe="$recipe" '{
            printf "%s: %+.1f %%\n", recipe, 100 * ($1 / base - 1)
            exit $1 > 1.2 * base }' || echo failed >"$scratch/failed"
    done
done
[ ! -e "$scratch/failed" ]
