#!/bin/sh
# packages.sh: installs the Debian or Ubuntu packages that building, testing and examining needs.
#
#   packages.sh [-y] SET...    SET: build, demo, serve, mariadb, test, browser, web, wordpress, lint,
#                              cluster, bench, package, fuzz
#
# Installs the missing ones with apt, as root or with sudo, and prints nothing if none is missing. It
# says which ones first, and on a terminal it asks, unless -y is given or $CI is set. It removes no
# package: where one would have to go, it names it, changes nothing, and exits with 1. No service that
# comes along is started or stays enabled. If it cannot install, it says what is missing and exits with 1.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Prints each package, and how to tell that it is there: by a command, a pkg-config module, or a file.
packages() {
    case $1 in
    build) cat <<'END' ;;
gcc                   command cc
libc6-dev             file    /usr/include/stdlib.h
cmake                 command cmake
ninja-build           command ninja
pkg-config            command pkg-config
libcurl4-openssl-dev  module  libcurl
libcjson-dev          module  libcjson
libmariadb-dev        module  libmariadb
libinih-dev           module  inih
libxxhash-dev         module  libxxhash
zlib1g-dev            module  zlib
libglib2.0-dev        module  glib-2.0
END
    package) cat <<'END' ;;
dpkg-dev              command dpkg-shlibdeps
file                  command file
END
    demo) cat <<'END' ;;
libcmocka-dev         module  cmocka
libmicrohttpd-dev     module  libmicrohttpd
mariadb-server-core   either  mariadbd mysqld
mariadb-client        either  mariadb-admin mysqladmin
jq                    command jq
curl                  command curl
END
    mariadb) cat <<'END' ;;
mariadb-server-core   command mariadbd
mariadb-client        command mariadb-admin
END
    test)
        packages demo
        cat <<'END' ;;
openssl               command openssl
valgrind              command valgrind
tzdata                file    /usr/share/zoneinfo/America/New_York
dpkg-dev              command dpkg-shlibdeps
fakeroot              command fakeroot
lintian               command lintian
mandoc                command mandoc
systemd               command systemd-sysusers
python3               file    /usr/bin/python3
END
    browser) cat <<'END' ;;
chromium              command chromium
chromium-driver       command chromedriver
python3               file    /usr/bin/python3
END
    serve) cat <<'END' ;;
lighttpd              command lighttpd
END
    web) cat <<'END' ;;
nginx                 command nginx
apache2-bin           command apache2
apache2-utils         command htpasswd
lighttpd              command lighttpd
fcgiwrap              command fcgiwrap
curl                  command curl
python3               file    /usr/bin/python3
END
    wordpress) cat <<'END' ;;
php-cli               command php
php-fpm               any     /usr/sbin/php-fpm*
php-mysql             php     mysqli
python3               file    /usr/bin/python3
END
    cluster) cat <<'END' ;;
galera-4              file    /usr/lib/galera/libgalera_smm.so
mariadb-server        command wsrep_sst_rsync
rsync                 command rsync
lsof                  command lsof
iproute2              command ss
END
    bench) cat <<'END' ;;
python3               file    /usr/bin/python3
python3-requests      python  requests
python3-pymysql       python  pymysql
END
    lint) cat <<'END' ;;
clang                 command clang
clang-tidy            command clang-tidy
clang-format          command clang-format
cppcheck              command cppcheck
gcovr                 command gcovr
prometheus            command promtool
libclang-rt-dev       runtime asan
END
    fuzz) cat <<'END' ;;
clang                 command clang
libclang-rt-dev       runtime fuzzer
llvm                  command llvm-cov
jq                    command jq
END
    *)
        echo "packages.sh: $1: build, demo, serve, mariadb, test, browser, web, wordpress, lint, cluster, bench, package or fuzz" >&2
        exit 2
        ;;
    esac
}

present() {
    case $1 in
    command) command -v "$2" ;;
    either) command -v "${2% *}" || command -v "${2#* }" ;; # the one to be installed, or a machine's own
    module) pkg-config --exists "$2" ;;
    file) [ -e "$2" ] ;;
    any) ls $2 ;;
    php) php -r "exit(extension_loaded('$2') ? 0 : 1);" ;;
    python) /usr/bin/python3 -c "import $2" ;;
    runtime) find "$(clang -print-resource-dir)/lib" -name "*$2*" | grep . ;;
    esac >/dev/null 2>&1
}

missing() {
    for set in "$@"; do
        packages "$set" | while read -r package kind name; do
            present "$kind" "$name" || echo "$package"
        done
    done | awk '!seen[$0]++' | tr '\n' ' '
}

# Says why apt failed; in one line when it is the network.
explain() {
    unreachable='Temporary failure resolving|Could not resolve|Network is unreachable|Could not connect'
    unreachable="$unreachable|Unable to connect|Cannot initiate the connection|No route to host|timed out"
    if line=$(grep -hE "$unreachable" "$log" "$log.update"); then
        from=$(printf '%s\n' "$line" | grep -oE 'https?://[^/ ]+' | head -n 1)
        echo "packages.sh: no network: apt cannot reach ${from:-the package sources}" >&2
    else
        tail -n 20 "$log" >&2
        echo "packages.sh: apt-get $1 failed" >&2
    fi
    exit 1
}

apt_get() {
    apt-get -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Shows how far apt is, of what it says on its status descriptor: on one line of a terminal, else now and
# then.
progress() {
    shown=-1
    while IFS=: read -r kind _ percent _; do
        case $kind in
        dlstatus) doing=fetching ;;
        pmstatus) doing=installing ;;
        *) continue ;;
        esac
        percent=${percent%%.*}
        if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
            printf '\r%s packages: %s %%  ' "$doing" "$percent" >&2
        elif [ "$doing$((percent / 50))" != "$shown" ]; then
            shown=$doing$((percent / 50))
            echo "$doing packages: $percent %" >&2
        fi
    done
    [ ! -t 2 ] || [ "${TERM:-dumb}" = dumb ] || printf '\r%40s\r' '' >&2
}

# Ubuntu 22.04 has no libclang-rt-dev (its contents come with clang), and numbers MariaDB's packages.
known_as() {
    for name in "$1" "$1-10.6"; do
        ! apt-cache show "$name" >/dev/null 2>&1 || {
            echo "$name"
            return
        }
    done
}

# Stops if apt would remove a package, such as this machine's database server.
refuse_removal() {
    apt_get install --simulate --no-install-recommends "$@" >"$log" 2>&1 || explain install
    removed=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' "$log" | tr '\n' ' ')
    [ -z "$removed" ] || {
        echo "packages.sh: installing $* would remove $removed" >&2
        echo "Nothing was changed: see docs/databases.md, \"On one machine\"." >&2
        exit 1
    }
}

# Prints what apt would fetch and what it takes: ", 110 MB to fetch, 508 MB on disk". --print-uris does
# nothing else; --assume-no would install what brings no further package along.
sizes() {
    LC_ALL=C apt_get install -y --print-uris --no-install-recommends "$@" 2>/dev/null | awk '
        /^\047/ { bytes += $3 }
        /^After this operation, .* will be used/ { disk = ", " $4 " " $5 " on disk" }
        END { printf ", %.*f MB to fetch%s", bytes < 1e7, bytes / 1e6, disk }'
}

# Says what is going to be installed, and on a terminal asks.
announce() {
    count=$(grep -c '^Inst ' "$log") || true
    echo "installing: $*" >&2
    echo "packages with what they need: $count$(sizes "$@"); no service is started, nothing is removed" >&2
    if [ -z "$yes" ] && [ -t 0 ] && [ -t 2 ]; then
        printf 'Install them? [Y/n] ' >&2
        read -r answer || answer=n
        case $answer in
        '' | [yY]*) ;;
        *)
            echo "packages.sh: nothing was installed" >&2
            exit 1
            ;;
        esac
    fi
}

# Lists the links that start a service with the machine.
enabled() {
    find /etc/systemd/system -type l -path '*.wants/*' 2>/dev/null | sort
}

# Disables the services that a package has enabled. Units of systemd itself belong to the machine.
disable_new() {
    enabled | while read -r link; do
        case $before in *"$link"*) continue ;; esac
        ! dpkg -S "$(readlink -f "$link")" 2>/dev/null | grep -q '^systemd' || continue
        rm -f "$link"
    done
}

# As root. Policy 101 means that no service is started: the tests run servers of their own.
forbid_services() {
    if [ -e "$policy" ]; then
        mv "$policy" "$policy.$$"
        saved=$policy.$$
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=$policy
}

# Also when it is interrupted.
end_install() {
    [ -z "${before+set}" ] || disable_new
    rm -f "$log" "$log".* $made
    [ -z "$saved" ] || mv "$saved" "$policy"
}

install() {
    policy=/usr/sbin/policy-rc.d saved='' made=''
    log=$(mktemp)
    trap end_install EXIT
    trap 'exit 1' HUP INT TERM
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    apt_get update >"$log.update" 2>&1 || cp "$log.update" "$log"
    for package; do
        shift
        known=$(known_as "$package")
        [ -z "$known" ] || set -- "$@" "$known"
    done
    [ $# -gt 0 ] || explain update
    refuse_removal "$@"
    announce "$@"
    forbid_services
    before=$(enabled)
    {
        apt_get install -y --no-remove --no-install-recommends -o APT::Status-Fd=3 "$@" 3>&1 >"$log" 2>&1 ||
            touch "$log.failed"
    } | progress
    [ ! -e "$log.failed" ] || explain install
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

yes=${CI:+-y} # which sudo does not hand on
[ "${1:-}" != -y ] || {
    yes=-y
    shift
}
if [ "${1:-}" = --install ]; then
    shift
    install "$@"
    exit
fi
lacking=$(missing "$@")
[ -n "$lacking" ] || exit 0
if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
    # shellcheck disable=SC2086
    as_root sh "$0" $yes --install $lacking || exit
    lacking=$(missing "$@")
    [ -n "$lacking" ] || exit 0
fi
{
    echo "These packages (by their Debian names) are missing, and cannot be installed from here:"
    # shellcheck disable=SC2086
    printf '    %s\n' $lacking
    if command -v apt-get >/dev/null; then
        echo "As root: apt-get install $lacking"
    fi
} >&2
exit 1
