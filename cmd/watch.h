/* watch: what a run tells those who watch that it runs: Prometheus, a health check, the log. */
#ifndef FLUENT_SYNC_WATCH_H
#define FLUENT_SYNC_WATCH_H

#include "command.h"
#include "run/sync.h"

/* Before a run: the health check's start, within the run's limits. */
void watch_begin(const struct command *command);
/*
 * After it, however it ended: its numbers in the log and the metrics' file, its exit code to the
 * health check. A run that found another one active has nothing to say to the latter two: that one
 * will. Neither have runs of single tickets and dry runs. What fails here is a warning, no more.
 * Once the run has to end, it lasts as long as the program does: less than a second.
 */
void watch_end(const struct command *command, const struct sync_report *report,
               const struct error *error);

#endif
