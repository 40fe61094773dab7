/* test_http: the HTTP client against servers that behave, misbehave, and lie. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "harness_raw.h"
#include "harness_tls.h"
#include "io/http.h"

/* "api:pa ss" in base64. */
#define CREDENTIALS "YXBpOnBhIHNz"

struct fixture {
    struct harness *h;
    struct raw server;
    struct http *http;
    struct http_options options;
    struct secret password;
    struct log log;
    struct buf logged;
    struct error error;
    char url[256];
};

static void collect_line(void *context, const struct log_message *message)
{
    assert_null(strpbrk(message->text, "\r\n"));
    harness_collect(context, message);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    harness_begin(state);
    f->h = *state;
    *state = f;
    setenv("no_proxy", "*", 1); /* the servers are here, whatever the surroundings say */
    buf_init(&f->logged, 1 << 24);
    f->log = (struct log){.sink = collect_line, .context = &f->logged, .most = LOG_TRACE};
    secret_set(&f->password, "pa ss", 5, SECRET_KEEP_SPACE);
    f->options = (struct http_options){.user = "api",
                                       .password = &f->password,
                                       .user_agent = "test/1",
                                       .connections = 2,
                                       .timeout_s = 20,
                                       .body_max = 1 << 20};
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    http_close(f->http);
    raw_stop(&f->server);
    secret_release(&f->password);
    buf_release(&f->logged);
    *state = f->h;
    free(f);
    return harness_end(state);
}

static void start_client(struct fixture *f)
{
    assert_int_equal(http_open(&f->http, &f->options, &f->log, &f->error), 0);
}

static void start(struct fixture *f, raw_reply *reply)
{
    raw_start(&f->server, reply);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d/x?page=1", f->server.port);
    start_client(f);
}

static struct http_response *next(struct fixture *f)
{
    struct http_response *response = NULL;
    while (!response) {
        assert_int_not_equal(http_outstanding(f->http), 0);
        assert_int_equal(http_work(f->http, 1000, &response, &f->error), 0);
    }
    return response;
}

static struct http_response *get(struct fixture *f, enum http_login login)
{
    assert_int_equal(http_start(f->http, f->url, login, f, &f->error), 0);
    struct http_response *response = next(f);
    assert_ptr_equal(response->tag, f);
    assert_int_equal(http_outstanding(f->http), 0);
    return response;
}

static void assert_failed(const struct http_response *response, enum http_outcome outcome)
{
    assert_int_equal(response->outcome, outcome);
    assert_string_not_equal(response->failure, "");
}

static bool has(const char *head, const char *line)
{
    return strcasestr(head, line) != NULL;
}

/* What is asked and what is answered */

static bool reply_well(const struct raw_call *call)
{
    return raw_answer(call->fd, 200,
                      "Content-Type: application/json; charset=UTF-8\r\n"
                      "date:  Sun, 22 Nov 2026 07:36:07 GMT \r\n"
                      "Set-Cookie: a=b\r\nRetry-After: 7\r\n",
                      "{\"a\":1}");
}

static void a_response_arrives_whole(void **state)
{
    struct fixture *f = *state;
    start(f, reply_well);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_int_equal(r->outcome, HTTP_ANSWERED);
    assert_int_equal(r->status, 200);
    assert_string_equal(buf_text(&r->body), "{\"a\":1}");
    assert_string_equal(r->content_type, "application/json; charset=UTF-8");
    assert_int_equal(r->date, 1795332967); /* 2026-11-22T07:36:07Z */
    assert_int_equal(r->retry_after_ms, 7000);
    assert_string_equal(r->location, "");
    assert_int_equal(http_bytes(f->http), 7);
    assert_int_equal(http_requests(f->http), 1);
    http_response_free(r);
}

static void a_request_says_what_it_must_and_no_more(void **state)
{
    struct fixture *f = *state;
    start(f, reply_well);
    http_response_free(get(f, HTTP_ANONYMOUS));
    const char *head = f->server.seen->request[0];
    assert_true(has(head, "GET /x?page=1 HTTP/1.1\r\n"));
    assert_true(has(head, "\r\nAccept: application/json\r\n"));
    assert_true(has(head, "\r\nCache-Control: no-cache\r\n"));
    assert_true(has(head, "\r\nUser-Agent: test/1\r\n"));
    assert_true(has(head, "\r\nAccept-Encoding: "));
    assert_true(has(head, "gzip"));
    assert_false(has(head, "Authorization"));
    http_response_free(get(f, HTTP_AUTHENTICATED));
    head = f->server.seen->request[1];
    assert_true(has(head, "\r\nAuthorization: Basic " CREDENTIALS "\r\n"));
    assert_false(has(head, "Cookie"));
    http_response_free(get(f, HTTP_ANONYMOUS));
    assert_false(has(f->server.seen->request[2], "Authorization"));
    assert_int_equal(f->server.seen->connections, 1);
}

static void no_credential_is_logged(void **state)
{
    struct fixture *f = *state;
    f->options.log_bodies = true;
    start(f, reply_well);
    http_response_free(get(f, HTTP_AUTHENTICATED));
    const char *logged = buf_text(&f->logged);
    assert_non_null(strstr(logged, f->url));
    assert_non_null(strstr(logged, "200, 7 bytes"));
    assert_non_null(strstr(logged, "{\"a\":1}"));
    assert_null(strstr(logged, CREDENTIALS));
    assert_null(strstr(logged, "pa ss"));
    assert_null(strstr(logged, "Authorization"));
}

static void no_body_is_logged_unless_told_to(void **state)
{
    struct fixture *f = *state;
    start(f, reply_well);
    http_response_free(get(f, HTTP_AUTHENTICATED));
    assert_null(strstr(buf_text(&f->logged), "{\"a\":1}"));
}

static bool reply_hints(const struct raw_call *call)
{
    raw_say(call->fd, "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\nDate: x\r\n\r\n");
    return raw_json(call->fd, 503, "{}");
}

static void headers_of_an_interim_response_are_not_the_answers(void **state)
{
    struct fixture *f = *state;
    start(f, reply_hints);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_int_equal(r->status, 503);
    assert_int_equal(r->retry_after_ms, -1);
    assert_int_equal(r->date, 0);
    http_response_free(r);
}

static bool reply_redirect(const struct raw_call *call)
{
    return raw_answer(call->fd, 301, "Location: /elsewhere/?a=b\r\n", "");
}

static bool reply_strange_redirect(const struct raw_call *call)
{
    static const char *const places[] = {"Location: https://u:secret@other.test/a?b=c\r\n",
                                         "Location: http://[broken\r\n", ""};
    return raw_answer(call->fd, 302, places[call->n - 1], "");
}

static void a_redirect_names_no_user(void **state)
{
    struct fixture *f = *state;
    static const char *const locations[] = {"https://other.test/a?b=c", "", ""};
    start(f, reply_strange_redirect);
    for (int i = 0; i < 3; i++) {
        struct http_response *r = get(f, HTTP_AUTHENTICATED);
        assert_int_equal(r->status, 302);
        assert_string_equal(r->location, locations[i]);
        http_response_free(r);
    }
}

static void a_redirect_is_not_followed(void **state)
{
    struct fixture *f = *state;
    start(f, reply_redirect);
    char absolute[256];
    snprintf(absolute, sizeof absolute, "http://127.0.0.1:%d/elsewhere/?a=b", f->server.port);
    struct http_response *r = get(f, HTTP_AUTHENTICATED);
    assert_int_equal(r->outcome, HTTP_ANSWERED);
    assert_int_equal(r->status, 301);
    assert_string_equal(r->location, absolute);
    assert_int_equal(f->server.seen->requests, 1);
    http_response_free(r);
}

static void other_protocols_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/x",
                                       "dict://127.0.0.1/x", "not a URL"};
    start_client(f);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        strcpy(f->url, urls[i]);
        struct http_response *r = get(f, HTTP_AUTHENTICATED);
        assert_failed(r, HTTP_NO_CONNECTION);
        assert_int_equal(r->body.len, 0);
        http_response_free(r);
    }
}

/* Answers that are none */

static bool reply_short(const struct raw_call *call)
{
    raw_say(call->fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"tickets\":");
    return false;
}

static void a_body_shorter_than_announced_is_a_failure(void **state)
{
    struct fixture *f = *state;
    start(f, reply_short);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_UNFINISHED);
    assert_int_equal(r->status, 200);
    http_response_free(r);
}

static bool reply_without_last_chunk(const struct raw_call *call)
{
    raw_say(call->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
    return false;
}

static void a_body_without_its_last_chunk_is_a_failure(void **state)
{
    struct fixture *f = *state;
    start(f, reply_without_last_chunk);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_UNFINISHED);
    http_response_free(r);
}

static bool reply_reset(const struct raw_call *call)
{
    return raw_reset(call->fd);
}

static void a_reset_is_a_failure(void **state)
{
    struct fixture *f = *state;
    start(f, reply_reset);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_UNFINISHED);
    http_response_free(r);
}

static bool reply_garbage(const struct raw_call *call)
{
    raw_say(call->fd, "\033]0;hello\007 this is not HTTP\r\n\r\n");
    return false;
}

static void garbage_is_a_failure(void **state)
{
    struct fixture *f = *state;
    start(f, reply_garbage);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_NO_CONNECTION);
    assert_null(strchr(r->failure, '\033'));
    http_response_free(r);
}

static void nobody_listening_is_a_failure(void **state)
{
    struct fixture *f = *state;
    start(f, reply_well);
    raw_stop(&f->server);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_NO_CONNECTION);
    assert_int_equal(r->status, 0);
    assert_int_equal(r->trip.step, HTTP_STEP_CONNECT);
    http_response_free(r);
}

/* Servers that take their time: each would answer well in the end */

static bool reply_after_silence(const struct raw_call *call)
{
    raw_sleep_ms(60000);
    return reply_well(call);
}

static void silence_ends(void **state)
{
    struct fixture *f = *state;
    f->options.timeout_s = 1;
    start(f, reply_after_silence);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_UNFINISHED);
    assert_int_equal(r->status, 0);
    assert_string_equal(r->failure, "silence for 1 s");
    http_response_free(r);
}

static bool reply_stalling(const struct raw_call *call)
{
    raw_say(call->fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}");
    raw_sleep_ms(60000);
    return raw_say(call->fd, "  ");
}

static void silence_within_a_body_ends(void **state)
{
    struct fixture *f = *state;
    f->options.timeout_s = 1;
    start(f, reply_stalling);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_UNFINISHED);
    assert_string_equal(r->failure, "silence for 1 s");
    http_response_free(r);
}

static bool reply_dripping(const struct raw_call *call)
{
    raw_say(call->fd, "HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n");
    for (int i = 0; i < 600; i++) {
        raw_sleep_ms(100);
        raw_say(call->fd, " ");
    }
    return true;
}

/* libcurl counts what came once a second, as the clock's seconds change: what begins just before is
 * silent for the second behind it. */
static void dripping_ends(void **state)
{
    struct fixture *f = *state;
    f->options.timeout_s = 2;
    start(f, reply_dripping);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_UNFINISHED);
    assert_string_equal(r->failure, "the answer was not complete after 20 s");
    http_response_free(r);
}

/* Bodies that are too large */

static bool reply_large(const struct raw_call *call)
{
    char piece[4096];
    memset(piece, ' ', sizeof piece);
    raw_say(call->fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (raw_bytes(call->fd, piece, sizeof piece))
        ;
    return false;
}

static void an_endless_body_is_cut_off(void **state)
{
    struct fixture *f = *state;
    f->options.body_max = 100000;
    start(f, reply_large);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_TOO_LARGE);
    assert_true(r->body.len <= 100000);
    http_response_free(r);
}

/* Ten megabytes of blanks, as gzip makes them small. */
static bool reply_bomb(const struct raw_call *call)
{
    static char bomb[1 << 16];
    FILE *gzip = popen("head -c 10000000 /dev/zero | tr '\\0' ' ' | gzip -9", "r");
    size_t n = fread(bomb, 1, sizeof bomb, gzip);
    pclose(gzip);
    raw_say(call->fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
            n);
    return raw_bytes(call->fd, bomb, n);
}

static void the_ceiling_counts_decompressed_bytes(void **state)
{
    struct fixture *f = *state;
    start(f, reply_bomb);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_failed(r, HTTP_TOO_LARGE);
    assert_true(r->body.len <= f->options.body_max);
    http_response_free(r);
}

static void a_compressed_body_is_decompressed(void **state)
{
    struct fixture *f = *state;
    f->options.body_max = 10000000;
    start(f, reply_bomb);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_int_equal(r->outcome, HTTP_ANSWERED);
    assert_int_equal(r->body.len, 10000000);
    assert_int_equal(http_bytes(f->http), 10000000);
    http_response_free(r);
}

/* Several at a time */

/* Holds the first answer back until a second request is there. */
static bool reply_in_company(const struct raw_call *call)
{
    for (int i = 0; i < 1000 && call->seen->requests < 2; i++)
        raw_sleep_ms(10);
    raw_sleep_ms(50);
    return raw_json(call->fd, 200, "{}");
}

static void no_more_connections_than_allowed(void **state)
{
    struct fixture *f = *state;
    start(f, reply_in_company);
    int tags[7], seen[7] = {0};
    for (int i = 0; i < 7; i++)
        assert_int_equal(http_start(f->http, f->url, HTTP_ANONYMOUS, &tags[i], &f->error), 0);
    assert_int_equal(http_outstanding(f->http), 7);
    struct http_response *none;
    assert_int_equal(http_work(f->http, 0, &none, &f->error), 0);
    assert_null(none);
    assert_int_equal(http_requests(f->http), 2);
    for (int i = 0; i < 7; i++) {
        struct http_response *r = next(f);
        assert_int_equal(r->outcome, HTTP_ANSWERED);
        seen[(int *)r->tag - tags]++;
        http_response_free(r);
    }
    for (int i = 0; i < 7; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(f->server.seen->most_active, 2);
    assert_true(f->server.seen->connections <= 2);
    assert_int_equal(http_requests(f->http), 7);
}

static void the_rate_is_limited_across_connections(void **state)
{
    struct fixture *f = *state;
    f->options.requests_per_second = 1;
    start(f, reply_well);
    struct http_response *r = NULL;
    for (int i = 0; i < 2; i++)
        assert_int_equal(http_start(f->http, f->url, HTTP_ANONYMOUS, f, &f->error), 0);
    assert_int_equal(http_work(f->http, 0, &r, &f->error), 0);
    assert_int_equal(http_requests(f->http), 1);
    http_response_free(r ? r : next(f));
    http_response_free(next(f));
    assert_int_equal(http_requests(f->http), 2);
}

static void closing_ends_what_is_under_way(void **state)
{
    struct fixture *f = *state;
    start(f, reply_after_silence);
    struct http_response *r;
    for (int i = 0; i < 4; i++)
        assert_int_equal(http_start(f->http, f->url, HTTP_ANONYMOUS, f, &f->error), 0);
    assert_int_equal(http_work(f->http, 0, &r, &f->error), 0);
    assert_null(r);
    assert_int_equal(http_outstanding(f->http), 4);
    http_close(f->http);
    f->http = NULL;
}

enum { SOME_MS = 300 };

static bool reply_late(const struct raw_call *call)
{
    raw_sleep_ms(SOME_MS);
    return raw_json(call->fd, 200, "{}");
}

static void only_what_was_waited_for_counts_as_waiting(void **state)
{
    struct fixture *f = *state;
    start(f, reply_late);
    struct http_response *r = get(f, HTTP_ANONYMOUS);
    assert_in_range(r->waited_ms, SOME_MS / 2, r->elapsed_ms);
    http_response_free(r);

    assert_int_equal(http_start(f->http, f->url, HTTP_ANONYMOUS, f, &f->error), 0);
    assert_int_equal(http_push(f->http, &f->error), 0);
    raw_sleep_ms(2 * SOME_MS); /* the answer comes meanwhile */
    r = next(f);
    assert_in_range(r->elapsed_ms - r->waited_ms, 2 * SOME_MS - 5, r->elapsed_ms);
    http_response_free(r);
}

static void nothing_outstanding_gives_nothing(void **state)
{
    struct fixture *f = *state;
    start_client(f);
    struct http_response *r;
    assert_int_equal(http_work(f->http, 10, &r, &f->error), 0);
    assert_null(r);
}

/* TLS */

static struct http_response *get_over_tls(struct fixture *f, const char *host, int port,
                                          const char *ca_file)
{
    f->options.ca_file = ca_file;
    f->options.certificates = true;
    snprintf(f->url, sizeof f->url, "https://%s:%d/", host, port);
    start_client(f);
    struct http_response *response = get(f, HTTP_AUTHENTICATED);
    http_close(f->http);
    f->http = NULL;
    return response;
}

static void a_certificate_is_verified(void **state)
{
    struct fixture *f = *state;
    tls_self_signed(f->h, "site", "IP:127.0.0.1", 2);
    const char *own = harness_text(f->h, "%s/site.pem", f->h->dir);
    int port = tls_server(f->h, "site", NULL, NULL);
    struct http_response *good = get_over_tls(f, "127.0.0.1", port, own);
    struct http_response *bad[] = {get_over_tls(f, "127.0.0.1", port, NULL),
                                   get_over_tls(f, "localhost", port, own),
                                   get_over_tls(f, "127.0.0.1", port, "/nonexistent/ca.pem")};
    assert_int_equal(good->outcome, HTTP_ANSWERED);
    assert_int_equal(good->status, 200);
    const struct http_trip *trip = &good->trip;
    int64_t left = trip->certificates[0].expires - clock_wall_ms() / 1000;
    assert_true(trip->fresh && trip->name_ms >= 0 && trip->connect_ms >= 0 && trip->tls_ms >= 0);
    assert_int_equal(trip->certificate_count, 1);
    assert_non_null(strstr(trip->certificates[0].subject, "site"));
    assert_true(left > 24 * 3600 && left <= 2 * 24 * 3600);
    for (int i = 0; i < 3; i++) {
        assert_failed(bad[i], HTTP_BAD_CERTIFICATE);
        assert_int_equal(bad[i]->trip.step, HTTP_STEP_TLS);
        http_response_free(bad[i]);
    }
    http_response_free(good);
}

static void a_handshake_that_breaks_off_is_no_matter_of_certificates(void **state)
{
    struct fixture *f = *state;
    start(f, reply_after_silence);
    snprintf(f->url, sizeof f->url, "https://127.0.0.1:%d/", f->server.port);
    http_close(f->http);
    f->options.timeout_s = 1;
    start_client(f);
    struct http_response *r = get(f, HTTP_AUTHENTICATED);
    assert_failed(r, HTTP_NO_CONNECTION);
    http_response_free(r);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_response_arrives_whole),
        TEST(a_request_says_what_it_must_and_no_more),
        TEST(no_credential_is_logged),
        TEST(no_body_is_logged_unless_told_to),
        TEST(headers_of_an_interim_response_are_not_the_answers),
        TEST(a_redirect_is_not_followed),
        TEST(a_redirect_names_no_user),
        TEST(other_protocols_are_refused),
        TEST(a_body_shorter_than_announced_is_a_failure),
        TEST(a_body_without_its_last_chunk_is_a_failure),
        TEST(a_reset_is_a_failure),
        TEST(garbage_is_a_failure),
        TEST(nobody_listening_is_a_failure),
        TEST(silence_ends),
        TEST(silence_within_a_body_ends),
        TEST(dripping_ends),
        TEST(an_endless_body_is_cut_off),
        TEST(the_ceiling_counts_decompressed_bytes),
        TEST(a_compressed_body_is_decompressed),
        TEST(no_more_connections_than_allowed),
        TEST(the_rate_is_limited_across_connections),
        TEST(closing_ends_what_is_under_way),
        TEST(only_what_was_waited_for_counts_as_waiting),
        TEST(nothing_outstanding_gives_nothing),
        TEST(a_certificate_is_verified),
        TEST(a_handshake_that_breaks_off_is_no_matter_of_certificates),
    };
    return cmocka_run_group_tests(tests, harness_setup_alone, harness_teardown);
}
