/* sweep: applies a change of the configuration to the rows that a walk does not read again (deleted
 * and invisible tickets, rejects, hidden requests): what may not be kept any more is removed. */
#ifndef FLUENT_SYNC_SWEEP_H
#define FLUENT_SYNC_SWEEP_H

#include "run/run.h"

/* After a complete walk; does nothing unless the configuration changed. Where the database refuses
 * to change a row, that stays as it is, and the run is not complete: the next one tries again. */
int sweep_unseen_rows(struct run *run, struct error *error);

#endif
