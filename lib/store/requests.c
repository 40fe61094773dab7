/* requests: the statements that read and write the requests of tickets. */
#include "store/requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/int64.h"
#include "store/insert.h"
#include "store/store_private.h"

enum { ID_SURPRISES_MAX = 2 /* then each new request has a statement of its own */ };

/* Looking up; behind these the mapped columns of r. Where no foreign key stands, an id may have
 * gone to another request: ours has our source, and no ticket stored later refers to it. */
static const struct column STORED[] = {
    COLUMN("f.id", struct stored_request, ticket_id),
    COLUMN("f.fluent_id", struct stored_request, fluent_id),
    COLUMN("r.id IS NOT NULL", struct stored_request, linked),
    COLUMN("r.source = 'fluent' AND NOT EXISTS (SELECT 1 FROM fluent_tickets o "
           "WHERE o.request_id = f.request_id AND o.id > f.id)",
           struct stored_request, present),
    COLUMN("r.status", struct stored_request, status),
    COLUMN("f.base", struct stored_request, base),
    COLUMN("f.ticket_number", struct stored_request, number),
    COLUMN("f.created_at", struct stored_request, created_at),
    COLUMN("f.updated_at_fluent", struct stored_request, updated_at),
    COLUMN("f.hidden_as", struct stored_request, hidden_as),
    COLUMN("f.priority", struct stored_request, priority),
    COLUMN("f.product_id", struct stored_request, product_id),
    COLUMN("f.deleted_at IS NOT NULL OR f.invisible_since IS NOT NULL", struct stored_request,
           gone),
    COLUMN_AS(COLUMN_INSTANT, "f.created_at_local", struct stored_request, stored),
};
#define FROM_TICKETS                                                                               \
    "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id WHERE f.id IN (?*)"
static const char LOOKUP[] = FROM_TICKETS;
static const char LOOKUP_LOCKED[] = FROM_TICKETS " FOR UPDATE";

static const struct column HELD[] = {COLUMN("r.id", struct held_request, id)};
static const char READ[] = "FROM requests r WHERE r.id IN (?*)";

/* Inserting: the mapped columns, then these. */
#define CONSTANTS(X)                                                                               \
    X(request_type, REQUEST_TYPE)                                                                  \
    X(source, "fluent")                                                                            \
    X(status, "active")
#define CONSTANT_NAME(name, value) ", " #name
#define CONSTANT_ID(name, value) CONSTANT_##name,
enum { CONSTANTS(CONSTANT_ID) CONSTANTS_COUNT };

/* Reads back what was inserted: how many rows have the ids from the first to the last, which are a
 * fixed step apart, and the sum of their checksums. SUM_COLUMN, once for each column, stands
 * between SUM_HEAD and SUM_TAIL; SUM_UTF8MB4, which converts nothing, for those of utf8mb4. */
struct inserted {
    int64_t count, sum;
};
static const char FROM_INSERTED[] =
    "FROM requests WHERE source = 'fluent' AND id BETWEEN ? AND ? AND MOD(id - ?, ?) = 0";
#define SUM_HEAD "SUM(CRC32(CONCAT(id"
#define SUM_COLUMN ", 0x1F, COALESCE(CAST(CONVERT(`%s` USING utf8mb4) AS BINARY), 0x00)"
#define SUM_UTF8MB4 ", 0x1F, COALESCE(`%s`, 0x00)"
#define SUM_TAIL ")))"

/* Updating: between head and tail an assignment for each column, behind the tail a condition. */
#define UPDATE_HEAD "UPDATE requests SET "
#define UPDATE_TAIL " WHERE id = ? AND source = 'fluent'"
#define UPDATE_ACTIVE " AND (status IS NULL OR status NOT IN ('deleted', 'ignored'))"
/* Assigned to itself, so that ON UPDATE does not set it: a hidden request that seems to have been
 * changed would not be shown again. */
#define UPDATE_VERSION ", updated_at = updated_at"
#define UPDATE_IF " AND CAST(CONVERT(`%s` USING utf8mb4) AS BINARY) <=> CAST(? AS BINARY)"

static const char HIDE[] = "UPDATE requests SET status = 'deleted' "
                           "WHERE id = ? AND source = 'fluent' AND status = 'active'";
/* SHOW_IF is for tables whose rows say in updated_at when they were changed last. */
#define SHOW_ANY                                                                                   \
    "UPDATE requests SET status = 'active' "                                                       \
    "WHERE id = ? AND source = 'fluent' AND status = 'deleted'"
static const char SHOW[] = SHOW_ANY;
static const char SHOW_IF[] = SHOW_ANY " AND updated_at <=> ?";

struct version_read {
    char text[VERSION_SIZE];
};
static const struct column VERSION[] = {COLUMN("updated_at", struct version_read, text)};
static const struct select READ_VERSION =
    SELECT(VERSION, struct version_read, "FROM requests WHERE id = ?");

/* Looking up */

/* A select of fixed columns and behind them the mapped ones, into the cells at `offset`. */
struct mapped_select {
    struct select select;
    struct column columns[sizeof STORED / sizeof *STORED + REQUEST_COLUMNS_MAX];
    char names[REQUEST_COLUMNS_MAX][72];
};

static void add_mapped(struct mapped_select *m, const struct request_schema *schema, size_t offset)
{
    memcpy(m->columns, m->select.columns, m->select.count * sizeof *m->columns);
    for (size_t f = 0; f < schema->count; f++) {
        snprintf(m->names[f], sizeof m->names[f], "r.`%s`", schema->fields[f].name);
        m->columns[m->select.count++] = (struct column){
            m->names[f], COLUMN_CELL, offset + f * sizeof(struct cell), sizeof(struct cell)};
    }
    m->select.columns = m->columns;
}

static int select_by_ids(struct store *store, const struct select *select,
                         const struct request_ids *of, struct records *found, struct arena *arena,
                         struct error *error)
{
    *found = (struct records){0};
    if (!of->count)
        return 0;
    struct db_value *list = calloc(of->count, sizeof *list);
    char(*digits)[DB_DIGITS] = calloc(of->count, sizeof *digits);
    int done = list && digits ? 0 : error_no_memory(error);
    for (size_t i = 0; done == 0 && i < of->count; i++)
        list[i] = db_int(of->ids[i], digits[i]);
    if (done == 0)
        done = store_select(store, select, &(struct db_parameters){NULL, 0, list, of->count}, found,
                            arena, error);
    free(list);
    free(digits);
    return done;
}

static int by_ticket(const void *a, const void *b)
{
    int64_t x = ((const struct stored_request *)a)->ticket_id;
    int64_t y = ((const struct stored_request *)b)->ticket_id;
    return (x > y) - (x < y);
}

int store_lookup_requests(struct store *store, const struct request_ids *tickets,
                          enum request_version version, struct stored_requests *found,
                          struct arena *arena, struct error *error)
{
    struct mapped_select m = {.select = SELECT(STORED, struct stored_request,
                                               version == REQUEST_LOCKED ? LOOKUP_LOCKED : LOOKUP)};
    struct records rows;
    add_mapped(&m, tickets->schema, offsetof(struct stored_request, columns));
    if (select_by_ids(store, &m.select, tickets, &rows, arena, error) < 0)
        return -1;
    *found = (struct stored_requests){rows.rows, rows.count};
    for (size_t i = 0; i < found->count; i++) {
        struct stored_request *r = &found->rows[i];
        r->removed = r->present && r->status &&
                     (strcmp(r->status, "deleted") == 0 || strcmp(r->status, "ignored") == 0);
    }
    if (found->count)
        qsort(found->rows, found->count, sizeof *found->rows, by_ticket);
    return 0;
}

static int by_request(const void *a, const void *b)
{
    int64_t x = ((const struct held_request *)a)->id, y = ((const struct held_request *)b)->id;
    return (x > y) - (x < y);
}

int store_read_requests(struct store *store, const struct request_ids *requests,
                        struct held_requests *found, struct arena *arena, struct error *error)
{
    struct mapped_select m = {.select = SELECT(HELD, struct held_request, READ)};
    struct records rows;
    add_mapped(&m, requests->schema, offsetof(struct held_request, columns));
    if (select_by_ids(store, &m.select, requests, &rows, arena, error) < 0)
        return -1;
    *found = (struct held_requests){rows.rows, rows.count};
    if (found->count)
        qsort(found->rows, found->count, sizeof *found->rows, by_request);
    return 0;
}

/* Inserting */

/* Statements are kept: db_insert knows its prepared ones by their heads. */
int store_compose_requests(struct store *store, const struct request_schema *schema,
                           struct error *error)
{
    struct buf insert, sum;
    buf_init(&insert, STATEMENT_TEXT_MAX);
    buf_init(&sum, STATEMENT_TEXT_MAX);
    buf_puts(&insert, "INSERT INTO requests (");
    buf_puts(&sum, SUM_HEAD);
    for (size_t f = 0; f < schema->count; f++) {
        buf_printf(&insert, "%s`%s`", f ? ", " : "", schema->fields[f].name);
        buf_printf(&sum, schema->fields[f].utf8mb4 ? SUM_UTF8MB4 : SUM_COLUMN,
                   schema->fields[f].name);
    }
    buf_puts(&insert, CONSTANTS(CONSTANT_NAME) ") VALUES");
    buf_puts(&sum, SUM_TAIL);
    free(store->insert_requests);
    free(store->sum_requests);
    store->insert_requests = insert.failed ? NULL : strdup(buf_text(&insert));
    store->sum_requests = sum.failed ? NULL : strdup(buf_text(&sum));
    buf_release(&insert);
    buf_release(&sum);
    return store->insert_requests && store->sum_requests ? 0 : error_no_memory(error);
}

static void request_values(const struct request_schema *schema, const struct row *row,
                           struct db_value *v)
{
    for (size_t f = 0; f < schema->count; f++)
        *v++ = column_cell(row->request[f]);
#define CONSTANT_VALUE(name, value) *v++ = db_text(value);
    CONSTANTS(CONSTANT_VALUE)
}

/* What the sum adds for a row that the table took as it was. */
static uint32_t checksum(int64_t id, const struct db_value *values, size_t columns)
{
    char digits[DB_DIGITS];
    uint32_t sum = hash_crc32(0, digits, int64_text(id, digits));
    for (size_t c = 0; c < columns; c++) {
        sum = hash_crc32(sum, "\x1F", 1);
        sum = hash_crc32(sum, values[c].text ? values[c].text : "",
                         values[c].text ? values[c].len : 1);
    }
    return sum;
}

static int read_inserted(struct store *store, int64_t first, size_t rows, struct inserted *inserted,
                         struct error *error)
{
    const struct column columns[] = {COLUMN("COUNT(*)", struct inserted, count),
                                     COLUMN(store->sum_requests, struct inserted, sum)};
    const struct select select = SELECT(columns, struct inserted, FROM_INSERTED);
    char low[DB_DIGITS], high[DB_DIGITS], step[DB_DIGITS];
    int64_t by = db_id_step(store->db);
    struct db_value from = db_int(first, low);
    struct db_value values[] = {from, db_int(first + (int64_t)(rows - 1) * by, high), from,
                                db_int(by, step)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &select, VALUES(values), &found, &arena, error);
    *inserted = found.count ? *(const struct inserted *)found.rows : (struct inserted){0};
    arena_release(&arena);
    return done;
}

/* Are the rows there, from `first` on in steps? *altered: not all as they were sent. */
static int verify_requests(struct store *store, int64_t first, const struct insert *in, size_t rows,
                           bool *altered, struct error *error)
{
    struct inserted inserted;
    int64_t sum = 0;
    if (read_inserted(store, first, rows, &inserted, error) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++)
        sum += checksum(first + (int64_t)i * db_id_step(store->db), in->values + i * in->columns,
                        in->columns - CONSTANTS_COUNT);
    *altered = inserted.count && inserted.sum != sum;
    if ((size_t)inserted.count == rows)
        return 0;
    store->id_surprises++;
    db_drop(store->db); /* a cluster may have changed the step: a new connection knows */
    return error_set(error, ERR_DATABASE,
                     "database: the ids of the new requests are not as far apart as the "
                     "server's auto_increment_increment says");
}

/* Sends the requests of `writes`, the rows that are there. */
static int send_requests(struct store *store, struct insert *in, struct write *const *writes,
                         struct error *error)
{
    size_t rows = in->rows;
    bool altered = true;
    if (!rows)
        return 0;
    if (insert_send(in, store->db, error) < 0)
        return -1;
    int64_t first = db_insert_id(store->db);
    if (rows > 1 && verify_requests(store, first, in, rows, &altered, error) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++) {
        writes[i]->request_id = first + (int64_t)i * db_id_step(store->db);
        writes[i]->altered = altered;
    }
    return 0;
}

int store_insert_requests(struct store *store, const struct request_schema *schema,
                          struct write *const *writes, size_t count, struct error *error)
{
    struct insert in;
    size_t from = 0;
    int done = insert_init(&in, store->insert_requests, "", schema->count + CONSTANTS_COUNT, error);
    if (store->id_surprises >= ID_SURPRISES_MAX)
        in.most_rows = 1;
    for (size_t i = 0; i < count && done == 0; i++) {
        struct db_value values[REQUEST_COLUMNS_MAX + CONSTANTS_COUNT];
        request_values(schema, writes[i]->row, values);
        if (insert_full(&in, store->db, values)) {
            done = send_requests(store, &in, writes + from, error);
            from = i;
        }
        insert_add(&in, values);
    }
    if (done == 0)
        done = send_requests(store, &in, writes + from, error);
    insert_release(&in);
    return done;
}

/* Updating */

int store_update_request(struct store *store, const struct request_schema *schema,
                         const struct request_update *u, bool *written, struct error *error)
{
    struct db_value values[2 * REQUEST_COLUMNS_MAX + 1];
    struct buf sql, conditions;
    char digits[DB_DIGITS];
    size_t n = 0;
    buf_init(&sql, STATEMENT_TEXT_MAX);
    buf_init(&conditions, STATEMENT_TEXT_MAX);
    buf_puts(&sql, UPDATE_HEAD);
    for (size_t f = 0; f < schema->count; f++) {
        if (u->verdicts[f] != MERGE_WRITE)
            continue;
        buf_printf(&sql, "%s`%s` = ?", n ? ", " : "", schema->fields[f].name);
        buf_printf(&conditions, UPDATE_IF, schema->fields[f].name);
        values[n++] = column_cell(u->theirs[f]);
    }
    buf_puts(&sql, u->absent && store->has_version ? UPDATE_VERSION : "");
    buf_puts(&sql, UPDATE_TAIL);
    buf_puts(&sql, u->absent ? "" : UPDATE_ACTIVE);
    buf_puts(&sql, buf_text(&conditions));
    values[n++] = db_int(u->request_id, digits);
    for (size_t f = 0; f < schema->count; f++)
        if (u->verdicts[f] == MERGE_WRITE)
            values[n++] = column_cell(u->ours[f]);
    int done = sql.failed || conditions.failed
                   ? error_no_memory(error)
                   : db_exec(store->db, buf_text(&sql), values, n, error);
    *written = done == 0 && db_affected(store->db) == 1;
    buf_release(&sql);
    buf_release(&conditions);
    return done;
}

int store_hide_request(struct store *store, int64_t request_id, bool *hidden,
                       char version[VERSION_SIZE], struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value id = db_int(request_id, digits);
    version[0] = '\0';
    if (db_exec(store->db, HIDE, &id, 1, error) < 0)
        return -1;
    *hidden = db_affected(store->db) == 1;
    if (!*hidden || !store->has_version)
        return 0;
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &READ_VERSION, &(struct db_parameters){&id, 1, NULL, 0}, &found,
                            &arena, error);
    if (found.count)
        snprintf(version, VERSION_SIZE, "%s", ((const struct version_read *)found.rows)->text);
    arena_release(&arena);
    return done;
}

int store_show_request(struct store *store, int64_t request_id, const char *version, bool *shown,
                       struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_int(request_id, digits), db_text(version)};
    bool knows = version && store->has_version;
    if (db_exec(store->db, knows ? SHOW_IF : SHOW, values, knows ? 2 : 1, error) < 0)
        return -1;
    *shown = db_affected(store->db) == 1;
    return 0;
}
