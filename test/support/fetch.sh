#!/bin/bash
# fetch.sh: unpacks packages of a Debian release into a cache, to run them without installing them.
#
#   fetch.sh SUITE PACKAGE...    prints the directory that contains them and all that they depend on
#
# DIRECTORY/run PROGRAM [ARGUMENT]... becomes one of their programs, with the loader and the libraries
# that came along. DIRECTORY/packages lists the versions. The packages come from the Debian mirror of
# this machine's apt sources, or from $TEST_DEBIAN_MIRROR, and are checked against Debian's keyring. They
# are fetched again after a week; if that fails, the old ones are used.
#
# This needs no rights and installs nothing. The cache is $TEST_CACHE, or fluent-sync in
# $XDG_CACHE_HOME or ~/.cache, and may be removed at any time.
set -euo pipefail
export LC_ALL=C
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
cache=${TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/fluent-sync}

fail() {
    echo "fetch.sh: $*" >&2
    exit 1
}

# Prints the first of the machine's package sources that has this machine's Debian release.
mirror() {
    local release
    [ -z "${TEST_DEBIAN_MIRROR:-}" ] || {
        echo "$TEST_DEBIAN_MIRROR"
        return
    }
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-sid}") ||
        fail "this is no Debian: TEST_DEBIAN_MIRROR has to name a mirror"
    apt-get indextargets --format '$(SITE) $(COMPONENT) $(RELEASE)' 'Created-By: Packages' |
        awk -v release="$release" '$2 == "main" && ($3 == release || $3 ~ /^(old)*stable$|^testing$|^unstable$|^sid$/) {
            print $1; exit }' | grep . || fail "no Debian mirror among the package sources"
}

# apt with a state of its own: it knows no package of this machine's, nor its sources. The lists may be
# older than the archive says they should be, as those of a mirror that stands still are: what is
# fetched is for tests alone, and signed all the same.
private_apt() {
    apt-get -qq -o Dir::State="$work" -o Dir::State::status="$work/status" -o Dir::Cache="$work" \
        -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::PreferencesParts=/dev/null -o APT::Default-Release= -o Acquire::Languages=none \
        -o Acquire::Check-Valid-Until=false \
        -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o APT::Update::Error-Mode=any \
        "$@" </dev/null >>"$work/log" 2>&1 || fail "apt-get $1: $(grep -v '^W:' "$work/log" | tail -n 2)"
}

download() {
    local from
    [ -e "$keyring" ] || fail "$keyring is missing (package debian-archive-keyring)"
    from=$(mirror)
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    : >"$work/status"
    echo "deb [signed-by=$keyring] $from $suite main" >"$work/sources.list"
    chmod 755 "$work" # apt reads it as another user
    private_apt update
    private_apt install --download-only --no-install-recommends "$@"
}

# Leaves out what only people read.
unpack() {
    local package
    mkdir -p "$work/root/usr/lib" "$work/root/usr/lib64"
    ln -s usr/lib usr/lib64 "$work/root"
    for package in "$work"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/root" --no-same-owner --keep-directory-symlink \
            --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
            --exclude='./usr/share/perl*' --exclude='./usr/lib/*/perl*'
        dpkg-deb --show "$package" >>"$work/root/packages"
    done
    cat >"$work/root/run" <<'END'
#!/bin/sh
here=$(dirname "$0")
program=$here/$1
shift
# Libraries of a package's own stand in a folder of its own.
private=$(find "$here"/usr/lib -maxdepth 2 -name '*.so.*' -path "$here/usr/lib/mysql*" -printf ':%h\n' | uniq | tr -d '\n')
for loader in "$here"/usr/lib/*/ld-linux*.so.* "$here"/usr/lib/ld-linux*.so.*; do
    [ ! -e "$loader" ] || exec "$loader" --library-path "$(dirname "$loader")$private" "$program" "$@"
done
echo "$here: no loader" >&2
exit 126
END
    chmod 755 "$work/root/run"
}

fetch() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/fluent-sync-fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    download "$@"
    unpack
    rm -rf "$cache/new-$name"
    mv "$work/root" "$cache/new-$name" # from another file system, maybe
    mv "$cache/new-$name" "$wanted"
}

# Removes the copies of earlier weeks except the last one, from which a test may still be running.
remove_old() {
    local old
    for old in $(printf '%s\n' "$cache/$name"-*W* | sort | head -n -2); do
        rm -rf "$old"
    done
}

[ $# -ge 2 ] || fail "usage: fetch.sh SUITE PACKAGE..."
suite=$1
shift
name=$(printf '%s-' "$suite" "$@")$(dpkg --print-architecture)
wanted=$cache/$name-$(date -u +%GW%V)
mkdir -p "$cache"
exec 9>"$cache/$name.lock"
flock 9
if [ ! -d "$wanted" ]; then
    echo "fetching $* of Debian $suite" >&2
    if ! (fetch "$@"); then
        wanted=$(printf '%s\n' "$cache/$name"-*W* | tail -n 1)
        [ -d "$wanted" ] || exit 1
        echo "fetch.sh: using what was fetched before" >&2
    fi
    remove_old
fi
echo "$wanted"
