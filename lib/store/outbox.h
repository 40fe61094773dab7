/*
 * outbox: fluent_outbox: what people want changed on the site, and how far that has come. The rows
 * of this site are those whose fluent_id has its site_key. A dashboard inserts rows with no more
 * than fluent_id, action, field, value, content and requested_by: the rest has defaults.
 */
#ifndef FLUENT_SYNC_STORE_OUTBOX_H
#define FLUENT_SYNC_STORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/outbox_row.h"
#include "store/store.h"

struct outbox_list {
    struct outbox_row *rows;
    size_t count;
};
enum outbox_which {
    /* What a push goes by: pending, sending, failed and held rows, and of edits also the cancelled
     * ones. */
    OUTBOX_OPEN,
    OUTBOX_ALL, /* with those that are done, and all cancelled ones */
};
/* Ascending by ticket, then id, in `arena`. A row whose words are not known (a dashboard wrote
 * them) has the action or field OUTBOX_ACTIONS or OUTBOX_FIELDS. */
int store_read_outbox(struct store *store, enum outbox_which which, struct outbox_list *found,
                      struct arena *arena, struct error *error);

/* The row with this id; found->count is 0 when this site has none. */
int store_read_outbox_row(struct store *store, int64_t id, struct outbox_list *found,
                          struct arena *arena, struct error *error);

/* Inserts a row: its fluent_id, action, field, state, value, content, requested_by, wanted and
 * error; `created` is the database's clock. row->id becomes its id. */
int store_add_outbox(struct store *store, struct outbox_row *row, struct error *error);

/*
 * Writes what changes of a row: state, answered, attempts, remote_id, value, wanted, before, error
 * and sent_site; `sent` becomes the database's clock where `attempts` rises, and `retried` where a
 * failed or cancelled row becomes pending. Only if its state is still `was`: people cancel and
 * retry rows meanwhile. *saved: whether it was.
 */
int store_save_outbox(struct store *store, const struct outbox_row *row, enum outbox_state was,
                      bool *saved, struct error *error);

/* Removes an edit's row that was never sent (attempts = 0), whatever its state but sending. */
int store_drop_outbox(struct store *store, int64_t id, struct error *error);

/* How many rows wait for what. `oldest_sending_s`: how long ago the oldest of the sending rows was
 * sent, by the database's clock, or how far in the future that is, where the clock was set back and
 * this is more; -1: there is none. */
struct outbox_counts {
    int64_t states[OUTBOX_STATES];
    int64_t oldest_sending_s;
};
int store_count_outbox(struct store *store, struct outbox_counts *counts, struct error *error);

/* *rows: how many pending rows belong to no site that this database has, as fluent_id was given
 * without the site's key, or with another one. */
int store_count_stray(struct store *store, int64_t *rows, struct error *error);

/* Has the site ever returned the marker of a reply or a note: is one done? */
int store_marker_returned(struct store *store, bool *returned, struct error *error);

/*
 * Rows of fluent_tickets whose request may hold an edit of [push] fields, ascending by row id, at
 * most OUTBOX_EDITED of them behind `after`: there (not deleted, not invisible), with a request of
 * ours that is not deleted or ignored, which changed at `since` or later by its updated_at (seconds
 * since 1970, the database's clock; 0: any).
 */
enum { OUTBOX_EDITED = 500 };
struct edited_rows {
    int64_t ids[OUTBOX_EDITED];
    size_t count; /* less than OUTBOX_EDITED: these are the last */
};
int store_find_edited(struct store *store, int64_t since, int64_t after, struct edited_rows *found,
                      struct error *error);

/* Replaces the merge base of a row of fluent_tickets, within a transaction. */
int store_write_base(struct store *store, int64_t ticket_row, struct cell base,
                     struct error *error);

/* The values of a field that stored tickets have, each in the site's own spelling (compared byte by
 * byte), the most frequent first, in `arena`. Of products: product_id, and product_name as title.
 */
int store_known_values(struct store *store, enum outbox_field field, struct known_values *found,
                       struct arena *arena, struct error *error);

/*
 * What pushes remember, in the row of fluent_sync_state: the place (server and database) of the
 * last push, and when edits were looked for. A copy of a database has another place.
 */
struct push_state {
    const char *place_before; /* of the last push; NULL: there was none */
    const char *place_now;    /* what this connection is: "SERVER/DATABASE" */
    int64_t now;              /* the database's clock, seconds since 1970 */
    int64_t looked_at;        /* the last look for edits began then; 0: never */
    int64_t looked_at_all;    /* the last one over all rows, likewise */
};
int store_read_push_state(struct store *store, struct push_state *state, struct arena *arena,
                          struct error *error);
/* Stores place_now, looked_at and looked_at_all. */
int store_write_push_state(struct store *store, const struct push_state *state,
                           struct error *error);

#endif
