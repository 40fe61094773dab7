#!/bin/bash
# debian.sh: runs the README's two commands on a new machine: in a clean root of a Debian release, with a
# fresh clone of HEAD.
#
#   sudo bash test/debian.sh 12|13 [COMMAND]   runs COMMAND, as a shell reads it, instead of the two
#
# What a command that succeeds leaves in the root's /out comes to the directory that $OUT names.
#
# debootstrap makes the root once, from the mirror that this machine uses. It is kept as an archive in
# ${XDG_CACHE_HOME:-~/.cache}/fluent-sync. Everything in the root runs in a process and mount name space
# of its own, which ends with the script. Afterwards, no package may be gone, no further service may be
# enabled, and no process may be left.
set -euo pipefail

fail() {
    echo "debian.sh: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "only root can make a root: sudo bash test/debian.sh $*"
case ${1:-} in
12) release=bookworm ;;
13) release=trixie ;;
*) fail "which Debian: 12 or 13?" ;;
esac
number=$1
shift
command=${*:-"sh test/demo.sh && sh test/run.sh"}
source=$(cd "$(dirname "$0")/.." && pwd)

# What follows runs in name spaces of its own, and sees no other process.
if [ "${FLUENT_SYNC_INSIDE:-}" != yes ]; then
    FLUENT_SYNC_INSIDE=yes exec unshare --mount --pid --fork --kill-child --mount-proc \
        bash "$0" "$number" "$@"
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/fluent-sync
archive=$cache/debian-$number.tar
mkdir -p "$cache"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/fluent-sync-debian.XXXXXX")
root=$scratch/root
# The mounts are visible only in here, and must be gone before the files are removed.
trap 'umount -R "$root/proc" "$root/dev" 2>/dev/null; rm -rf --one-file-system "$scratch"' EXIT
trap 'exit 130' HUP INT TERM

mirror() {
    # shellcheck disable=SC2016 # apt's own words
    apt-get indextargets --format '$(SITE) $(CREATED_BY)' 2>/dev/null |
        awk '$2 == "Packages" && $1 ~ /\/debian\/?$/ {print $1; exit}'
}

make_archive() {
    local from
    command -v debootstrap >/dev/null || fail "there is no debootstrap: apt-get install debootstrap"
    from=$(mirror)
    [ -n "$from" ] || fail "apt has no Debian mirror to make a root from"
    echo "debian.sh: making a root of Debian $number"
    debootstrap --variant=minbase "$release" "$scratch/new" "$from" >"$scratch/log" 2>&1 || {
        tail -n 20 "$scratch/log" >&2
        fail "debootstrap failed"
    }
    tar -C "$scratch/new" -cf "$archive.$$" .
    mv "$archive.$$" "$archive"
    rm -rf "$scratch/new"
}

in_root() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LC_ALL=C.UTF-8 TERM=dumb ${CI:+CI="$CI"} chroot "$root" "$@"
}

# Units of systemd itself, which the packages for the tests install, do not count.
enabled_services() {
    find "$root/etc/systemd/system" -type l -path '*.wants/*' -printf '%f %l\n' 2>/dev/null |
        sort | while read -r unit file; do
            owner=$(in_root dpkg -S "$file" "/usr${file#/usr}" 2>/dev/null || true)
            case $owner in systemd*) ;; *) echo "$unit" ;; esac
        done
}

installed_packages() {
    # shellcheck disable=SC2016 # dpkg's own words
    in_root dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' |
        awk '$2 == "installed" {print $1}' | sort
}

in_root_apt() {
    in_root apt-get -qq "$@" >"$scratch/log" 2>&1 || {
        tail -n 20 "$scratch/log" >&2
        fail "apt-get $1 failed in the root"
    }
}

# git refuses another user's repository; a bundle belongs to whoever reads it.
clone() {
    git -c safe.directory='*' -C "$source" bundle create -q "$root/fluent-sync.bundle" HEAD
    in_root_apt update
    in_root_apt install -y --no-install-recommends git ca-certificates
    in_root git -c advice.detachedHead=false -c init.defaultBranch=main clone -q /fluent-sync.bundle /root/fluent-sync
}

# Lists the processes that still run in the root, after giving them a moment to end.
left_processes() {
    local process
    for _ in 1 2 3 4 5; do
        left=
        for process in /proc/[0-9]*; do
            [ "$(readlink "$process/root" 2>/dev/null)" != "$root" ] ||
                left="$left $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null);"
        done
        [ -n "$left" ] || return 0
        sleep 1
    done
}

[ -s "$archive" ] || make_archive
mkdir "$root"
tar -C "$root" -xf "$archive"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
clone
packages=$(installed_packages)
services=$(enabled_services)

code=0
in_root bash -c "cd /root/fluent-sync && $command" </dev/null || code=$?

lost=$(comm -23 <(printf '%s\n' "$packages") <(installed_packages))
more=$(comm -13 <(printf '%s\n' "$services") <(enabled_services))
left_processes
[ -z "$lost" ] || fail "these packages were removed: $lost"
[ -z "$more" ] || fail "these services are enabled now: $more"
[ -z "$left" ] || fail "these processes were left: $left"
[ "$code" = 0 ] || fail "Debian $number: exit code $code of: $command"
if [ -n "${OUT:-}" ]; then
    [ -d "$root/out" ] || fail "OUT=$OUT is set, and the command left no /out in the root: $command"
    cp -r "$root/out/." "$OUT"
fi
echo "debian.sh: Debian $number: passed: $command"
