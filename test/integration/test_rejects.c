/* test_rejects: tickets that cannot be stored: on record, never in the way of the others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

#define COUNT "SELECT COUNT(*) FROM fluent_rejects"

/* Three tickets, the second without created_at. */
static void prepare(struct harness *h)
{
    sync_prepare(h, 0, NULL, NULL, NULL);
    harness_control(h, "[{'do':'create','ticket':{'id':2,'title':'Good'}},"
                       "{'do':'create','ticket':{'id':3,'title':'Odd','created_at':null}},"
                       "{'do':'create','ticket':{'id':4,'title':'Good too'}}]");
}

static void test_on_record(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "fluent-sync rejects");
    assert_int_equal(harness_count(h, "fluent_tickets"), 2);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, tickets_fetched, "
                                     "tickets_added, tickets_rejected)"),
                        "partial 3 3 2 1");
    /* While it waits, every run ends so. */
    sync_expect(harness_sync(h, NULL), 3);
    sync_expect(harness_sync(h, "--full", NULL), 3);
    outcome = harness_sync(h, "rejects", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "created_at is missing");
    assert_string_equal(
        harness_table(h, "SELECT fluent_id, JSON_VALUE(raw_data, '$.title'), attempts, accepted "
                         "FROM fluent_rejects"),
        "3\tOdd\t1\t0\n");
}

static void test_json(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome outcome = harness_sync(h, "rejects", "--json", NULL);
    sync_expect(outcome, 0);
    assert_string_equal(outcome.out, "[]\n");
    sync_expect(harness_sync(h, NULL), 3);
    outcome = harness_sync(h, "rejects", "--json", NULL);
    sync_expect(outcome, 0);
    cJSON *json = sync_json(outcome.out), *reject = cJSON_GetArrayItem(json, 0);
    assert_int_equal(cJSON_GetArraySize(json), 1);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(reject, "fluent_id")), "3");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(reject, "accepted")));
    assert_int_equal(sync_member(reject, "attempts"), 1);
    static const char *const texts[] = {"reason", "first_seen", "last_seen", "next_attempt"};
    for (size_t i = 0; i < 4; i++)
        assert_true(cJSON_IsString(cJSON_GetObjectItem(reject, texts[i])));
    sync_says(cJSON_GetObjectItem(reject, "first_seen")->valuestring, ".000Z");
    cJSON_Delete(json);
}

static void test_accepted(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 3);
    struct outcome outcome = harness_sync(h, "rejects", "--accept", "77", NULL);
    assert_int_not_equal(outcome.code, 0);
    sync_says(outcome.err, "77");
    sync_expect(harness_sync(h, NULL), 3);
    sync_expect(harness_sync(h, "rejects", "--accept", "3", NULL), 0);
    sync_expect(harness_sync(h, "rejects", "--accept", "3", NULL), 0);
    sync_expect(harness_sync(h, NULL), 0);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, tickets_rejected)"),
                        "success 1");
    /* Until it changes. */
    harness_control(h, "{'do':'update','id':3,'set':{'title':'Still odd'}}");
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_number(h, "SELECT accepted FROM fluent_rejects"), 0);
}

/* Several at once: each is accepted, even next to an id that is not a reject. */
static void test_accepted_together(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_control(h, "{'do':'update','id':4,'set':{'created_at':'nonsense'}}");
    harness_control(h, "{'do':'create','ticket':{'id':5,'title':'Odder','created_at':null}}");
    sync_expect(harness_sync(h, NULL), 3);
    sync_expect(harness_sync(h, "rejects", "--accept", "3", "--accept", "4", NULL), 0);
    assert_int_equal(harness_number(h, "SELECT SUM(accepted) FROM fluent_rejects"), 2);
    struct outcome outcome =
        harness_sync(h, "rejects", "--accept", "77", "--accept", "5", "--json", NULL);
    assert_int_not_equal(outcome.code, 0);
    sync_says(outcome.err, "77");
    assert_int_equal(harness_number(h, "SELECT SUM(accepted) FROM fluent_rejects"), 3);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Statuses are what the site says, letter by letter, whatever the table's collation. */
static void test_statuses_exactly(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sync(h, NULL);
    harness_sql(h, "UPDATE fluent_tickets SET ticket_status = 'closed';"
                   "UPDATE fluent_tickets SET ticket_status = 'Closed' WHERE fluent_id = '2'");
    cJSON *json = sync_json(harness_sync(h, "status", "--json", NULL).out);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "statusBreakdown")), 2);
    cJSON_Delete(json);
    json = sync_json(harness_sync(h, "tickets", "--json", "--status", "Closed", NULL).out);
    assert_int_equal(cJSON_GetArraySize(json), 1);
    cJSON_Delete(json);
    json = sync_json(harness_sync(h, "tickets", "--json", "--status", "CLOSED", NULL).out);
    assert_int_equal(cJSON_GetArraySize(json), 0);
    cJSON_Delete(json);
}

static void test_mended(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 3);
    harness_control(h, "{'do':'update','id':3,'set':{'created_at':'2026-01-01T00:00:00+00:"
                       "00'}}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_number(h, COUNT), 0);
    assert_string_equal(sync_cell(h, 3, "title"), "Odd");
}

/* It is asked for again by itself, and less and less often. */
static void test_again(void **state)
{
    struct harness *h = *state;
    static const char old[] = "{'do':'update','id':1,'set':{'created_at':%s,"
                              "'updated_at':'2025-09-26T00:00:00+00:00'}}";
    sync_prepare(h, 300, NULL, NULL, NULL);
    harness_control(h, old, "null");
    sync_expect(harness_sync(h, NULL), 3);
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 3); /* the newest page does not hold it */
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(
        harness_table(h, "SELECT attempts, next_attempt > UTC_TIMESTAMP() + INTERVAL 15 MINUTE "
                         "FROM fluent_rejects"),
        "2\t1\n");
    harness_control(h, old, "'2025-09-26T00:00:00+00:00'");
    sync_expect(harness_sync(h, NULL), 3);
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_number(h, COUNT), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE fluent_id = '1'"), 1);
}

static void test_deleted(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 3);
    harness_control(h, "{'do':'delete','id':3}");
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_number(h, COUNT), 0);
}

/* They are due, and no run walks for the total alone. */
static void delete_rejects(struct harness *h, int first, int count)
{
    for (int id = first; id < first + count; id++)
        harness_control(h, "{'do':'delete','id':%d}", id);
    harness_sql(h, "UPDATE fluent_sync_state SET last_total_walk = UTC_TIMESTAMP()");
    sync_rejects_due(h);
}

/* Stored tickets that are rejects now, and are deleted on the site, are marked as far as
 * max_deletes allows, like any others: none of them if the site has lost more in all. */
static void test_many_deleted(void **state)
{
    struct harness *h = *state;
    static const char marked[] = "SELECT COUNT(deleted_at) FROM fluent_tickets";
    sync_prepare(h, 300, "date_filter = 2000-01-01\n", "max_deletes = 1\n", NULL);
    sync_expect(harness_sync(h, NULL), 0);
    for (int id = 1; id <= 24; id++)
        harness_control(h,
                        "{'do':'update','id':%d,'set':{'created_at':null,"
                        "'updated_at':'2025-09-26T00:00:00+00:00'}}",
                        id);
    sync_expect(harness_sync(h, "--full", NULL), 3);
    assert_int_equal(harness_number(h, COUNT), 24);
    delete_rejects(h, 1, 6);
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_number(h, marked), 6);
    delete_rejects(h, 7, 5);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 3);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    sync_says(outcome.err, "5 tickets on record as rejected are deleted on the site");
    assert_int_equal(harness_number(h, marked), 6);
    assert_int_equal(harness_number(h, COUNT), 18);
    sync_expect(harness_sync(h, "--full", "--max-deletes=100%", NULL), 3);
    assert_int_equal(harness_number(h, marked), 11);
    assert_int_equal(harness_number(h, COUNT), 13);
}

/* If a stored ticket can no longer be stored, its row stays as it was. */
static void test_once_good(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 3);
    harness_control(h, "{'do':'update','id':2,'set':{'created_at':'-001-11-30T04:56:02+00:00',"
                       "'title':'Worse'}}");
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_number(h, COUNT), 2);
    assert_string_equal(sync_cell(h, 2, "title"), "Good");
}

/* What the database does not take. */
static void test_refused_by_database(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sql(h, "ALTER TABLE requests CONVERT TO CHARACTER SET latin1");
    harness_control(h, "[{'do':'delete','id':3},"
                       "{'do':'update','id':2,'set':{'title':'Für 張偉'}},"
                       "{'do':'update','id':4,'set':{'title':'Für Zoë',"
                       "'content':'<p>déjà vu</p>'}}]");
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_rejects"), "2\n");
    assert_string_equal(harness_table(h, "SELECT fluent_id, r.description FROM fluent_tickets f "
                                         "JOIN requests r ON r.id = f.request_id"),
                        "4\tFür Zoë\\n\\ndéjà vu\n");
    assert_int_equal(harness_count(h, "requests"), 1);
    sync_says_not(harness_value(h, "SELECT reason FROM fluent_rejects"), "張");
    harness_sql(h, "ALTER TABLE requests CONVERT TO CHARACTER SET utf8mb4;"
                   "UPDATE fluent_rejects SET next_attempt = '2020-01-01'");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_number(h, COUNT), 0);
    assert_int_equal(harness_count(h, "requests"), 2);
}

/* Items of the list that are no tickets at all. */
static void test_no_tickets(void **state)
{
    struct harness *h = *state;
    static const char page[] = "{\"tickets\":{\"current_page\":1,\"per_page\":100,\"last_page\":1,"
                               "\"from\":1,\"to\":5,\"total\":2,\"data\":[%s,null,{\"title\":\"no "
                               "id\"},{\"id\":\"x\"},{\"id\":4.5}]}}";
    prepare(h);
    harness_control(h, "{'do':'delete','id':3}");
    sync_expect(harness_sync(h, NULL), 0);
    cJSON *all = sync_json(harness_control_get(h, "tickets"));
    char *good = cJSON_PrintUnformatted(cJSON_GetArrayItem(all, 0));
    cJSON *body = cJSON_CreateString(harness_text(h, page, good));
    char *quoted = cJSON_PrintUnformatted(body);
    harness_fault(h,
                  "'kind':'status','status':200,'match':'order_by=updated_at',"
                  "'content_type':'application/json','body':%s",
                  quoted);
    cJSON_free(good);
    cJSON_free(quoted);
    cJSON_Delete(body);
    cJSON_Delete(all);
    sync_expect(harness_sync(h, NULL), 3);
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_number(h, COUNT), 4);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    harness_end_faults(h);
    harness_sql(h, "UPDATE fluent_rejects SET last_seen = '2020-01-01'");
    sync_expect(harness_sync(h, "--full", NULL), 0); /* they are not on the list any more */
    assert_int_equal(harness_number(h, COUNT), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_on_record),
        SYNC_TEST(test_json),
        SYNC_TEST(test_accepted_together),
        SYNC_TEST(test_statuses_exactly),
        SYNC_TEST(test_accepted),
        SYNC_TEST(test_mended),
        SYNC_TEST(test_again),
        SYNC_TEST(test_deleted),
        SYNC_TEST(test_many_deleted),
        SYNC_TEST(test_once_good),
        SYNC_TEST(test_refused_by_database),
        SYNC_TEST(test_no_tickets),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
