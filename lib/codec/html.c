/* html: the readable text of an HTML body: what each element means for the page. */
#include "codec/html.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/url.h"
#include "codec/html_entity.h"
#include "codec/html_page.h"
#include "codec/html_render.h"
#include "codec/html_tree.h"

enum {
    LABEL_MAX = 80, /* longer texts are no labels */
    COLUMNS_MAX = 1000,
    ROWS_MAX = 16, /* deeper inside, cells are lines: mail has layout tables in layout tables */
    NUMBER_MAX = 999999,
};

/* Writes a piece of HTML, with its entities decoded. */
static void write_slice(struct html_page *p, struct html_slice rest)
{
    char room[HTML_ENTITY_SIZE];
    while (rest.n) {
        struct html_slice piece = html_decode(&rest, room);
        page_text(p, piece.at, piece.n);
    }
}

static long number_attribute(const struct html_node *node, const char *name, long least, long most)
{
    struct html_slice digits = html_attribute(node->source, name);
    long number = digits.n ? strtol(digits.at, NULL, 10) : 0;
    return number < least ? least : number > most ? most : number;
}

static void render_node(struct html_page *p, const struct html_node *node);

/* Paragraphs within lists, and Outlook's, which have no margins, stand on lines without a gap. */
static void render_block(struct html_page *p, const struct html_node *node)
{
    struct html_slice class = html_attribute(node->source, "class");
    bool outlook = class.n >= 3 && !strncmp(class.at, "Mso", 3);
    bool gap =
        (node->kind == NODE_PARAGRAPH || node->kind == NODE_PREFORMATTED) && !p->lists && !outlook;
    bool verbatim = p->verbatim;
    page_boundary(p, gap ? 2 : 1);
    p->verbatim = verbatim || node->kind == NODE_PREFORMATTED;
    html_render(p, node);
    p->verbatim = verbatim;
    page_boundary(p, gap ? 2 : 1);
}

static void render_quote(struct html_page *p, const struct html_node *node)
{
    page_boundary(p, 2);
    size_t outer = page_push(p, "> ");
    html_render(p, node);
    page_boundary(p, 2);
    page_pop(p, outer);
}

static void render_list(struct html_page *p, const struct html_node *node)
{
    bool ordered = p->ordered;
    int number = p->number;
    page_boundary(p, p->lists ? 1 : 2);
    p->lists++;
    p->ordered = node->kind == NODE_ORDERED_LIST;
    p->number = html_attribute(node->source, "start").n
                    ? (int)number_attribute(node, "start", 0, NUMBER_MAX)
                    : 1;
    html_render(p, node);
    p->lists--;
    p->ordered = ordered;
    p->number = number;
    page_boundary(p, p->lists ? 1 : 2);
}

static void render_item(struct html_page *p, const struct html_node *node)
{
    char marker[MARKER_SIZE] = "- ";
    page_boundary(p, 1);
    if (p->ordered)
        snprintf(marker, sizeof marker, "%d. ", p->number++);
    size_t outer = page_push_item(p, marker);
    html_render(p, node);
    page_boundary(p, 1);
    page_pop(p, outer);
}

static void render_image(struct html_page *p, const struct html_node *node)
{
    bool keep_lines = p->keep_lines;
    p->keep_lines = false;
    write_slice(p, html_attribute(node->source, "alt"));
    p->keep_lines = keep_lines;
}

static bool has_prefix(const char *s, const char *prefix)
{
    return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

/* Marks `out` as failed for the reason for which `other`, whose text it needed, has failed. */
static void fail_as(struct buf *out, const struct buf *other)
{
    out->failed |= other->failed;
    out->starved |= other->starved;
}

/* The address of a link, decoded, as browsers read it: without tabs and line breaks. */
static void read_address(struct buf *out, struct html_slice rest)
{
    char room[HTML_ENTITY_SIZE];
    while (rest.n) {
        struct html_slice piece = html_decode(&rest, room);
        for (size_t i = 0, run; i < piece.n; i += run + 1) {
            run = text_plain(piece.at + i, piece.n - i);
            buf_append(out, piece.at + i, run);
        }
    }
}

/* An address, readable and harmless; nothing when it is not of a kind worth showing. */
static void write_address(struct buf *out, const char *address)
{
    address += strspn(address, " ");
    bool mail = has_prefix(address, "mailto:");
    if (!mail && !has_prefix(address, "http://") && !has_prefix(address, "https://"))
        return;
    if (mail)
        address = strchr(address, ':') + 1;
    size_t n = mail ? strcspn(address, "?") : strlen(address);
    while (n && address[n - 1] == ' ')
        n--;
    struct html_page line = page_at_end_of(out);
    for (size_t i = 0; i < n; i++) {
        size_t run = strcspn(address + i, " ");
        page_text(&line, address + i, run < n - i ? run : n - i);
        i += run;
        if (i < n)
            page_text(&line, "%20", 3);
    }
}

/* Is `text` the address already, but for the scheme or a slash at its end? */
static bool is_address(const char *text, size_t n, const char *address)
{
    struct url url = url_split(address);
    if (url.scheme.length && !has_prefix(text, "http"))
        address = url.user.at;
    size_t m = strlen(address);
    n -= n && text[n - 1] == '/';
    m -= m && address[m - 1] == '/';
    return n == m && strncasecmp(text, address, n) == 0;
}

/* The address stands right behind the text, before whatever is owed. */
static void end_link(struct html_page *p, const struct html_node *node)
{
    struct buf read, address;
    if (p->mark == NOWHERE)
        return;
    buf_init(&read, p->out->max);
    buf_init(&address, p->out->max);
    read_address(&read, html_attribute(node->source, "href"));
    write_address(&address, buf_text(&read));
    fail_as(p->out, &read);
    fail_as(p->out, &address);
    if (address.len && !p->out->failed &&
        !is_address(p->out->data + p->mark, p->out->len - p->mark, address.data))
        buf_printf(p->out, " (%s)", address.data);
    buf_release(&read);
    buf_release(&address);
}

/* The node that follows the subtree of `node`; there may be none. */
static const struct html_node *behind(const struct html_node *node)
{
    return node + node->span;
}

static long row_columns(const struct html_node *row)
{
    long columns = 0;
    for (const struct html_node *cell = row + 1; cell < behind(row); cell = behind(cell))
        if (cell->kind == NODE_CELL)
            columns += number_attribute(cell, "colspan", 1, COLUMNS_MAX);
    return columns;
}

/* The columns of the widest row of a table. */
static long table_columns(const struct html_node *table)
{
    long most = 0;
    for (const struct html_node *row = table + 1; row < behind(table); row = behind(row)) {
        long columns = row->kind == NODE_ROW ? row_columns(row) : 0;
        most = columns > most ? columns : most;
    }
    return most;
}

static void render_table(struct html_page *p, const struct html_node *node)
{
    long columns = p->columns;
    page_boundary(p, p->lists ? 1 : 2);
    p->columns = table_columns(node);
    html_render(p, node);
    p->columns = columns;
    page_boundary(p, p->lists ? 1 : 2);
}

/* The cells of a row, each with a NUL behind it. */
struct cells {
    struct buf text;
    size_t count, filled;
    bool long_ones; /* a cell of more than one line */
};

static void add_cell(struct cells *cells, const struct html_node *node, int rows)
{
    struct html_page cell = page_at_end_of(&cells->text);
    cell.rows = rows;
    html_render(&cell, node);
    if (buf_putc(&cells->text, '\0') < 0)
        return;
    const char *text = cells->text.data + cell.start;
    cells->count++;
    cells->filled += *text != '\0';
    cells->long_ones |= strchr(text, '\n') != NULL;
}

static bool is_label(const char *cell)
{
    size_t n = strlen(cell);
    return !memchr(cell, '\n', n) && text_length(cell, n) <= LABEL_MAX;
}

static void write_pair(struct html_page *p, const char *label, const char *value)
{
    page_verbatim(p, label);
    if (!strchr(":?", label[strlen(label) - 1]))
        page_verbatim(p, ":");
    page_blank(p);
    page_verbatim(p, value);
}

/* Empty cells show only between others, where they keep these in their columns. */
static void write_cells(struct html_page *p, const struct cells *cells)
{
    const char *cell = buf_text(&cells->text);
    if (p->columns == 2 && cells->count == 2 && cells->filled == 2 && is_label(cell)) {
        write_pair(p, cell, cell + strlen(cell) + 1);
        return;
    }
    size_t shown = 0;
    for (size_t i = 0; i < cells->count && shown < cells->filled; i++, cell += strlen(cell) + 1) {
        if (shown && cells->long_ones)
            page_boundary(p, 1);
        else if (shown)
            page_verbatim(p, *cell ? " | " : " |");
        page_verbatim(p, cell);
        shown += *cell != '\0';
    }
}

static void render_row(struct html_page *p, const struct html_node *node)
{
    if (p->rows >= ROWS_MAX) {
        render_block(p, node);
        return;
    }
    struct cells cells = {.count = 0, .filled = 0, .long_ones = false};
    buf_init(&cells.text, p->out->max);
    page_boundary(p, 1);
    for (const struct html_node *child = node + 1; child < behind(node); child = behind(child))
        if (child->kind == NODE_CELL)
            add_cell(&cells, child, p->rows + 1);
        else
            render_node(p, child);
    page_boundary(p, 1);
    write_cells(p, &cells);
    page_boundary(p, 1);
    fail_as(p->out, &cells.text);
    buf_release(&cells.text);
}

static void render_node(struct html_page *p, const struct html_node *node)
{
    switch (node->kind) {
    case NODE_TEXT:
        write_slice(p, node->source);
        break;
    case NODE_BREAK:
        page_break_tag(p);
        break;
    case NODE_IMAGE:
        render_image(p, node);
        break;
    case NODE_LINK:
        p->mark = NOWHERE;
        break;
    case NODE_LINK_END:
        end_link(p, node);
        break;
    case NODE_ROOT:
    case NODE_LINE:
    case NODE_PARAGRAPH:
    case NODE_PREFORMATTED:
    case NODE_CELL:
        render_block(p, node);
        break;
    case NODE_QUOTE:
        render_quote(p, node);
        break;
    case NODE_LIST:
    case NODE_ORDERED_LIST:
        render_list(p, node);
        break;
    case NODE_ITEM:
        render_item(p, node);
        break;
    case NODE_TABLE:
        render_table(p, node);
        break;
    case NODE_ROW:
        render_row(p, node);
        break;
    }
}

/* Recursion is as deep as the tree: html_tree bounds it. */
void html_render(struct html_page *p, const struct html_node *node)
{
    for (const struct html_node *child = node + 1; child < behind(node); child = behind(child))
        render_node(p, child);
}

int html_to_text(struct buf *out, const char *html, size_t n)
{
    struct html_tree tree;
    if (html_tree_read(&tree, html, n) == 0) {
        buf_expect(out, n); /* mostly the text is shorter */
        struct html_page page = page_at_end_of(out);
        page.keep_lines = !tree.has_blocks;
        html_render(&page, tree.nodes);
        if (tree.cut) {
            page_boundary(&page, 1);
            page_text(&page, "…", strlen("…"));
        }
    } else {
        out->failed = out->starved = true;
    }
    html_tree_release(&tree);
    return out->failed ? -1 : 0;
}
