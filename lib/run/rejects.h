/* rejects: tickets that cannot be stored go on record, and leave it when they are stored. */
#ifndef FLUENT_SYNC_RUN_REJECTS_H
#define FLUENT_SYNC_RUN_REJECTS_H

#include "run/entry.h"

/* What is on record about the entry's ticket; NULL: nothing. To be called after the batch was
 * looked up. */
const struct reject *reject_on_record(const struct batch *b, const struct entry *e);

/* What the conversation of a ticket with this fluent_id is on record as. */
void reject_of_conversation(const char *fluent_id, char id[FLUENT_ID_SIZE]);

/* A writer_body: puts `context`, a struct reject, on record. */
writer_body reject_write;

/* Within a transaction: brings the record in line with the batch, which is written. */
int rejects_record(struct writer *writer, struct batch *b, struct error *error);

#endif
