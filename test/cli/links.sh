#!/bin/bash
# links.sh: follows the links between the pages of the documentation. Each must lead to a file, and to a
# heading in it if it names one. The index must name every page.
#
#   links.sh [TREE]   TREE contains README.md and docs/; default: the sources, $SOURCE_DIR
set -euo pipefail

cd "${1:-$SOURCE_DIR}"
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

pages() {
    find . -maxdepth 1 -name '*.md' && find docs -name '*.md'
    [ ! -d .github ] || find .github -name '*.md' -o -name '*.yml'
}

# Prints the links of a page, one per line, without those to the web. Blocks of code contain none.
links_of() {
    awk '/^```/ { code = !code } !code' "$1" | { grep -oE '\]\([^)]*\)' || true; } |
        sed 's/^](//; s/)$//' | grep -vE '^(https?|mailto):' || true
}

# Prints the headings of a page as GitHub names them: lower case, without punctuation, `-` for spaces.
headings_of() {
    awk '/^```/ { code = !code } !code && /^#+ / { sub(/^#+ /, ""); print }' "$1" |
        tr '[:upper:]' '[:lower:]' | sed "s/[^a-z0-9 _-]//g; s/ /-/g"
}

# check_link PAGE LINK
check_link() {
    local file=${2%%#*} heading=
    case $2 in *'#'*) heading=${2#*#} ;; esac
    if [[ $file = ../blob/HEAD/* ]]; then # of a form, which is shown elsewhere than it is kept
        file=${file#../blob/HEAD/}
    elif [ -n "$file" ]; then
        file=$(dirname "$1")/$file
    else
        file=$1
    fi
    if [ ! -e "$file" ]; then
        fail "$1 refers to $2, which does not exist"
    elif [ -n "$heading" ] && ! headings_of "$file" | grep -qxF -e "$heading"; then
        fail "$1 refers to $2, but there is no such heading"
    fi
}

count=0
while read -r page; do
    while read -r link; do
        [ -n "$link" ] || continue
        check_link "$page" "$link"
        count=$((count + 1))
    done < <(links_of "$page")
done < <(pages)
for page in docs/*.md; do
    page=${page#docs/}
    [ "$page" = README.md ] || links_of docs/README.md | grep -qxF "$page" ||
        fail "docs/README.md does not name $page"
done
[ "$count" -gt 0 ] || fail "there is no link"
[ "$failed" = 1 ] || echo "ok: $count links"
exit "$failed"
