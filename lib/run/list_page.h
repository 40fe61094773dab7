/* list_page: a page of the list by id, as core/walk and core/rank take it. */
#ifndef FLUENT_SYNC_LIST_PAGE_H
#define FLUENT_SYNC_LIST_PAGE_H

#include "core/walk.h"
#include "site/site.h"

/* The ids of the tickets on a page, in its order, without those that cannot be read; the caller's
 * (free). NULL when memory ran out. */
int64_t *list_page_ids(const struct page *page, size_t *count);

/* The answer to a window; `ids` are the page's, and stay the caller's. */
struct walk_page list_page_of(const struct site_answer *answer, const int64_t *ids, size_t count);

#endif
