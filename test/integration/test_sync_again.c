/* test_sync_again: later runs: nothing for an unchanged site, and every change for another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_accounts.h"
#include "harness_sync.h"

#define MIRROR "requests, fluent_tickets"
#define SUMMARY                                                                                    \
    "SELECT GROUP_CONCAT(fluent_id ORDER BY fluent_id SEPARATOR ' ') FROM fluent_tickets "         \
    "WHERE request_id IN (SELECT id FROM requests)"

/* Three tickets in three mailboxes; the third is older than the default date_filter. */
static const char three_tickets[] =
    "[{'do':'create','ticket':{'id':2,'mailbox_id':'1','priority':'normal',"
    "'created_at':'2025-10-01T12:00:00+00:00','updated_at':'2025-10-01T12:00:00+00:00'}},"
    "{'do':'create','ticket':{'id':3,'mailbox_id':'2','priority':'normal',"
    "'created_at':'2025-10-05T12:00:00+00:00','updated_at':'2025-10-05T12:00:00+00:00'}},"
    "{'do':'create','ticket':{'id':4,'mailbox_id':'3','priority':'normal',"
    "'created_at':'2025-08-01T12:00:00+00:00','updated_at':'2025-08-01T12:00:00+00:00'}}]";

static void prepare_three(struct harness *h, const char *fluent, const char *sections)
{
    sync_prepare(h, 0, fluent, NULL, sections);
    harness_control(h, three_tickets);
}

/* Runs, and compares the last run's counters: "fetched added updated unchanged skipped". */
static void run(struct harness *h, const char *mode, const char *counters)
{
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(
        sync_last(h, "CONCAT_WS(' ', mode, tickets_fetched, tickets_added, tickets_updated, "
                     "tickets_unchanged, tickets_skipped)"),
        harness_text(h, "%s %s", mode, counters));
}

static void test_unchanged(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 3); /* one recorded ticket cannot be stored */
    char *sums = sync_sums(h, MIRROR);
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(sync_last(h, "tickets_added + tickets_updated"), "0");
    assert_string_equal(sync_sums(h, MIRROR), sums);
    sync_expect(harness_sync(h, "--full", NULL), 3);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', mode, tickets_fetched, tickets_unchanged)"),
                        "full 250 249");
    assert_string_equal(sync_sums(h, MIRROR), sums);
}

/* The program's own state and run row aside, an unchanged site costs two small pages. */
static void test_gentle(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 300, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    char *sums = sync_sums(h, MIRROR ", fluent_rejects, fluent_walk_pages");
    harness_control(h, "{'do':'reset_stats'}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(sync_stat(h, "requests"), 3);
    assert_int_equal(sync_stat(h, "tickets_requests"), 2);
    assert_true(sync_stat(h, "tickets_served") <= 100 + 30);
    assert_string_equal(sync_sums(h, MIRROR ", fluent_rejects, fluent_walk_pages"), sums);
}

/* The index that only makes it faster may be missing. */
static void test_without_index(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 150, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "ALTER TABLE fluent_tickets DROP INDEX idx_unchanged");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_last(h, "tickets_unchanged"), "150");
    harness_control(h, "{'do':'update','id':5,'set':{'status':'closed'}}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', mode, tickets_added, tickets_updated)"),
                        "incremental 0 1");
}

static void test_changes(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 150, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "[{'do':'update','id':5,'set':{'status':'closed','response_count':'42',"
                       "'resolved_at':'2026-11-20 01:02:03'}},"
                       "{'do':'update','id':7,'set':{'priority':'low'}},"
                       "{'do':'update','id':9,'set':{'title':'Another title',"
                       "'content':'<p>Another body</p>','customer.full_name':'Renamed'}},"
                       "{'do':'create','ticket':{'title':'New one'}},"
                       "{'do':'create','ticket':{'title':'New two'}}]");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', mode, tickets_added, tickets_updated)"),
                        "incremental 2 3");
    assert_string_equal(
        harness_table(h, "SELECT fluent_id, ticket_status, response_count, resolved_at FROM "
                         "fluent_tickets WHERE fluent_id = '5'"),
        "5\tclosed\t42\t2026-11-20 01:02:03\n");
    assert_string_equal(
        harness_table(h, "SELECT priority, urgency FROM fluent_tickets f JOIN requests r "
                         "ON r.id = request_id WHERE fluent_id = '7'"),
        "low\tLOW\n");
    assert_string_equal(
        harness_table(h, "SELECT title, customer_message, customer_name, description FROM "
                         "fluent_tickets f JOIN requests r ON r.id = request_id "
                         "WHERE fluent_id = '9'"),
        "Another title\t<p>Another body</p>\tRenamed\tAnother title\\n\\nAnother body\n");
    assert_int_equal(
        harness_count(
            h, "fluent_tickets f JOIN requests r ON r.id = request_id WHERE title LIKE 'New %'"),
        2);
}

/* What does not move updated_at comes with the next full walk. */
static void test_quiet_changes(void **state)
{
    struct harness *h = *state;
    static const char name[] = "SELECT customer_name FROM fluent_tickets WHERE fluent_id = '1'";
    static const char oldest[] =
        "[{'do':'update','id':1,'set':{'updated_at':'2020-01-01T00:00:00+00:00'}},"
        "{'do':'update','id':1,'quiet':true,'set':{'customer.full_name':'Quiet'}}]";
    sync_prepare(h, 150, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, oldest);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_not_equal(harness_value(h, name), "Quiet");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(harness_value(h, name), "Quiet");
}

static void test_since(void **state)
{
    struct harness *h = *state;
    prepare_three(h, NULL, NULL);
    run(h, "full", "3 2 0 0 1");
    assert_string_equal(harness_value(h, SUMMARY), "2 3");
    assert_string_equal(sync_last(h, "date_filter"), "2025-09-20");
    sync_expect(harness_sync(h, "--since", "2025-07-01", NULL), 0);
    assert_string_equal(harness_value(h, SUMMARY), "2 3 4");
    assert_string_equal(sync_last(h, "date_filter"), "2025-07-01");
    /* What is stored stays up to date, whatever its date. */
    harness_control(h, "{'do':'update','id':4,'set':{'priority':'critical'}}");
    run(h, "incremental", "3 0 1 2 0");
    assert_string_equal(sync_cell(h, 4, "urgency"), "HIGH");
}

static void test_environment(void **state)
{
    struct harness *h = *state;
    prepare_three(h, "date_filter = 2025-07-01\nmailbox_ids = 1\n", NULL);
    harness_environment(h, "FLUENT_MAILBOX_ID=2, 3");
    harness_environment(h, "FLUENT_DATE_FILTER=2025-10-02");
    run(h, "full", "3 1 0 0 2");
    assert_string_equal(harness_value(h, SUMMARY), "3");
    assert_string_equal(sync_last(h, "date_filter"), "2025-10-02");
    sync_expect(harness_sync(h, "--since=2025-07-01", NULL), 0);
    assert_string_equal(harness_value(h, SUMMARY), "3 4");
}

/* Even the whole configuration may be in it. */
static void test_environment_alone(void **state)
{
    struct harness *h = *state;
    const char *const argv[] = {BINARY_DIR "/fluent-sync", NULL};
    prepare_three(h, NULL, NULL);
    harness_environment(
        h, harness_text(h, "VITE_FLUENT_API_URL=http://127.0.0.1:%d/wp-json/", h->site_port));
    harness_environment(h, "FLUENT_API_USERNAME=api");
    harness_environment(h, "VITE_FLUENT_API_USERNAME=somebody else");
    harness_environment(h, "FLUENT_API_PASSWORD=abcd efgh ijkl mnop qrst uvwx");
    harness_environment(h, "VITE_FLUENT_MAILBOX_ID=2");
    harness_environment(h, "DB_HOST=127.0.0.1");
    harness_environment(h, harness_text(h, "DB_PORT=%d", h->port));
    harness_environment(h, "DB_USER=" ACCOUNT_SYNC);
    harness_environment(h, "FLUENT_DB_PASSWORD=" ACCOUNT_PASSWORD);
    harness_environment(h, harness_text(h, "DB_NAME=%s", h->database));
    sync_expect(harness_run(h, argv, NULL), 0);
    assert_string_equal(harness_value(h, SUMMARY), "3");
}

static void test_mailboxes(void **state)
{
    struct harness *h = *state;
    prepare_three(h, "mailbox_ids = 1, 3\n", "[mailbox.3]\ndate_filter = 2025-07-01\n");
    run(h, "full", "3 2 0 0 1");
    assert_string_equal(harness_value(h, SUMMARY), "2 4");
    /* One moves into the scope, another out of it. */
    harness_control(h, "[{'do':'update','id':3,'set':{'mailbox_id':'1'}},"
                       "{'do':'update','id':2,'set':{'mailbox_id':'2','title':'X'}}]");
    run(h, "incremental", "3 1 1 1 0");
    assert_string_equal(harness_value(h, SUMMARY), "2 3 4");
    assert_string_equal(
        harness_table(h, "SELECT title, mailbox_id FROM fluent_tickets WHERE fluent_id = '2'"),
        "X\t2\n");
}

static void test_wider_scope(void **state)
{
    struct harness *h = *state;
    prepare_three(h, "mailbox_ids = 2\n", NULL);
    run(h, "full", "3 1 0 0 2");
    harness_config(h, "mailbox_ids = 1, 2\n", NULL, NULL);
    run(h, "full", "3 1 0 1 1");
    harness_config(h, "mailbox_ids = 1\n", NULL, NULL);
    run(h, "incremental", "3 0 0 2 1");
    assert_string_equal(harness_value(h, SUMMARY), "2 3");
}

/* Tickets that vanish */

#define GONE                                                                                       \
    "SELECT fluent_id, deleted_at IS NOT NULL, invisible_since IS NOT NULL, r.status FROM "        \
    "fluent_tickets JOIN requests r ON r.id = request_id ORDER BY 1"

static void test_vanished(void **state)
{
    struct harness *h = *state;
    prepare_three(h, "date_filter = 2025-07-01\n", NULL);
    run(h, "full", "3 3 0 0 0");
    harness_control(h, "[{'do':'delete','id':2},{'do':'hide','id':3}]");
    run(h, "full", "1 0 0 1 0"); /* the number of tickets told */
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', tickets_deleted, tickets_invisible)"), "1 1");
    assert_string_equal(harness_table(h, GONE),
                        "2\t1\t0\tactive\n3\t0\t1\tactive\n4\t0\t0\tactive\n");
    harness_control(h, "{'do':'show','id':3}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(harness_table(h, GONE),
                        "2\t1\t0\tactive\n3\t0\t0\tactive\n4\t0\t0\tactive\n");
}

static void test_hidden_requests(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 0, "date_filter = 2025-07-01\n", "deleted_tickets = hide\n", NULL);
    harness_control(h, three_tickets);
    run(h, "full", "3 3 0 0 0");
    sync_edit(h, 3, "description = 'Mine'");
    char *tickets = harness_control_get(h, "tickets");
    harness_control(h, "[{'do':'delete','id':2},{'do':'delete','id':3}]");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(harness_table(h, GONE),
                        "2\t1\t0\tdeleted\n3\t1\t0\tactive\n4\t0\t0\tactive\n");
    cJSON *all = sync_json(tickets);
    char *second = cJSON_PrintUnformatted(cJSON_GetArrayItem(all, 0));
    harness_control(h, "{'do':'create','ticket':%s}", second);
    cJSON_free(second);
    cJSON_Delete(all);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(harness_table(h, GONE),
                        "2\t0\t0\tactive\n3\t1\t0\tactive\n4\t0\t0\tactive\n");
}

static void test_many_vanish(void **state)
{
    struct harness *h = *state;
    static const char marked[] = "SELECT COUNT(*) FROM fluent_tickets WHERE deleted_at IS NOT NULL";
    sync_prepare(h, 150, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'delete_random':30}");
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = harness_sync(h, "--full", NULL);
        sync_expect(outcome, 3);
        sync_says(outcome.err, "--max-deletes 30");
        assert_int_equal(harness_number(h, marked), 0);
    }
    sync_expect(harness_sync(h, "--full", "--max-deletes", "29", NULL), 3);
    assert_int_equal(harness_number(h, marked), 0);
    sync_expect(harness_sync(h, "--full", "--max-deletes=20%", NULL), 0);
    assert_int_equal(harness_number(h, marked), 30);
}

static void test_another_site(void **state)
{
    struct harness *h = *state;
    prepare_three(h, NULL, NULL);
    run(h, "full", "3 2 0 0 1");
    char *sums = sync_sums(h, MIRROR);
    harness_control(h, "[{'do':'site','home':'https://other.test'},"
                       "{'do':'update','id':2,'set':{'title':'Other'}}]");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 4);
    sync_says(outcome.err, "https://other.test");
    sync_says(outcome.err, "--accept-site");
    assert_string_equal(sync_sums(h, MIRROR), sums);
    sync_expect(harness_sync(h, "--accept-site", NULL), 0);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 2, "title"), "Other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_unchanged),     SYNC_TEST(test_gentle),
        SYNC_TEST(test_without_index), SYNC_TEST(test_changes),
        SYNC_TEST(test_quiet_changes), SYNC_TEST(test_since),
        SYNC_TEST(test_environment),   SYNC_TEST(test_environment_alone),
        SYNC_TEST(test_mailboxes),     SYNC_TEST(test_wider_scope),
        SYNC_TEST(test_vanished),      SYNC_TEST(test_hidden_requests),
        SYNC_TEST(test_many_vanish),   SYNC_TEST(test_another_site),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
