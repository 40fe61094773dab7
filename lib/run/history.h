/* history: what a run records of changed tickets, in the transaction that changes them. */
#ifndef FLUENT_SYNC_RUN_HISTORY_H
#define FLUENT_SYNC_RUN_HISTORY_H

#include "run/writer.h"

/* To be called before rows are changed, and again behind that: records of these tickets what
 * differs from what the history has. Nothing without [sync] history. */
int history_of_writes(struct writer *writer, struct write *const *writes, size_t count,
                      struct error *error);
int history_of_row(struct writer *writer, int64_t id, struct error *error);

/* Removes the whole history: the tables are about another site from now on. */
int history_remove(struct writer *writer, struct error *error);
/* Removes what is older than [sync] keep_history. Nothing without [sync] history. */
int history_trim(struct writer *writer, struct error *error);

#endif
