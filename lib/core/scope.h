/* scope: which tickets a run is about: of which mailboxes, with which status, and from which day
 * on. */
#ifndef FLUENT_SYNC_SCOPE_H
#define FLUENT_SYNC_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { SCOPE_MAILBOXES_MAX = 256, DAY_SIZE = 11 };

/* The rule of one mailbox. */
struct scope_mailbox {
    int64_t id;
    char since[DAY_SIZE]; /* "YYYY-MM-DD", inclusive; "" : the scope's own `since` */
    bool listed;          /* named in mailbox_ids (not only in a [mailbox.ID] section) */
};

struct scope {
    enum scope_tickets { SCOPE_ALL, SCOPE_CLOSED } tickets;
    enum scope_date { SCOPE_CREATED_AT, SCOPE_RESOLVED_AT } date_of; /* whose day counts */
    char since[DAY_SIZE];                                            /* inclusive */
    bool all_mailboxes; /* false: only those that are `listed` */
    struct scope_mailbox mailboxes[SCOPE_MAILBOXES_MAX];
    size_t count;
};

/* The entry of `mailbox`, which is made if it is not there yet; NULL when the table is full. */
struct scope_mailbox *scope_mailbox(struct scope *scope, int64_t mailbox);

/* Takes in the tickets from `day` on too: does nothing if the scope's `since` is earlier. A
 * mailbox's own day stays. */
void scope_reach_back(struct scope *scope, const char *day);

/* What a scope goes by. */
struct scope_ticket {
    int64_t mailbox;                      /* 0: none */
    const char *status;                   /* NULL: none */
    const char *created_at, *resolved_at; /* wall times, "YYYY-MM-DD..."; NULL: none */
};
enum scope_verdict {
    SCOPE_IN,
    SCOPE_OUT,
    SCOPE_UNDATED, /* closed, and out only because the date that counts is missing: the site sets
                      resolved_at when an agent closes a ticket, not when its status is set */
};
enum scope_verdict scope_judge(const struct scope *scope, struct scope_ticket ticket);

/* May the ticket be in scope, whatever its status? Only a mailbox or a day says that it is not. */
bool scope_covers(const struct scope *scope, struct scope_ticket ticket);

/* Does a stored ticket with this status (NULL: none) count as having left the scope? Its mailbox
 * and its day say nothing: a stored ticket stays whatever they are. */
bool scope_left(const struct scope *scope, const char *status);

/*
 * A canonical text, equal for scopes that admit the same tickets: "*=2025-09-20 3=2025-10-01", or
 * without the "*" when only listed mailboxes count; before that "closed" and "resolved_at" where
 * those count. -1 when `out` has failed.
 */
int scope_print(const struct scope *scope, struct buf *out);

/* Does the scope printed as `outer` admit every ticket that `inner` admits? false when `outer` is
 * NULL or not such a text. */
bool scope_within(const struct scope *inner, const char *outer);

#endif
