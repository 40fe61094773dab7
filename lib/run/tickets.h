/* tickets: single tickets asked for by id: rejects that are due, those of --ticket, and those that
 * the site has called for. */
#ifndef FLUENT_SYNC_TICKETS_H
#define FLUENT_SYNC_TICKETS_H

#include "run/run.h"

int tickets_retry_rejects(struct run *run, struct error *error);
/* Conversations whose mark the database refused: shown again, it may take it now. */
int tickets_retry_conversations(struct run *run, struct error *error);
int tickets_store_named(struct run *run, struct error *error);

/* What became of a ticket that the site has called for. */
enum called {
    CALLED_OPEN,        /* it has to be asked for again */
    CALLED_SETTLED,     /* it is stored, not for this user, deleted and not stored, or out of scope;
                           or the site gives others but cannot give this one, and it is on record as
                           a reject */
    CALLED_DELETED,     /* on the site; it is still to be marked: tickets_mark_called */
    CALLED_UNAVAILABLE, /* the site gives no ticket at all */
};
int tickets_store_called(struct run *run, int64_t id, enum called *called, struct error *error);
/* Marks a ticket as deleted. CALLED_OPEN: the database refused. */
int tickets_mark_called(struct run *run, int64_t id, enum called *called, struct error *error);

#endif
