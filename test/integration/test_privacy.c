/* test_privacy: what [privacy] drop names is nowhere: in no table, no file of the server and no
 * output of the program. If the setting changes, what is already stored follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

#define DROP                                                                                       \
    "[privacy]\ndrop = customer.email, customer.full_name, content, custom_fields.phone, "         \
    "notes.text\n"
#define FIELDS "[map.fields]\nwebsite_url = custom_fields.phone\n"
#define TABLES                                                                                     \
    "requests, fluent_tickets, fluent_rejects, fluent_sync_status, fluent_sync_state, "            \
    "fluent_walk_pages"

/* What is dropped, each at a path of its own, and what is not. */
static const char *const DROPPED[] = {"qvxmail", "qvxname", "qvxbody", "qvxphone", "qvxnote"};
static const char KEPT[] = "qvxtitle";
enum { DROPPED_COUNT = sizeof DROPPED / sizeof *DROPPED };

#define PERSONAL(more)                                                                             \
    "'title':'A qvxtitle','content':'<p>qvxbody " more "</p>',"                                    \
    "'customer.email':'qvxmail@customer.test','customer.full_name':'Anna qvxname',"                \
    "'custom_fields':{'phone':'+49 qvxphone','colour':'red'},"                                     \
    "'notes':[{'text':'qvxnote 1'},{'text':'qvxnote 2','by':'me'}]"

/* One ticket that can be stored, and one that cannot. */
static void prepare(struct harness *h, const char *sync, const char *sections)
{
    sync_prepare(h, 0, "date_filter = 2000-01-01\nretries = 0\n", sync, sections);
    harness_control(
        h, "[{'do':'create','ticket':{'id':2," PERSONAL(
               "one") "}},"
                      "{'do':'create','ticket':{'id':3,'created_at':null," PERSONAL("two") "}}]");
}

static void configure(struct harness *h, const char *sync, const char *sections)
{
    harness_config(h, "date_filter = 2000-01-01\nretries = 0\n", sync, sections);
}

static void has_none(const char *text)
{
    for (int i = 0; i < DROPPED_COUNT; i++)
        sync_says_not(text, DROPPED[i]);
}

static void discreet(struct outcome outcome, int code)
{
    sync_expect(outcome, code);
    has_none(outcome.out);
    has_none(outcome.err);
}

/* The names of the server's files that hold `word`. */
static const char *files_with(struct harness *h, const char *word)
{
    const char *const argv[] = {"grep", "-rlaFi", word, harness_text(h, "%s/db", h->dir), NULL};
    return harness_run(h, argv, NULL).out;
}

static void test_nowhere(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, DROP FIELDS);
    discreet(harness_sync(h, "--dry-run", "-vv", NULL), 3);
    discreet(harness_sync(h, "-vv", NULL), 3);
    harness_control(h, "{'do':'update','id':2,'set':{" PERSONAL("changed") "}}");
    discreet(harness_sync(h, "-vv", "--json", NULL), 3);
    discreet(harness_sync(h, "--full", "--log-format", "json", "-vv", NULL), 3);
    discreet(harness_sync(h, "--ticket=2", "--ticket=3", "-vv", NULL), 3);
    discreet(harness_sync(h, "tickets", "--json", NULL), 0);
    discreet(harness_sync(h, "tickets", NULL), 0);
    discreet(harness_sync(h, "rejects", "--json", NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 1);
    assert_int_equal(harness_count(h, "fluent_rejects"), 1);
    has_none(sync_dump(h));
    /* Now the files: pages, logs, what is left of earlier versions. */
    harness_sql(h, "FLUSH TABLES " TABLES " FOR EXPORT; UNLOCK TABLES");
    sync_says(files_with(h, KEPT), "fluent_tickets.ibd");
    for (int i = 0; i < DROPPED_COUNT; i++)
        assert_string_equal(files_with(h, DROPPED[i]), "");
}

/* Each change of the setting alone causes a walk. */
static void changes(struct harness *h, const char *sync, const char *sections)
{
    configure(h, sync, sections);
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(sync_last(h, "mode"), "full");
}

static void holds_all(struct harness *h)
{
    const char *dump = sync_dump(h);
    for (int i = 0; i < DROPPED_COUNT; i++)
        sync_says(dump, DROPPED[i]);
}

static void test_drop_changed(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    sync_expect(harness_sync(h, NULL), 3);
    holds_all(h);
    changes(h, NULL, DROP FIELDS);
    has_none(sync_dump(h));
    assert_string_equal(
        harness_value(h, "SELECT CONCAT_WS('|', IFNULL(customer_email, '-'), "
                         "IFNULL(customer_message, '-'), IFNULL(website_url, '-'), description, "
                         "JSON_VALUE(raw_data, '$.custom_fields.colour'), "
                         "JSON_VALUE(raw_data, '$.notes[1].by')) FROM fluent_tickets f "
                         "JOIN requests r ON r.id = request_id"),
        "-|-|-|A qvxtitle|red|me");
    changes(h, NULL, FIELDS);
    holds_all(h);
}

static void test_raw_data_changed(void **state)
{
    struct harness *h = *state;
    static const char QUERY[] =
        "SELECT raw_data IS NULL, IFNULL(INSTR(raw_data, 'qvxbody') > 0, 0), "
        "IFNULL(INSTR(raw_data, 'qvxnote') > 0, 0) FROM "
        "(SELECT raw_data FROM fluent_tickets UNION ALL SELECT raw_data FROM fluent_rejects) AS u";
    prepare(h, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(harness_table(h, QUERY), "0\t1\t1\n0\t1\t1\n");
    changes(h, "raw_data = mapped\n", NULL);
    assert_string_equal(harness_table(h, QUERY), "0\t1\t0\n0\t1\t0\n");
    changes(h, "raw_data = none\n", NULL);
    assert_string_equal(harness_table(h, QUERY), "1\t0\t0\n1\t0\t0\n");
    changes(h, "raw_data = full\n", NULL);
    assert_string_equal(harness_table(h, QUERY), "0\t1\t1\n0\t1\t1\n");
}

/* Tickets that no walk shows any more, deleted, hidden from the API user or rejected now, and
 * requests that the dashboard put away. */
static void prepare_absent(struct harness *h)
{
    prepare(h, NULL, FIELDS);
    for (int id = 4; id <= 8; id++)
        harness_control(h, "{'do':'create','ticket':{'id':%d," PERSONAL("more") "}}", id);
    sync_expect(harness_sync(h, NULL), 3);
    harness_control(h, "[{'do':'delete','id':4},{'do':'hide','id':5},"
                       "{'do':'update','id':6,'set':{'created_at':null}},"
                       "{'do':'delete','id':7},"
                       "{'do':'create','ticket':{'id':7,"
                       "'created_at':'2025-01-01T00:00:00+00:00'}}]");
    sync_edit(h, 8, "status = 'ignored'");
    sync_expect(harness_sync(h, "--full", NULL), 3);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 2);
    assert_int_equal(harness_number(h, "SELECT COUNT(invisible_since) FROM fluent_tickets"), 1);
    /* One more that is not even looked for any more: out of scope, and gone. */
    harness_control(h, "{'do':'create','ticket':{'id':9,'created_at':"
                       "'2001-01-01T00:00:00+00:00'," PERSONAL("old") "}}");
    sync_expect(harness_sync(h, "--ticket=9", NULL), 3); /* rejects wait */
    harness_sql(h, "UPDATE fluent_tickets SET last_synced_at = last_synced_at - INTERVAL 1 HOUR");
    harness_control(h, "{'do':'delete','id':9}");
    sync_expect(harness_sync(h, "rejects", "--accept", "6", NULL), 0);
    harness_sql(h, "UPDATE fluent_rejects SET last_seen = last_seen - INTERVAL 1 HOUR");
}

static void test_change_reaches_all(void **state)
{
    struct harness *h = *state;
    static const char absent[] =
        "SELECT COUNT(deleted_at), COUNT(invisible_since), SUM(hidden) FROM fluent_tickets";
    prepare_absent(h);
    char *before = harness_table(h, absent);
    sync_edit(h, 4, "category = 'Forms'");
    harness_config(h, "date_filter = 2010-01-01\nretries = 0\n", NULL, DROP FIELDS);
    sync_expect(harness_sync(h, NULL), 3);
    has_none(sync_dump(h));
    assert_string_equal(harness_table(h, absent), before);
    assert_string_equal(harness_value(h, "SELECT CONCAT_WS('|', category, description) FROM "
                                         "requests r JOIN fluent_tickets f ON r.id = request_id "
                                         "WHERE fluent_id = '4'"),
                        "Forms|A qvxtitle");
    assert_string_equal(sync_cell(h, 8, "status"), "ignored");
    changes(h, "raw_data = none\n", DROP FIELDS);
    assert_int_equal(harness_number(h, "SELECT COUNT(raw_data) FROM fluent_tickets"), 0);
    assert_int_equal(harness_number(h, "SELECT COUNT(raw_data) FROM fluent_rejects"), 0);
}

/* What the database refuses to change keeps what may not be kept: each run says so and tries again,
 * until it is changed. */
static void test_change_refused(void **state)
{
    struct harness *h = *state;
    static const char said[] = "1 row of tickets that the list does not show could not be mapped "
                               "anew and keeps what the configuration excludes, ticket 2 last";
    sync_prepare(h, 0, "date_filter = 2000-01-01\nretries = 0\n", NULL, NULL);
    harness_control(h, "{'do':'create','ticket':{'id':2," PERSONAL("one") "}}");
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'delete','id':2}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    char *before = sync_cell(h, 2, "description");
    harness_sql(h, "CREATE TRIGGER odd BEFORE UPDATE ON requests FOR EACH ROW "
                   "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'");
    configure(h, NULL, "[privacy]\ndrop = content\n");
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = harness_sync(h, NULL);
        sync_expect(outcome, 3);
        sync_says(outcome.err, said);
        assert_string_equal(sync_last(h, "mode"), "full");
        assert_string_equal(sync_cell(h, 2, "description"), before);
    }
    harness_sql(h, "DROP TRIGGER odd");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 2, "description"), "A qvxtitle");
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "incremental");
}

/* If no JSON is kept, the columns themselves lose what is dropped. */
static void test_change_without_raw_data(void **state)
{
    struct harness *h = *state;
    prepare(h, "raw_data = none\n", NULL);
    sync_expect(harness_sync(h, NULL), 3);
    harness_control(h, "{'do':'delete','id':2}");
    sync_expect(harness_sync(h, "--full", NULL), 3);
    changes(h, "raw_data = none\n", "[privacy]\ndrop = customer, content\n");
    assert_string_equal(harness_table(h, "SELECT customer_name, customer_email, customer_message, "
                                         "title FROM fluent_tickets"),
                        "NULL\tNULL\tNULL\tA qvxtitle\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_nowhere),          SYNC_TEST(test_drop_changed),
        SYNC_TEST(test_raw_data_changed), SYNC_TEST(test_change_reaches_all),
        SYNC_TEST(test_change_refused),   SYNC_TEST(test_change_without_raw_data),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
