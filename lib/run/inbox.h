/* inbox: the tickets that the site has called for, by webhooks, are fetched beside a run's ordinary
 * work. */
#ifndef FLUENT_SYNC_RUN_INBOX_H
#define FLUENT_SYNC_RUN_INBOX_H

#include "run/run.h"

/* Before the site is asked for tickets, with run->inbox.waiting as the tables were found: reads the
 * calls that all of the run's answers are younger than. */
int inbox_open(struct run *run, struct error *error);

/* During a walk, every 5 s, but not when it begins: are there calls? Then run->inbox.waiting
 * becomes true. Waits for the pages that are being stored. */
int inbox_look(struct run *run, struct error *error);

/* May the run still go on with calls that come now? Not for longer than a minute after its ordinary
 * work: the next call begins another run. */
bool inbox_has_time(struct run *run);

/*
 * Fetches what was called for, and removes the calls that are settled: whose ticket is stored, is
 * marked as deleted, is not for this user, is out of scope, or is on record as a reject. Others
 * stay for the next run, and this one is not complete. No request is outstanding and no page is
 * being stored.
 */
int inbox_take(struct run *run, struct error *error);

/* Waits until 5 s after the last look, so that a burst of calls costs the site little. */
int inbox_await(struct run *run, struct error *error);

#endif
