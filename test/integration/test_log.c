/* test_log: what a run says about itself while it works: each decision per page, each request and
 * statement with its time, and all of it as JSON lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

static void prepare(struct harness *h)
{
    sync_prepare(h, 200, "per_page = 20\nconnections = 1\ndate_filter = 2000-01-01\n", NULL, NULL);
}

/* Counts the lines that contain both texts in this order. */
static int count(const char *text, const char *first, const char *second)
{
    int found = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t n = strcspn(line, "\n");
        const char *at = memmem(line, n, first, strlen(first));
        if (at)
            at = memmem(at, n - (size_t)(at - line), second, strlen(second));
        found += at != NULL;
    }
    return found;
}

/* Text */

static void test_pages(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_says_not(harness_sync(h, NULL).err, "page of");
    harness_control(h, "[{'do':'update','id':11,'set':{'priority':'critical'}},"
                       "{'do':'create','ticket':{'created_at':null}}]");
    struct outcome outcome = harness_sync(h, "-v", "--full", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "fluent-sync: full walk: ");
    sync_says(outcome.err, "0 new, 1 changed, ");
    sync_says(outcome.err, ", 1 rejected\n");
    assert_true(count(outcome.err, "page of ", " rejected") >= 4);
    sync_says(outcome.err, "fluent-sync: the run ended with exit code 3 after ");
    sync_says_not(outcome.err, "START TRANSACTION");
    sync_says_not(outcome.err, "GET ");
}

/* Every request that the site counted, every statement that the server did: none without its time.
 */
static void test_times(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_control(h, "{'do':'reset_stats'}");
    harness_fault(h, "'kind':'truncate','match':'order_by=id','times':1");
    struct outcome outcome = harness_sync(h, "-vv", NULL);
    sync_expect(outcome, 0);
    int requests = atoi(sync_last(h, "api_requests"));
    assert_true(requests > 4);
    assert_int_equal(count(outcome.err, "GET http", " ms"), requests);
    assert_int_equal(count(outcome.err, "GET http", "failed after "), 1);
    assert_int_equal(count(outcome.err, "GET ", ""), requests);
    assert_true(count(outcome.err, "database: START TRANSACTION (", " ms)") >= 4);
    assert_true(count(outcome.err, "database: COMMIT (", " ms)") >= 4);
    assert_true(count(outcome.err, "database: INSERT INTO fluent_tickets", " rows (") >= 3);
    assert_int_equal(count(outcome.err, "database: ", ""),
                     count(outcome.err, "database: ", " ms)"));
}

static void test_failed_statement(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sql(h, "DROP TABLE fluent_rejects");
    struct outcome outcome = harness_sync(h, "-vv", NULL);
    sync_expect(outcome, 6);
    assert_int_equal(count(outcome.err, "database: SELECT ", " failed ("), 1);
}

/* JSON lines */

struct lines {
    cJSON *all[2000];
    int count;
};

/* Each line is a document with time, level and message. */
static void read_lines(struct lines *lines, char *text)
{
    lines->count = 0;
    for (char *line; (line = strsep(&text, "\n")) != NULL && *line;) {
        assert_in_range(lines->count, 0, 1999);
        cJSON *json = sync_json(line);
        const char *time = cJSON_GetStringValue(cJSON_GetObjectItem(json, "time"));
        int year, ms, end = 0;
        assert_non_null(time);
        assert_int_equal(sscanf(time, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3dZ%n", &year, &ms, &end), 2);
        assert_int_equal(end, 24);
        assert_int_equal(strlen(time), 24);
        assert_non_null(cJSON_GetStringValue(cJSON_GetObjectItem(json, "level")));
        assert_non_null(cJSON_GetStringValue(cJSON_GetObjectItem(json, "msg")));
        lines->all[lines->count++] = json;
    }
}

static void free_lines(struct lines *lines)
{
    while (lines->count)
        cJSON_Delete(lines->all[--lines->count]);
}

/* The only line whose message begins so. */
static const cJSON *line_of(const struct lines *lines, const char *start)
{
    const cJSON *found = NULL;
    for (int i = 0; i < lines->count; i++) {
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(lines->all[i], "msg"));
        if (strncmp(message, start, strlen(start)) != 0)
            continue;
        assert_null(found);
        found = lines->all[i];
    }
    if (!found)
        fail_msg("no message begins with: %s", start);
    return found;
}

static void has_text(const cJSON *line, const char *name, const char *text)
{
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(line, name)), text);
}

/* The end of the run, with the numbers of its row; by itself, without -v. */
static void test_json_end(void **state)
{
    struct harness *h = *state;
    static const char *const columns[] = {
        "tickets_fetched",   "tickets_added",   "tickets_updated",  "tickets_unchanged",
        "tickets_skipped",   "tickets_undated", "tickets_rejected", "tickets_deleted",
        "tickets_invisible", "edits_kept",      "api_requests",     "api_bytes",
        "exit_code"};
    struct lines lines;
    prepare(h);
    harness_control(h, "{'do':'create','ticket':{'created_at':null}}");
    for (int run = 0; run < 2; run++) {
        struct outcome outcome = harness_sync(h, "--log-format", "json", NULL);
        sync_expect(outcome, 3);
        read_lines(&lines, outcome.err);
        const cJSON *end = line_of(&lines, "the run ended with exit code 3 after ");
        has_text(end, "level", "info");
        assert_int_equal(sync_member(end, "run_id"), atoi(sync_last(h, "id")));
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
            assert_int_equal(sync_member(end, columns[i]), atoll(sync_last(h, columns[i])));
        const cJSON *error = line_of(&lines, "1 ticket cannot be stored");
        has_text(error, "level", "error");
        assert_int_equal(sync_member(error, "run_id"), atoi(sync_last(h, "id")));
        free_lines(&lines);
    }
    struct outcome outcome = harness_sync(h, "-q", "--log-format", "json", NULL);
    read_lines(&lines, outcome.err);
    assert_int_equal(lines.count, 1);
    free_lines(&lines);
}

static void test_json_fields(void **state)
{
    struct harness *h = *state;
    struct lines lines;
    int pages = 0, requests = 0, statements = 0, tickets = 0;
    prepare(h);
    struct outcome outcome = harness_sync(h, "-vv", "--log-format=json", NULL);
    sync_expect(outcome, 0);
    read_lines(&lines, outcome.err);
    for (int i = 0; i < lines.count; i++) {
        const cJSON *line = lines.all[i];
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(line, "msg"));
        if (strncmp(message, "GET ", 4) == 0) {
            assert_int_equal(sync_member(line, "status"), 200);
            assert_true(sync_member(line, "bytes") > 0 && sync_member(line, "duration_ms") >= 0);
            requests++;
        } else if (strncmp(message, "page of ", 8) == 0) {
            assert_int_equal(sync_member(line, "tickets"), atoi(message + 8));
            assert_int_equal(sync_member(line, "run_id"), atoi(sync_last(h, "id")));
            tickets += (int)sync_member(line, "new");
            pages++;
        } else if (strncmp(message, "database: ", 10) == 0 && !strstr(message, "connected")) {
            assert_true(sync_member(line, "bytes") > 0 && sync_member(line, "duration_ms") >= 0);
            statements++;
        }
    }
    free_lines(&lines);
    assert_int_equal(requests, atoi(sync_last(h, "api_requests")));
    assert_int_equal(tickets, harness_count(h, "fluent_tickets"));
    assert_true(pages >= 4 && statements > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_pages),    SYNC_TEST(test_times),       SYNC_TEST(test_failed_statement),
        SYNC_TEST(test_json_end), SYNC_TEST(test_json_fields),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
