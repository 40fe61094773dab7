/* database: a run's connection, its lease, the state it finds, and its row. */
#ifndef FLUENT_SYNC_RUN_DATABASE_H
#define FLUENT_SYNC_RUN_DATABASE_H

#include "run/run.h"

/* Connects, checks the schema, takes the lease, reads the state and makes the run's row. */
int database_open(struct run *run, struct error *error);

#endif
