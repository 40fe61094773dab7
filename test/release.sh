#!/bin/sh
# release.sh: makes the packages of a release: HEAD's, for Debian 12 and 13, each in a clean root.
#
#   sudo sh test/release.sh DIR    leaves them in DIR/debian-12 and DIR/debian-13
#
# Each is built twice, and both must be the same to the byte.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# = 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# Runs in the root, beside a clone of HEAD. A package's files have the time of the commit.
# shellcheck disable=SC2016 # the root's own variables
build='set -eu
sh test/support/packages.sh build package
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) && export SOURCE_DATE_EPOCH
mkdir -p /out /again
for to in /again /out; do
    rm -rf build/release
    cmake --preset release -DFLUENT_SYNC_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr >/dev/null
    cmake --build build/release >/dev/null
    cpack --config build/release/CPackConfig.cmake -B build/release/package >/dev/null
    cp build/release/package/*.deb "$to"
done
for package in /out/*.deb; do
    cmp "$package" "/again/${package##*/}"
    sha256sum "$package"
done'

for number in 12 13; do
    mkdir -p "$1/debian-$number"
    OUT=$1/debian-$number bash "$root/test/debian.sh" "$number" "$build"
done
