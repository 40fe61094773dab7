/* scope: which tickets a run is about: of which mailboxes, and from which day on. */
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
    char since[DAY_SIZE]; /* inclusive */
    bool all_mailboxes;   /* false: only those that are `listed` */
    struct scope_mailbox mailboxes[SCOPE_MAILBOXES_MAX];
    size_t count;
};

/* The entry of `mailbox`, which is made if it is not there yet; NULL when the table is full. */
struct scope_mailbox *scope_mailbox(struct scope *scope, int64_t mailbox);

/* Takes in the tickets from `day` on too: does nothing if the scope's `since` is earlier. A
 * mailbox's own day stays. */
void scope_reach_back(struct scope *scope, const char *day);

/* Is a ticket of `mailbox` (0: none), created on `day` ("YYYY-MM-DD..." wall time), in scope? */
bool scope_admits(const struct scope *scope, int64_t mailbox, const char *day);

/*
 * A canonical text, equal for scopes that admit the same tickets: "*=2025-09-20 3=2025-10-01", or
 * without the "*" when only listed mailboxes count. -1 when `out` has failed.
 */
int scope_print(const struct scope *scope, struct buf *out);

/* Does the scope printed as `outer` admit every ticket that `inner` admits? false when `outer` is
 * NULL or not such a text. */
bool scope_within(const struct scope *inner, const char *outer);

#endif
