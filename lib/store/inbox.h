/* inbox: fluent_inbox: tickets that the site has called for, by a webhook, and that no run has
 * settled yet. */
#ifndef FLUENT_SYNC_STORE_INBOX_H
#define FLUENT_SYNC_STORE_INBOX_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* A call for a ticket. The same ticket called for again is the same call with a higher `seq`. */
struct inbox_call {
    int64_t ticket, seq;
};

/* The oldest calls, at most `limit`, without those that the run `run_id` asked for in vain. */
int store_read_calls(struct store *store, int64_t run_id, struct inbox_call *calls, size_t limit,
                     size_t *count, struct error *error);
/* Within a transaction: the call is settled and leaves the table, unless the ticket was called for
 * again meanwhile. */
int store_settle_call(struct store *store, const struct inbox_call *call, struct error *error);
/* Within a transaction: the run `run_id` asked for it in vain; it waits for the next run, unless it
 * was called for again meanwhile. */
int store_keep_call(struct store *store, const struct inbox_call *call, int64_t run_id,
                    struct error *error);

/* Puts calls for `tickets` (at least one) on record. -1: none is. */
int inbox_add(struct db *db, const char *site_key, const int64_t *tickets, size_t count,
              struct error *error);

#endif
