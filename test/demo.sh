#!/bin/sh
# demo.sh: fluent-sync in two minutes: the support site of a made-up agency and its dashboard, both on
# this machine alone, and what happens between them. Leaves nothing but the build, the page, and an empty
# database server's files in ~/.cache/fluent-sync.
#
#   sh test/demo.sh [-y] [--serve]
#
# -y installs missing packages without asking. With --serve, a web server then shows the page, where Sync
# now works, until Ctrl-C.
set -eu
yes=
[ "${1:-}" != -y ] || {
    yes=-y
    shift
}
case ${1:-} in
'' | --serve) ;;
*)
    echo "usage: sh test/demo.sh [-y] [--serve]" >&2
    exit 2
    ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

# alone PROGRAM...: without the caller's settings.
alone() {
    env -i PATH="$PATH" HOME="$scratch" FLUENT_SYNC_CONFIG="$scratch/fluent-sync.ini" "$@"
}

# tell TEXT: what happens, in lines that fit every terminal.
tell() {
    printf '\n'
    printf '%s\n' "$1" | fold -s -w 78 | sed 's/ $//'
}

# show CODE [ARGUMENT]...: shows a command with what it prints; fails unless it exits with CODE.
show() {
    expected=$1 code=0
    shift
    printf '\n$ fluent-sync%s\n' "${*:+ $*}"
    alone "$build/fluent-sync" "$@" >"$scratch/shown" 2>&1 || code=$?
    fold -s -w 78 "$scratch/shown" | sed 's/ $//'
    [ "$code" = "$expected" ] || {
        echo "demo.sh: exit code $code, expected $expected" >&2
        exit 1
    }
}

database() {
    "$scratch/database/client" "$@" dashboard
}

# ask SQL: shows a query with its answer; one that was shown before, its answer alone.
ask() {
    printf '\n'
    [ "$1" = "$asked" ] || printf 'sql> %s\n' "$1"
    printf '%s\n' "$1" | database --table
    asked=$1
}

# site COMMAND: something happens on the site.
site() {
    curl -sf -o /dev/null -d "$1" "$site_url/_control"
}

ask_newest() {
    ask "SELECT date, source, category, urgency,
            LEFT(SUBSTRING_INDEX(description, '\n', 1), 31) AS title
     FROM requests ORDER BY date DESC, time DESC LIMIT 4"
}

ask_ticket() {
    ask "SELECT category, urgency, ticket_status AS status, agent_name AS agent,
            response_count AS replies, LEFT(description, 20) AS title
     FROM requests AS r JOIN fluent_tickets AS f ON f.request_id = r.id
     WHERE fluent_id = '$ticket'"
}

ask_number() {
    ask 'SELECT COUNT(*) AS tickets, COUNT(DISTINCT fluent_id) AS different
     FROM fluent_tickets'
}

count_stored() {
    echo 'SELECT COUNT(*) FROM fluent_tickets' | database --skip-column-names
}

more_than() {
    [ "$(count_stored)" -gt "$1" ]
}

prepare() {
    need build demo ${1:+serve}
    make_scratch
    build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
    start_database "$root/test/support"
    start_site "$build/test/sample-site" --tickets agency --zone Europe/Amsterdam \
        --user mirror --password abcdefghijklmnopqrstuvwx
    write_configuration 'abcd efgh ijkl mnop qrst uvwx' 'per_page = 50'
    site '[{"do":"site","home":"https://help.northpier.example"},{"do":"hide_first","count":150}]'
    ticket=$(curl -sf "$site_url/_control/tickets" | jq '.[-1].id') asked=
}

first_run() {
    tell 'A small web agency answers its customers in FluentSupport, on its WordPress site. It has a dashboard, too, which shows what is in the table `requests`: a text message, a call, a mail.'
    show 0 migrate
    database <"$root/test/demo.sql"
    ask_newest
    tell 'THE FIRST RUN brings every ticket.'
    show 0
    ask_newest
}

reply() {
    tell 'A REPLY. Ana asks for help: her ticket is new.'
    ask_ticket
    tell 'On the site, Mira answers, and calls it urgent. The next run reads one page: the tickets that changed last.'
    site "$(printf '{"do":"update","id":%s,"set":%s}' "$ticket" '{"status":"active",
        "response_count":"1","first_response_time":"1500","priority":"critical","agent_id":"100",
        "agent":{"id":100,"first_name":"Mira","last_name":"Okafor","full_name":"Mira Okafor"}}')"
    show 0
    ask_ticket
}

# The site stops answering in the middle of the list, so that the run cannot end by itself.
kill_run() {
    tell 'A CRASH. 150 older tickets are imported into the site. The run that fetches them is killed in the middle.'
    before=$(count_stored)
    site "$(printf '[{"do":"show_first","count":150},{"do":"fault","kind":"stall","match":"%s","skip":%d}]' \
        order_by=id $(((before + 150) / 50 - 1)))"
    printf '\n$ fluent-sync --full\nKilled\n'
    serve env -i "$build/fluent-sync" -c "$scratch/fluent-sync.ini" --full
    up more_than "$before" || {
        cat "$scratch/servers.log" >&2
        return 1
    }
    kill -KILL "$server"
    wait "$server" 2>/dev/null || true
    forget "$server"
    site '{"do":"fault","kind":"stall","times":0}'
    ask_number
    tell "The next run goes on where that one stopped. The site has $((before + 150)) tickets: none is lost, and none is there twice."
    show 0
    ask_number
}

edit() {
    tell 'AN EDIT. In the dashboard, somebody moves the ticket to Email. On the site, Ana gives it another title. What a person wrote stays, and what is new on the site arrives.'
    printf '\nsql> %s\n' "UPDATE requests SET category = 'Email' WHERE ..."
    echo "UPDATE requests AS r JOIN fluent_tickets AS f ON f.request_id = r.id
        SET category = 'Email' WHERE fluent_id = '$ticket'" | database
    site "$(printf '{"do":"update","id":%s,"set":%s}' "$ticket" '{"title":"It works again, but slowly"}')"
    show 0
    ask_ticket
    show 0 tickets --edited
}

footnote() {
    tell 'A FOOTNOTE. One ticket has no creation date. The others are not held up, but the run says so, and exits with 3 until somebody has looked.'
    site "$(printf '[{"do":"create"},{"do":"update","id":%d,"unset":["created_at"]}]' $((ticket + 1)))"
    show 3
    show 0 rejects --accept "$((ticket + 1))"
    show 0
}

serve_page() {
    start_web "$build/fluent-sync"
    site '{"do":"create","ticket":{"title":"A quote for a booking calendar?","status":"new",
        "content":"<p>Parents should book their talks with the teachers themselves.</p>",
        "priority":"normal","product":{"id":1,"title":"Advisory"},"response_count":"0",
        "customer.full_name":"Hannah Feld","agent_id":null,"agent":null,"mailbox.name":"Support"}}'
    tell 'The same page from a web server. A ticket has just come in on the site: press Sync now, then load the page again. Ctrl-C ends it.'
    printf '\n%s\n' "$web_url"
    trap 'exit 0' INT TERM
    while kill -0 "$server" 2>/dev/null; do
        sleep 1
    done
    echo "demo.sh: the web server has ended" >&2
    exit 1
}

prepare "$@"
first_run
reply
kill_run
edit
footnote
tell 'THE PAGE of all this, which any browser opens:'
cd "$build"
show 0 report -o demo.html
printf '\nfile://%s/demo.html\n' "$build"
if [ $# = 0 ]; then
    tell 'With --serve, a web server shows the page, and its button starts a run.'
else
    serve_page
fi
