/* overview_requests: the list of requests, and what people edited in it. */
#include <stdlib.h>
#include <string.h>

#include "core/merge.h"
#include "core/merge_base.h"
#include "store/overview_private.h"
#include "store/request_schema.h"
#include "store/requests.h"

/* The newest ticket that refers to a request is its own. */
#define SQL_LISTED                                                                                 \
    " FROM requests r LEFT JOIN fluent_tickets f ON r.source = 'fluent' AND f.request_id = r.id "  \
    "AND f.id = (SELECT MAX(o.id) FROM fluent_tickets o WHERE o.request_id = r.id) "               \
    "WHERE (r.status IS NULL OR r.status NOT IN ('deleted', 'ignored')) "                          \
    "AND (r.source IS NULL OR r.source <> 'fluent' OR f.site_key = ?)"
#define SQL_LISTED_COUNT "SELECT COUNT(*)" SQL_LISTED
/* Which day the last one of the list is of, by the index on the date alone. */
#define SQL_LISTED_DAY                                                                             \
    "SELECT r.date" SQL_LISTED " AND r.date IS NOT NULL ORDER BY r.date DESC LIMIT 1 OFFSET ?"
#define SQL_LISTED_ORDER " ORDER BY r.date DESC, r.time DESC, r.id DESC LIMIT ?"
#define SQL_LISTED_IDS "SELECT r.id" SQL_LISTED SQL_LISTED_ORDER
#define SQL_LISTED_IDS_SINCE "SELECT r.id" SQL_LISTED " AND r.date >= ?" SQL_LISTED_ORDER

static int count_all(const struct overview *of, int64_t *all, struct error *error)
{
    struct db_value key = db_text(of->site_key);
    OVERVIEW_RESULT(result);
    if (db_query(of->db, SQL_LISTED_COUNT, &key, 1, NULL, 0, &result, error) < 0)
        return -1;
    *all = db_number(db_row(result));
    return 0;
}

/* *day: from which on the newest `limit` are; NULL: there are not so many. */
static int first_day(const struct overview *of, int64_t limit, const char **day,
                     struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(of->site_key), db_int(limit - 1, digits)};
    OVERVIEW_RESULT(result);
    *day = NULL;
    if (db_query(of->db, SQL_LISTED_DAY, values, 2, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    if (row)
        *day = overview_copy(of->arena, &row[0]);
    return overview_done(of, error);
}

int overview_request_ids(const struct overview *of, int64_t limit, int64_t **ids, size_t *count,
                         int64_t *all, struct error *error)
{
    char digits[DB_DIGITS];
    const char *day = NULL;
    OVERVIEW_RESULT(result);
    *count = 0;
    if (count_all(of, all, error) < 0 ||
        (limit > 0 && limit < *all && first_day(of, limit, &day, error) < 0))
        return -1;
    struct db_value values[3] = {db_text(of->site_key)};
    size_t n = 1;
    if (day)
        values[n++] = db_text(day);
    values[n++] = db_int(limit, digits);
    if (db_query(of->db, day ? SQL_LISTED_IDS_SINCE : SQL_LISTED_IDS, values, n, NULL, 0, &result,
                 error) < 0 ||
        !(*ids = overview_table(of, result, sizeof **ids, error)))
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; ++*count)
        (*ids)[*count] = db_number(&row[0]);
    return 0;
}

/* A chunk */

#define SQL_REQUESTS                                                                               \
    "SELECT r.id, r.source, r.date, r.time, r.category, r.urgency, r.website_url, "                \
    "LEFT(r.description, ?), f.id, f.fluent_id, f.ticket_status, f.customer_name, f.title, "       \
    "f.mailbox_id, f.agent_name, IF(f.ticket_status = 'closed', f.resolved_at, NULL), "            \
    "CAST(JSON_UNQUOTE(JSON_EXTRACT(f.raw_data, '$.first_response_time')) AS UNSIGNED), "          \
    "f.response_count, UNIX_TIMESTAMP(f.deleted_at), UNIX_TIMESTAMP(f.invisible_since) "           \
    "FROM requests r LEFT JOIN fluent_tickets f ON r.source = 'fluent' AND f.request_id = r.id "   \
    "AND f.id = (SELECT MAX(o.id) FROM fluent_tickets o WHERE o.request_id = r.id) "               \
    "WHERE r.id IN (?*)"

static struct overview_request request_of(const struct db_value *row, struct arena *arena)
{
    int64_t first_answer = db_number(&row[16]);
    return (struct overview_request){
        .id = db_number(&row[0]),
        .source = overview_copy(arena, &row[1]),
        .date = overview_copy(arena, &row[2]),
        .time = overview_copy(arena, &row[3]),
        .category = overview_copy(arena, &row[4]),
        .urgency = overview_copy(arena, &row[5]),
        .website = overview_copy(arena, &row[6]),
        .text = overview_copy(arena, &row[7]),
        .ticket = overview_copy(arena, &row[9]),
        .status = overview_copy(arena, &row[10]),
        .customer = overview_copy(arena, &row[11]),
        .title = overview_copy(arena, &row[12]),
        .mailbox = overview_copy(arena, &row[13]),
        .agent = overview_copy(arena, &row[14]),
        .closed_at = overview_copy(arena, &row[15]),
        .first_answer = first_answer > 0 ? first_answer : -1,
        .responses = overview_number(&row[17], -1),
        .deleted_at = db_number(&row[18]),
        .invisible_since = db_number(&row[19]),
    };
}

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
    OVERVIEW_RESULT(result);
    for (size_t i = 0; i < page->count; i++)
        ids[i] = db_int(page->ids[i], digits[i]);
    if (db_query(of->db, SQL_REQUESTS, &most, 1, ids, page->count, &result, error) < 0)
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        size_t place = place_of(page, db_number(&row[0]));
        if (place == page->count)
            continue;
        chunk->places[place] = request_of(row, of->arena);
        chunk->tickets[place] = db_number(&row[8]);
    }
    return overview_done(of, error);
}

/* Edits: columns that hold neither what the program wrote last nor what the site has. */

static int note_edits(const struct request_schema *schema, const struct stored_request *stored,
                      struct overview_request *request, struct arena *arena, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (!stored->present || !stored->base.text)
        return 0;
    if (merge_base_read(schema, stored->base, bases, arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < schema->count && request->edit_count < OVERVIEW_EDITS_MAX; f++) {
        struct cell ours = stored->columns[f], site = bases[f].held.text;
        if (!bases[f].held.known ||
            merge_column(bases[f], ours, ours, MERGE_KEEP) == MERGE_UNCHANGED)
            continue;
        const char *value = bases[f].held.hashed ? ""
                            : site.text          ? arena_copy(arena, site.text, site.len)
                                                 : NULL;
        request->edits[request->edit_count++] =
            (struct overview_edit){arena_printf(arena, "%s", schema->fields[f].name), value};
    }
    return arena->failed ? error_no_memory(error) : 0;
}

static int read_edits(const struct overview *of, const struct overview_page *page,
                      struct chunk *chunk, struct error *error)
{
    struct store *store = NULL;
    struct request_schema schema;
    struct dashboard requests;
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
        done = store_request_schema(store, page->fields, &schema, &requests, error);
    if (done == 0)
        done = store_lookup_requests(store, &(struct request_ids){&schema, ids, n}, REQUEST_AS_SEEN,
                                     &found, of->arena, error);
    for (size_t i = 0; done == 0 && i < found.count; i++)
        for (size_t p = 0; done == 0 && p < page->count; p++)
            if (chunk->tickets[p] == found.rows[i].ticket_id)
                done = note_edits(&schema, &found.rows[i], &chunk->places[p], of->arena, error);
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
