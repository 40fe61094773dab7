/* finish: the end of a run: writes its row, and the state that the next run starts from. */
#ifndef FLUENT_SYNC_FINISH_H
#define FLUENT_SYNC_FINISH_H

#include "run/run.h"
#include "run/sync.h"

enum finish {
    FINISH_ENDED,
    FINISH_CALLED, /* nothing is written: the site has called for more tickets meanwhile */
};

/*
 * Writes how the run ended, gives the lease back, and fills in the report. `completed`: all steps
 * of the run were taken; otherwise `error` says why not. A failure here replaces a success, but not
 * another failure. The lease goes in the transaction that finds no calls which the run has not
 * dealt with: whoever makes one finds the lease free, or a run that has yet to look.
 */
enum finish finish_run(struct run *run, bool completed, struct sync_report *report,
                       struct error *error);

#endif
