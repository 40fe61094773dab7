/* html_tree: hostile HTML as a tree of bounded depth. Private to html.c. */
#ifndef FLUENT_SYNC_HTML_TREE_H
#define FLUENT_SYNC_HTML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/html_markup.h"

/* What a node means to the text. Elements that mean nothing to it ("b", "span") have no node. */
enum html_kind {
    NODE_ROOT,
    NODE_TEXT,
    NODE_BREAK,
    NODE_IMAGE,
    NODE_LINK,     /* a link starts here; it has no children */
    NODE_LINK_END, /* and ends here */
    NODE_LINE,     /* the first of the blocks */
    NODE_PARAGRAPH,
    NODE_PREFORMATTED,
    NODE_QUOTE,
    NODE_LIST,
    NODE_ORDERED_LIST,
    NODE_ITEM,
    NODE_TABLE,
    NODE_ROW,
    NODE_CELL,
};

/* The nodes stand in the order of the document, those of a subtree behind its root. */
struct html_node {
    enum html_kind kind;
    uint32_t span;            /* how many nodes the subtree has, this one included */
    struct html_slice source; /* of a text: the text; of an element, or a link's end: attributes */
};

struct html_tree {
    struct buf text; /* what the nodes point into */
    struct html_node *nodes;
    size_t count, room;
    bool has_blocks; /* there is any */
    bool cut;        /* the HTML was longer than 8 MiB: the rest is not there */
};

/*
 * Reads `n` bytes of HTML, plain text, or anything else. The tree's texts and attributes are valid
 * UTF-8 without control characters but \t and \n; what looks like markup and is none is text.
 * Elements are related as browsers relate them, so far as the text is concerned; what is not shown
 * (comments, scripts, styles) has no node. Of what is nested deeper than 400 nodes the text is
 * left, in lines. The first node is the root. Returns 0, or -1 when there is no memory. Free with
 * html_tree_release in any case.
 */
int html_tree_read(struct html_tree *tree, const char *html, size_t n);
void html_tree_release(struct html_tree *tree);

#endif
