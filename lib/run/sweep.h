/* sweep: the rows that a walk does not show anew (deleted and invisible tickets, rejects, hidden
 * requests) follow a change of the configuration too: what may not be kept any more is in none. */
#ifndef FLUENT_SYNC_SWEEP_H
#define FLUENT_SYNC_SWEEP_H

#include "run/run.h"

/* After a complete walk; does nothing unless the configuration changed. */
int sweep_unseen_rows(struct run *run, struct error *error);

#endif
