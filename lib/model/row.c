/* row: compares cells, and names the built-in columns. */
#include "model/row.h"

#include <string.h>
#include <strings.h>

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

static const char *const BUILT_IN_NAMES[REQUEST_BUILT_IN] = {
    [REQUEST_DATE] = "date",         [REQUEST_TIME] = "time",
    [REQUEST_CATEGORY] = "category", [REQUEST_DESCRIPTION] = "description",
    [REQUEST_URGENCY] = "urgency",
};

const char *request_built_in_name(size_t column)
{
    return BUILT_IN_NAMES[column];
}

size_t request_built_in(const char *name)
{
    size_t column = 0;
    while (column < REQUEST_BUILT_IN && strcasecmp(BUILT_IN_NAMES[column], name) != 0)
        column++;
    return column;
}
