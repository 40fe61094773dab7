/* missing: stored tickets that are no longer on the list: deleted, or no longer visible. */
#ifndef FLUENT_SYNC_MISSING_H
#define FLUENT_SYNC_MISSING_H

#include "run/run.h"

/* After a walk to the end of the list, whether or not the site's total confirms it: finds out what
 * became of the stored tickets that it did not see, and marks them. */
int missing_find(struct run *run, struct error *error);

/* The same of stored tickets that the record does not have. */
int missing_find_by_record(struct run *run, struct error *error);
/* The same, but for those that were invisible before: only a walk, or a part, asks for them anew.
 */
int missing_find_unrecorded(struct run *run, struct error *error);

/* Finds out what became of stored tickets that a comparison with the record did not find on the
 * list any more, and marks them. *listed: the site lists some of them after all. */
int missing_take(struct run *run, const struct record *gone, bool *listed, struct error *error);

#endif
