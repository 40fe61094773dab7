/* nearest: the distance of two words, by Damerau and Levenshtein (optimal string alignment). */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LETTERS_MAX = 63, PREFIX_LEAST = 2 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Both have at most LETTERS_MAX letters. `rows[i % 3][j]` is the distance of the first i letters of
 * `a` from the first j of `b`. */
static size_t distance_of(const char *a, const char *b)
{
    size_t rows[3][LETTERS_MAX + 1], n = strlen(a), m = strlen(b);
    for (size_t i = 0; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            if (i == 0) {
                row[j] = j;
                continue;
            }
            row[j] =
                least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

void nearest_begin(struct nearest *n, const char *word)
{
    *n = (struct nearest){.word = word};
}

void nearest_try(struct nearest *n, const char *known)
{
    size_t length = strlen(n->word);
    if (!length || length > LETTERS_MAX || strlen(known) > LETTERS_MAX)
        return;
    bool begins = length >= PREFIX_LEAST && strncasecmp(known, n->word, length) == 0;
    size_t distance = begins ? 1 : distance_of(n->word, known);
    if (distance > (length + 2) / 3 || (n->found && distance >= n->distance))
        return;
    n->found = known;
    n->distance = distance;
}

const char *nearest_ask(const struct nearest *n, const char *prefix, const char *otherwise,
                        char text[NEAREST_SIZE])
{
    if (!n->found)
        return otherwise;
    snprintf(text, NEAREST_SIZE, "did you mean %s%s?", prefix, n->found);
    return text;
}
