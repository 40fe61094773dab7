/* overview_requests: the list of requests, and what people edited in it. */
#include "core/merge.h"
#include "core/merge_base.h"
#include "store/columns.h"
#include "store/outbox.h"
#include "store/overview.h"
#include "store/request_rows.h"
#include "store/request_schema.h"
#include "store/requests.h"

#define FROM_LISTED                                                                                \
    FROM_REQUESTS "WHERE (r.status IS NULL OR r.status NOT IN ('deleted', 'ignored')) "            \
                  "AND " REQUESTS_OF_SITE

struct number {
    int64_t value;
};
/* Which day the last one of the list is of, by the index on the date alone. */
struct day {
    const char *text;
};
static const struct column LISTED_DAY[] = {COLUMN("r.date", struct day, text)};
static const struct select FIRST_DAY =
    SELECT(LISTED_DAY, struct day,
           FROM_LISTED " AND r.date IS NOT NULL ORDER BY r.date DESC LIMIT 1 OFFSET ?");

static const struct column LISTED_ID[] = {COLUMN("r.id", struct number, value)};
static const struct select LISTED =
    SELECT(LISTED_ID, struct number, FROM_LISTED NEWEST_REQUESTS_FIRST);
static const struct select LISTED_SINCE =
    SELECT(LISTED_ID, struct number, FROM_LISTED " AND r.date >= ?" NEWEST_REQUESTS_FIRST);

/* *day: from which on the newest `limit` are; NULL: there are not so many. */
static int first_day(const struct overview *of, int64_t limit, const char **day,
                     struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(of->site_key), db_int(limit - 1, digits)};
    struct records found;
    int done = select_records(of->db, &FIRST_DAY, VALUES(values), &found, of->arena, error);
    *day = found.count ? ((const struct day *)found.rows)->text : NULL;
    return done;
}

int overview_request_ids(const struct overview *of, int64_t limit, int64_t **ids, size_t *count,
                         struct error *error)
{
    char digits[DB_DIGITS];
    const char *day = NULL;
    struct records found;
    *count = 0;
    if (limit > 0 && first_day(of, limit, &day, error) < 0)
        return -1;
    struct db_value values[3] = {db_text(of->site_key)};
    size_t n = 1;
    if (day)
        values[n++] = db_text(day);
    values[n++] = db_int(limit, digits);
    if (select_records(of->db, day ? &LISTED_SINCE : &LISTED,
                       &(struct db_parameters){values, n, NULL, 0}, &found, of->arena, error) < 0)
        return -1;
    *ids = arena_alloc(of->arena, (found.count + 1) * sizeof **ids);
    if (!*ids)
        return error_no_memory(error);
    for (const struct number *row = found.rows; *count < found.count; row++)
        (*ids)[(*count)++] = row->value;
    return 0;
}

/* A chunk */

/* Not every dashboard's table has that column: where it has not, the name means this one. */
#define ABSENT "JOIN (SELECT NULL AS website_url) AS absent "

struct listed {
    struct overview_request request;
    int64_t ticket; /* fluent_tickets.id; 0: none */
};
static const struct column REQUEST[] = {
    COLUMN("r.id", struct listed, request.id),
    COLUMN("r.source", struct listed, request.source),
    COLUMN("r.date", struct listed, request.date),
    COLUMN("r.time", struct listed, request.time),
    COLUMN("r.category", struct listed, request.category),
    COLUMN("r.urgency", struct listed, request.urgency),
    COLUMN("(SELECT website_url FROM requests w WHERE w.id = r.id)", struct listed,
           request.website),
    COLUMN("LEFT(r.description, ?)", struct listed, request.text),
    COLUMN("f.id", struct listed, ticket),
    COLUMN("f.fluent_id", struct listed, request.ticket),
    COLUMN("f.ticket_status", struct listed, request.status),
    COLUMN("f.customer_name", struct listed, request.customer),
    COLUMN("f.title", struct listed, request.title),
    COLUMN("f.mailbox_id", struct listed, request.mailbox),
    COLUMN("f.agent_name", struct listed, request.agent),
    COLUMN("IF(f.ticket_status = 'closed', f.resolved_at, NULL)", struct listed, request.closed_at),
    COLUMN_AS(COLUMN_KNOWN,
              "NULLIF(CAST(JSON_UNQUOTE(JSON_EXTRACT(f.raw_data, '$.first_response_time')) "
              "AS UNSIGNED), 0)",
              struct listed, request.first_answer),
    COLUMN_AS(COLUMN_KNOWN, "f.response_count", struct listed, request.responses),
    COLUMN_AS(COLUMN_INSTANT, "f.deleted_at", struct listed, request.deleted_at),
    COLUMN_AS(COLUMN_INSTANT, "f.invisible_since", struct listed, request.invisible_since),
    COLUMN_AS(COLUMN_INSTANT, "f.left_scope_at", struct listed, request.left_scope_at),
};
static const struct select REQUESTS =
    SELECT(REQUEST, struct listed, FROM_REQUESTS ABSENT "WHERE r.id IN (?*)");

/* Where a request stands in the list that was asked for. */
static size_t place_of(const struct overview_page *page, int64_t id)
{
    size_t i = 0;
    while (i < page->count && page->ids[i] != id)
        i++;
    return i;
}

/* What the rows of a chunk are: by their place, with the row in fluent_tickets of each. */
struct chunk {
    struct overview_request places[OVERVIEW_CHUNK];
    int64_t tickets[OVERVIEW_CHUNK]; /* 0: none */
};

static int read_chunk(const struct overview *of, const struct overview_page *page,
                      struct chunk *chunk, struct error *error)
{
    char digits[OVERVIEW_CHUNK][DB_DIGITS], chars[DB_DIGITS];
    struct db_value ids[OVERVIEW_CHUNK], most = db_int(page->text_chars, chars);
    struct db_parameters parameters = {&most, 1, ids, page->count};
    struct records found;
    for (size_t i = 0; i < page->count; i++)
        ids[i] = db_int(page->ids[i], digits[i]);
    if (select_records(of->db, &REQUESTS, &parameters, &found, of->arena, error) < 0)
        return -1;
    const struct listed *rows = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        size_t place = place_of(page, rows[i].request.id);
        if (place == page->count)
            continue;
        chunk->places[place] = rows[i].request;
        chunk->tickets[place] = rows[i].ticket;
    }
    return 0;
}

/* Edits */

int overview_edits(const struct overview *of, const struct mapping_pairs *fields,
                   struct overview_page *page, struct error *error)
{
    struct request_schema *schema = arena_alloc(of->arena, sizeof *schema);
    struct outbox_list *outbox = arena_alloc(of->arena, sizeof *outbox);
    struct dashboard requests;
    struct store *store = NULL;
    if (!schema || !outbox)
        return error_no_memory(error);
    int done = store_open(&store, of->db, of->site_key, true, error);
    if (done == 0)
        done = store_request_schema(store, fields, schema, &requests, error);
    if (done == 0)
        done = store_read_outbox(store, OUTBOX_OPEN, outbox, of->arena, error);
    store_close(store);
    page->schema = schema;
    page->outbox = outbox;
    return done;
}

/* How far an edit has come on its way to the site. */
static const struct outbox_row *find_sent(const struct outbox_list *outbox, const char *fluent_id,
                                          size_t column)
{
    const struct outbox_row *row = outbox_find_edit(outbox->rows, outbox->count, fluent_id, column);
    return row && row->state != OUTBOX_CANCELLED ? row : NULL;
}

static int note_edits(const struct overview_page *page, const struct stored_request *stored,
                      struct overview_request *request, struct arena *arena, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (!stored->present || !stored->base.text)
        return 0;
    if (merge_base_read(page->schema, stored->base, bases, arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < page->schema->count && request->edit_count < OVERVIEW_EDITS_MAX; f++) {
        if (!merge_edited(bases[f], stored->columns[f]))
            continue;
        request->edits[request->edit_count++] = (struct overview_edit){
            .column = arena_printf(arena, "%s", page->schema->fields[f].name),
            .site = merge_held(bases[f], arena),
            .sent = find_sent(page->outbox, stored->fluent_id ? stored->fluent_id : "", f)};
    }
    return arena->failed ? error_no_memory(error) : 0;
}

static int read_edits(const struct overview *of, const struct overview_page *page,
                      struct chunk *chunk, struct error *error)
{
    struct store *store = NULL;
    struct stored_requests found = {0};
    int64_t ids[OVERVIEW_CHUNK];
    size_t n = 0;
    for (size_t i = 0; i < page->count; i++)
        if (chunk->tickets[i])
            ids[n++] = chunk->tickets[i];
    if (n == 0)
        return 0;
    int done = store_open(&store, of->db, of->site_key, true, error);
    if (done == 0)
        done = store_lookup_requests(store, &(struct request_ids){page->schema, ids, n},
                                     REQUEST_AS_SEEN, &found, of->arena, error);
    for (size_t i = 0; done == 0 && i < found.count; i++)
        for (size_t p = 0; done == 0 && p < page->count; p++)
            if (chunk->tickets[p] == found.rows[i].ticket_id)
                done = note_edits(page, &found.rows[i], &chunk->places[p], of->arena, error);
    store_close(store);
    return done;
}

int overview_requests(const struct overview *of, const struct overview_page *page,
                      struct overview_request **requests, size_t *count, struct error *error)
{
    struct chunk *chunk = arena_alloc(of->arena, sizeof *chunk);
    *count = 0;
    if (!chunk)
        return error_no_memory(error);
    if (read_chunk(of, page, chunk, error) < 0 || read_edits(of, page, chunk, error) < 0)
        return -1;
    for (size_t i = 0; i < page->count; i++)
        if (chunk->places[i].id)
            chunk->places[(*count)++] = chunk->places[i];
    *requests = chunk->places;
    return 0;
}
