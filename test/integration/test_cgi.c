/* test_cgi: the requests of a web server that starts the program by CGI, and their answers. */
#include <string.h>

#include "harness_cgi.h"
#include "harness_mirror.h"

/* The answer tells what is wrong, and the server's log nothing: it is the caller's fault. */
static void expect_refusal(struct cgi_answer answer, int status, const char *words)
{
    cgi_expect(answer, status);
    cJSON *json = sync_json(answer.body);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "success")));
    sync_says(cJSON_GetStringValue(cJSON_GetObjectItem(json, "error")), words);
    cJSON_Delete(json);
    assert_string_equal(answer.err, "");
}

static void prepare(struct harness *h)
{
    mirror_prepare(h, 12, NULL, NULL, CGI_SECTION);
    mirror_run(h, 0, NULL, NULL);
}

/* What `fluent-sync` prints, and what the request is answered with. */
static void test_status(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome said = harness_sync(h, "status", "--json", NULL);
    struct cgi_answer answer = cgi_ask(h, "GET", "/status", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 200);
    assert_string_equal(answer.body, said.out);
    assert_string_equal(answer.err, "");

    said = harness_sync(h, "status", "--json", "--limit", "3", NULL);
    answer = cgi_ask(h, "GET", "/status?limit=3", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 200);
    assert_string_equal(answer.body, said.out);
    sync_says(answer.body, "\"history\"");
}

static void same_as(struct harness *h, struct cgi_answer answer, const char *a, const char *b,
                    const char *c)
{
    struct outcome said = harness_sync(h, "tickets", "--json", a, b, c, NULL);
    cgi_expect(answer, 200);
    sync_expect(said, 0);
    assert_string_equal(answer.body, said.out);
}

static void test_tickets(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sql(h, "INSERT INTO requests (date, source) VALUES ('2030-01-02', 'phone')");
    struct cgi_answer answer = cgi_ask(h, "GET", "/tickets", NULL, CGI_BEARER, NULL);
    same_as(h, answer, NULL, NULL, NULL);
    assert_string_equal(cgi_field(h, &answer, "X-Total-Count"), "12");
    assert_null(cgi_field(h, &answer, "Link"));

    answer = cgi_ask(h, "GET", "/tickets?limit=5&offset=5", NULL, CGI_BEARER, NULL);
    same_as(h, answer, "--limit=5", "--offset=5", NULL);
    assert_string_equal(cgi_field(h, &answer, "Link"), "<?offset=10&limit=5>; rel=\"next\"");
    answer = cgi_ask(h, "GET", "/tickets?limit=6&offset=6", NULL, CGI_BEARER, NULL);
    assert_null(cgi_field(h, &answer, "Link"));
    answer = cgi_ask(h, "GET", "/tickets?offset=9007199254740992", NULL, CGI_BEARER, NULL);
    assert_string_equal(answer.body, "[]\n");

    answer = cgi_ask(h, "GET", "/tickets?all_sources=true&limit=1", NULL, CGI_BEARER, NULL);
    same_as(h, answer, "--all-sources", "--limit=1", NULL);
    sync_says(answer.body, "\"source\":\"phone\"");
    assert_string_equal(cgi_field(h, &answer, "X-Total-Count"), "13");

    harness_sql(h, "UPDATE fluent_tickets SET ticket_status = 'on hold', mailbox_id = 7 "
                   "WHERE fluent_id IN ('3', '4')");
    answer = cgi_ask(h, "GET", "/tickets?status=on%20hold&limit=1", NULL, CGI_BEARER, NULL);
    same_as(h, answer, "--status=on hold", "--limit=1", NULL);
    assert_string_equal(cgi_field(h, &answer, "X-Total-Count"), "2");
    assert_string_equal(cgi_field(h, &answer, "Link"),
                        "<?offset=1&status=on%20hold&limit=1>; rel=\"next\"");
    answer = cgi_ask(h, "GET", "/tickets?mailbox=7", NULL, CGI_BEARER, NULL);
    same_as(h, answer, "--mailbox=7", NULL, NULL);

    static const char *const wrong[] = {"limit=0",   "limit=1001", "offset=-1",        "offset=1e3",
                                        "mailbox=x", "source=sms", "all_sources=maybe"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refusal(
            cgi_ask(h, "GET", harness_text(h, "/tickets?%s", wrong[i]), NULL, CGI_BEARER, NULL),
            400, "");
}

static void test_ticket(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_edit(h, 5, "urgency = 'LOW'");
    struct outcome said = harness_sync(h, "show", "5", "--json", NULL);
    struct cgi_answer answer = cgi_ask(h, "GET", "/tickets/5", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 200);
    assert_string_equal(answer.body, said.out);
    static const char *const none[] = {"/tickets/4711", "/tickets/x",  "/tickets/5'--",
                                       "/tickets/",     "/tickets/5/", "/tickets/5/6"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect_refusal(cgi_ask(h, "GET", none[i], NULL, CGI_BEARER, NULL), 404, "there is no such");
}

static void test_page(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct cgi_answer answer = cgi_ask(h, "GET", "/", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 200);
    sync_says(answer.body, "<!DOCTYPE html>");
    sync_says(answer.body, "</html>");
    sync_says(cgi_field(h, &answer, "Content-Security-Policy"), "script-src 'sha256-");
    sync_says(cgi_field(h, &answer, "Content-Security-Policy"), "frame-ancestors 'none'");

    answer = cgi_ask(h, "GET", "?a=b", NULL, NULL);
    cgi_expect(answer, 308);
    assert_string_equal(cgi_field(h, &answer, "Location"), "/fluent/?a=b");
    answer = cgi_ask(h, "GET", "", NULL, "SCRIPT_NAME=//evil.example", NULL);
    cgi_expect(answer, 308);
    assert_string_equal(cgi_field(h, &answer, "Location"), "/evil.example/");
}

/* The button of the page needs a server, and the rights to start a run and to follow it. */
static void test_sync_now(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct cgi_answer answer = cgi_ask(h, "GET", "/", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 200);
    sync_says(answer.body, "<form class=\"sync\" id=\"sync\" hidden>");
    sync_says(answer.body, ">1 Jan 2000 when left empty<");
    sync_says(answer.body, "connect-src 'self'");
    sync_says(cgi_field(h, &answer, "Content-Security-Policy"), "connect-src 'self'");
    struct outcome file = harness_sync(h, "report", NULL);
    sync_says(file.out, "connect-src 'none'");
    sync_says_not(file.out, "id=\"sync\"");
    sync_says_not(file.out, "fetch(");

    harness_sql(h, "UPDATE fluent_sync_state SET lease_owner = 'web1', "
                   "lease_heartbeat = UTC_TIMESTAMP(6)");
    harness_sql(h, "INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status) "
                   "VALUES ('', UTC_TIMESTAMP(), 'in_progress')");
    answer = cgi_ask(h, "GET", "/", NULL, CGI_BEARER, NULL);
    sync_says(answer.body, "A run is at work");
    sync_says_not(answer.body, "id=\"sync\"");
    harness_sql(h, "DELETE FROM fluent_sync_status WHERE last_sync_status = 'in_progress'");

    static const char *const less[] = {"page, status", "page, sync"};
    for (size_t i = 0; i < sizeof less / sizeof *less; i++) {
        harness_config(h, NULL, NULL, harness_text(h, "%sallow = %s\n", CGI_SECTION, less[i]));
        answer = cgi_ask(h, "GET", "/", NULL, CGI_BEARER, NULL);
        sync_says_not(answer.body, "id=\"sync\"");
    }
}

static void test_head_and_options(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct cgi_answer answer = cgi_ask(h, "HEAD", "/status", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 200);
    assert_string_equal(answer.body, "");
    answer = cgi_ask(h, "HEAD", "/nothing", NULL, NULL);
    cgi_expect(answer, 404);
    assert_string_equal(answer.body, "");
    answer = cgi_ask(h, "OPTIONS", "/status", NULL, NULL);
    cgi_expect(answer, 204);
    assert_string_equal(answer.body, "");
    assert_string_equal(cgi_field(h, &answer, "Allow"), "GET, HEAD, OPTIONS");
}

static void test_paths_and_methods(void **state)
{
    struct harness *h = *state;
    prepare(h);
    expect_refusal(cgi_ask(h, "GET", "/nothing", NULL, CGI_BEARER, NULL), 404, "no such path");
    expect_refusal(cgi_ask(h, "GET", "/status/", NULL, CGI_BEARER, NULL), 404, "no such path");
    expect_refusal(cgi_ask(h, "GET", "/status\nx", NULL, CGI_BEARER, NULL), 400, "the path");
    expect_refusal(cgi_ask(h, "GET", "/status", NULL, "SCRIPT_NAME=/fl\nuent", NULL), 400,
                   "the path");
    struct cgi_answer answer = cgi_ask(h, "POST", "/status", "{}", CGI_BEARER, CGI_JSON, NULL);
    expect_refusal(answer, 405, "method");
    assert_string_equal(cgi_field(h, &answer, "Allow"), "GET, HEAD, OPTIONS");
    expect_refusal(cgi_ask(h, "DELETE", "/status", NULL, CGI_BEARER, NULL), 405, "method");
    expect_refusal(cgi_ask(h, "get", "/status", NULL, CGI_BEARER, NULL), 405, "method");
}

static void test_who_may(void **state)
{
    struct harness *h = *state;
    static const char *const wrong[] = {
        "HTTP_AUTHORIZATION=Bearer 0123456789abcdef0123456789abcdeF",
        "HTTP_AUTHORIZATION=Bearer 0123456789abcdef0123456789abcde",
        "HTTP_AUTHORIZATION=Bearer " CGI_TOKEN "x",
        "HTTP_AUTHORIZATION=Bearer",
        "HTTP_AUTHORIZATION=Bearer" CGI_TOKEN,
        "HTTP_AUTHORIZATION=Basic ZXZpbDp4",
        "HTTP_AUTHORIZATION=" CGI_TOKEN,
        "HTTP_AUTHORIZATION=",
        "REMOTE_USER=evil",
        "AUTH_TYPE=Basic",
    };
    prepare(h);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cgi_answer answer = cgi_ask(h, "GET", "/status", NULL, wrong[i], NULL);
        expect_refusal(answer, 401, "token");
        sync_says(cgi_field(h, &answer, "WWW-Authenticate"), "Bearer");
    }
    /* A login of the server's counts only where it is trusted, and both variables say so. */
    expect_refusal(cgi_ask(h, "GET", "/status", NULL, "REMOTE_USER=anna", "AUTH_TYPE=Basic", NULL),
                   401, "");
    harness_config(h, NULL, NULL, "[web]\ntrust_remote_user = yes\nallow = page\n");
    cgi_expect(cgi_ask(h, "GET", "/", NULL, "REMOTE_USER=anna", "AUTH_TYPE=Basic", NULL), 200);
    cgi_expect(cgi_ask(h, "GET", "/", NULL, "REMOTE_USER=anna", NULL), 401);
    cgi_expect(cgi_ask(h, "GET", "/", NULL, "REMOTE_USER=", "AUTH_TYPE=Basic", NULL), 401);
    cgi_expect(cgi_ask(h, "GET", "/", NULL, "REMOTE_USER=anna", "AUTH_TYPE=", NULL), 401);
    cgi_expect(cgi_ask(h, "GET", "/", NULL, CGI_BEARER, NULL), 401);
    expect_refusal(cgi_ask(h, "GET", "/status", NULL, "REMOTE_USER=anna", "AUTH_TYPE=Basic", NULL),
                   403, "not allowed");
}

static void test_queries(void **state)
{
    struct harness *h = *state;
    static const char *const wrong[] = {"limit=x",       "limit=-1",
                                        "limit=1001",    "limit=1&limit=1",
                                        "limt=1",        "limit=%31",
                                        "limit=1%0a",    "limit=%",
                                        "limit=%0",      "a%00b=1",
                                        "limit=\xff",    "limit=1\t",
                                        "-c/etc/passwd", "limit=99999999999999999999"};
    prepare(h);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cgi_answer answer =
            cgi_ask(h, "GET", harness_text(h, "/status?%s", wrong[i]), NULL, CGI_BEARER, NULL);
        bool fine = strcmp(wrong[i], "limit=%31") == 0 || wrong[i][0] == '-';
        if (fine)
            cgi_expect(answer, 200);
        else
            expect_refusal(answer, 400, "");
    }
    cgi_expect(cgi_ask(h, "GET", "/status?limit=", NULL, CGI_BEARER, NULL), 200);
}

/* A client that announces a body and sends none: it has half a minute. */
static void test_silent_client(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct process *process = harness_shell(
        h,
        "mkfifo %s/silent && exec 9<>%s/silent && REQUEST_METHOD=POST PATH_INFO=/status "
        "CONTENT_LENGTH=5 %s cgi <%s/silent",
        h->dir, h->dir, harness_program(h), h->dir);
    expect_refusal(cgi_wait(h, process), 408, "in time");
}

/* What goes wrong here is told to the log alone. */
static void test_our_own_faults(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_sql(h, "DROP TABLE fluent_tickets");
    struct cgi_answer answer = cgi_ask(h, "GET", "/status", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 503);
    assert_non_null(cgi_field(h, &answer, "Retry-After"));
    sync_says(answer.body, "\"error\":\"the database cannot be used at the moment\"");
    sync_says(answer.err, "fluent_tickets");

    harness_config(h, NULL, NULL, "[web]\ntoken = short\n");
    answer = cgi_ask(h, "GET", "/status", NULL, CGI_BEARER, NULL);
    cgi_expect(answer, 500);
    sync_says_not(answer.body, h->dir);
    sync_says(answer.err, "32 characters");
    sync_says_not(answer.err, "short");

    struct outcome outcome = harness_sync(h, "cgi", NULL);
    assert_int_not_equal(outcome.code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_status),
        SYNC_TEST(test_tickets),
        SYNC_TEST(test_ticket),
        SYNC_TEST(test_page),
        SYNC_TEST(test_sync_now),
        SYNC_TEST(test_head_and_options),
        SYNC_TEST(test_paths_and_methods),
        SYNC_TEST(test_who_may),
        SYNC_TEST(test_queries),
        SYNC_TEST(test_silent_client),
        SYNC_TEST(test_our_own_faults),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
