/* test_show: one ticket as a whole, and requests of all sources in one list. */
#include <string.h>

#include "harness_mirror.h"

static void prepare(struct harness *h)
{
    mirror_import(h, 12, NULL, NULL);
    harness_sql(h, "INSERT INTO requests (date, time, source, description) VALUES "
                   "('2030-01-02', '03:04:05', 'phone', 'Rang about\\nthe invoice'), "
                   "(NULL, NULL, 'sms', NULL)");
}

static cJSON *document(struct harness *h, const char *command, const char *a, const char *b)
{
    struct outcome outcome = harness_sync(h, command, "--json", a, b, NULL);
    sync_expect(outcome, 0);
    return sync_json(outcome.out);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return text ? text : "(null)";
}

static void test_show_json(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_edit(h, 5, "urgency = 'LOW'");
    cJSON *json = document(h, "show", "5", NULL);
    const cJSON *ticket = cJSON_GetObjectItem(json, "ticket"),
                *request = cJSON_GetObjectItem(json, "request"),
                *edits = cJSON_GetObjectItem(json, "edits");
    assert_string_equal(text_of(ticket, "fluent_id"), "5");
    assert_true(sync_member(request, "id") == sync_member(ticket, "request_id"));
    assert_string_equal(text_of(request, "source"), "fluent");
    assert_true(cJSON_HasObjectItem(request, "website_url"));
    assert_int_equal(cJSON_GetArraySize(edits), 1);
    const cJSON *edit = cJSON_GetArrayItem(edits, 0);
    assert_string_equal(text_of(edit, "column"), "urgency");
    assert_string_equal(text_of(edit, "ours"), "LOW");

    /* It is what `tickets` shows of it. */
    cJSON *all = document(h, "tickets", NULL, NULL), *same = NULL, *item;
    cJSON_ArrayForEach(item, all) same = strcmp(text_of(item, "fluent_id"), "5") == 0 ? item : same;
    assert_true(cJSON_Compare(same, ticket, true));
    cJSON_Delete(all);
    cJSON_Delete(json);

    harness_sql(h, "DELETE FROM requests WHERE id = "
                   "(SELECT request_id FROM fluent_tickets WHERE fluent_id = '5')");
    json = document(h, "show", "5", NULL);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "request")));
    cJSON_Delete(json);
}

static void test_show_text(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_control(h, "{'do':'update','id':7,'set':{'title':'A \\u001b[2J title',"
                       "'content':'<p>First.</p><p>Second \\u202e.</p>'}}");
    mirror_run(h, 0, NULL, NULL);
    harness_sql(h, "UPDATE requests SET category = 'Ours' WHERE id = "
                   "(SELECT request_id FROM fluent_tickets WHERE fluent_id = '7')");
    struct outcome outcome = harness_sync(h, "show", "7", NULL);
    sync_expect(outcome, 0);
    sync_safe(outcome.out);
    sync_says(outcome.out, "fluent_id          7\n");
    sync_says(outcome.out, "\nrequest\nid ");
    sync_says(outcome.out, "category           Ours\n");
    sync_says(outcome.out, "\nEDITED ");
    sync_says(outcome.out, "\nFirst.\n");
    sync_says(outcome.out, "\nSecond ");
}

static void test_not_there(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome outcome = harness_sync(h, "show", "4711", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "there is no ticket 4711");
    outcome = harness_sync(h, "show", "--json", "5' OR '1", NULL);
    sync_expect(outcome, 2);
    cJSON_Delete(sync_json(outcome.out));
    sync_expect(harness_sync(h, "show", NULL), 2);
    sync_expect(harness_sync(h, "show", "1", "2", NULL), 2);
}

/* The site's key need not be said. */
static void test_site_key(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 3, "site_key = shop\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    sync_says(harness_sync(h, "show", "2", NULL).out, "shop:2\n");
    sync_says(harness_sync(h, "show", "shop:2", NULL).out, "shop:2\n");
}

static void test_all_sources(void **state)
{
    struct harness *h = *state;
    prepare(h);
    cJSON *json = document(h, "tickets", "--all-sources", NULL);
    assert_int_equal(cJSON_GetArraySize(json), 14);
    const cJSON *first = cJSON_GetArrayItem(json, 0), *second = cJSON_GetArrayItem(json, 1),
                *last = cJSON_GetArrayItem(json, 13);
    assert_string_equal(text_of(first, "source"), "phone");
    assert_string_equal(text_of(first, "description"), "Rang about\nthe invoice");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(first, "fluent_id")));
    assert_true(sync_member(first, "request_id") > 0);
    assert_string_equal(text_of(second, "source"), "fluent");
    assert_string_not_equal(text_of(second, "fluent_id"), "(null)");
    assert_string_equal(text_of(last, "source"), "sms"); /* without a date */
    cJSON_Delete(json);

    json = document(h, "tickets", "--all-sources", "--status=closed");
    assert_int_equal(
        cJSON_GetArraySize(json),
        harness_number(h, "SELECT COUNT(*) FROM fluent_tickets WHERE ticket_status = 'closed'"));
    cJSON_Delete(json);
    json = document(h, "tickets", "--all-sources", "--limit=1");
    assert_int_equal(cJSON_GetArraySize(json), 1);
    cJSON_Delete(json);

    /* Another site's tickets are not this one's. */
    harness_sql(h, "UPDATE fluent_tickets SET site_key = 'other' WHERE fluent_id = '3'");
    json = document(h, "tickets", "--all-sources", NULL);
    assert_int_equal(cJSON_GetArraySize(json), 13);
    cJSON_Delete(json);
    struct outcome outcome = harness_sync(h, "tickets", "--all-sources", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "REQUEST  SOURCE  DATE");
    sync_expect(harness_sync(h, "tickets", "--all-sources", "--edited", NULL), 2);
}

/* Another dashboard's table of requests may lack what no run needs. */
static void test_fewer_columns(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sql(h, "ALTER TABLE requests DROP COLUMN website_url");
    sync_expect(harness_sync(h, "report", NULL), 0);
    cJSON_Delete(document(h, "show", "5", NULL));
    cJSON_Delete(document(h, "tickets", "--all-sources", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_show_json), SYNC_TEST(test_show_text),   SYNC_TEST(test_not_there),
        SYNC_TEST(test_site_key),  SYNC_TEST(test_all_sources), SYNC_TEST(test_fewer_columns),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
