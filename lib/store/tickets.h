/* tickets: fluent_tickets: looking up, writing and marking what the mirror has of tickets. */
#ifndef FLUENT_SYNC_STORE_TICKETS_H
#define FLUENT_SYNC_STORE_TICKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/row.h"
#include "store/store.h"

/* What is stored of a ticket. */
struct stored {
    int64_t id; /* of the row */
    char fluent_id[FLUENT_ID_SIZE];
    char fingerprint[HASH_SIZE]; /* "" : inherited from the old service */
    int64_t request_id;          /* 0: none */
    bool deleted, invisible, hidden, left_scope;
    int64_t edits_kept; /* columns that a person changed, when it was last merged */
};

struct stored_list {
    struct stored *rows;
    size_t count;
};
/* The stored ones among `ids`, ascending by fluent_id (strcmp), in `arena`. */
int store_lookup(struct store *store, const char *const *ids, size_t count,
                 struct stored_list *found, struct arena *arena, struct error *error);

/* Rows that have a request, ascending by id, a chunk at a time. */
enum linked_which {
    LINKED_ALL,
    /* Only those whose request somebody may have edited: it has changed since the row was written
     * last, or held an edit then. A change in the second in which it was inserted is not seen. */
    LINKED_TOUCHED
};
enum { LINKED_CHUNK = 500 };
struct linked_rows {
    enum linked_which which;
    int64_t ids[LINKED_CHUNK];
    size_t count; /* less than LINKED_CHUNK: these are the last */
};
/* The next ones behind row `after`. */
int store_linked(struct store *store, int64_t after, struct linked_rows *rows, struct error *error);

/* A ticket to be written. */
struct write {
    const struct row *row;
    const struct stored *stored; /* NULL: new */
    bool new_request;            /* a request is to be made for it */
    int64_t request_id;          /* 0: none (yet: store_insert_requests fills in the new one) */
    struct cell base;
    int64_t edits_kept;
    bool hidden; /* its request is, as the version `hidden_as` (NULL: not known) */
    const char *hidden_as;
    bool altered; /* store_insert_requests: the table may hold other values than were written */
};

/* Inserts new tickets, their request_id and base with them. */
int store_insert_tickets(struct store *store, struct write *const *writes, size_t count,
                         struct error *error);
/* Writes changed tickets; they count as neither deleted nor invisible afterwards, and as having
 * left the scope where their rows say so. With `absent` all that stays as it is. */
int store_update_tickets(struct store *store, struct write *const *writes, size_t count,
                         bool absent, struct error *error);

/* What the columns of [map.ticket_fields] hold in the row `id`; all NULL without such a row. */
int store_read_ticket_fields(struct store *store, int64_t id, const struct request_schema *schema,
                             struct cell cells[TICKET_FIELDS_MAX], struct arena *arena,
                             struct error *error);

/* The raw_data of the row `id`; without text: it has none. */
int store_read_raw(struct store *store, int64_t id, struct cell *raw, struct arena *arena,
                   struct error *error);

/* Vanished tickets */

/* Stored tickets that count as there, by row id, behind `after`; at most `limit`. */
struct live_ticket {
    int64_t id, ticket, mailbox_id, request_id;
    bool invisible;
    char created_at[20], resolved_at[20]; /* "" : none */
};
int store_live_tickets(struct store *store, int64_t after, size_t limit, struct live_ticket *rows,
                       size_t *count, struct error *error);
/* Those of `tickets`, of which there are 1..LIVE_AMONG; there may be as many `rows`. */
enum { LIVE_AMONG = 100 };
int store_live_among(struct store *store, const int64_t *tickets, size_t limit,
                     struct live_ticket *rows, size_t *count, struct error *error);
/* `hidden_as`: the version of its request right after it was hidden; NULL: it was not hidden. */
int store_mark_deleted(struct store *store, int64_t id, const char *hidden_as, struct error *error);
/* Gives a deleted ticket's row a key of its own, "ID~ROW": the site has given its id to another. */
int store_set_aside(struct store *store, int64_t id, struct error *error);
int store_mark_invisible(struct store *store, int64_t id, struct error *error);
/* A stored ticket whose mark of having left the scope is not what its status says. */
enum { SCOPED_TICKETS = 1000 };
struct scoped_ticket {
    int64_t id, ticket, request_id;
    const char *fluent_id, *status, *hidden_as;
    bool hidden, left_scope;
};
struct scoped_tickets {
    struct scoped_ticket *rows;
    size_t count; /* less than SCOPED_TICKETS: these are the last */
};
/* Those that are not deleted, by row id, behind `after`, in `arena`. `closed`: closed tickets alone
 * are in scope. */
int store_wrongly_scoped(struct store *store, bool closed, int64_t after,
                         struct scoped_tickets *found, struct arena *arena, struct error *error);
/* A row has left the scope, or has come back (`left`), with its request hidden or not. */
int store_mark_left(struct store *store, const struct scoped_ticket *ticket, struct error *error);
/* How many stored tickets count as there. */
int store_count_live_tickets(struct store *store, int64_t *count, struct error *error);
struct deletion_count {
    int64_t live;   /* stored tickets that count as there */
    int64_t marked; /* others, that were marked as deleted since, and not confirmed */
};
/* Counts marks of the last `seconds`, by the database's clock. */
int store_count_deletions(struct store *store, int64_t seconds, struct deletion_count *count,
                          struct error *error);
/* Within a transaction, after store_mark_deleted: somebody has said that this mark, and all before
 * it, are intended. */
int store_confirm_deletions(struct store *store, struct error *error);

/* Rows that a walk did not write: of tickets that are deleted, invisible, rejected, out of scope;
 * and those whose request was put away. */
enum { UNSEEN_ROWS = 100 };
struct unseen_row {
    struct stored stored;
    struct cell raw; /* raw_data */
};
struct unseen_rows {
    struct unseen_row *rows;
    size_t count; /* less than UNSEEN_ROWS: these are the last */
};
/* The next ones behind row `after` and what a walk wrote that began at `since`, in `arena`. */
int store_unseen_rows(struct store *store, int64_t after, int64_t since, struct unseen_rows *found,
                      struct arena *arena, struct error *error);
/* Removes such a row's raw_data. */
int store_forget_raw(struct store *store, int64_t id, struct error *error);
/* Removes what is at a path of the ticket from such rows without raw_data. */
int store_forget_path(struct store *store, const char *path, int64_t since, struct error *error);

#endif
