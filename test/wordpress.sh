#!/bin/sh
# wordpress.sh: the must-use plugin cmd/dist/fluent-sync-webhook.php on a real WordPress: what agents and
# customers do there is in the tables within seconds, and whoever visits the site never waits for it.
#
#   sh test/wordpress.sh
# WordPress, php-fpm, nginx and fcgiwrap are Debian's, the database is the tests'; all of it runs on
# loopback and writes to a temporary directory alone. WordPress is unpacked there, not installed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM
SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw

unpack_wordpress() {
    wordpress=$scratch/wordpress
    (cd "$scratch" && apt-get -qq download wordpress >/dev/null 2>&1) ||
        (cd "$scratch" && apt-get -qq update >/dev/null 2>&1 && apt-get -qq download wordpress >/dev/null)
    dpkg-deb --fsys-tarfile "$scratch"/wordpress_*.deb |
        tar -x -C "$scratch" --no-same-owner --strip-components=3 ./usr/share/wordpress
    rm -f "$wordpress/wp-config.php"
    mkdir -p "$wordpress/wp-content/mu-plugins" "$wordpress/wp-content/plugins"
    cp "$root/cmd/dist/fluent-sync-webhook.php" "$root/test/wordpress/support.php" \
        "$wordpress/wp-content/mu-plugins"
}

# The address to call is read from a file, so that it can change.
configure_wordpress() {
    cat >"$wordpress/wp-config.php" <<END
<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', '$DATABASE_USER' );
define( 'DB_PASSWORD', '$DATABASE_PASSWORD' );
define( 'DB_HOST', '$DATABASE_HOST:$DATABASE_PORT' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'WP_HOME', 'http://' . ( \$_SERVER['HTTP_HOST'] ?? '127.0.0.1' ) );
define( 'WP_SITEURL', WP_HOME );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'DISABLE_WP_CRON', true ); // the test asks for wp-cron.php itself
define( 'WP_HTTP_BLOCK_EXTERNAL', false );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'FLUENT_SYNC_WEBHOOK_URL', trim( file_get_contents( '$scratch/webhook-url' ) ) );
define( 'FLUENT_SYNC_WEBHOOK_SECRET', '$SECRET' );
\$table_prefix = 'wp_';
defined( 'ABSPATH' ) || define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
END
    "$scratch/database/client" --execute='CREATE DATABASE wordpress CHARACTER SET utf8mb4'
    echo http://127.0.0.1:1/ >"$scratch/webhook-url"
    (cd "$wordpress" && php -d error_reporting=1 -r 'function wp_mail() {} // it would tell the administrator
        define("WP_INSTALLING", true); require "wp-load.php";
        require "wp-admin/includes/upgrade.php";
        wp_install("Site", "admin", "admin@example.test", true, "", "password");' >/dev/null)
}

start_php() {
    cat >"$scratch/php-fpm.conf" <<END
[global]
error_log = $scratch/php-fpm.log
daemonize = no
[www]
listen = $scratch/php.sock
pm = static
pm.max_children = 6
catch_workers_output = yes
php_admin_value[error_log] = $scratch/php.log
php_admin_flag[log_errors] = on
END
    if [ "$(id -u)" = 0 ]; then
        printf 'user = root\ngroup = root\n' >>"$scratch/php-fpm.conf"
    fi
    php_fpm=$(command -v php-fpm || find /usr/sbin -name 'php-fpm*' | sort | tail -n 1)
    # shellcheck disable=SC2046
    serve "$php_fpm" --nodaemonize --fpm-config "$scratch/php-fpm.conf" $([ "$(id -u)" != 0 ] || echo -R)
    up test -S "$scratch/php.sock"
    # Without fastcgi_finish_request, as under Apache's own PHP:
    plain_port=$(free_port)
    serve php -S "127.0.0.1:$plain_port" -t "$wordpress" -d error_log="$scratch/php.log"
}

start_receiver() {
    printf '#!/bin/sh\nexec %s cgi -c %s\n' "$build/fluent-sync" "$scratch/fluent-sync.ini" >"$scratch/cgi"
    chmod 755 "$scratch/cgi"
    serve fcgiwrap -f -c 4 -s "unix:$scratch/cgi.sock" -p "$scratch/cgi"
    up test -S "$scratch/cgi.sock"
}

start_nginx() {
    port=$(free_port)
    cat >"$scratch/nginx.conf" <<END
daemon off;
$([ "$(id -u)" != 0 ] || echo 'user root;')
pid $scratch/nginx.pid;
error_log $scratch/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $scratch/body;
    fastcgi_temp_path $scratch/fastcgi;
    proxy_temp_path $scratch/proxy;
    uwsgi_temp_path $scratch/uwsgi;
    scgi_temp_path $scratch/scgi;
    server {
        listen 127.0.0.1:$port;
        root $wordpress;
        location / {
            try_files \$uri /index.php?\$args;
        }
        location ~ \.php\$ {
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
            fastcgi_pass unix:$scratch/php.sock;
        }
        location = /fluent-sync/webhook {
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $scratch/cgi;
            fastcgi_param SCRIPT_NAME /fluent-sync;
            fastcgi_param PATH_INFO /webhook;
            fastcgi_pass unix:$scratch/cgi.sock;
        }
    }
}
END
    serve nginx -c "$scratch/nginx.conf" -e "$scratch/nginx.log"
    up curl -sf -o /dev/null "http://127.0.0.1:$port/?rest_route=/"
}

need build test web wordpress
make_scratch
build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
start_database "$root/test/support"
start_site "$build/test/sample-site" --tickets 149 --user mirror --password abcdefghijklmnopqrstuvwx
write_configuration abcdefghijklmnopqrstuvwx
printf '[web]\nwebhook_secret = %s\n' "$SECRET" >>"$scratch/fluent-sync.ini"
"$build/fluent-sync" -c "$scratch/fluent-sync.ini" migrate >/dev/null
"$build/fluent-sync" -c "$scratch/fluent-sync.ini" -q
unpack_wordpress
configure_wordpress
start_php
start_receiver
start_nginx
python3 -B "$root/test/wordpress/webhook.py" "$scratch" "$port" "$plain_port" "$site_url" || {
    tail -n 20 "$scratch"/*.log >&2
    exit 1
}
