#!/bin/bash
# database.sh: a throwaway database server for tests. It runs as the current user, and touches nothing
# outside DIR and the cache of fetch.sh.
#
#   database.sh version                         prints its name and version; fetches it if necessary
#   database.sh start DIR [-- server options]   starts it, returns once it answers, prints nothing
#   database.sh run DIR [-- server options]     becomes the server, for a parent that waits and kills
#   database.sh stop DIR                        stops it; DIR stays, and the server can be started again
#
# $TEST_SERVER chooses the server: mariadb (this machine's own), mysql-own (likewise), mariadb-11.8, or
# mysql. The default is this machine's own: MariaDB, or where there is none, MySQL.
#
# DIR is created if missing. It holds the data, mysql.sock, port, mysql.pid and log.err; the server's
# command line programs client, dump and admin, as root and through the socket; and env, which a shell
# can source: DATABASE_DIR, DATABASE_SOCKET, DATABASE_HOST, DATABASE_PORT, DATABASE_USER,
# DATABASE_PASSWORD. Through the socket, root needs no password; over TCP, the user of env has all
# rights. For speed, a commit does not flush to disk: the data survives kill -9, but no power cut.
# DATABASE_DURABLE=1 in the environment makes every commit durable.
set -euo pipefail
unset MYSQL_HOST MYSQL_PWD MYSQL_TCP_PORT MYSQL_UNIX_PORT MARIADB_HOST MARIADB_PASSWORD
support=$(dirname "$(realpath "$0")")
cache=${TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/fluent-sync}

fail() {
    echo "database.sh: $*" >&2
    exit 1
}

# The servers, and all that differs between them: the programs as commands, the options, and how a data
# directory is created.

use_mariadb() {
    server=(mariadbd) client=(mariadb) dump=(mariadb-dump) admin=(mariadb-admin)
    name=MariaDB share=$(dirname "$(ls /usr/share/*/maria_add_gis_sp_bootstrap.sql)")
    options=(--innodb-log-file-size=8M)
    template=$cache/$(version | tr ' ' -)
}

use_mariadb_11_8() {
    local root
    root=$(bash "$support/fetch.sh" trixie mariadb-server-core) || exit
    use_mariadb
    server=("$root/run" usr/sbin/mariadbd)
    share=$root/usr/share/mariadb template=$root/template
    options+=(--basedir="$root/usr" --plugin-dir="$root/usr/lib/mysql/plugin"
        --lc-messages-dir="$share" --character-sets-dir="$share/charsets")
}

# Options that older versions do not have are loose.
use_own_mysql() {
    server=(mysqld) client=(mysql) dump=(mysqldump) admin=(mysqladmin)
    name=MySQL template=$cache/$(version | tr ' ' -)
    options=(--loose-innodb-redo-log-capacity=32M --loose-mysqlx=OFF --secure-file-priv=NULL
        --max-allowed-packet=16M)
}

use_mysql() {
    local root
    root=$(bash "$support/fetch.sh" sid mysql-server-core mysql-client-core) || exit
    server=("$root/run" usr/sbin/mysqld) client=("$root/run" usr/bin/mysql)
    dump=("$root/run" usr/bin/mysqldump) admin=("$root/run" usr/bin/mysqladmin)
    name=MySQL share=$root/usr/share/mysql template=$root/template
    options=(--innodb-redo-log-capacity=32M --mysqlx=OFF --secure-file-priv=NULL --max-allowed-packet=16M
        --basedir="$root/usr" --plugin-dir="$root/usr/lib/mysql/plugin"
        --lc-messages-dir="$share" --character-sets-dir="$share/charsets")
}

# initialize DATA
initialize() {
    local base=("${server[@]}" --no-defaults --user="$(id -un)" --datadir="$1" "${options[@]}"
        --innodb-flush-method=nosync)
    mkdir -p "$1"
    if [ "$name" = MySQL ]; then
        "${base[@]}" --initialize-insecure && rm "$1/auto.cnf" # the server's identity
    else
        {
            printf '%s;\n' 'CREATE DATABASE mysql' 'USE mysql' 'SET @auth_root_socket = NULL'
            cat "$share"/*_system_tables.sql "$share"/*_performance_tables.sql \
                "$share"/*_system_tables_data.sql "$share"/maria_add_gis_sp_bootstrap.sql \
                "$share"/*_sys_schema.sql
        } | "${base[@]}" --bootstrap --max-allowed-packet=8M
    fi
}

# A data directory is created once and then copied.
make_template() (
    mkdir -p "$cache" && exec 9>"$template.lock" && flock 9 || return
    [ ! -d "$template" ] || return 0
    rm -rf "$template.new"
    initialize "$template.new" && mv "$template.new" "$template"
)

make_data() {
    if make_template >"$dir/install.log" 2>&1; then
        cp -R --reflink=auto --sparse=always "$template" "$dir/data.new"
    else # no cache
        initialize "$dir/data.new" >>"$dir/install.log" 2>&1 ||
            fail "no $name: $(tail -n 3 "$dir/install.log")"
    fi
    mv "$dir/data.new" "$dir/data" # half of it would pass for the whole
    cat >"$dir/init.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'test'@'127.0.0.1' IDENTIFIED BY 'test';
GRANT ALL ON *.* TO 'test'@'127.0.0.1' WITH GRANT OPTION;
SQL
}

# Prints a port that nobody listens on, below those that the kernel assigns by itself.
free_port() {
    local port
    while :; do
        port=$((10000 + RANDOM % 22000))
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

write_env() {
    printf '%s\n' "DATABASE_DIR=$dir" "DATABASE_SOCKET=$dir/mysql.sock" DATABASE_HOST=127.0.0.1 \
        "DATABASE_PORT=$1" DATABASE_USER=test DATABASE_PASSWORD=test >"$dir/env"
    echo "$1" >"$dir/port"
}

# write_program NAME COMMAND...
write_program() {
    local path=$dir/$1
    shift
    printf '#!/bin/sh\nexec %s --no-defaults --socket=%s --user=root "$@"\n' "${*@Q}" \
        "${dir@Q}/mysql.sock" >"$path"
    chmod 755 "$path"
}

run() {
    local port durability=(--innodb-flush-log-at-trx-commit=2 --innodb-flush-method=nosync)
    [ -z "${DATABASE_DURABLE:-}" ] || durability=(--innodb-flush-log-at-trx-commit=1)
    mkdir -p "$dir"
    rm -rf "$dir/mysql.sock" "$dir/mysql.pid" "$dir/data.new"
    [ -d "$dir/data" ] || make_data
    write_program client "${client[@]}"
    write_program dump "${dump[@]}"
    write_program admin "${admin[@]}"
    port=$(free_port)
    write_env "$port"
    exec "${server[@]}" --no-defaults --user="$(id -un)" --datadir="$dir/data" --tmpdir="$dir" \
        --socket="$dir/mysql.sock" --pid-file="$dir/mysql.pid" --log-error="$dir/log.err" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --init-file="$dir/init.sql" \
        --innodb-buffer-pool-size=32M --skip-log-bin "${options[@]}" "${durability[@]}" \
        "$@" </dev/null >>"$dir/log.err" 2>&1
}

start() {
    local pid _
    for _ in 1 2 3; do # somebody may take the port between the choice and the bind
        run "$@" &
        pid=$!
        while kill -0 "$pid" 2>/dev/null; do
            ! "$dir/admin" ping >/dev/null 2>&1 || return 0
            sleep 0.1
        done
    done
    fail "$name did not start: $(grep -i error "$dir/log.err" | tail -n 3)"
}

stop() {
    local pid
    [ -s "$dir/mysql.pid" ] || return 0
    pid=$(<"$dir/mysql.pid")
    kill "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.1
    done
}

version() {
    echo "$name $("${server[@]}" --version | sed 's/.* Ver \([^ ]*\).*/\1/')"
}

verb=${1:-} kind=${TEST_SERVER:-mariadb}
[ -n "${TEST_SERVER:-}" ] || command -v mariadbd >/dev/null || ! command -v mysqld >/dev/null || kind=mysql-own
case $kind in
mariadb) use_mariadb ;;
mysql-own) use_own_mysql ;;
mariadb-11.8) use_mariadb_11_8 ;;
mysql) use_mysql ;;
*) fail "TEST_SERVER=$kind: mariadb, mysql-own, mariadb-11.8 or mysql" ;;
esac
case $#,$verb in
1,version) version ;;
[2-9],start | [2-9],run | [2-9],stop | [1-9][0-9],start | [1-9][0-9],run)
    dir=$(realpath -m "$2")
    shift 2
    [ "${1:-}" != -- ] || shift
    "$verb" "$@"
    ;;
*) fail "usage: database.sh version, or start|run|stop DIR [-- server options]" ;;
esac
