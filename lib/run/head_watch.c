/* head_watch: looks for the head's tickets on the pages of a walk. */
#include "run/head_watch.h"

#include <stdlib.h>

#include "run/head.h"

enum { UNSEEN_ASKED = 20 }; /* a few may have gone meanwhile; where there are many, the pages lag */

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct watched *)a)->id, y = ((const struct watched *)b)->id;
    return (x > y) - (x < y);
}

int head_watch_begin(struct head_watch *watch, const struct run_basis *basis,
                     const struct site_answer *answer, struct arena *arena, struct error *error)
{
    *watch = (struct head_watch){.basis = basis};
    if (!answer)
        return 0;
    const struct page *head = &answer->page;
    watch->rows = arena_alloc(arena, (head->count + 1) * sizeof *watch->rows);
    if (!watch->rows)
        return error_no_memory(error);
    for (size_t i = 0; i < head->count; i++)
        if (head->tickets[i].id)
            watch->rows[watch->count++] = (struct watched){
                .id = head->tickets[i].id, .updated_at = head_instant(basis, &head->tickets[i])};
    qsort(watch->rows, watch->count, sizeof *watch->rows, by_id);
    return 0;
}

void head_watch_page(struct head_watch *watch, const struct page *page,
                     const struct page_proof *proof)
{
    bool nameless = proof->count < page->count;
    for (size_t i = 0; i < page->count; i++) {
        const struct ticket *t = &page->tickets[i];
        struct watched key = {.id = t->id};
        struct watched *row =
            watch->count ? bsearch(&key, watch->rows, watch->count, sizeof key, by_id) : NULL;
        if (row) {
            row->seen = true;
            row->older = head_instant(watch->basis, t) < row->updated_at;
        }
    }
    for (size_t i = 0; i < watch->count && proof->proves && !nameless; i++) {
        struct watched *row = &watch->rows[i];
        row->absent |=
            !row->seen && row->id >= proof->interval.low && row->id <= proof->interval.high;
    }
}

/* Does the site say that the ticket is there? It counts as there when the site cannot say. */
static int is_there(struct site *site, int64_t id, bool *there, struct error *error)
{
    struct site_request request = {.what = SITE_TICKET, .ticket = id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct error why = ERROR_INIT;
    *there = true;
    if (site_get(site, &request, &answer, &why) < 0)
        return why.code == ERR_UNAVAILABLE ? 0 : error_copy(error, &why);
    *there = answer->presence == SITE_PRESENT;
    return 0;
}

int head_watch_end(const struct head_watch *watch, struct site *site, int64_t *unseen,
                   int64_t *lagging, struct error *error)
{
    *unseen = *lagging = 0;
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *row = &watch->rows[i];
        bool there = row->absent && !row->seen;
        *lagging += row->seen && row->older;
        if (there && *unseen < UNSEEN_ASKED && is_there(site, row->id, &there, error) < 0)
            return -1;
        *unseen += there;
    }
    return 0;
}
