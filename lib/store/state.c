/* state: the row of fluent_sync_state, but for its lease, and what a run finds beside it. */
#include "store/state.h"

#include "store/migrate.h"
#include "store/store_private.h"
#include "store/walk_pages.h"

/* The columns of struct state, which is the member `in` of `type`, if not `type` itself. */
#define STATE_COLUMNS(type, in)                                                                    \
    COLUMN("home", type, in home), COLUMN("zone", type, in zone),                                  \
        COLUMN("zone_told", type, in zone_told), COLUMN("scope", type, in scope),                  \
        COLUMN("api_user", type, in api_user), COLUMN("config_hash", type, in config_hash),        \
        COLUMN("url_form", type, in url_form),                                                     \
        COLUMN_AS(COLUMN_INSTANT, "watermark", type, in watermark),                                \
        COLUMN_AS(COLUMN_INSTANT, "compared_at", type, in compared_at),                            \
        COLUMN_AS(COLUMN_INSTANT, "newest", type, in newest),                                      \
        COLUMN_AS(COLUMN_KNOWN, "total", type, in total),                                          \
        COLUMN_AS(COLUMN_KNOWN, "max_id", type, in max_id),                                        \
        COLUMN_AS(COLUMN_INSTANT, "last_full_walk", type, in last_full_walk),                      \
        COLUMN_AS(COLUMN_INSTANT, "last_total_walk", type, in last_total_walk),                    \
        COLUMN_AS(COLUMN_INSTANT, "log_in_vain", type, in log_in_vain),                            \
        COLUMN_AS(COLUMN_POSITIVE, "page_cap", type, in page_cap),                                 \
        COLUMN_AS(COLUMN_POSITIVE, "head_rows", type, in head_rows)
/* Likewise those of struct walk_state. */
#define WALK_COLUMNS(type, in)                                                                     \
    COLUMN("walk_id", type, in id), COLUMN_AS(COLUMN_INSTANT, "walk_started", type, in started),   \
        COLUMN_AS(COLUMN_INSTANT, "walk_watermark", type, in watermark),                           \
        COLUMN_AS(COLUMN_KNOWN, "walk_total", type, in total),                                     \
        COLUMN_AS(COLUMN_KNOWN, "walk_max_id", type, in max_id),                                   \
        COLUMN("walk_scope", type, in scope), COLUMN("walk_user", type, in api_user),              \
        COLUMN("walk_config_hash", type, in config_hash)

static const struct column STATE[] = {STATE_COLUMNS(struct state, )};
static const struct column WALK[] = {WALK_COLUMNS(struct walk_state, )};

struct found_state {
    struct state state;
    struct findings beside;
    struct lease_holder holder;
    int version; /* of the schema */
};
/* The index idx_left_scope finds one: mostly there is none. MySQL has to be told so, or reads every
 * row of a site with many that have left. To MariaDB, which needs no hint, it is a comment. */
#define ANY_TICKET(condition)                                                                      \
    "EXISTS (SELECT /*+ INDEX(t idx_left_scope) */ 1 FROM fluent_tickets t "                       \
    "WHERE t.site_key = s.site_key "                                                               \
    "AND t.deleted_at IS NULL AND " condition ")"
#define MISMARKED ANY_TICKET(TICKET_UNMARKED) " OR " ANY_TICKET(TICKET_WRONGLY_MARKED)
static const struct column FOUND[] = {
    STATE_COLUMNS(struct found_state, state.),
    COLUMN("address", struct found_state, state.address),
    WALK_COLUMNS(struct found_state, state.walk.),
    COLUMN("EXISTS (SELECT 1 FROM fluent_tickets t WHERE t.site_key = s.site_key)",
           struct found_state, beside.tickets),
    COLUMN("EXISTS (SELECT 1 FROM fluent_rejects r WHERE r.site_key = s.site_key)",
           struct found_state, beside.rejects),
    COLUMN("EXISTS (SELECT 1 FROM fluent_inbox i WHERE i.site_key = s.site_key)",
           struct found_state, beside.calls),
    COLUMN(ANY_TICKET(TICKET_LEFT), struct found_state, beside.left),
    COLUMN(MISMARKED, struct found_state, beside.mismarked),
    COLUMN("EXISTS (SELECT 1 FROM fluent_conversations c WHERE c.site_key = s.site_key) "
           "OR EXISTS (SELECT 1 FROM fluent_responses e WHERE e.site_key = s.site_key)",
           struct found_state, beside.conversations),
    COLUMN("EXISTS (SELECT 1 FROM fluent_responses e WHERE e.site_key = s.site_key "
           "AND e.type <> 'response')",
           struct found_state, beside.internal),
    COLUMN("(SELECT last_sync_status = 'in_progress' FROM fluent_sync_status l "
           "WHERE l.site_key = s.site_key ORDER BY l.id DESC LIMIT 1)",
           struct found_state, beside.interrupted),
    COLUMN("COALESCE(recorded_epoch = lease_epoch, 0)", struct found_state, beside.recorded),
    LEASE_HOLDER_COLUMNS(struct found_state, holder.),
    COLUMN("(SELECT MAX(version) FROM fluent_schema_version)", struct found_state, version),
};
static const struct select READ =
    SELECT(FOUND, struct found_state, "FROM fluent_sync_state s WHERE s.site_key = ?");
static const struct change WRITE =
    CHANGE("UPDATE fluent_sync_state SET", STATE, "WHERE site_key = ?");
#define LEAVE "UPDATE fluent_sync_state SET lease_owner = NULL, lease_heartbeat = NULL,"
static const struct change WRITE_AND_LEAVE = CHANGE(LEAVE, STATE, "WHERE site_key = ?");
static const struct change LEAVE_RECORDED =
    CHANGE(LEAVE " recorded_epoch = lease_epoch,", STATE, "WHERE site_key = ?");
static const struct change START_WALK =
    CHANGE("UPDATE fluent_sync_state SET", WALK, "WHERE site_key = ?");

/* Under which other keys may this site be stored? No one knows which site the tickets of the
 * replaced service came from. */
struct alias {
    const char *key;
};
static const struct column ALIAS[] = {COLUMN("site_key", struct alias, key)};
static const struct select FIND_ALIAS =
    SELECT(ALIAS, struct alias,
           "FROM fluent_sync_state WHERE site_key <> ? AND (home = ? OR "
           "(home IS NULL AND site_key = '' AND EXISTS (SELECT 1 FROM fluent_tickets t "
           "WHERE t.site_key = ''))) ORDER BY home IS NULL, site_key LIMIT 1");

/* With another site nothing that was compared holds, and a walk of the other one ends. */
static const char KNOW_SITE[] =
    "UPDATE fluent_sync_state SET home = ?, address = ?, "
    "last_full_walk = IF(?, NULL, last_full_walk), walk_started = IF(?, NULL, walk_started) "
    "WHERE site_key = ?";

static const char SET_WATERMARK[] =
    "UPDATE fluent_sync_state SET walk_watermark = ? WHERE site_key = ?";
static const char SET_TOP[] =
    "UPDATE fluent_sync_state SET walk_total = ?, walk_max_id = ? WHERE site_key = ?";
static const char END_WALK[] =
    "UPDATE fluent_sync_state SET walk_started = NULL WHERE site_key = ?";

int store_read_state(struct store *store, struct state *state, struct findings *findings,
                     struct arena *arena, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key)};
    struct records found;
    *findings = (struct findings){0};
    *state = (struct state){.total = -1, .max_id = -1, .walk = {.total = -1, .max_id = -1}};
    if (store_select(store, &READ, VALUES(values), &found, arena, error) < 0)
        return -1;
    if (found.count) {
        const struct found_state *row = found.rows;
        *state = row->state;
        *findings = row->beside;
    }
    return 0;
}

/* What a run begins with, while nobody has the lease, or the one before it. */
struct taking {
    struct store *store;
    struct state *state;
    struct findings *findings;
    struct arena *arena;
};

static int read_before_taking(void *context, struct lease_holder *holder, struct error *error)
{
    const struct taking *t = context;
    struct db *db = t->store->db;
    struct db_value values[] = {db_text(t->store->site_key)};
    struct records found;
    struct error why = ERROR_INIT;
    int done = select_records(db, &READ, VALUES(values), &found, t->arena, &why);
    const struct found_state *row = found.count ? found.rows : NULL;
    bool current = row && row->version == MIGRATIONS[MIGRATIONS_COUNT - 1].number;
    bool checks = done == 0 ? !current : db_failure(db) == DB_FAILURE_MISSING;
    if (checks && migrate_check(db, error) < 0)
        return -1;
    if (done < 0)
        return error_copy(error, &why);
    if (!row)
        return 1;
    *t->state = row->state;
    *t->findings = row->beside;
    *holder = row->holder;
    return 0;
}

int store_take(struct store *store, int lease_s, struct state *state, struct findings *findings,
               struct arena *arena, struct error *error)
{
    struct taking taking = {store, state, findings, arena};
    const struct lease_reader reader = {read_before_taking, &taking};
    if (lease_acquire_reading(&store->lease, store->db, store->site_key, lease_s, &reader, error) <
        0)
        return -1;
    return store->lease.was_free ? 0 : store_read_state(store, state, findings, arena, error);
}

int store_find_alias(struct store *store, const char *home, const char **key, struct arena *arena,
                     struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(home)};
    struct records found;
    *key = NULL;
    if (store_select(store, &FIND_ALIAS, VALUES(values), &found, arena, error) < 0)
        return -1;
    if (found.count)
        *key = ((const struct alias *)found.rows)->key;
    return 0;
}

int store_know_site(struct store *store, const char *home, const char *address, bool other,
                    struct error *error)
{
    char digit[DB_DIGITS];
    struct db_value afresh = db_int(other, digit);
    struct db_value values[] = {db_text(home), db_text(address), afresh, afresh,
                                db_text(store->site_key)};
    return db_exec(store->db, KNOW_SITE, values, 5, error);
}

int store_write_state(struct store *store, const struct state *state, struct error *error)
{
    return store_change(store, &WRITE, state, db_text(store->site_key), error);
}

/* store_begin has verified that the lease is ours, and locked its row. */
int store_leave(struct store *store, const struct state *state, bool recorded, struct error *error)
{
    const struct change *leave = recorded ? &LEAVE_RECORDED : &WRITE_AND_LEAVE;
    int done = state ? store_change(store, leave, state, db_text(store->site_key), error)
                     : lease_give_back(&store->lease, store->db, error);
    store->gives_back = done == 0;
    return done;
}

/* The walk in progress */

int store_start_walk(struct store *store, const struct walk_state *walk, struct error *error)
{
    return store_forget_walk_pages(store, error) < 0
               ? -1
               : store_change(store, &START_WALK, walk, db_text(store->site_key), error);
}

int store_end_walk(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    return db_exec(store->db, END_WALK, &key, 1, error) < 0 ? -1
                                                            : store_forget_walk_pages(store, error);
}

int store_walk_watermark(struct store *store, int64_t watermark, struct error *error)
{
    char text[DB_DIGITS];
    struct db_value values[] = {column_instant(watermark, text), db_text(store->site_key)};
    return db_exec(store->db, SET_WATERMARK, values, 2, error);
}

int store_walk_top(struct store *store, int64_t total, int64_t max_id, struct error *error)
{
    char totals[DB_DIGITS], max[DB_DIGITS];
    struct db_value values[] = {total < 0 ? db_text(NULL) : db_int(total, totals),
                                max_id < 0 ? db_text(NULL) : db_int(max_id, max),
                                db_text(store->site_key)};
    return db_exec(store->db, SET_TOP, values, 3, error);
}
