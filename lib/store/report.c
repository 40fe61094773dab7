/* report: queries, and their values in the form in which they are shown. */
#include "store/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/merge_base.h"
#include "store/sql.h"
#include "store/store.h"

enum { EDITS_CHUNK = 500 };

#define AND_NAME(member, column, ...) column " "
/* The kinds of the columns that are neither text nor wall time. */
static const struct {
    const char *names;
    enum report_kind kind;
} KINDS[] = {
    {" " COUNTER_LIST(AND_NAME) "id exit_code sync_duration_ms pid count request_id mailbox_id "
                                "response_count attempts ",
     REPORT_NUMBER},
    {" complete accepted sees_all ", REPORT_BOOL},
    {" last_sync_at created_at updated_at deleted_at invisible_since last_synced_at "
     "created_at_local updated_at_local updated_at_fluent resolved_at first_seen last_seen "
     "next_attempt ",
     REPORT_INSTANT},
    {" date time date_filter ", REPORT_PLAIN},
};

/* Columns of fluent_tickets that hold wall time; every other instant is in UTC. */
static const char WALL[] = " created_at updated_at_fluent resolved_at ";

static bool is_among(const char *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = names; (at = strstr(at, name)) != NULL; at += n)
        if (at > names && at[-1] == ' ' && at[n] == ' ')
            return true;
    return false;
}

static enum report_kind kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (is_among(KINDS[i].names, name))
            return KINDS[i].kind;
    return REPORT_TEXT;
}

const char *report_cell(const struct report *r, size_t row, const char *column)
{
    for (size_t c = 0; c < r->width; c++)
        if (strcmp(r->columns[c].name, column) == 0)
            return r->cells[row * r->width + c];
    return NULL;
}

void report_release(struct report *r)
{
    arena_release(&r->arena);
    *r = (struct report){0};
}

static const char *shown(struct arena *arena, const struct db_value *value, enum report_kind kind,
                         const struct zone *zone)
{
    if (!value->text)
        return NULL;
    int64_t instant;
    char iso[25];
    if (kind == REPORT_INSTANT && zone_instant(zone, value->text, &instant) &&
        zone_iso(instant, iso))
        return arena_copy(arena, iso, strlen(iso));
    return arena_copy(arena, value->text, value->len);
}

/* Takes over a result. `wall` is the zone of the columns in WALL; NULL: they too are in UTC. */
static int fill(struct report *r, struct db_result *result, const struct zone *wall,
                struct error *error)
{
    struct zone *utc = NULL;
    *r = (struct report){.width = db_columns(result)};
    struct report_column *columns = arena_alloc(&r->arena, r->width * sizeof *columns);
    r->cells = arena_alloc(&r->arena, db_rows(result) * r->width * sizeof *r->cells);
    if (!columns || !r->cells)
        return error_no_memory(error);
    if (zone_open(&utc, "UTC", error) < 0)
        return -1;
    for (size_t c = 0; c < r->width; c++) {
        const char *name = db_column_name(result, c);
        columns[c].name = arena_copy(&r->arena, name, strlen(name));
        columns[c].kind = kind_of(name);
    }
    r->columns = columns;
    for (const struct db_value *row; (row = db_row(result)) != NULL; r->rows++)
        for (size_t c = 0; c < r->width; c++) {
            const struct zone *zone = wall && is_among(WALL, columns[c].name) ? wall : utc;
            r->cells[r->rows * r->width + c] = shown(&r->arena, &row[c], columns[c].kind, zone);
        }
    zone_close(utc);
    return 0;
}

static int report_query(struct report *r, struct db *db, const char *sql,
                        const struct db_value *values, size_t count, const struct zone *wall,
                        struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    *r = (struct report){0};
    if (db_query(db, sql, values, count, NULL, 0, &result, error) < 0)
        return -1;
    return fill(r, result, wall, error);
}

int report_runs(struct report *r, struct db *db, const char *site_key, int64_t limit,
                struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(site_key), db_int(limit, digits)};
    return report_query(r, db, SQL_REPORT_RUNS, values, 2, NULL, error);
}

int report_breakdown(struct report *r, struct db *db, const char *site_key, struct error *error)
{
    struct db_value key = db_text(site_key);
    return report_query(r, db, SQL_REPORT_BREAKDOWN, &key, 1, NULL, error);
}

int report_last_complete(int64_t *instant, struct db *db, const char *site_key, struct error *error)
{
    struct db_value key = db_text(site_key);
    struct zone *utc = NULL;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    *instant = 0;
    if (db_query(db, SQL_REPORT_LAST_COMPLETE, &key, 1, NULL, 0, &result, error) < 0 ||
        zone_open(&utc, "UTC", error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    if (row && row[0].text)
        zone_instant(utc, row[0].text, instant);
    zone_close(utc);
    return 0;
}

int report_gauges(struct report_gauges *gauges, struct db *db, const char *site_key,
                  struct error *error)
{
    struct store *store = NULL;
    int64_t all;
    struct report_gauges g = {-1, -1, -1};
    int done = report_last_complete(&g.last_success, db, site_key, error);
    if (done == 0)
        done = store_open(&store, db, site_key, true, error);
    if (done == 0)
        done = store_count_present(store, &g.tickets_stored, error);
    if (done == 0)
        done = store_count_rejects(store, &all, &g.rejects_waiting, error);
    store_close(store);
    if (g.last_success == 0)
        g.last_success = -1;
    *gauges = g;
    return done;
}

int report_tickets(struct report *r, struct db *db, const char *site_key,
                   const struct report_filter *filter, const struct zone *zone, struct error *error)
{
    struct buf sql;
    struct db_value values[5];
    char mailbox[DB_DIGITS], limit[DB_DIGITS], offset[DB_DIGITS];
    size_t n = 0;
    buf_init(&sql, 8192);
    buf_puts(&sql, SQL_REPORT_TICKETS);
    values[n++] = db_text(site_key);
    if (filter->status) {
        buf_puts(&sql, SQL_REPORT_WITH_STATUS);
        values[n++] = db_text(filter->status);
    }
    if (filter->mailbox >= 0) {
        buf_puts(&sql, SQL_REPORT_WITH_MAILBOX);
        values[n++] = db_int(filter->mailbox, mailbox);
    }
    buf_puts(&sql, SQL_REPORT_PAGE);
    values[n++] = db_int(filter->limit, limit);
    values[n++] = db_int(filter->offset, offset);
    int done = report_query(r, db, buf_text(&sql), values, n, zone, error);
    buf_release(&sql);
    return done;
}

int report_rejects(struct report *r, struct db *db, const char *site_key, struct error *error)
{
    struct db_value key = db_text(site_key);
    return report_query(r, db, SQL_REJECTS_LIST, &key, 1, NULL, error);
}

int report_accept(struct db *db, const char *site_key, const char *fluent_id, bool *found,
                  struct error *error)
{
    struct db_value values[] = {db_text(site_key), db_text(fluent_id)};
    if (db_exec(db, SQL_REJECT_ACCEPT, values, 2, error) < 0)
        return -1;
    *found = db_affected(db) > 0;
    return 0;
}

int report_zone(struct zone **zone, struct db *db, const char *site_key, const char *timezone,
                struct error *error)
{
    if (strcmp(timezone, "site") != 0)
        return zone_open(zone, timezone, error);
    struct arena arena = ARENA_INIT;
    struct store *store = NULL;
    struct state state;
    struct findings findings;
    int done = -1;
    *zone = NULL;
    if (store_open(&store, db, site_key, false, error) == 0 &&
        store_read_state(store, &state, &findings, &arena, error) == 0)
        done = zone_open(zone, state.zone ? state.zone : "UTC", error);
    store_close(store);
    arena_release(&arena);
    return done;
}

/* People's edits */

struct edits {
    struct report *report;
    size_t size;
    int64_t limit;
};

static const struct report_column EDIT_COLUMNS[] = {
    {"fluent_id", REPORT_TEXT},
    {"column", REPORT_TEXT},
    {"theirs", REPORT_TEXT},
    {"ours", REPORT_TEXT},
};
enum { EDIT_WIDTH = sizeof EDIT_COLUMNS / sizeof *EDIT_COLUMNS };

static int add_edit(struct edits *e, const char *fluent_id, const char *column,
                    struct merge_base base, struct cell ours, struct error *error)
{
    struct report *r = e->report;
    if (r->rows == e->size) {
        size_t size = e->size ? e->size * 2 : 64;
        const char **cells = arena_alloc(&r->arena, size * EDIT_WIDTH * sizeof *cells);
        if (!cells)
            return error_no_memory(error);
        if (r->rows)
            memcpy(cells, r->cells, r->rows * EDIT_WIDTH * sizeof *cells);
        r->cells = cells;
        e->size = size;
    }
    const char **row = &r->cells[r->rows++ * EDIT_WIDTH];
    row[0] = arena_printf(&r->arena, "%s", fluent_id ? fluent_id : "");
    row[1] = arena_copy(&r->arena, column, strlen(column));
    struct cell theirs = base.held.text;
    row[2] = base.held.hashed ? ""
             : theirs.text    ? arena_copy(&r->arena, theirs.text, theirs.len)
                              : NULL;
    row[3] = ours.text ? arena_copy(&r->arena, ours.text, ours.len) : NULL;
    return 0;
}

/* A column is edited when it is neither its base nor, in an inherited row, without one. */
static int compare_request(struct edits *e, const struct request_schema *schema,
                           const struct stored_request *request, const char *fluent_id,
                           struct arena *arena, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (!request->present || !request->base.text)
        return 0;
    if (merge_base_read(schema, request->base, bases, arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < schema->count && (int64_t)e->report->rows < e->limit; f++) {
        struct cell ours = request->columns[f];
        if (bases[f].held.known &&
            merge_column(bases[f], ours, ours, MERGE_KEEP) != MERGE_UNCHANGED &&
            add_edit(e, fluent_id, schema->fields[f].name, bases[f], ours, error) < 0)
            return -1;
    }
    return 0;
}

/* The next rows with a request, ids and fluent_ids ascending alike. */
static int next_names(struct db *db, const char *site_key, int64_t after, int64_t *ids,
                      const char **names, size_t *count, struct arena *arena, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(site_key), db_int(after, from), db_int(EDITS_CHUNK, most)};
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    *count = 0;
    if (db_query(db, SQL_REPORT_BASES, values, 3, NULL, 0, &result, error) < 0)
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; (*count)++) {
        ids[*count] = db_number(&row[0]);
        names[*count] = arena_copy(arena, row[1].text, row[1].len);
        if (!names[*count])
            return error_no_memory(error);
    }
    return 0;
}

static int compare_chunk(struct edits *e, struct store *store, const struct request_schema *schema,
                         const int64_t *ids, const char *const *names, size_t count,
                         struct arena *arena, struct error *error)
{
    struct stored_request *found;
    size_t n;
    if (store_lookup_requests(store, schema, ids, count, false, &found, &n, arena, error) < 0)
        return -1;
    for (size_t i = 0, name = 0; i < n; i++) {
        while (ids[name] != found[i].ticket_id)
            name++;
        if (compare_request(e, schema, &found[i], names[name], arena, error) < 0)
            return -1;
    }
    return 0;
}

int report_edits(struct report *r, struct db *db, const char *site_key,
                 const struct mapping_pairs *fields, int64_t limit, struct error *error)
{
    *r = (struct report){.columns = EDIT_COLUMNS, .width = EDIT_WIDTH};
    struct edits e = {.report = r, .limit = limit};
    struct store *store = NULL;
    struct request_schema schema;
    struct arena arena = ARENA_INIT;
    int64_t ids[EDITS_CHUNK] = {0}, after = 0;
    const char *names[EDITS_CHUNK] = {NULL};
    int done = store_open(&store, db, site_key, true, error);
    if (done == 0)
        done = store_request_schema(store, fields, &schema, error);
    for (size_t n = EDITS_CHUNK; done == 0 && n == EDITS_CHUNK && (int64_t)r->rows < limit;) {
        done = next_names(db, site_key, after, ids, names, &n, &arena, error);
        if (done == 0 && n) {
            after = ids[n - 1];
            done = compare_chunk(&e, store, &schema, ids, names, n, &arena, error);
        }
        arena_release(&arena);
    }
    store_close(store);
    return done;
}
