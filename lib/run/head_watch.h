/* head_watch: compares the pages of a walk with the head that the run began with. Pages that show
 * older tickets than the head come from a replica or a cache. */
#ifndef FLUENT_SYNC_HEAD_WATCH_H
#define FLUENT_SYNC_HEAD_WATCH_H

#include "model/proof.h"
#include "run/input.h"
#include "site/site.h"

struct watched {
    int64_t id, updated_at; /* as the head shows it */
    bool seen;              /* a page of this run held it */
    bool older;             /* the last of these, with an older updated_at */
    bool absent;            /* a page of this run that ought to have held it did not */
};
struct head_watch {
    const struct run_basis *basis;
    struct watched *rows; /* ascending by id */
    size_t count;
};

/* Begins to watch the tickets of `head` (NULL: none). `arena` holds them. */
int head_watch_begin(struct head_watch *watch, const struct run_basis *basis,
                     const struct site_answer *head, struct arena *arena, struct error *error);
void head_watch_page(struct head_watch *watch, const struct page *page,
                     const struct page_proof *proof);
/* Counts: see struct plan_end_facts. Asks the site for some of the unseen tickets. */
int head_watch_end(const struct head_watch *watch, struct site *site, int64_t *unseen,
                   int64_t *lagging, struct error *error);

#endif
