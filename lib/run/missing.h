/* missing: stored tickets that a complete walk did not see: deleted, or no longer visible. */
#ifndef FLUENT_SYNC_MISSING_H
#define FLUENT_SYNC_MISSING_H

#include "run/run.h"

/* After a complete walk: finds out what became of the stored tickets that it did not see, and marks
 * them. */
int missing_find(struct run *run, struct error *error);

#endif
