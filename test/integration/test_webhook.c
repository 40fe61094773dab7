/* test_webhook: POST /webhook: who may call, and that each call ends in the tables. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/signing.h"
#include "harness_cgi.h"
#include "harness_fault.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OLD_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
#define SECTION "[web]\nwebhook_secret = " SECRET "\n"

enum { CALLS = 40, AT_ONCE = 4 };

static const char *stamp(struct harness *h, int skew)
{
    return harness_text(h, "HTTP_WEBHOOK_TIMESTAMP=%lld", (long long)time(NULL) + skew);
}

static const char *sign(struct harness *h, const char *secret, const char *timestamp,
                        const char *body)
{
    struct signing_keys keys;
    char signature[SIGNATURE_SIZE];
    struct signed_message message = {"m1", strchr(timestamp, '=') + 1, body, strlen(body)};
    assert_int_equal(signing_keys_read(&keys, secret), 0);
    signing_sign(&keys.keys[0], &message, signature);
    return harness_text(h, "HTTP_WEBHOOK_SIGNATURE=v1,%s", signature);
}

static struct process *start(struct harness *h, const char *secret, int skew, const char *body)
{
    const char *timestamp = stamp(h, skew);
    return cgi_start(h, "POST", "/webhook", body, CGI_JSON, "HTTP_WEBHOOK_ID=m1", timestamp,
                     sign(h, secret, timestamp, body), NULL);
}

static struct cgi_answer call(struct harness *h, const char *secret, int skew, const char *body)
{
    return cgi_wait(h, start(h, secret, skew, body));
}

static void prepare(struct harness *h, const char *sections)
{
    sync_prepare(h, 49, NULL, NULL, sections);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'update','id':3,'set':{'title':'Called for'},'quiet':true}");
}

static void await_runs(struct harness *h, int count)
{
    sync_wait_until(h, harness_text(h,
                                    "SELECT COUNT(*) = %d AND COUNT(exit_code) = COUNT(*) FROM "
                                    "fluent_sync_status",
                                    count));
    harness_await_no_sessions(h);
}

static void test_call(void **state)
{
    struct harness *h = *state;
    prepare(h, SECTION);
    struct cgi_answer answer = call(h, SECRET, 0, "{\"ticket_ids\":[3,\"5\"]}");
    cgi_expect(answer, 202);
    assert_string_equal(answer.body, "{\"success\":true,\"tickets\":2}\n");
    await_runs(h, 2);
    assert_string_equal(sync_cell(h, 3, "title"), "Called for");
    assert_int_equal(harness_count(h, "fluent_inbox"), 0);
}

static void refuse(struct harness *h, struct cgi_answer answer, int status)
{
    cgi_expect(answer, status);
    assert_int_equal(harness_count(h, "fluent_inbox"), 0);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 1);
}

static void test_who_may(void **state)
{
    struct harness *h = *state;
    static const char body[] = "{\"ticket_ids\":[3]}";
    prepare(h, SECTION "token = " CGI_TOKEN "\n");
    refuse(h, call(h, OLD_SECRET, 0, body), 401);
    struct cgi_answer answer = call(h, SECRET, -400, body);
    refuse(h, answer, 401);
    sync_says(answer.body, "behind this machine's clock");
    sync_says_not(call(h, OLD_SECRET, -400, body).body, "clock");
    /* The token is for the other requests, and the signature for this one. */
    refuse(h, cgi_ask(h, "POST", "/webhook", body, CGI_BEARER, CGI_JSON, NULL), 401);
    const char *timestamp = stamp(h, 0), *signature = sign(h, SECRET, timestamp, body);
    refuse(h,
           cgi_ask(h, "POST", "/sync", body, CGI_JSON, "HTTP_WEBHOOK_ID=m1", timestamp, signature,
                   NULL),
           401);
    refuse(h,
           cgi_ask(h, "POST", "/webhook", "{\"ticket_ids\":[4]}", CGI_JSON, "HTTP_WEBHOOK_ID=m1",
                   timestamp, signature, NULL),
           401);
    harness_config(h, NULL, NULL,
                   "[web]\nwebhook_secret = " SECRET " " OLD_SECRET "\nallow = status\n");
    refuse(h, call(h, SECRET, 0, body), 403);
    harness_config(h, NULL, NULL, "[web]\nwebhook_secret = " SECRET " " OLD_SECRET "\n");
    cgi_expect(call(h, OLD_SECRET, 0, body), 202);
    await_runs(h, 2);
    harness_config(h, NULL, NULL, CGI_SECTION);
    cgi_expect(call(h, SECRET, 0, body), 401);
}

static void test_wrong_bodies(void **state)
{
    struct harness *h = *state;
    static const char *const bodies[] = {
        "",
        "{}",
        "[3]",
        "{\"ticket_ids\":[]}",
        "{\"ticket_ids\":null}",
        "{\"ticket_ids\":3}",
        "{\"ticket_ids\":[0]}",
        "{\"ticket_ids\":[-3]}",
        "{\"ticket_ids\":[3.0]}",
        "{\"ticket_ids\":[9007199254740992]}",
        "{\"ticket_ids\":[3],\"more\":1}",
        "{\"TICKET_IDS\":[3]}",
    };
    prepare(h, SECTION);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        refuse(h, call(h, SECRET, 0, bodies[i]), 400);
    const char *timestamp = stamp(h, 0);
    refuse(h,
           cgi_ask(h, "POST", "/webhook", "{\"ticket_ids\":[3]}", "CONTENT_TYPE=text/plain",
                   "HTTP_WEBHOOK_ID=m1", timestamp,
                   sign(h, SECRET, timestamp, "{\"ticket_ids\":[3]}"), NULL),
           415);
    struct cgi_answer answer = cgi_ask(h, "GET", "/webhook", NULL, NULL);
    refuse(h, answer, 405);
    assert_string_equal(cgi_field(h, &answer, "Allow"), "POST, OPTIONS");
}

/* Without the database nothing can be put on record, and the sender has to keep it. */
static void test_no_database(void **state)
{
    struct harness *h = *state;
    prepare(h, SECTION);
    harness_environment(h, "FLUENT_DB_NAME=none");
    struct cgi_answer answer = call(h, SECRET, 0, "{\"ticket_ids\":[3]}");
    refuse(h, answer, 503);
    assert_string_equal(cgi_field(h, &answer, "Retry-After"), "60");
}

/* The site is down: the call waits for the next run. */
static void test_no_site(void **state)
{
    struct harness *h = *state;
    prepare(h, SECTION);
    harness_config(h, "retries = 0\n", NULL, SECTION);
    harness_fault(h, "'kind':'replay','match':'/tickets','name':'err_maintenance'");
    cgi_expect(call(h, SECRET, 0, "{\"ticket_ids\":[3]}"), 202);
    await_runs(h, 2);
    assert_string_equal(sync_last(h, "exit_code"), "5");
    assert_int_equal(harness_count(h, "fluent_inbox WHERE run_id IS NULL"), 1);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 3, "title"), "Called for");
    assert_int_equal(harness_count(h, "fluent_inbox"), 0);
}

/* However many call while a run goes on: it deals with all of them, and no other one begins. */
static void test_burst(void **state)
{
    struct harness *h = *state;
    prepare(h, SECTION);
    struct process *calls[AT_ONCE];
    int64_t before = sync_stat(h, "requests");
    harness_fault(h, "'kind':'stall','match':'order_by=updated_at','times':1,'seconds':15");
    struct process *run = harness_sync_start(h, NULL);
    sync_await_run(h);
    for (int i = 0; i < CALLS; i += AT_ONCE) {
        for (int c = 0; c < AT_ONCE; c++) {
            harness_control(h, "{'do':'update','id':%d,'set':{'title':'Burst'}}", i + c + 1);
            calls[c] = start(h, SECRET, 0, harness_text(h, "{\"ticket_ids\":[%d]}", i + c + 1));
        }
        for (int c = 0; c < AT_ONCE; c++)
            cgi_expect(cgi_wait(h, calls[c]), 202);
    }
    assert_int_equal(harness_count(h, "fluent_inbox"), CALLS);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 2);
    sync_expect(harness_wait(h, run), 0);
    await_runs(h, 2);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE title <> 'Burst' AND "
                                      "fluent_id + 0 <= 40"),
                     0);
    assert_int_equal(harness_count(h, "fluent_inbox"), 0);
    assert_true(sync_stat(h, "requests") - before <= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_call),        SYNC_TEST(test_who_may), SYNC_TEST(test_wrong_bodies),
        SYNC_TEST(test_no_database), SYNC_TEST(test_no_site), SYNC_TEST(test_burst),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
