#!/bin/bash
# package.sh: examines the .deb that CPack makes: its files, lintian, the manuals, the units, the
# completions. Installs it into an empty root, runs it from there, removes and purges it. Also tests
# `cmake --install`. Skipped (77) for a binary with a sanitizer, and where there is no dpkg.
# shellcheck disable=SC2317 # its functions are called through check
set -euo pipefail

! grep -qaF __asan_init "$FLUENT_SYNC" || exit 77
command -v dpkg lintian >/dev/null || exit 77
# Without root's rights, dpkg must believe that it has them.
[ "$(id -u)" = 0 ] || [ -n "${FAKEROOTKEY:-}" ] || exec fakeroot bash "$0"

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
build=$(dirname "$FLUENT_SYNC")
scratch=$(mktemp -d)
root=$scratch/root
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM
failed=0

# check WHAT COMMAND...: runs the command, and shows its output only if it fails.
check() {
    local what=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        echo "ok: $what"
    else
        echo "FAILED: $what"
        cat "$scratch/log"
        failed=1
    fi
}

# absent COMMAND: says that it cannot be checked here, if it is not installed.
absent() {
    ! command -v "$1" >/dev/null || return 1
    echo "not checked: there is no $1"
}

same() {
    diff -u --label expected --label found <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

make_package() {
    cpack --config "$build/CPackConfig.cmake" -B "$scratch/package" || return
    deb=$(echo "$scratch"/package/*.deb)
    [ -s "$deb" ]
}

expected_files() {
    cat <<'END'
./etc/fluent-sync/fluent-sync.ini 0640
./usr/bin/fluent-sync 0755
./usr/lib/fluent-sync/cgi 0755
./usr/lib/systemd/system/fluent-sync-web.service 0644
./usr/lib/systemd/system/fluent-sync-web.socket 0644
./usr/lib/systemd/system/fluent-sync-web@.service 0644
./usr/lib/systemd/system/fluent-sync-web@.socket 0644
./usr/lib/systemd/system/fluent-sync.service 0644
./usr/lib/systemd/system/fluent-sync.timer 0644
./usr/lib/systemd/system/fluent-sync@.service 0644
./usr/lib/systemd/system/fluent-sync@.timer 0644
./usr/lib/sysusers.d/fluent-sync.conf 0644
./usr/share/bash-completion/completions/fluent-sync 0644
./usr/share/doc/fluent-sync/NEWS.md 0644
./usr/share/doc/fluent-sync/README.md 0644
./usr/share/doc/fluent-sync/SECURITY.md 0644
./usr/share/doc/fluent-sync/changelog.Debian.gz 0644
./usr/share/doc/fluent-sync/copyright 0644
./usr/share/doc/fluent-sync/examples/apache.conf 0644
./usr/share/doc/fluent-sync/examples/cronjob.yaml 0644
./usr/share/doc/fluent-sync/examples/crontab.example 0644
./usr/share/doc/fluent-sync/examples/fluent-sync.ini.example 0644
./usr/share/doc/fluent-sync/examples/lighttpd.conf 0644
./usr/share/doc/fluent-sync/examples/nginx.conf 0644
./usr/share/fish/vendor_completions.d/fluent-sync.fish 0644
./usr/share/fluent-sync/fluent-sync-webhook.php 0644
./usr/share/lintian/overrides/fluent-sync 0644
./usr/share/man/man1/fluent-sync.1.gz 0644
./usr/share/man/man5/fluent-sync.ini.5.gz 0644
./usr/share/zsh/vendor-completions/_fluent-sync 0644
END
    local file
    for file in "$SOURCE_DIR"/docs/*.md; do
        echo "./usr/share/doc/fluent-sync/docs/$(basename "$file") 0644"
    done
    for file in "$SOURCE_DIR"/migrations/*.sql; do
        echo "./usr/share/fluent-sync/migrations/$(basename "$file") 0644"
    done
    [ ! -e "$SOURCE_DIR/cmd/dist/fluent-sync.rules.yml" ] ||
        echo "./usr/share/fluent-sync/fluent-sync.rules.yml 0644"
}

# Prints "-rw-r-----" of tar's list as 0640.
found_files() {
    dpkg-deb --fsys-tarfile "$deb" | tar -tv | awk '
        /^-/ {
            mode = 0
            for (i = 1; i <= 9; i++)
                mode = 2 * mode + (substr($1, i + 1, 1) != "-")
            printf "%s %04o\n", $NF, mode
            if ($2 != "root/root")
                print $NF, "belongs to", $2
        }'
}

file_list() {
    same "$(expected_files | LC_ALL=C sort)" "$(found_files | LC_ALL=C sort)"
}

control_file() {
    same /etc/fluent-sync/fluent-sync.ini "$(dpkg-deb --info "$deb" conffiles)" &&
        same "fluent-sync $version-1" "$(dpkg-deb --field "$deb" Package) $(dpkg-deb --field "$deb" Version)" &&
        dpkg-deb --field "$deb" Depends | grep -q 'libcurl4' &&
        dpkg-deb --field "$deb" Suggests | grep -q 'fcgiwrap'
}

in_root() {
    dpkg --root="$root" --force-script-chrootless --force-depends "$@"
}

# An empty root, with dpkg's own files alone.
install_package() {
    mkdir -p "$root"/etc "$root"/var/lib/dpkg/{info,updates} &&
        touch "$root/var/lib/dpkg/status" &&
        in_root --install "$deb"
}

configuration_is_of_the_user() {
    local gid
    gid=$(sed -n 's/^fluent-sync:[^:]*:\([0-9]*\):$/\1/p' "$root/etc/group")
    grep -q '^fluent-sync:[^:]*:[0-9]*:[0-9]*:[^:]*:/:.*/nologin$' "$root/etc/passwd" &&
        same "640 0 $gid" "$(stat -c '%a %u %g' "$root/etc/fluent-sync/fluent-sync.ini")"
}

# What the administrator has set must stay when the package is installed again.
upgrade() {
    chmod 600 "$root/etc/fluent-sync/fluent-sync.ini" &&
        chown 0:0 "$root/etc/fluent-sync/fluent-sync.ini" &&
        in_root --force-confold --install "$deb" &&
        same '600 0 0' "$(stat -c '%a %u %g' "$root/etc/fluent-sync/fluent-sync.ini")"
}

# Links by which an administrator has enabled units must not outlive the package.
remove_and_purge() {
    local units=$root/etc/systemd/system
    mkdir -p "$units/timers.target.wants" "$units/sockets.target.wants"
    ln -s /usr/lib/systemd/system/fluent-sync@.timer "$units/timers.target.wants/fluent-sync@shop.timer"
    ln -s /usr/lib/systemd/system/fluent-sync-web.socket "$units/sockets.target.wants"
    in_root --remove fluent-sync && [ ! -e "$root/usr/bin/fluent-sync" ] &&
        [ -e "$root/etc/fluent-sync/fluent-sync.ini" ] &&
        [ -L "$units/sockets.target.wants/fluent-sync-web.socket" ] &&
        in_root --purge fluent-sync && [ ! -e "$root/etc/fluent-sync" ] &&
        same '' "$(find "$units" -name 'fluent-sync*')"
}

run() {
    env -i PATH="$PATH" HOME="$scratch" "$root/usr/bin/fluent-sync" "$@"
}

run_version() {
    same "fluent-sync $version" "$(run --version)"
}

# The versions must be those that pkg-config knows; libcurl also names its own libraries.
run_libraries() {
    local expected found name
    found=$(run --version --verbose)
    expected="fluent-sync $version"
    for name in libcurl:libcurl cJSON:libcjson libmariadb:libmariadb \
        GLib:glib-2.0 xxHash:libxxhash zlib:zlib inih:inih; do
        expected+=$'\n'$(printf '%s %s' "${name%:*}" "$(pkg-config --modversion "${name#*:}")" | sed 's/ $//')
    done
    grep -Eq '^libcurl [^ ]+ .*(OpenSSL|GnuTLS)/[0-9]' <<<"$found" &&
        same "$expected" "$(awk '/^libcurl/ { NF = 2 } { print }' <<<"$found")"
}

# Without a configuration, it must say what is missing, and where, and contact nothing.
run_unconfigured() {
    local code=0 said
    said=$(run --config "$root/etc/fluent-sync/fluent-sync.ini" 2>&1) || code=$?
    echo "$said"
    [ "$code" = 2 ] && grep -q 'FluentSupport API credentials not configured' <<<"$said" &&
        grep -q '\[mysql\] database' <<<"$said"
}

migrations_are_the_source() {
    diff -r "$SOURCE_DIR/migrations" "$root/usr/share/fluent-sync/migrations" -x '*.cmake'
}

links() {
    bash "$SOURCE_DIR/test/cli/links.sh" "$root/usr/share/doc/fluent-sync"
}

# The manuals refer to other manuals, which are not installed here.
manuals() {
    local page said
    said=$(for page in "$root"/usr/share/man/man?/*.gz; do
        gzip -dc "$page" | mandoc -T lint -W style 2>/dev/null
    done) || true
    said=$(grep -v 'referenced manual not found' <<<"$said") || return 0
    echo "$said"
    return 1
}

# Verifies the units in the root, with the targets of this system. The program that the package only
# suggests, and the shell, must be there.
units() {
    cp -r /lib/systemd/system/*.target "$root/usr/lib/systemd/system"
    mkdir -p "$root/usr/sbin" "$root/bin"
    install -m 755 /dev/null "$root/usr/sbin/fcgiwrap"
    install -m 755 /dev/null "$root/bin/sh"
    local said
    said=$(systemd-analyze verify --man=no --root="$root" fluent-sync.service fluent-sync.timer \
        fluent-sync@shop.service fluent-sync@shop.timer fluent-sync-web.service \
        fluent-sync-web.socket fluent-sync-web@shop.service fluent-sync-web@shop.socket 2>&1) || true
    echo "$said"
    ! grep -q fluent-sync <<<"$said"
}

# The threshold is in tenths of systemd's points.
hardening() {
    systemd-analyze security --offline=true --root="$root" --threshold=20 fluent-sync.service \
        fluent-sync-web.service >"$scratch/security"
}

# What is installed for web servers must name the wrapper where it is installed, under any prefix.
names_the_wrapper() {
    local file
    for file in "$1"/lib/systemd/system/fluent-sync-web.service "$1"/share/doc/fluent-sync/examples/{nginx,apache,lighttpd}.conf; do
        grep -qF "$2/lib/fluent-sync/cgi" "$file" || return
    done
}

# complete WORD...: prints what bash would offer for the last word.
complete_bash() {
    bash -c '
        source "$1" && shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _fluent_sync
        printf "%s\n" "${COMPREPLY[*]}"' bash "$bash_completion" "$@"
}

bash_offers() {
    local expected=$1
    shift
    same "$expected" "$(complete_bash "$@")"
}

# The options that `fluent-sync COMMAND --help` prints, with the letters.
options_of() {
    run "$1" --help | awk '
        /^  (-.,|   ) --/ {
            for (i = 1; i <= NF && $i ~ /^-/; i++) {
                sub(/,$/, "", $i)
                print $i
            }
        }' | LC_ALL=C sort
}

bash_offers_the_options_of() {
    same "$(options_of "$1")" \
        "$(complete_bash fluent-sync "$1" - | tr ' ' '\n' | LC_ALL=C sort)"
}

commands() {
    run --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }'
}

completion_of_bash() {
    local command
    bash_completion=$root/usr/share/bash-completion/completions/fluent-sync
    bash -n "$bash_completion" || return
    touch "$scratch/a file.ini"
    bash_offers 'status' fluent-sync st &&
        bash_offers "$(commands | tr '\n' ' ' | sed 's/ $//')" fluent-sync '' &&
        bash_offers '--since' fluent-sync --si &&
        bash_offers '--limit' fluent-sync tickets --li &&
        bash_offers '--limit' fluent-sync -q --log-format json tickets --li &&
        bash_offers '--limit' fluent-sync --log-format = json tickets --li &&
        bash_offers '' fluent-sync show --si &&
        bash_offers 'json' fluent-sync --log-format j &&
        bash_offers 'text json' fluent-sync status --log-format = &&
        bash_offers 'json' fluent-sync status --log-format = j &&
        bash_offers '' fluent-sync --since '' &&
        bash_offers "$scratch/a file.ini" fluent-sync -c "$scratch/a" &&
        bash_offers "$scratch/a file.ini" fluent-sync --config = "$scratch/a" &&
        bash_offers '--since' fluent-sync --config status --si &&
        bash_offers '--since' fluent-sync --config = status --si || return
    bash_offers '--api-url' fluent-sync setup --api-ur || return
    # The help of `help` is that of all, and that of `setup` says KEY for every key.
    for command in $(commands | grep -vxE 'help|setup'); do
        bash_offers_the_options_of "$command" || return
    done
}

completion_of_zsh() {
    zsh -n "$root/usr/share/zsh/vendor-completions/_fluent-sync"
}

fish_offers() {
    # shellcheck disable=SC2016
    same "$1" "$(fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
        "$root/usr/share/fish/vendor_completions.d/fluent-sync.fish" "$2" | cut -f1 | tr '\n' ' ')"
}

completion_of_fish() {
    export HOME=$scratch
    fish -n "$root/usr/share/fish/vendor_completions.d/fluent-sync.fish" &&
        fish_offers 'status ' 'fluent-sync st' &&
        fish_offers '--since ' 'fluent-sync --si' &&
        fish_offers '--limit ' 'fluent-sync tickets --li' &&
        fish_offers '' 'fluent-sync tickets --si' &&
        fish_offers 'json ' 'fluent-sync --log-format j'
}

# Installs everything but Debian's own files, under any prefix.
cmake_install() {
    cmake --install "$build" --prefix "$scratch/prefix" &&
        same "fluent-sync $version" "$("$scratch/prefix/bin/fluent-sync" --version)" &&
        [ -s "$scratch/prefix/share/zsh/site-functions/_fluent-sync" ] &&
        [ -s "$scratch/prefix/share/doc/fluent-sync/examples/fluent-sync.ini.example" ] &&
        [ ! -e "$scratch/prefix/share/doc/fluent-sync/copyright" ] &&
        names_the_wrapper "$scratch/prefix" "$scratch/prefix"
}

version=$("$FLUENT_SYNC" --version | sed -n '1s/^fluent-sync //p')
check 'cpack makes a .deb' make_package
check 'its files and their modes' file_list
check 'its fields and conffiles' control_file
# Lintian of Debian 12 leaves a file in $TMPDIR.
check 'lintian' env TMPDIR="$scratch" lintian --allow-root --fail-on error,warning "$deb"
check 'it is installed into an empty root' install_package
check 'the user, and the mode of the configuration' configuration_is_of_the_user
check 'fluent-sync --version' run_version
check 'the versions of its libraries' run_libraries
check 'not configured: exit 2, and what is missing' run_unconfigured
check 'the migrations' migrations_are_the_source
check 'the wrapper, in what is installed for web servers' names_the_wrapper "$root/usr" /usr
check 'the links of the README and its pages' links
absent mandoc || check 'the manuals' manuals
absent systemd-analyze || check 'the units' units
absent systemd-analyze || check 'the service is hardened' hardening
! [ -s "$scratch/security" ] || tail -n 1 "$scratch/security"
check 'completion: bash' completion_of_bash
absent zsh || check 'completion: zsh' completion_of_zsh
absent fish || check 'completion: fish' completion_of_fish
check 'an upgrade keeps the mode of the configuration' upgrade
check 'removed and purged' remove_and_purge
check 'cmake --install' cmake_install
exit $failed
