/* tickets: single tickets asked for by id: rejects that are due, those of --ticket, and those that
 * the site has called for. */
#ifndef FLUENT_SYNC_TICKETS_H
#define FLUENT_SYNC_TICKETS_H

#include "run/run.h"

int tickets_retry_rejects(struct run *run, struct error *error);
/* Conversations whose mark the database refused: shown again, it may take it now. */
int tickets_retry_conversations(struct run *run, struct error *error);
int tickets_store_named(struct run *run, struct error *error);

/*
 * A ticket that the site has called for. *settled: it is stored, marked as deleted, not for this
 * user, or out of scope; or the site gives others but cannot give this one, and it is on record as
 * a reject. *available becomes false when the site gives none.
 */
int tickets_store_called(struct run *run, int64_t id, bool *settled, bool *available,
                         struct error *error);

#endif
