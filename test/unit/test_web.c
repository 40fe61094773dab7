/* test_web: requests taken apart, who may ask them, their bodies, and the heads of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/access.h"
#include "web/answer.h"
#include "web/body.h"
#include "web/route.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* The request of these variables; the status of its refusal, or 0. */
static int read_request(struct web_request *request, const char *const *environment)
{
    struct error error = ERROR_INIT;
    int done = web_request_read(request, environment, &arena, &error);
    assert_int_equal(done < 0, error.code != ERR_NONE);
    return error.cause;
}
#define READ(request, ...)                                                                         \
    read_request((request), (const char *const[]){"REQUEST_METHOD=GET", __VA_ARGS__, NULL})

/* Requests */

static void test_request(void **state)
{
    struct web_request r;
    (void)state;
    assert_int_equal(READ(&r, "SCRIPT_NAME=/fluent", "PATH_INFO=/tickets/5", "HTTP_HOST=a.example",
                          "QUERY_STRING=a=1&b=%C3%A9+%26&c=&=d&&e=f=g", "CONTENT_TYPE=x/y",
                          "HTTP_ORIGIN=https://b.example", "HTTP_SEC_FETCH_SITE=none"),
                     0);
    assert_int_equal(r.method, WEB_GET);
    assert_string_equal(r.script, "/fluent");
    assert_string_equal(r.path, "/tickets/5");
    assert_string_equal(web_parameter(&r, "a"), "1");
    assert_string_equal(web_parameter(&r, "b"), "\xC3\xA9 &");
    assert_string_equal(web_parameter(&r, "e"), "f=g");
    assert_null(web_parameter(&r, "c"));
    assert_int_equal(r.parameter_count, 3);
    assert_string_equal(r.host, "a.example");
    assert_string_equal(r.content_type, "x/y");
    assert_string_equal(r.origin, "https://b.example");
    assert_string_equal(r.fetch_site, "none");
    assert_null(r.authorization);
    assert_null(r.remote_user);

    assert_int_equal(READ(&r, "PATH_INFO="), 0);
    assert_string_equal(r.script, "");
    assert_string_equal(r.path, "");
    assert_string_equal(r.query, "");
}

static void test_methods(void **state)
{
    static const struct {
        const char *variable;
        enum web_method method;
    } cases[] = {{"REQUEST_METHOD=GET", WEB_GET},      {"REQUEST_METHOD=HEAD", WEB_HEAD},
                 {"REQUEST_METHOD=POST", WEB_POST},    {"REQUEST_METHOD=OPTIONS", WEB_OPTIONS},
                 {"REQUEST_METHOD=get", WEB_OTHER},    {"REQUEST_METHOD=GETS", WEB_OTHER},
                 {"REQUEST_METHOD=DELETE", WEB_OTHER}, {"REQUEST_METHOD=", WEB_OTHER}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct web_request r;
        assert_int_equal(read_request(&r, (const char *const[]){cases[i].variable, NULL}), 0);
        assert_int_equal(r.method, cases[i].method);
    }
}

static void test_malformed(void **state)
{
    static const char *const wrong[] = {
        "PATH_INFO=/a\nb",
        "PATH_INFO=/a\x7f",
        "PATH_INFO=/a\xff",
        "SCRIPT_NAME=/\n",
        "SCRIPT_NAME=\xc0\xaf",
        "QUERY_STRING=a=\n",
        "QUERY_STRING=a=%",
        "QUERY_STRING=a=%1",
        "QUERY_STRING=a=%1g",
        "QUERY_STRING=a=%00",
        "QUERY_STRING=%0a=1",
        "QUERY_STRING=a=%ff",
        "QUERY_STRING=a=%7f",
        "QUERY_STRING=a=1&a=2",
        "QUERY_STRING=a=1&%61=2",
        "QUERY_STRING=a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1"};
    char longest[WEB_QUERY_MAX + 32] = "QUERY_STRING=";
    struct web_request r;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (READ(&r, wrong[i]) != WEB_BAD_REQUEST)
            fail_msg("taken: %s", wrong[i]);
    size_t n = strlen(longest);
    memset(longest + n, 'a', WEB_QUERY_MAX);
    assert_int_equal(READ(&r, longest), 0);
    longest[n + WEB_QUERY_MAX] = 'a';
    assert_int_equal(READ(&r, longest), WEB_BAD_REQUEST);
    memcpy(longest, "PATH_INFO=///", n);
    assert_int_equal(READ(&r, longest), WEB_BAD_REQUEST);
}

static int number_of(const char *query, int64_t *number)
{
    struct web_request r;
    struct error error = ERROR_INIT;
    assert_int_equal(READ(&r, query), 0);
    return web_parameter_number(&r, "n", 1, 1000, number, &error) < 0 ? error.cause : 0;
}

static int flag_of(const char *query, bool *flag)
{
    struct web_request r;
    struct error error = ERROR_INIT;
    assert_int_equal(READ(&r, query), 0);
    return web_parameter_flag(&r, "f", flag, &error) < 0 ? error.cause : 0;
}

static void test_parameters(void **state)
{
    static const char *const wrong[] = {"n=0",
                                        "n=1001",
                                        "n=-1",
                                        "n=+1",
                                        "n=%2b1",
                                        "n=1.0",
                                        "n=1e2",
                                        "n=0x1",
                                        "n=a",
                                        "n=%201",
                                        "n=99999999999999999999"};
    int64_t number = 7;
    bool flag = true;
    struct web_request r;
    struct error error = ERROR_INIT;
    (void)state;
    assert_int_equal(number_of("QUERY_STRING=", &number), 0);
    assert_int_equal(number, 7);
    assert_int_equal(number_of("QUERY_STRING=n=1000", &number), 0);
    assert_int_equal(number, 1000);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char query[64] = "QUERY_STRING=";
        strcat(query, wrong[i]);
        if (number_of(query, &number) != WEB_BAD_REQUEST)
            fail_msg("taken: %s", query);
    }
    assert_int_equal(flag_of("QUERY_STRING=f=No", &flag), 0);
    assert_false(flag);
    assert_int_equal(flag_of("QUERY_STRING=f=1", &flag), 0);
    assert_true(flag);
    assert_int_equal(flag_of("QUERY_STRING=f=maybe", &flag), WEB_BAD_REQUEST);

    assert_int_equal(READ(&r, "QUERY_STRING=limit=1&offset=2"), 0);
    assert_int_equal(web_parameters_known(&r, "offset|limit|status", &error), 0);
    assert_int_equal(web_parameters_known(&r, "limit", &error), -1);
    assert_int_equal(web_parameters_known(&r, "limit|off", &error), -1);
    assert_int_equal(web_parameters_known(&r, "limit|offsets", &error), -1);
}

static void test_preferences(void **state)
{
    static const struct {
        const char *variable;
        bool async;
    } cases[] = {{"HTTP_PREFER=respond-async", true},
                 {"HTTP_PREFER=Respond-Async", true},
                 {"HTTP_PREFER=wait=10, respond-async", true},
                 {"HTTP_PREFER=respond-async; a=b", true},
                 {"HTTP_PREFER=respond-async, wait=10", true},
                 {"HTTP_PREFER=respond-asynchronous", false},
                 {"HTTP_PREFER=a=respond-async", false},
                 {"HTTP_PREFER=,;,", false},
                 {"HTTP_PREFER=", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct web_request r;
        assert_int_equal(READ(&r, cases[i].variable), 0);
        assert_int_equal(r.respond_async, cases[i].async);
    }
}

/* Routes */

static int route_of(const char *method, const char *path, enum web_route_index *index,
                    unsigned *methods)
{
    struct web_request r;
    struct error error = ERROR_INIT;
    const struct web_route *route;
    assert_int_equal(read_request(&r, (const char *const[]){method, path, NULL}), 0);
    if (web_route_find(&r, &route, methods, &error) < 0)
        return error.cause;
    *index = route->index;
    return 0;
}

static void test_routes(void **state)
{
    enum web_route_index index = WEB_ROUTE_COUNT;
    unsigned methods;
    (void)state;
    assert_int_equal(route_of("REQUEST_METHOD=GET", "PATH_INFO=/", &index, &methods), 0);
    assert_int_equal(index, WEB_ROUTE_page);
    assert_int_equal(methods, WEB_GET | WEB_HEAD | WEB_OPTIONS);
    assert_int_equal(route_of("REQUEST_METHOD=HEAD", "PATH_INFO=/status", &index, &methods), 0);
    assert_int_equal(index, WEB_ROUTE_status);
    assert_int_equal(route_of("REQUEST_METHOD=GET", "PATH_INFO=/tickets", &index, &methods), 0);
    assert_int_equal(index, WEB_ROUTE_tickets);
    assert_int_equal(route_of("REQUEST_METHOD=GET", "PATH_INFO=/tickets/5", &index, &methods), 0);
    assert_int_equal(index, WEB_ROUTE_ticket);
    assert_int_equal(route_of("REQUEST_METHOD=POST", "PATH_INFO=/status", &index, &methods), 405);
    assert_int_equal(methods, WEB_GET | WEB_HEAD | WEB_OPTIONS);
    static const char *const none[] = {"PATH_INFO=//",          "PATH_INFO=/Status",
                                       "PATH_INFO=/statusx",    "PATH_INFO=/status/",
                                       "PATH_INFO=/tickets/",   "PATH_INFO=/tickets/5/6",
                                       "PATH_INFO=/ticketsx/5", "PATH_INFO=status"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        if (route_of("REQUEST_METHOD=GET", none[i], &index, &methods) != 404)
            fail_msg("found: %s", none[i]);
        assert_int_equal(methods, 0);
    }
}

/* Who may, and from where */

static struct web_options options(bool trusting)
{
    struct web_options o = {.trust_remote_user = trusting, .allow = WEB_STATUS | WEB_SYNC};
    assert_int_equal(secret_set(&o.token, TOKEN, strlen(TOKEN), SECRET_KEEP_SPACE), 0);
    return o;
}

static int access_of(const char *const *environment, bool trusting, enum web_right right)
{
    struct web_request r;
    struct error error = ERROR_INIT;
    struct web_options o = options(trusting);
    assert_int_equal(read_request(&r, environment), 0);
    int done = web_access_judge(&r, &o, right, &error);
    secret_release(&o.token);
    return done < 0 ? error.cause : 0;
}
#define ACCESS(trusting, right, ...)                                                               \
    access_of((const char *const[]){__VA_ARGS__, NULL}, (trusting), (right))

static void test_access(void **state)
{
    struct web_request r = {.authorization = "Bearer "};
    struct web_options nobody = {.allow = ~0U};
    struct error error = ERROR_INIT;
    (void)state;
    assert_int_equal(ACCESS(false, WEB_STATUS, "HTTP_AUTHORIZATION=Bearer " TOKEN), 0);
    assert_int_equal(ACCESS(false, WEB_STATUS, "HTTP_AUTHORIZATION=bearer   " TOKEN), 0);
    assert_int_equal(ACCESS(false, WEB_PAGE, "HTTP_AUTHORIZATION=Bearer " TOKEN), 403);
    assert_int_equal(ACCESS(false, WEB_STATUS, "HTTP_AUTHORIZATION=Bearer " TOKEN " "), 401);
    assert_int_equal(ACCESS(false, WEB_STATUS, "HTTP_AUTHORIZATION=Bearer" TOKEN), 401);
    assert_int_equal(ACCESS(false, WEB_STATUS, "HTTP_AUTHORIZATION=Basic " TOKEN), 401);
    assert_int_equal(ACCESS(false, WEB_PAGE, "HTTP_AUTHORIZATION=Bearer x"), 401);
    assert_int_equal(ACCESS(false, WEB_STATUS, "REMOTE_USER=a", "AUTH_TYPE=Basic"), 401);
    assert_int_equal(ACCESS(true, WEB_STATUS, "REMOTE_USER=a", "AUTH_TYPE=Basic"), 0);
    assert_int_equal(ACCESS(true, WEB_PAGE, "REMOTE_USER=a", "AUTH_TYPE=Basic"), 403);
    assert_int_equal(ACCESS(true, WEB_STATUS, "REMOTE_USER=a"), 401);
    assert_int_equal(ACCESS(true, WEB_STATUS, "REMOTE_USER=a", "AUTH_TYPE="), 401);
    assert_int_equal(ACCESS(true, WEB_STATUS, "REMOTE_USER=", "AUTH_TYPE=Basic"), 401);
    assert_int_equal(ACCESS(true, WEB_STATUS, "HTTP_AUTHORIZATION=Bearer " TOKEN), 0);
    /* Without a token none is right, not even the empty one. */
    assert_int_equal(web_access_judge(&r, &nobody, WEB_STATUS, &error), -1);
}

static int origin_of(const char *const *environment)
{
    struct web_request r;
    struct error error = ERROR_INIT;
    char origins[] = "https://a.example, http://b.example:8080";
    struct web_options o = {.origins = origins};
    assert_int_equal(read_request(&r, environment), 0);
    return web_origin_judge(&r, &o, &error) < 0 ? error.cause : 0;
}
#define ORIGIN(...) origin_of((const char *const[]){"HTTP_HOST=own.example", __VA_ARGS__, NULL})
#define JSON "CONTENT_TYPE=application/json"
#define FORM "CONTENT_TYPE=application/x-www-form-urlencoded"

static void test_origins(void **state)
{
    (void)state;
    assert_int_equal(ORIGIN(JSON), 0);
    assert_int_equal(ORIGIN("CONTENT_TYPE=Application/JSON; charset=UTF-8"), 0);
    assert_int_equal(ORIGIN("CONTENT_TYPE=application/json;charset=\"utf-8\""), 0);
    assert_int_equal(ORIGIN("CONTENT_TYPE=application/json; charset=latin1"), 415);
    assert_int_equal(ORIGIN("CONTENT_TYPE=application/jsonx"), 415);
    assert_int_equal(ORIGIN("CONTENT_TYPE=text/plain; application/json"), 415);
    assert_int_equal(ORIGIN(FORM), 415);
    assert_int_equal(ORIGIN("CONTENT_TYPE="), 415);
    assert_int_equal(ORIGIN("HTTP_SEC_FETCH_SITE=same-origin"), 0);
    assert_int_equal(ORIGIN("HTTP_SEC_FETCH_SITE=same-site", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_SEC_FETCH_SITE=cross-site", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_SEC_FETCH_SITE=none", JSON), 403);
    assert_int_equal(
        ORIGIN("HTTP_SEC_FETCH_SITE=cross-site", "HTTP_ORIGIN=https://own.example", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=https://own.example"), 0);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=http://OWN.example"), 0);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=https://own.example:8443", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=https://own.example.evil", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=https://evil.example", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=null", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=own.example", JSON), 403);
    /* A listed one, whatever else the browser says of it. */
    assert_int_equal(
        ORIGIN("HTTP_ORIGIN=https://a.example", "HTTP_SEC_FETCH_SITE=cross-site", JSON), 0);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=http://b.example:8080", JSON), 0);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=http://b.example", JSON), 403);
    assert_int_equal(ORIGIN("HTTP_ORIGIN=http://a.example", JSON), 403);
}

/* Bodies */

struct given {
    bool full, dry_run;
    const char *day;
    struct web_ids ids;
};

static int body_of(struct given *given, const char *bytes, size_t n)
{
    const struct web_member members[] = {
        {"full", WEB_MEMBER_FLAG, &given->full},
        {"dryRun", WEB_MEMBER_FLAG, &given->dry_run},
        {"dateFilter", WEB_MEMBER_DAY, &given->day},
        {"ticket_ids", WEB_MEMBER_IDS, &given->ids},
    };
    struct error error = ERROR_INIT;
    *given = (struct given){0};
    if (web_body_read(bytes, n, members, sizeof members / sizeof *members, &arena, &error) == 0)
        return 0;
    assert_true(error.message[0]);
    return error.cause;
}

static void test_bodies(void **state)
{
    struct given given;
    static const char all[] = " {\"full\" : true,\r\n\"dryRun\":false,\t\"date\\u0046ilter\":"
                              "\"2025\\u002d10-01\" , \"ticket_ids\":[ 1,\"4711\" , "
                              "9007199254740991 ] }\n";
    (void)state;
    assert_int_equal(body_of(&given, "", 0), 0);
    assert_int_equal(body_of(&given, " { } ", 5), 0);
    assert_int_equal(body_of(&given, all, strlen(all)), 0);
    assert_true(given.full);
    assert_false(given.dry_run);
    assert_string_equal(given.day, "2025-10-01");
    assert_int_equal(given.ids.count, 3);
    assert_int_equal(given.ids.items[1], 4711);
    assert_true(given.ids.items[2] == (INT64_C(1) << 53) - 1);
    assert_int_equal(body_of(&given, "{\"ticket_ids\":[]}", 17), 0);
    assert_int_equal(body_of(&given, "{\"dateFilter\":null}", 19), 0);
    assert_null(given.day);
}

static void test_wrong_bodies(void **state)
{
    static const char *const wrong[] = {" ",
                                        "x",
                                        "[]",
                                        "{",
                                        "}",
                                        "{}{}",
                                        "{}x",
                                        "{},",
                                        "null",
                                        "true",
                                        "\"\"",
                                        "1",
                                        "{full:true}",
                                        "{'full':true}",
                                        "{\"full\"}",
                                        "{\"full\":}",
                                        "{\"full\":true,}",
                                        "{,\"full\":true}",
                                        "{\"full\":true \"dryRun\":true}",
                                        "{\"full\":true;}",
                                        "{\"full\":1}",
                                        "{\"full\":\"true\"}",
                                        "{\"full\":TRUE}",
                                        "{\"full\":truex}",
                                        "{\"full\":true,\"full\":true}",
                                        "{\"full\":true,\"\\u0066ull\":true}",
                                        "{\"Full\":true}",
                                        "{\"other\":1}",
                                        "{\"\":1}",
                                        "{\"full\\u0000\":true}",
                                        "{\"dateFilter\":\"\"}",
                                        "{\"dateFilter\":\"2025-02-30\"}",
                                        "{\"dateFilter\":20251001}",
                                        "{\"dateFilter\":\"2025-10-01T00:00:00Z\"}",
                                        "{\"dateFilter\":\"2025-10-01\\u0000\"}",
                                        "{\"dateFilter\":\"2025-10-01}",
                                        "{\"dateFilter\":\"\\x\"}",
                                        "{\"dateFilter\":\"\\",
                                        "{\"dateFilter\":\"\\u12",
                                        "{\"dateFilter\":\"\\ud800\"}",
                                        "{\"dateFilter\":\"\\ud800\\u0041\"}",
                                        "{\"dateFilter\":\"\\udc00\"}",
                                        "{\"dateFilter\":\"\n\"}",
                                        "{\"dateFilter\":\"\xff\"}",
                                        "{\"dateFilter\":[\"2025-10-01\"]}",
                                        "{\"ticket_ids\":1}",
                                        "{\"ticket_ids\":{}}",
                                        "{\"ticket_ids\":[",
                                        "{\"ticket_ids\":[1",
                                        "{\"ticket_ids\":[1,]}",
                                        "{\"ticket_ids\":[,1]}",
                                        "{\"ticket_ids\":[1 2]}",
                                        "{\"ticket_ids\":[0]}",
                                        "{\"ticket_ids\":[-1]}",
                                        "{\"ticket_ids\":[+1]}",
                                        "{\"ticket_ids\":[01]}",
                                        "{\"ticket_ids\":[1.0]}",
                                        "{\"ticket_ids\":[1e3]}",
                                        "{\"ticket_ids\":[\"\"]}",
                                        "{\"ticket_ids\":[\"1]}",
                                        "{\"ticket_ids\":[\" 1\"]}",
                                        "{\"ticket_ids\":[\"0x1\"]}",
                                        "{\"ticket_ids\":[9007199254740992]}",
                                        "{\"ticket_ids\":[99999999999999999999999]}",
                                        "{\"ticket_ids\":[true]}",
                                        "{\"ticket_ids\":[null]}",
                                        "{\"ticket_ids\":[[1]]}",
                                        "/**/{}",
                                        "\xef\xbb\xbf{}"};
    struct given given;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (body_of(&given, wrong[i], strlen(wrong[i])) != WEB_BAD_REQUEST)
            fail_msg("taken: %s", wrong[i]);
    assert_int_equal(body_of(&given, "{}\0", 3), WEB_BAD_REQUEST);
    assert_int_equal(body_of(&given, "\0{}", 3), WEB_BAD_REQUEST);
}

/* Answers */

static void test_head(void **state)
{
    struct web_answer answer;
    struct buf head;
    (void)state;
    web_answer_init(&answer);
    buf_init(&head, WEB_HEAD_MAX);
    answer.status = WEB_NOT_FOUND;
    web_answer_field(&answer, "X", "a\r\nSet-Cookie: b");
    assert_int_equal(web_answer_head(&answer, &head), 0);
    assert_non_null(strstr(buf_text(&head), "Status: 404 Not Found\r\n"));
    assert_null(strstr(buf_text(&head), "\nSet-Cookie"));
    assert_string_equal(buf_text(&head) + head.len - 4, "\r\n\r\n");
    web_answer_release(&answer);
    buf_release(&head);
}

static void test_share(void **state)
{
    char origins[] = "https://a.example";
    struct web_options o = {.origins = origins}, closed = {.origins = NULL};
    struct web_request from = {.origin = "https://a.example"},
                       evil = {.origin = "https://e.example"};
    struct web_answer answer;
    (void)state;
    web_answer_init(&answer);
    web_answer_share(&answer, &from, &closed, WEB_GET);
    assert_string_equal(buf_text(&answer.fields), "");
    web_answer_share(&answer, &evil, &o, WEB_GET);
    assert_string_equal(buf_text(&answer.fields), "Vary: Origin\r\n");
    web_answer_share(&answer, &from, &o, WEB_GET | WEB_OPTIONS);
    assert_non_null(
        strstr(buf_text(&answer.fields), "Access-Control-Allow-Origin: https://a.example\r\n"));
    assert_non_null(strstr(buf_text(&answer.fields), "Allow-Methods: GET, OPTIONS\r\n"));
    web_answer_release(&answer);
}

static void test_statuses(void **state)
{
    struct error error = ERROR_INIT;
    (void)state;
    error_raise(&error, WEB_REFUSAL(WEB_TOO_LARGE), "x");
    assert_int_equal(web_status_of(&error), 413);
    error_clear(&error);
    error_set(&error, ERR_USAGE, "x");
    assert_int_equal(web_status_of(&error), 500);
    error_clear(&error);
    error_set(&error, ERR_DATABASE, "x");
    assert_int_equal(web_status_of(&error), 503);
    assert_string_equal(web_reason(WEB_PERMANENT_REDIRECT), "Permanent Redirect");
}

#define TEST(function) cmocka_unit_test_teardown(function, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_request),      TEST(test_methods),     TEST(test_malformed),
        TEST(test_parameters),   TEST(test_preferences), TEST(test_routes),
        TEST(test_access),       TEST(test_origins),     TEST(test_bodies),
        TEST(test_wrong_bodies), TEST(test_head),        TEST(test_share),
        TEST(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
