/* test_injection: tickets whose every text is an attack are stored byte for byte and shown
 * harmlessly, whatever the server thinks of quotes and character sets; and what becomes of text
 * that is no text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_accounts.h"
#include "harness_sync.h"

#define FFFD "\xEF\xBF\xBD"

/* No controls, so that a title says the same. */
static const char *const ATTACKS[] = {
    "'; DROP TABLE requests; -- ",
    "\\'; DROP TABLE requests; #",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "`; DELETE FROM fluent_tickets; `",
    "x', (SELECT password FROM mysql.user LIMIT 1), 'y",
    "\\",
    "\\\\'",
    "%s%s%n%n%99999d%x",
    "? ?* :name $1 {0}",
    "/* ! */ /*!50000 KILL 1 */ --",
    /* In GBK the last byte of each takes the backslash of an escaped quote. */
    "\xE7\xB8\x97' OR 1=1 -- \xE8\xAA\xA0' OR 1=1 -- \xC2\xBF' OR 1=1 -- ",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1,\"2\";3;4",
    "../../../../etc/passwd",
    "/dev/null; $(touch /tmp/owned) `id` | cat",
    "\",\"admin\":true,\"x\":\"",
    "\"}]}} {\"tickets\":{\"data\":[]}}",
    "{\"$ne\":null}",
    "\xE2\x80\xAEgnp.exe\xE2\x81\xA6 \xE2\x80\x8F \xD8\x9C",
    "\xEF\xBB\xBF byte order mark \xEF\xBB\xBF",
    "\xF0\x9F\x98\x80 \xF0\x9D\x94\x98 \xF4\x8F\xBF\xBF",
};
enum { ATTACK_COUNT = sizeof ATTACKS / sizeof *ATTACKS, FIRST_ID = 100, REJECT_ID = 900 };

/* These do come with HTML and controls: stored as received, shown as something else. */
static const char *const MARKUP[] = {
    "<script>alert('x')</script><img src=x onerror=alert(1)>&lt;b&gt;",
    "\x1B[2J\x1B]0;owned\x07\x1B[31m\x1BP$q\x1B\\",
    "\xC2\x9B"
    "31m\xC2\x90"
    "x\xC2\x9C",
    "a\r\nSet-Cookie: x=y\r\n\r\nfluent-sync: 0 failed",
    "]]><!--#exec cmd='id'--><?php phpinfo(); ?>{{7*7}}",
};
enum { MARKUP_COUNT = sizeof MARKUP / sizeof *MARKUP };

static void add_ticket(cJSON *commands, int id, const char *text)
{
    static const char *const names[] = {"title",          "content",
                                        "status",         "priority",
                                        "hash",           "customer.full_name",
                                        "customer.email", "agent.full_name",
                                        "product.title",  "custom"};
    cJSON *command = cJSON_CreateObject(), *ticket = cJSON_CreateObject();
    cJSON_AddStringToObject(command, "do", "create");
    cJSON_AddItemToObject(command, "ticket", ticket);
    cJSON_AddNumberToObject(ticket, "id", id);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cJSON_AddStringToObject(ticket, names[i], text);
    if (id >= REJECT_ID)
        cJSON_AddStringToObject(ticket, "created_at", text);
    cJSON_AddItemToArray(commands, command);
}

static void add_tickets(struct harness *h)
{
    cJSON *commands = cJSON_CreateArray();
    for (int i = 0; i < ATTACK_COUNT; i++) {
        add_ticket(commands, FIRST_ID + i, ATTACKS[i]);
        add_ticket(commands, REJECT_ID + i, ATTACKS[i]);
    }
    for (int i = 0; i < MARKUP_COUNT; i++) {
        add_ticket(commands, FIRST_ID + ATTACK_COUNT + i, MARKUP[i]);
        add_ticket(commands, REJECT_ID + ATTACK_COUNT + i, MARKUP[i]);
    }
    char *text = cJSON_PrintUnformatted(commands);
    harness_control(h, "%s", text);
    cJSON_free(text);
    cJSON_Delete(commands);
}

/* Bytes as the digits of MySQL's HEX(). */
static const char *hex(struct harness *h, const char *text)
{
    char *digits = harness_text(h, "%*s", (int)(2 * strlen(text)), "");
    for (size_t i = 0; text[i]; i++)
        sprintf(digits + 2 * i, "%02X", (unsigned char)text[i]);
    return digits;
}

static void is_hex(struct harness *h, const char *what, const char *found, const char *expected)
{
    if (!found || strcmp(found, hex(h, expected)) != 0)
        fail_msg("%s: %s instead of %s", what, found ? found : "NULL", hex(h, expected));
}

static const char *attack(const char *id, int first)
{
    int i = atoi(id) - first;
    assert_in_range(i, 0, ATTACK_COUNT + MARKUP_COUNT - 1);
    return i < ATTACK_COUNT ? ATTACKS[i] : MARKUP[i - ATTACK_COUNT];
}

/* Each ticket's texts, and its description as far as the title goes, which has no controls. */
static void all_is_stored(struct harness *h)
{
    struct sync_rows rows = sync_query(
        h, "SELECT fluent_id, HEX(customer_message), HEX(customer_name), HEX(customer_email), "
           "HEX(agent_name), HEX(product_name), HEX(JSON_VALUE(raw_data, '$.custom')), "
           "HEX(JSON_VALUE(raw_data, '$.customer.full_name')), HEX(title), "
           "HEX(LEFT(description, CHAR_LENGTH(title))) FROM fluent_tickets f "
           "JOIN requests r ON r.id = request_id");
    assert_int_equal(rows.count, ATTACK_COUNT + MARKUP_COUNT);
    for (size_t i = 0; i < rows.count; i++) {
        char **cells = rows.cells + i * rows.width;
        size_t exact = atoi(cells[0]) < FIRST_ID + ATTACK_COUNT ? rows.width : rows.width - 2;
        for (size_t c = 1; c < exact; c++)
            is_hex(h, cells[0], cells[c], attack(cells[0], FIRST_ID));
    }
    rows = sync_query(h, "SELECT fluent_id, HEX(JSON_VALUE(raw_data, '$.content')) "
                         "FROM fluent_rejects");
    assert_int_equal(rows.count, ATTACK_COUNT + MARKUP_COUNT);
    for (size_t i = 0; i < rows.count; i++)
        is_hex(h, rows.cells[2 * i], rows.cells[2 * i + 1], attack(rows.cells[2 * i], REJECT_ID));
    assert_int_equal(harness_count(h, "requests"), ATTACK_COUNT + MARKUP_COUNT);
}

/* The output of every command is safe to show, including people's edits. */
static void all_is_shown_safely(struct harness *h)
{
    harness_sql(h, "UPDATE requests r JOIN fluent_tickets f ON r.id = request_id SET "
                   "r.description = CONCAT(r.description, f.customer_message)");
    static const char *const commands[][3] = {
        {"tickets", NULL, NULL},       {"tickets", "--json", NULL},
        {"tickets", "--edited", NULL}, {"tickets", "--edited", "--json"},
        {"rejects", NULL, NULL},       {"rejects", "--json", NULL},
        {"status", "--limit=9", NULL}, {"status", "--json", NULL},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome outcome =
            harness_sync(h, commands[i][0], commands[i][1], commands[i][2], NULL);
        sync_expect(outcome, 0);
        sync_safe(outcome.out);
        sync_safe(outcome.err);
    }
}

/* A document is safe to show, and still says what was stored. */
static void json_is_exact(struct harness *h)
{
    cJSON *tickets = sync_json(harness_sync(h, "tickets", "--json", NULL).out);
    assert_int_equal(cJSON_GetArraySize(tickets), ATTACK_COUNT + MARKUP_COUNT);
    const cJSON *ticket;
    cJSON_ArrayForEach(ticket, tickets)
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(ticket, "fluent_id"));
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(ticket, "customer_message")),
                            attack(id, FIRST_ID));
    }
    cJSON_Delete(tickets);
}

static void whole(struct harness *h)
{
    sync_prepare(h, 0, "retries = 0\nper_page = 30\n", NULL, NULL);
    add_tickets(h);
    static const char *const runs[][3] = {{"--dry-run", "-v", NULL},
                                          {"--dry-run", "-vv", "--json"},
                                          {"-vv", NULL, NULL},
                                          {"--full", "-vv", "--log-format=json"},
                                          {"--ticket=100", "-vv", "--log-bodies"}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct outcome outcome = harness_sync(h, runs[i][0], runs[i][1], runs[i][2], NULL);
        sync_expect(outcome, 3);
        sync_safe(outcome.out);
        sync_safe(outcome.err);
    }
    all_is_stored(h);
}

static void test_stored_and_shown(void **state)
{
    struct harness *h = *state;
    whole(h);
    json_is_exact(h);
    all_is_shown_safely(h);
}

/* A server that would have every quote read otherwise: its own settings, what it makes of each new
 * connection, and what a defaults file asks for. */
static void test_quotes_and_character_sets(void **state)
{
    struct harness *h = *state;
    harness_sql(h, "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', "
                   "GLOBAL init_connect = 'SET NAMES gbk, sql_mode = ''NO_BACKSLASH_ESCAPES'''");
    whole(h);
    harness_sql(h, "SET GLOBAL sql_mode = DEFAULT, GLOBAL init_connect = ''");
}

static void test_defaults_file(void **state)
{
    struct harness *h = *state;
    const char *file = harness_file(h, "gbk.cnf", "[client]\ndefault-character-set = gbk\n");
    sync_prepare(h, 0, NULL, NULL, harness_text(h, "defaults_file = %s\n", file));
    add_tickets(h);
    sync_expect(harness_sync(h, NULL), 3);
    all_is_stored(h);
}

/* What is given to commands goes into statements too. */
static void test_arguments(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 3, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    for (int i = 0; i < ATTACK_COUNT; i++) {
        struct outcome outcome = harness_sync(h, "tickets", "--status", ATTACKS[i], "--json", NULL);
        sync_expect(outcome, 0);
        assert_string_equal(outcome.out, "[]\n");
        outcome = harness_sync(h, "rejects", "--accept", ATTACKS[i], NULL);
        sync_expect(outcome, 2);
        sync_safe(outcome.err);
    }
}

/* What the README says about text; bytes that are no UTF-8 are test_decode's. */
static void test_what_is_no_text(void **state)
{
    struct harness *h = *state;
    static const char *const cases[][2] = {
        {"a\\u0000b", "a" FFFD "b"},
        {"a\\ud83db \\ude00", "a" FFFD "b " FFFD},
        {"\\ud83d\\ude00", "\xF0\x9F\x98\x80"},
        {"\\ufeffx\xEF\xBB\xBF", "\xEF\xBB\xBFx\xEF\xBB\xBF"},
        {"\\u202egnp\\u2066", "\xE2\x80\xAEgnp\xE2\x81\xA6"},
        {"\\u0001\\u001b[2J\\u009b", "\x01\x1B[2J\xC2\x9B"},
        {"\\ufffe\\uffff", "\xEF\xBF\xBE\xEF\xBF\xBF"},
    };
    sync_prepare(h, 1, NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        harness_control(h,
                        "{'do':'create','ticket':{'id':%zu,'title':'t','content':'%s',"
                        "'customer.full_name':'%s'}}",
                        FIRST_ID + i, cases[i][0], cases[i][0]);
    sync_expect(harness_sync(h, NULL), 0);
    struct sync_rows rows = sync_query(
        h, "SELECT HEX(customer_message), HEX(customer_name), HEX(JSON_VALUE(raw_data, "
           "'$.content')) FROM fluent_tickets WHERE fluent_id <> '1' ORDER BY fluent_id");
    assert_int_equal(rows.count, sizeof cases / sizeof *cases);
    for (size_t i = 0; i < rows.count * rows.width; i++)
        is_hex(h, cases[i / rows.width][0], rows.cells[i], cases[i / rows.width][1]);
    struct outcome outcome = harness_sync(h, "tickets", NULL);
    sync_expect(outcome, 0);
    sync_safe(outcome.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_stored_and_shown), SYNC_TEST(test_quotes_and_character_sets),
        SYNC_TEST(test_defaults_file),    SYNC_TEST(test_arguments),
        SYNC_TEST(test_what_is_no_text),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
