/* html: the readable text of an HTML body: what each element means for the page. */
#include "codec/html.h"

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "codec/html_page.h"
#include "codec/html_tree.h"

enum {
    LABEL_MAX = 80, /* longer texts are no labels */
    COLUMNS_MAX = 1000,
    ROWS_MAX = 16, /* deeper inside, cells are lines: mail has layout tables in layout tables */
    NUMBER_MAX = 999999,
};

enum kind {
    INLINE,
    SKIPPED,
    BREAK,
    LINK,
    IMAGE,
    LINE, /* the first of the blocks */
    PARAGRAPH,
    PREFORMATTED,
    QUOTE,
    LIST,
    ITEM,
    TABLE,
    ROW,
    CELL,
};

struct tag {
    const char *name;
    enum kind kind;
};

/* By name; whatever is not here is inline. */
static const struct tag tags[] = {
    {"a", LINK},
    {"address", LINE},
    {"article", LINE},
    {"aside", LINE},
    {"audio", SKIPPED},
    {"blockquote", QUOTE},
    {"br", BREAK},
    {"button", LINE},
    {"canvas", SKIPPED},
    {"caption", LINE},
    {"center", LINE},
    {"datalist", SKIPPED},
    {"dd", LINE},
    {"details", LINE},
    {"dialog", LINE},
    {"dir", LIST},
    {"div", LINE},
    {"dl", PARAGRAPH},
    {"dt", LINE},
    {"fieldset", PARAGRAPH},
    {"figcaption", LINE},
    {"figure", PARAGRAPH},
    {"footer", LINE},
    {"form", LINE},
    {"h1", PARAGRAPH},
    {"h2", PARAGRAPH},
    {"h3", PARAGRAPH},
    {"h4", PARAGRAPH},
    {"h5", PARAGRAPH},
    {"h6", PARAGRAPH},
    {"head", SKIPPED},
    {"header", LINE},
    {"hr", PARAGRAPH},
    {"iframe", SKIPPED},
    {"img", IMAGE},
    {"legend", LINE},
    {"li", ITEM},
    {"main", LINE},
    {"menu", LIST},
    {"nav", LINE},
    {"noembed", SKIPPED},
    {"noframes", SKIPPED},
    {"noscript", SKIPPED},
    {"ol", LIST},
    {"option", LINE},
    {"p", PARAGRAPH},
    {"pre", PREFORMATTED},
    {"script", SKIPPED},
    {"section", LINE},
    {"select", LINE},
    {"style", SKIPPED},
    {"summary", LINE},
    {"svg", SKIPPED},
    {"table", TABLE},
    {"td", CELL},
    {"template", SKIPPED},
    {"textarea", PREFORMATTED},
    {"th", CELL},
    {"title", SKIPPED},
    {"tr", ROW},
    {"ul", LIST},
    {"video", SKIPPED},
};

static int compare_tags(const void *a, const void *b)
{
    return strcmp(((const struct tag *)a)->name, ((const struct tag *)b)->name);
}

static enum kind kind_of(const xmlNode *node)
{
    if (node->type != XML_ELEMENT_NODE)
        return INLINE;
    struct tag key = {.name = (const char *)node->name};
    const struct tag *tag =
        bsearch(&key, tags, sizeof tags / sizeof tags[0], sizeof tags[0], compare_tags);
    return tag ? tag->kind : INLINE;
}

/* The value of an attribute, "" when it is not there. Belongs to the tree. */
static const char *attribute(const xmlNode *node, const char *name)
{
    const xmlAttr *attr = node->properties;
    while (attr && strcmp((const char *)attr->name, name) != 0)
        attr = attr->next;
    return attr && attr->children && attr->children->content ? (const char *)attr->children->content
                                                             : "";
}

static long number_attribute(const xmlNode *node, const char *name, long least, long most)
{
    long number = strtol(attribute(node, name), NULL, 10);
    return number < least ? least : number > most ? most : number;
}

static void render_node(struct page *p, const xmlNode *node);
static void render_children(struct page *p, const xmlNode *node);

/* Paragraphs within lists, and Outlook's, which have no margins, stand on lines without a gap. */
static void render_block(struct page *p, const xmlNode *node, enum kind kind)
{
    bool gap = kind != LINE && !p->lists && strncmp(attribute(node, "class"), "Mso", 3) != 0;
    bool verbatim = p->verbatim;
    page_boundary(p, gap ? 2 : 1);
    p->verbatim = verbatim || kind == PREFORMATTED;
    render_children(p, node);
    p->verbatim = verbatim;
    page_boundary(p, gap ? 2 : 1);
}

static void render_quote(struct page *p, const xmlNode *node)
{
    page_boundary(p, 2);
    size_t outer = page_push(p, "> ");
    render_children(p, node);
    page_boundary(p, 2);
    page_pop(p, outer);
}

static void render_list(struct page *p, const xmlNode *node)
{
    bool ordered = p->ordered;
    int number = p->number;
    page_boundary(p, p->lists ? 1 : 2);
    p->lists++;
    p->ordered = !strcmp((const char *)node->name, "ol");
    p->number = *attribute(node, "start") ? (int)number_attribute(node, "start", 0, NUMBER_MAX) : 1;
    render_children(p, node);
    p->lists--;
    p->ordered = ordered;
    p->number = number;
    page_boundary(p, p->lists ? 1 : 2);
}

static void render_item(struct page *p, const xmlNode *node)
{
    char marker[MARKER_SIZE] = "- ";
    page_boundary(p, 1);
    if (p->ordered)
        snprintf(marker, sizeof marker, "%d. ", p->number++);
    size_t outer = page_push_item(p, marker);
    render_children(p, node);
    page_boundary(p, 1);
    page_pop(p, outer);
}

static void render_image(struct page *p, const xmlNode *node)
{
    bool keep_lines = p->keep_lines;
    p->keep_lines = false;
    page_text(p, attribute(node, "alt"));
    p->keep_lines = keep_lines;
}

static bool has_prefix(const char *s, const char *prefix)
{
    return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

/* What another buffer was for has failed as it has. */
static void fail_as(struct buf *out, const struct buf *other)
{
    out->failed |= other->failed;
    out->starved |= other->starved;
}

/* The address of a link, readable and harmless; nothing when it is not of a kind worth showing. */
static void write_address(struct buf *out, const char *href)
{
    href += strspn(href, " \t\n");
    bool mail = has_prefix(href, "mailto:");
    if (!mail && !has_prefix(href, "http://") && !has_prefix(href, "https://"))
        return;
    if (mail)
        href = strchr(href, ':') + 1;
    size_t n = mail ? strcspn(href, "?") : strlen(href);
    while (n && strchr(" \t\n", href[n - 1]))
        n--;
    struct buf joined;
    buf_init(&joined, out->max);
    for (size_t i = 0; i < n; i++) {
        if (href[i] == ' ')
            buf_puts(&joined, "%20");
        else if (href[i] != '\n' && href[i] != '\t')
            buf_putc(&joined, href[i]);
    }
    struct page line = page_at_end_of(out);
    page_text(&line, buf_text(&joined));
    fail_as(out, &joined);
    buf_release(&joined);
}

/* Is `text` the address already, but for the scheme or a slash at its end? */
static bool is_address(const char *text, size_t n, const char *address)
{
    const char *scheme_end = strstr(address, "://");
    if (!has_prefix(text, "http") && scheme_end)
        address = scheme_end + 3;
    size_t m = strlen(address);
    n -= n && text[n - 1] == '/';
    m -= m && address[m - 1] == '/';
    return n == m && strncasecmp(text, address, n) == 0;
}

/* The address stands right behind the text, before whatever is owed. */
static void render_link(struct page *p, const xmlNode *node)
{
    size_t mark = p->mark;
    p->mark = NOWHERE;
    render_children(p, node);
    if (p->mark == NOWHERE) {
        p->mark = mark;
        return;
    }
    struct buf address;
    buf_init(&address, p->out->max);
    write_address(&address, attribute(node, "href"));
    if (address.len && !p->out->failed &&
        !is_address(p->out->data + p->mark, p->out->len - p->mark, address.data))
        buf_printf(p->out, " (%s)", address.data);
    fail_as(p->out, &address);
    buf_release(&address);
    if (mark != NOWHERE)
        p->mark = mark;
}

static long row_columns(const xmlNode *row)
{
    long columns = 0;
    for (const xmlNode *cell = row->children; cell; cell = cell->next)
        if (kind_of(cell) == CELL)
            columns += number_attribute(cell, "colspan", 1, COLUMNS_MAX);
    return columns;
}

static bool is_section(const xmlNode *node)
{
    static const char *const names[] = {"thead", "tbody", "tfoot"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, names[i]))
            return true;
    return false;
}

/* The columns of the widest row of a table, or of a section of it. */
static long table_columns(const xmlNode *node)
{
    long most = 0;
    for (const xmlNode *child = node->children; child; child = child->next) {
        long columns = is_section(child)       ? table_columns(child)
                       : kind_of(child) == ROW ? row_columns(child)
                                               : 0;
        most = columns > most ? columns : most;
    }
    return most;
}

static void render_table(struct page *p, const xmlNode *node)
{
    long columns = p->columns;
    page_boundary(p, p->lists ? 1 : 2);
    p->columns = table_columns(node);
    render_children(p, node);
    p->columns = columns;
    page_boundary(p, p->lists ? 1 : 2);
}

/* The cells of a row, each with a NUL behind it. */
struct cells {
    struct buf text;
    size_t count, filled;
    bool long_ones; /* a cell of more than one line */
};

static void add_cell(struct cells *cells, const xmlNode *node, int rows)
{
    struct page cell = page_at_end_of(&cells->text);
    cell.rows = rows;
    render_children(&cell, node);
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

static void write_pair(struct page *p, const char *label, const char *value)
{
    page_verbatim(p, label);
    if (!strchr(":?", label[strlen(label) - 1]))
        page_verbatim(p, ":");
    page_blank(p);
    page_verbatim(p, value);
}

/* Empty cells show only between others, where they keep these in their columns. */
static void write_cells(struct page *p, const struct cells *cells)
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

static void render_row(struct page *p, const xmlNode *node)
{
    if (p->rows >= ROWS_MAX) {
        render_block(p, node, LINE);
        return;
    }
    struct cells cells = {.count = 0, .filled = 0, .long_ones = false};
    buf_init(&cells.text, p->out->max);
    page_boundary(p, 1);
    for (const xmlNode *child = node->children; child; child = child->next)
        if (kind_of(child) == CELL)
            add_cell(&cells, child, p->rows + 1);
        else
            render_node(p, child);
    page_boundary(p, 1);
    write_cells(p, &cells);
    page_boundary(p, 1);
    fail_as(p->out, &cells.text);
    buf_release(&cells.text);
}

static void render_element(struct page *p, const xmlNode *node)
{
    enum kind kind = kind_of(node);
    switch (kind) {
    case INLINE:
        render_children(p, node);
        break;
    case SKIPPED:
        break;
    case BREAK:
        page_break_tag(p);
        break;
    case LINK:
        render_link(p, node);
        break;
    case IMAGE:
        render_image(p, node);
        break;
    case LINE:
    case PARAGRAPH:
    case PREFORMATTED:
    case CELL:
        render_block(p, node, kind == CELL ? LINE : kind);
        break;
    case QUOTE:
        render_quote(p, node);
        break;
    case LIST:
        render_list(p, node);
        break;
    case ITEM:
        render_item(p, node);
        break;
    case TABLE:
        render_table(p, node);
        break;
    case ROW:
        render_row(p, node);
        break;
    }
}

static void render_node(struct page *p, const xmlNode *node)
{
    if (node->type == XML_TEXT_NODE && node->content)
        page_text(p, (const char *)node->content);
    else if (node->type == XML_ELEMENT_NODE)
        render_element(p, node);
}

/* Recursion is as deep as the tree: html_tree bounds it. */
static void render_children(struct page *p, const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        render_node(p, child);
}

/* The node behind `node`, in the order of the document. */
static const xmlNode *next_node(const xmlNode *node)
{
    if (node->children)
        return node->children;
    while (node && !node->next)
        node = node->parent;
    return node ? node->next : NULL;
}

static bool has_block(const xmlNode *node)
{
    while (node && kind_of(node) < LINE)
        node = next_node(node);
    return node;
}

int html_to_text(struct buf *out, const char *html, size_t n)
{
    bool cut;
    xmlDoc *doc = html_tree(html, n, &cut);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    if (root) {
        struct page page = page_at_end_of(out);
        page.keep_lines = !has_block(root);
        render_children(&page, root);
        if (cut) {
            page_boundary(&page, 1);
            page_text(&page, "\xE2\x80\xA6");
        }
    } else {
        out->failed = out->starved = true;
    }
    xmlFreeDoc(doc);
    return out->failed ? -1 : 0;
}

void html_version(struct buf *out)
{
    long number = strtol(xmlParserVersion, NULL, 10); /* "20914" */
    buf_printf(out, "libxml2 %ld.%ld.%ld", number / 10000, number / 100 % 100, number % 100);
}
