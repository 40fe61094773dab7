/* list_page: a page of the list by id, as core/walk and core/rank take it. */
#include "run/list_page.h"

#include <stdlib.h>

#include "run/head.h"

int64_t *list_page_ids(const struct page *page, size_t *count)
{
    int64_t *ids = calloc(page->count ? page->count : 1, sizeof *ids);
    *count = 0;
    for (size_t i = 0; ids && i < page->count; i++)
        if (page->tickets[i].id)
            ids[(*count)++] = page->tickets[i].id;
    return ids;
}

struct walk_page list_page_of(const struct site_answer *answer, const int64_t *ids, size_t count)
{
    const struct page *page = &answer->page;
    return (struct walk_page){.ids = ids,
                              .count = count,
                              .nameless = page->count - count,
                              .total = page->total,
                              .per_page = head_page_cap(page, answer->request.per_page),
                              .last_page = page->last_page};
}
