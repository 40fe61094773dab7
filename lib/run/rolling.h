/*
 * rolling: the part of the list that each run reads beside the newest changes, so that all of it is
 * read within full_every without a walk: see core/rolling.h.
 *
 * What a part shows, and the record does not, is settled like what a walk shows: tickets that
 * vanished are asked for and marked, and the list is compared with the record once more. Proofs are
 * saved in the run's last transaction, with the record and the state: a run that is killed loses
 * them. One that ends early, for the deadline or the site, keeps what was settled by then. Where a
 * part cannot be read, or its pages contradict other answers, the next run walks.
 */
#ifndef FLUENT_SYNC_RUN_ROLLING_H
#define FLUENT_SYNC_RUN_ROLLING_H

#include "run/run.h"

/* Once the head is stored and the list agrees with the record: reads the part whose turn it is.
 * `head`: the answer that the run goes by. Reasons why the run is not complete are added to the
 * outcome. */
int rolling_read(struct run *run, const struct site_answer *head, struct error *error);
/* After it, or instead where no part can be read: the run is not complete if one is too old now. */
void rolling_judge(struct run *run);

#endif
