/* write: the new and changed tickets of a page, written in one transaction. */
#ifndef FLUENT_SYNC_WRITE_H
#define FLUENT_SYNC_WRITE_H

#include "run/entry.h"

/* Within a transaction: merges the new and changed entries of the batch and writes them. With
 * refusals.in_halves a ticket whose row the database refuses becomes a reject; otherwise that
 * fails. */
int write_entries(struct writer *writer, struct batch *b, struct error *error);

/* A row was refused by such a failure; `reason` must outlive the refusals. */
void write_note_refused(struct row_refusals *refusals, enum db_failure failure, const char *reason);
/* Where several rows are refused by an error that is not known, and none is taken, the error does
 * not concern single rows: -1. */
int write_check_unknown(const struct row_refusals *refusals, struct error *error);

#endif
