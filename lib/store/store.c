/* store: opening, the lease, the state row, the run row and the walk in progress. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/zone.h"
#include "store/sql.h"
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

void store_close(struct store *store)
{
    if (!store)
        return;
    free(store->insert_requests);
    free(store->verify_requests);
    free(store->others);
    free(store);
}

struct db *store_db(const struct store *store)
{
    return store->db;
}

int store_query(struct store *store, const char *sql, const struct db_value *values, size_t count,
                const struct db_value *list, size_t list_count, struct db_result **result,
                struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        bool connected = !tries.count || !db_lost(store->db) || db_reconnect(store->db, &why) == 0;
        if (connected &&
            db_query(store->db, sql, values, count, list, list_count, result, &why) == 0)
            return 0;
        if (store->open)
            return error_copy(error, &why);
        if (db_retry(store->db, db_limits(store->db), &tries, &why, error) < 0)
            return -1;
    }
}

struct db_value store_instant(int64_t instant, char text[20])
{
    char iso[25];
    if (!instant || !zone_iso(instant, iso))
        return db_text(NULL);
    snprintf(text, 20, "%.10s %.8s", iso, iso + 11);
    return db_text(text);
}

int64_t store_read_instant(const struct db_value *value)
{
    int64_t instant = 0;
    char iso[21];
    if (!value->text || value->len != 19)
        return 0;
    snprintf(iso, sizeof iso, "%.10sT%.8sZ", value->text, value->text + 11);
    return zone_parse(NULL, iso, &instant) ? instant : 0;
}

const char *store_keep(const struct db_value *value, struct arena *arena)
{
    return value->text ? arena_copy(arena, value->text, value->len) : NULL;
}

struct db_value store_value(struct cell cell)
{
    return (struct db_value){.text = cell.text, .len = cell.len};
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

int store_begin(struct store *store, struct error *error)
{
    store->open = lease_begin(&store->lease, store->db, error) == 0;
    return store->open ? 0 : -1;
}

int store_commit(struct store *store, struct error *error)
{
    int done = db_commit(store->db, error);
    store->open = done < 0;
    return done;
}

void store_rollback(struct store *store)
{
    db_rollback(store->db);
    store->open = false;
}

int store_savepoint(struct store *store, struct error *error)
{
    return db_exec(store->db, SQL_SAVEPOINT, NULL, 0, error);
}

int store_rollback_to_savepoint(struct store *store, struct error *error)
{
    return db_exec(store->db, SQL_ROLLBACK_TO_SAVEPOINT, NULL, 0, error);
}

/* The state row */

static int64_t number_or(const struct db_value *value, int64_t otherwise)
{
    return value->text ? db_number(value) : otherwise;
}

static void copy_hash(char digits[HASH_SIZE], const struct db_value *value)
{
    snprintf(digits, HASH_SIZE, "%s", value->text ? value->text : "");
}

enum { STATE_COLUMNS = 24 };

static void fill_state(struct state *s, const struct db_value *row, struct arena *arena)
{
    s->home = store_keep(&row[0], arena);
    s->zone = store_keep(&row[1], arena);
    s->scope = store_keep(&row[2], arena);
    s->api_user = store_keep(&row[3], arena);
    copy_hash(s->config_hash, &row[4]);
    s->url_form = (int)db_number(&row[5]);
    s->watermark = store_read_instant(&row[6]);
    s->total = number_or(&row[7], -1);
    s->max_id = number_or(&row[8], -1);
    s->last_full_walk = store_read_instant(&row[9]);
    s->last_total_walk = store_read_instant(&row[10]);
    s->walk.id = db_number(&row[11]);
    s->walk.started = store_read_instant(&row[12]);
    s->walk.watermark = store_read_instant(&row[13]);
    s->walk.total = number_or(&row[14], -1);
    s->walk.max_id = number_or(&row[15], -1);
    s->walk.scope = store_keep(&row[16], arena);
    s->walk.api_user = store_keep(&row[17], arena);
    copy_hash(s->walk.config_hash, &row[18]);
    s->newest = store_read_instant(&row[19]);
    s->compared_at = store_read_instant(&row[20]);
    s->page_cap = db_number(&row[21]);
    s->address = store_keep(&row[22], arena);
    s->zone_told = db_number(&row[23]) != 0;
}

int store_read_state(struct store *store, struct state *state, struct findings *findings,
                     struct arena *arena, struct error *error)
{
    *findings = (struct findings){0};
    *state = (struct state){.total = -1, .max_id = -1, .walk = {.total = -1, .max_id = -1}};
    struct db_value key = db_text(store->site_key);
    struct error why = ERROR_INIT;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, SQL_STATE_READ, &key, 1, NULL, 0, &result, &why) < 0)
        return store->dry && db_failure(store->db) == DB_FAILURE_MISSING ? 0
                                                                         : error_copy(error, &why);
    const struct db_value *row = db_row(result);
    if (row) {
        fill_state(state, row, arena);
        findings->rejects = db_number(&row[STATE_COLUMNS]) > 0;
        findings->interrupted = db_number(&row[STATE_COLUMNS + 1]) != 0;
        findings->oldest_run = db_number(&row[STATE_COLUMNS + 2]);
    }
    return arena->failed ? error_no_memory(error) : 0;
}

int store_find_alias(struct store *store, const char *home, const char **key, struct arena *arena,
                     struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(home)};
    struct error why = ERROR_INIT;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    *key = NULL;
    if (store_query(store, SQL_STATE_ALIASES, values, 2, NULL, 0, &result, &why) < 0)
        return store->dry && db_failure(store->db) == DB_FAILURE_MISSING ? 0
                                                                         : error_copy(error, &why);
    const struct db_value *row = db_row(result);
    if (row)
        *key = store_keep(&row[0], arena);
    return arena->failed ? error_no_memory(error) : 0;
}

static struct db_value number_value(int64_t number, char digits[DB_DIGITS])
{
    return number < 0 ? db_text(NULL) : db_int(number, digits);
}

int store_write_state(struct store *store, const struct state *s, struct error *error)
{
    char form[DB_DIGITS], total[DB_DIGITS], max_id[DB_DIGITS], cap[DB_DIGITS];
    char told[DB_DIGITS];
    char watermark[20], full[20], by_total[20], newest[20], compared[20];
    struct db_value values[] = {
        db_text(s->home),
        db_text(s->zone),
        db_text(s->scope),
        db_text(s->api_user),
        db_text(s->config_hash),
        db_int(s->url_form, form),
        store_instant(s->watermark, watermark),
        number_value(s->total, total),
        number_value(s->max_id, max_id),
        store_instant(s->last_full_walk, full),
        store_instant(s->last_total_walk, by_total),
        store_instant(s->newest, newest),
        store_instant(s->compared_at, compared),
        number_value(s->page_cap ? s->page_cap : -1, cap),
        db_int(s->zone_told, told),
        db_text(store->site_key),
    };
    return db_exec(store->db, SQL_STATE_WRITE, values, sizeof values / sizeof *values, error);
}

int store_know_site(struct store *store, const char *home, const char *address, bool other,
                    struct error *error)
{
    char digit[DB_DIGITS];
    struct db_value afresh = db_int(other, digit);
    struct db_value values[] = {db_text(home), db_text(address), afresh, afresh,
                                db_text(store->site_key)};
    return db_exec(store->db, SQL_STATE_SITE, values, sizeof values / sizeof *values, error);
}

/* The run row */

int store_close_interrupted(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    return db_exec(store->db, SQL_RUN_INTERRUPTED, &key, 1, error);
}

int store_start_run(struct store *store, struct run_row *run, bool again, struct error *error)
{
    char pid[DB_DIGITS], epoch[DB_DIGITS], host[256] = "";
    gethostname(host, sizeof host - 1);
    struct db_value key = db_text(store->site_key), on = db_text(host);
    struct db_value process = db_int(getpid(), pid);
    struct db_value owner = db_text(store->lease.owner);
    struct db_value term = db_int(store->lease.epoch, epoch);
    struct db_value earlier[] = {key, on, process, key, owner, term};
    struct db_value values[] = {
        db_text(run->date_filter), on, process, db_text(run->version), key, owner, term};
    if (again && db_exec(store->db, SQL_RUN_RETRACT, earlier, 6, error) < 0)
        return -1;
    if (db_exec(store->db, SQL_RUN_START, values, 7, error) < 0)
        return -1;
    if (db_affected(store->db) != 1)
        return lease_lost(error);
    run->id = db_insert_id(store->db);
    return 0;
}

enum { RUN_VALUES = COUNTERS + 3 };
struct counter_texts {
    char digits[COUNTERS + 1][DB_DIGITS];
};

/* The values of SQL_RUN_COUNTERS, in its order. */
static void counter_values(const struct run_row *r, struct db_value values[RUN_VALUES],
                           struct counter_texts *texts)
{
    for (size_t i = 0; i < COUNTERS; i++)
        values[i] = db_int(counter_value(&counter_table[i], &r->counts), texts->digits[i]);
    values[COUNTERS] = db_int(r->duration_ms, texts->digits[COUNTERS]);
    values[COUNTERS + 1] = db_text(r->mode);
    values[COUNTERS + 2] = db_text(r->sees_all == SEES_UNKNOWN ? NULL
                                   : r->sees_all == SEES_ALL   ? "1"
                                                               : "0");
}

int store_progress(struct store *store, const struct run_row *run, struct error *error)
{
    struct db_value values[RUN_VALUES + 1];
    struct counter_texts texts;
    char id[DB_DIGITS];
    counter_values(run, values, &texts);
    values[RUN_VALUES] = db_int(run->id, id);
    return db_exec(store->db, SQL_RUN_PROGRESS, values, RUN_VALUES + 1, error);
}

/* `last`: see db_exec_last. */
static int finish_row(struct store *store, const struct run_row *run, enum run_status status,
                      bool last, struct error *error)
{
    static const char *const names[] = {
        [RUN_SUCCESS] = "success", [RUN_PARTIAL] = "partial", [RUN_FAILED] = "failed"};
    struct db_value values[RUN_VALUES + 5];
    struct counter_texts texts;
    char complete[DB_DIGITS], code[DB_DIGITS], id[DB_DIGITS];
    counter_values(run, values, &texts);
    values[RUN_VALUES] = db_text(names[status]);
    values[RUN_VALUES + 1] = db_int(run->complete, complete);
    values[RUN_VALUES + 2] = db_int(run->exit_code, code);
    values[RUN_VALUES + 3] = db_text(run->message);
    values[RUN_VALUES + 4] = db_int(run->id, id);
    return (last ? db_exec_last : db_exec)(store->db, SQL_RUN_FINISH, values, RUN_VALUES + 5,
                                           error);
}

static int close_walk(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    if (db_exec(store->db, SQL_WALK_DONE, &key, 1, error) < 0)
        return -1;
    return db_exec(store->db, SQL_WALK_CLEAR, &key, 1, error);
}

int store_trim_runs(struct store *store, int keep, struct error *error)
{
    char limit[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_text(store->site_key),
                                db_int(keep, limit)};
    return db_exec(store->db, SQL_RUN_TRIM, values, 3, error);
}

int store_finish_run(struct store *store, const struct run_row *run, enum run_status status,
                     const struct state *state, bool walked, struct error *error)
{
    if (finish_row(store, run, status, false, error) < 0 ||
        (state && store_write_state(store, state, error) < 0) ||
        (walked && close_walk(store, error) < 0))
        return -1;
    return 0;
}

int store_tell_end(struct store *store, const struct run_row *run, struct error *error)
{
    return finish_row(store, run, RUN_FAILED, true, error);
}

/* The walk in progress */

int store_start_walk(struct store *store, const struct walk_state *w, struct error *error)
{
    char id[DB_DIGITS], total[DB_DIGITS], max_id[DB_DIGITS], started[20], watermark[20];
    struct db_value key = db_text(store->site_key);
    struct db_value values[] = {
        db_int(w->id, id),
        store_instant(w->started, started),
        store_instant(w->watermark, watermark),
        number_value(w->total, total),
        number_value(w->max_id, max_id),
        db_text(w->scope),
        db_text(w->api_user),
        db_text(w->config_hash),
        key,
    };
    if (db_exec(store->db, SQL_WALK_CLEAR, &key, 1, error) < 0)
        return -1;
    return db_exec(store->db, SQL_WALK_START, values, sizeof values / sizeof *values, error);
}

int store_walk_watermark(struct store *store, int64_t watermark, struct error *error)
{
    char text[20];
    struct db_value values[] = {store_instant(watermark, text), db_text(store->site_key)};
    return db_exec(store->db, SQL_WALK_WATERMARK, values, 2, error);
}

int store_walk_top(struct store *store, int64_t total, int64_t max_id, struct error *error)
{
    char totals[DB_DIGITS], max[DB_DIGITS];
    struct db_value values[] = {number_value(total, totals), number_value(max_id, max),
                                db_text(store->site_key)};
    return db_exec(store->db, SQL_WALK_TOP, values, 3, error);
}

/* Ids ascend, so their differences take a byte or two: LEB128. */
static void pack(struct buf *out, const int64_t *ids, size_t count)
{
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t step = (uint64_t)(ids[i] - before);
        before = ids[i];
        for (; step > 0x7f; step >>= 7)
            buf_putc(out, (char)(step | 0x80));
        buf_putc(out, (char)step);
    }
}

static int unpack(const struct db_value *packed, struct tally *seen)
{
    int64_t id = 0;
    uint64_t step = 0;
    unsigned shift = 0;
    for (size_t i = 0; i < packed->len; i++) {
        unsigned char byte = (unsigned char)packed->text[i];
        step |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if (byte & 0x80 && shift < 63)
            continue;
        id += (int64_t)step;
        if (tally_add(seen, id, TALLY_BEFORE) < 0)
            return -1;
        step = 0;
        shift = 0;
    }
    return 0;
}

int store_save_walk_page(struct store *store, const struct walk_page_key *key,
                         struct walk_interval proven, const int64_t *ids, size_t count,
                         struct error *error)
{
    char walk[DB_DIGITS], low[DB_DIGITS], high[DB_DIGITS], rows[DB_DIGITS], row[DB_DIGITS];
    char run[DB_DIGITS];
    struct buf packed;
    buf_init(&packed, 10 * (count + 1));
    pack(&packed, ids, count);
    struct db_value values[] = {
        db_text(store->site_key),     db_int(key->walk_id, walk),
        db_int(proven.low, low),      db_int(proven.high, high),
        db_int((int64_t)count, rows), {.text = buf_text(&packed), .len = packed.len},
        db_int(proven.row, row),      db_int(key->run_id, run),
    };
    int done = packed.failed
                   ? error_no_memory(error)
                   : db_insert(store->db, SQL_WALK_PAGE, SQL_WALK_PAGE_AGAIN, values, 8, 1, error);
    buf_release(&packed);
    return done;
}

int store_read_walk(struct store *store, int64_t walk_id, struct walk_interval **proven,
                    size_t *count, struct tally *seen, struct arena *arena, struct error *error)
{
    char walk[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(walk_id, walk)};
    *count = 0;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, SQL_WALK_PAGES, values, 2, NULL, 0, &result, error) < 0)
        return -1;
    *proven = arena_alloc(arena, db_rows(result) * sizeof **proven);
    if (!*proven)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        struct walk_interval *i = &(*proven)[(*count)++];
        *i = (struct walk_interval){.low = db_number(&row[0]),
                                    .high = db_number(&row[1]),
                                    .rows = db_number(&row[2]),
                                    .row = db_number(&row[4])};
        if (unpack(&row[3], seen) < 0)
            return error_no_memory(error);
    }
    return 0;
}
