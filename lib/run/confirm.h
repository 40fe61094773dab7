/* confirm: asks again for tickets of which the site gave an older state than is stored. */
#ifndef FLUENT_SYNC_CONFIRM_H
#define FLUENT_SYNC_CONFIRM_H

#include "run/run.h"

/* Asks for the tickets that were held back, by search=id:N, and stores what the site confirms. What
 * it does not confirm stays as it is stored; the run is not complete then. */
int confirm_held_back(struct run *run, struct error *error);

/* A run that was given stale answers is not complete. */
void confirm_no_stale_answers(struct run *run);

#endif
