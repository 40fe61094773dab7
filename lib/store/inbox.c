/* inbox: the table fluent_inbox, of tickets that the site has called for. */
#include "store/inbox.h"

#include <stdlib.h>

#include "core/map.h"
#include "store/store_private.h"

struct called {
    char fluent_id[FLUENT_ID_SIZE];
    int64_t seq;
};
static const struct column CALLED[] = {
    COLUMN("fluent_id", struct called, fluent_id),
    COLUMN("seq", struct called, seq),
};
static const struct select READ =
    SELECT(CALLED, struct called,
           "FROM fluent_inbox WHERE site_key = ? AND (run_id IS NULL OR run_id <> ?) "
           "ORDER BY last_called, fluent_id LIMIT ?");
static const char SETTLE[] =
    "DELETE FROM fluent_inbox WHERE site_key = ? AND fluent_id = ? AND seq = ?";
static const char KEEP[] =
    "UPDATE fluent_inbox SET run_id = ? WHERE site_key = ? AND fluent_id = ? AND seq = ?";
static const char ADD[] = "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES";
static const char ADD_AGAIN[] =
    "ON DUPLICATE KEY UPDATE seq = seq + 1, last_called = UTC_TIMESTAMP(), run_id = NULL";

int store_read_calls(struct store *store, int64_t run_id, struct inbox_call *calls, size_t limit,
                     size_t *count, struct error *error)
{
    char run[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(run_id, run),
                                db_int((int64_t)limit, most)};
    struct arena arena = ARENA_INIT;
    struct records found;
    *count = 0;
    int done = store_select(store, &READ, VALUES(values), &found, &arena, error);
    for (const struct called *row = found.rows; *count < found.count; row++)
        calls[(*count)++] = (struct inbox_call){store_ticket_id(row->fluent_id), row->seq};
    arena_release(&arena);
    return done;
}

int store_settle_call(struct store *store, const struct inbox_call *call, struct error *error)
{
    char fluent_id[FLUENT_ID_SIZE], seq[DB_DIGITS];
    map_fluent_id(store->site_key, call->ticket, fluent_id);
    struct db_value values[] = {db_text(store->site_key), db_text(fluent_id),
                                db_int(call->seq, seq)};
    return db_exec(store->db, SETTLE, values, 3, error);
}

int store_keep_call(struct store *store, const struct inbox_call *call, int64_t run_id,
                    struct error *error)
{
    char fluent_id[FLUENT_ID_SIZE], seq[DB_DIGITS], run[DB_DIGITS];
    map_fluent_id(store->site_key, call->ticket, fluent_id);
    struct db_value values[] = {db_int(run_id, run), db_text(store->site_key), db_text(fluent_id),
                                db_int(call->seq, seq)};
    return db_exec(store->db, KEEP, values, 4, error);
}

static int insert(struct db *db, const struct db_rows *rows, struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        if ((!db_lost(db) || db_reconnect(db, &why) == 0) &&
            db_insert(db, ADD, ADD_AGAIN, rows, &why) == 0)
            return 0;
        if (db_retry(db, db_limits(db), &tries, &why, error) < 0)
            return -1;
    }
}

int inbox_add(struct db *db, const char *site_key, const int64_t *tickets, size_t count,
              struct error *error)
{
    char(*ids)[FLUENT_ID_SIZE] = calloc(count, sizeof *ids);
    struct db_value *values = calloc(2 * count, sizeof *values);
    int done = ids && values ? 0 : error_no_memory(error);
    for (size_t i = 0; i < count && done == 0; i++) {
        map_fluent_id(site_key, tickets[i], ids[i]);
        values[2 * i] = db_text(site_key);
        values[2 * i + 1] = db_text(ids[i]);
    }
    if (done == 0)
        done = insert(db, &(struct db_rows){values, 2, count}, error);
    free(values);
    free(ids);
    return done;
}
