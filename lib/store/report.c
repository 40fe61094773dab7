/* report: runs the queries, and turns their values into the text that is shown. */
#include "store/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/counters.h"
#include "model/ticket_columns.h"
#include "store/request_rows.h"
#include "store/store_private.h"

enum { STATEMENT_MAX = 8192 };

/* A column of a statement, and how it is shown: by the name that the statement gives it. */
struct shown {
    const char *sql;
    enum report_kind kind;
};
struct query {
    const struct shown *columns;
    size_t count;
    const char *rest; /* from FROM on */
};
#define QUERY(columns, rest)                                                                       \
    {                                                                                              \
        (columns), sizeof(columns) / sizeof *(columns), (rest)                                     \
    }

#define COUNTER_SHOWN(member, column, ...) {column, REPORT_NUMBER},
static const struct shown RUN[] = {
    {"id", REPORT_NUMBER},
    {"last_sync_at", REPORT_INSTANT},
    {"last_sync_status", REPORT_TEXT},
    {"mode", REPORT_TEXT},
    COUNTER_LIST(COUNTER_SHOWN){"complete", REPORT_BOOL},
    {"sees_all", REPORT_BOOL},
    {"exit_code", REPORT_NUMBER},
    {"error_message", REPORT_TEXT},
    {"sync_duration_ms", REPORT_NUMBER},
    {"date_filter", REPORT_PLAIN},
    {"host", REPORT_TEXT},
    {"pid", REPORT_NUMBER},
    {"version", REPORT_TEXT},
    {"created_at", REPORT_INSTANT},
    {"updated_at", REPORT_INSTANT},
};
static const struct query RUNS =
    QUERY(RUN, "FROM fluent_sync_status WHERE site_key = ? ORDER BY id DESC LIMIT ?");

static const struct shown STATUS[] = {
    {"MIN(ticket_status) AS ticket_status", REPORT_TEXT},
    {"COUNT(*) AS count", REPORT_NUMBER},
};
static const struct query BREAKDOWN =
    QUERY(STATUS, "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL "
                  "AND left_scope_at IS NULL "
                  "GROUP BY CAST(ticket_status AS BINARY) "
                  "ORDER BY 2 DESC, CAST(ticket_status AS BINARY)");

/* How what a column of tickets holds is shown; the whole ticket is not. */
#define SHOWN_TEXT(name) {"f." name, REPORT_TEXT},
#define SHOWN_NUMBER(name) {"f." name, REPORT_NUMBER},
#define SHOWN_WALL_TIME(name) {"f." name, REPORT_WALL},
#define SHOWN_TICKET(name)
#define TICKET_SHOWN(id, name, what, ...) SHOWN_##what(name)
#define TICKET_AND_REQUEST(request_id)                                                             \
    {"f.id", REPORT_NUMBER}, {"f.fluent_id", REPORT_TEXT},                                         \
        TICKET_COLUMN_LIST(TICKET_SHOWN){request_id, REPORT_NUMBER},                               \
        {"f.edits_kept", REPORT_NUMBER}, {"f.deleted_at", REPORT_INSTANT},                         \
        {"f.invisible_since", REPORT_INSTANT}, {"f.left_scope_at", REPORT_INSTANT},                \
        {"f.last_synced_at", REPORT_INSTANT}, {"f.created_at_local", REPORT_INSTANT},              \
        {"f.updated_at_local", REPORT_INSTANT}, {"r.date", REPORT_PLAIN},                          \
        {"r.time", REPORT_PLAIN}, {"r.category", REPORT_TEXT}, {"r.urgency", REPORT_TEXT},         \
        {"r.status", REPORT_TEXT}, {"r.source", REPORT_TEXT},                                      \
    {                                                                                              \
        "r.description", REPORT_TEXT                                                               \
    }
static const struct shown TICKET[] = {TICKET_AND_REQUEST("f.request_id")};
static const struct shown SOURCE[] = {TICKET_AND_REQUEST("r.id AS request_id")};
#define FROM_TICKETS                                                                               \
    "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id AND r.source = 'fluent' "   \
    "WHERE f.site_key = ?"
/* To count them their requests are not needed. */
#define FROM_TICKETS_ALONE "FROM fluent_tickets f WHERE f.site_key = ?"
#define FROM_SOURCES FROM_REQUESTS "WHERE " REQUESTS_OF_SITE
#define WITH_ID " AND f.fluent_id = ?"
#define WITH_STATUS                                                                                \
    " AND CAST(CONVERT(f.ticket_status USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"
#define WITH_MAILBOX " AND f.mailbox_id = ?"
#define TICKETS_SINCE " AND f.created_at >= ?"
/* The first condition is for the index on the date. */
#define SOURCES_SINCE                                                                              \
    " AND r.date >= DATE(?) AND TIMESTAMP(r.date, COALESCE(r.time, '00:00:00')) >= ?"
#define NEWEST_FIRST " ORDER BY f.created_at DESC, f.id DESC LIMIT ? OFFSET ?"
#define LATEST_FIRST NEWEST_REQUESTS_FIRST " OFFSET ?"

static const struct shown CHANGE[] = {
    {"seen_at", REPORT_INSTANT}, {"column_name", REPORT_TEXT}, {"old_value", REPORT_TEXT},
    {"new_value", REPORT_TEXT},  {"cause", REPORT_TEXT},       {"run_id", REPORT_NUMBER},
};
static const struct query CHANGES =
    QUERY(CHANGE, "FROM fluent_ticket_changes WHERE ticket_row = ? AND column_name <> '' "
                  "ORDER BY id");

static const struct shown RESPONSE[] = {
    {"response_id", REPORT_NUMBER}, {"type", REPORT_TEXT},         {"person_type", REPORT_TEXT},
    {"person_name", REPORT_TEXT},   {"person_email", REPORT_TEXT}, {"text", REPORT_TEXT},
    {"attachments", REPORT_TEXT},   {"created_at", REPORT_WALL},   {"updated_at", REPORT_WALL},
    {"deleted_at", REPORT_INSTANT},
};
static const struct query RESPONSES =
    QUERY(RESPONSE, "FROM fluent_responses WHERE site_key = ? AND fluent_id = ? "
                    "ORDER BY response_id");

static const struct shown REJECT[] = {
    {"fluent_id", REPORT_TEXT},       {"reason", REPORT_TEXT},        {"accepted", REPORT_BOOL},
    {"attempts", REPORT_NUMBER},      {"first_seen", REPORT_INSTANT}, {"last_seen", REPORT_INSTANT},
    {"next_attempt", REPORT_INSTANT},
};
static const struct query REJECTS =
    QUERY(REJECT, "FROM fluent_rejects WHERE site_key = ? ORDER BY first_seen, fluent_id");

static const struct shown OUTBOX[] = {
    {"id", REPORT_NUMBER},         {"fluent_id", REPORT_TEXT},     {"action", REPORT_TEXT},
    {"field", REPORT_TEXT},        {"value", REPORT_TEXT},         {"content", REPORT_TEXT},
    {"requested_by", REPORT_TEXT}, {"created_at", REPORT_INSTANT}, {"retried_at", REPORT_INSTANT},
    {"state", REPORT_TEXT},        {"answered", REPORT_BOOL},      {"attempts", REPORT_NUMBER},
    {"remote_id", REPORT_NUMBER},  {"wanted", REPORT_TEXT},        {"value_before", REPORT_TEXT},
    {"error", REPORT_TEXT},        {"sent_at", REPORT_INSTANT},    {"sent_at_site", REPORT_INSTANT},
    {"ended_at", REPORT_INSTANT},
};
#define FROM_OUTBOX "FROM fluent_outbox WHERE site_key = ?"
static const struct query OUTBOX_WAITING =
    QUERY(OUTBOX, FROM_OUTBOX " AND state IN ('pending', 'sending', 'failed', 'held') ORDER BY id");
static const struct query OUTBOX_WHOLE = QUERY(OUTBOX, FROM_OUTBOX " ORDER BY id");
static const struct query OUTBOX_CHOSEN = QUERY(OUTBOX, FROM_OUTBOX " AND id IN (?*) ORDER BY id");

/* Figures that are a single value. Runs of --ticket and of push are left out, as they do not
 * compare the tables with the site. */
#define LAST_COMPLETE                                                                              \
    "(SELECT last_sync_at FROM fluent_sync_status WHERE site_key = ? "                             \
    "AND last_sync_status = 'success' AND (mode IS NULL OR mode NOT IN ('tickets', 'push')) "      \
    "ORDER BY id DESC LIMIT 1)"
#define OUTBOX_IN(what, state)                                                                     \
    "(SELECT " what " FROM fluent_outbox WHERE site_key = ? AND state = '" state "')"
static const struct column GAUGES[] = {
    COLUMN_AS(COLUMN_INSTANT, LAST_COMPLETE, struct report_gauges, last_success),
    COLUMN("(SELECT COUNT(*) FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL "
           "AND left_scope_at IS NULL)",
           struct report_gauges, tickets_stored),
    COLUMN("(SELECT COUNT(*) FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL "
           "AND left_scope_at IS NOT NULL)",
           struct report_gauges, tickets_left),
    COLUMN("(SELECT COUNT(*) FROM fluent_rejects WHERE site_key = ? AND accepted = 0)",
           struct report_gauges, rejects_waiting),
    COLUMN("(SELECT COUNT(*) FROM fluent_inbox WHERE site_key = ?)", struct report_gauges,
           calls_waiting),
    COLUMN_AS(COLUMN_INSTANT, "(SELECT MIN(first_called) FROM fluent_inbox WHERE site_key = ?)",
              struct report_gauges, oldest_call),
    COLUMN("(SELECT COUNT(*) " CONVERSATIONS_THERE "WHERE c.site_key = ? AND c.behind = 1)",
           struct report_gauges, conversations_behind),
    COLUMN(OUTBOX_IN("COUNT(*)", "pending"), struct report_gauges, changes_waiting),
    COLUMN(OUTBOX_IN("COUNT(*)", "sending"), struct report_gauges, changes_sending),
    COLUMN(OUTBOX_IN("COUNT(*)", "failed"), struct report_gauges, changes_failed),
    COLUMN(OUTBOX_IN("COUNT(*)", "held"), struct report_gauges, changes_held),
    COLUMN_AS(COLUMN_INSTANT, OUTBOX_IN("MIN(sent_at)", "sending"), struct report_gauges,
              oldest_sent),
};
static const struct select READ_GAUGES = SELECT(GAUGES, struct report_gauges, "");
static const struct column LAST[] = {
    COLUMN_AS(COLUMN_INSTANT, LAST_COMPLETE, struct report_gauges, last_success)};
static const struct select READ_LAST = SELECT(LAST, struct report_gauges, "");

struct undated {
    int64_t tickets;
};
static const struct column UNDATED[] = {COLUMN("tickets_undated", struct undated, tickets)};
static const struct select READ_UNDATED =
    SELECT(UNDATED, struct undated,
           "FROM fluent_sync_status WHERE site_key = ? AND mode = 'full' "
           "AND last_sync_status IN ('success', 'partial') ORDER BY id DESC LIMIT 1");

struct site_zone {
    const char *name;
};
static const struct column ZONE[] = {COLUMN("zone", struct site_zone, name)};
static const struct select READ_ZONE =
    SELECT(ZONE, struct site_zone, "FROM fluent_sync_state WHERE site_key = ?");

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
    if ((kind == REPORT_INSTANT || kind == REPORT_WALL) &&
        zone_instant(zone, value->text, &instant) && zone_iso(instant, iso))
        return arena_copy(arena, iso, strlen(iso));
    return arena_copy(arena, value->text, value->len);
}

/* Takes over a result. `wall` is the zone of wall times. */
static int fill(struct report *r, const struct query *query, struct db_result *result,
                const struct zone *wall, struct error *error)
{
    struct zone *utc = NULL;
    *r = (struct report){.width = query->count};
    struct report_column *columns = arena_alloc(&r->arena, r->width * sizeof *columns);
    r->cells = arena_alloc(&r->arena, (db_rows(result) * r->width + 1) * sizeof *r->cells);
    if (!columns || !r->cells)
        return error_no_memory(error);
    if (zone_open(&utc, "UTC", error) < 0)
        return -1;
    for (size_t c = 0; c < r->width; c++) {
        const char *name = db_column_name(result, c);
        columns[c].name = arena_copy(&r->arena, name, strlen(name));
        columns[c].kind = query->columns[c].kind;
    }
    r->columns = columns;
    for (const struct db_value *row; (row = db_row(result)) != NULL; r->rows++)
        for (size_t c = 0; c < r->width; c++)
            r->cells[r->rows * r->width + c] = shown(&r->arena, &row[c], columns[c].kind,
                                                     columns[c].kind == REPORT_WALL ? wall : utc);
    zone_close(utc);
    return r->arena.failed ? error_no_memory(error) : 0;
}

static int report_query(struct report *r, struct db *db, const struct query *query,
                        const struct db_parameters *p, const struct zone *wall, struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct buf sql;
    *r = (struct report){0};
    buf_init(&sql, STATEMENT_MAX);
    for (size_t c = 0; c < query->count; c++)
        buf_printf(&sql, "%s%s", c ? ", " : "SELECT ", query->columns[c].sql);
    buf_printf(&sql, " %s", query->rest);
    int done =
        sql.failed ? error_no_memory(error) : db_query(db, buf_text(&sql), p, &result, error);
    buf_release(&sql);
    return done < 0 ? -1 : fill(r, query, result, wall, error);
}

int report_runs(struct report *r, struct db *db, const char *site_key, int64_t limit,
                struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(site_key), db_int(limit, digits)};
    return report_query(r, db, &RUNS, VALUES(values), NULL, error);
}

int report_breakdown(struct report *r, struct db *db, const char *site_key, struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    return report_query(r, db, &BREAKDOWN, VALUES(values), NULL, error);
}

/* The part of a list that a filter leaves, as what follows FROM, and what its placeholders stand
 * for. */
struct part {
    char rest[1024], digits[3][DB_DIGITS];
    struct db_value values[7];
    size_t count;
};

static void add_condition(struct part *part, const char *sql, struct db_value value)
{
    size_t n = strlen(part->rest);
    snprintf(part->rest + n, sizeof part->rest - n, "%s", sql);
    part->values[part->count++] = value;
}

static void choose_part(struct part *part, const char *tickets, const char *site_key,
                        const struct report_filter *filter)
{
    *part = (struct part){.count = 0};
    add_condition(part, filter->all_sources ? FROM_SOURCES : tickets, db_text(site_key));
    if (filter->status)
        add_condition(part, WITH_STATUS, db_text(filter->status));
    if (filter->mailbox >= 0)
        add_condition(part, WITH_MAILBOX, db_int(filter->mailbox, part->digits[0]));
    if (filter->since && filter->all_sources)
        part->values[part->count++] = db_text(filter->since);
    if (filter->since)
        add_condition(part, filter->all_sources ? SOURCES_SINCE : TICKETS_SINCE,
                      db_text(filter->since));
}

int report_tickets(struct report *r, struct db *db, const char *site_key,
                   const struct report_filter *filter, const struct zone *zone, struct error *error)
{
    struct part part;
    choose_part(&part, FROM_TICKETS, site_key, filter);
    add_condition(&part, filter->all_sources ? LATEST_FIRST : NEWEST_FIRST,
                  db_int(filter->limit, part.digits[1]));
    add_condition(&part, "", db_int(filter->offset, part.digits[2]));
    const struct query tickets = QUERY(TICKET, part.rest), sources = QUERY(SOURCE, part.rest);
    return report_query(r, db, filter->all_sources ? &sources : &tickets,
                        &(struct db_parameters){part.values, part.count, NULL, 0}, zone, error);
}

int report_ticket_count(int64_t *count, struct db *db, const char *site_key,
                        const struct report_filter *filter, struct error *error)
{
    static const struct shown all[] = {{"COUNT(*) AS count", REPORT_NUMBER}};
    struct report r;
    struct part part;
    choose_part(&part, FROM_TICKETS_ALONE, site_key, filter);
    const struct query query = QUERY(all, part.rest);
    int done = report_query(&r, db, &query,
                            &(struct db_parameters){part.values, part.count, NULL, 0}, NULL, error);
    const char *text = report_cell(&r, 0, "count");
    *count = done == 0 && text ? strtoll(text, NULL, 10) : 0;
    report_release(&r);
    return done;
}

int report_ticket(struct report *r, struct db *db, const char *site_key, const char *fluent_id,
                  const struct zone *zone, struct error *error)
{
    static const struct query ticket = QUERY(TICKET, FROM_TICKETS WITH_ID);
    struct db_value values[] = {db_text(site_key), db_text(fluent_id)};
    return report_query(r, db, &ticket, VALUES(values), zone, error);
}

/* The table is the dashboard's: its columns are whatever they are. */
static struct shown shown_as(const char *name)
{
    if (strcmp(name, "id") == 0)
        return (struct shown){name, REPORT_NUMBER};
    bool instant = strcmp(name, "created_at") == 0 || strcmp(name, "updated_at") == 0;
    return (struct shown){name, instant ? REPORT_INSTANT : REPORT_PLAIN};
}

int report_request(struct report *r, struct db *db, const char *request_id, struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct db_value id = db_text(request_id);
    struct arena arena = ARENA_INIT;
    *r = (struct report){0};
    if (db_query(db, "SELECT * FROM requests WHERE id = ? AND source = 'fluent'",
                 &(struct db_parameters){.values = &id, .count = 1}, &result, error) < 0)
        return -1;
    struct query request = {.count = db_columns(result)};
    struct shown *columns = arena_alloc(&arena, request.count * sizeof *columns);
    for (size_t c = 0; columns && c < request.count; c++)
        columns[c] = shown_as(db_column_name(result, c));
    request.columns = columns;
    int done = columns ? fill(r, &request, result, NULL, error) : error_no_memory(error);
    arena_release(&arena);
    return done;
}

int report_history(struct report *r, struct db *db, const char *row, struct error *error)
{
    struct db_value values[] = {db_text(row)};
    return report_query(r, db, &CHANGES, VALUES(values), NULL, error);
}

int report_conversation(struct report *r, struct db *db, const char *site_key,
                        const char *fluent_id, const struct zone *zone, struct error *error)
{
    struct db_value values[] = {db_text(site_key), db_text(fluent_id)};
    return report_query(r, db, &RESPONSES, VALUES(values), zone, error);
}

int report_rejects(struct report *r, struct db *db, const char *site_key, struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    return report_query(r, db, &REJECTS, VALUES(values), NULL, error);
}

int report_outbox(struct report *r, struct db *db, const char *site_key,
                  const struct outbox_choice *choice, struct error *error)
{
    struct db_value key = db_text(site_key), *list = store_texts(choice->ids, choice->count);
    const struct query *query = choice->count ? &OUTBOX_CHOSEN
                                : choice->all ? &OUTBOX_WHOLE
                                              : &OUTBOX_WAITING;
    int done =
        list ? report_query(r, db, query, &(struct db_parameters){&key, 1, list, choice->count},
                            NULL, error)
             : error_no_memory(error);
    free(list);
    return done;
}

/* Single values */

int report_last_complete(int64_t *instant, struct db *db, const char *site_key, struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, &READ_LAST, VALUES(values), &found, &arena, error);
    *instant = found.count ? ((const struct report_gauges *)found.rows)->last_success : 0;
    arena_release(&arena);
    return done;
}

int report_undated(int64_t *tickets, struct db *db, const char *site_key, struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, &READ_UNDATED, VALUES(values), &found, &arena, error);
    *tickets = done == 0 && found.count ? ((const struct undated *)found.rows)->tickets : -1;
    arena_release(&arena);
    return done;
}

int report_gauges(struct report_gauges *gauges, struct db *db, const char *site_key,
                  struct error *error)
{
    struct db_value key = db_text(site_key),
                    values[] = {key, key, key, key, key, key, key, key, key, key, key, key};
    struct arena arena = ARENA_INIT;
    struct records found;
    *gauges = REPORT_NO_GAUGES;
    int done = select_records(db, &READ_GAUGES, VALUES(values), &found, &arena, error);
    if (found.count)
        *gauges = *(const struct report_gauges *)found.rows;
    if (gauges->last_success == 0)
        gauges->last_success = -1;
    if (gauges->oldest_call == 0)
        gauges->oldest_call = -1;
    if (gauges->oldest_sent == 0)
        gauges->oldest_sent = -1;
    arena_release(&arena);
    return done;
}

int report_zone(struct zone **zone, struct db *db, const char *site_key, const char *timezone,
                struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    *zone = NULL;
    if (strcmp(timezone, "site") != 0)
        return zone_open(zone, timezone, error);
    int done = select_records(db, &READ_ZONE, VALUES(values), &found, &arena, error);
    if (done == 0) {
        const struct site_zone *site = found.rows;
        done = zone_open(zone, found.count && site->name ? site->name : "UTC", error);
    }
    arena_release(&arena);
    return done;
}
