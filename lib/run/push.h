/*
 * push: sends what people changed in the dashboard to the site: fluent_outbox, and the edits of
 * requests. What is sent, and what is known of it afterwards, core/push.h decides.
 *
 * A row is 'sending' in the database before its request goes out, and 'done' only once a later
 * answer shows it. Whatever ends the run between the two, the next one looks before it sends.
 */
#ifndef FLUENT_SYNC_RUN_PUSH_H
#define FLUENT_SYNC_RUN_PUSH_H

#include "run/run.h"

/* Does so if [push] names anything. After the comparison, under the lease; the site is confirmed to
 * be the one of the runs before. What waits for a person, and what cannot be told for an hour,
 * makes the run incomplete. In a dry run each request is reported instead of being sent. */
int push_changes(struct run *run, struct error *error);

#endif
