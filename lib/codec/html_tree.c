/* html_tree: which elements are within which: what the tags of HTML open and close. */
#include "codec/html_tree.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    INPUT_MAX = 8 << 20,
    CLEAN_MAX = 3 * INPUT_MAX, /* an invalid byte becomes U+FFFD */
    DEPTH_MAX = 400,           /* open elements are searched at each tag, and html.c recurses */
    FIRST_NODES = 64,
};

/* What an element is to the tags behind it, and what its own tags do. */
enum {
    PARAGRAPH = 1 << 0,
    PLAIN = 1 << 1, /* does not keep a new item from closing the one around it */
    ITEM = 1 << 2,
    DEFINITION = 1 << 3,
    HEADING = 1 << 4,
    OPTION = 1 << 5,
    LIST = 1 << 6,
    BUTTON = 1 << 7,
    TABLE = 1 << 8,
    ROW = 1 << 9,
    CELL = 1 << 10,
    OTHER = 1 << 11,
    ENDS_PARAGRAPH = 1 << 12, /* its start tag closes an open one */
    ENDS_ROW = 1 << 13,       /* its tags close what is open within the table */
    EMPTY = 1 << 14,          /* has no content */
    RAW = 1 << 15,            /* its content is no markup */
    HIDDEN = 1 << 16,         /* its content is not shown */

    BLOCK = OTHER | ENDS_PARAGRAPH,
    ANY = OTHER * 2 - 1,
    SCOPE = TABLE | CELL, /* an end tag closes nothing outside of these */
};

enum { NAME_SIZE = 16 }; /* no name of an element in the table is longer than ten letters */

struct tag {
    char name[NAME_SIZE];
    enum html_kind kind;
    unsigned traits;
};

/* In the order of their names, of which the first eight letters tell them apart; whatever is not
 * here means nothing to the text. */
static const struct tag tags[] = {
    {"a", NODE_LINK, 0},
    {"address", NODE_LINE, PLAIN | ENDS_PARAGRAPH},
    {"article", NODE_LINE, BLOCK},
    {"aside", NODE_LINE, BLOCK},
    {"audio", NODE_LINE, OTHER | HIDDEN},
    {"blockquote", NODE_QUOTE, BLOCK},
    {"br", NODE_BREAK, EMPTY},
    {"button", NODE_LINE, BUTTON},
    {"canvas", NODE_LINE, OTHER | HIDDEN},
    {"caption", NODE_LINE, CELL | ENDS_ROW},
    {"center", NODE_LINE, BLOCK},
    {"datalist", NODE_LINE, OTHER | HIDDEN},
    {"dd", NODE_LINE, DEFINITION | ENDS_PARAGRAPH},
    {"details", NODE_LINE, BLOCK},
    {"dialog", NODE_LINE, BLOCK},
    {"dir", NODE_LIST, LIST | ENDS_PARAGRAPH},
    {"div", NODE_LINE, PLAIN | ENDS_PARAGRAPH},
    {"dl", NODE_PARAGRAPH, BLOCK},
    {"dt", NODE_LINE, DEFINITION | ENDS_PARAGRAPH},
    {"fieldset", NODE_PARAGRAPH, BLOCK},
    {"figcaption", NODE_LINE, BLOCK},
    {"figure", NODE_PARAGRAPH, BLOCK},
    {"footer", NODE_LINE, BLOCK},
    {"form", NODE_LINE, EMPTY | ENDS_PARAGRAPH}, /* its end closes nothing else */
    {"h1", NODE_PARAGRAPH, HEADING | ENDS_PARAGRAPH},
    {"h2", NODE_PARAGRAPH, HEADING | ENDS_PARAGRAPH},
    {"h3", NODE_PARAGRAPH, HEADING | ENDS_PARAGRAPH},
    {"h4", NODE_PARAGRAPH, HEADING | ENDS_PARAGRAPH},
    {"h5", NODE_PARAGRAPH, HEADING | ENDS_PARAGRAPH},
    {"h6", NODE_PARAGRAPH, HEADING | ENDS_PARAGRAPH},
    {"header", NODE_LINE, BLOCK},
    {"hr", NODE_PARAGRAPH, EMPTY | ENDS_PARAGRAPH},
    {"iframe", NODE_LINE, RAW | HIDDEN},
    {"img", NODE_IMAGE, EMPTY},
    {"legend", NODE_LINE, OTHER},
    {"li", NODE_ITEM, ITEM | ENDS_PARAGRAPH},
    {"main", NODE_LINE, BLOCK},
    {"menu", NODE_LIST, LIST | ENDS_PARAGRAPH},
    {"nav", NODE_LINE, BLOCK},
    {"noembed", NODE_LINE, RAW | HIDDEN},
    {"noframes", NODE_LINE, RAW | HIDDEN},
    {"noscript", NODE_LINE, RAW | HIDDEN},
    {"ol", NODE_ORDERED_LIST, LIST | ENDS_PARAGRAPH},
    {"option", NODE_LINE, OPTION},
    {"p", NODE_PARAGRAPH, PARAGRAPH | ENDS_PARAGRAPH},
    {"pre", NODE_PREFORMATTED, BLOCK},
    {"script", NODE_LINE, RAW | HIDDEN},
    {"section", NODE_LINE, BLOCK},
    {"select", NODE_LINE, OTHER},
    {"style", NODE_LINE, RAW | HIDDEN},
    {"summary", NODE_LINE, BLOCK},
    {"svg", NODE_LINE, OTHER | HIDDEN},
    {"table", NODE_TABLE, TABLE | ENDS_PARAGRAPH},
    {"tbody", NODE_LINE, EMPTY | ENDS_ROW},
    {"td", NODE_CELL, CELL},
    {"template", NODE_LINE, OTHER | HIDDEN},
    {"textarea", NODE_PREFORMATTED, RAW},
    {"tfoot", NODE_LINE, EMPTY | ENDS_ROW},
    {"th", NODE_CELL, CELL},
    {"thead", NODE_LINE, EMPTY | ENDS_ROW},
    {"title", NODE_LINE, RAW | HIDDEN},
    {"tr", NODE_ROW, ROW | ENDS_ROW},
    {"ul", NODE_LIST, LIST | ENDS_PARAGRAPH},
    {"video", NODE_LINE, OTHER | HIDDEN},
};

/* The first eight letters as a number, which is larger for a name that is later in the alphabet. */
static uint64_t first_letters(const char *name)
{
    uint64_t eight;
    memcpy(&eight, name, sizeof eight);
    return be64toh(eight);
}

/* The tag of this name; NULL for an element that means nothing to the text. `likely` is compared
 * first: most end tags are of the innermost open element. */
static const struct tag *find_tag(struct html_slice name, const struct tag *likely)
{
    char lower[NAME_SIZE] = "";
    const struct tag *tag = tags;
    if (!name.n || name.n >= NAME_SIZE)
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = (char)(name.at[i] | 0x20); /* a letter; it makes no letter of anything else */
    if (memcmp(likely->name, lower, NAME_SIZE) == 0)
        return likely;
    uint64_t letters = first_letters(lower);
    for (size_t n = sizeof tags / sizeof *tags, half; (half = n / 2) > 0; n -= half)
        tag += first_letters(tag[half].name) <= letters ? half : 0;
    return memcmp(tag->name, lower, NAME_SIZE) == 0 ? tag : NULL;
}

#define NONE SIZE_MAX

struct open_element {
    const struct tag *tag;
    uint32_t node;          /* its index; 0: it is hidden and has no node */
    struct html_slice link; /* of a cell: the link that is open around it */
};

struct builder {
    struct html_tree *tree;
    struct html_source source;
    struct open_element *open; /* DEPTH_MAX of them */
    size_t depth;
    size_t beyond;          /* open elements that are too deep to be in `open` */
    size_t hidden;          /* the depth of the outermost hidden element; 0: none is open */
    struct html_slice link; /* the attributes of the open link; NULL: none is open */
    bool starved;
};

static bool make_room(struct builder *b)
{
    struct html_tree *tree = b->tree;
    if (tree->count < tree->room)
        return true;
    size_t room = tree->room ? 2 * tree->room : FIRST_NODES;
    struct html_node *nodes = realloc(tree->nodes, room * sizeof *nodes);
    b->starved |= !nodes;
    if (!nodes)
        return false;
    tree->nodes = nodes;
    tree->room = room;
    return true;
}

/* Adds a node, without children so far. Returns its index; 0 when it was not added. */
static uint32_t add(struct builder *b, enum html_kind kind, struct html_slice source)
{
    if (b->hidden || b->starved || !make_room(b))
        return 0;
    b->tree->has_blocks |= kind >= NODE_LINE;
    b->tree->nodes[b->tree->count] = (struct html_node){kind, 1, source};
    return (uint32_t)b->tree->count++;
}

static void add_line(struct builder *b)
{
    add(b, NODE_LINE, (struct html_slice){"", 0});
}

static void add_text(struct builder *b, struct html_slice text)
{
    if (text.n)
        add(b, NODE_TEXT, text);
}

static void close_node(struct builder *b, uint32_t node)
{
    b->tree->nodes[node].span = (uint32_t)b->tree->count - node;
}

/* Links are not part of the nesting: they start and end anywhere within blocks. */
static void end_link(struct builder *b)
{
    if (b->hidden)
        return;
    if (b->link.at)
        add(b, NODE_LINK_END, b->link);
    b->link.at = NULL;
}

static void start_link(struct builder *b, struct html_slice attributes)
{
    end_link(b);
    if (add(b, NODE_LINK, attributes))
        b->link = attributes;
}

static void open_element(struct builder *b, const struct tag *tag, struct html_slice attributes)
{
    struct open_element *element = &b->open[b->depth++];
    if (!b->hidden && (tag->traits & HIDDEN))
        b->hidden = b->depth;
    *element = (struct open_element){tag, add(b, tag->kind, attributes), b->link};
    if (tag->traits & CELL)
        b->link.at = NULL;
}

static void close_element(struct builder *b)
{
    const struct open_element *element = &b->open[b->depth - 1];
    if (element->tag->traits & CELL) {
        end_link(b);
        b->link = element->link;
    }
    if (element->node)
        close_node(b, element->node);
    if (b->hidden == b->depth)
        b->hidden = 0;
    b->depth--;
}

static void close_down_to(struct builder *b, size_t depth)
{
    while (b->depth > depth)
        close_element(b);
}

/* The innermost open element that has one of the traits. The search ends at the first element
 * outwards that has one of `bounds`; NONE when it found nothing. */
static size_t innermost(const struct builder *b, unsigned traits, unsigned bounds)
{
    for (size_t i = b->depth; i-- > 0;) {
        if (b->open[i].tag->traits & traits)
            return i;
        if (b->open[i].tag->traits & bounds)
            break;
    }
    return NONE;
}

static bool close_innermost(struct builder *b, unsigned traits, unsigned bounds)
{
    size_t found = innermost(b, traits, bounds);
    if (found != NONE)
        close_down_to(b, found);
    return found != NONE;
}

/* Before a row or another part of a table: closes what is open within the table. Without a table,
 * closes the row that is open. */
static void close_rows(struct builder *b)
{
    size_t table = innermost(b, TABLE, 0);
    if (table != NONE)
        close_down_to(b, table + 1);
    else
        close_innermost(b, ROW, 0);
}

/* Where an end tag may be left out, counting the tags does not tell how many elements are open. */
static bool needs_end_tag(const struct tag *tag)
{
    return !(tag->traits & (PARAGRAPH | ITEM | DEFINITION | OPTION | ROW | CELL | RAW));
}

static void start_element(struct builder *b, const struct tag *tag, struct html_slice attributes)
{
    if (b->depth < DEPTH_MAX) {
        open_element(b, tag, attributes);
    } else {
        b->beyond += needs_end_tag(tag);
        add_line(b);
    }
}

/* Before a cell: closes the cell before it, and opens a row in a table that has none open. */
static void need_row(struct builder *b)
{
    size_t found = innermost(b, ROW, TABLE);
    if (found != NONE) {
        close_down_to(b, found + 1);
    } else if (innermost(b, TABLE, 0) != NONE) {
        close_rows(b);
        start_element(b, find_tag((struct html_slice){"tr", 2}, tags), (struct html_slice){"", 0});
    } else {
        close_innermost(b, CELL, 0);
    }
}

/* Closes the elements that the start tag of another one ends. */
static void close_before(struct builder *b, const struct tag *tag)
{
    const unsigned keeps_item = ANY & ~(PARAGRAPH | PLAIN);
    if (tag->traits & ENDS_ROW)
        close_rows(b);
    if (tag->kind == NODE_CELL)
        need_row(b);
    if (tag->traits & TABLE)
        close_innermost(b, TABLE, CELL);
    if (tag->traits & ITEM)
        close_innermost(b, ITEM, keeps_item);
    if (tag->traits & DEFINITION)
        close_innermost(b, DEFINITION, keeps_item);
    if (tag->traits & ENDS_PARAGRAPH)
        close_innermost(b, PARAGRAPH, SCOPE | BUTTON);
    if (tag->traits & HEADING)
        close_innermost(b, HEADING, ANY);
    if (tag->traits & OPTION)
        close_innermost(b, OPTION, ANY);
    if (tag->traits & BUTTON)
        close_innermost(b, BUTTON, SCOPE);
}

static void add_raw(struct builder *b, const struct tag *tag)
{
    struct html_slice text = html_raw_text(&b->source, tag->name);
    if (tag->traits & HIDDEN)
        return;
    uint32_t node = add(b, tag->kind, (struct html_slice){"", 0});
    add_text(b, text);
    if (node)
        close_node(b, node);
}

static void start_tag(struct builder *b, const struct tag *tag, struct html_slice attributes)
{
    bool is_closed = attributes.n && attributes.at[attributes.n - 1] == '/';
    if (!b->beyond)
        close_before(b, tag);
    if (tag->kind == NODE_LINK)
        start_link(b, attributes);
    else if (tag->traits & RAW)
        add_raw(b, tag);
    else if (tag->traits & EMPTY)
        add(b, tag->kind, attributes);
    else if (!(tag->traits & HIDDEN) || !is_closed)
        start_element(b, tag, attributes);
}

/* Closes the element that the end tag is of, and what is open within it. */
static void close_by_tag(struct builder *b, const struct tag *tag)
{
    static const unsigned kinds =
        PARAGRAPH | ITEM | DEFINITION | HEADING | OPTION | TABLE | ROW | CELL;
    unsigned kind = tag->traits & kinds;
    unsigned bounds = kind & (TABLE | ROW | CELL) ? TABLE : SCOPE;
    bounds |= kind == PARAGRAPH ? BUTTON : kind == ITEM ? LIST : 0;
    for (size_t i = b->depth; i-- > 0;) {
        const struct tag *open = b->open[i].tag;
        if (open == tag || (open->traits & kind)) {
            close_down_to(b, i);
            return;
        }
        if (open->traits & bounds)
            break;
    }
    if (kind == PARAGRAPH)
        add(b, tag->kind, (struct html_slice){"", 0});
}

static void end_tag(struct builder *b, const struct tag *tag)
{
    if (tag->kind == NODE_LINK) {
        end_link(b);
    } else if (tag->traits & EMPTY) {
        if (tag->traits & ENDS_ROW)
            close_rows(b);
        add(b, tag->kind, (struct html_slice){"", 0});
    } else if (b->beyond) {
        b->beyond -= needs_end_tag(tag);
        add_line(b);
    } else {
        close_by_tag(b, tag);
    }
}

static void read_all(struct builder *b)
{
    struct html_markup markup;
    bool more = true;
    while (more && !b->starved) {
        add_text(b, html_next_markup(&b->source, &markup, &more));
        const struct tag *tag = find_tag(markup.name, b->depth ? b->open[b->depth - 1].tag : tags);
        if (tag && markup.closes)
            end_tag(b, tag);
        else if (tag)
            start_tag(b, tag, markup.attributes);
    }
    close_down_to(b, 0);
    end_link(b);
}

/* Valid UTF-8 without control characters, line breaks as \n. */
static int clean(struct buf *out, const char *html, size_t n)
{
    buf_expect(out, n);
    for (size_t i = 0; i < n;) {
        size_t run = i;
        do
            run += text_plain(html + run, n - run);
        while (run < n && html[run] == '\n' && ++run);
        buf_append(out, html + i, run - i);
        if (run < n && html[run] == '\r' && (run + 1 == n || html[run + 1] != '\n'))
            buf_putc(out, '\n');
        else if (run < n && (html[run] == '\t' || html[run] == '\v' || html[run] == '\f'))
            buf_putc(out, '\t');
        i = run + 1;
    }
    return text_repair(out);
}

int html_tree_read(struct html_tree *tree, const char *html, size_t n)
{
    struct open_element open[DEPTH_MAX];
    struct builder b = {.tree = tree, .open = open};
    *tree = (struct html_tree){.cut = n > INPUT_MAX};
    buf_init(&tree->text, CLEAN_MAX);
    if (clean(&tree->text, html, n < INPUT_MAX ? n : INPUT_MAX) < 0)
        return -1;
    const char *text = buf_text(&tree->text);
    b.source = (struct html_source){.at = text, .end = text + tree->text.len};
    add(&b, NODE_ROOT, (struct html_slice){"", 0});
    read_all(&b);
    if (!b.starved)
        close_node(&b, 0);
    return b.starved ? -1 : 0;
}

void html_tree_release(struct html_tree *tree)
{
    buf_release(&tree->text);
    free(tree->nodes);
    tree->nodes = NULL;
}
