/* table: measures and prints columns. */
#include "table.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

enum {
    COLUMNS_MAX = 16,
    CELL_BYTES_MAX = 4096,
    VALUE_BYTES_MAX = 1 << 16,
    LEAST_REST = 12,
    LINE_WITHOUT_TERMINAL = 100,
    TEXT_CELLS_MAX = 4096
};

size_t table_line(FILE *out)
{
    struct winsize size;
    if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return LINE_WITHOUT_TERMINAL;
    return size.ws_col;
}

void table_text(struct buf *out, const char *text, size_t n)
{
    text_show(out, text, n, TEXT_CELLS_MAX);
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

static size_t width_of(const struct report *r, const struct table_column *c, size_t line,
                       struct buf *b)
{
    size_t most = c->most ? c->most : line, width = show(b, c->title, most);
    for (size_t i = 0; i < r->rows; i++) {
        size_t cells = show(b, report_cell(r, i, c->name), most);
        width = cells > width ? cells : width;
    }
    return width;
}

static void measure(const struct report *r, const struct table_column *columns, size_t count,
                    size_t line, size_t *widths, struct buf *b)
{
    size_t used = 0, open = count;
    for (size_t c = 0; c < count; c++) {
        widths[c] = width_of(r, &columns[c], line, b);
        if (columns[c].most)
            used += widths[c] + 2;
        else
            open = c;
    }
    if (open == count)
        return;
    size_t rest = line > used + LEAST_REST ? line - used : LEAST_REST;
    widths[open] = widths[open] < rest ? widths[open] : rest;
}

static void print_cell(FILE *out, const char *text, size_t width, bool last, struct buf *b)
{
    size_t cells = show(b, text, width);
    fputs(buf_text(b), out);
    if (!last)
        fprintf(out, "%*s", (int)(width - cells + 2), "");
}

void table_print(FILE *out, const struct report *r, const struct table_column *columns,
                 size_t count, size_t line)
{
    size_t widths[COLUMNS_MAX];
    struct buf b;
    buf_init(&b, CELL_BYTES_MAX);
    measure(r, columns, count, line, widths, &b);
    for (size_t c = 0; c < count; c++)
        print_cell(out, columns[c].title, widths[c], c + 1 == count, &b);
    fputc('\n', out);
    for (size_t i = 0; i < r->rows; i++) {
        for (size_t c = 0; c < count; c++)
            print_cell(out, report_cell(r, i, columns[c].name), widths[c], c + 1 == count, &b);
        fputc('\n', out);
    }
    buf_release(&b);
}
