# servers.sh: for scripts to source: a throwaway database server with an empty database `dashboard`, the
# sample site, and a web server. They run on loopback, and write only below $scratch.
# shellcheck shell=sh disable=SC2154
servers=

# serve COMMAND...: starts it in a process group of its own, so that stop_servers can end all of it.
serve() {
    setsid "$@" </dev/null >>"$scratch/servers.log" 2>&1 &
    server=$!
    servers="$servers $server"
}

# forget PID: it has ended, and its number may soon be another process's.
forget() {
    others=
    for other in $servers; do
        [ "$other" = "$1" ] || others="$others $other"
    done
    servers=$others
}

stop_servers() {
    for server in $servers; do
        kill -KILL "-$server" "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        while kill -0 "-$server" 2>/dev/null; do
            sleep 0.1
        done
    done
}

# up CHECK...: waits until it succeeds; fails when the last server ended before, or after a minute.
up() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] && kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
}

# start_database SUPPORT: starts a server with SUPPORT/database.sh, and sets the variables of its env. Its
# programs are $scratch/database/client, dump and admin.
start_database() {
    for try in 1 2 3; do # somebody may take its port before it does
        serve bash "$1/database.sh" run "$scratch/database"
        ! up "$scratch/database/admin" ping || break
        [ "$try" != 3 ] || {
            cat "$scratch/servers.log" "$scratch/database/log.err" >&2
            return 1
        }
    done
    # shellcheck source=/dev/null
    . "$scratch/database/env"
    "$scratch/database/client" --execute='CREATE DATABASE dashboard CHARACTER SET utf8mb4'
}

# start_site PROGRAM [OPTION]...: starts it, and sets $site_url to its address.
start_site() {
    serve "$@" --port-file "$scratch/port"
    up test -s "$scratch/port" || {
        cat "$scratch/servers.log" >&2
        return 1
    }
    site_url=http://127.0.0.1:$(cat "$scratch/port")
}

# write_configuration PASSWORD [LINES]: $scratch/fluent-sync.ini, for the site and the database that were
# started. LINES are more of [fluent].
write_configuration() {
    (umask 077 && cat >"$scratch/fluent-sync.ini") <<END
[fluent]
api_url = $site_url
api_username = mirror
api_password = $1
${2:-}

[mysql]
host = $DATABASE_HOST
port = $DATABASE_PORT
user = $DATABASE_USER
password = $DATABASE_PASSWORD
database = dashboard
END
}

# A port that is free now.
free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_web PROGRAM: starts lighttpd, which answers by `PROGRAM cgi` with the configuration that was
# written, and sets $web_url. Whoever asks may do everything: it adds the token itself.
start_web() {
    token=$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')
    printf '\n[web]\ntoken = %s\n' "$token" >>"$scratch/fluent-sync.ini"
    mkdir -p "$scratch/web"
    printf '#!/bin/sh\nexec "%s" cgi -c "%s"\n' "$1" "$scratch/fluent-sync.ini" >"$scratch/web/fluent-sync"
    chmod 755 "$scratch/web/fluent-sync"
    for try in 1 2 3; do # the port may be another's
        port=$((10000 + $(od -An -N 2 -tu2 /dev/urandom) % 50000))
        (umask 077 && cat >"$scratch/lighttpd.conf") <<END
server.modules = ("mod_setenv", "mod_cgi")
server.bind = "127.0.0.1"
server.port = $port
server.document-root = "$scratch/web"
setenv.add-request-header = ("Authorization" => "Bearer $token")
cgi.assign = ("/fluent-sync" => "")
END
        web_url=http://127.0.0.1:$port/fluent-sync/
        serve lighttpd -D -f "$scratch/lighttpd.conf"
        ! up curl -sf "${web_url}status" || return 0
    done
    cat "$scratch/servers.log" >&2
    return 1
}
