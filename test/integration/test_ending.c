/* test_ending: ending in time and cleanly: a database that never answers, streams that nobody reads
 * or that cannot be written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_dbproxy.h"
#include "harness_fault.h"

enum { BIG = 2000 };

#define ENOUGH "30" /* seconds, for time-outs of one */

static void prepare(struct harness *h)
{
    sync_prepare(h, 60, "per_page = 20\n", NULL, NULL);
}

/* A database that never answers */

static struct outcome timed(struct harness *h, const char *command)
{
    return harness_wait(
        h, harness_shell(h, "exec timeout " ENOUGH " %s %s", harness_program(h), command));
}

static void test_never_answers(void **state)
{
    struct harness *h = *state;
    static const char *const commands[] = {"sync", "migrate", "status", "tickets", "rejects"};
    const char *const options[] = {"--fault", "stall", "--at", "0", "--times", "0", NULL};
    struct dbproxy proxy;
    prepare(h);
    harness_config(h, NULL, NULL, "timeout = 1s\n");
    dbproxy_start(h, &proxy, options);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome outcome = timed(h, commands[i]);
        sync_expect(outcome, 6);
        sync_says(outcome.err, "[mysql] timeout");
    }
    dbproxy_stop(h, &proxy);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 0);
}

/* The database is silent from some statement on, within and outside transactions, and for new
 * connections. */
static void falls_silent(struct harness *h, const char *at)
{
    const char *const options[] = {"--fault", "stall", "--at", at, "--times", "0", NULL};
    struct dbproxy proxy;
    harness_config(h, "per_page = 20\nconnections = 1\n", NULL, "timeout = 1s\n");
    dbproxy_start(h, &proxy, options);
    struct outcome outcome = timed(h, "sync");
    assert_true(dbproxy_stop(h, &proxy).faults > 0);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "[mysql] timeout");
    assert_int_equal(
        harness_count(h, "fluent_sync_status WHERE last_sync_status IN ('success', 'partial')"), 0);
}

static void test_falls_silent(void **state)
{
    struct harness *h = *state;
    prepare(h);
    fault_keep(h);
    for (int at = 1; at < 50; at += 7) {
        fault_restore(h); /* what an earlier run has stored, this one would not store */
        falls_silent(h, harness_text(h, "%d", at));
    }
    dbproxy_direct(h);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Streams */

/* Runs the line with RUN replaced by fluent-sync and its arguments. */
static struct outcome shell(struct harness *h, const char *line, const char *arguments)
{
    static const char run[] = "RUN";
    char *at = strstr(line, run);
    assert_non_null(at);
    return harness_wait(h, harness_shell(h, "%.*s%s %s%s", (int)(at - line), line,
                                         harness_program(h), arguments, at + strlen(run)));
}

/* A run that has stored everything has succeeded, and its row says so, whatever happens to its
 * output. The exit code says that the report was lost, unless the reader has gone away. */
static void test_sync_to_nobody(void **state)
{
    struct harness *h = *state;
    static const char *const lines[] = {
        "RUN >&-",
        "RUN 2>&-",
        "RUN <&- >&- 2>&-",
        "RUN >/dev/full",
        "RUN 2>/dev/full",
        "RUN >/dev/full 2>/dev/full",
        "RUN | true; exit ${PIPESTATUS[0]}",
        "RUN 2>&1 | true; exit ${PIPESTATUS[0]}",
        "RUN 2>&1 >&- | true; exit ${PIPESTATUS[0]}",
    };
    static const char *const arguments[] = {"", "--verbose --verbose", "--json --log-format json",
                                            "--verbose --log-format json --full"};
    prepare(h);
    fault_keep(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *expected = fault_tables(h);
    size_t tried = 0;
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++)
        for (size_t a = 0; a < sizeof arguments / sizeof *arguments; a++) {
            fault_restore(h);
            struct outcome outcome = shell(h, lines[l], arguments[a]);
            if (outcome.code != (strstr(lines[l], " >/dev/full") ? 1 : 0))
                fail_msg("%s %s: exit code %d: %s", lines[l], arguments[a], outcome.code,
                         outcome.err);
            fault_same(fault_tables(h), expected, lines[l]);
            assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code)"),
                                "success 0");
            tried++;
        }
    print_message("tried: %zu ways of not listening\n", tried);
}

/* If the report cannot be printed, a message says so if that can be printed. */
static void test_sync_report_lost(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome outcome = shell(h, "RUN >/dev/full", "--json");
    sync_expect(outcome, 1);
    sync_says(outcome.err, "the output could not be written: No space left on device");
    sync_expect(shell(h, "RUN 1</dev/null", ""), 1);
    sync_expect(shell(h, "RUN >/dev/full", "--quiet"), 0); /* which has nothing to say */
    outcome = shell(h, "RUN | true; exit ${PIPESTATUS[0]}", "");
    assert_string_equal(outcome.err, "");
    /* A failure of the run itself is what counts. */
    harness_site_stop(h);
    harness_config(h, "retries = 0\n", NULL, NULL);
    sync_expect(shell(h, "RUN >/dev/full", "--json"), 5);
}

static void lost(struct harness *h, const char *command)
{
    struct outcome outcome = shell(h, "RUN >/dev/full", command);
    if (outcome.code != 1)
        fail_msg("%s: exit code %d: %s", command, outcome.code, outcome.err);
    sync_says(outcome.err, "the output could not be written");
}

/* An export that was cut short is a failure; a reader that has seen enough is not. */
static void test_reports(void **state)
{
    struct harness *h = *state;
    static const char *const commands[] = {"tickets --limit 2000",
                                           "tickets --limit 2000 --json",
                                           "status",
                                           "status --json",
                                           "rejects",
                                           "--help"};
    static const char *const others[] = {"rejects --json",
                                         "tickets --edited",
                                         "tickets --edited --json",
                                         "edits",
                                         "outbox",
                                         "outbox --all --json",
                                         "status --limit 3",
                                         "status --max-age 1h",
                                         "check",
                                         "check --json",
                                         "migrate",
                                         "sync --dry-run -v",
                                         "sync --dry-run --json",
                                         "sync --help",
                                         "--version",
                                         "--version -v"};
    sync_prepare(h, BIG, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome outcome = shell(h, "RUN | head -n 1; exit ${PIPESTATUS[0]}", commands[i]);
        sync_expect(outcome, 0);
        assert_string_equal(outcome.err, "");
        sync_expect(shell(h, "RUN 2>&1 | true; exit ${PIPESTATUS[0]}", commands[i]), 0);
        sync_expect(shell(h, "RUN >&-", commands[i]), 0);
        sync_expect(shell(h, "RUN >&- 2>&-", commands[i]), 0);
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        lost(h, commands[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        lost(h, others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_never_answers),  SYNC_TEST(test_falls_silent),
        SYNC_TEST(test_sync_to_nobody), SYNC_TEST(test_sync_report_lost),
        SYNC_TEST(test_reports),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
