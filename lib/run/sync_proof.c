/* sync_proof: what pages of the walk prove. Of pages that need no writing it is saved some at a
 * time: it only saves a run that goes on with the walk from reading them again. */
#include <stdlib.h>

#include "run/sync_private.h"

enum { LATEST_MS = 1000 }; /* until a proof is due to be saved */

void sync_proof_release(struct page_proof *proof)
{
    free(proof->ids);
    *proof = (struct page_proof){0};
}

void sync_proof_keep(struct run *run, struct page_proof *proof)
{
    if (run->proof_count == 0)
        run->proofs_since = clock_monotonic_ms();
    run->proofs[run->proof_count++] = *proof;
    *proof = (struct page_proof){0};
}

void sync_proofs_forget(struct run *run)
{
    while (run->proof_count > 0)
        sync_proof_release(&run->proofs[--run->proof_count]);
}

int sync_proof_write(struct run *run, const struct page_proof *proof, struct error *error)
{
    struct walk_page_key key = {.walk_id = run->state.walk.id, .run_id = run->row.id};
    if (proof->proves && store_save_walk_page(run->store, &key, proof->interval, proof->ids,
                                              proof->count, error) < 0)
        return -1;
    return proof->max_id ? store_walk_top(run->store, proof->total, proof->max_id, error) : 0;
}

int sync_proofs_write(struct run *run, void *context, struct error *error)
{
    (void)context;
    for (size_t i = 0; i < run->proof_count; i++)
        if (sync_proof_write(run, &run->proofs[i], error) < 0)
            return -1;
    run->row.duration_ms = clock_monotonic_ms() - run->started;
    return store_progress(run->store, &run->row, error);
}

bool sync_proofs_due(const struct run *run)
{
    int64_t now = clock_monotonic_ms();
    return run->proof_count == PROOFS_MAX ||
           (run->proof_count &&
            (now - run->proofs_since >= LATEST_MS || now >= run->heartbeat_due));
}

int sync_proofs_save(struct run *run, struct error *error)
{
    if (run->proof_count == 0)
        return 0;
    if (sync_transaction(run, sync_proofs_write, NULL, error) < 0)
        return -1;
    sync_proofs_forget(run);
    return 0;
}
