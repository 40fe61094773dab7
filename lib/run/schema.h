/* schema: the columns of requests as they are in this database, which mapping needs. */
#ifndef FLUENT_SYNC_RUN_SCHEMA_H
#define FLUENT_SYNC_RUN_SCHEMA_H

#include "run/writer.h"

/* Reads basis->schema, unless that was done, and checks the mapping rules against it. Outside of a
 * transaction. A walk reads it while its first pages are on their way; a run that has nothing to
 * map never does. */
int schema_need(struct writer *writer, struct error *error);

#endif
