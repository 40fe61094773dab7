/* edits: compares each request with what the program last wrote there. */
#include "app/edits.h"

#include <string.h>

#include "core/map.h"
#include "core/merge_base.h"
#include "store/request_schema.h"
#include "store/requests.h"

struct edits {
    struct report *report;
    struct db *db;
    const char *site_key;
    struct store *store;
    struct request_schema schema;
    struct zone *utc;
    size_t size;
    struct edits_limit *limit;
};

enum { EDIT_FLUENT_ID, EDIT_COLUMN, EDIT_THEIRS, EDIT_OURS, EDIT_WIDTH };
static const struct report_column EDIT_COLUMNS[EDIT_WIDTH] = {
    [EDIT_FLUENT_ID] = {"fluent_id", REPORT_TEXT},
    [EDIT_COLUMN] = {"column", REPORT_TEXT},
    [EDIT_THEIRS] = {"theirs", REPORT_TEXT},
    [EDIT_OURS] = {"ours", REPORT_TEXT},
};

/* The cells of a new row; NULL without memory. */
static const char **add_row(struct edits *e)
{
    struct report *r = e->report;
    if (r->rows == e->size) {
        size_t size = e->size ? e->size * 2 : 64;
        const char **cells = arena_alloc(&r->arena, size * EDIT_WIDTH * sizeof *cells);
        if (!cells)
            return NULL;
        if (r->rows)
            memcpy(cells, r->cells, r->rows * EDIT_WIDTH * sizeof *cells);
        r->cells = cells;
        e->size = size;
    }
    return &r->cells[r->rows++ * EDIT_WIDTH];
}

/* Of a long description the base holds only the hash: what the site has is made anew, of the ticket
 * as it is stored. Of that a rule of the configuration's need not be able to make it. */
static int describe(struct edits *e, const char *fluent_id, const char **text, struct error *error)
{
    struct report ticket = {0};
    struct cell cell = {0};
    struct arena *arena = &e->report->arena;
    int done = report_ticket(&ticket, e->db, e->site_key, fluent_id, e->utc, error);
    if (done == 0 && ticket.rows &&
        map_describe(arena, report_cell(&ticket, 0, "title"),
                     report_cell(&ticket, 0, "customer_message"),
                     &e->schema.fields[REQUEST_DESCRIPTION], &cell) < 0)
        done = error_no_memory(error);
    *text = cell.text;
    report_release(&ticket);
    return done;
}

/* `column` is an index of the schema's. */
static int add_edit(struct edits *e, const struct stored_request *request, size_t column,
                    struct merge_base base, struct error *error)
{
    struct arena *arena = &e->report->arena;
    const char *name = e->schema.fields[column].name, *id = request->fluent_id;
    struct cell ours = request->columns[column];
    if (++e->limit->all > e->limit->most)
        return 0;
    const char **row = add_row(e);
    if (!row)
        return error_no_memory(error);
    row[EDIT_FLUENT_ID] = arena_printf(arena, "%s", id ? id : "");
    row[EDIT_COLUMN] = arena_copy(arena, name, strlen(name));
    row[EDIT_OURS] = ours.text ? arena_copy(arena, ours.text, ours.len) : NULL;
    if (column == REQUEST_DESCRIPTION && base.held.hashed && !e->schema.fields[column].ruled)
        return describe(e, row[EDIT_FLUENT_ID], &row[EDIT_THEIRS], error);
    row[EDIT_THEIRS] = merge_held(base, arena);
    return arena->failed ? error_no_memory(error) : 0;
}

static int compare_request(struct edits *e, const struct stored_request *request,
                           struct arena *arena, struct error *error)
{
    const struct request_schema *schema = &e->schema;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (!request->present || !request->base.text)
        return 0;
    if (merge_base_read(schema, request->base, bases, arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < schema->count; f++)
        if (merge_edited(bases[f], request->columns[f]) &&
            add_edit(e, request, f, bases[f], error) < 0)
            return -1;
    return 0;
}

static int compare_chunk(struct edits *e, const int64_t *ids, size_t count, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct request_ids tickets = {&e->schema, ids, count};
    struct stored_requests found;
    int done = store_lookup_requests(e->store, &tickets, REQUEST_AS_SEEN, &found, &arena, error);
    for (size_t i = 0; done == 0 && i < found.count; i++)
        done = compare_request(e, &found.rows[i], &arena, error);
    arena_release(&arena);
    return done;
}

static int open_edits(struct edits *e, struct report *r, struct db *db, const char *site_key,
                      const struct mapping_pairs *fields, struct error *error)
{
    struct dashboard requests;
    *r = (struct report){.columns = EDIT_COLUMNS, .width = EDIT_WIDTH};
    e->report = r;
    e->db = db;
    e->site_key = site_key;
    e->limit->all = 0;
    if (zone_open(&e->utc, "UTC", error) < 0 ||
        store_open(&e->store, db, site_key, true, error) < 0)
        return -1;
    return store_request_schema(e->store, fields, &e->schema, &requests, error);
}

static void close_edits(struct edits *e)
{
    store_close(e->store);
    zone_close(e->utc);
}

static int compare_all(struct edits *e, enum linked_which which, struct error *error)
{
    struct linked_rows rows = {.which = which, .count = LINKED_CHUNK};
    int64_t after = 0;
    int done = 0;
    while (done == 0 && rows.count == LINKED_CHUNK) {
        done = store_linked(e->store, after, &rows, error);
        if (done == 0 && rows.count) {
            after = rows.ids[rows.count - 1];
            done = compare_chunk(e, rows.ids, rows.count, error);
        }
    }
    return done;
}

int edits_report(struct report *r, struct db *db, const char *site_key,
                 const struct mapping_pairs *fields, struct edits_limit *limit, struct error *error)
{
    struct edits e = {.limit = limit};
    int done = open_edits(&e, r, db, site_key, fields, error);
    if (done == 0)
        done = compare_all(&e, LINKED_ALL, error);
    close_edits(&e);
    return done;
}

int edits_count(int64_t *count, struct db *db, const char *site_key,
                const struct mapping_pairs *fields, struct error *error)
{
    struct report none;
    struct edits_limit limit = {.most = 0};
    struct edits e = {.limit = &limit};
    int done = open_edits(&e, &none, db, site_key, fields, error);
    if (done == 0)
        done = compare_all(&e, LINKED_TOUCHED, error);
    *count = limit.all;
    close_edits(&e);
    report_release(&none);
    return done;
}

int edits_of_ticket(struct report *r, struct db *db, const char *site_key,
                    const struct mapping_pairs *fields, int64_t id, struct error *error)
{
    struct edits_limit limit = {.most = REQUEST_COLUMNS_MAX};
    struct edits e = {.limit = &limit};
    int done = open_edits(&e, r, db, site_key, fields, error);
    if (done == 0)
        done = compare_chunk(&e, &id, 1, error);
    close_edits(&e);
    return done;
}
