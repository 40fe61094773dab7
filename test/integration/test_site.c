/* test_site: asking a FluentSupport site: the sample site, and servers that misbehave on purpose.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness_process.h"
#include "harness_raw.h"
#include "harness_sync.h"
#include "site/site.h"

struct fixture {
    struct harness *h;
    struct raw server;
    struct secret password;
    struct site_options options;
    struct limits limits;
    struct log log;
    struct buf logged;
    struct site *site;
    struct error error;
    struct site_answer *answer;
    char url[128];
};

static int setup(void **state)
{
    static char user[] = SITE_USER;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    harness_begin(state);
    f->h = *state;
    *state = f;
    setenv("no_proxy", "*", 1); /* the servers are here, whatever the surroundings say */
    buf_init(&f->logged, 1 << 24);
    f->log = (struct log){.sink = harness_collect, .context = &f->logged, .most = LOG_TRACE};
    secret_set(&f->password, SITE_PASSWORD, strlen(SITE_PASSWORD), SECRET_STRIP_SPACE);
    f->limits = (struct limits){.deadline_ms = INT64_MAX};
    f->options = (struct site_options){
        .url = f->url,
        .user = user,
        .password = f->password,
        .user_agent = "test/1",
        .connections = 2,
        .timeout_s = 20,
        .retries = 5,
        .backoff_ms = 1,
    };
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    site_answer_free(f->answer);
    site_close(f->site);
    raw_stop(&f->server);
    secret_release(&f->password);
    buf_release(&f->logged);
    *state = f->h;
    free(f);
    return harness_end(state);
}

static void open_site(struct fixture *f)
{
    if (site_open(&f->site, &f->options, &f->limits, &f->log, &f->error) < 0)
        fail_msg("%s", f->error.message);
}

/* A server of our own, and the site opened. */
static void start_raw(struct fixture *f, raw_reply *reply)
{
    raw_start(&f->server, reply);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", f->server.port);
    open_site(f);
}

/* The sample site with this option (NULL: none), and the site opened. */
static void start_sample(struct fixture *f, const char *option, const char *value)
{
    const char *const options[] = {option, value, NULL};
    harness_site(f->h, options);
    const char *prefix = option && strcmp(option, "--prefix") == 0 ? value : "";
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d%s", f->h->site_port, prefix);
    open_site(f);
}

static int ask(struct fixture *f, enum site_what what, int64_t number)
{
    struct site_request request = {.what = what, .page = number, .per_page = 100, .ticket = number};
    site_answer_free(f->answer);
    error_clear(&f->error);
    return site_get(f->site, &request, &f->answer, &f->error);
}

static void ask_well(struct fixture *f, enum site_what what, int64_t number)
{
    if (ask(f, what, number) < 0)
        fail_msg("%s", f->error.message);
}

static void assert_error(const struct fixture *f, enum error_code code, int cause)
{
    if (f->error.code != code || f->error.cause != cause)
        fail_msg("not %d, cause %d: %d, cause %d, \"%s\"", (int)code, cause, (int)f->error.code,
                 f->error.cause, f->error.message);
}

static void assert_attempts(const struct fixture *f, int attempts)
{
    char words[32];
    snprintf(words, sizeof words, "(%d attempts)", attempts);
    if (!strstr(f->error.message, words))
        fail_msg("not %s: \"%s\"", words, f->error.message);
}

/* The failed answer to one page by id. */
static void ask_badly(struct fixture *f, int64_t per_page, enum error_code code, bool splittable)
{
    struct site_request request = {.what = SITE_BY_ID, .page = 1, .per_page = per_page};
    site_answer_free(f->answer);
    f->answer = NULL;
    assert_int_equal(site_ask(f->site, &request, &f->error), 0);
    assert_int_equal(site_wait(f->site, &f->answer, &f->error), 0);
    assert_non_null(f->answer);
    if (f->answer->error.code != code || f->answer->splittable != splittable)
        fail_msg("%d, splittable %d: %s", (int)f->answer->error.code, f->answer->splittable,
                 f->answer->error.message);
}

/* The sample site */

static void the_whole_list_on_two_connections(void **state)
{
    struct fixture *f = *state;
    start_sample(f, NULL, NULL);
    for (int64_t page = 1; page <= 3; page++) {
        struct site_request request = {.what = SITE_BY_ID, .page = page, .per_page = 100};
        assert_int_equal(site_ask(f->site, &request, &f->error), 0);
    }
    assert_int_equal(site_outstanding(f->site), 3);
    size_t counts[4] = {0};
    while (site_outstanding(f->site)) {
        struct site_answer *answer;
        assert_int_equal(site_wait(f->site, &answer, &f->error), 0);
        assert_int_equal(answer->error.code, ERR_NONE);
        assert_int_equal(answer->page.total, 250);
        assert_int_not_equal(answer->date, 0);
        counts[answer->request.page] = answer->page.count;
        site_answer_free(answer);
    }
    assert_int_equal(counts[1], 100);
    assert_int_equal(counts[2], 100);
    assert_int_equal(counts[3], 50);
    assert_int_equal(site_form(f->site), SITE_FORM_PRETTY);
    assert_int_equal(site_requests(f->site), 3);
    assert_true(site_bytes(f->site) > 250 * 1000);
    struct site_answer *none;
    assert_int_equal(site_wait(f->site, &none, &f->error), 0);
    assert_null(none);
}

static void every_kind_of_request(void **state)
{
    struct fixture *f = *state;
    start_sample(f, "--prefix", "/blog");
    harness_control(f->h, "[{'do':'delete','id':7}]");
    ask_well(f, SITE_INDEX, 0);
    assert_true(f->answer->index.has_plugin);
    assert_string_equal(f->answer->index.timezone_string, "America/New_York");
    assert_int_equal(site_form(f->site), SITE_FORM_UNKNOWN);
    ask_well(f, SITE_ME, 0);
    assert_true(f->answer->rights.sees_all);
    ask_well(f, SITE_RECENT, 1);
    assert_int_equal(f->answer->page.count, 100);
    ask_well(f, SITE_SEARCH, 8);
    assert_int_equal(f->answer->page.count, 1);
    assert_int_equal(f->answer->page.tickets[0].id, 8);
    ask_well(f, SITE_SEARCH, 7);
    assert_int_equal(f->answer->page.count, 0);
    ask_well(f, SITE_TICKET, 7);
    assert_int_equal(f->answer->presence, SITE_DELETED);
    ask_well(f, SITE_TICKET, 8);
    assert_int_equal(f->answer->presence, SITE_PRESENT);
}

static void plain_permalinks_are_found_out_once(void **state)
{
    struct fixture *f = *state;
    start_sample(f, NULL, NULL);
    harness_control(f->h, "[{'do':'site','permalinks':'plain'}]");
    ask_well(f, SITE_RECENT, 1);
    assert_int_equal(f->answer->page.count, 100);
    assert_int_equal(site_form(f->site), SITE_FORM_PLAIN);
    ask_well(f, SITE_BY_ID, 1);
    ask_well(f, SITE_TICKET, 8);
    ask_well(f, SITE_INDEX, 0);
    assert_int_equal(sync_stat(f->h, "routes.redirect"), 1);
    assert_int_equal(site_requests(f->site), 5);
}

static void a_known_form_is_used_from_the_start(void **state)
{
    struct fixture *f = *state;
    f->options.form = SITE_FORM_PLAIN;
    start_sample(f, NULL, NULL);
    ask_well(f, SITE_BY_ID, 1);
    assert_int_equal(site_form(f->site), SITE_FORM_PLAIN);
    assert_int_equal(site_requests(f->site), 1);
}

static void a_wrong_password_is_refused_at_once(void **state)
{
    struct fixture *f = *state;
    start_sample(f, "--password", "another");
    assert_int_equal(ask(f, SITE_BY_ID, 1), -1);
    assert_error(f, ERR_REFUSED, SITE_BAD_CREDENTIALS);
    assert_null(strstr(f->error.message, "attempts"));
    assert_int_equal(sync_stat(f->h, "requests"), 1);
    ask_well(f, SITE_INDEX, 0); /* which needs none */
    assert_null(strstr(buf_text(&f->logged), secret_reveal(&f->password)));
}

static void passing_trouble_passes(void **state)
{
    struct fixture *f = *state;
    static const char *const troubles[] = {
        "'kind':'reset'",
        "'kind':'reset','after':1000",
        "'kind':'truncate'",
        "'kind':'html200'",
        "'kind':'status','status':502",
        "'kind':'replay','name':'err_rate_limited'",
        "'kind':'replay','name':'err_db_connection'",
        "'kind':'status','status':503,'headers':{'Retry-After':'0'}",
        "'kind':'wrong_type'",
        "'kind':'ignore_page'",
        "'kind':'unordered','how':'desc'",
        "'kind':'broken','id':110",
    };
    start_sample(f, NULL, NULL);
    ask_well(f, SITE_BY_ID, 1); /* the site is known from now on */
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++) {
        int64_t before = sync_stat(f->h, "requests");
        harness_fault(f->h, "'match':'page=2','times':2,%s", troubles[i]);
        if (ask(f, SITE_BY_ID, 2) < 0)
            fail_msg("%s: %s", troubles[i], f->error.message);
        assert_int_equal(f->answer->page.count, 100);
        assert_int_equal(sync_stat(f->h, "requests"), before + 3);
    }
}

static void a_php_warning_does_no_harm(void **state)
{
    struct fixture *f = *state;
    start_sample(f, NULL, NULL);
    harness_control(f->h, "[{'do':'fault','kind':'prefix','match':'tickets','text':'<br />\\n"
                          "<b>Warning</b>: Undefined key {x} in <b>a.php</b><br />\\n'},"
                          "{'do':'fault','kind':'wrong_type','match':'tickets',"
                          "'content_type':'text/html; charset=UTF-8'}]");
    ask_well(f, SITE_BY_ID, 1);
    assert_int_equal(f->answer->page.count, 100);
    assert_int_equal(site_requests(f->site), 1);
}

static void lasting_trouble_is_reported_after_all_retries(void **state)
{
    struct fixture *f = *state;
    start_sample(f, NULL, NULL);
    harness_fault(f->h, "'kind':'replay','match':'tickets','name':'err_rate_limited'");
    assert_int_equal(ask(f, SITE_BY_ID, 1), -1);
    assert_error(f, ERR_UNAVAILABLE, SITE_RATE_LIMIT);
    assert_attempts(f, 6);
    assert_int_equal(sync_stat(f->h, "requests"), 6);
}

static void a_page_that_fails_is_given_up_soon_and_may_be_split(void **state)
{
    struct fixture *f = *state;
    start_sample(f, NULL, NULL);
    harness_fault(f->h, "'kind':'broken','match':'tickets','id':50");
    ask_badly(f, 100, ERR_UNAVAILABLE, true);
    assert_int_equal(sync_stat(f->h, "requests"), 3);
    ask_badly(f, 1000, ERR_UNAVAILABLE, true);
    assert_int_equal(sync_stat(f->h, "requests"), 6);
    struct site_request half = {.what = SITE_BY_ID, .page = 1, .per_page = 40};
    site_answer_free(f->answer);
    assert_int_equal(site_get(f->site, &half, &f->answer, &f->error), 0);
}

static void a_page_that_stalls_may_be_split(void **state)
{
    struct fixture *f = *state;
    f->options.timeout_s = 1;
    f->options.retries = 0;
    start_sample(f, NULL, NULL);
    harness_fault(f->h, "'kind':'stall','match':'tickets'");
    ask_badly(f, 100, ERR_UNAVAILABLE, true);
}

static void a_page_that_is_too_large_is_asked_for_once(void **state)
{
    struct fixture *f = *state;
    f->options.body_max = 20000;
    start_sample(f, NULL, NULL);
    ask_badly(f, 100, ERR_UNAVAILABLE, true);
    assert_int_equal(sync_stat(f->h, "requests"), 1);
}

/* Neither form */

static void html_under_both_forms_is_a_wrong_address(void **state)
{
    struct fixture *f = *state;
    start_sample(f, NULL, NULL);
    harness_fault(f->h, "'kind':'html200','match':'tickets'");
    assert_int_equal(ask(f, SITE_RECENT, 1), -1);
    assert_error(f, ERR_REFUSED, SITE_NO_API);
    assert_int_equal(sync_stat(f->h, "requests"), 2);
    assert_int_equal(site_form(f->site), SITE_FORM_UNKNOWN);
}

static void html_of_a_known_site_is_trouble(void **state)
{
    struct fixture *f = *state;
    f->options.known = true;
    f->options.retries = 2;
    start_sample(f, NULL, NULL);
    harness_fault(f->h, "'kind':'html200','match':'tickets'");
    assert_int_equal(ask(f, SITE_RECENT, 1), -1);
    assert_error(f, ERR_UNAVAILABLE, SITE_PAGE_INSTEAD);
    assert_attempts(f, 3);
    /* Both forms are tried again: the one that is right may have been in trouble. */
    harness_control(f->h, "[{'do':'fault','times':0},{'do':'site','permalinks':'plain'}]");
    ask_well(f, SITE_RECENT, 1);
}

/* Servers of our own */

static const char *page_of(const char *request)
{
    static char body[256];
    snprintf(body, sizeof body,
             "{\"tickets\":{\"current_page\":%d,\"per_page\":%d,\"total\":1,\"last_page\":1,"
             "\"data\":[{\"id\":1}]}}",
             (int)raw_number(request, "page"), (int)raw_number(request, "per_page"));
    return body;
}

static bool reply_page(const struct raw_call *call)
{
    return raw_json(call->fd, 200, page_of(call->request));
}

static bool reply_maintenance(const struct raw_call *call)
{
    return raw_answer(call->fd, 503, "Retry-After: 600\r\n", "Briefly unavailable");
}

static void a_wait_beyond_the_deadline_is_not_begun(void **state)
{
    struct fixture *f = *state;
    f->limits.deadline_ms = clock_monotonic_ms() + 300 * 1000;
    start_raw(f, reply_maintenance);
    assert_int_equal(ask(f, SITE_RECENT, 1), -1);
    assert_error(f, ERR_UNAVAILABLE, SITE_MAINTENANCE);
    assert_int_equal(f->server.seen->requests, 1);
}

/* Refuses a request that comes too early. */
static bool reply_one_second_later(const struct raw_call *call)
{
    static int64_t first;
    if (call->n == 1) {
        first = clock_monotonic_ms();
        return raw_answer(call->fd, 503, "Retry-After: 1\r\n", "");
    }
    if (clock_monotonic_ms() < first + 1000)
        return raw_json(call->fd, 401, "{}");
    return reply_page(call);
}

static void nothing_is_asked_again_before_its_time(void **state)
{
    struct fixture *f = *state;
    start_raw(f, reply_one_second_later);
    ask_well(f, SITE_RECENT, 1);
    assert_int_equal(f->server.seen->requests, 2);
}

static bool reply_silence(const struct raw_call *call)
{
    (void)call;
    raw_sleep_ms(120 * 1000);
    return false;
}

static void the_deadline_ends_a_wait(void **state)
{
    struct fixture *f = *state;
    f->limits.deadline_ms = clock_monotonic_ms() + 2000;
    start_raw(f, reply_silence);
    assert_int_equal(ask(f, SITE_RECENT, 1), -1);
    assert_int_equal(f->error.code, ERR_DEADLINE);
    assert_int_equal(site_outstanding(f->site), 1);
}

static struct limits_signal signalled;

static void note_signal(int signal)
{
    limits_signal_note(&signalled, signal);
}

static bool reply_signal(const struct raw_call *call)
{
    raw_sleep_ms(100);
    pid_t test = (pid_t)raw_number(call->request, "page");
    kill(test, SIGUSR1);
    raw_sleep_ms(120 * 1000);
    return false;
}

static void a_signal_ends_a_wait(void **state)
{
    struct fixture *f = *state;
    struct sigaction action = {.sa_handler = note_signal}, before;
    sigaction(SIGUSR1, &action, &before);
    limits_signal_open(&signalled);
    f->limits.signal = &signalled;
    start_raw(f, reply_signal);
    assert_int_equal(ask(f, SITE_RECENT, getpid()), -1);
    assert_int_equal(f->error.code, ERR_SIGTERM);
    sigaction(SIGUSR1, &before, NULL);
}

static int count_ticks(void *context, struct error *error)
{
    int *ticks = context;
    if (++*ticks < 3)
        return 0;
    return error_set(error, ERR_BUSY, "enough");
}

static void the_tick_goes_on_and_can_end_a_wait(void **state)
{
    struct fixture *f = *state;
    int ticks = 0;
    f->options.tick = count_ticks;
    f->options.tick_context = &ticks;
    start_raw(f, reply_silence);
    assert_int_equal(ask(f, SITE_RECENT, 1), -1);
    assert_error(f, ERR_BUSY, 0);
    assert_int_equal(ticks, 3);
}

/* Each page fails as many times as its number says. */
static bool reply_after_faults(const struct raw_call *call)
{
    int64_t page = raw_number(call->request, "page");
    int earlier = 0;
    for (int i = 0; i < call->n - 1; i++)
        earlier += raw_number(call->seen->request[i], "page") == page;
    if (earlier >= page)
        return reply_page(call);
    if (page % 2)
        return raw_reset(call->fd);
    return raw_answer(call->fd, 429, "Retry-After: 0\r\n", "");
}

static void ask_for_pages(struct fixture *f, int64_t pages)
{
    for (int64_t page = 1; page <= pages; page++) {
        struct site_request request = {.what = SITE_RECENT, .page = page, .per_page = 10};
        assert_int_equal(site_ask(f->site, &request, &f->error), 0);
    }
}

static void requests_are_retried_each_on_its_own(void **state)
{
    struct fixture *f = *state;
    start_raw(f, reply_after_faults);
    ask_for_pages(f, 5);
    int seen[6] = {0};
    for (int left = 5; left > 0; left--) {
        struct site_answer *answer;
        assert_int_equal(site_outstanding(f->site), left);
        assert_int_equal(site_wait(f->site, &answer, &f->error), 0);
        assert_int_equal(answer->error.code, ERR_NONE);
        assert_int_equal(answer->page.current_page, answer->request.page);
        seen[answer->request.page]++;
        site_answer_free(answer);
    }
    for (int page = 1; page <= 5; page++)
        assert_int_equal(seen[page], 1);
    /* Counted there: libcurl itself repeats a request whose kept connection was gone. */
    assert_int_equal(f->server.seen->requests, 5 + 1 + 2 + 3 + 4 + 5);
}

static bool reply_busy_first(const struct raw_call *call)
{
    return call->n == 1 ? raw_answer(call->fd, 503, "", "") : reply_page(call);
}

static void assert_next_page(struct fixture *f, int64_t page)
{
    struct site_answer *answer;
    assert_int_equal(site_wait(f->site, &answer, &f->error), 0);
    assert_int_equal(answer->request.page, page);
    site_answer_free(answer);
}

/* With one connection, nothing else is asked for while a request waits for its retry. */
static void a_request_put_off_keeps_its_connection(void **state)
{
    struct fixture *f = *state;
    f->options.connections = 1;
    f->options.backoff_ms = 200;
    start_raw(f, reply_busy_first);
    ask_for_pages(f, 2);
    assert_next_page(f, 1);
    assert_next_page(f, 2);
    static const int64_t order[] = {1, 1, 2};
    assert_int_equal(f->server.seen->requests, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(raw_number(f->server.seen->request[i], "page"), order[i]);
}

/* The site works while an answer is looked into. */
static void the_next_request_is_sent_before_an_answer_is_handed_over(void **state)
{
    struct fixture *f = *state;
    f->options.connections = 1;
    start_raw(f, reply_page);
    ask_for_pages(f, 2);
    assert_next_page(f, 1);
    for (int i = 0; i < 500 && f->server.seen->requests < 2; i++)
        raw_sleep_ms(10);
    assert_int_equal(f->server.seen->requests, 2);
    assert_next_page(f, 2);
}

static bool reply_unauthorized(const struct raw_call *call)
{
    return raw_json(call->fd, 401, "{\"code\":\"rest_forbidden\",\"message\":\"no\"}");
}

static void only_the_index_is_asked_for_without_credentials(void **state)
{
    struct fixture *f = *state;
    static const enum site_what all[] = {SITE_INDEX,  SITE_ME,     SITE_BY_ID,
                                         SITE_RECENT, SITE_SEARCH, SITE_TICKET};
    start_raw(f, reply_unauthorized);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(ask(f, all[i], 1), -1);
        assert_error(f, ERR_REFUSED,
                     all[i] == SITE_INDEX ? SITE_CLOSED_INDEX : SITE_BAD_CREDENTIALS);
        bool authenticated = strstr(f->server.seen->request[i], "Authorization:") != NULL;
        assert_int_equal(authenticated, all[i] != SITE_INDEX);
    }
    assert_int_equal(f->server.seen->requests, 6);
}

static bool reply_moved(const struct raw_call *call)
{
    char headers[256];
    snprintf(headers, sizeof headers, "Location: https://new.test%.*s\r\n",
             (int)strcspn(call->request + 4, " "), call->request + 4);
    return raw_answer(call->fd, 301, headers, "");
}

static void a_redirect_is_reported_and_leaks_nothing(void **state)
{
    struct fixture *f = *state;
    start_raw(f, reply_moved);
    assert_int_equal(ask(f, SITE_BY_ID, 1), -1);
    assert_error(f, ERR_REFUSED, SITE_REDIRECTED);
    assert_non_null(strstr(f->error.advice, "api_url = https://new.test"));
    assert_int_equal(f->server.seen->requests, 1);
    assert_null(strstr(f->error.message, secret_reveal(&f->password)));
    assert_null(strstr(f->error.advice, secret_reveal(&f->password)));
    assert_null(strstr(buf_text(&f->logged), secret_reveal(&f->password)));
}

/* Pretty permalinks without rewriting: 404 as HTML; the index, though, is there. */
static bool reply_without_rewrite(const struct raw_call *call)
{
    if (strstr(call->request, "rest_route=/fluent"))
        return reply_page(call);
    if (strstr(call->request, "_fields"))
        return raw_json(call->fd, 200, "{\"name\":\"x\",\"namespaces\":[]}");
    return raw_answer(call->fd, 404, "Content-Type: text/html\r\n", "<h1>Not Found</h1>");
}

static void a_404_page_leads_to_the_plain_form(void **state)
{
    struct fixture *f = *state;
    start_raw(f, reply_without_rewrite);
    ask_well(f, SITE_INDEX, 0);
    ask_well(f, SITE_BY_ID, 1);
    assert_int_equal(site_form(f->site), SITE_FORM_PLAIN);
    assert_int_equal(f->server.seen->requests, 3);
}

static void nobody_listening_is_retried(void **state)
{
    struct fixture *f = *state;
    f->options.retries = 2;
    start_raw(f, reply_page);
    raw_stop(&f->server);
    assert_int_equal(ask(f, SITE_RECENT, 1), -1);
    assert_error(f, ERR_UNAVAILABLE, SITE_NO_CONNECTION);
    assert_attempts(f, 3);
}

static void closing_ends_what_is_under_way(void **state)
{
    struct fixture *f = *state;
    start_raw(f, reply_silence);
    for (int64_t page = 1; page <= 4; page++) {
        struct site_request request = {.what = SITE_BY_ID, .page = page, .per_page = 10};
        assert_int_equal(site_ask(f->site, &request, &f->error), 0);
    }
    assert_int_equal(site_outstanding(f->site), 4);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_whole_list_on_two_connections),
        TEST(every_kind_of_request),
        TEST(plain_permalinks_are_found_out_once),
        TEST(a_known_form_is_used_from_the_start),
        TEST(a_wrong_password_is_refused_at_once),
        TEST(passing_trouble_passes),
        TEST(a_php_warning_does_no_harm),
        TEST(lasting_trouble_is_reported_after_all_retries),
        TEST(a_page_that_fails_is_given_up_soon_and_may_be_split),
        TEST(a_page_that_stalls_may_be_split),
        TEST(a_page_that_is_too_large_is_asked_for_once),
        TEST(html_under_both_forms_is_a_wrong_address),
        TEST(html_of_a_known_site_is_trouble),
        TEST(a_wait_beyond_the_deadline_is_not_begun),
        TEST(nothing_is_asked_again_before_its_time),
        TEST(the_deadline_ends_a_wait),
        TEST(a_signal_ends_a_wait),
        TEST(the_tick_goes_on_and_can_end_a_wait),
        TEST(requests_are_retried_each_on_its_own),
        TEST(a_request_put_off_keeps_its_connection),
        TEST(the_next_request_is_sent_before_an_answer_is_handed_over),
        TEST(only_the_index_is_asked_for_without_credentials),
        TEST(a_redirect_is_reported_and_leaks_nothing),
        TEST(a_404_page_leads_to_the_plain_form),
        TEST(nobody_listening_is_retried),
        TEST(closing_ends_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, harness_setup_alone, harness_teardown);
}
