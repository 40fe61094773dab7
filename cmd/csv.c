/* csv: quotes what needs it. */
#include "csv.h"

#include <string.h>
#include <unistd.h>

#include "table.h"

enum { FIELD_MAX = 1 << 20 };

static void print_field(FILE *out, const char *text)
{
    if (*text && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_safe(FILE *out, const char *text)
{
    struct buf safe;
    buf_init(&safe, FIELD_MAX);
    table_text(&safe, text, strlen(text));
    print_field(out, buf_text(&safe));
    buf_release(&safe);
}

void csv_print(FILE *out, const struct report *r)
{
    bool terminal = isatty(fileno(out)) == 1;
    for (size_t c = 0; c < r->width; c++)
        fprintf(out, "%s%s", c ? "," : "", r->columns[c].name);
    fputs("\r\n", out);
    for (size_t i = 0; i < r->rows * r->width; i++) {
        if (i % r->width)
            fputc(',', out);
        if (r->cells[i])
            (terminal ? print_safe : print_field)(out, r->cells[i]);
        if ((i + 1) % r->width == 0)
            fputs("\r\n", out);
    }
}
