/* html_tree: hostile HTML as a tree of bounded depth. Private to html.c. */
#ifndef FLUENT_SYNC_HTML_TREE_H
#define FLUENT_SYNC_HTML_TREE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The tree of `n` bytes of HTML, plain text, or anything else: valid UTF-8, no control character
 * but \t and \n, no comment, script or style, and everything below a `body`. What looks like a tag
 * and is none ("a < b", "<anna@client.test>") is text. Where it gets deeper than about 500 elements
 * only the text is left of those below. `*cut`: it ends before the HTML does, behind 8 MiB or where
 * its depth could not be told. NULL when there is no memory; freed with xmlFreeDoc.
 */
xmlDoc *html_tree(const char *html, size_t n, bool *cut);

#endif
