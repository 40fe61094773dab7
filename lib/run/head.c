/* head: interprets the head, the page of the tickets that changed last. */
#include "run/head.h"

#include "base/int64.h"

int64_t head_rows(int64_t wanted, int64_t page_cap)
{
    return page_cap && page_cap < wanted ? page_cap : wanted;
}

int64_t head_most(int64_t per_page, int64_t page_cap)
{
    return head_rows(max64(per_page, PLAN_HEAD_ROWS), page_cap);
}

int64_t head_page_cap(const struct page *page, int64_t asked)
{
    return page->per_page > 0 && page->per_page < asked ? page->per_page : 0;
}

int64_t head_asked_at(const struct site_answer *a)
{
    return a->date ? a->date - (a->elapsed_ms + 999) / 1000 : 0;
}

int64_t head_instant(const struct run_basis *basis, const struct ticket *t)
{
    int64_t instant = 0;
    return zone_parse(basis->zones.site, t->updated_at, &instant) ? instant : 0;
}

int64_t head_count_since(const struct run_basis *basis, const struct page *page, int64_t instant)
{
    int64_t count = 0;
    for (size_t i = 0; i < page->count; i++)
        count += head_instant(basis, &page->tickets[i]) >= instant;
    return count;
}

/* From one row to the next updated_at may rise where daylight saving time ends, but not by more. */
static bool is_unordered(const struct run_basis *basis, const struct page *page)
{
    for (size_t i = 1; i < page->count; i++)
        if (head_instant(basis, &page->tickets[i]) >
            head_instant(basis, &page->tickets[i - 1]) + PLAN_OVERLAP_S)
            return true;
    return false;
}

struct plan_head head_facts(const struct run_basis *basis, const struct site_answer *a,
                            int64_t largest)
{
    const struct page *page = &a->page;
    int64_t asked = a->request.per_page, cap = head_page_cap(page, asked);
    struct plan_head head = {.rows = (int64_t)page->count,
                             .asked = cap ? cap : asked,
                             .total = page->total,
                             .date = head_asked_at(a),
                             .unordered = is_unordered(basis, page)};
    if (page->count) {
        head.newest = head_instant(basis, &page->tickets[0]);
        head.oldest = head_instant(basis, &page->tickets[page->count - 1]);
    }
    for (size_t i = 0; i < page->count; i++) {
        int64_t id = page->tickets[i].id;
        head.max_id = id > head.max_id ? id : head.max_id;
        head.new_ids += id > largest;
        head.has_largest |= id == largest;
    }
    return head;
}
