/* watch: what a run leaves for its watchers: metrics, the page, a health check, the log. */
#ifndef FLUENT_SYNC_WATCH_H
#define FLUENT_SYNC_WATCH_H

#include "command.h"
#include "run/sync.h"

/* Before a run: tells the health check that it starts, within the run's limits. */
void watch_begin(const struct command *command);
/*
 * After a run, however it ended: its numbers go to the log and the metrics' file, what the tables
 * hold to the page, its exit code to the health check. A run that found another one active writes
 * to the log alone: the other run will tell the rest. So do runs of single tickets and dry runs. A
 * failure here is only a warning. Once the run has to end, this lasts as long as the program does:
 * less than a second.
 */
void watch_end(const struct command *command, const struct sync_report *report,
               const struct error *error);

#endif
