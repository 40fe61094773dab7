/* test_forget: `forget SITE` removes one site whole, once somebody has said so, however often it is
 * killed. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "harness_accounts.h"
#include "harness_fault.h"
#include "harness_terminal.h"

#define ENTRIES                                                                                    \
    "SELECT fluent_id, response_id, text FROM fluent_responses WHERE site_key = 'acme' AND "       \
    "deleted_at IS NULL ORDER BY response_id"
enum { TICKETS = 12, STRIDE = 3 };

static void configure(struct harness *h, const char *key)
{
    harness_config(h, harness_text(h, "site_key = %s\ndate_filter = 2000-01-01\n", key),
                   "history = yes\nconversations = public\n", NULL);
}

/* The site under two keys, each with rows in every table. */
static void prepare(struct harness *h)
{
    static const char *const keys[] = {"zoo", "acme"};
    sync_prepare(h, TICKETS, NULL, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        configure(h, keys[i]);
        sync_expect(harness_sync(h, NULL), 0);
        harness_sql(
            h, harness_text(h,
                            "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('%1$s', "
                            "'%1$s:7');"
                            "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, "
                            "last_seen, accepted) VALUES ('%1$s', '%1$s:8000', 'why', "
                            "'2026-01-01', '2026-01-01', 1);"
                            "INSERT INTO fluent_outbox (fluent_id, action) VALUES ('%1$s:7', "
                            "'close');"
                            "INSERT INTO fluent_responses (site_key, response_id, fluent_id, type, "
                            "fingerprint) VALUES ('%1$s', 1, '%1$s:7', 'response', '');"
                            "INSERT INTO fluent_walk_pages (site_key, walk_id, low, high, "
                            "row_count, ids) VALUES ('%1$s', 1, 1, 1, 1, '')",
                            keys[i]));
    }
    accounts_may_forget(h);
}

/* How many rows of the site each table has that has a site_key: a line for each that has any. */
static char *rows_of(struct harness *h, const char *key)
{
    char *counts = harness_value(
        h, harness_text(h,
                        "SET SESSION group_concat_max_len = 1000000; "
                        "SELECT GROUP_CONCAT('SELECT ''', TABLE_NAME, ''', COUNT(*) AS n FROM ', "
                        "TABLE_NAME, ' WHERE site_key = ''%s'' HAVING n > 0' ORDER BY TABLE_NAME "
                        "SEPARATOR ' UNION ALL ') FROM information_schema.COLUMNS WHERE "
                        "TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = 'site_key'",
                        key));
    return harness_table(h, counts);
}

static void expect_forgotten(struct harness *h, const char *other)
{
    assert_string_equal(rows_of(h, "acme"), "");
    assert_string_equal(rows_of(h, "zoo"), other);
    assert_int_equal(harness_count(h, "requests"), TICKETS);
    assert_int_equal(harness_count(h, "requests r JOIN fluent_tickets f ON f.request_id = r.id"),
                     TICKETS);
}

static void test_forget(void **state)
{
    struct harness *h = *state;
    prepare(h);
    char *other = rows_of(h, "zoo");
    sync_says(other, "fluent_responses\t");
    sync_edit(h, 3, "category = 'Forms'");
    struct outcome outcome = harness_sync(h, "forget", "acme", "--yes", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "tickets                                  12\n");
    sync_says(outcome.out, "requests of the dashboard                12\n");
    expect_forgotten(h, other);
    outcome = harness_sync(h, "forget", "acme", "--yes", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "there is nothing of a site with the key 'acme'");
    sync_says(outcome.err, "the database has zoo\n");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE site_key = 'acme'"), TICKETS);
}

static void test_without_key(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, TICKETS, NULL, NULL, NULL);
    accounts_may_forget(h);
    sync_expect(harness_sync(h, NULL), 0);
    configure(h, "zoo");
    sync_expect(harness_sync(h, NULL), 0);
    char *other = rows_of(h, "zoo");
    struct dialogue d;
    dialogue_start(&d, h, "-c %s/fluent-sync.ini forget ''", h->dir);
    dialogue_answer(&d, "Type yes", "yes");
    assert_int_equal(dialogue_end(&d), 0);
    assert_string_equal(rows_of(h, ""), "");
    assert_string_equal(rows_of(h, "zoo"), other);
}

static void test_keep_requests(void **state)
{
    struct harness *h = *state;
    prepare(h);
    char *requests = sync_sums(h, "requests");
    sync_expect(harness_sync(h, "forget", "acme", "-y", "--keep-requests", NULL), 0);
    assert_string_equal(sync_sums(h, "requests"), requests);
    assert_string_equal(rows_of(h, "acme"), "");
}

/* Nothing changes unless somebody says that it is meant. */

static void test_not_meant(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    char *dump = sync_dump(h);
    struct outcome outcome = harness_sync(h, "forget", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "forget which site?");
    outcome = harness_sync(h, "forget", "acme", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "--yes says that it is meant");
    sync_expect(harness_sync(h, "forget", "acm", "--yes", NULL), 2);
    sync_says(harness_sync(h, "forget", "acme", "--dry-run", NULL).out, "Would remove");
    dialogue_start(&d, h, "-c %s/fluent-sync.ini forget acme", h->dir);
    dialogue_answer(&d, "Type acme to remove it", "yes");
    assert_int_equal(dialogue_end(&d), 2);
    sync_says(d.said, "nothing was removed");
    dialogue_start(&d, h, "-c %s/fluent-sync.ini forget acme", h->dir);
    dialogue_hear(&d, "Type acme");
    dialogue_press(&d, "\003");
    assert_int_equal(dialogue_end(&d), 130);
    assert_string_equal(sync_dump(h), dump);
    dialogue_start(&d, h, "-c %s/fluent-sync.ini forget acme", h->dir);
    dialogue_answer(&d, "Type acme", "acme");
    assert_int_equal(dialogue_end(&d), 0);
    assert_string_equal(rows_of(h, "acme"), "");
}

static void test_without_right(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sql(h, harness_text(h, "REVOKE DELETE ON %s.fluent_sync_state FROM " ACCOUNT_SYNC,
                                h->database));
    char *dump = sync_dump(h);
    struct outcome outcome = harness_sync(h, "forget", "acme", "--yes", NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "may not remove rows of fluent_sync_state\n");
    sync_says(outcome.err, "FLUENT_DB_USER");
    assert_string_equal(sync_dump(h), dump);
}

static void test_while_a_run_is_active(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct process *run = sync_start_stalled(h, "--full");
    sync_expect(harness_sync(h, "forget", "acme", "--yes", NULL), 7);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE site_key = 'acme'"), TICKETS);
    kill(run->pid, SIGTERM);
    harness_wait(h, run);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Killed */

/* Each ticket has its request, and each request its ticket; a run would compare everything. */
static void expect_whole(struct harness *h)
{
    assert_int_equal(harness_count(h, "fluent_tickets f LEFT JOIN requests r ON r.id = "
                                      "f.request_id WHERE r.id IS NULL"),
                     0);
    assert_int_equal(harness_count(h, "requests r LEFT JOIN fluent_tickets f ON r.id = "
                                      "f.request_id WHERE f.id IS NULL"),
                     0);
    if (harness_count(h, "fluent_tickets WHERE site_key = 'acme'") < TICKETS)
        assert_int_equal(harness_count(h, "fluent_sync_state WHERE site_key = 'acme' AND "
                                          "last_full_walk IS NOT NULL"),
                         0);
}

/* A forgetting that ended between two tables, and a run after it: each conversation is there. */
static void test_ended_half_way(void **state)
{
    static const char *const tables[] = {"fluent_responses", "fluent_conversations"};
    struct harness *h = *state;
    prepare(h);
    configure(h, "acme");
    for (int ticket = 1; ticket <= TICKETS; ticket++)
        harness_control(h, "{'do':'respond','id':%d,'content':'Hello'}", ticket);
    sync_expect(harness_sync(h, NULL), 0);
    char *entries = harness_table(h, ENTRIES);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        harness_sql(h, harness_text(h,
                                    "CREATE TRIGGER odd BEFORE DELETE ON %s FOR EACH ROW SIGNAL "
                                    "SQLSTATE '45000'",
                                    tables[i]));
        sync_expect(harness_sync(h, "forget", "acme", "--yes", NULL), 6);
        harness_sql(h, "DROP TRIGGER odd");
        sync_expect(harness_sync(h, NULL), 0);
        assert_string_equal(harness_table(h, ENTRIES), entries);
    }
}

static void test_killed(void **state)
{
    struct harness *h = *state;
    prepare(h);
    char *other = rows_of(h, "zoo");
    fault_keep(h);
    sync_expect(fault_run(h, "stepper", NULL, "forget acme --yes"), 0);
    long steps = fault_steps(h);
    assert_true(steps > 50);
    int killed = 0;
    for (long at = 1; at <= steps; at += STRIDE) {
        fault_restore(h);
        int code =
            fault_run(h, "stepper", harness_text(h, "STEPPER_AT=%ld", at), "forget acme --yes")
                .code;
        killed += code == -SIGKILL;
        expect_whole(h);
        code = fault_run(h, NULL, NULL, "forget acme --yes").code;
        if (code != 0 && code != 2) /* 2: all was gone already */
            fail_msg("killed at step %ld, then %d", at, code);
        expect_forgotten(h, other);
    }
    assert_true(killed > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_forget),         SYNC_TEST(test_without_key),
        SYNC_TEST(test_keep_requests),  SYNC_TEST(test_not_meant),
        SYNC_TEST(test_without_right),  SYNC_TEST(test_while_a_run_is_active),
        SYNC_TEST(test_ended_half_way), SYNC_TEST(test_killed),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
