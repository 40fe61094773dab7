/* sync_head: the newest changes as one page: asked for, and what it shows. */
#include <stdlib.h>

#include "run/sync_private.h"

static int64_t instant_of(const struct run *run, const struct ticket *t)
{
    int64_t instant = 0;
    return zone_parse(run->site_zone, t->updated_at, &instant) ? instant : 0;
}

/* Updated_at may rise from a row to the next where daylight saving ends, not by more. */
static bool is_unordered(const struct run *run, const struct page *page)
{
    for (size_t i = 1; i < page->count; i++)
        if (instant_of(run, &page->tickets[i]) >
            instant_of(run, &page->tickets[i - 1]) + PLAN_OVERLAP_S)
            return true;
    return false;
}

int64_t sync_page_cap(const struct page *page, int64_t asked)
{
    return page->per_page > 0 && page->per_page < asked ? page->per_page : 0;
}

int64_t sync_head_rows(const struct run *run)
{
    int64_t cap = run->next.page_cap;
    return cap && cap < SYNC_HEAD_ROWS ? cap : SYNC_HEAD_ROWS;
}

int64_t sync_asked_at(const struct site_answer *a)
{
    return a->date ? a->date - (a->elapsed_ms + 999) / 1000 : 0;
}

struct plan_head sync_head_facts(const struct run *run, const struct site_answer *a,
                                 int64_t largest)
{
    const struct page *page = &a->page;
    int64_t asked = a->request.per_page, cap = sync_page_cap(page, asked);
    struct plan_head head = {.rows = (int64_t)page->count,
                             .asked = cap ? cap : asked,
                             .total = page->total,
                             .date = sync_asked_at(a),
                             .unordered = is_unordered(run, page)};
    if (page->count) {
        head.newest = instant_of(run, &page->tickets[0]);
        head.oldest = instant_of(run, &page->tickets[page->count - 1]);
    }
    for (size_t i = 0; i < page->count; i++) {
        int64_t id = page->tickets[i].id;
        head.max_id = id > head.max_id ? id : head.max_id;
        head.new_ids += id > largest;
        head.has_largest |= id == largest;
    }
    return head;
}

int sync_ask_head(struct run *run, int64_t rows, struct site_answer **head, struct error *error)
{
    struct site_request request = {.what = SITE_RECENT, .page = 1, .per_page = rows};
    struct error why = ERROR_INIT;
    if (site_get(run->site, &request, head, &why) == 0 || why.code == ERR_UNAVAILABLE)
        return 0;
    return error_copy(error, &why);
}

/* Watching the rows of the first head while the list is walked */

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct watched *)a)->id, y = ((const struct watched *)b)->id;
    return (x > y) - (x < y);
}

int sync_watch(struct run *run, const struct site_answer *answer, struct watch *watch,
               struct error *error)
{
    *watch = (struct watch){0};
    if (!answer)
        return 0;
    const struct page *head = &answer->page;
    watch->rows = arena_alloc(&run->arena, (head->count + 1) * sizeof *watch->rows);
    if (!watch->rows)
        return error_no_memory(error);
    for (size_t i = 0; i < head->count; i++)
        if (head->tickets[i].id)
            watch->rows[watch->count++] = (struct watched){
                .id = head->tickets[i].id, .updated_at = instant_of(run, &head->tickets[i])};
    qsort(watch->rows, watch->count, sizeof *watch->rows, by_id);
    return 0;
}

void sync_watch_page(const struct run *run, struct watch *watch, const struct page *page,
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
            row->older = instant_of(run, t) < row->updated_at;
        }
    }
    for (size_t i = 0; i < watch->count && proof->proves && !nameless; i++) {
        struct watched *row = &watch->rows[i];
        row->absent |=
            !row->seen && row->id >= proof->interval.low && row->id <= proof->interval.high;
    }
}

/* Does the site say that the ticket is there? Nothing else is known of it when it cannot say. */
static int is_there(struct run *run, int64_t id, bool *there, struct error *error)
{
    struct site_request request = {.what = SITE_TICKET, .ticket = id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct error why = ERROR_INIT;
    *there = true;
    if (site_get(run->site, &request, &answer, &why) < 0)
        return why.code == ERR_UNAVAILABLE ? 0 : error_copy(error, &why);
    *there = answer->presence == SITE_PRESENT;
    return 0;
}

int sync_watch_end(struct run *run, const struct watch *watch, int64_t *unseen, int64_t *lagging,
                   struct error *error)
{
    *unseen = *lagging = 0;
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *row = &watch->rows[i];
        bool there = row->absent && !row->seen;
        *lagging += row->seen && row->older;
        /* A few may have gone meanwhile; of many the pages are at fault. */
        if (there && *unseen < SYNC_UNSEEN_ASKED && is_there(run, row->id, &there, error) < 0)
            return -1;
        *unseen += there;
    }
    return 0;
}
