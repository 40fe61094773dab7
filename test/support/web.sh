# web.sh: for scripts to source, after servers.sh: web servers before the program, on loopback and below
# $scratch, with the configuration that is installed.
# shellcheck shell=sh disable=SC2154,SC2086,SC2034,SC2046
WEB_TOKEN=0123456789abcdef0123456789abcdef
WEB_SECRET=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3
WEB_LOGIN=anna WEB_PASSWORD=correct-horse

# Root becomes ordinary users: one for the program, and another for the servers, which can then neither
# read the configuration nor reach a socket that is not for their group.
web_user() {
    if [ "$(id -u)" = 0 ]; then
        echo "setpriv --reuid=$1 --regid=www-data --clear-groups"
    fi
}
web_own() {
    [ "$(id -u)" != 0 ] || chown "$1" "$2"
}
as_program=$(web_user nobody) as_server=$(web_user www-data)

fluent_sync() {
    $as_program env -i PATH=/usr/bin:/bin "$scratch/web/bin/fluent-sync" -c "$scratch/web/fluent-sync.ini" "$@"
}

# Puts the program, its configuration and the wrapper where the servers' users reach them.
web_prepare() {
    mkdir -p "$scratch/web/bin" "$scratch/web/run"
    chmod 755 "$scratch" "$scratch/web"
    install -m 755 "$build/fluent-sync" "$scratch/web/bin/fluent-sync"
    sed "s|/usr/local/bin|$scratch/web/bin|; s|/etc/fluent-sync|$scratch/web|" "$root/cmd/dist/web/cgi" \
        >"$scratch/web/cgi"
    chmod 755 "$scratch/web/cgi"
    htpasswd -bc "$scratch/web/fluent-sync.htpasswd" "$WEB_LOGIN" "$WEB_PASSWORD" 2>/dev/null
    write_configuration abcdefghijklmnopqrstuvwx
    cat >>"$scratch/fluent-sync.ini" <<END

[web]
token = $WEB_TOKEN
webhook_secret = $WEB_SECRET
trust_remote_user = yes
origins = https://dashboard.example
END
    install -m 600 "$scratch/fluent-sync.ini" "$scratch/web/fluent-sync.ini"
    web_own nobody "$scratch/web/fluent-sync.ini"
    web_own nobody:www-data "$scratch/web/run"
}

# web_block LANGUAGE: the block of docs/web.md in that language.
web_block() {
    awk -v language="$1" '$0 == "```" language { on = 1; next } /^```/ { on = 0 } on' "$root/docs/web.md"
}

# web_snippet SERVER VARIANT: its lines of configuration, those that are installed or documented, with
# the paths of this test. Lines that are switched off begin with a # and no space behind it.
web_snippet() {
    case $1 in
    *-cgi) web_block "${1%-cgi}" ;;
    *) cat "$root/cmd/dist/web/$1.conf" ;;
    esac | case $2 in
    login) sed 's/^\( *\)#\([^ ]\)/\1\2/' ;;
    session) web_block nginx >"$web_dir/session.conf" && sed "/^location/r $web_dir/session.conf" ;;
    hasty) sed 's/"check-local"/"read-timeout" => 3, &/' ;; # for lighttpd, which knows it only there
    plain) cat ;;
    esac | sed "s|/usr/lib/fluent-sync/cgi|$scratch/web/cgi|; s|/run/fluent-sync/web.sock|$scratch/web/run/$1.sock|
        s|/etc/[a-z0-9]*/fluent-sync.htpasswd|$scratch/web/fluent-sync.htpasswd|"
}

# Starts fcgiwrap as its unit does. Its socket is for the servers' group, and for nobody else.
web_start_fcgiwrap() {
    sock=$scratch/web/run/$1.sock
    serve $as_program env -i PATH=/usr/sbin:/usr/bin:/bin sh -c 'umask 007; exec "$@"' - \
        fcgiwrap -f -c 4 -s "unix:$sock" -p "$scratch/web/cgi"
    up test -S "$sock"
}

# web_start SERVER VARIANT: plain, login, session (a dashboard's login), or hasty, whose patience ends
# after three seconds. Sets $web_port.
web_start() {
    web_dir=$scratch/web/$1-$2 web_port=$(free_port) patience=60 user=www-data
    [ "$2" != hasty ] || patience=3
    case $1 in *-cgi) user=nobody ;; esac
    mkdir -p "$web_dir"
    web_own "$user" "$web_dir"
    web_snippet "$1" "$2" >"$web_dir/snippet.conf"
    sed "s|@DIR@|$web_dir|g; s|@PORT@|$web_port|g; s|@PATIENCE@|$patience|g" \
        "$root/test/web/${1%-cgi}.conf" >"$web_dir/server.conf"
    case $1 in
    nginx) set -- nginx -p "$web_dir" -e "$web_dir/error.log" -c "$web_dir/server.conf" ;;
    apache*) set -- apache2 -f "$web_dir/server.conf" -D FOREGROUND ;;
    lighttpd*) set -- lighttpd -D -f "$web_dir/server.conf" ;;
    esac
    serve $(web_user "$user") env -i PATH=/usr/sbin:/usr/bin:/bin "$@"
    up curl -s -o "$scratch/probe" "http://127.0.0.1:$web_port/" || {
        cat "$scratch/servers.log" >&2
        return 1
    }
}
