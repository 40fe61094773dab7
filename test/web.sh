#!/bin/sh
# web.sh: sends a list of requests, good and bad, through real web servers: nginx, Apache and lighttpd in
# front of fcgiwrap, and Apache and lighttpd with CGI. Prints a table of what each answered; exits with 1
# if anything differs from what the list (test/web/requests.py) expects.
#
#   sh test/web.sh [SERVER]...     nginx apache lighttpd apache-cgi lighttpd-cgi; default: all
#
# Their configuration is what is installed, cmd/dist/web/*.conf and, for CGI, the blocks of docs/web.md,
# with other paths. Each server runs several times: as it is; with its own login; with a patience of three
# seconds; nginx also with the dashboard's login. All listen on loopback. As root, the servers run as
# www-data, and the program as nobody.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
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
fluent_sync 2>/dev/null || true # one ticket has no date
[ $# -gt 0 ] || set -- nginx apache lighttpd apache-cgi lighttpd-cgi
fluent_sync rejects --accept 103 >/dev/null
for server_name; do
    variants="plain login hasty"
    case $server_name in
    nginx) variants="$variants session" ;;
    *-cgi) variants="plain hasty" ;;
    esac
    case $server_name in *-cgi) ;; *) web_start_fcgiwrap "$server_name" ;; esac
    line=$server_name
    for variant in $variants; do
        web_start "$server_name" "$variant"
        line="$line $variant=http://127.0.0.1:$web_port"
    done
    echo "$line" >>"$scratch/fronts"
done
# shellcheck disable=SC2154
(cd "$root/test/web" && /usr/bin/python3 -B requests.py "$scratch/fronts" "$site_url" "$scratch/database/client")
