/*
 * writer: what belongs to whoever stores tickets: the database, the tally, the run's row and the
 * proofs. While a page is being stored in the background that is the page writer's thread alone;
 * see page_writer.h.
 */
#ifndef FLUENT_SYNC_WRITER_H
#define FLUENT_SYNC_WRITER_H

#include "core/tally.h"
#include "model/proof.h"
#include "run/input.h"
#include "store/rejects.h"
#include "store/request_schema.h"
#include "store/requests.h"
#include "store/runs.h"
#include "store/state.h"
#include "store/store.h"
#include "store/tickets.h"
#include "store/walk_pages.h"

/* What a list showed of a ticket: updated_at as an instant, 0: null. */
struct shown_ticket {
    int64_t id, updated_at;
};
struct shown_list {
    struct shown_ticket *rows;
    size_t count, size;
};

/* The deletions that are believed: see deletion.h. */
struct believed_deletions {
    bool known;      /* `most` and `before` were looked up */
    int64_t most;    /* max_deletes, as a number */
    int64_t before;  /* marked within the same time, before this run */
    int64_t total;   /* how many tickets the site should show, by what is known */
    int64_t drop;    /* how many fewer it shows; 0 from when the run asks what became of each */
    int64_t rejects; /* deletions of rejects that were not believed */
    bool refused;    /* there were too many: none is believed any more */
};

enum { PROOFS_MAX = 16 };

struct writer {
    const struct run_input *in;
    const struct run_basis *basis;
    struct request_schema *schema_to_read; /* see schema_need; NULL: it was read */

    struct db *db;
    struct store *store;
    const struct limits *limits; /* of its transactions */
    int64_t heartbeat_due;       /* clock_monotonic_ms */

    struct run_row row;
    struct tally tally;
    struct tally edited; /* the tickets whose kept edits are counted */
    bool has_rejects;    /* the table fluent_rejects holds some of this site */

    int64_t walk_id;                      /* of the walk whose pages are stored */
    struct page_proof proofs[PROOFS_MAX]; /* of pages that are stored, but not yet saved */
    size_t proof_count;
    int64_t proofs_since; /* clock_monotonic_ms */

    struct believed_deletions deletions;

    struct shown_list head;      /* the newest head's rows, ascending by id */
    struct shown_list held_back; /* their rows may be older than the stored ones, */
    bool ran_back;               /* and one of them is by hours */
};

/* Runs `body` in a fenced transaction, and runs it again after deadlocks, lost connections and the
 * like. */
typedef int writer_body(struct writer *writer, void *context, struct error *error);
int writer_transaction(struct writer *writer, writer_body *body, void *context,
                       struct error *error);
/* The same without a transaction: `body` sends one statement, which fences itself. */
int writer_statement(struct writer *writer, writer_body *body, void *context, struct error *error);

/* The lease has just been renewed. */
void writer_renewed(struct writer *writer);

/* Does the failure `why` concern single rows, as far as can be told? Otherwise every statement
 * would fail. */
bool writer_refused_row(const struct writer *writer, const struct error *why);

/* -1 once a signal has come, whether the deadline has passed or not. */
int writer_check_signals(const struct writer *writer, struct error *error);

/* How often the lease is renewed; every transaction does so when it begins. */
int64_t writer_heartbeat_ms(const struct writer *writer);
/* Renews the lease, if that is due. */
int writer_heartbeat(struct writer *writer, struct error *error);

#endif
