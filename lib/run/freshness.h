/* freshness: a row that may be older than what is stored is held back, until the site confirms it.
 * What is decided, and why: core/trust.h. */
#ifndef FLUENT_SYNC_FRESHNESS_H
#define FLUENT_SYNC_FRESHNESS_H

#include "run/entry.h"

/* What a list says of the ticket. A wall time that occurs twice means the first time. */
struct shown_ticket shown_of(const struct run_basis *basis, const struct ticket *ticket);

/* Remembers what the newest head shows: it confirms pages of the walk. A stale one shows nothing.
 * `arena` holds it. */
int freshness_take_head(struct writer *writer, const struct page *head, bool stale,
                        struct arena *arena, struct error *error);

/* true: the row must not replace `stored`, and the entry has become KIND_HELD_BACK. The row is
 * mapped.
 */
bool freshness_hold_back(const struct writer *writer, const struct batch *b, struct entry *e,
                         const struct stored_request *stored);
/* Once the batch is stored: lists its tickets that the site is to be asked for. */
int freshness_list_held_back(struct writer *writer, const struct batch *b, struct error *error);

#endif
