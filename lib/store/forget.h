/* forget: removes a site from the tables, some rows at a time. */
#ifndef FLUENT_SYNC_STORE_FORGET_H
#define FLUENT_SYNC_STORE_FORGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* What there is of a site. Of all of these: -1 as db_query. */
struct forget_part {
    const char *name; /* "tickets": what its rows are */
    int64_t rows;
};
enum { FORGET_PARTS = 11 };
struct forget_found {
    struct forget_part parts[FORGET_PARTS]; /* the tickets first */
    int64_t requests, edited; /* of the dashboard; edited: by people, as far as known */
    bool known;               /* there is anything at all */
};
int forget_look(struct db *db, const char *site_key, struct forget_found *found,
                struct error *error);
/* *keys: the sites that are known, with commas between them; in `arena`. */
int forget_known(struct db *db, const char **keys, struct arena *arena, struct error *error);

/* Within a transaction: from now on nothing that was compared counts, so that a run would walk the
 * whole list if the removal ended early. */
int store_forget_begin(struct store *store, struct error *error);
/* Within a transaction: removes up to FORGET_AT_ONCE rows of one table; tickets with their requests
 * (`requests`), unless a ticket of another site refers to them. *removed: how many rows but for
 * those of requests; 0: there are no more, in any table. */
enum { FORGET_AT_ONCE = 500 };
int store_forget_some(struct store *store, bool requests, int64_t *removed, struct error *error);
/* Within a transaction, at last: the row with the state and the lease. */
int store_forget_end(struct store *store, struct error *error);

#endif
