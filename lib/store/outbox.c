/* outbox: the table fluent_outbox, and what pushes remember beside it. */
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"

/* Reading */

/* A row, with the words that stand in the table. */
struct found_row {
    struct outbox_row row;
    const char *action, *field, *state;
};
static const struct column ROW[] = {
    COLUMN("id", struct found_row, row.id),
    COLUMN("fluent_id", struct found_row, row.fluent_id),
    COLUMN("action", struct found_row, action),
    COLUMN("field", struct found_row, field),
    COLUMN("state", struct found_row, state),
    COLUMN("answered", struct found_row, row.answered),
    COLUMN("attempts", struct found_row, row.attempts),
    COLUMN("remote_id", struct found_row, row.remote_id),
    COLUMN("value", struct found_row, row.value),
    COLUMN("content", struct found_row, row.content),
    COLUMN("requested_by", struct found_row, row.requested_by),
    COLUMN("wanted", struct found_row, row.wanted),
    COLUMN("value_before", struct found_row, row.before),
    COLUMN("error", struct found_row, row.error),
    COLUMN_AS(COLUMN_INSTANT, "created_at", struct found_row, row.created),
    COLUMN_AS(COLUMN_INSTANT, "retried_at", struct found_row, row.retried),
    COLUMN_AS(COLUMN_INSTANT, "sent_at", struct found_row, row.sent),
    COLUMN_AS(COLUMN_INSTANT, "sent_at_site", struct found_row, row.sent_site),
};
#define FROM_SITE "FROM fluent_outbox WHERE site_key = ?"
#define BY_EDIT "requested_by = '" OUTBOX_BY_EDIT "'"
static const struct select READ[] = {
    [OUTBOX_OPEN] = SELECT(ROW, struct found_row,
                           FROM_SITE " AND state IN ('pending', 'sending', 'failed', 'held', "
                                     "'cancelled') AND (state <> 'cancelled' OR " BY_EDIT ")"),
    [OUTBOX_ALL] = SELECT(ROW, struct found_row, FROM_SITE),
};
static const struct select READ_ONE = SELECT(ROW, struct found_row, FROM_SITE " AND id = ?");

static struct outbox_row known(const struct found_row *found)
{
    struct outbox_row row = found->row;
    row.ticket = store_ticket_id(row.fluent_id);
    row.action = outbox_action_of(found->action);
    row.field = outbox_field_of(found->field);
    row.state = outbox_state_of(found->state);
    /* Whoever inserts rows gives requested_by, and may write there what we do. */
    row.edit = row.requested_by && strcmp(row.requested_by, OUTBOX_BY_EDIT) == 0 &&
               row.action == OUTBOX_SET && outbox_column(row.field) != REQUEST_BUILT_IN;
    return row;
}

static int by_ticket(const void *a, const void *b)
{
    const struct outbox_row *x = a, *y = b;
    if (x->ticket != y->ticket)
        return (x->ticket > y->ticket) - (x->ticket < y->ticket);
    return (x->id > y->id) - (x->id < y->id);
}

static int read_rows(struct store *store, const struct select *select,
                     const struct db_parameters *parameters, struct outbox_list *found,
                     struct arena *arena, struct error *error)
{
    struct records records;
    *found = (struct outbox_list){0};
    if (store_select(store, select, parameters, &records, arena, error) < 0)
        return -1;
    const struct found_row *rows = records.rows;
    found->rows = arena_alloc(arena, (records.count + 1) * sizeof *found->rows);
    if (!found->rows)
        return error_no_memory(error);
    while (found->count < records.count) {
        found->rows[found->count] = known(&rows[found->count]);
        found->count++;
    }
    qsort(found->rows, found->count, sizeof *found->rows, by_ticket);
    return 0;
}

int store_read_outbox(struct store *store, enum outbox_which which, struct outbox_list *found,
                      struct arena *arena, struct error *error)
{
    const struct db_value values[] = {db_text(store->site_key)};
    return read_rows(store, &READ[which], VALUES(values), found, arena, error);
}

int store_read_outbox_row(struct store *store, int64_t id, struct outbox_list *found,
                          struct arena *arena, struct error *error)
{
    char digits[DB_DIGITS];
    const struct db_value values[] = {db_text(store->site_key), db_int(id, digits)};
    return read_rows(store, &READ_ONE, VALUES(values), found, arena, error);
}

/* Writing */

static const char ADD[] =
    "INSERT INTO fluent_outbox (fluent_id, action, field, state, value, content, requested_by, "
    "wanted, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
/* Assignments are made from left to right: sent_at and retried_at see what was there
 * before. */
static const char SAVE[] =
    "UPDATE fluent_outbox SET sent_at = IF(? > attempts, UTC_TIMESTAMP(), sent_at), "
    "retried_at = IF(? = 'pending' AND state IN ('failed', 'cancelled'), UTC_TIMESTAMP(), "
    "retried_at), ended_at = IF(? IN ('done', 'failed', 'cancelled'), UTC_TIMESTAMP(), NULL), "
    "state = ?, answered = ?, attempts = ?, remote_id = ?, value = ?, wanted = ?, "
    "value_before = ?, error = ?, sent_at_site = ? WHERE id = ? AND site_key = ? AND state = ?";
static const char DROP[] = "DELETE FROM fluent_outbox WHERE id = ? AND site_key = ? AND " BY_EDIT
                           " AND attempts = 0 AND state <> 'sending'";

int store_add_outbox(struct store *store, struct outbox_row *row, struct error *error)
{
    const char *field = row->action == OUTBOX_SET ? outbox_field_words[row->field] : NULL;
    const struct db_value values[] = {db_text(row->fluent_id),
                                      db_text(outbox_action_words[row->action]),
                                      db_text(field),
                                      db_text(outbox_state_words[row->state]),
                                      db_text(row->value),
                                      db_text(row->content),
                                      db_text(row->requested_by),
                                      db_text(row->wanted),
                                      db_text(row->error)};
    if (db_exec(store->db, ADD, values, sizeof values / sizeof *values, error) < 0)
        return -1;
    row->id = db_insert_id(store->db);
    return 0;
}

int store_save_outbox(struct store *store, const struct outbox_row *row, enum outbox_state was,
                      bool *saved, struct error *error)
{
    char attempts[DB_DIGITS], remote[DB_DIGITS], sent[DB_DIGITS], id[DB_DIGITS];
    struct db_value tried = db_int(row->attempts, attempts);
    struct db_value state = db_text(outbox_state_words[row->state]);
    const struct db_value values[] = {tried,
                                      state,
                                      state,
                                      state,
                                      db_text(row->answered ? "1" : "0"),
                                      tried,
                                      row->remote_id ? db_int(row->remote_id, remote)
                                                     : db_text(NULL),
                                      db_text(row->value),
                                      db_text(row->wanted),
                                      db_text(row->before),
                                      db_text(row->error),
                                      column_instant(row->sent_site, sent),
                                      db_int(row->id, id),
                                      db_text(store->site_key),
                                      db_text(outbox_state_words[was])};
    int done = db_exec(store->db, SAVE, values, sizeof values / sizeof *values, error);
    *saved = done == 0 && db_affected(store->db) == 1;
    return done;
}

int store_drop_outbox(struct store *store, int64_t id, struct error *error)
{
    char digits[DB_DIGITS];
    const struct db_value values[] = {db_int(id, digits), db_text(store->site_key)};
    return db_exec(store->db, DROP, values, 2, error);
}

/* Counting */

struct state_count {
    const char *state;
    int64_t rows;
};
static const struct column STATE_COUNT[] = {
    COLUMN("state", struct state_count, state),
    COLUMN("COUNT(*)", struct state_count, rows),
};
static const struct select COUNT =
    SELECT(STATE_COUNT, struct state_count, FROM_SITE " GROUP BY state");

struct oldest {
    int64_t seconds;
};
static const struct column OLDEST[] = {
    COLUMN_AS(COLUMN_KNOWN, "MAX(ABS(TIMESTAMPDIFF(SECOND, sent_at, UTC_TIMESTAMP())))",
              struct oldest, seconds)};
static const struct select FIND_OLDEST =
    SELECT(OLDEST, struct oldest, FROM_SITE " AND state = 'sending'");

static int count_states(struct store *store, struct outbox_counts *counts, struct arena *arena,
                        struct error *error)
{
    const struct db_value values[] = {db_text(store->site_key)};
    struct records found;
    if (store_select(store, &COUNT, VALUES(values), &found, arena, error) < 0)
        return -1;
    const struct state_count *rows = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        enum outbox_state state = outbox_state_of(rows[i].state);
        if (state < OUTBOX_STATES)
            counts->states[state] = rows[i].rows;
    }
    return 0;
}

int store_count_outbox(struct store *store, struct outbox_counts *counts, struct error *error)
{
    const struct db_value values[] = {db_text(store->site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    *counts = (struct outbox_counts){.oldest_sending_s = -1};
    int done = count_states(store, counts, &arena, error);
    if (done == 0 && counts->states[OUTBOX_SENDING]) {
        done = store_select(store, &FIND_OLDEST, VALUES(values), &found, &arena, error);
        if (found.count)
            counts->oldest_sending_s = ((const struct oldest *)found.rows)->seconds;
    }
    arena_release(&arena);
    return done;
}

int store_count_stray(struct store *store, int64_t *rows, struct error *error)
{
    /* Of all sites but those that are there; this one may not have had a run yet. */
    return store_count(store,
                       "FROM fluent_outbox o WHERE o.site_key <> ? AND o.state = 'pending' AND NOT "
                       "EXISTS (SELECT 1 FROM fluent_sync_state s WHERE s.site_key = o.site_key)",
                       rows, error);
}

int store_marker_returned(struct store *store, bool *returned, struct error *error)
{
    int64_t rows;
    int done = store_count(store,
                           FROM_SITE " AND state = 'done' AND action IN ('reply', 'note') "
                                     "AND remote_id IS NOT NULL",
                           &rows, error);
    *returned = rows > 0;
    return done;
}

/* Edits */

struct edited {
    int64_t id;
};
static const struct column EDITED[] = {COLUMN("f.id", struct edited, id)};
#define FROM_EDITED                                                                                \
    "FROM fluent_tickets f JOIN requests r ON r.id = f.request_id AND r.source = 'fluent' "        \
    "WHERE f.site_key = ? AND f.id > ? AND f.base IS NOT NULL AND f.deleted_at IS NULL "           \
    "AND f.invisible_since IS NULL "                                                               \
    "AND (r.status IS NULL OR r.status NOT IN ('deleted', 'ignored')) "
#define BY_ROW "ORDER BY f.id LIMIT ?"
static const struct select FIND_ANY = SELECT(EDITED, struct edited, FROM_EDITED BY_ROW);
static const struct select FIND_SINCE =
    SELECT(EDITED, struct edited, FROM_EDITED "AND r.updated_at >= ? " BY_ROW);

int store_find_edited(struct store *store, int64_t since, int64_t after, struct edited_rows *found,
                      struct error *error)
{
    bool any = since <= 0 || !store->has_version;
    char from[DB_DIGITS], instant[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[4] = {db_text(store->site_key), db_int(after, from)};
    size_t n = 2;
    if (!any)
        values[n++] = column_instant(since, instant);
    values[n++] = db_int(OUTBOX_EDITED, most);
    struct arena arena = ARENA_INIT;
    struct records rows;
    found->count = 0;
    int done = store_select(store, any ? &FIND_ANY : &FIND_SINCE,
                            &(struct db_parameters){values, n, NULL, 0}, &rows, &arena, error);
    for (const struct edited *row = rows.rows; found->count < rows.count; row++)
        found->ids[found->count++] = row->id;
    arena_release(&arena);
    return done;
}

int store_write_base(struct store *store, int64_t ticket_row, struct cell base, struct error *error)
{
    char digits[DB_DIGITS];
    const struct db_value values[] = {column_cell(base), db_int(ticket_row, digits),
                                      db_text(store->site_key)};
    return db_exec(store->db, "UPDATE fluent_tickets SET base = ? WHERE id = ? AND site_key = ?",
                   values, 3, error);
}

/* Values */

/* Bytes tell the groups apart, so MIN is the one value of each. */
#define KNOWN_VALUES "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL AND "
#define FREQUENT_FIRST " ORDER BY COUNT(*) DESC, 1"
static const struct column PRIORITY[] = {
    COLUMN("MIN(priority)", struct known_value, value),
};
static const struct column PRODUCT[] = {
    COLUMN("MIN(product_id)", struct known_value, value),
    COLUMN("MIN(product_name)", struct known_value, title),
};
static const struct select KNOWN[OUTBOX_FIELDS] = {
    [OUTBOX_PRIORITY] = SELECT(
        PRIORITY, struct known_value,
        KNOWN_VALUES "priority IS NOT NULL GROUP BY CAST(priority AS BINARY)" FREQUENT_FIRST),
    [OUTBOX_PRODUCT] =
        SELECT(PRODUCT, struct known_value,
               KNOWN_VALUES "product_id IS NOT NULL GROUP BY CAST(product_id AS BINARY), "
                            "CAST(product_name AS BINARY)" FREQUENT_FIRST),
};

int store_known_values(struct store *store, enum outbox_field field, struct known_values *found,
                       struct arena *arena, struct error *error)
{
    const struct db_value values[] = {db_text(store->site_key)};
    struct records rows = {0};
    int done = 0;
    if (KNOWN[field].rest)
        done = store_select(store, &KNOWN[field], VALUES(values), &rows, arena, error);
    *found = (struct known_values){rows.rows, rows.count};
    return done;
}

/* What pushes remember */

static const struct column PUSH[] = {
    COLUMN("s.pushed_from", struct push_state, place_before),
    COLUMN("CONCAT(@@hostname, ':', @@port, '/', DATABASE())", struct push_state, place_now),
    COLUMN_AS(COLUMN_INSTANT, "UTC_TIMESTAMP()", struct push_state, now),
    COLUMN_AS(COLUMN_INSTANT, "s.edits_looked", struct push_state, looked_at),
    COLUMN_AS(COLUMN_INSTANT, "s.edits_looked_all", struct push_state, looked_at_all),
};
static const struct select READ_PUSH =
    SELECT(PUSH, struct push_state,
           "FROM (SELECT 1 AS one) o LEFT JOIN fluent_sync_state s ON s.site_key = ?");
static const char WRITE_PUSH[] = "UPDATE fluent_sync_state SET pushed_from = ?, edits_looked = ?, "
                                 "edits_looked_all = ? WHERE site_key = ?";

/* The nodes of a cluster are one place: neither dialect has a SELECT that both know for its name.
 */
static const char *const CLUSTER[] = {
    "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'",
    "SHOW GLOBAL VARIABLES LIKE 'group_replication_group_name'",
};

/* *place: of a node of a cluster, with its name in place of the server's. */
static int read_cluster(struct store *store, const char *sql, const char **place,
                        struct arena *arena, struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (db_query(store->db, sql, NULL, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    if (row && row[1].len && strncmp(row[1].text, "00000000-", 9) != 0)
        *place = arena_printf(arena, "%s%s", row[1].text, strchr(*place, '/'));
    return *place ? 0 : error_no_memory(error);
}

int store_read_push_state(struct store *store, struct push_state *state, struct arena *arena,
                          struct error *error)
{
    const struct db_value values[] = {db_text(store->site_key)};
    struct records found;
    *state = (struct push_state){0};
    if (store_select(store, &READ_PUSH, VALUES(values), &found, arena, error) < 0)
        return -1;
    if (found.count)
        *state = *(const struct push_state *)found.rows;
    int done = 0;
    for (size_t i = 0; i < sizeof CLUSTER / sizeof *CLUSTER && found.count && done == 0; i++)
        done = read_cluster(store, CLUSTER[i], &state->place_now, arena, error);
    return done;
}

int store_write_push_state(struct store *store, const struct push_state *state, struct error *error)
{
    char looked[DB_DIGITS], all[DB_DIGITS];
    const struct db_value values[] = {
        db_text(state->place_now), column_instant(state->looked_at, looked),
        column_instant(state->looked_at_all, all), db_text(store->site_key)};
    return db_exec(store->db, WRITE_PUSH, values, 4, error);
}
