/*
 * hint: what the site's activity log says of deletions. It is asked only where the list turned out
 * to be shorter than the record, once a run, and what it names is asked for: where the site
 * confirms it, the list need not be searched.
 *
 * The log is a hint and never more: the API user may not be allowed to read it, it may be switched
 * off, keeps 14 days, and lacks what vanished with its customer. Whatever it answers costs one
 * request, and where it is of no use that is paid once a day.
 */
#ifndef FLUENT_SYNC_RUN_HINT_H
#define FLUENT_SYNC_RUN_HINT_H

#include "run/run.h"

/* Where run->record.rank lacks tickets, and the log was not asked for yet: asks for its newest
 * entries, and for the tickets that they call deleted. What the site neither lists nor has by
 * itself is told to the rank, and enters run->record.told. That the log names no deletion is
 * remembered in run->next. -1 when the run is over, or without memory; a site that does not answer
 * is no error. */
int hint_take(struct run *run, struct error *error);

#endif
