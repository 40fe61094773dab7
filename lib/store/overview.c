/* overview: runs, the state, rejects and sums over the tickets. */
#include "store/overview.h"

#include <stdlib.h>
#include <string.h>

#include "store/overview_private.h"

const char *overview_copy(struct arena *arena, const struct db_value *value)
{
    return value->text ? arena_copy(arena, value->text, value->len) : NULL;
}

int64_t overview_number(const struct db_value *value, int64_t otherwise)
{
    return value->text ? db_number(value) : otherwise;
}

void *overview_table(const struct overview *of, struct db_result *result, size_t size,
                     struct error *error)
{
    void *rows = arena_alloc(of->arena, (db_rows(result) + 1) * size);
    if (!rows)
        error_no_memory(error);
    return rows;
}

int overview_done(const struct overview *of, struct error *error)
{
    return of->arena->failed ? error_no_memory(error) : 0;
}

/* Runs */

#define SQL_RUNS                                                                                   \
    "SELECT id, UNIX_TIMESTAMP(last_sync_at), last_sync_status, exit_code, mode, error_message, "  \
    "sync_duration_ms, tickets_fetched, tickets_added, tickets_updated, tickets_deleted, "         \
    "tickets_rejected, host, pid FROM fluent_sync_status "                                         \
    "WHERE site_key = ? AND last_sync_at IS NOT NULL ORDER BY id DESC LIMIT ?"

static enum overview_result result_of(const char *text)
{
    static const char *const names[] = {"success", "partial", "failed", "in_progress"};
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum overview_result)i;
    return OVERVIEW_FAILED;
}

static struct overview_run run_of(const struct db_value *row, struct arena *arena)
{
    return (struct overview_run){
        .id = db_number(&row[0]),
        .began = db_number(&row[1]),
        .result = result_of(row[2].text),
        .exit_code = (int)overview_number(&row[3], -1),
        .mode = overview_copy(arena, &row[4]),
        .message = overview_copy(arena, &row[5]),
        .took_ms = overview_number(&row[6], -1),
        .read = db_number(&row[7]),
        .added = db_number(&row[8]),
        .updated = db_number(&row[9]),
        .deleted = db_number(&row[10]),
        .rejected = db_number(&row[11]),
        .host = overview_copy(arena, &row[12]),
        .pid = overview_copy(arena, &row[13]),
    };
}

int overview_runs(const struct overview *of, int64_t limit, struct overview_run **runs,
                  size_t *count, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(of->site_key), db_int(limit, digits)};
    OVERVIEW_RESULT(result);
    *count = 0;
    if (db_query(of->db, SQL_RUNS, values, 2, NULL, 0, &result, error) < 0 ||
        !(*runs = overview_table(of, result, sizeof **runs, error)))
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; ++*count)
        (*runs)[*count] = run_of(row, of->arena);
    return overview_done(of, error);
}

/* The state */

#define SQL_STATE                                                                                  \
    "SELECT home, address, zone, total, UNIX_TIMESTAMP(last_full_walk), walk_started IS NOT "      \
    "NULL, "                                                                                       \
    "lease_owner IS NOT NULL AND lease_heartbeat > UTC_TIMESTAMP(6) - INTERVAL ? SECOND "          \
    "FROM fluent_sync_state WHERE site_key = ?"

int overview_state(const struct overview *of, int lease_s, struct overview_state *state,
                   struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_int(lease_s, digits), db_text(of->site_key)};
    OVERVIEW_RESULT(result);
    *state = (struct overview_state){.total = -1};
    if (db_query(of->db, SQL_STATE, values, 2, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    if (row)
        *state = (struct overview_state){.home = overview_copy(of->arena, &row[0]),
                                         .address = overview_copy(of->arena, &row[1]),
                                         .zone = overview_copy(of->arena, &row[2]),
                                         .total = overview_number(&row[3], -1),
                                         .last_full_walk = db_number(&row[4]),
                                         .walking = db_number(&row[5]) != 0,
                                         .running = db_number(&row[6]) != 0};
    return overview_done(of, error);
}

/* Rejects */

#define SQL_REJECTS                                                                                \
    "SELECT fluent_id, reason, attempts, UNIX_TIMESTAMP(first_seen), "                             \
    "UNIX_TIMESTAMP(next_attempt), accepted FROM fluent_rejects WHERE site_key = ? "               \
    "ORDER BY accepted, first_seen DESC, fluent_id LIMIT ?"

int overview_rejects(const struct overview *of, int64_t limit, struct overview_reject **rejects,
                     size_t *count, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(of->site_key), db_int(limit, digits)};
    OVERVIEW_RESULT(result);
    *count = 0;
    if (db_query(of->db, SQL_REJECTS, values, 2, NULL, 0, &result, error) < 0 ||
        !(*rejects = overview_table(of, result, sizeof **rejects, error)))
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; ++*count)
        (*rejects)[*count] =
            (struct overview_reject){.fluent_id = overview_copy(of->arena, &row[0]),
                                     .reason = overview_copy(of->arena, &row[1]),
                                     .attempts = db_number(&row[2]),
                                     .first_seen = db_number(&row[3]),
                                     .next_attempt = db_number(&row[4]),
                                     .accepted = db_number(&row[5]) != 0};
    return overview_done(of, error);
}

#define SQL_REJECT_COUNTS                                                                          \
    "SELECT COALESCE(SUM(accepted = 0), 0), COALESCE(SUM(accepted <> 0), 0), "                     \
    "MIN(IF(accepted = 0, fluent_id, NULL)) FROM fluent_rejects WHERE site_key = ?"

int overview_reject_counts(const struct overview *of, struct overview_reject_counts *counts,
                           struct error *error)
{
    struct db_value key = db_text(of->site_key);
    OVERVIEW_RESULT(result);
    if (db_query(of->db, SQL_REJECT_COUNTS, &key, 1, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    *counts = (struct overview_reject_counts){.waiting = db_number(&row[0]),
                                              .accepted = db_number(&row[1]),
                                              .first = overview_copy(of->arena, &row[2])};
    return overview_done(of, error);
}

/* Sums over the tickets */

#define SQL_THERE " FROM fluent_tickets f WHERE f.site_key = ? AND f.deleted_at IS NULL"
#define SQL_CLOSED "COALESCE(f.ticket_status, '') = 'closed'"
/* A status set by hand leaves resolved_at empty. */
#define SQL_CLOSED_AT "COALESCE(f.resolved_at, f.updated_at_fluent, f.created_at)"
#define SQL_TOTALS                                                                                 \
    "SELECT COUNT(*), COALESCE(SUM(NOT (" SQL_CLOSED ")), 0), "                                    \
    "COALESCE(SUM(COALESCE(f.ticket_status, '') = 'new'), 0), "                                    \
    "COALESCE(SUM(f.edits_kept > 0), 0), "                                                         \
    "COALESCE(SUM(NOT (" SQL_CLOSED                                                                \
    ") AND f.created_at < ?), 0), DATE(MIN(f.created_at))" SQL_THERE

int overview_totals(const struct overview *of, const char *from, struct overview_totals *totals,
                    struct error *error)
{
    struct db_value values[] = {db_text(from), db_text(of->site_key)};
    OVERVIEW_RESULT(result);
    if (db_query(of->db, SQL_TOTALS, values, 2, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    *totals = (struct overview_totals){.tickets = db_number(&row[0]),
                                       .open = db_number(&row[1]),
                                       .unanswered = db_number(&row[2]),
                                       .edited = db_number(&row[3]),
                                       .open_before = db_number(&row[4]),
                                       .oldest = overview_copy(of->arena, &row[5])};
    return overview_done(of, error);
}

#define SQL_CREATED_DAYS                                                                           \
    "SELECT DATE(f.created_at), COUNT(*)" SQL_THERE " AND f.created_at >= ? GROUP BY 1 ORDER BY 1"
#define SQL_CLOSED_DAYS                                                                            \
    "SELECT DATE(" SQL_CLOSED_AT "), COUNT(*)" SQL_THERE " AND " SQL_CLOSED " AND " SQL_CLOSED_AT  \
    " >= ? GROUP BY 1 ORDER BY 1"

int overview_days(const struct overview *of, enum overview_event event, const char *from,
                  struct overview_day **days, size_t *count, struct error *error)
{
    struct db_value values[] = {db_text(of->site_key), db_text(from)};
    const char *sql = event == OVERVIEW_CREATED ? SQL_CREATED_DAYS : SQL_CLOSED_DAYS;
    OVERVIEW_RESULT(result);
    *count = 0;
    if (db_query(of->db, sql, values, 2, NULL, 0, &result, error) < 0 ||
        !(*days = overview_table(of, result, sizeof **days, error)))
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; ++*count)
        (*days)[*count] = (struct overview_day){.day = overview_copy(of->arena, &row[0]),
                                                .count = db_number(&row[1])};
    return overview_done(of, error);
}

#define SQL_MEDIAN_HEAD                                                                            \
    "SELECT s, n FROM (SELECT s, ROW_NUMBER() OVER (ORDER BY s) AS r, COUNT(*) OVER () AS n "      \
    "FROM (SELECT "
#define SQL_MEDIAN_TAIL ") AS every) AS ranked WHERE r = (n + 1) DIV 2"
#define SQL_FIRST_ANSWER_OF                                                                        \
    "CAST(JSON_UNQUOTE(JSON_EXTRACT(f.raw_data, '$.first_response_time')) AS UNSIGNED)"
#define SQL_FIRST_ANSWER                                                                           \
    SQL_MEDIAN_HEAD SQL_FIRST_ANSWER_OF " AS s" SQL_THERE                                          \
                                        " AND f.created_at >= ? HAVING s > 0" SQL_MEDIAN_TAIL
#define SQL_CLOSING                                                                                \
    SQL_MEDIAN_HEAD "TIMESTAMPDIFF(SECOND, f.created_at, f.resolved_at) AS s" SQL_THERE            \
                    " AND " SQL_CLOSED                                                             \
                    " AND f.resolved_at >= ? AND f.resolved_at >= f.created_at" SQL_MEDIAN_TAIL

static int read_median(const struct overview *of, const char *sql, const char *from,
                       struct overview_median *median, struct error *error)
{
    struct db_value values[] = {db_text(of->site_key), db_text(from)};
    OVERVIEW_RESULT(result);
    *median = (struct overview_median){0};
    if (db_query(of->db, sql, values, 2, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    if (row)
        *median = (struct overview_median){db_number(&row[0]), db_number(&row[1])};
    return 0;
}

int overview_first_answer(const struct overview *of, const char *from,
                          struct overview_median *median, struct error *error)
{
    return read_median(of, SQL_FIRST_ANSWER, from, median, error);
}

int overview_closing(const struct overview *of, const char *from, struct overview_median *median,
                     struct error *error)
{
    return read_median(of, SQL_CLOSING, from, median, error);
}

#define SQL_GROUPS                                                                                 \
    "SELECT f.ticket_status, r.urgency, r.category, f.mailbox_id, f.agent_name, COUNT(*) "         \
    "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id AND r.source = 'fluent' "   \
    "WHERE f.site_key = ? AND f.deleted_at IS NULL AND f.created_at >= ? GROUP BY 1, 2, 3, 4, 5"

int overview_groups(const struct overview *of, const char *from, struct overview_group **groups,
                    size_t *count, struct error *error)
{
    struct db_value values[] = {db_text(of->site_key), db_text(from)};
    OVERVIEW_RESULT(result);
    *count = 0;
    if (db_query(of->db, SQL_GROUPS, values, 2, NULL, 0, &result, error) < 0 ||
        !(*groups = overview_table(of, result, sizeof **groups, error)))
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; ++*count)
        (*groups)[*count] = (struct overview_group){.status = overview_copy(of->arena, &row[0]),
                                                    .urgency = overview_copy(of->arena, &row[1]),
                                                    .category = overview_copy(of->arena, &row[2]),
                                                    .mailbox = overview_copy(of->arena, &row[3]),
                                                    .agent = overview_copy(of->arena, &row[4]),
                                                    .count = db_number(&row[5])};
    return overview_done(of, error);
}

/* The newest ticket of each mailbox names it. */
#define SQL_MAILBOXES                                                                              \
    "SELECT m.mailbox_id, JSON_UNQUOTE(JSON_EXTRACT(f.raw_data, '$.mailbox.name')) "               \
    "FROM (SELECT mailbox_id, MAX(id) AS id FROM fluent_tickets WHERE site_key = ? "               \
    "AND mailbox_id IS NOT NULL AND deleted_at IS NULL GROUP BY mailbox_id) AS m "                 \
    "JOIN fluent_tickets f ON f.id = m.id"

int overview_mailboxes(const struct overview *of, struct overview_mailbox **mailboxes,
                       size_t *count, struct error *error)
{
    struct db_value key = db_text(of->site_key);
    OVERVIEW_RESULT(result);
    *count = 0;
    if (db_query(of->db, SQL_MAILBOXES, &key, 1, NULL, 0, &result, error) < 0 ||
        !(*mailboxes = overview_table(of, result, sizeof **mailboxes, error)))
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL; ++*count)
        (*mailboxes)[*count] = (struct overview_mailbox){overview_copy(of->arena, &row[0]),
                                                         overview_copy(of->arena, &row[1])};
    return overview_done(of, error);
}
