#!/bin/bash
# mariadb.sh: a throwaway MariaDB for tests, as the current user, that touches nothing outside DIR.
#
#   mariadb.sh start DIR [-- server options]   starts one, returns once it answers, prints nothing
#   mariadb.sh run DIR [-- server options]     becomes one: for a parent that waits and kills itself
#   mariadb.sh stop DIR                        ends it; DIR stays, and can be started again
#
# DIR is made when missing and holds the data, mysql.sock, port, mysql.pid, log.err, and env, which a
# shell can source: MARIADB_DIR, MARIADB_SOCKET, MARIADB_HOST, MARIADB_PORT, MARIADB_USER,
# MARIADB_PASSWORD. Through the socket root needs no password; over TCP the user of env has all
# rights. Nothing is flushed to disk at a commit, for speed: it survives kill -9, not a power cut.
# MARIADB_DURABLE=1 in the environment makes every commit durable.
set -euo pipefail
unset MYSQL_HOST MYSQL_PWD MYSQL_TCP_PORT MYSQL_UNIX_PORT MARIADB_HOST MARIADB_PASSWORD

fail() {
    echo "mariadb.sh: $*" >&2
    exit 1
}

# A port nobody listens on, below those that the kernel hands out by itself.
free_port() {
    local port
    while :; do
        port=$((10000 + RANDOM % 22000))
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

install_data() {
    # Small files and no flushing: a data directory in a second or two.
    mariadb-install-db --no-defaults --force --user="$(id -un)" --datadir="$dir/data" --skip-test-db \
        --auth-root-authentication-method=normal --skip-name-resolve --innodb-log-file-size=8M \
        --innodb-flush-method=nosync >"$dir/install.log" 2>&1 || {
        rm -rf "$dir/data" # half of it would pass for the whole
        fail "mariadb-install-db failed: $(tail -n 3 "$dir/install.log")"
    }
    cat >"$dir/init.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'test'@'127.0.0.1' IDENTIFIED BY 'test';
GRANT ALL ON *.* TO 'test'@'127.0.0.1' WITH GRANT OPTION;
SQL
}

write_env() {
    printf '%s\n' "MARIADB_DIR=$dir" "MARIADB_SOCKET=$dir/mysql.sock" MARIADB_HOST=127.0.0.1 \
        "MARIADB_PORT=$1" MARIADB_USER=test MARIADB_PASSWORD=test >"$dir/env"
    echo "$1" >"$dir/port"
}

run() {
    local port durability=(--innodb-flush-log-at-trx-commit=2 --innodb-flush-method=nosync)
    [ -z "${MARIADB_DURABLE:-}" ] || durability=(--innodb-flush-log-at-trx-commit=1)
    mkdir -p "$dir"
    [ -d "$dir/data/mysql" ] || install_data
    rm -f "$dir/mysql.sock" "$dir/mysql.pid"
    port=$(free_port)
    write_env "$port"
    exec mariadbd --no-defaults --user="$(id -un)" --datadir="$dir/data" --tmpdir="$dir" \
        --socket="$dir/mysql.sock" --pid-file="$dir/mysql.pid" --log-error="$dir/log.err" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --init-file="$dir/init.sql" \
        --innodb-log-file-size=8M --innodb-buffer-pool-size=32M --skip-log-bin "${durability[@]}" \
        "$@" </dev/null >>"$dir/log.err" 2>&1
}

answers() {
    mariadb-admin --no-defaults --socket="$dir/mysql.sock" --user=root ping >/dev/null 2>&1
}

start() {
    local try server
    for try in 1 2 3; do # somebody may take the port between the choice and the bind
        run "$@" &
        server=$!
        while kill -0 "$server" 2>/dev/null; do
            ! answers || return 0
            sleep 0.1
        done
    done
    fail "mariadbd did not start: $(grep -i error "$dir/log.err" | tail -n 3)"
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

[ $# -ge 2 ] || fail "usage: mariadb.sh start|run|stop DIR [-- server options]"
verb=$1 dir=$(realpath -m "$2")
shift 2
[ "${1:-}" != -- ] || shift
case $verb in
start | run | stop) "$verb" "$@" ;;
*) fail "$verb: start, run or stop" ;;
esac
