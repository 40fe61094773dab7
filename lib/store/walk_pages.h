/* walk_pages: fluent_walk_pages: what the walk in progress has read, so that another run can go on
 * with it. */
#ifndef FLUENT_SYNC_STORE_WALK_PAGES_H
#define FLUENT_SYNC_STORE_WALK_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "core/tally.h"
#include "model/proof.h"
#include "store/store.h"

/* Saves a page: the interval it proves and the ids it held. */
struct walk_page_key {
    int64_t walk_id, run_id; /* the run that read it */
};
int store_save_walk_page(struct store *store, const struct walk_page_key *key,
                         struct walk_interval proven, const int64_t *ids, size_t count,
                         struct error *error);
struct walk_intervals {
    struct walk_interval *rows;
    size_t count;
};
/* Reads them back, in the order in which they were read: the intervals, and every id into `seen` as
 * TALLY_BEFORE. */
int store_read_walk(struct store *store, int64_t walk_id, struct walk_intervals *proven,
                    struct tally *seen, struct arena *arena, struct error *error);
/* Removes them all. */
int store_forget_walk_pages(struct store *store, struct error *error);

#endif
