/* edits: compares each request with what the program last wrote there, with what the site has, and
 * with the outbox. */
#include "app/edits.h"

#include <string.h>

#include "core/map.h"
#include "core/merge_base.h"
#include "store/outbox.h"
#include "store/request_schema.h"
#include "store/requests.h"
#include "store/state.h"

struct edits {
    struct report *report;
    struct db *db;
    const struct config *config;
    struct store *store;
    struct request_schema schema;
    struct map_rules rules; /* by which the site's values are told */
    struct zone *utc, *site, *tables;
    struct outbox_list outbox;
    size_t size;
    struct edits_limit *limit;
    struct arena arena; /* what lasts as long as this */
};

enum {
    EDIT_FLUENT_ID,
    EDIT_COLUMN,
    EDIT_BASE,
    EDIT_THEIRS,
    EDIT_OURS,
    EDIT_STATE,
    EDIT_ERROR,
    EDIT_WIDTH
};
static const struct report_column EDIT_COLUMNS[EDIT_WIDTH] = {
    [EDIT_FLUENT_ID] = {"fluent_id", REPORT_TEXT}, [EDIT_COLUMN] = {"column", REPORT_TEXT},
    [EDIT_BASE] = {"base", REPORT_TEXT},           [EDIT_THEIRS] = {"theirs", REPORT_TEXT},
    [EDIT_OURS] = {"ours", REPORT_TEXT},           [EDIT_STATE] = {"state", REPORT_TEXT},
    [EDIT_ERROR] = {"error", REPORT_TEXT},
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

/* What the site has */

/* The stored ticket as the rules map it; false: that cannot be told. */
static bool map_stored(struct edits *e, struct cell raw, struct arena *arena, struct row *row)
{
    struct page page;
    struct error error = ERROR_INIT;
    bool mapped = decode_stored(&page, raw.text, raw.len, NULL) &&
                  map_identity(&e->rules, page.tickets, arena, row, &error) == MAP_ROW &&
                  map_ticket(&e->rules, page.tickets, arena, row, &error) == MAP_ROW;
    page_release(&page);
    return mapped;
}

/* Only the whole JSON of the ticket has all that rules may need. */
static int site_row(struct edits *e, const struct stored_request *request, struct arena *arena,
                    struct row *row, bool *mapped, struct error *error)
{
    struct cell raw = {0};
    *mapped = false;
    if (e->config->mapping.raw_data != RAW_FULL)
        return 0;
    if (store_read_raw(e->store, request->ticket_id, &raw, arena, error) < 0)
        return -1;
    *mapped = raw.text && map_stored(e, raw, arena, row);
    return 0;
}

/* Where that cannot be told, it is what the site had when the column was last written. Of a long
 * description the base holds only the hash: it is made anew, of the columns that are stored. */
static int describe(struct edits *e, const char *fluent_id, const char **text, struct error *error)
{
    struct report ticket = {0};
    struct cell cell = {0};
    struct arena *arena = &e->report->arena;
    int done = report_ticket(&ticket, e->db, e->config->site_key, fluent_id, e->utc, error);
    if (done == 0 && ticket.rows &&
        map_describe(arena, report_cell(&ticket, 0, "title"),
                     report_cell(&ticket, 0, "customer_message"),
                     &e->schema.fields[REQUEST_DESCRIPTION], &cell) < 0)
        done = error_no_memory(error);
    *text = cell.text;
    report_release(&ticket);
    return done;
}

/* Edits */

/* The newest row of this edit; NULL: none. One that was cancelled is about what stood there then.
 */
static const struct outbox_row *find_row(const struct edits *e, const char *fluent_id,
                                         size_t column, struct cell ours)
{
    const struct outbox_row *row =
        outbox_find_edit(e->outbox.rows, e->outbox.count, fluent_id, column);
    bool past = row && row->state == OUTBOX_CANCELLED && !cell_equal(cell_of(row->wanted), ours);
    return past ? NULL : row;
}

/* A request that holds edits, with all that is known of it. */
struct edited {
    const struct stored_request *request;
    const char *fluent_id; /* "" : none */
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    struct row site;
    bool mapped; /* `site` holds something */
};

static int fill_theirs(struct edits *e, const struct edited *edited, size_t column,
                       const char **row, struct error *error)
{
    struct arena *arena = &e->report->arena;
    struct merge_base base = edited->bases[column];
    struct cell theirs = edited->site.request[column];
    row[EDIT_BASE] = merge_held(base, arena);
    if (edited->mapped)
        row[EDIT_THEIRS] = theirs.text ? arena_copy(arena, theirs.text, theirs.len) : NULL;
    else if (column == REQUEST_DESCRIPTION && base.held.hashed && !e->schema.fields[column].ruled &&
             describe(e, edited->fluent_id, &row[EDIT_THEIRS], error) < 0)
        return -1;
    else if (column != REQUEST_DESCRIPTION || !base.held.hashed || e->schema.fields[column].ruled)
        row[EDIT_THEIRS] = row[EDIT_BASE];
    if (base.held.hashed && row[EDIT_THEIRS] && !merge_edited(base, cell_of(row[EDIT_THEIRS])))
        row[EDIT_BASE] = row[EDIT_THEIRS];
    return 0;
}

/* `column` is an index of the schema's. */
static int add_edit(struct edits *e, const struct edited *edited, size_t column,
                    struct error *error)
{
    struct arena *arena = &e->report->arena;
    const char *name = e->schema.fields[column].name;
    struct cell ours = edited->request->columns[column];
    const char **row = add_row(e);
    if (!row)
        return error_no_memory(error);
    memset(row, 0, EDIT_WIDTH * sizeof *row);
    const struct outbox_row *sent = find_row(e, edited->fluent_id, column, ours);
    row[EDIT_FLUENT_ID] = arena_printf(arena, "%s", edited->fluent_id);
    row[EDIT_COLUMN] = arena_copy(arena, name, strlen(name));
    row[EDIT_OURS] = ours.text ? arena_copy(arena, ours.text, ours.len) : NULL;
    row[EDIT_STATE] = sent ? outbox_state_words[sent->state] : NULL;
    row[EDIT_ERROR] = sent && sent->error ? arena_printf(arena, "%s", sent->error) : NULL;
    if (fill_theirs(e, edited, column, row, error) < 0)
        return -1;
    return arena->failed ? error_no_memory(error) : 0;
}

static int compare_request(struct edits *e, const struct stored_request *request,
                           struct arena *arena, struct error *error)
{
    const struct request_schema *schema = &e->schema;
    struct edited edited = {.request = request,
                            .fluent_id = request->fluent_id ? request->fluent_id : ""};
    bool looked = false;
    if (!request->present || !request->base.text)
        return 0;
    if (merge_base_read(schema, request->base, edited.bases, arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < schema->count; f++) {
        if (!merge_edited(edited.bases[f], request->columns[f]) || ++e->limit->all > e->limit->most)
            continue;
        if (!looked && site_row(e, request, arena, &edited.site, &edited.mapped, error) < 0)
            return -1;
        looked = true;
        if (add_edit(e, &edited, f, error) < 0)
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

/* The zones in which the last run read the site. */
static int open_zones(struct edits *e, struct error *error)
{
    struct state state;
    struct findings beside;
    if (zone_open(&e->utc, "UTC", error) < 0 ||
        report_zone(&e->tables, e->db, e->config->site_key, e->config->timezone, error) < 0 ||
        store_read_state(e->store, &state, &beside, &e->arena, error) < 0)
        return -1;
    return zone_open(&e->site, state.zone ? state.zone : "UTC", error);
}

/* What edits are told by. */
static int open_edits(struct edits *e, struct db *db, const struct config *config,
                      struct error *error)
{
    struct dashboard requests;
    e->db = db;
    e->config = config;
    e->limit->all = 0;
    if (store_open(&e->store, db, config->site_key, true, error) < 0)
        return -1;
    return store_request_schema(e->store, &config->mapping.fields, &e->schema, &requests, error);
}

/* And what is told of each: the site's value, and how far it has come. */
static int open_report(struct edits *e, struct report *r, struct db *db,
                       const struct config *config, struct error *error)
{
    *r = (struct report){.columns = EDIT_COLUMNS, .width = EDIT_WIDTH};
    e->report = r;
    if (open_edits(e, db, config, error) < 0 || open_zones(e, error) < 0 ||
        store_read_outbox(e->store, OUTBOX_OPEN, &e->outbox, &e->arena, error) < 0)
        return -1;
    e->rules = (struct map_rules){.mapping = &config->mapping,
                                  .set = config->rules,
                                  .scope = &config->scope,
                                  .site_key = config->site_key,
                                  .schema = &e->schema,
                                  .site = e->site,
                                  .target = e->tables};
    return 0;
}

static void close_edits(struct edits *e)
{
    store_close(e->store);
    zone_close(e->utc);
    zone_close(e->site);
    zone_close(e->tables);
    arena_release(&e->arena);
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

int edits_report(struct report *r, struct db *db, const struct config *config,
                 struct edits_limit *limit, struct error *error)
{
    struct edits e = {.limit = limit};
    int done = open_report(&e, r, db, config, error);
    if (done == 0)
        done = compare_all(&e, LINKED_ALL, error);
    close_edits(&e);
    return done;
}

int edits_count(int64_t *count, struct db *db, const struct config *config, struct error *error)
{
    struct edits_limit limit = {.most = 0};
    struct edits e = {.limit = &limit};
    int done = open_edits(&e, db, config, error);
    if (done == 0)
        done = compare_all(&e, LINKED_TOUCHED, error);
    *count = limit.all;
    close_edits(&e);
    return done;
}

int edits_of_ticket(struct report *r, struct db *db, const struct config *config, int64_t id,
                    struct error *error)
{
    struct edits_limit limit = {.most = REQUEST_COLUMNS_MAX};
    struct edits e = {.limit = &limit};
    int done = open_report(&e, r, db, config, error);
    if (done == 0)
        done = compare_chunk(&e, &id, 1, error);
    close_edits(&e);
    return done;
}
