#!/bin/bash
# check_includes.sh: who may include whom, and what the library never does.
#
#   check_includes.sh [TREE]       prints FILE:LINE: RULE for each violation; exits 1 on any
#   check_includes.sh --self-test  plants one violation of each rule in a copy of the tree: each must
#                                  be found, and the tree itself be clean of them
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

# Of each line: its includes; then, comments taken out, its string literals; then, these taken out
# too, its code. A module is NAME.c and NAME.h, with its parts NAME_part.c and NAME_part.h.
check() {
    cd "$1"
    if [ ! -e lib/error.h ] || [ ! -e cmd/main.c ]; then
        echo "check_includes.sh: $1 is not the source of fluent-sync" >&2
        exit 2
    fi
    awk '
    BEGIN {
        # Headers that are neither of the language nor of POSIX, and the files that may include them.
        foreign("curl/", "lib/http.c")
        foreign("cjson/", "lib/decode*.c lib/decode_tree.h cmd/json.c")
        foreign("(mysql|ma_pvio)[.]h", "lib/db*.c")
        foreign("ini[.]h", "lib/config*.c")
        foreign("libxml/", "lib/html*.c lib/html*.h")
        foreign("xxhash[.]h", "lib/hash.c")
        foreign("glib[.]h", "lib/text.c lib/zone.c")
        foreign("malloc[.]h", "cmd/main.c")
        system_headers = "^((arpa|net|netinet|sys)/[a-z]+|assert|complex|ctype|dirent|errno|fcntl|fenv" \
            "|float|fnmatch|getopt|glob|grp|iconv|inttypes|langinfo|limits|locale|math|netdb|poll" \
            "|pthread|pwd|regex|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool" \
            "|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time" \
            "|uchar|unistd|wchar|wctype)[.]h$"

        leaves = "error|buf|log|clock|secret|text|zone|hash|row|tally|scope|trust|numbers"
        pure = "map|merge|walk|plan"
        # Modules (with their parts), and those they do not include.
        apart("site", "store|db|sql|lease|map|merge")
        apart("store|lease|report|migrate", "site|http")
        apart(pure, "db|http|site|sql")
        hidden_from_cmd = "http|walk|sql|lease"

        calls = "printf|vprintf|puts|putchar|perror|exit|_exit|_Exit|quick_exit|abort|getenv" \
            "|secure_getenv|getopt|getopt_long"
        names = "stdout|stderr|argv|environ"
        sql = "\"[ \\t]*(SELECT|INSERT|UPDATE|DELETE) "
    }

    function foreign(header, files) {
        foreign_header[++foreigners] = "^" header
        foreign_files[foreigners] = files
    }
    function apart(modules, others) {
        aparts++
        apart_modules[aparts] = "^(" modules ")$"
        apart_others[aparts] = "^(" others ")$"
    }
    function exists(path,    line, found) {
        if (!(path in known)) {
            known[path] = (getline line < path) >= 0
            close(path)
        }
        return known[path]
    }
    # site of site_url, which is a part of it; else the name itself.
    function module(name,    whole) {
        whole = name
        while (sub(/_[^_]*$/, "", whole))
            if (exists("lib/" whole ".h"))
                name = whole
        return name
    }
    function broken(rule) {
        print FILENAME ":" FNR ": " rule
        violations++
    }

    function check_system(header,    i) {
        if (header ~ system_headers)
            return
        for (i = 1; i <= foreigners; i++)
            if (header ~ foreign_header[i]) {
                if (!listed(foreign_files[i]))
                    broken("<" header "> belongs into " foreign_files[i] " alone")
                else if (header == "ini.h" && ini && ini != FILENAME)
                    broken("<ini.h> is included by " ini " already: one file alone reads INI")
                else if (header == "ini.h")
                    ini = FILENAME
                return
            }
        broken("<" header "> is a dependency that test/check_includes.sh does not know")
    }
    # Is FILENAME one of these files? `*` is any part of a module.
    function listed(files) {
        gsub(/[.]/, "[.]", files)
        gsub(/[*]/, "[a-z_]*", files)
        gsub(/ /, "|", files)
        return FILENAME ~ "^(" files ")$"
    }

    function check_own(header,    name, theirs, i) {
        name = header
        sub(/[.]h$/, "", name)
        if (header ~ /\// || (!exists(dir "/" header) && !exists("lib/" header))) {
            broken(dir " includes \"" header "\", which is no header of " \
                (dir == "lib" ? "lib" : "cmd or lib"))
            return
        }
        if (exists("cmd/" header) && dir == "cmd")
            return
        theirs = module(name)
        if (theirs != name && (dir == "cmd" || mine != theirs))
            broken("\"" header "\" is a private part of " theirs)
        if (dir == "cmd") {
            if (name ~ "^(" hidden_from_cmd ")$")
                broken("cmd does not include \"" header "\"")
            return
        }
        if (mine ~ "^(" leaves ")$" && theirs !~ "^(" leaves ")$")
            broken(mine " is a leaf and includes leaves alone, not \"" header "\"")
        for (i = 1; i <= aparts; i++)
            if (mine ~ apart_modules[i] && theirs ~ apart_others[i] && mine != theirs)
                broken(mine " does not include \"" header "\"")
    }

    # Takes comments out of `line`, over several lines; then the inside of its literals, left in
    # `literals`.
    function strip(line,    code, c, two, quote) {
        code = literals = quote = ""
        while (line != "") {
            c = substr(line, 1, 1)
            two = substr(line, 1, 2)
            if (in_comment) {
                c = two == "*/" ? two : c
                in_comment = two != "*/"
            } else if (quote != "") {
                c = c == "\\" ? two : c
                literals = literals c
                if (c == quote)
                    quote = ""
            } else if (two == "/*") {
                c = two
                in_comment = 1
            } else if (two == "//") {
                c = line
            } else {
                code = code c
                if (c == "\"" || c == "\047") {
                    quote = c
                    literals = literals c
                }
            }
            line = substr(line, length(c) + 1)
        }
        return code
    }

    FNR == 1 {
        in_comment = 0
        dir = FILENAME
        sub(/\/.*/, "", dir)
        file = FILENAME
        gsub(/.*\/|[.][ch]$/, "", file)
        mine = dir == "lib" ? module(file) : ""
    }
    /^[ \t]*#[ \t]*include[ \t]*</ {
        header = $0
        gsub(/^[^<]*<|>.*/, "", header)
        check_system(header)
        next
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        header = $0
        gsub(/^[^"]*"|".*/, "", header)
        check_own(header)
        next
    }
    /^[ \t]*#[ \t]*include/ { broken("an include that cannot be checked") }
    {
        code = " " strip($0) " "
        if (FILENAME != "lib/sql.h" && literals ~ sql)
            broken("SQL belongs into lib/sql.h alone")
        if (dir != "lib")
            next
        sub(/format[(]v?printf/, "", code) # an attribute
        if (code ~ "[^A-Za-z0-9_](" calls ")[ \t]*[(]")
            broken("the library does not print, exit, or read options or the environment")
        if (code ~ "[^A-Za-z0-9_.>](" names ")[^A-Za-z0-9_]")
            broken("the library does not touch stdout, stderr, argv or environ")
    }
    END { exit violations > 0 }
    ' lib/*.[ch] cmd/*.[ch]
}

# plant FILE TEXT RULE: TEXT goes to the end of FILE in the copy, to be found there as a breach of RULE
# or, without RULE, to be let be.
plant() {
    local file=$1 text=$2 rule=${3:-}
    printf '%s\n' "$text" >>"$copy/$file"
    plants+=("$file:$(wc -l <"$copy/$file"): " "$text" "$rule")
}

# Names the plants that were taken otherwise, and fails if there are any.
compare() {
    local found said i wrong=0
    found=$(check "$copy") || true
    for ((i = 0; i < ${#plants[@]}; i += 3)); do
        said=$(grep "^${plants[i]}" <<<"$found") || said=
        if [ -z "${plants[i + 2]}" ] && [ -z "$said" ]; then
            continue
        elif [ -n "${plants[i + 2]}" ] && [[ $said = *"${plants[i + 2]}"* ]]; then
            continue
        fi
        echo "${plants[i]}${plants[i + 1]}: expected: ${plants[i + 2]:-nothing}; said: ${said:-nothing}"
        wrong=$((wrong + 1))
    done
    echo "$((${#plants[@]} / 3)) plants, $wrong taken wrongly"
    [ "$wrong" = 0 ]
}

self_test() {
    copy=$(mktemp -d) plants=()
    trap 'rm -rf "$copy"' EXIT
    cp -r "$root/lib" "$root/cmd" "$copy"
    local header file

    for header in curl/curl.h cjson/cJSON.h mysql.h ma_pvio.h libxml/tree.h xxhash.h \
        glib.h ini.h; do
        for file in lib/sync.c lib/store.c cmd/main.c; do
            plant $file "#include <$header>" "<$header> belongs into"
        done
    done
    plant lib/http.h '#include <curl/curl.h>' '<curl/curl.h> belongs into'
    plant lib/db.h '# include <mysql.h> /* for MYSQL */' '<mysql.h> belongs into'
    plant lib/config_value.c '#include <ini.h>' 'one file alone'
    plant lib/zone.c '#include <openssl/evp.h>' 'does not know'
    plant lib/sync.c '#include SYNC_HEADER' 'cannot be checked'

    for header in sync_private.h store_private.h http.h walk.h sql.h lease.h site_url.h; do
        plant cmd/cmd_sync.c "#include \"$header\"" "$header"
    done
    plant lib/sync.c '#include "options.h"' 'no header of lib'
    plant lib/sync.c '#include "../cmd/json.h"' 'no header of lib'
    plant cmd/main.c '#include "../lib/http.h"' 'no header of cmd or lib'
    for file in error buf log clock secret text zone hash row tally scope; do
        plant lib/$file.c '#include "config.h"' 'leaf'
        plant lib/$file.h '#include "decode.h"' 'leaf'
    done
    for header in store db sql lease map merge; do
        for file in site.c site.h site_url.c site_verdict.c; do
            plant lib/$file "#include \"$header.h\"" 'site does not include'
        done
    done
    for file in store.c store.h store_page.c lease.c report.c migrate.c; do
        plant lib/$file '#include "site.h"' 'does not include'
        plant lib/$file '#include "http.h"' 'does not include'
    done
    for file in map merge walk plan; do
        for header in db http site sql; do
            plant lib/$file.c "#include \"$header.h\"" 'does not include'
        done
    done
    for header in sync store config; do
        plant lib/map.c "#include \"${header}_private.h\"" "private part of $header"
    done
    plant lib/sync.c '#include "site_url.h"' 'private part of site'

    for file in 'printf("x");' 'puts("x");' 'putchar(10);' 'perror("x");' 'exit(1);' 'abort ();' \
        'return getenv("HOME");' '/* two */ exit(1);' 'x = "a\"b"; exit(1);'; do
        plant lib/store.c "$file" 'does not print'
    done
    plant lib/http.c 'fprintf(stderr, "x");' 'does not touch'
    plant lib/http.c 'int f(char **argv);' 'does not touch'
    plant lib/http.c 'for (e = environ; *e; e++)' 'does not touch'
    for file in SELECT INSERT UPDATE DELETE; do
        plant lib/store.c "db_exec(db, \"$file x\");" 'SQL'
        plant cmd/main.c "db_exec(db, \"$file x\");" 'SQL'
    done

    plant lib/store.c 'snprintf(text, sizeof text, "exit(1) %s", "printf()");'
    plant lib/store.c '/* printf("x"); exit(1); "SELECT 1" */'
    plant lib/store.c '// getenv("HOME")'
    plant lib/store.c 'x = fopen(path, "r"); buf_printf(b, "x"); on_exit_code(1);'
    plant lib/store.c "c = '\"'; /* \" */ d = 'x'; e = \"/*\"; f(exit_code);"
    plant lib/sql.h '#define SQL_ONE "SELECT 1"'
    plant lib/plan.h '#include "store.h"'
    plant lib/sync_page.c '#include "sync_private.h"'
    plant cmd/cmd_sync.c '#include "report.h"'
    compare
}

case ${1:-} in
--self-test) self_test ;;
*) check "${1:-$root}" ;;
esac
