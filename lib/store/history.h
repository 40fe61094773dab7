/* history: fluent_ticket_changes: what changed of the stored tickets, when a run saw it, and why.
 */
#ifndef FLUENT_SYNC_STORE_HISTORY_H
#define FLUENT_SYNC_STORE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* What a change comes from. */
enum history_cause {
    HISTORY_SITE,
    HISTORY_CONFIG, /* the run applies another configuration than the one before */
    HISTORY_ADOPT,  /* --adopt */
};

/* Rows of fluent_tickets: the ids of rows, or, where these are NULL, fluent_ids. */
struct history_rows {
    const int64_t *ids;
    const char *const *fluent_ids;
    size_t count;
};

struct history_seen {
    int64_t run_id;
    enum history_cause cause;
};

/*
 * Compares what the rows hold with what the table says that they last held, and adds a row for each
 * column that differs. The history of a ticket begins with one row that says what it held then. So
 * in each column each old value is the new one before, and the last one is what stands, whatever
 * happened while nobody kept a history. In the caller's transaction; the rows are locked by the
 * lease. -1 as db_query.
 */
int store_history_record(struct store *store, const struct history_rows *rows,
                         const struct history_seen *seen, struct error *error);

/* Removes a column of fluent_tickets from the site's history, which forgets what it held; if the
 * column is ever filled again, that is its first change. */
int store_history_forget(struct store *store, const char *column, struct error *error);
/* Removes up to `most` rows of the site: its whole history where `before` is 0, else what is older
 * than that instant, but for the newest row of each ticket's column. *removed: how many. */
int store_history_trim(struct store *store, int64_t before, int64_t most, int64_t *removed,
                       struct error *error);

#endif
