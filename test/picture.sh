#!/bin/sh
# picture.sh: draws the README's picture, .github/terminal.svg, from a part of what the demo prints: from
# the first sync to the list of tickets.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/test/demo.sh" | awk '
function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}
/^\$ fluent-sync$/ { shown = 1 }
/^\$ fluent-sync rejects$/ { shown = 0 }
shown { lines[++count] = $0 }
END {
    height = 20 * count + 40
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1060\" height=\"%d\" " \
        "role=\"img\" aria-label=\"fluent-sync in a terminal\">\n", height
    printf "<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#1b1f24\"/>\n"
    printf "<g font-family=\"ui-monospace,DejaVu Sans Mono,monospace\" font-size=\"13\" " \
        "xml:space=\"preserve\">\n"
    for (i = 1; i <= count; i++)
        if (lines[i] != "")
            printf "<text x=\"20\" y=\"%d\" fill=\"%s\">%s</text>\n", 20 * i + 16,
                lines[i] ~ /^\$ / ? "#7ee787" : "#d0d7de", escaped(lines[i])
    print "</g>\n</svg>"
}' >"$root/.github/terminal.svg"
