/* test_mapping: rules in whole runs: what they fill, what they reach when they change, what is said
 * of those that do not work, and `fluent-sync map`. */
#include <string.h>

#include "harness_sync.h"

#define EVERYTHING "date_filter = 2000-01-01\n"
#define HOURS                                                                                      \
    "[map.fields]\nestimated_hours = response_count | or 0 | below 2 | then (priority | map "      \
    "first) | or (response_count | times 0.25 | at_most 10 | round 2)\n[map.first]\ncritical = "   \
    "1\n* = 0.25\n"

/* The line of the text that contains the words. */
static char *line_with(struct harness *h, const char *text, const char *words)
{
    const char *at = strstr(text, words);
    if (!at)
        fail_msg("\"%s\" is not in: %s", words, text);
    while (at > text && at[-1] != '\n')
        at--;
    return harness_text(h, "%.*s", (int)strcspn(at, "\n"), at);
}

/* Columns of both tables, filled by rules in the place of the built-in ones and beside them. */
static void test_rules_fill_columns(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_sql(h, "ALTER TABLE fluent_tickets ADD client_id INT NULL");
    harness_config(h, EVERYTHING, NULL,
                   HOURS "[map.fields]\ndate = resolved_at | or created_at | date\n"
                         "urgency = \"LOW\"\ndescription = title | lower | cut 4\n"
                         "website_url = content | text | first_url\n"
                         "[map.ticket_fields]\nclient_id = mailbox_id | map clients\n"
                         "[map.clients]\n1 = 17\n");
    sync_expect(harness_sync(h, NULL), 3); /* one of the recorded tickets has no date */
    assert_string_equal(sync_cell(h, 42, "estimated_hours"), "0.50");
    assert_string_equal(sync_cell(h, 21, "estimated_hours"), "1.00");
    assert_string_equal(sync_cell(h, 21, "date"), "2025-09-09");
    assert_string_equal(sync_cell(h, 20, "date"), "2025-09-06");
    assert_string_equal(sync_cell(h, 21, "urgency"), "LOW");
    assert_string_equal(sync_cell(h, 21, "description"), "refu");
    assert_string_equal(sync_cell(h, 13, "website_url"), "https://example.test/?a=1&b=2");
    assert_string_equal(sync_cell(h, 13, "client_id"), "17");
    assert_string_equal(sync_cell(h, 20, "client_id"), "NULL");
}

/* A changed rule reaches what nobody edited; a dry run tells first what it will do. */
static void test_a_changed_rule_is_merged(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_sql(h, "ALTER TABLE fluent_tickets ADD client_id INT NULL");
    harness_config(h, EVERYTHING, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(sync_cell(h, 42, "estimated_hours"), "0.50"); /* the column's default */
    sync_edit(h, 21, "estimated_hours = 7.25, urgency = 'PROMOTION'");
    harness_config(h, EVERYTHING, NULL,
                   HOURS "[map.fields]\nurgency = priority | map levels\n[map.levels]\n* = LOW\n"
                         "[map.ticket_fields]\nclient_id = mailbox_id\n");
    struct outcome outcome = harness_sync(h, "--dry-run", "-v", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.out, "42: urgency: HIGH -> LOW\n");
    sync_says(outcome.out, "\n20: estimated_hours: 0.50 -> 1.00\n");
    assert_string_equal(sync_cell(h, 42, "urgency"), "HIGH");
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(sync_last(h, "mode"), "full");
    assert_string_equal(sync_cell(h, 42, "urgency"), "LOW");
    assert_string_equal(sync_cell(h, 20, "estimated_hours"), "1.00");
    assert_string_equal(sync_cell(h, 42, "client_id"), "3");
    assert_string_equal(sync_cell(h, 21, "estimated_hours"), "7.25");
    assert_string_equal(sync_cell(h, 21, "urgency"), "PROMOTION");
    sync_expect(harness_sync(h, "--full", NULL), 3);
    assert_string_equal(sync_last(h, "tickets_updated"), "0");
}

/* What a table cannot hold is said with file and line before anything is written. */
static void test_rules_that_cannot_work(void **state)
{
    struct harness *h = *state;
    static const struct {
        const char *rules, *says;
    } cases[] = {
        {"[map.fields]\neffort = \"Huge\"\n", "requests.effort cannot hold \"Huge\""},
        {"[map.fields]\neffort = priority | map e\n[map.e]\nnormal = Small\n* = Tiny\n",
         "[map.e] *: requests.effort cannot hold \"Tiny\""},
        {"[map.fields]\nestimated_hours = content | text\n", "cannot hold what this rule gives"},
        {"[map.fields]\nno_such_column = title\n", "requests has no such column"},
        {"[map.ticket_fields]\nclient_id = mailbox_id\n", "fluent_tickets has no such column"},
        {"[map.fields]\neffort = title | lowr\n", "did you mean lower?"},
        {"[map.spare]\na = b\n", "no rule uses [map.spare]"},
    };
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_config(h, EVERYTHING, NULL, cases[i].rules);
        struct outcome outcome = harness_sync(h, NULL);
        sync_expect(outcome, 2);
        sync_says(outcome.err, cases[i].says);
        sync_says(line_with(h, outcome.err, cases[i].says), ".ini:");
        assert_string_equal(harness_value(h, "SELECT COUNT(*) FROM requests"), "0");
    }
}

/* One ticket alone is a reject, which names column, rule and value. */
static void test_a_rule_that_fails_for_a_ticket(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_config(h, EVERYTHING, NULL,
                   "[map.fields]\neffort = priority | map e | or priority\n"
                   "[map.e]\nnormal = Small\nmedium = Medium\ncritical = Large\n");
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(
        harness_value(h, "SELECT reason FROM fluent_rejects WHERE fluent_id = '192'"),
        "requests.effort (one of its values) cannot hold the value of priority | "
        "map e | or priority: \"weird\"");
    harness_config(h, EVERYTHING, NULL, "[map.fields]\nestimated_hours = title | times 2\n");
    sync_expect(harness_sync(h, "--ticket=20", NULL), 3);
    assert_string_equal(
        harness_value(h, "SELECT reason FROM fluent_rejects WHERE fluent_id = '20'"),
        "requests.estimated_hours cannot be made by title | times 2: times needs a "
        "number of at most 18 digits, not a text of 33 characters");
}

/* The reason shows the beginning of a long rule, and is cut between characters: the database takes
 * no half of one. */
static void test_a_long_rule_that_fails(void **state)
{
    struct harness *h = *state;
    char text[80 * 2 + 1] = "";
    for (size_t i = 0; i < 80; i++)
        strcat(text, "\u00FC");
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_config(
        h, EVERYTHING, NULL,
        harness_text(h, "[map.fields]\nestimated_hours = title | or \"x%s\" | times 2\n", text));
    sync_expect(harness_sync(h, "--ticket=20", NULL), 3);
    sync_says(harness_value(h, "SELECT reason FROM fluent_rejects WHERE fluent_id = '20'"),
              "times needs a number of at most 18 digits, not a text of 33 characters");
}

/* `map` */

static const cJSON *column_of(const cJSON *document, const char *name)
{
    const cJSON *column;
    cJSON_ArrayForEach(column, cJSON_GetObjectItem(document, "columns"))
    {
        if (!strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(column, "column")), name))
            return column;
    }
    fail_msg("no column %s", name);
    return NULL;
}

static const char *member(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return text ? text : "null";
}

static void test_map_shows_each_step(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_sql(h, "ALTER TABLE fluent_tickets ADD client_id INT NULL");
    harness_config(h, EVERYTHING, NULL, HOURS "[map.ticket_fields]\nclient_id = mailbox_id\n");
    struct outcome outcome = harness_sync(h, "map", "42", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "stands: not stored");
    sync_expect(harness_sync(h, NULL), 3);
    sync_edit(h, 42, "urgency = 'LOW'");
    outcome = harness_sync(h, "map", "42", NULL);
    sync_expect(outcome, 0);
    sync_safe(outcome.out);
    sync_says(outcome.out, "requests.urgency = priority | map urgency   (built in)\n");
    sync_says(outcome.out, "\n  priority                                \"critical\"\n"
                           "  map urgency                             \"HIGH\"\n");
    sync_says(outcome.out, "  gives: \"HIGH\"\n  stands: \"LOW\", changed by a person, and kept\n");
    sync_says(line_with(h, outcome.out, "  below 2"), "NULL");
    sync_says(line_with(h, outcome.out, "    times 0.25"), "\"0.5\"");
    sync_says(outcome.out, "  gives: \"0.50\"\n  stands: \"0.50\", written by fluent-sync\n");
    sync_says(outcome.out, "fluent_tickets.client_id = mailbox_id\n");

    outcome = harness_sync(h, "map", "--json", "42", NULL);
    sync_expect(outcome, 0);
    cJSON *json = sync_json(outcome.out);
    assert_true(sync_member(json, "ticket") == 42);
    const cJSON *urgency = column_of(json, "urgency"), *client = column_of(json, "client_id");
    assert_string_equal(member(urgency, "table"), "requests");
    assert_string_equal(member(urgency, "rule"), "priority | map urgency");
    assert_string_equal(member(urgency, "value"), "HIGH");
    assert_string_equal(member(urgency, "stored"), "LOW");
    assert_string_equal(member(urgency, "writtenBy"), "person");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(urgency, "steps")), 2);
    assert_string_equal(member(client, "table"), "fluent_tickets");
    assert_string_equal(member(client, "stored"), "3");
    assert_string_equal(member(client, "writtenBy"), "fluent-sync");
    cJSON_Delete(json);
}

static void test_map_of_what_cannot_be_mapped(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_config(h, EVERYTHING, NULL, "[map.fields]\nestimated_hours = title | times 2\n");
    struct outcome outcome = harness_sync(h, "map", "20", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "reject: requests.estimated_hours cannot be made by title | times 2: ");
    sync_says(outcome.out, "requests.urgency = ");
    outcome = harness_sync(h, "map", "99999", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "the site lists no ticket 99999");
    sync_expect(harness_sync(h, "map", "x", NULL), 2);
    sync_expect(harness_sync(h, "map", NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_rules_fill_columns),
        SYNC_TEST(test_a_changed_rule_is_merged),
        SYNC_TEST(test_rules_that_cannot_work),
        SYNC_TEST(test_a_rule_that_fails_for_a_ticket),
        SYNC_TEST(test_a_long_rule_that_fails),
        SYNC_TEST(test_map_shows_each_step),
        SYNC_TEST(test_map_of_what_cannot_be_mapped),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
