/* tickets: the table fluent_tickets. */
#include "store/tickets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/map.h"
#include "store/history.h"
#include "store/insert.h"
#include "store/store_private.h"

/* Looking up. A row found by its fluent_id under another site key belongs to this site all the
 * same: it is written again. */
static const struct column STORED[] = {
    COLUMN("id", struct stored, id),
    COLUMN("fluent_id", struct stored, fluent_id),
    COLUMN("IF(site_key = ?, fingerprint, NULL)", struct stored, fingerprint),
    COLUMN("request_id", struct stored, request_id),
    COLUMN("deleted_at IS NOT NULL", struct stored, deleted),
    COLUMN("invisible_since IS NOT NULL", struct stored, invisible),
    COLUMN("hidden", struct stored, hidden),
    COLUMN("edits_kept", struct stored, edits_kept),
    COLUMN("left_scope_at IS NOT NULL", struct stored, left_scope),
};
/* The index holds all these columns, which the optimizer holds for no better than the rows. */
static const struct select LOOKUP =
    SELECT(STORED, struct stored,
           "FROM fluent_tickets FORCE INDEX (idx_unchanged) WHERE fluent_id IN (?*)");
static const struct select LOOKUP_WITHOUT_INDEX =
    SELECT(STORED, struct stored, "FROM fluent_tickets WHERE fluent_id IN (?*)");

struct linked {
    int64_t id;
};
static const struct column LINKED[] = {COLUMN("f.id", struct linked, id)};
static const struct select FIND_LINKED =
    SELECT(LINKED, struct linked,
           "FROM fluent_tickets f WHERE f.site_key = ? AND f.request_id IS NOT NULL AND f.id > ? "
           "ORDER BY f.id LIMIT ?");
/* last_synced_at is of a run's clock, the others are of the database's. */
static const struct select FIND_TOUCHED =
    SELECT(LINKED, struct linked,
           "FROM fluent_tickets f JOIN requests r ON r.id = f.request_id "
           "WHERE f.site_key = ? AND f.id > ? AND (f.edits_kept > 0 OR "
           "(r.updated_at > f.created_at_local "
           "AND r.updated_at > f.last_synced_at - INTERVAL 1 MINUTE)) "
           "ORDER BY f.id LIMIT ?");

/* Writing. Behind fluent_id, site_key, left_scope_at and the columns of the site come our own, with
 * their values of a struct write. */
#define OWN_COLUMNS(X)                                                                             \
    X(fingerprint, db_text(w->row->fingerprint))                                                   \
    X(base, column_cell(w->base))                                                                  \
    X(request_id, w->request_id ? db_int(w->request_id, digits[0]) : db_text(NULL))                \
    X(edits_kept, db_int(w->edits_kept, digits[1]))                                                \
    X(hidden, db_text(w->hidden ? "1" : "0"))                                                      \
    X(hidden_as, db_text(w->hidden ? w->hidden_as : NULL))                                         \
    X(last_synced_at, db_text(now))
#define SITE_COLUMN(id, name, ...) ", " name
#define OWN_COLUMN(name, value) ", " #name
#define WRITTEN_COLUMNS                                                                            \
    "fluent_id, site_key, left_scope_at" TICKET_COLUMN_LIST(SITE_COLUMN) OWN_COLUMNS(OWN_COLUMN)
#define SITE_COLUMN_AGAIN(id, name, ...) ", " name " = VALUES(" name ")"
#define OWN_COLUMN_AGAIN(name, value) ", " #name " = VALUES(" #name ")"
#define OWN_COLUMN_ID(name, value) OWN_##name,
enum { OWN_COLUMNS(OWN_COLUMN_ID) OWN_COUNT, WRITTEN = 3 + TICKET_COLUMNS + OWN_COUNT };

#define INSERT_HEAD "INSERT INTO fluent_tickets (" WRITTEN_COLUMNS
/* The ids are those of existing rows, so no automatic id is used up. */
#define UPDATE_HEAD "INSERT INTO fluent_tickets (id, " WRITTEN_COLUMNS
#define HEAD_END ") VALUES"
#define ON_DUPLICATE                                                                               \
    "ON DUPLICATE KEY UPDATE site_key = VALUES(site_key)" TICKET_COLUMN_LIST(SITE_COLUMN_AGAIN)    \
        OWN_COLUMNS(OWN_COLUMN_AGAIN)
/* A ticket left the scope when it was first seen to have left it. */
#define LEFT_SCOPE                                                                                 \
    ", left_scope_at = IF(VALUES(left_scope_at) IS NULL, NULL, "                                   \
    "COALESCE(left_scope_at, VALUES(left_scope_at)))"
#define IS_THERE ", deleted_at = NULL, invisible_since = NULL" LEFT_SCOPE

/* A statement's parts: see db_insert. */
struct writing {
    const char *head, *tail;
    bool with_id; /* the row's id comes before the other values */
};
static const struct writing INSERT = {INSERT_HEAD HEAD_END, "", false};
static const struct writing UPDATE = {UPDATE_HEAD HEAD_END, ON_DUPLICATE IS_THERE, true};
static const struct writing UPDATE_ABSENT = {UPDATE_HEAD HEAD_END, ON_DUPLICATE, true};

/* Vanished tickets */
struct live_ticket_row {
    struct live_ticket ticket;
    char fluent_id[FLUENT_ID_SIZE];
};
static const struct column LIVE_TICKETS[] = {
    COLUMN("id", struct live_ticket_row, ticket.id),
    COLUMN("fluent_id", struct live_ticket_row, fluent_id),
    COLUMN("mailbox_id", struct live_ticket_row, ticket.mailbox_id),
    COLUMN("resolved_at", struct live_ticket_row, ticket.resolved_at),
    COLUMN("request_id", struct live_ticket_row, ticket.request_id),
    COLUMN("invisible_since IS NOT NULL", struct live_ticket_row, ticket.invisible),
    COLUMN("created_at", struct live_ticket_row, ticket.created_at),
};
static const struct select FIND_LIVE_TICKETS =
    SELECT(LIVE_TICKETS, struct live_ticket_row,
           "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL AND id > ? "
           "ORDER BY id LIMIT ?");
static const struct select FIND_LIVE_AMONG =
    SELECT(LIVE_TICKETS, struct live_ticket_row,
           "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL AND fluent_id IN (?*)");
/* A request that is hidden already stays so. */
static const char MARK_DELETED[] =
    "UPDATE fluent_tickets SET deleted_at = UTC_TIMESTAMP(), "
    "hidden_as = IF(hidden, hidden_as, ?), hidden = IF(hidden, 1, ?) "
    "WHERE id = ? AND deleted_at IS NULL";
static const struct column DELETION_COUNT[] = {
    COLUMN("(SELECT COUNT(*) FROM fluent_tickets l WHERE l.site_key = s.site_key "
           "AND l.deleted_at IS NULL)",
           struct deletion_count, live),
    COLUMN("(SELECT COUNT(*) FROM fluent_tickets d WHERE d.site_key = s.site_key "
           "AND d.deleted_at > UTC_TIMESTAMP() - INTERVAL ? SECOND "
           "AND (s.deletes_confirmed_at IS NULL OR d.deleted_at > s.deletes_confirmed_at))",
           struct deletion_count, marked),
};
static const struct select COUNT_DELETIONS =
    SELECT(DELETION_COUNT, struct deletion_count, "FROM fluent_sync_state s WHERE s.site_key = ?");
static const char CONFIRM_DELETIONS[] =
    "UPDATE fluent_sync_state SET deletes_confirmed_at = UTC_TIMESTAMP() WHERE site_key = ?";
/* For a row whose id the site has given to another ticket. The '~' keeps it apart: no id of a
 * ticket has one. */
static const char SET_ASIDE[] =
    "UPDATE fluent_tickets SET fluent_id = CONCAT(fluent_id, '~', id) WHERE id = ?";
static const char MARK_INVISIBLE[] = "UPDATE fluent_tickets SET invisible_since = UTC_TIMESTAMP() "
                                     "WHERE id = ? AND invisible_since IS NULL";
static const struct column SCOPED[] = {
    COLUMN("id", struct scoped_ticket, id),
    COLUMN("request_id", struct scoped_ticket, request_id),
    COLUMN("fluent_id", struct scoped_ticket, fluent_id),
    COLUMN("ticket_status", struct scoped_ticket, status),
    COLUMN("hidden_as", struct scoped_ticket, hidden_as),
    COLUMN("hidden", struct scoped_ticket, hidden),
    COLUMN("left_scope_at IS NOT NULL", struct scoped_ticket, left_scope),
};
/* Mostly there are none, which the findings of store_read_state say without reading a row. */
#define WRONGLY_SCOPED(wrong)                                                                      \
    SELECT(SCOPED, struct scoped_ticket,                                                           \
           "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL AND " wrong              \
           " AND id > ? ORDER BY id LIMIT ?")
static const struct select FIND_LEFT = WRONGLY_SCOPED(TICKET_LEFT);
static const struct select FIND_MISMARKED =
    WRONGLY_SCOPED("((" TICKET_UNMARKED ") OR (" TICKET_WRONGLY_MARKED "))");
static const char MARK_LEFT[] =
    "UPDATE fluent_tickets SET left_scope_at = IF(?, COALESCE(left_scope_at, UTC_TIMESTAMP()), "
    "NULL), hidden = ?, hidden_as = ? WHERE id = ?";

/* What no walk shows anew: rows that the last one did not write, and requests put away */
static const struct column UNSEEN[] = {
    COLUMN("f.id", struct unseen_row, stored.id),
    COLUMN("f.fluent_id", struct unseen_row, stored.fluent_id),
    COLUMN("f.fingerprint", struct unseen_row, stored.fingerprint),
    COLUMN("f.request_id", struct unseen_row, stored.request_id),
    COLUMN("f.hidden", struct unseen_row, stored.hidden),
    COLUMN("f.edits_kept", struct unseen_row, stored.edits_kept),
    COLUMN("f.raw_data", struct unseen_row, raw),
};
static const struct select FIND_UNSEEN_ROWS =
    SELECT(UNSEEN, struct unseen_row,
           "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id "
           "WHERE f.site_key = ? AND f.id > ? AND (f.last_synced_at IS NULL "
           "OR f.last_synced_at < ? OR f.deleted_at IS NOT NULL OR f.invisible_since IS NOT NULL "
           "OR r.status IN ('deleted', 'ignored') "
           "OR EXISTS (SELECT 1 FROM fluent_rejects j WHERE j.site_key = f.site_key "
           "AND j.fluent_id = f.fluent_id)) ORDER BY f.id LIMIT ?");
static const char FORGET_RAW[] = "UPDATE fluent_tickets SET raw_data = NULL WHERE id = ?";
#define FORGET_COLUMN                                                                              \
    "UPDATE fluent_tickets SET %s = NULL WHERE site_key = ? AND raw_data IS NULL "                 \
    "AND (deleted_at IS NOT NULL OR invisible_since IS NOT NULL OR last_synced_at < ?)"

/* Looking up */

static int by_fluent_id(const void *a, const void *b)
{
    return strcmp(((const struct stored *)a)->fluent_id, ((const struct stored *)b)->fluent_id);
}

static int select_stored(struct store *store, const struct db_value *ids, size_t count,
                         struct records *found, struct arena *arena, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    struct db_parameters parameters = {&key, 1, ids, count};
    struct error why = ERROR_INIT;
    if (!store->without_index) {
        if (store_select(store, &LOOKUP, &parameters, found, arena, &why) == 0)
            return 0;
        store->without_index = db_failure(store->db) == DB_FAILURE_INDEX;
        if (!store->without_index)
            return error_copy(error, &why);
    }
    return store_select(store, &LOOKUP_WITHOUT_INDEX, &parameters, found, arena, error);
}

int store_lookup(struct store *store, const char *const *ids, size_t count,
                 struct stored_list *found, struct arena *arena, struct error *error)
{
    *found = (struct stored_list){0};
    if (!count)
        return 0;
    struct db_value *list = store_texts(ids, count);
    struct records rows;
    if (!list)
        return error_no_memory(error);
    int done = select_stored(store, list, count, &rows, arena, error);
    free(list);
    if (done < 0)
        return -1;
    *found = (struct stored_list){rows.rows, rows.count};
    if (rows.count)
        qsort(found->rows, found->count, sizeof *found->rows, by_fluent_id);
    return 0;
}

int store_linked(struct store *store, int64_t after, struct linked_rows *rows, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(after, from),
                                db_int(LINKED_CHUNK, most)};
    bool touched = rows->which == LINKED_TOUCHED && store->has_version;
    struct arena arena = ARENA_INIT;
    struct records found;
    rows->count = 0;
    int done = store_select(store, touched ? &FIND_TOUCHED : &FIND_LINKED, VALUES(values), &found,
                            &arena, error);
    for (const struct linked *row = found.rows; rows->count < found.count; row++)
        rows->ids[rows->count++] = row->id;
    arena_release(&arena);
    return done;
}

int store_read_raw(struct store *store, int64_t id, struct cell *raw, struct arena *arena,
                   struct error *error)
{
    struct raw_read {
        struct cell raw;
    };
    static const struct column columns[] = {COLUMN("raw_data", struct raw_read, raw)};
    static const struct select read =
        SELECT(columns, struct raw_read, "FROM fluent_tickets WHERE id = ?");
    char digits[DB_DIGITS];
    const struct db_value values[] = {db_int(id, digits)};
    struct records found;
    *raw = (struct cell){0};
    if (store_select(store, &read, VALUES(values), &found, arena, error) < 0)
        return -1;
    if (found.count)
        *raw = ((const struct raw_read *)found.rows)->raw;
    return 0;
}

/* Writing */

enum { DIGITS = 3 }; /* numbers of a row */

static void ticket_values(const struct store *store, const struct write *w, const char *now,
                          char digits[DIGITS][DB_DIGITS], struct db_value *v)
{
    *v++ = db_text(w->row->fluent_id);
    *v++ = db_text(store->site_key);
    *v++ = db_text(w->row->left_scope ? now : NULL);
    for (size_t c = 0; c < TICKET_COLUMNS; c++, v++) {
        *v = column_cell(w->row->ticket[c]);
        v->utf8mb4 = store->utf8mb4[c];
    }
#define OWN_VALUE(name, value) *v++ = (value);
    OWN_COLUMNS(OWN_VALUE)
    for (size_t f = 0; f < store->ticket_statements.fields; f++)
        *v++ = column_cell(w->row->ticket_fields[f]);
}

static int write_rows(struct store *store, const struct writing *how, struct write *const *writes,
                      size_t count, char (*digits)[DIGITS][DB_DIGITS], struct error *error)
{
    struct insert rows;
    char now[DB_DIGITS];
    column_instant(clock_wall_ms() / 1000, now);
    size_t columns = how->with_id + WRITTEN + store->ticket_statements.fields;
    int done = insert_init(&rows, how->head, how->tail, columns, error);
    for (size_t i = 0; i < count && done == 0; i++) {
        struct db_value values[1 + WRITTEN + TICKET_FIELDS_MAX];
        if (how->with_id)
            values[0] = db_int(writes[i]->stored->id, digits[i][2]);
        ticket_values(store, writes[i], now, digits[i], values + how->with_id);
        if (insert_full(&rows, store->db, values))
            done = insert_send(&rows, store->db, error);
        insert_add(&rows, values);
    }
    if (done == 0)
        done = insert_send(&rows, store->db, error);
    insert_release(&rows);
    return done;
}

static int write_tickets(struct store *store, const struct writing *how,
                         struct write *const *writes, size_t count, struct error *error)
{
    char(*digits)[DIGITS][DB_DIGITS] = calloc(count ? count : 1, sizeof *digits);
    int done =
        digits ? write_rows(store, how, writes, count, digits, error) : error_no_memory(error);
    free(digits);
    return done;
}

int store_insert_tickets(struct store *store, struct write *const *writes, size_t count,
                         struct error *error)
{
    struct writing how = INSERT;
    if (store->ticket_statements.fields)
        how.head = store->ticket_statements.insert;
    return write_tickets(store, &how, writes, count, error);
}

int store_update_tickets(struct store *store, struct write *const *writes, size_t count,
                         bool absent, struct error *error)
{
    struct writing how = absent ? UPDATE_ABSENT : UPDATE;
    if (store->ticket_statements.fields) {
        how.head = store->ticket_statements.update;
        how.tail = absent ? store->ticket_statements.again_absent : store->ticket_statements.again;
    }
    return write_tickets(store, &how, writes, count, error);
}

/* What stands for each column between the beginning and the end of a part. */
enum per_column { NAMES, ASSIGNMENTS };

static char *compose(const char *begin, const struct request_schema *schema,
                     enum per_column per_column, const char *end)
{
    struct buf sql;
    buf_init(&sql, STATEMENT_TEXT_MAX);
    buf_puts(&sql, begin);
    for (size_t f = 0; f < schema->ticket_field_count; f++) {
        buf_printf(&sql, ", `%s`", schema->ticket_fields[f].name);
        if (per_column == ASSIGNMENTS)
            buf_printf(&sql, " = VALUES(`%s`)", schema->ticket_fields[f].name);
    }
    buf_puts(&sql, end);
    char *text = sql.failed ? NULL : strdup(buf_text(&sql));
    buf_release(&sql);
    return text;
}

int store_compose_tickets(struct store *store, const struct request_schema *schema,
                          struct error *error)
{
    struct ticket_statements *s = &store->ticket_statements;
    store_release_tickets(s);
    if (!schema->ticket_field_count)
        return 0;
    s->insert = compose(INSERT_HEAD, schema, NAMES, HEAD_END);
    s->update = compose(UPDATE_HEAD, schema, NAMES, HEAD_END);
    s->again = compose(ON_DUPLICATE, schema, ASSIGNMENTS, IS_THERE);
    s->again_absent = compose(ON_DUPLICATE, schema, ASSIGNMENTS, "");
    s->fields = schema->ticket_field_count;
    return s->insert && s->update && s->again && s->again_absent ? 0 : error_no_memory(error);
}

struct field_values {
    struct cell cells[TICKET_FIELDS_MAX];
};

int store_read_ticket_fields(struct store *store, int64_t id, const struct request_schema *schema,
                             struct cell cells[TICKET_FIELDS_MAX], struct arena *arena,
                             struct error *error)
{
    struct column columns[TICKET_FIELDS_MAX];
    char digits[DB_DIGITS];
    struct db_value key = db_int(id, digits);
    struct records found;
    for (size_t f = 0; f < schema->ticket_field_count; f++)
        columns[f] = (struct column){schema->ticket_fields[f].name, COLUMN_CELL,
                                     f * sizeof(struct cell), sizeof(struct cell)};
    const struct select select = {columns, schema->ticket_field_count, sizeof(struct field_values),
                                  "FROM fluent_tickets WHERE id = ?"};
    if (!select.count)
        return 0;
    if (store_select(store, &select, &(struct db_parameters){.values = &key, .count = 1}, &found,
                     arena, error) < 0)
        return -1;
    if (found.count)
        memcpy(cells, ((const struct field_values *)found.rows)->cells,
               select.count * sizeof *cells);
    return 0;
}

/* Vanished tickets */

static int find_live(struct store *store, const struct select *select,
                     const struct db_parameters *parameters, struct live_ticket *rows,
                     size_t *count, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records found;
    *count = 0;
    int done = store_select(store, select, parameters, &found, &arena, error);
    for (const struct live_ticket_row *row = found.rows; *count < found.count; row++) {
        rows[*count] = row->ticket;
        rows[(*count)++].ticket = store_ticket_id(row->fluent_id);
    }
    arena_release(&arena);
    return done;
}

int store_live_tickets(struct store *store, int64_t after, size_t limit, struct live_ticket *rows,
                       size_t *count, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(after, from),
                                db_int((int64_t)limit, most)};
    return find_live(store, &FIND_LIVE_TICKETS, VALUES(values), rows, count, error);
}

int store_live_among(struct store *store, const int64_t *tickets, size_t limit,
                     struct live_ticket *rows, size_t *count, struct error *error)
{
    struct db_value key = db_text(store->site_key), ids[LIVE_AMONG];
    char texts[LIVE_AMONG][FLUENT_ID_SIZE];
    for (size_t i = 0; i < limit; i++) {
        map_fluent_id(store->site_key, tickets[i], texts[i]);
        ids[i] = db_text(texts[i]);
    }
    const struct db_parameters parameters = {&key, 1, ids, limit};
    return find_live(store, &FIND_LIVE_AMONG, &parameters, rows, count, error);
}

int store_mark_deleted(struct store *store, int64_t id, const char *hidden_as, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(hidden_as && *hidden_as ? hidden_as : NULL),
                                db_text(hidden_as ? "1" : "0"), db_int(id, digits)};
    return db_exec(store->db, MARK_DELETED, values, 3, error);
}

/* A statement about one row. */
static int change_row(struct store *store, const char *sql, int64_t id, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value value = db_int(id, digits);
    return db_exec(store->db, sql, &value, 1, error);
}

int store_set_aside(struct store *store, int64_t id, struct error *error)
{
    return change_row(store, SET_ASIDE, id, error);
}

int store_mark_invisible(struct store *store, int64_t id, struct error *error)
{
    return change_row(store, MARK_INVISIBLE, id, error);
}

int store_wrongly_scoped(struct store *store, bool closed, int64_t after,
                         struct scoped_tickets *found, struct arena *arena, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(after, from),
                                db_int(SCOPED_TICKETS, most)};
    struct records rows;
    int done = store_select(store, closed ? &FIND_MISMARKED : &FIND_LEFT, VALUES(values), &rows,
                            arena, error);
    *found = (struct scoped_tickets){rows.rows, rows.count};
    for (size_t i = 0; i < found->count; i++)
        found->rows[i].ticket = store_ticket_id(found->rows[i].fluent_id);
    return done;
}

int store_mark_left(struct store *store, const struct scoped_ticket *t, struct error *error)
{
    char left[DB_DIGITS], hidden[DB_DIGITS], id[DB_DIGITS];
    struct db_value values[] = {db_int(t->left_scope, left), db_int(t->hidden, hidden),
                                db_text(t->hidden ? t->hidden_as : NULL), db_int(t->id, id)};
    return db_exec(store->db, MARK_LEFT, values, 4, error);
}

int store_count_live_tickets(struct store *store, int64_t *count, struct error *error)
{
    return store_count(store, "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL",
                       count, error);
}

int store_count_deletions(struct store *store, int64_t seconds, struct deletion_count *count,
                          struct error *error)
{
    char since[DB_DIGITS];
    struct db_value values[] = {db_int(seconds, since), db_text(store->site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    *count = (struct deletion_count){0};
    int done = store_select(store, &COUNT_DELETIONS, VALUES(values), &found, &arena, error);
    if (done == 0 && found.count)
        *count = *(const struct deletion_count *)found.rows;
    arena_release(&arena);
    return done;
}

int store_confirm_deletions(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    return db_exec(store->db, CONFIRM_DELETIONS, &key, 1, error);
}

/* Rows that no walk shows anew */

int store_unseen_rows(struct store *store, int64_t after, int64_t since, struct unseen_rows *found,
                      struct arena *arena, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS], began[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(after, from),
                                column_instant(since, began), db_int(UNSEEN_ROWS, most)};
    struct records rows;
    int done = store_select(store, &FIND_UNSEEN_ROWS, VALUES(values), &rows, arena, error);
    *found = (struct unseen_rows){rows.rows, rows.count};
    return done;
}

int store_forget_raw(struct store *store, int64_t id, struct error *error)
{
    return change_row(store, FORGET_RAW, id, error);
}

/* Is `path` at or above the place of the column's value? */
static bool is_under(const struct ticket_column_info *column, const char *path)
{
    size_t n = strlen(path);
    return column->path && strncmp(column->path, path, n) == 0 &&
           (!column->path[n] || column->path[n] == '.');
}

int store_forget_path(struct store *store, const char *path, int64_t since, struct error *error)
{
    char began[DB_DIGITS], sql[512];
    struct db_value values[] = {db_text(store->site_key), column_instant(since, began)};
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        if (!is_under(&ticket_column_table[c], path))
            continue;
        snprintf(sql, sizeof sql, FORGET_COLUMN, ticket_column_table[c].name);
        if (db_exec(store->db, sql, values, 2, error) < 0 ||
            store_history_forget(store, ticket_column_table[c].name, error) < 0)
            return -1;
    }
    return 0;
}
