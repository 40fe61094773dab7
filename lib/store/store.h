/*
 * store: the mirror in MySQL of one site: the connection, the lease, and the transaction under it.
 * What is in the tables has a file per table: state, runs, walk_pages, tickets, requests, rejects,
 * inbox.
 * Of all of them each function that returns -1 has set `error`: ERR_DATABASE with an enum
 * db_failure as its cause, or ERR_INTERNAL when there is no memory; what else it can be, the
 * function says. db_failure tells whether the transaction is worth another try.
 */
#ifndef FLUENT_SYNC_STORE_H
#define FLUENT_SYNC_STORE_H

#include <stdbool.h>

#include "base/error.h"
#include "io/db.h"

struct store;

/* A store of `site_key` on an open connection, which stays the caller's. With `dry` nothing is
 * going to be written, and tables that `migrate` has yet to make count as empty. The caller owns
 * `*store`. */
int store_open(struct store **store, struct db *db, const char *site_key, bool dry,
               struct error *error);
void store_close(struct store *store);

/* See lease_acquire. */
int store_acquire(struct store *store, int lease_s, struct error *error);
void store_release(struct store *store);

/* From now on each transaction that store_begin begins notes in the state the newest updated_at
 * among what it stores, as the state may not be written any more: see plan.h on a backup of the
 * site. 0: none does, as at first. */
void store_note_newest(struct store *store, int64_t newest);
/* Begins, locks the lease's row and verifies that it is ours: see lease_begin. */
int store_begin(struct store *store, struct error *error);
int store_commit(struct store *store, struct error *error);
void store_rollback(struct store *store);
int store_savepoint(struct store *store, struct error *error);
int store_rollback_to_savepoint(struct store *store, struct error *error);

/* Writing ahead: a transaction begins without the lease on a second connection, while the store's
 * own ends. Before it commits, the store takes it over, and verifies the lease. */

/* The same store on the connection `db`. It uses what belongs to `store`, and ends before it, by
 * store_twin_free. */
int store_twin(const struct store *store, struct db *db, struct store **twin, struct error *error);
void store_twin_free(struct store *twin);
/* Begins, and neither locks nor verifies anything. */
int store_begin_ahead(struct store *twin, struct error *error);
/* The twin's connection, and the transaction in which it may be, become the store's. */
void store_take_over(struct store *store, struct store *twin);
/* Within a transaction that began ahead: as store_begin, for the rest of it. */
int store_fence(struct store *store, struct error *error);

#endif
