/* tickets: single tickets asked for by id: rejects that are due, and those of --ticket. */
#ifndef FLUENT_SYNC_TICKETS_H
#define FLUENT_SYNC_TICKETS_H

#include "run/run.h"

int tickets_retry_rejects(struct run *run, struct error *error);
int tickets_store_named(struct run *run, struct error *error);

#endif
