/* html_form: finds values in the tables that a form's submission is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/html.h"
#include "codec/html_render.h"

enum {
    LABEL_NODES = 32, /* a cell of more is no label */
    LABEL_BYTES = 400,
    ROW_CELLS = 16,
    FOLDED_MAX = 4096,
    LABELS_MAX = 16 << 20, /* of all labels together */
    FIELDS_FIRST = 16,
};

/* A label, and the cells that hold its value. */
struct field {
    size_t label; /* where it begins in `labels`, without case */
    const struct html_node *value;
    const struct html_node *row; /* of all its cells the value is, if `value` is NULL */
};

struct html_form {
    struct html_tree tree;
    struct buf labels; /* each with a NUL behind it */
    struct field *fields;
    size_t count, room;
    bool starved;
};

static const struct html_node *behind(const struct html_node *node)
{
    return node + node->span;
}

/* Reading */

static void add_field(struct html_form *form, struct field field)
{
    if (form->count == form->room) {
        size_t room = form->room ? 2 * form->room : FIELDS_FIRST;
        struct field *fields = realloc(form->fields, room * sizeof *fields);
        form->starved |= !fields;
        if (!fields)
            return;
        form->fields = fields;
        form->room = room;
    }
    form->fields[form->count++] = field;
}

static bool may_be_label(const struct html_node *cell)
{
    bool is_short = cell->span <= LABEL_NODES;
    for (const struct html_node *node = cell + 1; is_short && node < behind(cell); node++)
        is_short = node->kind != NODE_TABLE && node->source.n <= LABEL_BYTES;
    return is_short;
}

/* Appends the text of the cell, without case and what ends a label; where it begins, or SIZE_MAX
 * when there is none. */
static size_t read_label(struct html_form *form, const struct html_node *cell)
{
    struct buf text;
    struct html_page page;
    size_t begins = form->labels.len;
    if (!may_be_label(cell))
        return SIZE_MAX;
    buf_init(&text, FOLDED_MAX);
    page = page_at_end_of(&text);
    html_render(&page, cell);
    size_t n = text.failed ? 0 : text.len;
    while (n && strchr(" :*?", text.data[n - 1]))
        n--;
    text_fold(&form->labels, buf_text(&text), n);
    buf_putc(&form->labels, '\0');
    form->starved |= text.starved || form->labels.starved;
    buf_release(&text);
    return n && !form->labels.failed ? begins : SIZE_MAX;
}

/* The row behind this one; NULL: it is the last of its table. */
static const struct html_node *next_row(const struct html_form *form, const struct html_node *row)
{
    const struct html_node *next = behind(row), *end = form->tree.nodes + form->tree.count;
    while (next < end && next->kind == NODE_TEXT)
        next++;
    return next < end && next->kind == NODE_ROW ? next : NULL;
}

static void read_row(struct html_form *form, const struct html_node *row)
{
    const struct html_node *cells[ROW_CELLS], *next = next_row(form, row);
    size_t count = 0;
    for (const struct html_node *node = row + 1; node < behind(row); node = behind(node))
        if (node->kind == NODE_CELL && count < ROW_CELLS)
            cells[count++] = node;
    for (size_t i = 0; i < count; i += 2) {
        struct field field = {.value = i + 1 < count ? cells[i + 1] : NULL, .row = next};
        if (!field.value && (count > 1 || !next))
            continue;
        field.label = read_label(form, cells[i]);
        if (field.label != SIZE_MAX)
            add_field(form, field);
    }
}

/* Does it have a tag that begins as those of tables do? */
static bool may_have_rows(const char *html, size_t n)
{
    const char *end = html + n;
    while ((html = memchr(html, '<', (size_t)(end - html))) != NULL && ++html < end)
        if ((*html | 0x20) == 't')
            return true;
    return false;
}

struct html_form *html_form_read(const char *html, size_t n)
{
    struct html_form *form = calloc(1, sizeof *form);
    if (!form)
        return NULL;
    buf_init(&form->labels, LABELS_MAX);
    if (may_have_rows(html, n))
        form->starved = html_tree_read(&form->tree, html, n) < 0;
    for (size_t i = 0; i < form->tree.count && !form->starved; i++)
        if (form->tree.nodes[i].kind == NODE_ROW)
            read_row(form, &form->tree.nodes[i]);
    if (!form->starved)
        return form;
    html_form_free(form);
    return NULL;
}

void html_form_free(struct html_form *form)
{
    if (!form)
        return;
    html_tree_release(&form->tree);
    buf_release(&form->labels);
    free(form->fields);
    free(form);
}

/* Finding */

static bool is_label(const char *text, const struct buf *wanted)
{
    bool prefix = wanted->len && wanted->data[wanted->len - 1] == '*';
    return prefix ? strncmp(text, wanted->data, wanted->len - 1) == 0
                  : strcmp(text, buf_text(wanted)) == 0;
}

static void write_value(struct buf *out, const struct field *field)
{
    struct html_page page = page_at_end_of(out);
    if (field->value) {
        html_render(&page, field->value);
        return;
    }
    for (const struct html_node *node = field->row + 1; node < behind(field->row);
         node = behind(node))
        if (node->kind == NODE_CELL) {
            html_render(&page, node);
            page_boundary(&page, 1);
        }
}

int html_form_value(const struct html_form *form, const char *label, struct buf *out)
{
    struct buf wanted;
    size_t begin = out->len;
    buf_init(&wanted, FOLDED_MAX);
    text_fold(&wanted, label, strlen(label));
    for (size_t i = 0; i < form->count && out->len == begin && !out->failed; i++)
        if (is_label(form->labels.data + form->fields[i].label, &wanted))
            write_value(out, &form->fields[i]);
    out->starved |= wanted.starved;
    out->failed |= wanted.starved;
    buf_release(&wanted);
    return out->failed ? -1 : 0;
}
