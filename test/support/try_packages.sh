#!/bin/bash
# try_packages.sh: packages.sh asks on a terminal, takes no for an answer, says in one line that there is
# no network, and leaves no service enabled. For test/debian.sh:
#
#   sudo bash test/debian.sh 13 bash test/support/try_packages.sh
set -euo pipefail
packages=$(dirname "$0")/packages.sh

fail() {
    echo "try_packages.sh: $*" >&2
    exit 1
}

installed() {
    # shellcheck disable=SC2016 # dpkg's own words
    dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' | awk '$2 == "installed"' | sort
}

services() {
    find /etc/systemd/system -type l -path '*.wants/*' | sort
}

# on_terminal ANSWER WORDS: a shell line on a terminal of its own, with a person who types ANSWER.
on_terminal() {
    (sleep 1 && printf '%s\n' "$1" && sleep 60) | TERM=xterm script -qec "$2" /dev/null | tr -d '\r'
}

apt-get -qq update
apt-get -qq install -y --no-install-recommends bsdutils util-linux >/dev/null
lists=/var/lib/apt/lists
mv $lists $lists.kept
mkdir $lists
code=0
said=$(unshare --net sh "$packages" build demo 2>&1) || code=$?
rm -rf $lists
mv $lists.kept $lists
echo "$said"
[ "$code" = 1 ] && [ "$(wc -l <<<"$said")" = 1 ] || fail "more than a line about the network, or exit code $code"
grep -q 'no network' <<<"$said" || fail "it does not say that there is no network"

# One that brings no other along: of such a one apt itself does not ask.
before=$(installed)
said=$(on_terminal n "sh '$packages' serve" || true)
echo "$said"
grep -q 'nothing was installed' <<<"$said" || fail "it does not ask"
[ "$before" = "$(installed)" ] || fail "it has installed something all the same"

before=$(services)
on_terminal '' "sh '$packages' serve"
command -v lighttpd >/dev/null || fail "a yes installs nothing"
[ "$before" = "$(services)" ] || fail "a service is enabled"
[ ! -e /usr/sbin/policy-rc.d ] || fail "the policy is still there"
[ -z "$(sh "$packages" serve 2>&1)" ] || fail "it says something though nothing is missing"
