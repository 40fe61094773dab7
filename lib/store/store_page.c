/* store_page: looking up and writing the tickets of a page and their requests. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/sql.h"
#include "store/store.h"
#include "store/store_private.h"

enum {
    BATCH_ROWS = 100,
    BATCH_BYTES = 8 << 20,
    ID_SURPRISES_MAX = 2,  /* then each new request has a statement of its own */
    REQUEST_CONSTANTS = 3, /* request_type, source, status */
    TICKET_OWN = 8,        /* fluent_id, site_key; fingerprint ... last_synced_at */
    TICKET_VALUES = TICKET_COLUMNS + TICKET_OWN,
};

/* Looking up */

static struct db_value *texts_of(const char *const *ids, size_t count)
{
    struct db_value *list = calloc(count ? count : 1, sizeof *list);
    for (size_t i = 0; list && i < count; i++)
        list[i] = db_text(ids[i]);
    return list;
}

static int by_fluent_id(const void *a, const void *b)
{
    return strcmp(((const struct stored *)a)->fluent_id, ((const struct stored *)b)->fluent_id);
}

static void copy_text(char *to, size_t size, const struct db_value *value)
{
    snprintf(to, size, "%s", value->text ? value->text : "");
}

static void read_stored(struct stored *s, const struct db_value *row)
{
    s->id = db_number(&row[0]);
    copy_text(s->fluent_id, sizeof s->fluent_id, &row[1]);
    copy_text(s->fingerprint, sizeof s->fingerprint, &row[2]);
    s->request_id = db_number(&row[3]);
    s->deleted = db_number(&row[4]) != 0;
    s->invisible = db_number(&row[5]) != 0;
    s->hidden = db_number(&row[6]) != 0;
    s->edits_kept = db_number(&row[7]);
}

static int query_stored(struct store *store, const struct db_value *ids, size_t count,
                        struct db_result **result, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    struct error why = ERROR_INIT;
    if (!store->without_index) {
        if (store_query(store, SQL_LOOKUP, &key, 1, ids, count, result, &why) == 0)
            return 0;
        store->without_index = db_failure(store->db) == DB_FAILURE_INDEX;
        if (!store->without_index)
            return error_copy(error, &why);
    }
    return store_query(store, SQL_LOOKUP_WITHOUT_INDEX, &key, 1, ids, count, result, error);
}

int store_lookup(struct store *store, const char *const *ids, size_t count, struct stored **found,
                 size_t *found_count, struct arena *arena, struct error *error)
{
    *found = NULL;
    *found_count = 0;
    if (!count)
        return 0;
    struct db_value *list = texts_of(ids, count);
    if (!list)
        return error_no_memory(error);
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct error why = ERROR_INIT;
    int done = query_stored(store, list, count, &result, &why);
    free(list);
    if (done < 0 && store->dry && db_failure(store->db) == DB_FAILURE_MISSING)
        return 0;
    if (done < 0)
        return error_copy(error, &why);
    *found = arena_alloc(arena, db_rows(result) * sizeof **found);
    if (!*found)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL;)
        read_stored(&(*found)[(*found_count)++], row);
    qsort(*found, *found_count, sizeof **found, by_fluent_id);
    return 0;
}

static int by_ticket(const void *a, const void *b)
{
    int64_t x = ((const struct stored_request *)a)->ticket_id;
    int64_t y = ((const struct stored_request *)b)->ticket_id;
    return (x > y) - (x < y);
}

static struct cell keep_cell(const struct db_value *value, struct arena *arena)
{
    return (struct cell){.text = store_keep(value, arena), .len = value->len};
}

static void read_request(struct stored_request *r, const struct request_schema *schema,
                         const struct db_value *row, struct arena *arena)
{
    const char *status = row[2].text;
    r->ticket_id = db_number(&row[0]);
    r->linked = row[1].text != NULL;
    r->present = r->linked && db_number(&row[7]) != 0;
    r->removed =
        r->present && status && (strcmp(status, "deleted") == 0 || strcmp(status, "ignored") == 0);
    r->base = keep_cell(&row[3], arena);
    r->number = store_keep(&row[4], arena);
    r->created_at = store_keep(&row[5], arena);
    r->updated_at = store_keep(&row[6], arena);
    r->hidden_as = store_keep(&row[8], arena);
    for (size_t f = 0; f < schema->count; f++)
        r->columns[f] = keep_cell(&row[9 + f], arena);
}

/* `head`, the mapped columns of r, `tail`: about the rows `ids`. */
static int query_columns(struct store *store, const struct request_schema *schema,
                         const char *const parts[3], const int64_t *ids, size_t count,
                         struct db_result **result, struct error *error)
{
    struct buf sql;
    buf_init(&sql, STATEMENT_TEXT_MAX);
    buf_puts(&sql, parts[0]);
    for (size_t f = 0; f < schema->count; f++)
        buf_printf(&sql, ", r.`%s`", schema->fields[f].name);
    buf_puts(&sql, parts[1]);
    buf_puts(&sql, parts[2]);
    struct db_value *list = calloc(count, sizeof *list);
    char(*digits)[DB_DIGITS] = calloc(count, sizeof *digits);
    int done = -1;
    if (!list || !digits || sql.failed) {
        error_no_memory(error);
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = db_int(ids[i], digits[i]);
    done = store_query(store, buf_text(&sql), NULL, 0, list, count, result, error);
out:
    free(list);
    free(digits);
    buf_release(&sql);
    return done;
}

int store_lookup_requests(struct store *store, const struct request_schema *schema,
                          const int64_t *ids, size_t count, bool lock,
                          struct stored_request **found, size_t *found_count, struct arena *arena,
                          struct error *error)
{
    *found = NULL;
    *found_count = 0;
    if (!count)
        return 0;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    const char *const parts[] = {SQL_LOOKUP_REQUESTS_HEAD, SQL_LOOKUP_REQUESTS_TAIL,
                                 lock ? SQL_FOR_UPDATE : ""};
    if (query_columns(store, schema, parts, ids, count, &result, error) < 0)
        return -1;
    *found = arena_alloc(arena, db_rows(result) * sizeof **found);
    if (!*found)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL;)
        read_request(&(*found)[(*found_count)++], schema, row, arena);
    if (arena->failed)
        return error_no_memory(error);
    qsort(*found, *found_count, sizeof **found, by_ticket);
    return 0;
}

static int by_request(const void *a, const void *b)
{
    int64_t x = ((const struct held_request *)a)->id, y = ((const struct held_request *)b)->id;
    return (x > y) - (x < y);
}

int store_read_requests(struct store *store, const struct request_schema *schema,
                        const int64_t *ids, size_t count, struct held_request **found,
                        size_t *found_count, struct arena *arena, struct error *error)
{
    static const char *const parts[] = {SQL_REQUESTS_READ_HEAD, SQL_REQUESTS_READ_TAIL, ""};
    *found = NULL;
    *found_count = 0;
    if (!count)
        return 0;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (query_columns(store, schema, parts, ids, count, &result, error) < 0)
        return -1;
    *found = arena_alloc(arena, db_rows(result) * sizeof **found);
    if (!*found)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        struct held_request *r = &(*found)[(*found_count)++];
        r->id = db_number(&row[0]);
        for (size_t f = 0; f < schema->count; f++)
            r->columns[f] = keep_cell(&row[1 + f], arena);
    }
    if (arena->failed)
        return error_no_memory(error);
    qsort(*found, *found_count, sizeof **found, by_request);
    return 0;
}

/* Writing, in batches that the server takes */

struct batch {
    struct db_value *values;
    size_t columns, rows, bytes, most_rows;
    char (*digits)[DB_DIGITS]; /* three numbers a row */
};

static int batch_init(struct batch *b, size_t columns, struct error *error)
{
    *b = (struct batch){.columns = columns, .most_rows = BATCH_ROWS};
    b->values = calloc(BATCH_ROWS * columns, sizeof *b->values);
    b->digits = calloc((size_t)BATCH_ROWS * 3, sizeof *b->digits);
    return b->values && b->digits ? 0 : error_no_memory(error);
}

static void batch_release(struct batch *b)
{
    free(b->values);
    free(b->digits);
}

static size_t bytes_of(const struct db_value *values, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += values[i].len + 9;
    return bytes;
}

/* Would one more row of `bytes` pass what one statement may hold? */
static bool batch_full(const struct batch *b, const struct db *db, size_t bytes)
{
    size_t most = db_packet_max(db) / 2;
    if (!most || most > BATCH_BYTES)
        most = BATCH_BYTES;
    return b->rows == b->most_rows || (b->rows && b->bytes + bytes > most);
}

static void request_values(const struct request_schema *schema, const struct row *row,
                           struct db_value *values)
{
    for (size_t f = 0; f < schema->count; f++)
        values[f] = store_value(row->request[f]);
    values[schema->count] = db_text(REQUEST_TYPE);
    values[schema->count + 1] = db_text("fluent");
    values[schema->count + 2] = db_text("active");
}

/* What SQL_REQUESTS_INSERTED says of a row that the table took as it was. */
static uint32_t checksum(int64_t id, const struct db_value *values, size_t columns)
{
    char digits[DB_DIGITS];
    uint32_t sum = hash_crc32(0, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, id));
    for (size_t c = 0; c < columns; c++) {
        sum = hash_crc32(sum, "\x1F", 1);
        sum = hash_crc32(sum, values[c].text ? values[c].text : "",
                         values[c].text ? values[c].len : 1);
    }
    return sum;
}

/* Are the batch's requests there, from `first` on in steps? *altered: not all as they were sent. */
static int verify_requests(struct store *store, int64_t first, const struct batch *b, size_t rows,
                           bool *altered, struct error *error)
{
    struct db *db = store->db;
    char low[DB_DIGITS], high[DB_DIGITS], step[DB_DIGITS];
    struct db_value from = db_int(first, low);
    struct db_value values[] = {from, db_int(first + (int64_t)(rows - 1) * db_id_step(db), high),
                                from, db_int(db_id_step(db), step)};
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (db_query(db, store->verify_requests, values, 4, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    int64_t sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += checksum(first + (int64_t)i * db_id_step(db), b->values + i * b->columns,
                        b->columns - REQUEST_CONSTANTS);
    *altered = row && db_number(&row[1]) != sum;
    if (row && (size_t)db_number(&row[0]) == rows)
        return 0;
    store->id_surprises++;
    db_drop(db); /* a cluster may have changed the step: a new connection knows */
    return error_set(error, ERR_DATABASE,
                     "database: the ids of the new requests are not what the server's "
                     "auto_increment_increment promises");
}

static int flush_requests(struct store *store, struct batch *b, struct write *const *writes,
                          struct error *error)
{
    size_t rows = b->rows;
    bool altered = true;
    b->rows = b->bytes = 0; /* also after a failure: there is no room behind a full batch */
    if (!rows)
        return 0;
    if (db_insert(store->db, store->insert_requests, "", b->values, b->columns, rows, error) < 0)
        return -1;
    int64_t first = db_insert_id(store->db);
    if (rows > 1 && verify_requests(store, first, b, rows, &altered, error) < 0)
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
    struct batch b;
    size_t from = 0;
    int done = batch_init(&b, schema->count + REQUEST_CONSTANTS, error);
    if (store->id_surprises >= ID_SURPRISES_MAX)
        b.most_rows = 1;
    for (size_t i = 0; i < count && done == 0; i++) {
        struct db_value values[REQUEST_COLUMNS_MAX + REQUEST_CONSTANTS];
        request_values(schema, writes[i]->row, values);
        size_t bytes = bytes_of(values, b.columns);
        if (batch_full(&b, store->db, bytes)) {
            done = flush_requests(store, &b, writes + from, error);
            from = i;
        }
        memcpy(b.values + b.rows++ * b.columns, values, b.columns * sizeof *values);
        b.bytes += bytes;
    }
    if (done == 0)
        done = flush_requests(store, &b, writes + from, error);
    batch_release(&b);
    return done;
}

/* The values of SQL_TICKET_COLUMNS, in its order. */
static void ticket_values(const struct store *store, const struct write *w, const char *now,
                          char digits[3][DB_DIGITS], struct db_value *v)
{
    const struct row *row = w->row;
    *v++ = db_text(row->fluent_id);
    *v++ = db_text(store->site_key);
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        *v++ = store_value(row->ticket[c]);
    *v++ = db_text(row->fingerprint);
    *v++ = store_value(w->base);
    *v++ = w->request_id ? db_int(w->request_id, digits[0]) : db_text(NULL);
    *v++ = db_int(w->edits_kept, digits[1]);
    *v++ = db_text(w->hidden ? "1" : "0");
    *v = db_text(now);
}

static int flush_tickets(struct store *store, struct batch *b, const char *head, const char *tail,
                         struct error *error)
{
    size_t rows = b->rows;
    b->rows = b->bytes = 0;
    return rows ? db_insert(store->db, head, tail, b->values, b->columns, rows, error) : 0;
}

/* With `ids` the rows' own ids come first. */
static int write_tickets(struct store *store, struct write *const *writes, size_t count, bool ids,
                         const char *head, const char *tail, struct error *error)
{
    struct batch b;
    char now[20];
    store_instant(clock_wall_ms() / 1000, now);
    int done = batch_init(&b, TICKET_VALUES + ids, error);
    for (size_t i = 0; i < count && done == 0; i++) {
        struct db_value values[TICKET_VALUES + 1];
        char digits[3][DB_DIGITS];
        ticket_values(store, writes[i], now, digits, values + ids);
        size_t bytes = bytes_of(values + ids, TICKET_VALUES) + DB_DIGITS;
        if (batch_full(&b, store->db, bytes))
            done = flush_tickets(store, &b, head, tail, error);
        ticket_values(store, writes[i], now, b.digits + 3 * b.rows, values + ids);
        if (ids)
            values[0] = db_int(writes[i]->stored->id, b.digits[3 * b.rows + 2]);
        memcpy(b.values + b.rows++ * b.columns, values, b.columns * sizeof *values);
        b.bytes += bytes;
    }
    if (done == 0)
        done = flush_tickets(store, &b, head, tail, error);
    batch_release(&b);
    return done;
}

int store_insert_tickets(struct store *store, struct write *const *writes, size_t count,
                         struct error *error)
{
    return write_tickets(store, writes, count, false, SQL_TICKETS_INSERT, "", error);
}

int store_update_tickets(struct store *store, struct write *const *writes, size_t count, bool aside,
                         struct error *error)
{
    return write_tickets(
        store, writes, count, true, SQL_TICKETS_UPDATE_HEAD,
        aside ? SQL_TICKETS_UPDATE_TAIL : SQL_TICKETS_UPDATE_TAIL SQL_TICKETS_THERE, error);
}

int store_update_request(struct store *store, const struct request_schema *schema,
                         const struct request_update *u, bool *written, struct error *error)
{
    struct db_value values[2 * REQUEST_COLUMNS_MAX + 1];
    struct buf sql, conditions;
    char digits[DB_DIGITS];
    size_t n = 0;
    buf_init(&sql, STATEMENT_TEXT_MAX);
    buf_init(&conditions, STATEMENT_TEXT_MAX);
    buf_puts(&sql, SQL_REQUEST_UPDATE_HEAD);
    for (size_t f = 0; f < schema->count; f++) {
        if (u->verdicts[f] != MERGE_WRITE)
            continue;
        buf_printf(&sql, "%s`%s` = ?", n ? ", " : "", schema->fields[f].name);
        buf_printf(&conditions, SQL_REQUEST_UPDATE_IF, schema->fields[f].name);
        values[n++] = store_value(u->theirs[f]);
    }
    buf_puts(&sql, u->aside && store->has_version ? SQL_REQUEST_UPDATE_VERSION : "");
    buf_puts(&sql, SQL_REQUEST_UPDATE_TAIL);
    buf_puts(&sql, u->aside ? "" : SQL_REQUEST_UPDATE_ACTIVE);
    buf_puts(&sql, buf_text(&conditions));
    values[n++] = db_int(u->request_id, digits);
    for (size_t f = 0; f < schema->count; f++)
        if (u->verdicts[f] == MERGE_WRITE)
            values[n++] = store_value(u->ours[f]);
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
    if (db_exec(store->db, SQL_REQUEST_HIDE, &id, 1, error) < 0)
        return -1;
    *hidden = db_affected(store->db) == 1;
    if (!*hidden || !store->has_version)
        return 0;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (db_query(store->db, SQL_REQUEST_VERSION, &id, 1, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    if (row)
        copy_text(version, VERSION_SIZE, &row[0]);
    return 0;
}

int store_show_request(struct store *store, int64_t request_id, const char *version, bool *shown,
                       struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_int(request_id, digits), db_text(version)};
    bool knows = version && store->has_version;
    if (db_exec(store->db, knows ? SQL_REQUEST_SHOW SQL_REQUEST_SHOW_IF : SQL_REQUEST_SHOW, values,
                knows ? 2 : 1, error) < 0)
        return -1;
    *shown = db_affected(store->db) == 1;
    return 0;
}
