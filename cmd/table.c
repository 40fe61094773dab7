/* table: measures and prints columns. */
#include "table.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

enum {
    COLUMNS_MAX = 16,
    VALUE_BYTES_MAX = 1 << 20,
    GAP = 2,         /* between two columns */
    LEAST_REST = 24, /* of the line, for the last column; others become narrower for it, */
    LEAST_CELLS = 5, /* but not narrower than this */
    NARROW = 40,     /* a narrower window is not fitted */
    WIDTH_UNKNOWN = 80,
};

size_t table_line(FILE *out)
{
    struct winsize size;
    if (isatty(fileno(out)) != 1)
        return TABLE_UNCUT;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return WIDTH_UNKNOWN;
    return size.ws_col > NARROW ? size.ws_col : NARROW;
}

void table_text(struct buf *out, const char *text, size_t n)
{
    text_show(out, text, n, SIZE_MAX);
}

void table_value(FILE *out, const char *label, const char *value)
{
    struct buf b;
    buf_init(&b, VALUE_BYTES_MAX);
    table_text(&b, value, strlen(value));
    fprintf(out, "%-18s %s\n", label, buf_text(&b));
    buf_release(&b);
}

static size_t show(struct buf *b, const char *text, size_t width)
{
    buf_clear(b);
    return text_show(b, text ? text : "-", text ? strlen(text) : 1, width);
}

/* As wide as its widest value, but no wider than `most`. */
static size_t width_of(const struct report *r, const struct table_column *c, size_t most,
                       struct buf *b)
{
    size_t width = show(b, c->title, most);
    for (size_t i = 0; i < r->rows; i++) {
        size_t cells = show(b, report_cell(r, i, c->name), most);
        width = cells > width ? cells : width;
    }
    return width;
}

static bool is_text(const struct report *r, const char *name)
{
    for (size_t c = 0; c < r->width; c++)
        if (strcmp(r->columns[c].name, name) == 0)
            return r->columns[c].kind == REPORT_TEXT;
    return false;
}

static size_t sum_of(const size_t *widths, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += widths[i] + GAP;
    return sum;
}

/* Makes the widest texts narrower until the columns are no wider than `room` together; half a
 * number or a date would be another one. */
static void squeeze(const struct report *r, const struct table_column *columns, size_t count,
                    size_t room, size_t *widths)
{
    while (sum_of(widths, count) > room) {
        size_t widest = count;
        for (size_t c = 1; c < count; c++) /* the first one names the row */
            if (is_text(r, columns[c].name) && widths[c] > LEAST_CELLS &&
                (widest == count || widths[c] > widths[widest]))
                widest = c;
        if (widest == count)
            return;
        widths[widest]--;
    }
}

/* Takes away one column; false when all others are to stay. */
static bool leave_out(struct table_column *columns, size_t *count, size_t *widths)
{
    size_t out = *count;
    for (size_t c = 0; c + 1 < *count; c++)
        if (columns[c].spare && (out == *count || columns[c].spare < columns[out].spare))
            out = c;
    if (out == *count)
        return false;
    --*count;
    memmove(&columns[out], &columns[out + 1], (*count - out) * sizeof *columns);
    memmove(&widths[out], &widths[out + 1], (*count - out) * sizeof *widths);
    return true;
}

/* Fits the columns into the line. */
static void fit(const struct report *r, struct table_column *columns, size_t *count, size_t line,
                size_t *widths)
{
    while (sum_of(widths, *count - 1) + LEAST_REST > line && leave_out(columns, count, widths))
        ;
    size_t last = *count - 1;
    squeeze(r, columns, last, line > LEAST_REST ? line - LEAST_REST : 0, widths);
    size_t used = sum_of(widths, last);
    widths[last] = line > used + LEAST_CELLS ? line - used : LEAST_CELLS;
    if (columns[last].most && columns[last].most < widths[last])
        widths[last] = columns[last].most;
}

void table_print(FILE *out, const struct report *r, const struct table_column *all, size_t count,
                 size_t line)
{
    struct table_column columns[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX];
    struct buf b;
    buf_init(&b, VALUE_BYTES_MAX);
    memcpy(columns, all, count * sizeof *columns);
    for (size_t c = 0; c + 1 < count; c++)
        widths[c] = width_of(r, &columns[c], columns[c].most, &b);
    widths[count - 1] = 0;
    if (line != TABLE_UNCUT)
        fit(r, columns, &count, line, widths);
    for (size_t i = 0; i <= r->rows; i++) /* the first line is that of the titles */
        for (size_t c = 0; c < count; c++) {
            const char *text = i ? report_cell(r, i - 1, columns[c].name) : columns[c].title;
            size_t cells = show(&b, text, line == TABLE_UNCUT ? SIZE_MAX : widths[c]);
            fputs(buf_text(&b), out);
            if (c + 1 == count)
                fputc('\n', out);
            else
                fprintf(out, "%*s", (int)(cells < widths[c] ? widths[c] - cells + GAP : GAP), "");
        }
    buf_release(&b);
}
