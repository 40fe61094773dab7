/* html_render: writes a part of the tree as text. Private to the html modules. */
#ifndef FLUENT_SYNC_HTML_RENDER_H
#define FLUENT_SYNC_HTML_RENDER_H

#include "codec/html_page.h"
#include "codec/html_tree.h"

/* Writes what stands within `node`. */
void html_render(struct html_page *page, const struct html_node *node);

#endif
