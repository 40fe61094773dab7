/* record: fluent_record: the ids of all tickets on the list when it was last compared. */
#ifndef FLUENT_SYNC_STORE_RECORD_H
#define FLUENT_SYNC_STORE_RECORD_H

#include "core/record.h"
#include "store/store.h"

/* Reads it into `record`, which is empty. */
int store_read_record(struct store *store, struct record *record, struct error *error);
/* Within a transaction: writes the chunks that have changed since they were read. */
int store_write_record(struct store *store, const struct record *record, struct error *error);

#endif
