/* tally: an open-addressed table of blocks of neighbouring ids, with an outcome each. */
#include "core/tally.h"

#include <stdlib.h>

enum { IDS = 16, MARK_BITS = 4, MARK = 15, FIRST_SIZE = 256 };

/* A mark for each of the ids from IDS * number on: 0, or its outcome plus 1. No mark at all: the
 * slot is free. */
struct tally_block {
    uint64_t number, marks;
};

static struct tally_block *place(const struct tally *t, uint64_t number)
{
    size_t mask = t->size - 1, at = (size_t)((number * 0x9E3779B97F4A7C15u) >> 20) & mask;
    while (t->blocks[at].marks && t->blocks[at].number != number)
        at = (at + 1) & mask;
    return &t->blocks[at];
}

static unsigned shift_of(int64_t id)
{
    return (unsigned)((uint64_t)id % IDS) * MARK_BITS;
}

static int grow(struct tally *t)
{
    if (t->size && t->used + 1 < t->size / 4 * 3)
        return 0;
    struct tally bigger = {.size = t->size ? t->size * 2 : FIRST_SIZE};
    bigger.blocks = calloc(bigger.size, sizeof *bigger.blocks);
    if (!bigger.blocks)
        return -1;
    for (size_t i = 0; i < t->size; i++)
        if (t->blocks[i].marks)
            *place(&bigger, t->blocks[i].number) = t->blocks[i];
    free(t->blocks);
    t->blocks = bigger.blocks;
    t->size = bigger.size;
    return 0;
}

int tally_add(struct tally *t, int64_t id, enum tally_outcome outcome)
{
    if (grow(t) < 0)
        return -1;
    struct tally_block *block = place(t, (uint64_t)id / IDS);
    unsigned shift = shift_of(id), mark = block->marks >> shift & MARK;
    if (mark > outcome)
        return 0;
    if (mark)
        t->counts[mark - 1]--;
    t->counts[outcome]++;
    t->used += block->marks == 0;
    block->number = (uint64_t)id / IDS;
    block->marks ^= (uint64_t)(mark ^ (outcome + 1)) << shift;
    return 0;
}

/* Its outcome plus 1; 0: it is not in the tally. */
static unsigned mark_of(const struct tally *t, int64_t id)
{
    return t->size ? place(t, (uint64_t)id / IDS)->marks >> shift_of(id) & MARK : 0;
}

bool tally_has(const struct tally *t, int64_t id)
{
    return mark_of(t, id) != 0;
}

bool tally_is_written(const struct tally *t, int64_t id)
{
    unsigned mark = mark_of(t, id);
    return mark == TALLY_ADDED + 1 || mark == TALLY_UPDATED + 1;
}

int64_t tally_next(const struct tally *t, size_t *at)
{
    while (*at < t->size * IDS) {
        const struct tally_block *block = &t->blocks[*at / IDS];
        int64_t id = (int64_t)(block->number * IDS + *at % IDS);
        ++*at;
        if (block->marks >> shift_of(id) & MARK)
            return id;
    }
    return 0;
}

void tally_count(const struct tally *t, struct counters *c)
{
    c->added = t->counts[TALLY_ADDED];
    c->updated = t->counts[TALLY_UPDATED];
    c->unchanged = t->counts[TALLY_UNCHANGED];
    c->undated = t->counts[TALLY_UNDATED];
    c->skipped = t->counts[TALLY_SKIPPED] + c->undated;
    c->rejected = t->counts[TALLY_REJECTED];
    c->fetched = c->added + c->updated + c->unchanged + c->skipped + c->rejected;
}

int64_t tally_size(const struct tally *t)
{
    int64_t size = 0;
    for (int i = 0; i < TALLY_OUTCOMES; i++)
        size += t->counts[i];
    return size;
}

void tally_release(struct tally *t)
{
    free(t->blocks);
    *t = (struct tally){0};
}
