/* head: interprets the head, the page of the tickets that changed last. */
#ifndef FLUENT_SYNC_HEAD_H
#define FLUENT_SYNC_HEAD_H

#include "core/plan.h"
#include "run/input.h"
#include "site/site.h"

/* How many rows to ask for: those that are wanted, but no more than the site gives, `page_cap` (0:
 * no limit is known). */
int64_t head_rows(int64_t wanted, int64_t page_cap);

/* How many rows the largest head has: as many as a page. */
int64_t head_most(int64_t per_page, int64_t page_cap);

/* The size of page that the site says, where that is less than was asked for; else 0. */
int64_t head_page_cap(const struct page *page, int64_t asked);

/* The site's clock when it was asked; 0: it does not tell. */
int64_t head_asked_at(const struct site_answer *answer);

/* The instant of the ticket's updated_at; 0: null. */
int64_t head_instant(const struct run_basis *basis, const struct ticket *ticket);

/* The rows that were updated at `instant` or later. */
int64_t head_count_since(const struct run_basis *basis, const struct page *page, int64_t instant);

/* What a head shows, but for `missing`. `largest`: the largest id that is known. */
struct plan_head head_facts(const struct run_basis *basis, const struct site_answer *head,
                            int64_t largest);

#endif
