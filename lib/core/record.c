/* record: the ids of all tickets that the list showed, a bit for each, in chunks. */
#include "core/record.h"

#include <stdlib.h>
#include <string.h>

void record_release(struct record *record)
{
    free(record->chunks);
    *record = (struct record){0};
}

/* The place of the first chunk whose number is `number` or larger. */
static size_t place(const struct record *record, int64_t number)
{
    size_t low = 0, high = record->used;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (record->chunks[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The chunk of this number, if that is the one at its place; else NULL. */
static struct record_chunk *chunk_at(const struct record *record, size_t at, int64_t number)
{
    bool there = at < record->used && record->chunks[at].number == number;
    return there ? &record->chunks[at] : NULL;
}

static struct record_chunk *find(const struct record *record, int64_t number)
{
    return chunk_at(record, place(record, number), number);
}

static int grow(struct record *record)
{
    if (record->used < record->size)
        return 0;
    size_t size = record->size ? 2 * record->size : 16;
    struct record_chunk *chunks = realloc(record->chunks, size * sizeof *chunks);
    if (!chunks)
        return -1;
    record->chunks = chunks;
    record->size = size;
    return 0;
}

/* The chunk of this number, an empty one if there was none; NULL without memory. */
static struct record_chunk *need(struct record *record, int64_t number)
{
    size_t at = place(record, number);
    struct record_chunk *chunk = chunk_at(record, at, number);
    if (chunk || grow(record) < 0)
        return chunk;
    chunk = &record->chunks[at];
    memmove(chunk + 1, chunk, (record->used - at) * sizeof *chunk);
    record->used++;
    *chunk = (struct record_chunk){.number = number};
    return chunk;
}

/* Of the chunk's first `bits` ids. */
static int64_t count_bits(const struct record_chunk *chunk, size_t bits)
{
    int64_t count = 0;
    for (size_t i = 0; i < bits / 8; i++)
        count += __builtin_popcount(chunk->ids[i]);
    unsigned rest = bits % 8 ? chunk->ids[bits / 8] & ((1U << bits % 8) - 1) : 0;
    return count + __builtin_popcount(rest);
}

static void set_ids(struct record *record, struct record_chunk *chunk, const unsigned char *ids)
{
    memcpy(chunk->ids, ids, sizeof chunk->ids);
    record->count -= chunk->count;
    chunk->count = count_bits(chunk, RECORD_CHUNK_IDS);
    record->count += chunk->count;
}

int record_load(struct record *record, int64_t number, const void *ids, size_t len)
{
    unsigned char all[RECORD_CHUNK_BYTES] = {0};
    if (number < 0)
        return 0;
    struct record_chunk *chunk = need(record, number);
    if (!chunk)
        return -1;
    memcpy(all, ids, len < sizeof all ? len : sizeof all);
    set_ids(record, chunk, all);
    return 0;
}

/* Where in its chunk an id stands. */
static size_t byte_of(int64_t id)
{
    return (size_t)(id % RECORD_CHUNK_IDS / 8);
}

static unsigned char bit_of(int64_t id)
{
    return (unsigned char)(1U << id % 8);
}

static void flip(struct record *record, struct record_chunk *chunk, int64_t id, int by)
{
    chunk->ids[byte_of(id)] ^= bit_of(id);
    chunk->count += by;
    chunk->changed = true;
    record->count += by;
}

int record_insert(struct record *record, int64_t id)
{
    if (record_has(record, id))
        return 0;
    struct record_chunk *chunk = need(record, id / RECORD_CHUNK_IDS);
    if (!chunk)
        return -1;
    flip(record, chunk, id, 1);
    return 0;
}

void record_remove(struct record *record, int64_t id)
{
    if (record_has(record, id))
        flip(record, find(record, id / RECORD_CHUNK_IDS), id, -1);
}

bool record_has(const struct record *record, int64_t id)
{
    const struct record_chunk *chunk = find(record, id / RECORD_CHUNK_IDS);
    return chunk && chunk->ids[byte_of(id)] & bit_of(id);
}

int64_t record_rank(const struct record *record, int64_t id)
{
    size_t at = place(record, id / RECORD_CHUNK_IDS);
    const struct record_chunk *chunk = chunk_at(record, at, id / RECORD_CHUNK_IDS);
    int64_t below = chunk ? count_bits(chunk, (size_t)(id % RECORD_CHUNK_IDS)) : 0;
    for (size_t i = 0; i < at; i++)
        below += record->chunks[i].count;
    return below;
}

int64_t record_next(const struct record *record, int64_t id)
{
    for (size_t i = place(record, id / RECORD_CHUNK_IDS); i < record->used; i++) {
        int64_t first = record->chunks[i].number * RECORD_CHUNK_IDS;
        for (int64_t at = id > first ? id : first;
             record->chunks[i].count && at < first + RECORD_CHUNK_IDS; at++)
            if (record->chunks[i].ids[byte_of(at)] & bit_of(at))
                return at;
    }
    return 0;
}

int64_t record_max(const struct record *record)
{
    for (size_t i = record->used; i > 0; i--) {
        const struct record_chunk *chunk = &record->chunks[i - 1];
        int64_t first = chunk->number * RECORD_CHUNK_IDS;
        for (int64_t at = first + RECORD_CHUNK_IDS - 1; chunk->count && at >= first; at--)
            if (chunk->ids[byte_of(at)] & bit_of(at))
                return at;
    }
    return 0;
}

static void take_over(struct record *record, struct record_chunk *chunk, const unsigned char *ids)
{
    if (memcmp(chunk->ids, ids, sizeof chunk->ids) == 0)
        return;
    set_ids(record, chunk, ids);
    chunk->changed = true;
}

int record_become(struct record *record, const struct record *other)
{
    static const unsigned char none[RECORD_CHUNK_BYTES] = {0};
    for (size_t i = 0; i < other->used; i++) {
        struct record_chunk *chunk = need(record, other->chunks[i].number);
        if (!chunk)
            return -1;
        take_over(record, chunk, other->chunks[i].ids);
    }
    for (size_t i = 0; i < record->used; i++)
        if (!find(other, record->chunks[i].number))
            take_over(record, &record->chunks[i], none);
    return 0;
}
