#!/bin/sh
# cgi.sh: how long a GET of /status takes through nginx, Apache and lighttpd with fcgiwrap, and how much of
# it is the program's: medians. Where valgrind is, also how many instructions the program executes.
#
#   sh test/bench/cgi.sh [ROUNDS]      default: 100
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
. "$root/test/support/web.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

need build demo web
make_scratch
build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
start_database "$root/test/support"
start_site "$build/test/sample-site" --user mirror --password abcdefghijklmnopqrstuvwx
web_prepare
fluent_sync migrate >/dev/null
fluent_sync --no-progress >/dev/null 2>&1 || true # one ticket has no date
rounds=${1:-100}
set --
for name in nginx apache lighttpd; do
    web_start_fcgiwrap "$name"
    web_start "$name" plain
    set -- "$@" "$name=http://127.0.0.1:$web_port"
done
$as_program /usr/bin/python3 -B - "$WEB_TOKEN" "$scratch/web/cgi" "$rounds" "$@" <"$root/test/bench/cgi.py"

# instructions ARGUMENT...: of the program with these arguments, in millions.
instructions() {
    $as_program env -i PATH=/usr/bin:/bin REQUEST_METHOD=GET PATH_INFO=/status \
        HTTP_AUTHORIZATION="Bearer $WEB_TOKEN" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$scratch/web/bin/fluent-sync" "$@" 2>&1 >/dev/null |
        awk '/Collected/ { printf "%.1f million\n", $NF / 1e6 }'
}
! command -v valgrind >/dev/null || echo "instructions: $(instructions cgi -c "$scratch/web/fluent-sync.ini"), of them" \
    "to load the program and its libraries: $(instructions --version)"
