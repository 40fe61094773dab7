#!/bin/sh
# browser.sh: opens the page in a real browser: files, and a web server's. Nothing that customers wrote may
# run there; the list, and Sync now, must work by click and by keyboard. Takes pictures in light and dark,
# wide and narrow.
#
#   sh test/browser.sh [DIRECTORY]     DIRECTORY is for pages and pictures; default: build/browser.
# Of the pictures, page-light.png, page-dark.png and page-sync.png stand in docs/.
#
# If npm is there, axe-core looks for barriers to accessibility; if not, the script says that it did not.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM
AXE=4.14.1

fluent_sync() {
    env -i PATH="$PATH" HOME="$scratch" "$build/fluent-sync" -c "$scratch/fluent-sync.ini" "$@"
}

sql() {
    "$scratch/database/client" dashboard <"$root/test/browser/$1.sql" >/dev/null
}

site() {
    curl -sf -o /dev/null -d "$1" "$site_url/_control"
}

# look PROGRAM [ARGUMENT]...: in the browser.
look() {
    program=$1
    shift
    mkdir -p "$scratch/browser"
    (cd "$root/test/browser" && TMPDIR=$scratch/browser python3 -B "$program" "$pages" "$@")
}

need build test serve browser
make_scratch
pages=${1:-$root/build/browser}
mkdir -p "$pages"
build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
start_database "$root/test/support"
start_site "$build/test/sample-site" --tickets agency --zone Europe/Amsterdam --user mirror \
    --password abcdefghijklmnopqrstuvwx
write_configuration abcdefghijklmnopqrstuvwx
site '{"do":"site","home":"https://help.northpier.example"}'
site '[{"do":"create","ticket":{"id":103}},{"do":"update","id":103,"unset":["created_at"]}]'

axe=
if command -v npm >/dev/null &&
    npm install --prefix "$scratch/npm" --no-audit --no-fund --silent "axe-core@$AXE" >/dev/null 2>&1; then
    axe=$scratch/npm/node_modules/axe-core/axe.min.js
else
    echo "browser.sh: no axe-core to be had by npm: labels and contrast are not looked at"
fi

fluent_sync migrate >/dev/null
fluent_sync report -o "$pages/empty.html"
fluent_sync 2>/dev/null || true # one ticket has no date
fluent_sync rejects --accept 103 >/dev/null
sql busy
fluent_sync >/dev/null
fluent_sync report -o "$pages/busy.html"
write_configuration abcdefghijklmnopqrstuvwx 'retries = 0'
start_web "$build/fluent-sync"
failed=0
# shellcheck disable=SC2086
look served.py "$web_url" "$site_url" $axe || failed=1
write_configuration wrong-password
for _ in 1 2 3; do
    fluent_sync 2>/dev/null && exit 1 # the site has to refuse it
done
fluent_sync report -o "$pages/failed.html"
write_configuration abcdefghijklmnopqrstuvwx
fluent_sync >/dev/null
sql many
fluent_sync report -o "$pages/many.html"
sql hostile
fluent_sync report -o "$pages/hostile.html"

# shellcheck disable=SC2086
look page.py $axe || failed=1
exit "$failed"
