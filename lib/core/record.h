/*
 * record: the ids of all tickets that the API user's list showed when it was last compared, skipped
 * and rejected ones too: the run's own copy of the list. Pure: no I/O.
 *
 * It is kept in chunks of neighbouring ids, a bit for each id: that is a byte for eight tickets
 * where the ids are consecutive, and 64 bytes a chunk where they are far apart.
 */
#ifndef FLUENT_SYNC_RECORD_H
#define FLUENT_SYNC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_CHUNK_BYTES = 64, RECORD_CHUNK_IDS = 8 * RECORD_CHUNK_BYTES };

/* The ids from RECORD_CHUNK_IDS * number on. The first id is the lowest bit of the first byte. A
 * chunk may be empty. */
struct record_chunk {
    int64_t number;
    int64_t count;
    bool changed; /* since it was loaded: it is to be saved */
    unsigned char ids[RECORD_CHUNK_BYTES];
};

/* All zero: an empty record. `chunks` ascend by their numbers. Ids are 1..2^53. */
struct record {
    struct record_chunk *chunks;
    size_t used, size;
    int64_t count; /* ids in all of them */
};

void record_release(struct record *record);

/* Adds a chunk as it was saved, in any order; bytes beyond `len` are taken to be 0, those beyond
 * RECORD_CHUNK_BYTES are ignored, and a number below 0 too. -1 when there is no memory. */
int record_load(struct record *record, int64_t number, const void *ids, size_t len);

/* -1 when there is no memory: nothing has changed. */
int record_insert(struct record *record, int64_t id);
void record_remove(struct record *record, int64_t id);
bool record_has(const struct record *record, int64_t id);

/* How many of its ids are smaller than `id`. */
int64_t record_rank(const struct record *record, int64_t id);
/* The smallest of its ids that is `id` or larger; 0: there is none. */
int64_t record_next(const struct record *record, int64_t id);
/* The largest of its ids; 0: it is empty. */
int64_t record_max(const struct record *record);

/* Makes `record` hold the ids of `other`, and those alone; only chunks that differ count as
 * changed. -1 when there is no memory: the record may hold some of both. */
int record_become(struct record *record, const struct record *other);

#endif
