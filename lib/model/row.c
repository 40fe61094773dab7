/* row: compares cells. */
#include "model/row.h"

#include <string.h>

bool cell_equal(struct cell a, struct cell b)
{
    if (!a.text || !b.text)
        return !a.text && !b.text;
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

struct cell cell_of(const char *text)
{
    return (struct cell){.text = text, .len = text ? strlen(text) : 0};
}
