/* test_outbox: the commands `outbox` and `edits`, and what status and the exit codes say of them.
 */
#include <string.h>

#include "harness_sync.h"

#define PUSH "[push]\nfields = urgency, category\nactions = close, reply, note, set\n"

static void prepare(struct harness *h, const char *sections)
{
    sync_prepare(h, 10, NULL, NULL, sections);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Runs `outbox` with a text on its standard input. */
static struct outcome say(struct harness *h, const char *text, const char *words)
{
    const char *file = harness_file(h, "text", text);
    return harness_wait(h,
                        harness_shell(h, "exec %s outbox %s <%s", harness_program(h), words, file));
}

static void test_empty(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    assert_string_equal(harness_sync(h, "outbox", NULL).out, "nothing waits to be sent\n");
    assert_string_equal(harness_sync(h, "outbox", "-q", NULL).out, "");
    assert_string_equal(harness_sync(h, "outbox", "--json", NULL).out, "[]\n");
}

static void test_added(void **state)
{
    struct harness *h = *state;
    prepare(h, PUSH);
    sync_says(harness_sync(h, "outbox", "add", "3", "close", NULL).out, "pending");
    sync_expect(harness_sync(h, "outbox", "add", "3", "set", "priority", "critical", NULL), 0);
    sync_expect(say(h, "Done.\n\n<b>Grüße</b> \\o/\n", "add 4 reply"), 0);
    assert_string_equal(
        harness_table(h,
                      "SELECT fluent_id, action, field, value, content, state FROM fluent_outbox "
                      "ORDER BY id"),
        "3\tclose\tNULL\tNULL\tNULL\tpending\n"
        "3\tset\tpriority\tcritical\tNULL\tpending\n"
        "4\treply\tNULL\tNULL\tDone.\\n\\n<b>Grüße</b> \\\\o/\tpending\n");
    cJSON *rows = sync_json(harness_sync(h, "outbox", "--json", NULL).out);
    assert_int_equal(cJSON_GetArraySize(rows), 3);
    const cJSON *reply = cJSON_GetArrayItem(rows, 2);
    assert_string_equal(cJSON_GetObjectItem(reply, "content")->valuestring,
                        "Done.\n\n<b>Grüße</b> \\o/");
    assert_int_equal(cJSON_GetObjectItem(reply, "id")->valueint, 3);
    cJSON_Delete(rows);
    rows = sync_json(harness_sync(h, "outbox", "add", "5", "close", "--json", NULL).out);
    assert_int_equal(cJSON_GetArraySize(rows), 1);
    assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 0), "fluent_id")->valuestring,
                        "5");
    cJSON_Delete(rows);
}

/* What could never be sent is not put there, and the line says why. */
static void test_refused(void **state)
{
    struct harness *h = *state;
    prepare(h, PUSH);
#define REFUSED(says, ...)                                                                         \
    do {                                                                                           \
        struct outcome o = harness_sync(h, "outbox", __VA_ARGS__, NULL);                           \
        sync_expect(o, 2);                                                                         \
        sync_says(o.err, says);                                                                    \
    } while (0)
    REFUSED("there is no ticket 4711", "add", "4711", "close");
    REFUSED("[push] actions does not name reopen", "add", "3", "reopen");
    REFUSED("an action is one of", "add", "3", "explode");
    REFUSED("add what?", "add", "3");
    REFUSED("no further word", "add", "3", "close", "now");
    REFUSED("a field is one of", "add", "3", "set", "colour", "red");
    REFUSED("set needs a field", "add", "3", "set", "priority");
    REFUSED("add, retry and cancel", "send", "3");
    REFUSED("which row?", "retry");
    REFUSED("'x' is not the number of a row", "cancel", "x");
    REFUSED("there is no row 77", "cancel", "77");
    REFUSED("--all is for the list", "cancel", "77", "--all");
    struct outcome empty = say(h, "\n \n", "add 3 reply");
    sync_expect(empty, 2);
    sync_expect(say(h, "\xff\xfe", "add 3 reply"), 2);
    harness_sql(h, "UPDATE fluent_tickets SET deleted_at = UTC_TIMESTAMP() WHERE fluent_id = '3'");
    REFUSED("there is no ticket 3", "add", "3", "close");
    assert_int_equal(harness_count(h, "fluent_outbox"), 0);
}

static void set_state(struct harness *h, int row, const char *word)
{
    harness_sql(h, harness_text(h,
                                "UPDATE fluent_outbox SET state = '%s', error = 'no' "
                                "WHERE id = %d",
                                word, row));
}

/* Which decision is possible in which state, and what then stands there. */
static void test_decided(void **state)
{
    static const struct {
        const char *state, *retried, *cancelled; /* NULL: refused */
    } cases[] = {
        {"pending", NULL, "cancelled"}, {"sending", NULL, NULL},
        {"done", NULL, NULL},           {"failed", "pending", "cancelled"},
        {"held", NULL, "cancelled"},    {"cancelled", "pending", NULL},
    };
    struct harness *h = *state;
    prepare(h, PUSH);
    sync_expect(harness_sync(h, "outbox", "add", "3", "close", NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const after[] = {cases[i].retried, cases[i].cancelled};
        static const char *const verbs[] = {"retry", "cancel"};
        for (int v = 0; v < 2; v++) {
            set_state(h, 1, cases[i].state);
            struct outcome o = harness_sync(h, "outbox", verbs[v], "1", NULL);
            sync_expect(o, after[v] ? 0 : 2);
            assert_string_equal(harness_value(h, "SELECT state FROM fluent_outbox"),
                                after[v] ? after[v] : cases[i].state);
            if (!after[v])
                sync_says(o.err, cases[i].state);
        }
    }
    set_state(h, 1, "failed");
    sync_expect(harness_sync(h, "outbox", "retry", "1", NULL), 0);
    assert_string_equal(harness_table(h, "SELECT error, retried_at IS NULL FROM fluent_outbox"),
                        "NULL\t0\n");
}

/* One that cannot be decided keeps no other from it. */
static void test_several(void **state)
{
    struct harness *h = *state;
    prepare(h, PUSH);
    for (int i = 0; i < 3; i++)
        sync_expect(harness_sync(h, "outbox", "add", "3", "close", "-q", NULL), 0);
    set_state(h, 2, "sending");
    sync_expect(harness_sync(h, "outbox", "cancel", "1", "2", "3", NULL), 2);
    assert_string_equal(harness_table(h, "SELECT state FROM fluent_outbox ORDER BY id"),
                        "cancelled\nsending\ncancelled\n");
    sync_says_not(harness_sync(h, "outbox", NULL).out, "cancelled");
    sync_says(harness_sync(h, "outbox", "--all", NULL).out, "cancelled");
    sync_says(harness_sync(h, "outbox", "--csv", NULL).out, "sending");
}

/* With a site's key, a ticket is called by its number all the same; other sites' rows are not
 * there. */
static void test_site_key(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, "site_key = shop\n", NULL, PUSH);
    sync_expect(harness_sync(h, NULL), 0);
    sync_expect(harness_sync(h, "outbox", "add", "3", "close", NULL), 0);
    sync_expect(harness_sync(h, "outbox", "add", "shop:4", "close", NULL), 0);
    harness_sql(h, "INSERT INTO fluent_outbox (id, fluent_id, action) VALUES (9, '3', 'close')");
    assert_string_equal(
        harness_table(h, "SELECT site_key, fluent_id FROM fluent_outbox ORDER BY id"),
        "shop\tshop:3\nshop\tshop:4\n\t3\n");
    sync_expect(harness_sync(h, "outbox", "cancel", "9", NULL), 2);
    cJSON *rows = sync_json(harness_sync(h, "outbox", "--json", NULL).out);
    assert_int_equal(cJSON_GetArraySize(rows), 2);
    cJSON_Delete(rows);
}

static void assert_edit(struct harness *h, const char *base, const char *theirs, const char *ours,
                        const char *row)
{
    static const char *const keys[] = {"base", "theirs", "ours", "state"};
    const char *const values[] = {base, theirs, ours, row};
    struct outcome outcome = harness_sync(h, "edits", "--json", NULL);
    sync_expect(outcome, 0);
    cJSON *edits = sync_json(outcome.out);
    assert_int_equal(cJSON_GetArraySize(edits), 1);
    for (int i = 0; i < 4; i++) {
        const cJSON *value = cJSON_GetObjectItem(cJSON_GetArrayItem(edits, 0), keys[i]);
        if (values[i])
            assert_string_equal(value->valuestring, values[i]);
        else
            assert_true(cJSON_IsNull(value));
    }
    cJSON_Delete(edits);
}

/* What both agreed on, what the site has since, what a person set, and how far that has come.
 * `tickets --edited` is the older name of `edits`. */
static void test_edits(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_control(h, "{'do':'update','id':3,'set':{'priority':'normal'}}");
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, 3, "urgency = 'PROMOTION'");
    assert_edit(h, "MEDIUM", "MEDIUM", "PROMOTION", NULL);
    harness_control(h, "{'do':'update','id':3,'set':{'priority':'critical'}}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_edit(h, "MEDIUM", "HIGH", "PROMOTION", NULL);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, requested_by, wanted, "
                   "state, error) VALUES ('3', 'set', 'priority', 'edit', 'LOW', 'cancelled', "
                   "NULL), ('3', 'set', 'product_id', 'edit', 'Forms', 'pending', NULL)");
    assert_edit(h, "MEDIUM", "HIGH", "PROMOTION", NULL);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, requested_by, wanted, "
                   "state, error) VALUES ('3', 'set', 'priority', 'edit', 'PROMOTION', 'held', "
                   "'the site changed it too')");
    assert_edit(h, "MEDIUM", "HIGH", "PROMOTION", "held");
    struct outcome edits = harness_sync(h, "edits", NULL);
    sync_says(edits.out, "the site changed it too");
    assert_string_equal(harness_sync(h, "tickets", "--edited", NULL).out, edits.out);
    /* There is no --offset of edits. */
    sync_edit(h, 4, "urgency = 'PROMOTION'");
    sync_says(harness_sync(h, "edits", "--limit=1", NULL).err,
              "1 of 2 edits; --limit shows more\n");
}

/* Without the whole JSON of a ticket, what the site has is what it had last time. */
static void test_edits_without_json(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, "raw_data = none\n", NULL);
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, 3, "category = 'Odd'");
    char *category = harness_value(h, "SELECT JSON_UNQUOTE(JSON_EXTRACT(base, '$.category')) FROM "
                                      "fluent_tickets WHERE fluent_id = '3'");
    assert_edit(h, category, category, "Odd", NULL);
}

static void test_status(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    sync_says_not(harness_sync(h, "status", NULL).out, "for the site");
    sync_edit(h, 3, "urgency = 'PROMOTION'");
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, state, requested_by, "
                   "error) VALUES ('3', 'set', 'priority', 'held', 'edit', 'odd'), "
                   "('4', 'close', NULL, 'pending', NULL, NULL), "
                   "('5', 'close', NULL, 'pending', NULL, NULL)");
    sync_says(harness_sync(h, "status", NULL).out,
              "for the site        2 waiting, 1 held: `fluent-sync outbox`\n");
    cJSON *json = sync_json(harness_sync(h, "status", "--json", NULL).out);
    assert_int_equal(sync_member(json, "changesWaiting"), 2);
    assert_int_equal(sync_member(json, "changesHeld"), 1);
    assert_int_equal(sync_member(json, "changesFailed"), 0);
    cJSON_Delete(json);
    struct outcome page = harness_sync(h, "report", NULL);
    sync_expect(page, 0);
    sync_says(page.out, "For the site");
    sync_says(page.out, "2 waiting, 1 held");
    sync_says(page.out, "held: the site changed it too</small>");
    sync_says(page.out, "held: the site changed it too: odd");
    /* What the first sentence says when a run ended so. */
    harness_sql(h, "UPDATE fluent_sync_status SET last_sync_status = 'partial', exit_code = 3");
    sync_says(harness_sync(h, "status", NULL).out, "1 change for the site waits for a person.");
}

/* `push` alone: what it would send, what it sends, and what it says of it. */
static void test_push(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    struct outcome off = harness_sync(h, "push", NULL);
    sync_expect(off, 2);
    sync_says(off.err, "set [push] fields or actions");
    harness_config(h, NULL, NULL, PUSH);
    sync_expect(harness_sync(h, "outbox", "add", "3", "set", "title", "Renamed", "-q", NULL), 0);
    struct outcome dry = harness_sync(h, "push", "--dry-run", NULL);
    sync_expect(dry, 0);
    sync_says(dry.out, "3: a new title: PUT ");
    sync_says(dry.out, "dry run, nothing written: 1 change to send");
    assert_string_equal(harness_value(h, "SELECT state FROM fluent_outbox"), "pending");
    struct outcome push = harness_sync(h, "push", NULL);
    sync_expect(push, 0);
    sync_says(push.out, "1 change sent (");
    sync_says(push.err, "ticket 3: a new title (row 1 of the outbox)");
    assert_string_equal(harness_value(h, "SELECT state FROM fluent_outbox"), "done");
    assert_string_equal(sync_last(h, "changes_pushed"), "1");
    push = harness_sync(h, "push", "--json", NULL);
    sync_expect(push, 0);
    cJSON *json = sync_json(push.out);
    assert_int_equal(sync_member(json, "changesPushed"), 0);
    cJSON_Delete(json);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 3, "title"), "Renamed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_empty),   SYNC_TEST(test_added),
        SYNC_TEST(test_refused), SYNC_TEST(test_decided),
        SYNC_TEST(test_several), SYNC_TEST(test_site_key),
        SYNC_TEST(test_edits),   SYNC_TEST(test_status),
        SYNC_TEST(test_push),    SYNC_TEST(test_edits_without_json),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
