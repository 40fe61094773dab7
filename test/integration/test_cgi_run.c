/* test_cgi_run: runs that requests start: what is told of them, and that they outlive their
 * requests. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness_cgi.h"
#include "harness_mirror.h"

#define ASYNC "HTTP_PREFER=respond-async"

static void prepare(struct harness *h, const char *web)
{
    mirror_prepare(h, 12, NULL, NULL, harness_text(h, "%s%s\n", CGI_SECTION, web ? web : ""));
}

static struct cgi_answer post(struct harness *h, const char *body, const char *variable)
{
    return cgi_ask(h, "POST", "/sync", body, CGI_BEARER, CGI_JSON, variable, NULL);
}

/* The file that is the system's log from now on. */
static const char *system_log(struct harness *h)
{
    const char *log = harness_text(h, "%s/syslog", h->dir), *options = getenv("ASAN_OPTIONS");
    /* The programs get it from us: the library is loaded before that of the sanitizer. */
    setenv("ASAN_OPTIONS", harness_text(h, "%s:verify_asan_link_order=0", options ? options : ""),
           1);
    harness_environment(h, "LD_PRELOAD=" BINARY_DIR "/test/syslog.so");
    harness_environment(h, harness_text(h, "SYSLOG_FILE=%s", log));
    return log;
}

static void await_end(struct harness *h)
{
    sync_wait_until(h, "SELECT COUNT(*) = 0 FROM fluent_sync_status "
                       "WHERE last_sync_status = 'in_progress'");
    harness_await_no_sessions(h); /* the run's, which ends after its row says so */
}

/* The document, which says whether it was a success, and with which exit code. */
static cJSON *document(struct cgi_answer answer, int status, bool success, int exit_code)
{
    cgi_expect(answer, status);
    cJSON *json = sync_json(answer.body);
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(json, "success")), success);
    assert_true(sync_member(json, "exitCode") == exit_code);
    return json;
}

static void test_run(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    cJSON *json = document(post(h, "", NULL), 200, true, 0);
    assert_true(sync_member(json, "ticketsAdded") == 12);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "mode")), "full");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "dateFilter")),
                        sync_last(h, "date_filter"));
    cJSON_Delete(json);
    mirror_same(h);

    json = document(post(h, "{}", NULL), 200, true, 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "mode")), "incremental");
    cJSON_Delete(json);
    json = document(post(h, "{\"full\":true}", NULL), 200, true, 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "mode")), "full");
    cJSON_Delete(json);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 3);
}

/* A later day of a button's is an ordinary run, and no reason to walk next time. */
static void test_day(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    cJSON_Delete(document(post(h, "", NULL), 200, true, 0));
    char *before = harness_value(h, "SELECT scope FROM fluent_sync_state");
    cJSON *json = document(post(h, "{\"dateFilter\":\"2026-11-01\"}", NULL), 200, true, 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "mode")), "incremental");
    cJSON_Delete(json);
    assert_string_equal(harness_value(h, "SELECT scope FROM fluent_sync_state"), before);
    json = document(post(h, "", NULL), 200, true, 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "mode")), "incremental");
    cJSON_Delete(json);
    mirror_same(h);
}

static void test_dry_run(void **state)
{
    struct harness *h = *state;
    prepare(h, "wait = 0s");
    cJSON *json = document(post(h, "{\"dryRun\":true}", ASYNC), 200, true, 0);
    assert_true(sync_member(json, "ticketsAdded") == 12);
    cJSON_Delete(json);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 0);
}

static void refuse(struct harness *h, int status, const char *body, const char *a, const char *b)
{
    struct cgi_answer answer = cgi_ask(h, "POST", "/sync", body, CGI_BEARER, a, b, NULL);
    if (answer.status != status)
        fail_msg("status %d instead of %d: %s", answer.status, status, body);
    assert_string_equal(answer.err, "");
}

static void test_no_run(void **state)
{
    struct harness *h = *state;
    static const char *const bodies[] = {"x",
                                         "[]",
                                         "{}{}",
                                         "{\"datefilter\":\"2025-10-01\"}",
                                         "{\"dateFilter\":\"2025-13-01\"}",
                                         "{\"dateFilter\":\"--config=/etc/passwd\"}",
                                         "{\"full\":1}",
                                         "{\"full\":true,\"full\":true}"};
    prepare(h, NULL);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        refuse(h, 400, bodies[i], CGI_JSON, NULL);
    refuse(h, 400, "{}", CGI_JSON, "CONTENT_LENGTH=3");
    refuse(h, 400, "{}", CGI_JSON, "CONTENT_LENGTH=-1");
    refuse(h, 400, "{}", CGI_JSON, "QUERY_STRING=full=true");
    refuse(h, 415, "{}", "CONTENT_TYPE=text/plain", NULL);
    refuse(h, 415, "", "CONTENT_TYPE=", NULL);
    refuse(h, 415, "full=true", "CONTENT_TYPE=application/x-www-form-urlencoded",
           "HTTP_SEC_FETCH_SITE=same-origin");
    refuse(h, 403, "{}", CGI_JSON, "HTTP_SEC_FETCH_SITE=cross-site");
    refuse(h, 403, "{}", CGI_JSON, "HTTP_ORIGIN=https://evil.example");
    cgi_expect(cgi_ask(h, "POST", "/sync", "{}", CGI_JSON, NULL), 401);
    struct cgi_answer answer = cgi_ask(h, "GET", "/sync", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 405);
    assert_string_equal(cgi_field(h, &answer, "Allow"), "POST, OPTIONS");
    assert_int_equal(harness_count(h, "fluent_sync_status"), 0);
    assert_int_equal(sync_stat(h, "requests"), 0);
}

/* What is too long is read away up to 8 MB, so that the server takes the answer. */
static void test_long_bodies(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    static char body[100 * 1024];
    memset(body, ' ', sizeof body - 1);
    body[0] = '{';
    body[1] = '}';
    body[64 * 1024] = '\0';
    cgi_expect(post(h, body, NULL), 200);
    body[64 * 1024] = ' ';
    refuse(h, 413, body, CGI_JSON, NULL);
    refuse(h, 413, body, CGI_JSON, "CONTENT_LENGTH="); /* sent in chunks */
    struct process *process = harness_shell(
        h,
        "head -c 20000000 /dev/zero | { REQUEST_METHOD=POST PATH_INFO=/sync "
        "CONTENT_TYPE=application/json CONTENT_LENGTH=20000000 %s cgi; cat | wc -c; }",
        harness_program(h));
    struct outcome outcome = harness_wait(h, process);
    sync_says(outcome.out, "Status: 413 ");
    long left = atol(strrchr(outcome.out, '}') + 1);
    assert_true(left > 11000000 && left <= 20000000 - 8 * 1024 * 1024);
}

static void test_other_sites(void **state)
{
    struct harness *h = *state;
    prepare(h, "origins = https://other.example");
    static const char origin[] = "HTTP_ORIGIN=https://other.example";
    struct cgi_answer answer =
        cgi_ask(h, "OPTIONS", "/sync", NULL, origin, "HTTP_SEC_FETCH_SITE=cross-site",
                "HTTP_ACCESS_CONTROL_REQUEST_METHOD=POST", NULL);
    cgi_expect(answer, 204);
    assert_string_equal(cgi_field(h, &answer, "Access-Control-Allow-Origin"),
                        "https://other.example");
    assert_string_equal(cgi_field(h, &answer, "Access-Control-Allow-Methods"), "POST, OPTIONS");
    sync_says(cgi_field(h, &answer, "Access-Control-Allow-Headers"), "Authorization, Content-Type");
    answer = cgi_ask(h, "POST", "/sync", "{}", CGI_BEARER, CGI_JSON, origin,
                     "HTTP_SEC_FETCH_SITE=cross-site", NULL);
    cgi_expect(answer, 200);
    assert_string_equal(cgi_field(h, &answer, "Access-Control-Allow-Origin"),
                        "https://other.example");
    answer = cgi_ask(h, "OPTIONS", "/sync", NULL, "HTTP_ORIGIN=https://evil.example", NULL);
    cgi_expect(answer, 204);
    assert_null(cgi_field(h, &answer, "Access-Control-Allow-Origin"));
    /* Our own page needs no list, and no JSON where it sends nothing. */
    cgi_expect(cgi_ask(h, "POST", "/sync", "", CGI_BEARER, "HTTP_SEC_FETCH_SITE=same-origin", NULL),
               200);
    cgi_expect(
        cgi_ask(h, "POST", "/sync", "", CGI_BEARER, "HTTP_ORIGIN=https://dash.example", NULL), 200);
}

/* Ends that are no success */

static void test_busy(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    struct process *process = sync_start_stalled(h, NULL);
    cJSON *json = document(post(h, "{}", NULL), 409, false, 7);
    cJSON_Delete(json);
    json = document(post(h, "{}", ASYNC), 409, false, 7);
    cJSON_Delete(json);
    kill(process->pid, SIGTERM);
    sync_expect(harness_wait(h, process), 143);
}

static void test_unavailable(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_fault(h, "'kind':'status','match':'/tickets','status':503");
    struct cgi_answer answer = post(h, "{}", NULL);
    cJSON_Delete(document(answer, 503, false, 5));
    assert_non_null(cgi_field(h, &answer, "Retry-After"));
}

static void test_partial(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_control(h, "{'do':'update','id':3,'set':{'created_at':null}}");
    cJSON *json = document(post(h, "{}", NULL), 500, false, 3);
    assert_true(sync_member(json, "ticketsAdded") == 11);
    assert_true(sync_member(json, "ticketsRejected") == 1);
    cJSON_Delete(json);
}

/* Paths of this machine are for its log. */
static void test_our_own_faults(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    const char *log = system_log(h);
    harness_config(h, NULL, NULL, CGI_SECTION "[mysql]\nssl_ca = /nowhere/ca.pem\n");
    struct cgi_answer answer = post(h, "{}", NULL);
    cgi_expect(answer, 500);
    sync_says_not(answer.body, "/nowhere");
    sync_says(answer.err, "[mysql] ssl_ca cannot be read");

    harness_config(h, NULL, NULL, CGI_SECTION);
    harness_sql(h, "DROP TABLE fluent_rejects");
    answer = post(h, "{}", NULL);
    cJSON *json = document(answer, 500, false, 6);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "error")),
                        "the database cannot be used at the moment");
    assert_null(cJSON_GetObjectItem(json, "advice"));
    cJSON_Delete(json);
    sync_says_not(answer.body, h->dir);
    assert_string_equal(answer.err, "");
    sync_says(harness_read(h, log), "3 fluent-sync ");
    sync_says(harness_read(h, log), "fluent_rejects");
}

/* Runs that outlive their requests */

static void slow_site(struct harness *h)
{
    harness_fault(h, "'kind':'stall','match':'/tickets','times':1,'seconds':4");
}

static void expect_running(struct harness *h, struct cgi_answer answer)
{
    cgi_expect(answer, 202);
    cJSON *json = sync_json(answer.body);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "success")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "running")));
    assert_true((int64_t)sync_member(json, "id") ==
                harness_number(h, "SELECT MAX(id) FROM fluent_sync_status"));
    cJSON_Delete(json);
    assert_string_equal(cgi_field(h, &answer, "Location"), "/fluent/status");
}

static void test_longer_than_the_request(void **state)
{
    struct harness *h = *state;
    prepare(h, "wait = 1s");
    slow_site(h);
    struct cgi_answer answer = post(h, "{}", NULL);
    expect_running(h, answer);
    assert_null(cgi_field(h, &answer, "Preference-Applied"));
    assert_string_equal(sync_last(h, "last_sync_status"), "in_progress");
    await_end(h);
    assert_string_equal(sync_last(h, "last_sync_status"), "success");
    mirror_same(h);
}

static void test_async(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    slow_site(h);
    struct cgi_answer answer = post(h, "{}", ASYNC);
    expect_running(h, answer);
    assert_string_equal(cgi_field(h, &answer, "Preference-Applied"), "respond-async");
    await_end(h);
    mirror_same(h);
}

/* What servers do to a request that lasts too long, or whose client is gone. */
static void test_ended_requests(void **state)
{
    struct harness *h = *state;
    static const int signals[] = {SIGTERM, SIGKILL, SIGHUP, SIGINT};
    prepare(h, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        slow_site(h);
        struct process *process =
            cgi_start(h, "POST", "/sync", "{\"full\":true}", CGI_BEARER, CGI_JSON, NULL);
        sync_await_run(h);
        kill(process->pid, signals[i]);
        struct outcome outcome = harness_wait(h, process);
        if (signals[i] == SIGTERM)
            sync_says(outcome.out, "Status: 202 Accepted\r\n");
        assert_string_equal(sync_last(h, "last_sync_status"), "in_progress");
        await_end(h);
        assert_string_equal(sync_last(h, "last_sync_status"), "success");
    }
    mirror_same(h);
    /* A signal for the whole group, and a client that reads nothing. */
    slow_site(h);
    const char *group = harness_text(h, "%s/group", h->dir);
    struct process *shell = harness_shell(h,
                                          "set -m; { REQUEST_METHOD=POST PATH_INFO=/sync "
                                          "CONTENT_TYPE=application/json CONTENT_LENGTH=0 "
                                          "HTTP_AUTHORIZATION='Bearer %s' %s cgi; } | : & "
                                          "jobs -p >%s; wait; exit 0",
                                          CGI_TOKEN, harness_program(h), group);
    sync_await_run(h);
    int leader = atoi(harness_read(h, group));
    assert_true(leader > 1);
    assert_int_equal(kill(-leader, SIGKILL), 0);
    sync_expect(harness_wait(h, shell), 0);
    assert_string_equal(sync_last(h, "last_sync_status"), "in_progress");
    await_end(h);
    assert_string_equal(sync_last(h, "last_sync_status"), "success");
}

/* A dry run has no row, so that no id is promised when its document will reach nobody. */
static void test_ended_dry_run(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    cJSON_Delete(document(post(h, "", NULL), 200, true, 0));
    slow_site(h);
    struct process *process =
        cgi_start(h, "POST", "/sync", "{\"dryRun\":true}", CGI_BEARER, CGI_JSON, NULL);
    sync_wait_until(h, "SELECT COUNT(*) > 0 FROM information_schema.PROCESSLIST "
                       "WHERE DB = DATABASE() AND ID <> CONNECTION_ID()");
    kill(process->pid, SIGTERM);
    struct cgi_answer answer = cgi_wait(h, process);
    cgi_expect(answer, 500);
    sync_says_not(answer.body, "id");
    harness_await_no_sessions(h);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 1);
}

static void test_ten_at_once(void **state)
{
    struct harness *h = *state;
    enum { REQUESTS = 10 };
    struct process *processes[REQUESTS];
    int done = 0, busy = 0;
    prepare(h, NULL);
    slow_site(h);
    for (int i = 0; i < REQUESTS; i++)
        processes[i] = cgi_start(h, "POST", "/sync", "{}", CGI_BEARER, CGI_JSON, NULL);
    for (int i = 0; i < REQUESTS; i++) {
        struct cgi_answer answer = cgi_wait(h, processes[i]);
        done += answer.status == 200;
        busy += answer.status == 409;
    }
    assert_int_equal(done, 1);
    assert_int_equal(busy, REQUESTS - 1);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 1);
    mirror_same(h);
}

/* Nothing of the request reaches the run, and its messages the system's log alone. */
static void test_what_the_run_gets(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    const char *log = system_log(h);
    struct cgi_answer answer =
        cgi_ask(h, "POST", "/sync", "{}", CGI_BEARER, CGI_JSON, "HTTP_PROXY=http://127.0.0.1:1",
                "HTTP_FLUENT_API_URL=https://evil.example", "PATH=/nowhere", NULL);
    cgi_expect(answer, 200);
    assert_string_equal(answer.err, "");
    sync_says(harness_read(h, log), "6 fluent-sync the run ended with exit code 0 after ");

    /* It is alone in its session, and no file that we were given is open in it. */
    slow_site(h);
    sync_expect(harness_wait(h, harness_shell(h,
                                              "REQUEST_METHOD=POST PATH_INFO=/sync HTTP_X=y "
                                              "CONTENT_TYPE=application/json CONTENT_LENGTH=0 "
                                              "HTTP_PREFER=respond-async "
                                              "HTTP_AUTHORIZATION='Bearer %s' "
                                              "%s cgi 7>%s/inherited",
                                              CGI_TOKEN, harness_program(h), h->dir)),
                0);
    const char *pid = sync_last(h, "pid");
    struct outcome outcome = harness_wait(
        h, harness_shell(h,
                         "ps -o sid= -p %s; ls -l /proc/%s/fd | grep -v 'socket\\|anon_inode'; "
                         "tr '\\0' '\\n' </proc/%s/environ | grep -c '^HTTP_\\|^REQUEST\\|^PATH='",
                         pid, pid, pid));
    assert_int_equal(atoi(outcome.out), atoi(pid));
    sync_says(outcome.out, "0 -> /dev/null\n");
    sync_says(outcome.out, "2 -> /dev/null\n");
    sync_says_not(outcome.out, h->dir);
    sync_says(outcome.out, "\n0\n");
    await_end(h);
}

static char *environment_of(struct harness *h, const char *pid)
{
    struct outcome outcome =
        harness_wait(h, harness_shell(h, "tr '\\0' '\\n' </proc/%s/environ", pid));
    sync_expect(outcome, 0);
    sync_says(outcome.out, "HOME=");
    return outcome.out;
}

/* A password in the environment is handed on, and nowhere left standing. */
static void test_secrets(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_config(h, "api_password_file =", NULL, CGI_SECTION);
    harness_environment(h, "FLUENT_API_PASSWORD=abcd efgh ijkl mnop qrst uvwx");
    slow_site(h);
    struct process *process = cgi_start(h, "POST", "/sync", "{}", CGI_BEARER, CGI_JSON,
                                        "HTTP_COOKIE=session=" CGI_TOKEN, NULL);
    sync_await_run(h);
    char *ours = environment_of(h, harness_text(h, "%d", (int)process->pid));
    char *its = environment_of(h, sync_last(h, "pid"));
    sync_says(ours, "HTTP_AUTHORIZATION=\n");
    sync_says_not(ours, CGI_TOKEN);
    sync_says_not(its, CGI_TOKEN);
    cgi_expect(cgi_wait(h, process), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_run),
        SYNC_TEST(test_day),
        SYNC_TEST(test_dry_run),
        SYNC_TEST(test_no_run),
        SYNC_TEST(test_long_bodies),
        SYNC_TEST(test_other_sites),
        SYNC_TEST(test_busy),
        SYNC_TEST(test_unavailable),
        SYNC_TEST(test_partial),
        SYNC_TEST(test_our_own_faults),
        SYNC_TEST(test_longer_than_the_request),
        SYNC_TEST(test_async),
        SYNC_TEST(test_ended_requests),
        SYNC_TEST(test_ended_dry_run),
        SYNC_TEST(test_ten_at_once),
        SYNC_TEST(test_what_the_run_gets),
        SYNC_TEST(test_secrets),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
