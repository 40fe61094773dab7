/*
 * proofs: what pages of the walk prove, on its way into the tables. Pages that change nothing are
 * not worth a transaction each: their proofs are kept and saved several at a time. All that a lost
 * proof costs is that a run which goes on with the walk reads the page again.
 */
#ifndef FLUENT_SYNC_PROOFS_H
#define FLUENT_SYNC_PROOFS_H

#include "run/writer.h"

void proof_release(struct page_proof *proof);

/* Keeps a proof, and takes it over. There must be room for it: proofs_due says when there is not.
 */
void proofs_keep(struct writer *writer, struct page_proof *proof);
/* Are those that are kept to be saved: for their number, for their age, or because the lease is to
 * be renewed, which saving them does? */
bool proofs_due(const struct writer *writer);
/* Saves those that are kept, if any, in a transaction of their own. */
int proofs_save(struct writer *writer, struct error *error);

/* Within a transaction: writes one proof. */
int proof_write(struct writer *writer, const struct page_proof *proof, struct error *error);
/* Within a transaction: writes those that are kept, and the run's progress. */
int proofs_write(struct writer *writer, struct error *error);
/* After such a transaction, or at the end of the run. */
void proofs_forget(struct writer *writer);

#endif
