/* runs: the table fluent_sync_status, with a row for each run. */
#include "store/runs.h"

#include <unistd.h>

#include "store/inbox.h"
#include "store/store_private.h"

/* A run as its row says it. */
struct run_text {
    struct run_row run;
    const char *status, *sees_all;
};
#define COUNTER_COLUMN(member, name, ...) COLUMN(name, struct run_text, run.counts.member),
#define PROGRESS_COLUMNS                                                                           \
    COUNTER_LIST(COUNTER_COLUMN)                                                                   \
    COLUMN("sync_duration_ms", struct run_text, run.duration_ms),                                  \
        COLUMN("mode", struct run_text, run.mode), COLUMN("sees_all", struct run_text, sees_all)

static const struct column PROGRESS[] = {PROGRESS_COLUMNS};
static const struct column END[] = {
    PROGRESS_COLUMNS,
    COLUMN("last_sync_status", struct run_text, status),
    COLUMN("complete", struct run_text, run.complete),
    COLUMN("exit_code", struct run_text, run.exit_code),
    COLUMN("error_message", struct run_text, run.message),
};
static const struct change WRITE_PROGRESS =
    CHANGE("UPDATE fluent_sync_status SET", PROGRESS, "WHERE id = ?");
static const struct change WRITE_END = CHANGE("UPDATE fluent_sync_status SET", END, "WHERE id = ?");
/* The same, while no call waits that store_read_calls would give the run. */
static const struct change WRITE_END_UNLESS_CALLED =
    CHANGE("UPDATE fluent_sync_status SET", END,
           "WHERE id = ? AND NOT EXISTS (SELECT 1 FROM fluent_inbox i "
           "WHERE i.site_key = fluent_sync_status.site_key "
           "AND (i.run_id IS NULL OR i.run_id <> fluent_sync_status.id))");

/* Whoever closes the row of a killed run writes no exit code. */
struct run_end {
    bool known;
};
static const struct column ENDED[] = {COLUMN("exit_code IS NOT NULL", struct run_end, known)};
static const struct select READ_END =
    SELECT(ENDED, struct run_end, "FROM fluent_sync_status WHERE id = ?");

struct run_begin {
    int64_t at;
};
static const struct column BEGAN[] = {
    COLUMN_AS(COLUMN_INSTANT, "last_sync_at", struct run_begin, at)};
static const struct select READ_BEGINS =
    SELECT(BEGAN, struct run_begin,
           "FROM fluent_sync_status WHERE site_key = ? AND id < ? ORDER BY id DESC LIMIT ?");

static const struct change_found CLOSE_INTERRUPTED = {
    FIND_KEYS("id", "FROM fluent_sync_status "
                    "WHERE site_key = ? AND last_sync_status = 'in_progress'"),
    "UPDATE fluent_sync_status FORCE INDEX (PRIMARY) SET last_sync_status = 'failed', "
    "complete = 0, error_message = 'interrupted: the run was killed or lost its machine' "
    "WHERE site_key = ? AND id IN (?*)"};
static const char RETRACT[] =
    "DELETE FROM fluent_sync_status WHERE site_key = ? AND last_sync_status = 'in_progress' "
    "AND host = ? AND pid = ? AND EXISTS (SELECT 1 FROM fluent_sync_state s "
    "WHERE s.site_key = ? AND s.lease_owner = ? AND s.lease_epoch = ?)";
static const char START[] =
    "INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status, date_filter, "
    "host, pid, version) SELECT s.site_key, UTC_TIMESTAMP(), 'in_progress', ?, ?, ?, ? "
    "FROM fluent_sync_state s WHERE s.site_key = ? AND s.lease_owner = ? AND s.lease_epoch = ?";
static const struct change_found TRIM = {
    FIND_KEYS("id", "FROM fluent_sync_status WHERE site_key = ? AND id <= "
                    "(SELECT k.id FROM fluent_sync_status k WHERE k.site_key = ? "
                    "ORDER BY k.id DESC LIMIT ?, 1) ORDER BY id LIMIT 1000"),
    DELETE_BY_ID("fluent_sync_status")};

int store_close_interrupted(struct store *store, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key)};
    return store_change_found(store, &CLOSE_INTERRUPTED, VALUES(values), NULL, error);
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
    if (again && db_exec(store->db, RETRACT, earlier, 6, error) < 0)
        return -1;
    if (db_exec(store->db, START, values, 7, error) < 0)
        return -1;
    if (db_affected(store->db) != 1)
        return lease_lost(error);
    run->id = db_insert_id(store->db);
    return 0;
}

static int write_row(struct store *store, const struct change *change, const struct run_row *run,
                     const char *status, struct error *error)
{
    static const char *const sees[] = {[SEES_UNKNOWN] = NULL, [SEES_PART] = "0", [SEES_ALL] = "1"};
    struct run_text text = {.run = *run, .status = status, .sees_all = sees[run->sees_all]};
    char id[DB_DIGITS];
    return store_change(store, change, &text, db_int(run->id, id), error);
}

int store_progress(struct store *store, const struct run_row *run, struct error *error)
{
    return write_row(store, &WRITE_PROGRESS, run, NULL, error);
}

int store_finish_run(struct store *store, const struct run_row *run, enum run_status status,
                     bool *called, struct error *error)
{
    static const char *const names[] = {
        [RUN_SUCCESS] = "success", [RUN_PARTIAL] = "partial", [RUN_FAILED] = "failed"};
    struct inbox_call call;
    size_t count = 0;
    if (called)
        *called = false;
    if (write_row(store, called ? &WRITE_END_UNLESS_CALLED : &WRITE_END, run, names[status],
                  error) < 0)
        return -1;
    if (!called || db_affected(store->db))
        return 0;
    /* A call waits, or somebody has removed the row. */
    if (store_read_calls(store, run->id, &call, 1, &count, error) < 0)
        return -1;
    *called = count > 0;
    return 0;
}

int store_run_begins(struct store *store, int64_t run_id, int64_t *begins, size_t limit,
                     size_t *count, struct error *error)
{
    char id[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(run_id, id),
                                db_int((int64_t)limit, most)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &READ_BEGINS, VALUES(values), &found, &arena, error);
    const struct run_begin *rows = found.rows;
    *count = 0;
    for (size_t i = 0; done == 0 && i < found.count; i++)
        if (rows[i].at)
            begins[(*count)++] = rows[i].at;
    arena_release(&arena);
    return done;
}

int store_run_ended(struct store *store, int64_t run_id, bool *ended, struct error *error)
{
    char id[DB_DIGITS];
    struct db_value values[] = {db_int(run_id, id)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &READ_END, VALUES(values), &found, &arena, error);
    *ended = done == 0 && found.count && ((const struct run_end *)found.rows)->known;
    arena_release(&arena);
    return done;
}

int store_tell_end(struct store *store, const struct run_row *run, struct error *error)
{
    struct change last = WRITE_END;
    last.last = true;
    return write_row(store, &last, run, "failed", error);
}

int store_trim_runs(struct store *store, int keep, struct error *error)
{
    char limit[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_text(store->site_key),
                                db_int(keep, limit)};
    return store_change_found(store, &TRIM, VALUES(values), NULL, error);
}
