/* record: the table fluent_record, with the ids of all tickets on the list. */
#include "store/record.h"

#include <stdlib.h>

#include "store/store_private.h"

struct saved_chunk {
    int64_t number;
    struct cell ids;
};
static const struct column CHUNK[] = {
    COLUMN("chunk", struct saved_chunk, number),
    COLUMN("ids", struct saved_chunk, ids),
};
static const struct select READ =
    SELECT(CHUNK, struct saved_chunk, "FROM fluent_record WHERE site_key = ? ORDER BY chunk");
static const char WRITE[] = "INSERT INTO fluent_record (site_key, chunk, ids) VALUES";
static const char WRITE_AGAIN[] = "ON DUPLICATE KEY UPDATE ids = VALUES(ids)";

int store_read_record(struct store *store, struct record *record, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    const struct db_parameters parameters = {.values = &key, .count = 1};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &READ, &parameters, &found, &arena, error);
    const struct saved_chunk *chunks = found.rows;
    for (size_t i = 0; done == 0 && i < found.count; i++)
        if (record_load(record, chunks[i].number, chunks[i].ids.text, chunks[i].ids.len) < 0)
            done = error_no_memory(error);
    arena_release(&arena);
    return done;
}

enum { AT_ONCE = 200, COLUMNS = 3 };

/* Writes changed chunks in one statement, from number *next on, which becomes the one behind. */
static int write_some(struct store *store, const struct record *record, size_t *next,
                      struct error *error)
{
    char numbers[AT_ONCE][DB_DIGITS];
    struct db_value values[AT_ONCE * COLUMNS];
    struct db_rows rows = {.values = values, .columns = COLUMNS};
    for (; *next < record->used && rows.rows < AT_ONCE; ++*next) {
        const struct record_chunk *chunk = &record->chunks[*next];
        struct db_value *value = &values[rows.rows * COLUMNS];
        if (!chunk->changed)
            continue;
        value[0] = db_text(store->site_key);
        value[1] = db_int(chunk->number, numbers[rows.rows++]);
        value[2] = (struct db_value){.text = (const char *)chunk->ids, .len = sizeof chunk->ids};
    }
    return rows.rows ? db_insert(store->db, WRITE, WRITE_AGAIN, &rows, error) : 0;
}

int store_write_record(struct store *store, const struct record *record, struct error *error)
{
    for (size_t next = 0; next < record->used;)
        if (write_some(store, record, &next, error) < 0)
            return -1;
    return 0;
}
