/* edits: compares each request with what the program last wrote there. */
#include "app/edits.h"

#include <string.h>

#include "core/merge_base.h"
#include "store/request_schema.h"
#include "store/requests.h"

enum { CHUNK = 500 };

struct edits {
    struct report *report;
    struct store *store;
    struct request_schema schema;
    size_t size;
    int64_t limit;
};

enum { EDIT_FLUENT_ID, EDIT_COLUMN, EDIT_THEIRS, EDIT_OURS, EDIT_WIDTH };
static const struct report_column EDIT_COLUMNS[EDIT_WIDTH] = {
    [EDIT_FLUENT_ID] = {"fluent_id", REPORT_TEXT},
    [EDIT_COLUMN] = {"column", REPORT_TEXT},
    [EDIT_THEIRS] = {"theirs", REPORT_TEXT},
    [EDIT_OURS] = {"ours", REPORT_TEXT},
};

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
    row[EDIT_FLUENT_ID] = arena_printf(&r->arena, "%s", fluent_id ? fluent_id : "");
    row[EDIT_COLUMN] = arena_copy(&r->arena, column, strlen(column));
    row[EDIT_THEIRS] = merge_held(base, &r->arena);
    row[EDIT_OURS] = ours.text ? arena_copy(&r->arena, ours.text, ours.len) : NULL;
    return r->arena.failed ? error_no_memory(error) : 0;
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
    for (size_t f = 0; f < schema->count && (int64_t)e->report->rows < e->limit; f++) {
        struct cell ours = request->columns[f];
        if (merge_edited(bases[f], ours) &&
            add_edit(e, request->fluent_id, schema->fields[f].name, bases[f], ours, error) < 0)
            return -1;
    }
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
    if (store_open(&e->store, db, site_key, true, error) < 0)
        return -1;
    return store_request_schema(e->store, fields, &e->schema, &requests, error);
}

int edits_report(struct report *r, struct db *db, const char *site_key,
                 const struct mapping_pairs *fields, int64_t limit, struct error *error)
{
    struct edits e = {.limit = limit};
    int64_t ids[CHUNK], after = 0;
    int done = open_edits(&e, r, db, site_key, fields, error);
    for (size_t n = CHUNK; done == 0 && n == CHUNK && (int64_t)r->rows < limit;) {
        done = store_linked(e.store, after, ids, CHUNK, &n, error);
        if (done == 0 && n) {
            after = ids[n - 1];
            done = compare_chunk(&e, ids, n, error);
        }
    }
    store_close(e.store);
    return done;
}

int edits_of_ticket(struct report *r, struct db *db, const char *site_key,
                    const struct mapping_pairs *fields, int64_t id, struct error *error)
{
    struct edits e = {.limit = REQUEST_COLUMNS_MAX};
    int done = open_edits(&e, r, db, site_key, fields, error);
    if (done == 0)
        done = compare_chunk(&e, &id, 1, error);
    store_close(e.store);
    return done;
}
