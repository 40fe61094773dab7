/* pushing: what the parts of a push share: see push.h. */
#ifndef FLUENT_SYNC_PUSHING_H
#define FLUENT_SYNC_PUSHING_H

#include "core/push.h"
#include "core/push_content.h"
#include "run/run.h"
#include "site/site_write.h"
#include "store/outbox.h"

struct pushing {
    struct run *run;
    const struct push_options *options;
    struct push_state state;
    struct outbox_list rows; /* the open ones; in a dry run with the edits that would be queued */
    struct known_values known[OUTBOX_FIELDS];
    bool known_read[OUTBOX_FIELDS]; /* of the values above */
    bool returns_markers;           /* the site has returned one before */
    int64_t outdated;               /* a ticket that a look showed older than it is stored; or 0 */
    bool may_send;                  /* false: what was sent is looked for, and nothing more */
    int64_t spare;                  /* so many that did not arrive may be sent again */
    bool over;                      /* the rest waits for the next run */
    struct arena arena;
};

/* What a look at the site has shown of a row. Texts belong to the answer. */
struct look {
    struct site_answer *answer;
    const struct ticket *ticket; /* NULL: not listed */
    struct push_seen seen;
    int64_t at_ms, remote_id;
    char marker[PUSH_MARKER_SIZE];
};

/* push_edits: edits, and their rows. */

/* Brings the rows of edits in line with what requests holds. */
int pushing_queue_edits(struct pushing *p, struct error *error);
/* Removes the row of an edit that nobody wants to send any more, or cancels one that was sent once.
 * Within a transaction. */
int pushing_drop_edit(struct writer *w, const struct outbox_row *row, struct error *error);
/* Within the transaction that ends `row`, an edit: queues the next one, if the person has changed
 * the column again while it was under way. Later nobody would look for that, as the request was
 * changed before the last look. */
int pushing_queue_next(struct writer *w, const struct outbox_row *row,
                       const struct stored_request *request, struct arena *arena,
                       struct error *error);
/* Is it a request whose edits can be sent? */
bool pushing_can_edit(const struct stored_request *request);
/* The edit of a column of such a request, as the tables hold it. */
int pushing_read_edit(const struct writer *w, const struct stored_request *request,
                      enum outbox_field field, struct push_edit *edit, struct arena *arena,
                      struct error *error);

/* push_row: a row from its look to its end. */

/* Looks at the ticket of a row that is pending or sending, sends it if it may be sent, and settles
 * it as far as that can be told. *settled: the rows behind it may follow. */
int pushing_take_row(struct pushing *p, struct outbox_row *row, bool *settled, struct error *error);

/* push_begin: from here on the request may be under way. */

/* Judges a pending row once more, of the newest values, and puts on record that it is sent, why it
 * is not, or that nobody wants it any more. *begun: its request is to go out. In a dry run nothing
 * is put on record. */
int pushing_begin(struct pushing *p, struct outbox_row *row, const struct look *look, bool *begun,
                  struct error *error);

/* push_request: its request. */

/* Sends the request of a row. A reply or note bears the marker, by which it can be found. */
int pushing_send(struct pushing *p, const struct outbox_row *row, const char *marker,
                 struct site_written *written, struct error *error);
/* In a dry run: tells sync_options.pushed what would be sent. */
int pushing_report(struct pushing *p, const struct outbox_row *row, const char *marker,
                   struct error *error);

/* push_save: rows as they are written, and what people are told of them. */

/* The row becomes `next`. What an edit sent counts as ours until it is known not to arrive. */
int pushing_save_row(struct pushing *p, struct outbox_row *row, const struct outbox_row *next,
                     struct error *error);
/* A row that is not sent: it has failed, as `why` says. */
int pushing_fail(struct pushing *p, struct outbox_row *row, const char *why, struct error *error);

/* Within a transaction: the row of the ticket with its request locked, or, in a dry run, as it
 * stands; `found` is empty when there is none. */
int pushing_lock_request(struct writer *w, const struct outbox_row *row,
                         struct stored_requests *found, struct arena *arena, struct error *error);
/* Within a transaction: what was sent last of this column, which its base remembers; NULL: nothing
 * any more. */
int pushing_mark_pushed(struct writer *w, const struct outbox_row *row,
                        const struct stored_request *request, const char *value,
                        struct arena *arena, struct error *error);

/* Tells what is sent for whom, with `what` behind it; at once in `push`, else with -v. */
void pushing_tell(const struct pushing *p, const struct outbox_row *row, const char *what);
/* The same of a row that has failed, or is held. */
void pushing_tell_end(const struct pushing *p, const struct outbox_row *row);

#endif
