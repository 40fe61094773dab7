/* parts: when which part of the list was read, and which part is next: core/rolling.h decides. */
#ifndef FLUENT_SYNC_PARTS_H
#define FLUENT_SYNC_PARTS_H

#include "run/run.h"

/* Once the record is read: reads the proofs, and decides whether this run may read a part of the
 * list, or is to read all of it: run->rolling. */
int parts_open(struct run *run, struct error *error);

/* How many rows a page of a part has. */
int64_t parts_page_rows(const struct run *run);
/* Which part is to be read `now`. The caller frees plan->kept. */
int parts_plan(const struct run *run, int64_t now, struct rolling_plan *plan, struct error *error);

/* After a walk: all of the list was read when it began. */
int parts_after_walk(struct run *run, struct error *error);

#endif
