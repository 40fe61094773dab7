#!/bin/sh
# beside_mysql.sh: runs the demo on a machine with a MySQL server, which must stay, and serves the demo.
# For test/debian.sh:
#
#   sudo bash test/debian.sh 13 sh test/support/beside_mysql.sh
#
# The server's programs are those of Debian unstable, run from the cache of fetch.sh. The package around
# them is an empty one that conflicts with MariaDB's server as the real one does.
set -eu
support=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "beside_mysql.sh: $*" >&2
    exit 1
}

files=$(bash "$support/fetch.sh" sid mysql-server-core mysql-client-core)
mkdir -p "$scratch/package/DEBIAN" "$scratch/package/usr/sbin" "$scratch/package/usr/bin"
cat >"$scratch/package/DEBIAN/control" <<END
Package: mysql-server-core
Version: 9.7.4
Architecture: all
Maintainer: nobody <nobody@example.com>
Conflicts: mariadb-server-core, virtual-mysql-server-core
Provides: virtual-mysql-server-core
Description: stands for a MySQL server
END
# program PATH [OPTION]...: a program of the package; its options stand behind the caller's.
program() {
    path=$1
    shift
    printf '#!/bin/sh\nexec %s %s "$@" %s\n' "$files/run" "$path" "$*" >"$scratch/package/$path"
    chmod 755 "$scratch/package/$path"
}
program usr/sbin/mysqld "--basedir=$files/usr" "--plugin-dir=$files/usr/lib/mysql/plugin" \
    "--lc-messages-dir=$files/usr/share/mysql" "--character-sets-dir=$files/usr/share/mysql/charsets"
for name in mysql mysqladmin mysqldump; do
    program "usr/bin/$name"
done
dpkg-deb --build "$scratch/package" "$scratch/mysql.deb" >/dev/null
dpkg --install "$scratch/mysql.deb" >/dev/null

sh test/demo.sh || fail "the demo ended with $?"
command -v mysqld >/dev/null || fail "the server is gone"
! command -v mariadbd >/dev/null || fail "another server was installed"

# What cannot be without removing the server is refused.
code=0
sh "$support/packages.sh" mariadb >"$scratch/out" 2>&1 || code=$?
cat "$scratch/out"
[ "$code" = 1 ] || fail "packages.sh ended with $code instead of 1"
grep -q 'would remove mysql-server-core' "$scratch/out" || fail "it does not name what would be removed"
command -v mysqld >/dev/null || fail "the server is gone"

echo "apt's history since the start:"
sed -n 's/^Commandline: /  /p; s/^Remove: /  REMOVED: /p' /var/log/apt/history.log
