#!/bin/bash
# documented.sh: compares the code with the help, the manuals, the README with its pages in docs/, and the
# example. Each command, option, exit code, key, default, variable, metric, check and column of the code
# must be documented, and nothing else may be.
# shellcheck disable=SC2016 # backquotes are those of Markdown
set -euo pipefail

code=$SOURCE_DIR/lib
example=$SOURCE_DIR/fluent-sync.ini.example
manual=$SOURCE_DIR/cmd/dist/fluent-sync.1
manual_ini=$SOURCE_DIR/cmd/dist/fluent-sync.ini.5
readme=$SOURCE_DIR/README.md
configuration=$SOURCE_DIR/docs/configuration.md
watching=$SOURCE_DIR/docs/watching.md
contributing=$SOURCE_DIR/CONTRIBUTING.md
prose=("$readme" "$contributing" "$SOURCE_DIR"/docs/*.md)
failed=0

sorted() {
    LC_ALL=C sort -u
}

# compare WHAT TRUTH CLAIM: lists of lines.
compare() {
    if [ -z "$2" ] || ! diff -u --label 'in the code' --label "in $1" <(echo "$2") <(echo "$3"); then
        echo "FAILED: $1 says something else than the code"
        failed=1
    else
        echo "ok: $1 ($(wc -l <<<"$2"))"
    fi
}

# The program of each line for a personal crontab. Cron finds nothing in /usr/local/bin by itself.
crontab_programs() {
    sed -nE 's#^\*/[0-9]+( \*){4} ([^ ]+).*#\2#p' "${prose[@]}" | sorted
}

# within WHAT TRUTH CLAIM: everything claimed is true.
within() {
    compare "$1" "$2" "$(printf '%s\n' "$2" "$3" | sorted)"
}

# section FILE FROM TO: the lines between two that match.
section() {
    awk -v from="$2" -v to="$3" '$0 ~ from { on = 1; next } $0 ~ to { on = 0 } on' "$1"
}

# The contents of `...`, a line each.
quoted() {
    { grep -o '`[^`]*`' || true; } | tr -d '`'
}

# Commands and options: from the help. "sync --since YYYY-MM-DD", "* -c, --config FILE".

help_commands() {
    section <("$FLUENT_SYNC" --help) '^Commands:' '^$' | awk '/^  [a-z]/ { print $1 }' | sorted
}

help_options() {
    "$FLUENT_SYNC" --help | awk '
        /^Options of / { sub(/:/, "", $3); of = $3 }
        /^Everywhere:/ { of = "*" }
        /^  (    )?-/ {
            sub(/^ */, "")
            sub(/  .*/, "")
            print of, $0
        }' | sorted
}

manual_commands() {
    section "$manual" '^[.]Sh COMMANDS' '^[.]Sh' | sed -n 's/^[.]It Cm //p' | sorted
}

# ".It Fl c , -config Ar FILE" of ".Ss Everywhere" as "* -c, --config FILE".
manual_options() {
    section "$manual" '^[.]Sh OPTIONS' '^[.]Sh' | awk '
        /^[.]Ss Options of / { of = $4 }
        /^[.]Ss Everywhere/ { of = "*" }
        /^[.]It Fl / {
            gsub(/^[.]It Fl | (Ar|Cm)/, "")
            gsub(/ Ns [|] Ns /, "|")
            sub(/ , /, ", -")
            print of " -" $0
        }' | sorted
}

readme_commands() {
    section "$readme" '^## Commands' '^Everywhere' | awk -F '`' '/^[|] `/ { print $2 }' | sorted
}

# "sync --since"; everywhere the letter, where there is one.
readme_options() {
    section "$readme" '^## Commands' '^Everywhere' | sed 's/\\|/,/g' | awk -F '`' '
        /^[|] `/ {
            for (i = 4; i <= NF; i += 2)
                if ($i ~ /^-/) {
                    sub(/ .*/, "", $i)
                    print $2, $i
                }
        }'
    sed -n '/^Everywhere:/,/^$/p' "$readme" | quoted | sed -n 's/^\(-[^ ]*\).*/* \1/p'
}

short_options() {
    help_options | sed 's/,//; s/^\([^ ]* [^ ]*\).*/\1/' | sorted
}

# Options in whatever is shown as a call of the program.
shown_options() {
    grep -hoE '(fluent-sync |args:)[^`|#]*' "${prose[@]}" "$manual" "$example" \
        "$SOURCE_DIR"/cmd/dist/*.{in,example,yaml} |
        { grep -oE '[ "]--[a-z-]*' || true; } | tr -d ' "' | sorted
}

# Exit codes.

code_exits() {
    sed -n '/^enum error_code/,/^}/s/.* = \([0-9]*\),.*/\1/p' "$code/base/error.h" | sorted
}

# A key is an option of setup: "--api-url", "--mysql-database".
key_options() {
    code_keys | without_default | awk '
        !/[*]|mailbox/ {
            sub(/^(fluent|sync) /, "")
            gsub(/[_ ]/, "-")
            print "--" $0
        }'
}

help_exits() {
    "$FLUENT_SYNC" --help | sed -n '/^Exit codes:/,$p' | grep -o '[0-9][0-9]*' | sorted
}

manual_exits() {
    section "$manual" '^[.]Sh EXIT STATUS' '^[.]Sh' | sed -n 's/^[.]It //p' | sorted
}

readme_exits() {
    section "$readme" '^### Exit codes' '^##' | sed -n 's/^| \([0-9, ]*\) |.*/\1/p' | tr -s ', ' '\n' | sorted
}

# Keys: "sync lease = 60s"; without a default "fluent api_url"; "map.urgency *".

code_keys() {
    awk -F '"' '
        /[.]section = / { section = $2 }
        /[.]name = / { name = $2; initial = none = "none" }
        /[.]initial = / { initial = $2 }
        /[.]doc =/ {
            value = initial == none ? "" : initial == "" ? " =" : " = " initial
            print section, name value
        }' "$code/config/keys.c" | sorted
}

without_default() {
    sed 's/ =.*//' | sorted
}

with_default() {
    grep ' =' | sorted
}

manual_keys() {
    section "$manual_ini" '^[.]Sh KEYS' '^[.]Sh' | awk '
        /^[.]Ss / { gsub(/^[.]Ss \[|\].*/, ""); section = $0 }
        /^[.]It Ar / { print section, "*" }
        /^[.]It Ic / {
            sub(/^[.]It Ic /, "")
            sub(/ No =/, " =")
            print section, $0
        }' | sorted
}

# Of an INI file, what is commented out by `;` too.
ini_keys() {
    awk '
        /^;?\[/ {
            gsub(/^;?\[|\].*/, "")
            sub(/^mailbox[.].*/, "mailbox.ID")
            if ($0 ~ /^map[.]/ && $0 !~ /^map[.](urgency|category|fields|ticket_fields)$/)
                $0 = "map.NAME"
            section = $0
        }
        /=/ && !/^(#|;?\[)/ {
            sub(/^;/, "")
            if (section ~ /^(map|push)[.]/)
                $0 = "*"
            print section, $0
        }' "$1" | sorted
}

# Where the code has no default the example has an example.
example_defaults() {
    local known
    known=$(code_keys | with_default | without_default)
    ini_keys "$example" | awk -F ' =' -v known="$known" '
        BEGIN {
            n = split(known, names, "\n")
            for (i = 1; i <= n; i++)
                is_known[names[i]] = 1
        }
        is_known[$1]' | sorted
}

# | `[sync]` | `lease = 60s`, ... |
page_keys() {
    section "$configuration" '^## Keys' '^## ' | grep '^| `\[' | while read -r line; do
        quoted <<<"$line" | awk '
            NR == 1 { gsub(/[][]/, ""); section = $0; next }
            { print section, $0 }'
    done | sorted
}

prose_ini() {
    sed -n '/^```ini/,/^```/p' "${prose[@]}" | grep -v '^```'
}

# Metrics: "fluent_sync_exit_code".

code_metrics() {
    {
        sed -n 's/.*PREFIX "\([a-z_]*[a-z]\)".*/fluent_sync_\1/p' "$code/../cmd/metrics.c"
        sed -n 's/.*[.]metric = "\([a-z_]*\)".*/fluent_sync_\1/p' "$code/model/counters.h"
    } | sorted
}

metrics_named() {
    grep -o 'fluent_sync_[a-z_]*[a-z]' "$1" | grep -vx 'fluent_sync_\(status\|state\)' | sorted
}

# Variables: "fluent api_url FLUENT_API_URL".

code_variables() {
    awk -F '"' '
        /[.]section = / { section = $2 }
        /[.]name = / { name = $2 }
        /[.](environment|legacy) = / { print section, name, $2 }' "$code/config/keys.c" | sorted
}

manual_variables() {
    section "$manual_ini" '^[.]Sh KEYS' '^[.]Sh' | awk '
        /^[.]Ss / { gsub(/^[.]Ss \[|\].*/, ""); section = $0 }
        /^[.]It / { name = $3 }
        /^[.]Ev [A-Z]/ { print section, name, $2 }' | sorted
}

variables_named() {
    grep -hoE '\b(VITE_FLUENT|FLUENT|DB)_[A-Z_]*[A-Z]\b' "$@" | grep -v '^FLUENT_SYNC' | sorted
}

# The checks of `fluent-sync check`: "net.tls". What else looks like one is a path into the JSON.

code_checks() {
    grep -hoE '"[a-z]+[.][a-z_]+"' "$code"/check/*.c | tr -d '"' | grep -vx mailbox.name | sorted
}

page_checks() {
    section "$SOURCE_DIR/docs/running.md" '^[|] checks' '^$' | sed 's/^| \([^|]*\)|.*/\1/' | quoted | sorted
}

# Keys of `sync --json`: one for each counter.

code_json() {
    grep -o '[.]key = "[A-Za-z]*"' "$code/model/counters.h" | cut -d '"' -f 2 | sorted
}

manual_json() {
    section "$manual" '^[.]Sh JSON OUTPUT' '^[.]Sh' | grep -o '[a-z][A-Za-z]*' | grep -xF "$(code_json)" | sorted
}

# Columns: "requests id", of tables that are created and of those that get further columns.

code_columns() {
    cat "$SOURCE_DIR"/migrations/*.sql | awk '
        match($0, /(CREATE TABLE IF NOT EXISTS|ALTER TABLE) [a-z_]+/) {
            table = substr($0, RSTART, RLENGTH)
            sub(/.* /, "", table)
        }
        /CREATE TABLE/ { created = 1; next }
        /^[)] ENGINE/ { created = 0 }
        created && /^    [a-z]/ { print table, $1 }
        match($0, /ADD COLUMN [a-z_]+/) { print table, substr($0, RSTART + 11, RLENGTH - 11) }
        /ADD COLUMN ., want[.]name/ { adding = 1 }
        adding && match($0, /SELECT [0-9]+( AS n)?, [^a-z]*[a-z_]+/) {
            column = substr($0, RSTART, RLENGTH)
            sub(/.*[^a-z_]/, "", column)
            print table, column
        }
        /^PREPARE/ { adding = 0 }' | sorted
}

page_columns() {
    awk -F '|' '
        /^## / { table = substr($0, 4) }
        /^[|] `/ {
            n = split($2, names, "`")
            for (i = 2; i <= n; i += 2)
                print table, names[i]
        }' "$SOURCE_DIR/docs/tables.md" | sorted
}

# Columns of fluent_tickets that no rule may fill.

columns_of_tickets() {
    code_columns | sed -n 's/^fluent_tickets //p' | sorted
}

columns_kept_from_rules() {
    {
        sed -n 's/^    X([A-Z_]*, "\([a-z_]*\)".*/\1/p' "$code/model/ticket_columns.h"
        section "$code/model/ticket_columns.h" 'define TICKET_OWN_COLUMNS' '^$' | grep -o '[a-z][a-z_]*'
    } | sorted
}

# Messages that docs/troubleshooting.md quotes; literals in the code may go on in the next line.

messages_quoted() {
    awk -F '|' '/^[|]/ { print $3 }' "$SOURCE_DIR/docs/troubleshooting.md" | quoted | sorted
}

messages_of_the_code() {
    local message literals
    literals=$(cat "$code"/*/*.c | tr -d '\n' | sed 's/" *"//g')
    messages_quoted | while read -r message; do
        ! grep -qF -e "$message" <<<"$literals" || echo "$message"
    done
}

# Where in the ticket a column comes from: "customer_name customer.full_name".

code_paths() {
    sed -n 's/^    X([A-Z_]*, "\([a-z_]*\)",.*[.]path = "\([a-z_.]*\)".*/\1 \2/p' "$code/model/ticket_columns.h" | sorted
}

page_paths() {
    section "$SOURCE_DIR/docs/tables.md" '^## fluent_tickets' '^## ' | awk -F '|' '
        /^[|] `/ {
            n = split($2, names, "`")
            split($4, paths, "`")
            for (i = 2; i <= n; i += 2)
                print names[i], paths[i]
        }' | grep -xF "$(code_paths)" | sorted
}

# What CONTRIBUTING.md names of the source: files, functions, tables.

names_of_the_source() {
    section "$contributing" '^## How to add something' '^## ' | awk '/^```/ { code = !code } !code' | quoted |
        grep -vE ' |NAME|subject' | sorted
}

names_that_exist() {
    local name
    names_of_the_source | while read -r name; do
        if [ -e "$SOURCE_DIR/$name" ] || grep -rqF -e "$name" "$code" "$SOURCE_DIR"/{cmd,migrations,test}; then
            echo "$name"
        fi
    done
}

# The folders of lib/, lowest first: "base".

code_layers() {
    sed -n '/^LAYERS = /,/^]/p' "$SOURCE_DIR/test/check_includes.py" | grep -o '"[a-z]*"' | tr -d '"'
}

page_layers() {
    section "$contributing" '^[|] folder' '^$' | awk -F '`' '/^[|] `/ { print $2 }'
}

# Libraries.

libraries() {
    "$FLUENT_SYNC" --version -v | sed '1d; s/ .*//' | sorted
}

page_libraries() {
    section "$contributing" '^[|] dependency' '^$' | sed -n '/(tests)/d; s/^| \([^ -][^|]*\) |.*/\1/p' | sorted
}

compare 'the manual: commands' "$(help_commands)" "$(manual_commands)"
compare 'the README: commands' "$(help_commands)" "$(readme_commands)"
compare 'the manual: options' "$(help_options)" "$(manual_options)"
compare 'the README: options' "$(short_options)" "$(readme_options | sorted)"
within 'calls of the program: options' \
    "$({ help_options | grep -o -e '--[a-z-]*'; key_options; } | sorted)" "$(shown_options)"
compare 'the help: exit codes' "$(code_exits)" "$(help_exits)"
compare 'the manual: exit codes' "$(code_exits)" "$(manual_exits)"
compare 'the README: exit codes' "$(code_exits)" "$(readme_exits)"
compare 'the manual: counters in JSON' "$(code_json)" "$(manual_json)"
compare 'the manual: keys and defaults' "$(code_keys)" "$(manual_keys)"
compare 'docs/configuration.md: keys and defaults' "$(code_keys)" "$(page_keys)"
compare 'the example: keys' "$(code_keys | without_default)" "$(ini_keys "$example" | without_default)"
compare 'the example: defaults' "$(code_keys | with_default)" "$(example_defaults)"
within 'configurations in the prose: keys' "$(code_keys | without_default)" "$(ini_keys <(prose_ini) | without_default)"
compare 'docs/watching.md: metrics' "$(code_metrics)" "$(metrics_named "$watching")"
within 'the alert rules: metrics' "$(code_metrics)" "$(metrics_named "$SOURCE_DIR/cmd/dist/fluent-sync.rules.yml")"
compare 'the manual: variables' "$(code_variables)" "$(manual_variables)"
within 'variables anywhere' "$(code_variables | awk '{ print $3 }' | sorted)" \
    "$(variables_named "$example" "$manual" "$manual_ini" "${prose[@]}" "$SOURCE_DIR"/cmd/dist/*.*)"
compare 'docs/running.md: checks' "$(code_checks)" "$(page_checks)"
compare 'docs/tables.md: columns' "$(code_columns)" "$(page_columns)"
compare 'columns of fluent_tickets: kept from rules' "$(columns_of_tickets)" "$(columns_kept_from_rules)"
compare 'docs/troubleshooting.md: messages' "$(messages_of_the_code)" "$(messages_quoted)"
compare 'docs/tables.md: where columns come from' "$(code_paths)" "$(page_paths)"
compare 'CONTRIBUTING.md: names of the source' "$(names_that_exist)" "$(names_of_the_source)"
compare 'CONTRIBUTING.md: layers' "$(code_layers)" "$(page_layers)"
compare 'CONTRIBUTING.md: libraries' "$(libraries)" "$(page_libraries)"
compare 'crontab lines in the prose: the program' /usr/local/bin/fluent-sync "$(crontab_programs)"
exit $failed
