/* proofs: collects what pages of the walk prove, and saves several at a time. */
#include "run/proofs.h"

#include <stdlib.h>

enum { LATEST_MS = 1000 }; /* until a proof is due to be saved */

void proof_release(struct page_proof *proof)
{
    free(proof->ids);
    *proof = (struct page_proof){0};
}

void proofs_keep(struct writer *w, struct page_proof *proof)
{
    if (w->proof_count == 0)
        w->proofs_since = clock_monotonic_ms();
    w->proofs[w->proof_count++] = *proof;
    *proof = (struct page_proof){0};
}

void proofs_forget(struct writer *w)
{
    while (w->proof_count > 0)
        proof_release(&w->proofs[--w->proof_count]);
}

int proof_write(struct writer *w, const struct page_proof *proof, struct error *error)
{
    struct walk_page_key key = {.walk_id = w->walk_id, .run_id = w->row.id};
    if (proof->proves &&
        store_save_walk_page(w->store, &key, proof->interval, proof->ids, proof->count, error) < 0)
        return -1;
    return proof->max_id ? store_walk_top(w->store, proof->total, proof->max_id, error) : 0;
}

int proofs_write(struct writer *w, struct error *error)
{
    for (size_t i = 0; i < w->proof_count; i++)
        if (proof_write(w, &w->proofs[i], error) < 0)
            return -1;
    w->row.duration_ms = clock_monotonic_ms() - w->in->started;
    return store_progress(w->store, &w->row, error);
}

static int write_kept(struct writer *w, void *context, struct error *error)
{
    (void)context;
    return proofs_write(w, error);
}

bool proofs_due(const struct writer *w)
{
    int64_t now = clock_monotonic_ms();
    return w->proof_count == PROOFS_MAX ||
           (w->proof_count && (now - w->proofs_since >= LATEST_MS || now >= w->heartbeat_due));
}

int proofs_save(struct writer *w, struct error *error)
{
    if (w->proof_count == 0)
        return 0;
    if (writer_transaction(w, write_kept, NULL, error) < 0)
        return -1;
    proofs_forget(w);
    return 0;
}
