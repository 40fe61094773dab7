/* requests: the dashboard's table, as far as it holds the requests of tickets: reading and writing
 * their mapped columns. */
#ifndef FLUENT_SYNC_STORE_REQUESTS_H
#define FLUENT_SYNC_STORE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/merge.h"
#include "model/outbox_row.h"
#include "model/row.h"
#include "store/store.h"
#include "store/tickets.h"

/* A ticket's request as it stands. */
struct stored_request {
    int64_t ticket_id; /* fluent_tickets.id */
    const char *fluent_id;
    bool linked;                                  /* the row that request_id names is there */
    bool present;                                 /* and is the request made for this ticket */
    bool removed;                                 /* a person deleted or ignored it */
    const char *status;                           /* of the row */
    struct cell base;                             /* fluent_tickets.base */
    const char *number, *created_at, *updated_at; /* of the ticket; as they are stored */
    const char *hidden_as;                        /* see store_show_request */
    struct cell priority, product_id;             /* of the ticket, as they are stored */
    bool gone;                                    /* the ticket is deleted, or not visible */
    int64_t stored;                               /* when its row was made, seconds since 1970 */
    struct cell columns[REQUEST_COLUMNS_MAX];
};

/* The site's raw value behind a column whose edits are sent: see outbox_column. */
static inline struct cell request_raw(const struct stored_request *request, enum outbox_field field)
{
    return field == OUTBOX_PRODUCT ? request->product_id : request->priority;
}

/* Rows of the table that is asked for, by their ids. */
struct request_ids {
    const struct request_schema *schema;
    const int64_t *ids;
    size_t count;
};

struct stored_requests {
    struct stored_request *rows;
    size_t count;
};
enum request_version {
    REQUEST_AS_SEEN, /* of the transaction's snapshot */
    REQUEST_LOCKED,  /* the newest one, locked */
};
/* The requests of these rows of fluent_tickets, ascending by ticket_id. */
int store_lookup_requests(struct store *store, const struct request_ids *tickets,
                          enum request_version version, struct stored_requests *found,
                          struct arena *arena, struct error *error);

/* The mapped columns of a request as they stand. */
struct held_request {
    int64_t id;
    struct cell columns[REQUEST_COLUMNS_MAX];
};
struct held_requests {
    struct held_request *rows;
    size_t count;
};
/* These requests as this transaction sees them, ascending by id. */
int store_read_requests(struct store *store, const struct request_ids *requests,
                        struct held_requests *found, struct arena *arena, struct error *error);

/* Inserts the requests of new tickets (or of inherited ones without) in multi-row statements and
 * fills `request_id` of each. When the ids that the server gave cannot be told the connection is
 * dropped: a new one knows the step between them. When that does not help, the next try and all
 * that follow insert one by one, which is right on any server. After store_request_schema. */
int store_insert_requests(struct store *store, const struct request_schema *schema,
                          struct write *const *writes, size_t count, struct error *error);

/*
 * Writes those columns of a request whose verdict is MERGE_WRITE, provided that each of them still
 * holds `ours`, and that nobody removed the request or `absent` is set, which leaves the row
 * looking unchanged. *written becomes false when it did not.
 */
struct request_update {
    int64_t request_id;
    const enum merge_verdict *verdicts;
    const struct cell *ours, *theirs;
    bool absent;
};
int store_update_request(struct store *store, const struct request_schema *schema,
                         const struct request_update *update, bool *written, struct error *error);

/* Hides an active request of ours (status deleted); see deleted_tickets = hide. *hidden: it was.
 * `version` then tells this state of the row from every later one, or is "" where it cannot. */
enum { VERSION_SIZE = 32 };
int store_hide_request(struct store *store, int64_t request_id, bool *hidden,
                       char version[VERSION_SIZE], struct error *error);
/* Shows a hidden request again, unless somebody changed it since. `version`: what it had right
 * after it was hidden (NULL: not known). *shown: whether it is shown now. */
int store_show_request(struct store *store, int64_t request_id, const char *version, bool *shown,
                       struct error *error);

#endif
