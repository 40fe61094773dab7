/* choose: an incremental run or a full walk, and the run that follows from it. */
#ifndef FLUENT_SYNC_CHOOSE_H
#define FLUENT_SYNC_CHOOSE_H

#include "run/run.h"

/* Compares the site with the tables: by the head alone, or by a full walk. `index`, `head` and
 * `tail` (NULL: none) are the answers that the run began with; the head's page may be freed. */
int choose_and_compare(struct run *run, const struct site_answer *index, struct site_answer *head,
                       const struct site_answer *tail, struct error *error);

#endif
