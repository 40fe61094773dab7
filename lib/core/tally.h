/* tally: counts each ticket id of a run once, with the strongest of its outcomes. */
#ifndef FLUENT_SYNC_TALLY_H
#define FLUENT_SYNC_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/counters.h"

/* From weak to strong. */
enum tally_outcome {
    TALLY_BEFORE, /* seen by the run whose walk this one goes on with: known, but not counted */
    TALLY_SKIPPED,
    TALLY_UNDATED, /* skipped too, and counted apart as well */
    TALLY_UNCHANGED,
    TALLY_UPDATED,
    TALLY_REJECTED,
    TALLY_ADDED,
    TALLY_OUTCOMES
};

/* Takes a byte or two for each of consecutive ids, and some thirty for an isolated one. All zero:
 * an empty tally. */
struct tally_block;
struct tally {
    struct tally_block *blocks;
    size_t size, used;
    int64_t counts[TALLY_OUTCOMES];
};

/* Counts `id` (1..2^53). -1 when there is no memory: nothing has changed. */
int tally_add(struct tally *tally, int64_t id, enum tally_outcome outcome);
bool tally_has(const struct tally *tally, int64_t id);
/* Is its outcome one of those in which it was written: added or updated? */
bool tally_is_written(const struct tally *tally, int64_t id);
/* The next id in it, in no order, counted or not; *at begins with 0. 0: there are no more. */
int64_t tally_next(const struct tally *tally, size_t *at);
/* Sets the counters of what became of the tickets: `fetched` and those that it is the sum of. */
void tally_count(const struct tally *tally, struct counters *counts);
/* How many ids are in it, counted or not. */
int64_t tally_size(const struct tally *tally);
void tally_release(struct tally *tally);

#endif
