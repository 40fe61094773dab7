#!/bin/sh
# beside_mysql.sh: runs the demo on a machine with a MySQL server, which must stay. For test/debian.sh:
#
#   sudo bash test/debian.sh 12 sh test/support/beside_mysql.sh
#
# The server is an empty package that conflicts with MariaDB's as the real one does.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir -p "$scratch/package/DEBIAN" "$scratch/package/usr/sbin"
cat >"$scratch/package/DEBIAN/control" <<END2
Package: mysql-server-core
Version: 9.7.4
Architecture: all
Maintainer: nobody <nobody@example.com>
Conflicts: mariadb-server-core, virtual-mysql-server-core
Provides: virtual-mysql-server-core
Description: stands for a MySQL server
END2
install -m 755 /dev/null "$scratch/package/usr/sbin/mysqld"
dpkg-deb --build "$scratch/package" "$scratch/mysql.deb" >/dev/null
dpkg --install "$scratch/mysql.deb" >/dev/null

code=0
sh test/demo.sh >"$scratch/out" 2>&1 || code=$?
cat "$scratch/out"
[ "$code" = 1 ] || {
    echo "beside_mysql.sh: the demo ended with $code instead of 1" >&2
    exit 1
}
grep -q 'would remove mysql-server-core' "$scratch/out"
command -v mysqld >/dev/null
! command -v mariadbd >/dev/null
