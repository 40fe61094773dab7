/* state: the row of fluent_sync_state, without its lease, and the walk in progress in it. */
#ifndef FLUENT_SYNC_STORE_STATE_H
#define FLUENT_SYNC_STORE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/state.h"
#include "store/store.h"

/* What a run finds beside it. */
struct findings {
    bool tickets;       /* some are stored, be they deleted */
    bool rejects;       /* some are on record */
    bool calls;         /* the site has called for tickets */
    bool conversations; /* a list has shown some */
    bool internal;      /* entries of conversations that customers do not see are stored */
    bool interrupted;   /* the newest run row is in progress: its run was killed */
    bool left;          /* tickets that have left the scope, */
    bool mismarked;     /* or have not though they are not closed, or have though they are */
    bool recorded;      /* store_leave said so, and nobody has had the lease since */
};

/* Takes the lease (see lease_acquire) of tables that are what this program needs (see
 * migrate_check), and reads what store_read_state does, as it is from then on. */
int store_take(struct store *store, int lease_s, struct state *state, struct findings *findings,
               struct arena *arena, struct error *error);

/* The state and what is beside it, all empty when there is no row yet (or no table, before
 * `migrate`). */
int store_read_state(struct store *store, struct state *state, struct findings *findings,
                     struct arena *arena, struct error *error);

/* Within a transaction: records who the site is, before any of its tickets is stored. `home` may be
 * NULL. `other`: it is another one than before, so that nothing counts as compared, and a walk in
 * progress is over. */
int store_know_site(struct store *store, const char *home, const char *address, bool other,
                    struct error *error);

/* Within a transaction: writes the state, but for its walk. */
int store_write_state(struct store *store, const struct state *state, struct error *error);
/* Within a transaction that store_begin began, as the last that it writes: the same, and the
 * transaction's commit gives the lease back. state: NULL: it stays as it is. `recorded`, with a
 * state: the record of the list has every ticket that counts as there in the tables. This holds
 * until somebody takes the lease, see findings. */
int store_leave(struct store *store, const struct state *state, bool recorded, struct error *error);

/* *key becomes the other site_key under which tickets of the site `home` are stored, or may be (the
 * replaced service's, which have no key); NULL: there is none. In `arena`. */
int store_find_alias(struct store *store, const char *home, const char **key, struct arena *arena,
                     struct error *error);

/* The walk in progress */

/* Saves the walk's beginning; the pages of the one before it are removed. */
int store_start_walk(struct store *store, const struct walk_state *walk, struct error *error);
/* No walk is in progress any more; its pages are removed. */
int store_end_walk(struct store *store, struct error *error);
/* Saves the instant since which changes are to be explained at the walk's end. */
int store_walk_watermark(struct store *store, int64_t watermark, struct error *error);
/* Saves what the walk found at its top: see plan.h, total. */
int store_walk_top(struct store *store, int64_t total, int64_t max_id, struct error *error);

#endif
