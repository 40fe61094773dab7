/* batch: a page of tickets: compared with what is stored, and stored in one transaction if there is
 * anything to write. */
#ifndef FLUENT_SYNC_BATCH_H
#define FLUENT_SYNC_BATCH_H

#include "run/entry.h"

/* The tickets of a page, which must outlive the batch. `proof` is taken over; NULL outside of a
 * walk. NULL when memory ran out. */
struct batch *batch_new(const struct page *page, struct page_proof *proof,
                        struct page_origin origin, struct error *error);
void batch_free(struct batch *b);

/* Maps all tickets in advance; otherwise batch_store maps those that it has to. The schema was
 * read. It uses nothing that belongs to the writer, so that it may run while the writer stores
 * another page. What the batch needs no more of `page`, which is its own, is freed. */
int batch_prepare(const struct run_basis *basis, struct batch *b, struct page *page,
                  struct error *error);

/* Looks up what is stored of the tickets; otherwise batch_store does. */
int batch_look_up(struct writer *writer, struct batch *b, struct error *error);
/* How many tickets of a batch that was looked up are missing in the database: in scope, no reject
 * on record, with an updated_at (not null) before `watermark`. 0 in a dry run. */
int64_t batch_count_missing(const struct writer *writer, const struct batch *b, int64_t watermark);

/* Stores it. */
int batch_store(struct writer *writer, struct batch *b, struct error *error);

/* Writing ahead: a page whose tickets are new is written while `before`, the page before it, is
 * being stored by another writer; batch_finish stores it for good. Whatever goes wrong, the writer
 * rolls back, and batch_store does everything anew. */

/* Can it be written beside `before` (NULL: no page is being stored)? Both were prepared. A ticket
 * that is on both of them, and the same, is left to the page before. */
bool batch_may_go_ahead(struct batch *b, const struct batch *before);
/* Writes the new tickets with the writer of a lane; on AHEAD_WRITTEN its transaction is open. */
enum ahead {
    AHEAD_WRITTEN,
    AHEAD_NOTHING, /* there are none, or something else is to be done too */
    AHEAD_FAILED,  /* batch_store tells why, if it fails as well */
};
enum ahead batch_write_ahead(struct writer *lane, struct batch *b);
/* The writer has taken over that transaction: verifies the lease, counts, and commits. */
int batch_finish(struct writer *writer, struct batch *b, struct error *error);

#endif
