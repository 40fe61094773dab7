/* overview: runs, the state, rejects and sums over the tickets. */
#include "store/overview.h"

#include <string.h>

#include "store/conversations.h"
#include "store/lease.h"
#include "store/outbox.h"
#include "store/store_private.h"

/* Runs */

struct run_read {
    struct overview_run run;
    const char *status;
};
static const struct column RUN[] = {
    COLUMN("id", struct run_read, run.id),
    COLUMN_AS(COLUMN_INSTANT, "last_sync_at", struct run_read, run.began),
    COLUMN_AS(COLUMN_KNOWN, "sync_duration_ms", struct run_read, run.took_ms),
    COLUMN("last_sync_status", struct run_read, status),
    COLUMN("COALESCE(exit_code, -1)", struct run_read, run.exit_code),
    COLUMN("mode", struct run_read, run.mode),
    COLUMN("error_message", struct run_read, run.message),
    COLUMN("tickets_fetched", struct run_read, run.read),
    COLUMN("tickets_added", struct run_read, run.added),
    COLUMN("tickets_updated", struct run_read, run.updated),
    COLUMN("tickets_deleted", struct run_read, run.deleted),
    COLUMN("tickets_rejected", struct run_read, run.rejected),
};
static const struct select RUNS =
    SELECT(RUN, struct run_read,
           "FROM fluent_sync_status WHERE site_key = ? AND last_sync_at IS NOT NULL "
           "ORDER BY id DESC LIMIT ?");

static enum overview_result result_of(const char *status)
{
    static const char *const names[] = {"success", "partial", "failed", "in_progress"};
    for (size_t i = 0; status && i < sizeof names / sizeof *names; i++)
        if (strcmp(status, names[i]) == 0)
            return (enum overview_result)i;
    return OVERVIEW_FAILED;
}

int overview_runs(const struct overview *of, int64_t limit, struct overview_run **runs,
                  size_t *count, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(of->site_key), db_int(limit, digits)};
    struct records found;
    *count = 0;
    if (select_records(of->db, &RUNS, VALUES(values), &found, of->arena, error) < 0)
        return -1;
    *runs = arena_alloc(of->arena, (found.count + 1) * sizeof **runs);
    if (!*runs)
        return error_no_memory(error);
    for (const struct run_read *row = found.rows; *count < found.count; row++) {
        (*runs)[*count] = row->run;
        (*runs)[(*count)++].result = result_of(row->status);
    }
    return 0;
}

/* The state */

struct state_read {
    struct overview_state state;
    const char *owner; /* of the lease */
};
static const struct column STATE[] = {
    COLUMN("home", struct state_read, state.home),
    COLUMN("address", struct state_read, state.address),
    COLUMN("zone", struct state_read, state.zone),
    COLUMN_AS(COLUMN_KNOWN, "total", struct state_read, state.total),
    COLUMN_AS(COLUMN_INSTANT, "last_full_walk", struct state_read, state.last_full_walk),
    COLUMN("walk_started IS NOT NULL", struct state_read, state.walking),
    COLUMN("lease_owner IS NOT NULL AND "
           "lease_heartbeat > UTC_TIMESTAMP(6) - INTERVAL ? SECOND",
           struct state_read, state.running),
    COLUMN("lease_owner", struct state_read, owner),
};
static const struct select READ_STATE =
    SELECT(STATE, struct state_read, "FROM fluent_sync_state WHERE site_key = ?");

int overview_state(const struct overview *of, int lease_s, struct overview_state *state,
                   struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_int(lease_s, digits), db_text(of->site_key)};
    struct records found;
    *state = (struct overview_state){.total = -1};
    if (select_records(of->db, &READ_STATE, VALUES(values), &found, of->arena, error) < 0)
        return -1;
    const struct state_read *row = found.rows;
    if (found.count) {
        *state = row->state;
        state->running = state->running && !lease_owner_is_gone(row->owner);
    }
    return 0;
}

/* Rejects */

static const struct column REJECT[] = {
    COLUMN("fluent_id", struct overview_reject, fluent_id),
    COLUMN("reason", struct overview_reject, reason),
    COLUMN("attempts", struct overview_reject, attempts),
    COLUMN_AS(COLUMN_INSTANT, "first_seen", struct overview_reject, first_seen),
    COLUMN_AS(COLUMN_INSTANT, "next_attempt", struct overview_reject, next_attempt),
    COLUMN("accepted", struct overview_reject, accepted),
};
static const struct select REJECTS =
    SELECT(REJECT, struct overview_reject,
           "FROM fluent_rejects WHERE site_key = ? "
           "ORDER BY accepted, first_seen DESC, fluent_id LIMIT ?");

static const struct column REJECT_COUNTS[] = {
    COLUMN("SUM(accepted = 0)", struct overview_reject_counts, waiting),
    COLUMN("SUM(accepted = 0 AND fluent_id LIKE '%" CONVERSATION_REJECT "')",
           struct overview_reject_counts, conversations),
    COLUMN("SUM(accepted <> 0)", struct overview_reject_counts, accepted),
    COLUMN("MIN(IF(accepted = 0, fluent_id, NULL))", struct overview_reject_counts, first),
};
static const struct select COUNT_REJECTS =
    SELECT(REJECT_COUNTS, struct overview_reject_counts, "FROM fluent_rejects WHERE site_key = ?");

int overview_conversations(const struct overview *of, int64_t *behind, struct error *error)
{
    struct db_value values[] = {db_text(of->site_key)};
    return select_count(of->db, CONVERSATIONS_THERE "WHERE c.site_key = ? AND c.behind = 1",
                        VALUES(values), behind, error);
}

int overview_outbox(const struct overview *of, struct outbox_counts *counts, struct error *error)
{
    struct store *store = NULL;
    int done = store_open(&store, of->db, of->site_key, true, error);
    if (done == 0)
        done = store_count_outbox(store, counts, error);
    store_close(store);
    return done;
}

int overview_rejects(const struct overview *of, int64_t limit, struct overview_reject **rejects,
                     size_t *count, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(of->site_key), db_int(limit, digits)};
    struct records found;
    int done = select_records(of->db, &REJECTS, VALUES(values), &found, of->arena, error);
    *rejects = found.rows;
    *count = found.count;
    return done;
}

int overview_reject_counts(const struct overview *of, struct overview_reject_counts *counts,
                           struct error *error)
{
    struct db_value values[] = {db_text(of->site_key)};
    struct records found;
    if (select_records(of->db, &COUNT_REJECTS, VALUES(values), &found, of->arena, error) < 0)
        return -1;
    *counts = *(const struct overview_reject_counts *)found.rows;
    return 0;
}

/* Sums over the tickets */

/* A ticket that has left the scope is open on the site, but so are others that were never stored.
 */
#define IS_THERE "f.site_key = ? AND f.deleted_at IS NULL AND f.left_scope_at IS NULL"
#define THERE "FROM fluent_tickets f WHERE " IS_THERE
#define CLOSED "COALESCE(f.ticket_status, '') = 'closed'"
/* A status set by hand leaves resolved_at empty. */
#define CLOSED_AT "COALESCE(f.resolved_at, f.updated_at_fluent, f.created_at)"

static const struct column TOTALS[] = {
    COLUMN("COUNT(*)", struct overview_totals, tickets),
    COLUMN("SUM(NOT (" CLOSED "))", struct overview_totals, open),
    COLUMN("SUM(COALESCE(f.ticket_status, '') = 'new')", struct overview_totals, unanswered),
    COLUMN("SUM(f.edits_kept > 0)", struct overview_totals, edited),
    COLUMN("SUM(NOT (" CLOSED ") AND f.created_at < ?)", struct overview_totals, open_before),
    COLUMN("DATE(MIN(f.created_at))", struct overview_totals, oldest),
};
static const struct select READ_TOTALS = SELECT(TOTALS, struct overview_totals, THERE);

int overview_totals(const struct overview *of, const char *from, struct overview_totals *totals,
                    struct error *error)
{
    struct db_value values[] = {db_text(from), db_text(of->site_key)};
    struct records found;
    if (select_records(of->db, &READ_TOTALS, VALUES(values), &found, of->arena, error) < 0)
        return -1;
    *totals = *(const struct overview_totals *)found.rows;
    return 0;
}

/* What can be asked for from a day on. */
static int read_since(const struct overview *of, const struct select *select, const char *from,
                      struct records *found, struct error *error)
{
    struct db_value values[] = {db_text(of->site_key), db_text(from)};
    return select_records(of->db, select, VALUES(values), found, of->arena, error);
}

static const struct column CREATED_DAY[] = {
    COLUMN("DATE(f.created_at)", struct overview_day, day),
    COLUMN("COUNT(*)", struct overview_day, count),
};
static const struct column CLOSED_DAY[] = {
    COLUMN("DATE(" CLOSED_AT ")", struct overview_day, day),
    COLUMN("COUNT(*)", struct overview_day, count),
};
static const struct select DAYS[] = {
    [OVERVIEW_CREATED] = SELECT(CREATED_DAY, struct overview_day,
                                THERE " AND f.created_at >= ? GROUP BY 1 ORDER BY 1"),
    [OVERVIEW_CLOSED] =
        SELECT(CLOSED_DAY, struct overview_day,
               THERE " AND " CLOSED " AND " CLOSED_AT " >= ? GROUP BY 1 ORDER BY 1"),
};

int overview_days(const struct overview *of, enum overview_event event, const char *from,
                  struct overview_day **days, size_t *count, struct error *error)
{
    struct records found;
    int done = read_since(of, &DAYS[event], from, &found, error);
    *days = found.rows;
    *count = found.count;
    return done;
}

static const struct column MEDIAN[] = {
    COLUMN("s", struct overview_median, seconds),
    COLUMN("n", struct overview_median, of),
};
/* Of the `seconds` of rows: the row in the middle, and how many there are. */
#define MEDIAN_OF(seconds, rows)                                                                   \
    SELECT(MEDIAN, struct overview_median,                                                         \
           "FROM (SELECT s, ROW_NUMBER() OVER (ORDER BY s) AS r, COUNT(*) OVER () AS n "           \
           "FROM (SELECT " seconds " AS s " rows ") AS every) AS ranked WHERE r = (n + 1) DIV 2")
static const struct select FIRST_ANSWER =
    MEDIAN_OF("CAST(JSON_UNQUOTE(JSON_EXTRACT(f.raw_data, '$.first_response_time')) AS UNSIGNED)",
              THERE " AND f.created_at >= ? HAVING s > 0 ORDER BY f.created_at DESC LIMIT 2000");
static const struct select CLOSING =
    MEDIAN_OF("TIMESTAMPDIFF(SECOND, f.created_at, f.resolved_at)",
              THERE " AND " CLOSED " AND f.resolved_at >= ? AND f.resolved_at >= f.created_at");

static int read_median(const struct overview *of, const struct select *select, const char *from,
                       struct overview_median *median, struct error *error)
{
    struct records found;
    int done = read_since(of, select, from, &found, error);
    *median =
        found.count ? *(const struct overview_median *)found.rows : (struct overview_median){0};
    return done;
}

int overview_first_answer(const struct overview *of, const char *from,
                          struct overview_median *median, struct error *error)
{
    return read_median(of, &FIRST_ANSWER, from, median, error);
}

int overview_closing(const struct overview *of, const char *from, struct overview_median *median,
                     struct error *error)
{
    return read_median(of, &CLOSING, from, median, error);
}

static const struct column GROUP[] = {
    COLUMN("f.ticket_status", struct overview_group, status),
    COLUMN("r.urgency", struct overview_group, urgency),
    COLUMN("r.category", struct overview_group, category),
    COLUMN("f.mailbox_id", struct overview_group, mailbox),
    COLUMN("f.agent_name", struct overview_group, agent),
    COLUMN("COUNT(*)", struct overview_group, count),
};
static const struct select GROUPS =
    SELECT(GROUP, struct overview_group,
           "FROM fluent_tickets f "
           "LEFT JOIN requests r ON r.id = f.request_id AND r.source = 'fluent' "
           "WHERE " IS_THERE " AND f.created_at >= ? "
           "GROUP BY 1, 2, 3, 4, 5");

int overview_groups(const struct overview *of, const char *from, struct overview_group **groups,
                    size_t *count, struct error *error)
{
    struct records found;
    int done = read_since(of, &GROUPS, from, &found, error);
    *groups = found.rows;
    *count = found.count;
    return done;
}

/* The newest ticket of each mailbox names it. */
static const struct column MAILBOX[] = {
    COLUMN("m.mailbox_id", struct overview_mailbox, id),
    COLUMN("JSON_UNQUOTE(JSON_EXTRACT(f.raw_data, '$.mailbox.name'))", struct overview_mailbox,
           name),
};
static const struct select MAILBOXES =
    SELECT(MAILBOX, struct overview_mailbox,
           "FROM (SELECT mailbox_id, MAX(id) AS id FROM fluent_tickets WHERE site_key = ? "
           "AND mailbox_id IS NOT NULL AND deleted_at IS NULL GROUP BY mailbox_id) AS m "
           "JOIN fluent_tickets f ON f.id = m.id");

int overview_mailboxes(const struct overview *of, struct overview_mailbox **mailboxes,
                       size_t *count, struct error *error)
{
    struct db_value values[] = {db_text(of->site_key)};
    struct records found;
    int done = select_records(of->db, &MAILBOXES, VALUES(values), &found, of->arena, error);
    *mailboxes = found.rows;
    *count = found.count;
    return done;
}
