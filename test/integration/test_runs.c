/* test_runs: a run's row from its beginning to its end, however it ends, and two runs at once. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_accounts.h"
#include "harness_sync.h"

/* A site of 200 tickets, some of them older than the default date_filter. */
static void prepare(struct harness *h, const char *fluent, const char *sync)
{
    sync_prepare(h, 200, fluent, sync, NULL);
}

static void test_success(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, NULL);
    harness_fault(h, "'kind':'stall','match':'/tickets','times':1,'seconds':1");
    struct process *process = harness_sync_start(h, NULL);
    sync_await_run(h);
    int64_t pid = process->pid;
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', exit_code, complete, sync_duration_ms)"), "");
    assert_string_equal(sync_last(h, "pid"), harness_text(h, "%lld", (long long)pid));
    struct outcome outcome = harness_wait(h, process);
    sync_expect(outcome, 0);
    assert_string_equal(
        sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete, mode, date_filter, "
                     "tickets_added + tickets_skipped = tickets_fetched, tickets_fetched > 50, "
                     "sync_duration_ms >= 1000, api_requests > 1, api_bytes > 100000, "
                     "error_message IS NULL, host = @@hostname, "
                     "ABS(TIMESTAMPDIFF(MINUTE, last_sync_at, UTC_TIMESTAMP())) < 200)"),
        "success 0 1 full 2025-09-20 1 1 1 1 1 1 1 1");
    assert_int_equal(
        harness_count(h, "fluent_sync_state WHERE lease_owner IS NULL AND watermark IS NOT NULL"),
        1);
}

static void test_failure(void **state)
{
    struct harness *h = *state;
    prepare(h, "retries = 0\n", NULL);
    harness_fault(h, "'kind':'replay','match':'/tickets','name':'err_php_fatal'");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 5);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete, "
                                     "date_filter, sync_duration_ms IS NOT NULL)"),
                        "failed 5 0 2025-09-20 1");
    sync_says(sync_told(h, outcome.err), sync_last(h, "error_message"));
    assert_int_equal(harness_count(h, "fluent_tickets"), 0);
}

/* Fails after some pages: those stay, and the row says how many tickets that were. */
static void test_half_way(void **state)
{
    struct harness *h = *state;
    prepare(h, "retries = 0\nper_page = 10\nconnections = 1\ndate_filter = 2000-01-01\n", NULL);
    harness_fault(h, "'kind':'replay','match':'order_by=id','skip':3,'name':'err_maintenance'");
    sync_expect(harness_sync(h, NULL), 5);
    int64_t stored = harness_count(h, "fluent_tickets");
    assert_true(stored > 0 && stored < 200);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, tickets_added, complete)"),
                        harness_text(h, "failed %lld 0", (long long)stored));
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 200);
}

static void test_killed(void **state)
{
    struct harness *h = *state;
    prepare(h, "date_filter = 2000-01-01\n", NULL);
    struct process *process = sync_start_stalled(h, NULL);
    kill(process->pid, SIGKILL);
    sync_expect(harness_wait(h, process), -SIGKILL);
    assert_int_equal(harness_count(h, "fluent_sync_status WHERE last_sync_status = 'in_progress'"),
                     1);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0); /* at once: the holder is gone */
    assert_string_equal(
        harness_table(h, "SELECT last_sync_status, error_message LIKE 'interrupted%', complete "
                         "FROM fluent_sync_status ORDER BY id"),
        "failed\t1\t0\nsuccess\tNULL\t1\n");
    assert_int_equal(harness_count(h, "fluent_tickets"), 200);
}

/* Killed in the middle of a walk, again and again: in the end the same as without. */
static void test_killed_often(void **state)
{
    struct harness *h = *state;
    static const char mirror[] =
        "SELECT fluent_id, title, ticket_status, f.created_at, r.category, r.urgency, "
        "r.description FROM fluent_tickets f JOIN requests r ON r.id = f.request_id "
        "ORDER BY CAST(fluent_id AS SIGNED)";
    prepare(h, "per_page = 10\nconnections = 1\ndate_filter = 2000-01-01\n", NULL);
    for (int page = 1; page < 5; page++) {
        harness_fault(h, "'kind':'stall','match':'order_by=id','times':1,'skip':%d,'seconds':3600",
                      page);
        struct process *process = harness_sync_start(h, NULL);
        /* The row of the run before is in progress as well, until this one has taken over. */
        sync_wait_until(h, harness_text(h,
                                        "SELECT COUNT(*) = 1 FROM fluent_sync_status WHERE "
                                        "last_sync_status = 'in_progress' AND tickets_fetched >= "
                                        "%d AND id = (SELECT MAX(id) FROM fluent_sync_status) AND "
                                        "%d = (SELECT COUNT(*) FROM fluent_sync_status)",
                                        page, page));
        kill(process->pid, SIGKILL);
        sync_expect(harness_wait(h, process), -SIGKILL);
        harness_end_faults(h);
    }
    sync_expect(harness_sync(h, NULL), 0);
    char *resumed = harness_table(h, mirror);
    assert_int_equal(harness_count(h, "requests"), 200);
    sync_forget(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, mirror), resumed);
}

static void test_two_at_once(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, NULL);
    struct process *process = sync_start_stalled(h, NULL);
    char *pid = harness_text(h, "pid %ld", (long)process->pid);
    struct outcome second = harness_sync(h, NULL);
    sync_expect(second, 7);
    sync_says(second.err, pid);
    assert_string_equal(second.out, "");
    second = harness_sync(h, "--json", NULL);
    sync_expect(second, 7);
    cJSON *json = sync_json(second.out);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "success")));
    assert_int_equal(sync_member(json, "exitCode"), 7);
    cJSON_Delete(json);
    second = harness_sync(h, "--quiet", NULL);
    sync_expect(second, 7);
    assert_string_equal(second.out, "");
    assert_string_equal(second.err, "");
    assert_int_equal(harness_count(h, "fluent_sync_status"), 1);
    /* What only reads does not care. */
    sync_expect(harness_sync(h, "status", NULL), 0);
    sync_expect(harness_sync(h, "--dry-run", "--quiet", NULL), 0);
    kill(process->pid, SIGTERM);
    sync_expect(harness_wait(h, process), 143);
}

/* --ticket waits for the other run's end. */
static void test_ticket_waits(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, NULL);
    struct process *process = sync_start_stalled(h, NULL);
    struct process *ticket = harness_sync_start(h, "--ticket", "3", NULL);
    sync_wait_until(h, "SELECT COUNT(*) > 1 FROM information_schema.PROCESSLIST "
                       "WHERE DB = DATABASE() AND ID <> CONNECTION_ID()");
    assert_int_equal(harness_count(h, "fluent_sync_status"), 1);
    harness_end_faults(h);
    kill(process->pid, SIGTERM);
    sync_expect(harness_wait(h, process), 143);
    sync_expect(harness_wait(h, ticket), 0);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', mode, tickets_added)"), "tickets 1");
}

static void interrupt(struct harness *h, int signal, int code)
{
    prepare(h, NULL, NULL);
    struct process *process = sync_start_stalled(h, NULL);
    kill(process->pid, signal);
    struct outcome outcome = harness_wait(h, process);
    sync_expect(outcome, code);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete)"),
                        harness_text(h, "failed %d 0", code));
    sync_says(sync_told(h, outcome.err), sync_last(h, "error_message"));
    assert_int_equal(harness_number(h, "SELECT COUNT(lease_owner) FROM fluent_sync_state"), 0);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
}

static void test_sigterm(void **state)
{
    interrupt(*state, SIGTERM, 143);
}

static void test_sigint(void **state)
{
    interrupt(*state, SIGINT, 130);
}

static void test_deadline(void **state)
{
    struct harness *h = *state;
    prepare(h, "per_page = 10\nconnections = 1\n", "deadline = 5s\n");
    harness_fault(h, "'kind':'stall','match':'order_by=id','skip':2,'times':1,'seconds':3600");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 8);
    sync_says(outcome.err, "deadline");
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code)"), "failed 8");
    assert_true(harness_count(h, "fluent_tickets") > 0);
    harness_config(h, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
}

/* A run that was stopped for so long that another took over writes nothing any more. */
static void test_taken_over(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, NULL);
    struct process *process = sync_start_stalled(h, NULL);
    kill(process->pid, SIGSTOP);
    sync_expire_lease(h);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *sums = sync_sums(h, "requests, fluent_tickets, fluent_sync_state");
    kill(process->pid, SIGCONT);
    kill(process->pid, SIGTERM);
    assert_int_not_equal(harness_wait(h, process).code, 0);
    assert_string_equal(sync_sums(h, "requests, fluent_tickets, fluent_sync_state"), sums);
    assert_string_equal(harness_table(h, "SELECT last_sync_status FROM fluent_sync_status "
                                         "ORDER BY id"),
                        "failed\nsuccess\n");
}

static void test_keep_runs(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, "keep_runs = 3\n");
    for (int i = 0; i < 5; i++)
        sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 3);
}

/* The end of a run is refused, here by a right that its trimming needs: its row names the cause,
 * and not the next run, which would take it for killed. */
static void test_end_refused(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, "keep_runs = 1\n");
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, harness_text(h, "REVOKE DELETE ON %s.fluent_sync_status FROM " ACCOUNT_SYNC,
                                h->database));
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    char *grant = strstr(outcome.err, "GRANT ");
    assert_non_null(grant);
    grant = harness_text(h, "%.*s", (int)strcspn(grant, ";\n"), grant);
    sync_says_not(outcome.err, "stays in progress");
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete)"),
                        "failed 6 0");
    sync_says(sync_last(h, "error_message"), grant);
    harness_sql(h, grant); /* the statement that the message tells an administrator to run */
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 1);
}

/* Nor can the failure be told: a warning says that the row does not tell the truth. */
static void test_no_end_at_all(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, NULL);
    harness_sql(h, "CREATE TRIGGER no_end BEFORE UPDATE ON fluent_sync_status FOR EACH ROW "
                   "IF NEW.last_sync_status <> 'in_progress' THEN SIGNAL SQLSTATE '45000'; END IF");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "the run's row stays in progress: database: a trigger refused the row");
    assert_string_equal(sync_last(h, "last_sync_status"), "in_progress");
    harness_sql(h, "DROP TRIGGER no_end");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, "SELECT last_sync_status FROM fluent_sync_status "
                                         "ORDER BY id"),
                        "failed\nsuccess\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_success),      SYNC_TEST(test_failure),       SYNC_TEST(test_half_way),
        SYNC_TEST(test_killed),       SYNC_TEST(test_killed_often),  SYNC_TEST(test_two_at_once),
        SYNC_TEST(test_ticket_waits), SYNC_TEST(test_sigterm),       SYNC_TEST(test_sigint),
        SYNC_TEST(test_deadline),     SYNC_TEST(test_taken_over),    SYNC_TEST(test_keep_runs),
        SYNC_TEST(test_end_refused),  SYNC_TEST(test_no_end_at_all),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
