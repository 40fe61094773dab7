#!/bin/sh
# seeds.sh: writes what the fuzz targets start from: pieces of the recordings, and cases of the tests.
#
#   seeds.sh DIRECTORY    fills DIRECTORY/TARGET with files
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
recordings=$root/test/fixtures/fluent-support-2.0.1
to=$1

# seed TARGET NAME: keeps the standard input as a seed.
seed() {
    mkdir -p "$to/$1"
    cat >"$to/$1/$2"
}

page() {
    n=0
    while [ $n -lt 100 ]; do # a ticket each; jq -a writes \uXXXX as PHP does
        jq -ac ".tickets.data |= .[$n:$((n + 1))]" "$recordings/tickets_per100_id_asc_page1.json" |
            seed page "ticket_$n"
        n=$((n + 5))
    done
    jq -ac '.tickets.data |= .[40:43]' "$recordings/tickets_per100_id_asc_page2.json" |
        seed page tickets
    for name in tickets_empty tickets_beyond_last_page err_wrong_password; do
        seed page "$name" <"$recordings/$name.json"
    done
    seed page warning <<'END'
<br />
<b>Warning</b>: {"tickets" Undefined
{"tickets":{"data":[{"id":1,"created_at":"2026-01-01 00:00:00","preview_response":{"id":1},
"id":2,"preview_response":{"id":2},"custom":{"hours":"1.005"},"tags":[{"slug":"a","title":"large"}],
"customer":{"email":"a","email":"b"},"n":1e400,"m":12345678901234567890,"s":"\u0000\ud83d\ude00"}]}}
END
}

html() {
    for file in "$root"/test/fixtures/html/*.html; do
        seed html "$(basename "$file")" <"$file"
    done
    for n in 7 23 61 88; do
        jq -r ".tickets.data[$n].content // empty" "$recordings/tickets_per100_id_asc_page1.json" |
            seed html "ticket_$n"
    done
}

config() {
    seed config example <"$root/fluent-sync.ini.example"
    sed 's/^;\([a-z]\)/\1/; s/^# *\([a-z_]* = \)/\1/' "$root/fluent-sync.ini.example" |
        seed config example_set
    for line in 'fluent]connections = 2' 'fluent]per_page = 500' 'fluent]timeout = 30s' \
        'sync]lease = 60' 'sync]max_deletes = 10%' 'sync]full_every = 2d' 'sync]timezone = +05:45' \
        'mysql]host = a, b' 'privacy]drop = a.b, c' 'mailbox.3]category = Hosting'; do
        printf '[%s]\n%s\n' "${line%%]*}" "${line#*]}" | seed config "$(echo "$line" | tr -dc a-z)"
    done
    seed config numbers <<'END'
[fluent]
api_url = https://support.example.com
api_username = api
site_key = shop
timeout = 30s
per_page = 500
connections = 2
requests_per_second = unlimited
retries = 5
[sync]
deadline = 15m
lease = 60
local_edits = overwrite
deleted_tickets = hide
keep_runs = 10000
raw_data = mapped
[mysql]
port = 3306
database = dashboard
ssl_verify = no
timeout = 30
END
    seed config short <<'END'
[fluent]
api_url = https://support.example.com/blog/wp-json
api_username = api
mailbox_ids = 1, 3
date_filter = 2025-09-20
[sync]
full_every = 12h
max_deletes = 5%
timezone = Europe/Berlin
[mysql]
host = one, two
database : dashboard
password = a;b#c "d" =e
[map.urgency]
blocker = HIGH
* = LOW
[map.fields]
website_url = customer.url
[mailbox.3]
date_filter = 2026-01-01
category = Hosting
[privacy]
drop = customer.email, tags.slug
END
}

environment() {
    seed environment full <<'END'
FLUENT_API_URL=https://support.example.com/
FLUENT_API_USERNAME=api
FLUENT_DATE_FILTER=2025-10-01
FLUENT_MAILBOX_ID=1,2
FLUENT_DB_HOST=127.0.0.1,localhost
FLUENT_DB_PORT=3306
FLUENT_DB_USER=me
FLUENT_DB_NAME=dashboard
END
    seed environment legacy <<'END'
VITE_FLUENT_API_URL=http://[::1]:8080/a/wp-json/
VITE_FLUENT_API_USERNAME=api
VITE_FLUENT_DATE_FILTER=2025-10-01
VITE_FLUENT_MAILBOX_ID=
DB_HOST=localhost
DB_PORT=
DB_USER=root
DB_PASSWORD=secret
END
}

dates() {
    n=0
    {
        grep -ho '"[a-z_]*_\(at\|since\|response\)": *"[^"]*"' "$recordings"/tickets_per100*.json |
            cut -d'"' -f4 | awk 'NR % 40 == 1'
        sed -n 's/^\(Date\|Retry-After\): *//p' "$recordings"/*.meta | tr -d '\r' | sort -u | head -n 9
        printf '%s\n' 120 99999999999999999999 'Sun, 06 Nov 1994 08:49:37 GMT' America/New_York \
            -001-11-30T04:56:02+00:00 '0000-00-00 00:00:00' '2026-11-01 01:30:00' +05:45 -18.5 1e400 \
            2026-03-08T02:30:00.125-04:00 9999-12-31T23:59:59Z 2026-02-29
    } | while read -r text; do
        printf %s "$text" | seed dates "$n"
        n=$((n + 1))
    done
}

answers() {
    for file in "$recordings"/err_*.json "$recordings"/err_*.body "$recordings"/me*.json \
        "$recordings"/wp_index_fields.json; do
        seed answers "$(basename "$file")" <"$file"
    done
    jq -c '{ticket: .ticket}' "$recordings/ticket_single.json" | head -c 3000 | seed answers ticket
}

terminal() {
    jq -r '.tickets.data[] | "\(.id)\n\(.status)\n\(.title)"' \
        "$recordings/tickets_per100_id_asc_page1.json" | split -l 6 -a 3 - "$to/piece."
    mkdir -p "$to/terminal"
    for piece in "$to"/piece.*; do
        { printf P && cat "$piece"; } >"$to/terminal/$(basename "$piece")"
        rm "$piece"
    done
    printf 'P\033[31mred\033]0;t\007\n\302\2331m\342\200\256\n\344\275\240\314\201\314\201\n\377\303' |
        seed terminal hostile
}

base() {
    n=0
    while read -r json; do
        printf '%b%b%s' "\\0$n" 'Support\nHosting\nSubject\\n\\nText\nSubject\n' "$json" |
            seed base "$n"
        n=$((n + 1))
    done <<'END'
{"date":"2026-01-01","time":"00:00:00","category":"Support","description":"Subject","urgency":"LOW"}
{"description#":"0123456789abcdef0123456789abcdef","category":null,"website_url":"https://a.test/"}
{"category":"Caf\u00e9","category":"twice","unknown":"x","description":"","time#":null}
{"date":1}
END
}

web() {
    n=0
    while read -r line; do
        # shellcheck disable=SC2059 # the line is a format: \n ends a variable
        printf "$line" | seed web $n
        n=$((n + 1))
    done <<'END'
REQUEST_METHOD=GET\nSCRIPT_NAME=/fluent\nPATH_INFO=/tickets\nQUERY_STRING=limit=5&status=on%%20hold\nHTTP_AUTHORIZATION=Bearer 0123456789abcdef0123456789abcdef\n
REQUEST_METHOD=POST\nPATH_INFO=/sync\nCONTENT_TYPE=application/json\nHTTP_PREFER=wait=1, respond-async\n\n{"dateFilter":"2025-10-01","full":true}
REQUEST_METHOD=OPTIONS\nPATH_INFO=/tickets/5\nHTTP_ORIGIN=https://a.example\nHTTP_SEC_FETCH_SITE=cross-site\nHTTP_HOST=own.example\n\n{"ticket_ids":[4711,"12"]}
REMOTE_USER=anna\nAUTH_TYPE=Basic\n\n{ "d\\u0061teFilter" : null , "full" : false }
END
}

# The first line of a seed is a rule, the rest a ticket's content.
rules() {
    n=0
    {
        grep -h '   gives   ' "$root/cmd/dist/fluent-sync.ini.5" | sed 's/   gives   .*//'
        sed -n '/^```ini/,/^```$/s/^[a-z_]* = \(.* | .*\)/\1/p' "$root/docs/mapping.md"
        printf '%s\n' 'content | form "Message", "E-*"' 'content | text | first_url except client.test' \
            '((((title))))' 'content | cut 5 | trim | clean | lower | host'
    } | while read -r rule; do
        { printf '%s\n' "$rule" && cat "$root/test/fixtures/html/form_table.html"; } | seed rules "$n"
        n=$((n + 1))
    done
}

for target in page html config environment dates answers terminal base rules web; do
    "$target"
done
