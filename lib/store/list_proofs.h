/* list_proofs: fluent_list_proofs: when which part of the list was read last. */
#ifndef FLUENT_SYNC_STORE_LIST_PROOFS_H
#define FLUENT_SYNC_STORE_LIST_PROOFS_H

#include "core/rolling.h"
#include "store/store.h"

/* Reads them into `proofs`, which is empty, and stays so where there are none. */
int store_read_proofs(struct store *store, struct rolling *proofs, struct error *error);
/* Within a transaction: the table becomes `proofs`; it is what was read into `before`, or, where
 * the transaction is tried again, `proofs` already. */
int store_write_proofs(struct store *store, const struct rolling *before,
                       const struct rolling *proofs, struct error *error);

#endif
