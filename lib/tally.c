/* tally: an open-addressed set of ids with an outcome each. */
#include "tally.h"

#include <stdlib.h>

enum { OUTCOME_BITS = 3, FIRST_SIZE = 1024 };

static size_t place(const struct tally *t, uint64_t id)
{
    size_t mask = t->size - 1, at = (size_t)((id * 0x9E3779B97F4A7C15u) >> 20) & mask;
    while (t->slots[at] && t->slots[at] >> OUTCOME_BITS != id)
        at = (at + 1) & mask;
    return at;
}

static int grow(struct tally *t)
{
    if (t->size && t->used + 1 < t->size / 4 * 3)
        return 0;
    struct tally bigger = {.size = t->size ? t->size * 2 : FIRST_SIZE};
    bigger.slots = calloc(bigger.size, sizeof *bigger.slots);
    if (!bigger.slots)
        return -1;
    for (size_t i = 0; i < t->size; i++)
        if (t->slots[i])
            bigger.slots[place(&bigger, t->slots[i] >> OUTCOME_BITS)] = t->slots[i];
    free(t->slots);
    t->slots = bigger.slots;
    t->size = bigger.size;
    return 0;
}

int tally_add(struct tally *t, int64_t id, enum tally_outcome outcome)
{
    if (grow(t) < 0)
        return -1;
    size_t at = place(t, (uint64_t)id);
    uint64_t slot = t->slots[at];
    enum tally_outcome before = (enum tally_outcome)(slot & ((1u << OUTCOME_BITS) - 1));
    if (slot && before >= outcome)
        return 0;
    if (slot)
        t->counts[before]--;
    else
        t->used++;
    t->counts[outcome]++;
    t->slots[at] = (uint64_t)id << OUTCOME_BITS | outcome;
    return 0;
}

bool tally_has(const struct tally *t, int64_t id)
{
    return t->size && t->slots[place(t, (uint64_t)id)] != 0;
}

struct tally_counts tally_counts(const struct tally *t)
{
    struct tally_counts c = {
        .added = t->counts[TALLY_ADDED],
        .updated = t->counts[TALLY_UPDATED],
        .unchanged = t->counts[TALLY_UNCHANGED],
        .skipped = t->counts[TALLY_SKIPPED],
        .rejected = t->counts[TALLY_REJECTED],
    };
    c.fetched = c.added + c.updated + c.unchanged + c.skipped + c.rejected;
    return c;
}

void tally_release(struct tally *t)
{
    free(t->slots);
    *t = (struct tally){0};
}
