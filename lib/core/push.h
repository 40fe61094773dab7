/*
 * push: what becomes of people's edits in requests and of the rows of the outbox. Pure: no I/O, no
 * clock.
 *
 * A row is sent only after a look at the site, and is done only when a look shows it. What was sent
 * and is not shown may still arrive: an answer is no proof, and neither is its absence.
 */
#ifndef FLUENT_SYNC_PUSH_H
#define FLUENT_SYNC_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/merge.h"
#include "model/outbox_row.h"
#include "model/push_options.h"

/* Edits. */

/* A column of requests whose edits are sent, as the tables hold it. */
struct push_edit {
    struct merge_base base;
    struct cell ours; /* in requests */
    struct cell raw;  /* the site's raw value, in fluent_tickets */
};

enum push_verdict {
    PUSH_NOTHING,   /* nobody edited it, or that cannot be told: it has no base */
    PUSH_EDITED,    /* it is to be sent */
    PUSH_CONFLICT,  /* the site changed it too: neither is written */
    PUSH_SITE_WINS, /* likewise: the next merge writes the site's value */
};
/* The other direction is merge_request's: together they are the table of docs/two-ways.md. */
enum push_verdict push_judge(const struct push_edit *edit, enum push_conflicts conflicts);

/* What becomes of the row of an edit before anything is sent. */
enum push_edit_step {
    PUSH_EDIT_LEAVE, /* nothing */
    PUSH_EDIT_QUEUE, /* it waits to be sent: pending, `wanted` is ours. A cancelled row stays, and a
                        new one is made; so it is without a row */
    PUSH_EDIT_DROP,  /* it vanishes; one that was sent once is cancelled */
};
/* `row`: the newest one of this edit that is not done; NULL: there is none. */
enum push_edit_step push_edit_step(const struct outbox_row *row, const struct push_edit *edit,
                                   enum push_conflicts conflicts);

/* Rows. */

enum {
    /* How long what was sent may take to arrive: a site stores a request seconds after its client
     * is gone, and a request of ours ends after ten times the time-out of silence. By both clocks,
     * as either may jump. */
    PUSH_ARRIVES_S = 15 * 60,
    /* What was sent so long ago, and is not known to have arrived, is told. */
    PUSH_UNKNOWN_S = 3600,
    PUSH_WHY_SIZE = 256,
};

/* What the site shows of a ticket. */
struct push_seen {
    bool stale;   /* the answer may come out of a cache: it shows nothing */
    int64_t date; /* its Date, seconds since 1970; 0: none */
    int64_t now;  /* the database's clock, not later than that */
    bool listed;  /* search=id:N finds it */
    const char *status, *fields[OUTBOX_FIELDS]; /* NULL: null */
    /* Of a reply or a note: is its marker among the entries? */
    enum push_marker {
        PUSH_MARKER_UNKNOWN, /* the site cannot show the conversation */
        PUSH_MARKER_ABSENT,
        PUSH_MARKER_FOUND,
    } marker;
    bool returns_markers; /* the site is known to return them */
};

enum push_step {
    PUSH_STEP_WAIT,  /* nothing can be told yet: it stays as it is */
    PUSH_STEP_SEND,  /* it is not there: of a pending row */
    PUSH_STEP_DONE,  /* the site shows it */
    PUSH_STEP_AGAIN, /* it never arrived: of a sending row, which is pending again */
    PUSH_STEP_FAIL,  /* `why` */
};
/* What a look means for a row that is pending or sending; `why` is "" unless it fails. */
enum push_step push_row_step(const struct outbox_row *row, const struct push_seen *seen,
                             char why[PUSH_WHY_SIZE]);

/* Why a pending row may not be sent at all; or why a row that is said to be sending is none that
 * anybody has sent: whoever can write into the table may have put it there. false: there is no
 * reason. `now`: the database's clock. */
bool push_row_refused(const struct outbox_row *row, const struct push_options *options, int64_t now,
                      char why[PUSH_WHY_SIZE]);

/* Why a row that is no edit is not for the ticket of its fluent_id any more; NULL: it is. */
struct push_ticket {
    bool stored;   /* it is in fluent_tickets */
    bool gone;     /* as deleted, or not visible */
    bool removed;  /* its request is deleted or ignored */
    int64_t since; /* when its row was made, by the database's clock */
};
const char *push_ticket_refused(const struct outbox_row *row, const struct push_ticket *ticket);

/* Must the later rows of its ticket wait for this one? */
bool push_row_blocks(const struct outbox_row *row);

/* How many of these rows (ascending by ticket and id) would be sent: pending, and not behind one
 * that has failed. */
int64_t push_count(const struct outbox_row *rows, size_t count);

/* "priority normal -> critical", "reply of 120 characters"; what is sent is row->value, without
 * which it is only "priority". */
void push_describe(const struct outbox_row *row, char text[PUSH_WHY_SIZE]);

#endif
