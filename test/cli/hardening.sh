#!/bin/bash
# hardening.sh: examines whether the program has the protection that compiler and linker were told to add.
# OPTIMISED=0: a build without optimisation cannot be fortified.
set -uo pipefail

failed=0
elf=$(readelf --wide --file-header --program-headers --dynamic "$FLUENT_SYNC") || exit
symbols=$(readelf --wide --dyn-syms "$FLUENT_SYNC") || exit
code=$(objdump --disassemble --no-show-raw-insn "$FLUENT_SYNC") || exit

# has NAME TEXT PATTERN; hasnt the same.
has() {
    if grep -qE "$3" <<<"$2"; then
        echo "$1: yes"
    else
        echo "$1: NO"
        failed=1
    fi
}

hasnt() {
    if ! grep -qE "$3" <<<"$2"; then
        echo "$1: yes"
    else
        echo "$1: NO"
        failed=1
    fi
}

has 'position-independent' "$elf" '^ *Type: +DYN'
has 'RELRO' "$elf" '^ *GNU_RELRO '
has 'RELRO, full' "$elf" 'BIND_NOW|Flags:.* NOW'
has 'stack segment' "$elf" '^ *GNU_STACK '
hasnt 'no executable stack' "$elf" '^ *GNU_STACK .* RWE '
hasnt 'nothing both writable and executable' "$elf" '^ *LOAD .* RWE '
hasnt 'no relocated text' "$elf" 'TEXTREL'
hasnt 'no search path for libraries' "$elf" '\((RPATH|RUNPATH)\)'
has 'stack protector' "$symbols" ' __stack_chk_fail(@|$| )'
if [ "$(uname -m)" = x86_64 ]; then # the start-up code of Debian lacks it, so the file has no mark
    has 'control-flow protection' "$(grep -A1 '<main>:$' <<<"$code")" 'endbr64'
fi
if [ "${OPTIMISED:-1}" = 1 ]; then
    has 'fortified' "$symbols" ' __(v?snprintf|fprintf|memcpy)_chk(@| )'
    plain=$(jq -r --arg level "-D_FORTIFY_SOURCE=$FORTIFY" '.[] | select(.file | test("/(lib|cmd)/[^/]*$"))
        | select(.command | contains($level) | not) | .file' "$COMPILE_COMMANDS") || exit
    hasnt "fortified at level $FORTIFY" "$plain" .
fi
exit "$failed"
