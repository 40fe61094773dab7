/*
 * rescope: a ticket that is read leaves the scope, or comes back, with the row that is written of
 * it. The others follow here, by the status that is stored of them: after a change of [scope]
 * tickets, after a run under another configuration that was killed, and while they are invisible.
 */
#ifndef FLUENT_SYNC_RESCOPE_H
#define FLUENT_SYNC_RESCOPE_H

#include "run/run.h"

/* Once everything is compared, if the run found such rows when it began: what it writes itself is
 * right. Afterwards left_scope_at is set, in rows that are not deleted, where closed tickets alone
 * count and the status is another, and nowhere else. Errors: as limits_check too; the next run goes
 * on. */
int rescope_stored_tickets(struct run *run, struct error *error);

#endif
