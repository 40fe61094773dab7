/* store: opening, and the transaction under the lease. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"

int store_open(struct store **out, struct db *db, const char *site_key, bool dry,
               struct error *error)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return error_no_memory(error);
    (*out)->db = db;
    (*out)->dry = dry;
    snprintf((*out)->site_key, sizeof(*out)->site_key, "%s", site_key);
    return 0;
}

void store_release_tickets(struct ticket_statements *statements)
{
    free(statements->insert);
    free(statements->update);
    free(statements->again);
    free(statements->again_absent);
    *statements = (struct ticket_statements){.fields = 0};
}

void store_close(struct store *store)
{
    if (!store)
        return;
    free(store->insert_requests);
    free(store->sum_requests);
    store_release_tickets(&store->ticket_statements);
    free(store->others);
    free(store);
}

int store_select(struct store *store, const struct select *select,
                 const struct db_parameters *parameters, struct records *found, struct arena *arena,
                 struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        bool connected = !tries.count || !db_lost(store->db) || db_reconnect(store->db, &why) == 0;
        if (connected && select_records(store->db, select, parameters, found, arena, &why) == 0)
            return 0;
        if (store->dry && db_failure(store->db) == DB_FAILURE_MISSING)
            return 0;
        if (store->open)
            return error_copy(error, &why);
        if (db_retry(store->db, db_limits(store->db), &tries, &why, error) < 0)
            return -1;
    }
}

int store_count(struct store *store, const char *from, int64_t *count, struct error *error)
{
    const struct select select = SELECT(ROW_COUNT, struct row_count, from);
    struct db_value values[] = {db_text(store->site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &select, VALUES(values), &found, &arena, error);
    *count = found.count ? ((const struct row_count *)found.rows)->rows : 0;
    arena_release(&arena);
    return done;
}

int store_change(struct store *store, const struct change *change, const void *record,
                 struct db_value key, struct error *error)
{
    struct db_value values[CHANGE_COLUMNS_MAX + 1];
    char texts[CHANGE_COLUMNS_MAX][DB_DIGITS];
    struct buf sql;
    buf_init(&sql, STATEMENT_TEXT_MAX);
    buf_printf(&sql, "%s ", change->head);
    columns_assignments(&sql, change->columns, change->count);
    buf_printf(&sql, " %s", change->rest);
    columns_values(change->columns, change->count, record, values, texts);
    values[change->count] = key;
    int done = sql.failed ? error_no_memory(error)
                          : (change->last ? db_exec_last : db_exec)(
                                store->db, buf_text(&sql), values, change->count + 1, error);
    buf_release(&sql);
    return done;
}

static int change_one(struct store *store, const char *sql, const struct db_value *keys,
                      size_t count, int64_t *changed, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct db_value values[] = {db_text(store->site_key), keys[i]};
        if (db_exec(store->db, sql, values, 2, error) < 0)
            return -1;
        *changed += db_affected(store->db);
    }
    return 0;
}

static int change_all(struct store *store, const char *sql, const struct db_value *keys,
                      size_t count, int64_t *changed, struct error *error)
{
    const struct db_value site = db_text(store->site_key);
    const struct db_parameters parameters = {&site, 1, keys, count};
    int done = count ? db_change(store->db, sql, &parameters, error) : 0;
    *changed = done == 0 && count ? db_affected(store->db) : 0;
    return done;
}

int store_change_found(struct store *store, const struct change_found *change,
                       const struct db_parameters *parameters, int64_t *changed,
                       struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records found;
    int64_t rows = 0;
    int done = store_select(store, &change->find, parameters, &found, &arena, error);
    const struct store_key *key = found.rows;
    struct db_value *keys = arena_alloc(&arena, (found.count + 1) * sizeof *keys);
    for (size_t i = 0; keys && i < found.count; i++, key++)
        keys[i] = db_text(key->text);
    if (done == 0)
        done = !keys ? error_no_memory(error)
                     : (strstr(change->change, "?*") ? change_all : change_one)(
                           store, change->change, keys, found.count, &rows, error);
    if (changed)
        *changed = rows;
    arena_release(&arena);
    return done;
}

int store_change_some(struct store *store, const struct change_found *change, int64_t most,
                      int64_t *changed, struct error *error)
{
    char digits[DB_DIGITS];
    const struct db_value values[] = {db_text(store->site_key), db_int(most, digits)};
    return store_change_found(store, change, VALUES(values), changed, error);
}

struct db_value *store_texts(const char *const *ids, size_t count)
{
    struct db_value *list = calloc(count ? count : 1, sizeof *list);
    for (size_t i = 0; list && i < count; i++)
        list[i] = db_text(ids[i]);
    return list;
}

int64_t store_ticket_id(const char *fluent_id)
{
    const char *colon = strrchr(fluent_id, ':');
    return strtoll(colon ? colon + 1 : fluent_id, NULL, 10);
}

/* The lease */

int store_acquire(struct store *store, int lease_s, struct error *error)
{
    return lease_acquire(&store->lease, store->db, store->site_key, lease_s, error);
}

void store_release(struct store *store)
{
    if (store)
        lease_release(&store->lease, store->db);
}

void store_note_newest(struct store *store, int64_t newest)
{
    store->lease.newest = newest;
}

int store_begin(struct store *store, struct error *error)
{
    store->open = lease_begin(&store->lease, store->db, error) == 0;
    return store->open ? 0 : -1;
}

int store_twin(const struct store *store, struct db *db, struct store **twin, struct error *error)
{
    *twin = malloc(sizeof **twin);
    if (!*twin)
        return error_no_memory(error);
    **twin = *store;
    (*twin)->db = db;
    return 0;
}

void store_twin_free(struct store *twin)
{
    free(twin);
}

int store_begin_ahead(struct store *twin, struct error *error)
{
    twin->open = db_begin(twin->db, error) == 0;
    return twin->open ? 0 : -1;
}

void store_take_over(struct store *store, struct store *twin)
{
    store->db = twin->db;
    store->open = twin->open;
    twin->open = false;
}

int store_fence(struct store *store, struct error *error)
{
    return lease_renew(&store->lease, store->db, error);
}

int store_commit(struct store *store, struct error *error)
{
    int done = db_commit(store->db, error);
    store->open = done < 0;
    if (done == 0 && store->gives_back)
        store->lease.epoch = 0;
    return done;
}

void store_rollback(struct store *store)
{
    db_rollback(store->db);
    store->open = store->gives_back = false;
}

int store_savepoint(struct store *store, struct error *error)
{
    return db_exec(store->db, "SAVEPOINT ticket", NULL, 0, error);
}

int store_rollback_to_savepoint(struct store *store, struct error *error)
{
    return db_exec(store->db, "ROLLBACK TO SAVEPOINT ticket", NULL, 0, error);
}
