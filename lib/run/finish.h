/* finish: the end of a run: writes its row, and the state that the next run starts from. */
#ifndef FLUENT_SYNC_FINISH_H
#define FLUENT_SYNC_FINISH_H

#include "run/run.h"
#include "run/sync.h"

/* Writes how the run ended, and fills in the report. `completed`: all steps of the run were taken;
 * otherwise `error` says why not. A failure here replaces a success, but not another failure. */
void finish_run(struct run *run, bool completed, struct sync_report *report, struct error *error);

#endif
