/* test_commands: what the commands print: JSON as documented, text that is safe to show, and
 * nothing at all where that is promised. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

#define ALL_TABLES                                                                                 \
    "requests, fluent_tickets, fluent_sync_status, fluent_sync_state, fluent_walk_pages, "         \
    "fluent_rejects, fluent_schema_version"

static void prepare(struct harness *h)
{
    sync_prepare(h, 40, NULL, NULL, NULL);
}

/* Documents */

enum kind { TEXT, NUMBER, BOOL, INSTANT, DAY, CLOCK, ANY };

struct key {
    const char *name;
    enum kind kind;
    bool nullable;
};

/* "2025-10-06T10:30:00.000Z", with # for any digit. */
static bool looks_like(const char *text, const char *pattern)
{
    for (; *text && *pattern; text++, pattern++)
        if (*pattern == '#' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
    return *text == *pattern;
}

static bool is_kind(const cJSON *value, const struct key *key)
{
    const char *text = cJSON_GetStringValue(value);
    if (cJSON_IsNull(value))
        return key->nullable;
    switch (key->kind) {
    case TEXT:
        return text != NULL;
    case NUMBER:
        return cJSON_IsNumber(value);
    case BOOL:
        return cJSON_IsBool(value);
    case INSTANT:
        return text && looks_like(text, "####-##-##T##:##:##.###Z");
    case DAY:
        return text && looks_like(text, "####-##-##");
    case CLOCK:
        return text && looks_like(text, "##:##:##");
    case ANY:
        return true;
    }
    return false;
}

/* The object must have exactly these keys, each of its kind. */
static void has_keys(const cJSON *object, const struct key *keys, size_t count)
{
    if (!cJSON_IsObject(object))
        fail_msg("no object");
    for (size_t i = 0; i < count; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, keys[i].name);
        if (!value || !is_kind(value, &keys[i]))
            fail_msg("%s is missing, or of another kind", keys[i].name);
    }
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(keys[i].name, member->string) == 0;
        if (!known)
            fail_msg("%s should not be there", member->string);
    }
}
#define HAS_KEYS(object, keys) has_keys(object, keys, sizeof(keys) / sizeof *(keys))

static const struct key SYNC_KEYS[] = {
    {"success", BOOL, false},
    {"ticketsFetched", NUMBER, false},
    {"ticketsAdded", NUMBER, false},
    {"ticketsUpdated", NUMBER, false},
    {"ticketsSkipped", NUMBER, false},
    {"syncDuration", NUMBER, false},
    {"dateFilter", DAY, false},
    {"mode", TEXT, false},
    {"ticketsUnchanged", NUMBER, false},
    {"ticketsRejected", NUMBER, false},
    {"ticketsDeleted", NUMBER, false},
    {"ticketsInvisible", NUMBER, false},
    {"ticketsUndated", NUMBER, false},
    {"editsKept", NUMBER, false},
    {"changesPushed", NUMBER, false},
    {"changesFailed", NUMBER, false},
    {"complete", BOOL, false},
    {"lastFullWalk", INSTANT, true},
    {"apiRequests", NUMBER, false},
    {"exitCode", NUMBER, false},
    {"error", TEXT, false},
    {"advice", TEXT, false},
};
enum { SYNC_KEYS_COUNT = sizeof SYNC_KEYS / sizeof *SYNC_KEYS };

static const struct key ERROR_KEYS[] = {
    {"success", BOOL, false}, {"error", TEXT, false}, {"exitCode", NUMBER, false}};

/* The document of a run that got as far as counting. */
static cJSON *run_json(struct harness *h, const char *option, int code)
{
    struct outcome outcome = harness_sync(h, "--json", option, NULL);
    sync_expect(outcome, code);
    cJSON *json = sync_json(outcome.out);
    has_keys(json, SYNC_KEYS, code == 0 ? SYNC_KEYS_COUNT - 2 : SYNC_KEYS_COUNT);
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(json, "success")), code == 0);
    assert_int_equal(sync_member(json, "exitCode"), code);
    return json;
}

static void test_sync_json(void **state)
{
    struct harness *h = *state;
    static const char *const order[] = {"success",        "ticketsFetched", "ticketsAdded",
                                        "ticketsUpdated", "ticketsSkipped", "syncDuration",
                                        "dateFilter"};
    prepare(h);
    cJSON *json = run_json(h, NULL, 0);
    for (int i = 0; i < 7; i++)
        assert_string_equal(cJSON_GetArrayItem(json, i)->string, order[i]);
    assert_string_equal(cJSON_GetObjectItem(json, "mode")->valuestring, "full");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "complete")));
    assert_int_equal(sync_member(json, "ticketsAdded"), harness_count(h, "fluent_tickets"));
    cJSON_Delete(json);
    harness_control(h, "{'do':'create','ticket':{'created_at':null}}");
    json = run_json(h, NULL, 3);
    assert_string_equal(cJSON_GetObjectItem(json, "mode")->valuestring, "incremental");
    cJSON_Delete(json);
}

/* A run that fails prints what it had counted; one that could not even count, the error. */
static void test_sync_json_of_failures(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_config(h, "retries = 0\nper_page = 10\nconnections = 1\n", NULL, NULL);
    harness_fault(h, "'kind':'replay','match':'order_by=id','skip':1,'name':'err_maintenance'");
    cJSON *json = run_json(h, "--full", 5);
    assert_true(sync_member(json, "ticketsAdded") > 0);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "complete")));
    sync_says(cJSON_GetObjectItem(json, "error")->valuestring, "maintenance");
    cJSON_Delete(json);
    static const struct {
        const char *option;
        int code;
    } others[] = {{"--max-deletes=x", 2}, {"--config=/none", 2}};
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = harness_sync(h, "--json", others[i].option, NULL);
        sync_expect(outcome, others[i].code);
        json = sync_json(outcome.out);
        HAS_KEYS(json, ERROR_KEYS);
        assert_int_equal(sync_member(json, "exitCode"), others[i].code);
        cJSON_Delete(json);
    }
}

static const struct key RUN_KEYS[] = {
    {"id", NUMBER, false},
    {"last_sync_at", INSTANT, false},
    {"last_sync_status", TEXT, false},
    {"mode", TEXT, true},
    {"tickets_fetched", NUMBER, false},
    {"tickets_added", NUMBER, false},
    {"tickets_updated", NUMBER, false},
    {"tickets_unchanged", NUMBER, false},
    {"tickets_skipped", NUMBER, false},
    {"tickets_undated", NUMBER, false},
    {"tickets_rejected", NUMBER, false},
    {"tickets_deleted", NUMBER, false},
    {"tickets_invisible", NUMBER, false},
    {"edits_kept", NUMBER, false},
    {"changes_pushed", NUMBER, false},
    {"changes_failed", NUMBER, false},
    {"complete", BOOL, true},
    {"sees_all", BOOL, true},
    {"exit_code", NUMBER, true},
    {"error_message", TEXT, true},
    {"sync_duration_ms", NUMBER, true},
    {"date_filter", DAY, false},
    {"api_requests", NUMBER, false},
    {"api_bytes", NUMBER, false},
    {"host", TEXT, false},
    {"pid", NUMBER, false},
    {"version", TEXT, false},
    {"created_at", INSTANT, false},
    {"updated_at", INSTANT, false},
};
static const struct key COUNT_KEYS[] = {{"ticket_status", TEXT, true}, {"count", NUMBER, false}};

static cJSON *status_json(struct harness *h, const char *option)
{
    struct outcome outcome = harness_sync(h, "status", "--json", option, NULL);
    sync_expect(outcome, 0);
    return sync_json(outcome.out);
}

static void test_status_json(void **state)
{
    struct harness *h = *state;
    static const struct key keys[] = {
        {"syncStatus", ANY, true},           {"totalTickets", NUMBER, false},
        {"ticketsLeftScope", NUMBER, false}, {"callsWaiting", NUMBER, false},
        {"oldestCall", INSTANT, true},       {"conversationsBehind", NUMBER, false},
        {"changesWaiting", NUMBER, false},   {"changesSending", NUMBER, false},
        {"changesFailed", NUMBER, false},    {"changesHeld", NUMBER, false},
        {"statusBreakdown", ANY, false}};
    static const struct key with_history[] = {
        {"syncStatus", ANY, true},           {"totalTickets", NUMBER, false},
        {"ticketsLeftScope", NUMBER, false}, {"callsWaiting", NUMBER, false},
        {"oldestCall", INSTANT, true},       {"conversationsBehind", NUMBER, false},
        {"changesWaiting", NUMBER, false},   {"changesSending", NUMBER, false},
        {"changesFailed", NUMBER, false},    {"changesHeld", NUMBER, false},
        {"statusBreakdown", ANY, false},     {"history", ANY, false}};
    prepare(h);
    cJSON *json = status_json(h, NULL), *item;
    HAS_KEYS(json, keys);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "syncStatus")));
    assert_int_equal(sync_member(json, "totalTickets"), 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "statusBreakdown")), 0);
    cJSON_Delete(json);
    for (int i = 0; i < 3; i++)
        sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "UPDATE fluent_tickets SET deleted_at = NOW() ORDER BY id LIMIT 2");
    json = status_json(h, "--limit=2");
    HAS_KEYS(json, with_history);
    HAS_KEYS(cJSON_GetObjectItem(json, "syncStatus"), RUN_KEYS);
    assert_int_equal(sync_member(cJSON_GetObjectItem(json, "syncStatus"), "id"), 3);
    int64_t total = harness_number(h, "SELECT COUNT(*) - 2 FROM fluent_tickets"), sum = 0;
    assert_int_equal(sync_member(json, "totalTickets"), total);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "statusBreakdown"))
    {
        HAS_KEYS(item, COUNT_KEYS);
        sum += (int64_t)sync_member(item, "count");
    }
    assert_int_equal(sum, total);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "history")), 2);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "history")) HAS_KEYS(item, RUN_KEYS);
    cJSON_Delete(json);
}

static const struct key TICKET_KEYS[] = {
    {"id", NUMBER, false},
    {"fluent_id", TEXT, false},
    {"ticket_number", TEXT, false},
    {"created_at", INSTANT, false},
    {"updated_at_fluent", INSTANT, true},
    {"ticket_status", TEXT, true},
    {"customer_id", TEXT, true},
    {"customer_name", TEXT, true},
    {"customer_email", TEXT, true},
    {"mailbox_id", NUMBER, true},
    {"title", TEXT, true},
    {"customer_message", TEXT, true},
    {"priority", TEXT, true},
    {"product_id", TEXT, true},
    {"product_name", TEXT, true},
    {"agent_id", TEXT, true},
    {"agent_name", TEXT, true},
    {"resolved_at", INSTANT, true},
    {"response_count", NUMBER, true},
    {"request_id", NUMBER, true},
    {"edits_kept", NUMBER, false},
    {"deleted_at", INSTANT, true},
    {"invisible_since", INSTANT, true},
    {"left_scope_at", INSTANT, true},
    {"last_synced_at", INSTANT, false},
    {"created_at_local", INSTANT, false},
    {"updated_at_local", INSTANT, false},
    {"date", DAY, true},
    {"time", CLOCK, true},
    {"category", TEXT, true},
    {"urgency", TEXT, true},
    {"status", TEXT, true},
    {"source", TEXT, true},
    {"description", TEXT, true},
};

static cJSON *tickets_json(struct harness *h, const char *a, const char *b)
{
    struct outcome outcome = harness_sync(h, "tickets", "--json", a, b, NULL);
    sync_expect(outcome, 0);
    return sync_json(outcome.out);
}

/* The ids in the array must be the rows of the query. */
static void has_ids(struct harness *h, const cJSON *array, const char *sql)
{
    char *ids = harness_text(h, "%s", "");
    const cJSON *item;
    cJSON_ArrayForEach(item, array) ids = harness_text(
        h, "%s%s\n", ids, cJSON_GetStringValue(cJSON_GetObjectItem(item, "fluent_id")));
    assert_string_equal(ids, harness_table(h, sql));
}

static void test_tickets_json(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_control(h, "{'do':'create','ticket':{'id':777,"
                       "'created_at':'2027-03-04T05:06:07+00:00','status':'on-hold',"
                       "'mailbox_id':'9','resolved_at':'2027-03-05 06:07:08'}}");
    sync_expect(harness_sync(h, NULL), 0);
    cJSON *all = tickets_json(h, NULL, NULL), *item;
    cJSON_ArrayForEach(item, all) HAS_KEYS(item, TICKET_KEYS);
    has_ids(h, all, "SELECT fluent_id FROM fluent_tickets ORDER BY created_at DESC, id DESC");
    item = cJSON_GetArrayItem(all, 0);
    /* Instants in UTC, date and time in the site's zone, New York. */
    assert_string_equal(cJSON_GetObjectItem(item, "created_at")->valuestring,
                        "2027-03-04T05:06:07.000Z");
    assert_string_equal(cJSON_GetObjectItem(item, "resolved_at")->valuestring,
                        "2027-03-05T11:07:08.000Z");
    assert_string_equal(cJSON_GetObjectItem(item, "date")->valuestring, "2027-03-04");
    assert_string_equal(cJSON_GetObjectItem(item, "time")->valuestring, "00:06:07");
    cJSON_Delete(all);
    static const struct {
        const char *a, *b, *sql;
    } views[] = {
        {"--limit=3", "--offset=2", "ORDER BY created_at DESC, id DESC LIMIT 3 OFFSET 2"},
        {"--status=on-hold", NULL, "WHERE fluent_id = '777'"},
        {"--status=closed", "--mailbox=2",
         "WHERE ticket_status = 'closed' AND mailbox_id = 2 ORDER BY created_at DESC, id DESC"},
        {"--mailbox", "9", "WHERE fluent_id = '777'"},
        {"--status=none", NULL, "WHERE false"},
        {"--limit=0", NULL, "WHERE false"},
    };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        cJSON *json = tickets_json(h, views[i].a, views[i].b);
        has_ids(h, json, harness_text(h, "SELECT fluent_id FROM fluent_tickets %s", views[i].sql));
        cJSON_Delete(json);
    }
}

/* Not a page is taken for the whole. */
static void test_tickets_are_counted(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    const char *all = harness_value(h, "SELECT COUNT(*) FROM fluent_tickets");
    struct outcome outcome = harness_sync(h, "tickets", "--limit=2", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.err, harness_text(h, "2 of %s tickets", all));
    assert_string_equal(harness_sync(h, "tickets", NULL).err, "");
    sync_says(harness_sync(h, "tickets", "--all-sources", "--limit=1", "--offset=1", NULL).err,
              "1 of ");
    sync_says(harness_sync(h, "tickets", "--csv", "--limit=0", NULL).err,
              harness_text(h, "0 of %s tickets", all));
    assert_string_equal(harness_sync(h, "tickets", "--limit=2", "--json", NULL).err, "");
    assert_string_equal(harness_sync(h, "tickets", "--limit=2", "-q", NULL).err, "");
}

static void test_tickets_since(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "UPDATE fluent_tickets SET created_at = CASE fluent_id WHEN '3' THEN "
                   "'2026-03-01 12:00:00' WHEN '4' THEN '2026-03-01 11:59:59' ELSE "
                   "'2020-01-01 00:00:00' END");
    harness_sql(h, "UPDATE requests r JOIN fluent_tickets f ON f.request_id = r.id "
                   "SET r.date = DATE(f.created_at), r.time = TIME(f.created_at)");
    static const struct {
        const char *since, *sources, *err;
    } views[] = {{"--since=2026-03-01", NULL, "0 of 2 tickets;"},
                 {"--since=2026-03-01", "--all-sources", "0 of 2 requests;"},
                 {"--since=2026-03-01T12:00:00-05:00", NULL, "0 of 1 ticket;"},
                 {"--since=2026-03-01T12:00:00-05:00", "--all-sources", "0 of 1 request;"},
                 {"--since=1m", NULL, ""}};
    assert_string_equal(harness_value(h, "SELECT zone FROM fluent_sync_state"), "America/New_York");
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        struct outcome outcome =
            harness_sync(h, "tickets", "--limit=0", views[i].since, views[i].sources, NULL);
        sync_expect(outcome, 0);
        sync_says(outcome.err, views[i].err);
    }
    struct outcome future = harness_sync(h, "tickets", "--since=9999-01-01", NULL);
    sync_says(future.err, "warning: --since: 9999-01-01 is in the future");
}

static void test_csv(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    struct outcome outcome = harness_sync(h, "tickets", "--csv", "--limit=1", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "id,fluent_id,");
    sync_says(outcome.out, ",source,description\r\n");
    sync_says(outcome.out, "\n\n"); /* of a description */
    outcome = harness_sync(h, "status", "--csv", "--limit=5", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "id,last_sync_at,last_sync_status,");
    sync_says(harness_sync(h, "rejects", "--csv", NULL).out, "fluent_id,reason,");
}

static void test_edited_json(void **state)
{
    struct harness *h = *state;
    static const struct key keys[] = {{"fluent_id", TEXT, false}, {"column", TEXT, false},
                                      {"base", TEXT, true},       {"theirs", TEXT, true},
                                      {"ours", TEXT, true},       {"state", TEXT, true},
                                      {"error", TEXT, true}};
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, 3, "category = 'Forms', urgency = NULL");
    cJSON *json = tickets_json(h, "--edited", NULL), *item = cJSON_GetArrayItem(json, 0);
    assert_int_equal(cJSON_GetArraySize(json), 2);
    HAS_KEYS(item, keys);
    assert_string_equal(cJSON_GetObjectItem(item, "fluent_id")->valuestring, "3");
    assert_string_equal(cJSON_GetObjectItem(item, "column")->valuestring, "category");
    assert_string_equal(cJSON_GetObjectItem(item, "theirs")->valuestring, "Support");
    assert_string_equal(cJSON_GetObjectItem(item, "ours")->valuestring, "Forms");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(json, 1), "ours")));
    cJSON_Delete(json);
}

/* Commands */

/* Nothing on either stream. */
static void quiet(struct outcome outcome)
{
    sync_expect(outcome, 0);
    assert_string_equal(outcome.out, "");
    assert_string_equal(outcome.err, "");
}

static void test_quiet(void **state)
{
    struct harness *h = *state;
    harness_site_of(h, 40);
    harness_config(h, NULL, NULL, NULL);
    quiet(harness_sync(h, "migrate", "--quiet", NULL));
    quiet(harness_sync(h, "--quiet", NULL));
    quiet(harness_sync(h, "sync", "-q", "--full", NULL));
    quiet(harness_sync(h, "-q", "--dry-run", NULL));
    quiet(harness_sync(h, "rejects", "-q", NULL));
    harness_control(h, "{'do':'create','ticket':{'created_at':null}}");
    struct outcome outcome = harness_sync(h, "--quiet", NULL);
    sync_expect(outcome, 3);
    assert_string_equal(outcome.out, "");
    sync_says(outcome.err, "rejects");
}

/* No terminal, no decoration. */
static void test_plain(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 0);
    assert_string_equal(outcome.err, "");
    sync_says(outcome.out, "40 tickets read (full");
    sync_says_not(outcome.out, "\033");
    outcome = harness_sync(h, "status", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "complete");
    sync_says_not(outcome.out, "\033");
    sync_expect(harness_sync(h, "--version", NULL), 0);
    outcome = harness_sync(h, "--help", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "--max-deletes");
}

/* How old is the mirror, what became of the last run, and what is to be done? */
static void test_status_of_a_mirror(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_says(harness_sync(h, "status", NULL).out, "No run yet.\n");
    sync_expect(harness_sync(h, NULL), 0);
    struct outcome outcome = harness_sync(h, "status", NULL);
    assert_int_equal(strncmp(outcome.out, "All is well: every ticket is here.\n", 35), 0);
    sync_says(outcome.out, "\nNothing to do.\n\nlast complete run   ");
    sync_says(outcome.out, "000Z, just now\nlast run ");
    sync_says(outcome.out, "Z, just now: complete\n  took ");
    sync_says(outcome.out,
              "rejects             none\nedits kept          none\nwhole list read     since ");
    /* In another second than that of the insert, which the test does not wait for. */
    sync_edit(h, 3,
              "category = 'Forms', urgency = 'LOW', "
              "updated_at = updated_at + INTERVAL 5 SECOND");
    harness_sql(h, "UPDATE fluent_sync_status SET last_sync_at = last_sync_at - INTERVAL 3 HOUR");
    outcome = harness_sync(h, "status", NULL);
    sync_says(outcome.out, "edits kept          2: `fluent-sync edits`\n");
    sync_says(outcome.out, "000Z, 3 h ago\nlast run ");
    harness_config(h, "retries = 0\n", NULL, NULL);
    harness_fault(h, "'kind':'status','status':503,'match':'tickets'");
    sync_expect(harness_sync(h, NULL), 5);
    outcome = harness_sync(h, "status", NULL);
    sync_says(outcome.out, "The site did not answer at ");
    sync_says(outcome.out, "000Z, 3 h ago\nlast run ");
    sync_says(outcome.out, "Z, just now: failed (exit code 5)\n");
    sync_says(outcome.out, "  it said           ");
}

/* Its process is gone, and so nothing is at work. */
static void test_status_after_a_kill(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    struct process *process = sync_start_stalled(h, NULL);
    sync_says(harness_sync(h, "status", NULL).out, "A run is at work");
    kill(process->pid, SIGKILL);
    harness_wait(h, process);
    struct outcome outcome = harness_sync(h, "status", NULL);
    sync_says_not(outcome.out, "at work");
    sync_says(outcome.out, "did not come to its end");
    sync_expect(harness_sync(h, NULL), 0);
}

static void test_dry_run(void **state)
{
    struct harness *h = *state;
    harness_site_of(h, 40);
    harness_config(h, NULL, NULL, NULL);
    /* Before the tables are there */
    struct outcome outcome = harness_sync(h, "--dry-run", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "to add");
    assert_string_equal(harness_table(h, "SHOW TABLES"), "");
    outcome = harness_sync(h, "migrate", "--dry-run", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "CREATE TABLE");
    assert_string_equal(harness_table(h, "SHOW TABLES"), "");
    /* with empty ones, */
    sync_migrate(h);
    outcome = harness_sync(h, "migrate", "--dry-run", NULL);
    sync_expect(outcome, 0);
    assert_string_equal(outcome.out, "-- the tables are up to date\n");
    char *sums = sync_sums(h, ALL_TABLES);
    cJSON *json = run_json(h, "--dry-run", 0);
    double added = sync_member(json, "ticketsAdded");
    assert_true(added > 0);
    cJSON_Delete(json);
    assert_string_equal(sync_sums(h, ALL_TABLES), sums);
    /* and with a mirror that has aged. */
    json = run_json(h, NULL, 0);
    assert_int_equal(sync_member(json, "ticketsAdded"), added);
    cJSON_Delete(json);
    harness_sql(h, "UPDATE requests SET category = 'Forms' ORDER BY id LIMIT 1");
    harness_control(h, "[{'do':'update_random','count':5},{'do':'delete_random'},"
                       "{'do':'create','count':2},"
                       "{'do':'create','ticket':{'created_at':null}}]");
    sums = sync_sums(h, ALL_TABLES);
    json = run_json(h, "--dry-run", 3);
    assert_int_equal(sync_member(json, "ticketsRejected"), 1);
    cJSON_Delete(json);
    sync_expect(harness_sync(h, "--dry-run", "--full", "-v", NULL), 3);
    sync_expect(harness_sync(h, "--dry-run", "--full", "--adopt", NULL), 3);
    sync_expect(harness_sync(h, "--dry-run", "--ticket=3", "--ticket=9999", NULL), 3);
    assert_string_equal(sync_sums(h, ALL_TABLES), sums);
}

static void test_ticket(void **state)
{
    struct harness *h = *state;
    static const char watermark[] =
        "SELECT CONCAT_WS(' ', watermark, total, last_full_walk) FROM fluent_sync_state";
    static const char title[] = "SELECT title FROM fluent_tickets WHERE fluent_id = '3'";
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *before = harness_value(h, watermark);
    harness_control(h, "[{'do':'update','id':3,'set':{'title':'By name'}},"
                       "{'do':'update','id':4,'set':{'title':'Not asked for'}},"
                       "{'do':'delete','id':5},{'do':'hide','id':6},"
                       "{'do':'create','ticket':{'id':60,'title':'New'}}]");
    sync_expect(harness_sync(h, "--ticket", "3", "--ticket=60", NULL), 0);
    assert_string_equal(harness_value(h, title), "By name");
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', mode, last_sync_status, tickets_fetched, "
                                     "tickets_added, tickets_updated)"),
                        "tickets success 2 1 1");
    assert_int_equal(harness_count(h, "fluent_tickets WHERE title = 'Not asked for'"), 0);
    assert_string_equal(harness_value(h, watermark), before);
    /* Not there, or not any more */
    struct outcome outcome = harness_sync(h, "--ticket", "9999", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "9999");
    outcome = harness_sync(h, "--ticket", "5", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "ticket 5");
    assert_string_equal(sync_last(h, "tickets_deleted"), "1");
    assert_int_equal(
        harness_count(h, "fluent_tickets WHERE fluent_id = '5' AND deleted_at IS NOT NULL"), 1);
    outcome = harness_sync(h, "--ticket=6", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "not visible");
    assert_int_equal(harness_count(h, "fluent_tickets WHERE deleted_at IS NOT NULL"), 1);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE title = 'Not asked for'"), 1);
}

/* The monitoring plugins' convention: 0, 2, 3 and one line. */
static void test_max_age(void **state)
{
    struct harness *h = *state;
    static const struct {
        const char *sql;
        int code;
        const char *start;
    } cases[] = {
        {"DO 0", 3, "UNKNOWN"},
        {"INSERT INTO fluent_sync_status (last_sync_at, last_sync_status, complete, mode) VALUES "
         "(UTC_TIMESTAMP() - INTERVAL 3 HOUR, 'success', 1, 'full')",
         2, "CRITICAL"},
        {"INSERT INTO fluent_sync_status (last_sync_at, last_sync_status) VALUES "
         "(UTC_TIMESTAMP(), 'failed'), (UTC_TIMESTAMP(), 'partial')",
         2, "CRITICAL"},
        {"INSERT INTO fluent_sync_status (last_sync_at, last_sync_status, complete, mode) VALUES "
         "(UTC_TIMESTAMP(), 'success', 1, 'tickets')",
         2, "CRITICAL"},
        {"INSERT INTO fluent_sync_status (last_sync_at, last_sync_status, complete, mode) VALUES "
         "(UTC_TIMESTAMP() - INTERVAL 1 HOUR, 'success', 1, 'incremental')",
         0, "OK"},
        {"INSERT INTO fluent_sync_status (last_sync_at, last_sync_status, complete, mode) VALUES "
         "(UTC_TIMESTAMP() + INTERVAL 1 YEAR, 'success', 1, 'full')",
         2, "CRITICAL"}, /* a clock was wrong */
        {"INSERT INTO fluent_sync_status (last_sync_at, last_sync_status, complete, mode) VALUES "
         "(UTC_TIMESTAMP() - INTERVAL 1 HOUR, 'success', 1, 'incremental')",
         0, "OK"},
        {"DROP TABLE fluent_schema_version", 3, "UNKNOWN"},
    };
    prepare(h);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_sql(h, harness_text(h, "SET time_zone = '+00:00'; %s", cases[i].sql));
        struct outcome outcome = harness_sync(h, "status", "--max-age", "2h", NULL);
        sync_expect(outcome, cases[i].code);
        assert_int_equal(strncmp(outcome.out, cases[i].start, strlen(cases[i].start)), 0);
        assert_ptr_equal(strchr(outcome.out, '\n'), outcome.out + strlen(outcome.out) - 1);
    }
}

/* What tickets say must not move the cursor, colour the terminal or reorder a line. */

static size_t lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

#define EVIL                                                                                       \
    "\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\r\\n\\nnext\\tline\\u2028x\\u202egnp.exe\\u2066y" \
    "\\u200f\\u061c\\u0008\\u007f"

static void test_safe_text(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 0, NULL, NULL, NULL);
    harness_control(h, "[{'do':'create','ticket':{'id':2,'title':'a" EVIL "z','status':'s" EVIL
                       "','customer.full_name':'c" EVIL "','product.title':'p" EVIL "'}},"
                       "{'do':'create','ticket':{'id':3,'title':'b" EVIL "','created_at':'" EVIL
                       "'}},{'do':'create','ticket':{'id':4,'title':'third'}}]");
    struct outcome outcome = harness_sync(h, "-vv", NULL);
    sync_expect(outcome, 3);
    sync_safe(outcome.out);
    sync_safe(outcome.err);
    sync_edit(h, 2,
              "category = CONCAT('mine', CHAR(27 USING utf8mb4), '[31m', CHAR(10 USING utf8mb4))");
    harness_sql(h, "UPDATE fluent_rejects SET reason = CONCAT(reason, CHAR(27 USING utf8mb4), "
                   "'[2J', CHAR(10 USING utf8mb4));UPDATE fluent_sync_status SET error_message = "
                   "CONCAT('e', CHAR(27 USING utf8mb4), '[2J')");
    static const struct {
        const char *command, *option;
        size_t lines; /* 0: any number */
    } shown[] = {
        {"tickets", NULL, 3}, {"tickets", "--edited", 2}, {"rejects", NULL, 2},
        {"status", NULL, 0},  {"status", "--limit=5", 0},
    };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        outcome = harness_sync(h, shown[i].command, shown[i].option, NULL);
        sync_expect(outcome, 0);
        sync_safe(outcome.out);
        if (shown[i].lines)
            assert_int_equal(lines(outcome.out), shown[i].lines);
    }
}

/* The site's own words in a message */
static void test_safe_messages(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_config(h, "retries = 0\n", NULL, NULL);
    harness_control(h, "{\"do\":\"fault\",\"kind\":\"status\",\"status\":500,\"match\":\"tickets\","
                       "\"content_type\":\"application/json\",\"body\":\"{\\\"code\\\":\\\"c" EVIL
                       "\\\",\\\"message\\\":\\\"m\\\\u001b[2J\\\\u202e\\\\nnext" EVIL "\\\"}\"}");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 5);
    sync_safe(outcome.err);
    assert_int_equal(lines(outcome.err), 2);
    outcome = harness_sync(h, "-q", "--log-format=json", NULL);
    sync_expect(outcome, 5);
    cJSON_Delete(sync_json(outcome.err));
    outcome = harness_sync(h, "status", NULL);
    sync_expect(outcome, 0);
    sync_safe(outcome.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_sync_json),
        SYNC_TEST(test_sync_json_of_failures),
        SYNC_TEST(test_status_json),
        SYNC_TEST(test_tickets_json),
        SYNC_TEST(test_tickets_are_counted),
        SYNC_TEST(test_tickets_since),
        SYNC_TEST(test_csv),
        SYNC_TEST(test_status_of_a_mirror),
        SYNC_TEST(test_status_after_a_kill),
        SYNC_TEST(test_edited_json),
        SYNC_TEST(test_quiet),
        SYNC_TEST(test_plain),
        SYNC_TEST(test_dry_run),
        SYNC_TEST(test_ticket),
        SYNC_TEST(test_max_age),
        SYNC_TEST(test_safe_text),
        SYNC_TEST(test_safe_messages),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
