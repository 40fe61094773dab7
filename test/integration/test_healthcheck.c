/* test_healthcheck: which pings a run sends, and that the run does not depend on them. The watcher
 * is a server of this test. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_raw.h"
#include "harness_sync.h"

#define KEY "5f1c7a1e-2b6d-4c58-9a55-0123456789ab"

static struct raw watcher;

static bool say_ok(const struct raw_call *call)
{
    return raw_answer(call->fd, 200, "", "OK");
}

static bool say_error(const struct raw_call *call)
{
    return raw_answer(call->fd, 503, "", "no");
}

static bool say_gone(const struct raw_call *call)
{
    return raw_answer(call->fd, 404, "", "no such check");
}

static bool say_unknown(const struct raw_call *call)
{
    return raw_answer(call->fd, 200, "", "OK (not found)");
}

static bool say_elsewhere(const struct raw_call *call)
{
    return raw_answer(call->fd, 302, "Location: /elsewhere\r\n", "");
}

static bool reset_once(const struct raw_call *call)
{
    return call->n % 2 ? raw_reset(call->fd) : say_ok(call);
}

/* Answers the start, and then no more. */
static bool fall_silent(const struct raw_call *call)
{
    if (strstr(call->request, "/start"))
        return say_ok(call);
    raw_sleep_ms(3600 * 1000);
    return false;
}

static bool never_answer(const struct raw_call *call)
{
    (void)call;
    raw_sleep_ms(3600 * 1000);
    return false;
}

static void configure(struct harness *h, const char *fluent, const char *path)
{
    harness_config(
        h, harness_text(h, "retries = 0\n%s", fluent), NULL,
        harness_text(h, "[healthcheck]\nurl = http://127.0.0.1:%d%s\n", watcher.port, path));
}

static void prepare(struct harness *h, raw_reply *reply)
{
    sync_prepare(h, 60, NULL, NULL, NULL);
    raw_start(&watcher, reply);
    configure(h, "", "/ping/" KEY);
}

static int end(void **state)
{
    if (watcher.pid)
        raw_stop(&watcher);
    watcher.pid = 0;
    return sync_end(state);
}

/* The pings so far must be these paths, in order; the watcher then forgets them. */
static void got(const char *const *paths)
{
    int count = 0;
    for (; paths[count]; count++) {
        char line[200];
        snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", paths[count]);
        if (watcher.seen->requests <= count)
            fail_msg("no ping %s", paths[count]);
        if (strncmp(watcher.seen->request[count], line, strlen(line)) != 0)
            fail_msg("%s, not %s", watcher.seen->request[count], paths[count]);
        assert_null(strstr(watcher.seen->request[count], "Authorization"));
    }
    assert_int_equal(watcher.seen->requests, count);
    watcher.seen->requests = 0;
}
#define GOT(...) got((const char *const[]){__VA_ARGS__, NULL})

static struct outcome run(struct harness *h, int code, const char *option)
{
    struct outcome outcome = harness_sync(h, option, NULL);
    sync_expect(outcome, code);
    sync_says_not(outcome.err, "5f1c7a1e");
    sync_says_not(outcome.out, "5f1c7a1e");
    return outcome;
}

/* Pings */

static void test_pings(void **state)
{
    struct harness *h = *state;
    prepare(h, say_ok);
    assert_string_equal(run(h, 0, NULL).err, "");
    GOT("/ping/" KEY "/start", "/ping/" KEY);
    sync_says(run(h, 0, "-vv").err, "health check: 127.0.0.1:");
    GOT("/ping/" KEY "/start", "/ping/" KEY);
    configure(h, "", "/key/a-slug/?create=1");
    run(h, 0, NULL);
    GOT("/key/a-slug/start?create=1", "/key/a-slug?create=1");
    harness_control(h, "{'do':'create','ticket':{'created_at':null}}");
    run(h, 3, NULL);
    GOT("/key/a-slug/start?create=1", "/key/a-slug/3?create=1");
    configure(h, "api_password = wrong\n", "/ping/" KEY);
    run(h, 4, NULL);
    GOT("/ping/" KEY "/start", "/ping/" KEY "/4");
    configure(h, "api_url = http://127.0.0.1:1\n", "/ping/" KEY);
    run(h, 5, NULL);
    GOT("/ping/" KEY "/start", "/ping/" KEY "/5");
    harness_environment(h, "FLUENT_DB_NAME=no_such_database");
    run(h, 6, NULL);
    GOT("/ping/" KEY "/start", "/ping/" KEY "/6");
}

/* Runs that say nothing about the whole mirror, and one that found another run active, send no
 * result. */
static void test_other_runs(void **state)
{
    struct harness *h = *state;
    prepare(h, say_ok);
    run(h, 0, "--dry-run");
    run(h, 0, "--ticket=11");
    run(h, 0, "status");
    configure(h, "", "/ping/" KEY "\n[push]\nactions = close");
    run(h, 0, "push");
    assert_int_equal(watcher.seen->requests, 0);
    struct process *active = sync_start_stalled(h, NULL);
    run(h, 7, NULL);
    GOT("/ping/" KEY "/start", "/ping/" KEY "/start");
    kill(active->pid, SIGTERM);
    sync_expect(harness_wait(h, active), 143);
    GOT("/ping/" KEY "/143");
}

/* What goes wrong */

static void test_refused(void **state)
{
    struct harness *h = *state;
    static const struct {
        raw_reply *reply;
        int requests;
        const char *says;
    } cases[] = {{say_error, 4, "could not be told of the start: it answers 503"},
                 {say_gone, 2, "could not be told of the success: it answers 404"},
                 {say_unknown, 2, "it does not know this check: look at [healthcheck] url"},
                 {say_elsewhere, 2, "it answers 302"}};
    prepare(h, say_ok);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        raw_stop(&watcher);
        raw_start(&watcher, cases[i].reply);
        configure(h, "", "/ping/" KEY);
        struct outcome outcome = run(h, 0, NULL);
        sync_says(outcome.out, " tickets read");
        sync_says(outcome.err, "warning: the health check at 127.0.0.1:");
        sync_says(outcome.err, cases[i].says);
        assert_int_equal(watcher.seen->requests, cases[i].requests);
        assert_string_equal(run(h, 0, "-q").err, "");
        run(h, 0, "-vv");
    }
}

static void test_once_more(void **state)
{
    struct harness *h = *state;
    prepare(h, reset_once);
    assert_string_equal(run(h, 0, NULL).err, "");
    GOT("/ping/" KEY "/start", "/ping/" KEY "/start", "/ping/" KEY, "/ping/" KEY);
}

static void test_nobody_there(void **state)
{
    struct harness *h = *state;
    prepare(h, say_ok);
    raw_stop(&watcher);
    watcher.pid = 0;
    sync_says(run(h, 0, "-vv").err, "could not be told of the success: ");
    configure(h, "api_password = wrong\n", "/ping/" KEY);
    run(h, 4, NULL);
}

static void test_silence(void **state)
{
    struct harness *h = *state;
    prepare(h, fall_silent);
    struct outcome outcome = run(h, 0, NULL);
    sync_says(outcome.err, "could not be told of the success: ");
    GOT("/ping/" KEY "/start", "/ping/" KEY, "/ping/" KEY);
}

/* A run that is interrupted while it reports its start still reports its end. */
static void test_interrupted_start(void **state)
{
    struct harness *h = *state;
    prepare(h, never_answer);
    struct process *process = harness_sync_start(h, NULL);
    while (watcher.seen->requests == 0)
        raw_sleep_ms(10);
    kill(process->pid, SIGINT);
    struct outcome outcome = harness_wait(h, process);
    sync_expect(outcome, 130);
    sync_says_not(outcome.err, "of the start");
    GOT("/ping/" KEY "/start", "/ping/" KEY "/130");
}

#define WATCHED_TEST(function) cmocka_unit_test_setup_teardown(function, harness_begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCHED_TEST(test_pings),
        WATCHED_TEST(test_other_runs),
        WATCHED_TEST(test_refused),
        WATCHED_TEST(test_once_more),
        WATCHED_TEST(test_nobody_there),
        WATCHED_TEST(test_silence),
        WATCHED_TEST(test_interrupted_start),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
