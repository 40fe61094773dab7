/* merging: makes a ticket's new request, or merges the ticket into the one that people edited. */
#ifndef FLUENT_SYNC_MERGING_H
#define FLUENT_SYNC_MERGING_H

#include "run/entry.h"

/* *cell, the base as it was stored, becomes the one with these bases in it, in `arena`. -1 when
 * memory ran out. */
int merging_encode_base(const struct run_basis *basis, const struct merge_base *bases,
                        struct arena *arena, struct cell *cell, struct error *error);

/* Fills in e->base, the merge base of a new request of this row, which is mapped. -1 when memory
 * ran out. */
int merging_new_base(const struct run_basis *basis, struct batch *b, struct entry *e,
                     struct error *error);

/* Fills in e->write of a ticket that gets a new request. */
int merging_prepare_new(const struct run_basis *basis, struct batch *b, struct entry *e,
                        struct error *error);

/* Within a transaction: merges a changed ticket with its request, whose columns it writes, and
 * fills in e->write. e->kind becomes KIND_UNCHANGED where nothing changes. */
int merging_prepare_changed(struct writer *writer, struct batch *b, struct entry *e,
                            struct stored_request *request, struct error *error);

/* Is the request of this ticket to be hidden, because the ticket has left the scope? A request that
 * is hidden for another reason then stays hidden. */
bool merging_hides(const struct run_input *in, const struct entry *e);

/* May the table have altered a value of the entry's request when it was written (a trigger, a type
 * that rounds)? */
bool merging_may_differ(const struct run_basis *basis, const struct entry *e);
/* The base becomes what the table made of what was written, which is in `held`: a trigger or a type
 * may have changed it. */
int merging_adjust_base(const struct run_basis *basis, struct batch *b, struct entry *e,
                        const struct held_request *held, struct error *error);

#endif
