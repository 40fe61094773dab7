#!/bin/sh
# picture.sh: draws the README's picture, .github/terminal.svg, from a part of what the demo prints: the
# first run, and a reply.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/test/demo.sh" | awk '
function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    gsub(/ /, "\302\240", text) # a browser would draw several spaces as one
    return text
}
function colour(line) {
    return line ~ /^(\$|sql>) / ? "#7ee787" : line ~ /^(THE|A) [A-Z][A-Z]/ ? "#ffffff" : "#d0d7de"
}
/^THE FIRST RUN/ { shown = 1 }
/^A CRASH/ { shown = 0 }
shown { lines[++count] = $0 }
END {
    height = 20 * count + 40
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"680\" height=\"%d\" " \
        "role=\"img\" aria-label=\"fluent-sync in a terminal\">\n", height
    printf "<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#1b1f24\"/>\n"
    print "<g font-family=\"ui-monospace,DejaVu Sans Mono,monospace\" font-size=\"13\">"
    for (i = 1; i <= count; i++)
        if (lines[i] != "")
            printf "<text x=\"20\" y=\"%d\" fill=\"%s\">%s</text>\n", 20 * i + 16,
                colour(lines[i]), escaped(lines[i])
    print "</g>\n</svg>"
}' >"$root/.github/terminal.svg"
