/* test_site_verdict: every recorded answer of a site, and some that others give, are understood. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "io/http_date.h"
#include "site/site_url.h"
#include "site/site_verdict.h"

#define RECORDINGS FIXTURES "/fluent-support-2.0.1/"
#define BASE "https://support.example.test"

/* Asking and answering by hand */

struct exchange {
    struct site_asked asked;
    struct http_response *response;
    struct site_answer *answer;
    enum retry_kind retry;
    char url[1024];
};

static void begin(struct exchange *x, enum site_what what)
{
    *x = (struct exchange){.retry = RETRY_NO};
    x->response = calloc(1, sizeof *x->response);
    x->answer = calloc(1, sizeof *x->answer);
    assert_non_null(x->response);
    assert_non_null(x->answer);
    buf_init(&x->response->body, 16 * 1024 * 1024);
    x->response->status = 200;
    x->response->retry_after_ms = -1;
    strcpy(x->response->content_type, "application/json; charset=UTF-8");
    x->answer->request =
        (struct site_request){.what = what, .page = 1, .per_page = 100, .ticket = 51};
    x->asked = (struct site_asked){.base = BASE, .url = x->url, .user = "api"};
    struct buf url;
    buf_init(&url, sizeof x->url - 1);
    assert_int_equal(site_url(&url, BASE, SITE_FORM_PRETTY, &x->answer->request, "1"), 0);
    strcpy(x->url, buf_text(&url));
    buf_release(&url);
}

static void body(struct exchange *x, const char *text)
{
    buf_clear(&x->response->body);
    assert_int_equal(buf_puts(&x->response->body, text), 0);
}

static enum site_verdict judge(struct exchange *x)
{
    enum site_verdict verdict = site_judge(&x->asked, x->response, x->answer, &x->retry);
    assert_int_equal(verdict == VERDICT_ANSWER, x->answer->error.code == ERR_NONE);
    return verdict;
}

static void end(struct exchange *x)
{
    http_response_free(x->response);
    site_answer_free(x->answer);
}

static void assert_says(const struct exchange *x, const char *words)
{
    if (!strstr(x->answer->error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", x->answer->error.message, words);
}

static void assert_advises(const struct exchange *x, const char *words)
{
    if (!strstr(x->answer->error.advice, words))
        fail_msg("\"%s\" does not say \"%s\"", x->answer->error.advice, words);
}

static void assert_does_not_say(const struct exchange *x, const char *words)
{
    char text[ERROR_TEXT_MAX];
    error_text(&x->answer->error, text);
    if (strstr(text, words))
        fail_msg("\"%s\" says \"%s\"", text, words);
}

static void assert_cause(const struct exchange *x, enum site_cause cause)
{
    if (x->answer->error.cause != (int)cause)
        fail_msg("the cause is %d, not %d: %s", x->answer->error.cause, (int)cause,
                 x->answer->error.message);
}

/* A sentence, not counting names and the site's own words, and a line of what to do. */
static void assert_short(const struct exchange *x)
{
    enum { MESSAGE_CHARS = 160, ADVICE_CHARS = 160 };
    const struct error *e = &x->answer->error;
    const char *own_words = strstr(e->message, ") (");
    size_t n = strlen(e->message) - strlen(x->url) - strlen(x->response->location) -
               (own_words ? strlen(own_words + 1) : 0);
    if (n > MESSAGE_CHARS || !e->advice[0] || strlen(e->advice) > ADVICE_CHARS ||
        strchr(e->advice, '\n'))
        fail_msg("%zu characters: %s; %s", n, e->message, e->advice);
}

static void assert_fault(const struct exchange *x, enum error_code code, enum retry_kind retry,
                         bool splittable)
{
    if (x->answer->error.code != code || x->retry != retry || x->answer->splittable != splittable)
        fail_msg("code %d, retry %d, splittable %d: %s", (int)x->answer->error.code, (int)x->retry,
                 x->answer->splittable, x->answer->error.message);
    assert_says(x, x->url);
    assert_short(x);
}

/* Recordings */

static char *load(const char *name, const char *suffix)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s%s", RECORDINGS, name, suffix);
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    struct buf text;
    char piece[4096];
    size_t n;
    buf_init(&text, 64 * 1024 * 1024);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(&text, piece, n);
    fclose(file);
    return text.data ? text.data : strdup("");
}

static void header(const char *line, const char *name, char *value, size_t size)
{
    size_t n = strlen(name);
    if (strncasecmp(line, name, n) == 0 && strncmp(line + n, ": ", 2) == 0)
        snprintf(value, size, "%s", line + n + 2);
}

/* The head of a response: request line, remark, status, headers. */
static void load_head(struct exchange *x, const char *name)
{
    char *meta = load(name, ".meta"), *rest = meta;
    assert_non_null(meta);
    struct http_response *r = x->response;
    char date[64] = "";
    r->content_type[0] = '\0';
    for (int line = 0; rest; line++) {
        char *text = strsep(&rest, "\n");
        text[strcspn(text, "\r")] = '\0';
        if (line == 0)
            snprintf(x->url, sizeof x->url, "%s", text + strlen("GET "));
        if (line == 2)
            assert_int_equal(sscanf(text, "HTTP %d", &r->status), 1);
        header(text, "Content-Type", r->content_type, sizeof r->content_type);
        header(text, "Location", r->location, sizeof r->location);
        header(text, "Date", date, sizeof date);
    }
    r->date = http_date(date);
    free(meta);
}

static void replay(struct exchange *x, const char *name, enum site_what what)
{
    begin(x, what);
    load_head(x, name);
    char *text = load(name, ".json");
    if (!text)
        text = load(name, ".body");
    assert_non_null(text);
    body(x, text);
    free(text);
}

/* What each recorded failure of a list, a ticket or /me is. */
struct expectation {
    const char *name;
    enum site_what what;
    enum site_verdict verdict;
    enum error_code code;
    enum retry_kind retry;
    bool splittable;
    enum site_cause cause;
    enum site_presence presence; /* of an answer to SITE_TICKET */
};

#define REFUSED VERDICT_FAULT, ERR_REFUSED, RETRY_NO, false
#define LATER VERDICT_FAULT, ERR_UNAVAILABLE, RETRY_ALL, false
#define SMALLER VERDICT_FAULT, ERR_UNAVAILABLE, RETRY_FEW, true
#define FORM VERDICT_OTHER_FORM, ERR_REFUSED, RETRY_NO, true
#define ANSWER VERDICT_ANSWER, ERR_NONE, RETRY_NO, false
#define NONE ((enum site_cause)0)

static const struct expectation expectations[] = {
    {"err_admin_not_agent", SITE_BY_ID, REFUSED, SITE_NO_PERMISSION, 0},
    {"err_authorization_header_stripped", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_bearer_auth", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_db_connection", SITE_BY_ID, LATER, SITE_DOWN, 0},
    {"err_db_connection_no_accept", SITE_BY_ID, LATER, SITE_DOWN, 0},
    {"err_docs_ticket_singular", SITE_TICKET, REFUSED, SITE_NO_ROUTE, 0},
    {"err_empty_password", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_http_production", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_index_wrong_password_core_code", SITE_INDEX, REFUSED, SITE_CLOSED_INDEX, 0},
    {"err_limited_other_ticket", SITE_TICKET, ANSWER, NONE, SITE_INVISIBLE},
    {"err_login_password", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_maintenance", SITE_BY_ID, LATER, SITE_MAINTENANCE, 0},
    {"err_maintenance_no_accept", SITE_BY_ID, LATER, SITE_MAINTENANCE, 0},
    {"err_maintenance_port8114", SITE_RECENT, LATER, SITE_MAINTENANCE, 0},
    {"err_malformed_auth_header", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_no_auth", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_no_fs_permission_subscriber", SITE_BY_ID, REFUSED, SITE_NO_PERMISSION, 0},
    {"err_order_by_unknown", SITE_BY_ID, SMALLER, SITE_SERVER_ERROR, 0},
    {"err_per_page_0", SITE_BY_ID, SMALLER, SITE_SERVER_ERROR, 0},
    {"err_permalinks_off_port8113", SITE_BY_ID, FORM, SITE_NO_API, 0},
    {"err_permalinks_off_wpjson", SITE_BY_ID, FORM, SITE_NO_API, 0},
    {"err_php_fatal", SITE_BY_ID, SMALLER, SITE_SERVER_ERROR, 0},
    {"err_php_fatal_no_accept", SITE_BY_ID, SMALLER, SITE_SERVER_ERROR, 0},
    {"err_plugin_deactivated", SITE_BY_ID, REFUSED, SITE_NO_ROUTE, 0},
    {"err_plugin_deactivated_noauth", SITE_RECENT, REFUSED, SITE_NO_ROUTE, 0},
    {"err_plugin_deactivated_port8116", SITE_SEARCH, REFUSED, SITE_NO_ROUTE, 0},
    {"err_rate_limited", SITE_BY_ID, LATER, SITE_RATE_LIMIT, 0},
    {"err_redirect_to_https", SITE_BY_ID, REFUSED, SITE_REDIRECTED, 0},
    {"err_revoked_core_code", SITE_BY_ID, REFUSED, SITE_BAD_PASSWORD, 0},
    {"err_revoked_password", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_single_0", SITE_TICKET, ANSWER, NONE, SITE_DELETED},
    {"err_single_customer_gone", SITE_TICKET, ANSWER, NONE, SITE_PRESENT},
    {"err_single_deleted", SITE_TICKET, ANSWER, NONE, SITE_DELETED},
    {"err_single_huge", SITE_TICKET, ANSWER, NONE, SITE_DELETED},
    {"err_ticket_nonint", SITE_TICKET, REFUSED, SITE_NO_ROUTE, 0},
    {"err_ticket_not_found", SITE_TICKET, ANSWER, NONE, SITE_DELETED},
    {"err_unknown_email_core_code", SITE_BY_ID, REFUSED, SITE_NO_USER, 0},
    {"err_unknown_route", SITE_BY_ID, REFUSED, SITE_NO_ROUTE, 0},
    {"err_unknown_user", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_unknown_user_core_code", SITE_BY_ID, REFUSED, SITE_NO_USER, 0},
    {"err_wp_json_on_unauth_me", SITE_ME, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_wrong_method", SITE_BY_ID, REFUSED, SITE_NO_ROUTE, 0},
    {"err_wrong_password", SITE_BY_ID, REFUSED, SITE_BAD_CREDENTIALS, 0},
    {"err_wrong_password_core_code", SITE_BY_ID, REFUSED, SITE_BAD_PASSWORD, 0},
};

static const struct expectation *expected(const char *file)
{
    size_t n = strlen(file) - strlen(".meta");
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++)
        if (strlen(expectations[i].name) == n && strncmp(expectations[i].name, file, n) == 0)
            return &expectations[i];
    fail_msg("no expectation for %s", file);
    return NULL;
}

static void check_recording(const struct expectation *e)
{
    struct exchange x;
    replay(&x, e->name, e->what);
    enum site_verdict verdict = judge(&x);
    if (verdict != e->verdict)
        fail_msg("%s: verdict %d: %s", e->name, (int)verdict, x.answer->error.message);
    assert_int_not_equal(x.answer->date, 0);
    if (verdict == VERDICT_ANSWER) {
        assert_int_equal(x.answer->presence, e->presence);
    } else {
        assert_fault(&x, e->code, e->retry, e->splittable);
        assert_cause(&x, e->cause);
        assert_null(strpbrk(x.answer->error.message, "<\n\r\t"));
    }
    end(&x);
}

static void every_recorded_error_is_understood(void **state)
{
    (void)state;
    size_t seen = 0;
    struct dirent *entry;
    DIR *dir = opendir(RECORDINGS);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        const char *suffix = strrchr(entry->d_name, '.');
        if (strncmp(entry->d_name, "err_", 4) != 0 || strcmp(suffix, ".meta") != 0)
            continue;
        check_recording(expected(entry->d_name));
        seen++;
    }
    closedir(dir);
    assert_int_equal(seen, sizeof expectations / sizeof *expectations);
}

static void recorded_pages_are_answers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum site_what what;
        int64_t page;
        size_t count;
        int64_t total;
    } pages[] = {
        {"tickets_per100_id_asc_page1", SITE_BY_ID, 1, 100, 250},
        {"tickets_per100_id_asc_page2", SITE_BY_ID, 2, 100, 250},
        {"tickets_per100_id_asc_page3", SITE_BY_ID, 3, 50, 250},
        {"tickets_beyond_last_page", SITE_BY_ID, 4, 0, 250},
        {"tickets_empty", SITE_RECENT, 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct exchange x;
        replay(&x, pages[i].name, pages[i].what);
        x.answer->request.page = pages[i].page;
        if (judge(&x) != VERDICT_ANSWER)
            fail_msg("%s: %s", pages[i].name, x.answer->error.message);
        assert_int_equal(x.answer->page.count, pages[i].count);
        assert_int_equal(x.answer->page.total, pages[i].total);
        end(&x);
    }
}

static void recorded_permissions_are_understood(void **state)
{
    (void)state;
    struct exchange x;
    replay(&x, "me", SITE_ME);
    assert_int_equal(judge(&x), VERDICT_ANSWER);
    assert_true(x.answer->rights.sees_all);
    end(&x);
    replay(&x, "me_limited", SITE_ME);
    assert_int_equal(judge(&x), VERDICT_ANSWER);
    assert_false(x.answer->rights.sees_all);
    end(&x);
    replay(&x, "me_subscriber", SITE_ME);
    assert_int_equal(judge(&x), VERDICT_FAULT);
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    assert_cause(&x, SITE_NO_PERMISSION);
    end(&x);
}

static void recorded_tickets_are_present(void **state)
{
    (void)state;
    static const char *const names[] = {"ticket_single", "ticket_single_closed"};
    for (size_t i = 0; i < 2; i++) {
        struct exchange x;
        replay(&x, names[i], SITE_TICKET);
        assert_int_equal(judge(&x), VERDICT_ANSWER);
        assert_int_equal(x.answer->presence, SITE_PRESENT);
        end(&x);
    }
}

static void recorded_index_is_an_answer(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_INDEX);
    char *text = load("wp_index_fields", ".json");
    body(&x, text);
    free(text);
    assert_int_equal(judge(&x), VERDICT_ANSWER);
    assert_string_equal(x.answer->index.timezone_string, "America/New_York");
    assert_true(x.answer->index.has_plugin);
    end(&x);
}

/* Pages that are not what was asked for */

static const char *const two = "{\"tickets\":{\"current_page\":1,\"per_page\":100,\"total\":2,"
                               "\"last_page\":1,\"data\":[{\"id\":7},{\"id\":9}]}}";

static enum site_verdict judge_list(struct exchange *x, enum site_what what, const char *text)
{
    begin(x, what);
    body(x, text);
    return judge(x);
}

static void another_page_proves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } pages[] = {
        {"{\"tickets\":{\"current_page\":2,\"per_page\":100,\"data\":[]}}", "another page"},
        {"{\"tickets\":{\"per_page\":100,\"data\":[]}}", "another page"},
        {"{\"tickets\":{\"current_page\":1,\"per_page\":101,\"data\":[]}}", "another size"},
        {"{\"tickets\":{\"current_page\":1,\"per_page\":0,\"data\":[]}}", "another size"},
        {"{\"tickets\":{\"current_page\":1,\"data\":[]}}", "another size"},
        {"{\"tickets\":{\"current_page\":1,\"per_page\":100,\"data\":[{\"id\":9},{\"id\":7}]}}",
         "order"},
        {"{\"tickets\":{\"current_page\":1,\"per_page\":100,\"data\":[{\"id\":9},{\"id\":9}]}}",
         "order"},
        {"{\"tickets\":{\"current_page\":1,\"per_page\":100,\"data\":[{\"id\":9},null,{\"id\":8}]}"
         "}",
         "order"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct exchange x;
        assert_int_equal(judge_list(&x, SITE_BY_ID, pages[i].text), VERDICT_FAULT);
        assert_fault(&x, ERR_UNAVAILABLE, RETRY_ALL, false);
        assert_says(&x, pages[i].says);
        assert_int_equal(x.answer->page.count, 0);
        end(&x);
    }
}

static void more_tickets_than_asked_for_prove_nothing(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_BY_ID);
    x.answer->request.per_page = 1;
    body(&x, "{\"tickets\":{\"current_page\":1,\"per_page\":1,\"data\":[{\"id\":7},{\"id\":9}]}}");
    assert_int_equal(judge(&x), VERDICT_FAULT);
    assert_says(&x, "more tickets");
    end(&x);
}

static void items_that_are_no_tickets_are_passed_over(void **state)
{
    (void)state;
    struct exchange x;
    assert_int_equal(judge_list(&x, SITE_BY_ID,
                                "{\"tickets\":{\"current_page\":1,\"per_page\":100,\"data\":"
                                "[{\"id\":7},\"?\",{\"id\":\"x\"},{\"id\":9}]}}"),
                     VERDICT_ANSWER);
    assert_int_equal(x.answer->page.count, 4);
    end(&x);
}

static void only_the_list_by_id_must_ascend(void **state)
{
    (void)state;
    struct exchange x;
    assert_int_equal(
        judge_list(&x, SITE_RECENT,
                   "{\"tickets\":{\"current_page\":1,\"per_page\":100,\"data\":[{\"id\":9},"
                   "{\"id\":7}]}}"),
        VERDICT_ANSWER);
    end(&x);
}

static void a_search_finds_its_ticket_or_none(void **state)
{
    (void)state;
    struct exchange x;
    assert_int_equal(judge_list(&x, SITE_SEARCH,
                                "{\"tickets\":{\"current_page\":1,\"per_page\":15,\"data\":"
                                "[{\"id\":51}]}}"),
                     VERDICT_ANSWER);
    assert_int_equal(x.answer->page.count, 1);
    end(&x);
    assert_int_equal(judge_list(&x, SITE_SEARCH,
                                "{\"tickets\":{\"current_page\":1,\"per_page\":15,\"data\":[]}}"),
                     VERDICT_ANSWER);
    end(&x);
    assert_int_equal(judge_list(&x, SITE_SEARCH,
                                "{\"tickets\":{\"current_page\":1,\"per_page\":15,\"data\":"
                                "[{\"id\":50},{\"id\":51}]}}"),
                     VERDICT_FAULT);
    assert_says(&x, "another ticket");
    end(&x);
}

/* Content types */

static enum site_verdict judge_type(struct exchange *x, const char *type, const char *text)
{
    begin(x, SITE_BY_ID);
    snprintf(x->response->content_type, sizeof x->response->content_type, "%s", type);
    body(x, text);
    return judge(x);
}

static void json_has_several_content_types(void **state)
{
    (void)state;
    static const char *const types[] = {"application/json", "Application/JSON;charset=utf-8",
                                        "application/vnd.api+json; x=y"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct exchange x;
        assert_int_equal(judge_type(&x, types[i], two), VERDICT_ANSWER);
        end(&x);
    }
    static const char *const others[] = {"", "text/plain", "application/jsonp", "application/xml"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct exchange x;
        assert_int_equal(judge_type(&x, others[i], two), VERDICT_FAULT);
        assert_fault(&x, ERR_UNAVAILABLE, RETRY_FEW, true);
        end(&x);
    }
}

static void a_php_warning_does_not_hide_the_page(void **state)
{
    (void)state;
    char text[1024];
    snprintf(text, sizeof text, "<br />\n<b>Warning</b>: {x} in <b>y.php</b><br />\n%s", two);
    struct exchange x;
    assert_int_equal(judge_type(&x, "text/html; charset=UTF-8", text), VERDICT_ANSWER);
    assert_int_equal(x.answer->page.count, 2);
    end(&x);
}

static void a_page_for_people_is_no_answer(void **state)
{
    (void)state;
    const char *html = "<!DOCTYPE html><script>var a={\"tickets\":1};</script>Hello";
    struct exchange x;
    assert_int_equal(judge_type(&x, "text/html", html), VERDICT_OTHER_FORM);
    assert_fault(&x, ERR_REFUSED, RETRY_NO, true);
    assert_cause(&x, SITE_NO_API);
    end(&x);

    begin(&x, SITE_BY_ID);
    strcpy(x.response->content_type, "text/html");
    body(&x, html);
    x.asked.known = true;
    assert_int_equal(judge(&x), VERDICT_OTHER_FORM);
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_FEW, true);
    assert_cause(&x, SITE_PAGE_INSTEAD);
    end(&x);
}

/* What one ticket can do to the page that it is on, once other pages came. */
static void one_ticket_may_spoil_its_page(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *type, *body;
        enum error_code code;
        enum site_cause cause;
    } cases[] = {
        {200, "text/html", "", ERR_UNAVAILABLE, SITE_PAGE_INSTEAD},
        {200, "", "", ERR_UNAVAILABLE, SITE_OTHER_ANSWER},
        {200, "application/json", "", ERR_UNAVAILABLE, SITE_UNREADABLE},
        {200, "text/html", "<br />\n<b>Fatal error</b>: Out of memory", ERR_UNAVAILABLE,
         SITE_PAGE_INSTEAD},
        {204, "", "", ERR_UNAVAILABLE, SITE_ODD_STATUS},
        {403, "text/html", "<html>Forbidden</html>", ERR_REFUSED, SITE_BLOCKED_PAGE},
        {406, "text/html", "<html>Not Acceptable</html>", ERR_REFUSED, SITE_BLOCKED_PAGE},
        {503, "text/html", "<html>Blocked</html>", ERR_UNAVAILABLE, SITE_MAINTENANCE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const enum site_what lists[] = {SITE_BY_ID, SITE_RECENT};
        for (size_t l = 0; l < 2; l++) {
            struct exchange x;
            begin(&x, lists[l]);
            x.asked.known = x.asked.listed = true;
            x.response->status = cases[i].status;
            strcpy(x.response->content_type, cases[i].type);
            body(&x, cases[i].body);
            assert_int_not_equal(judge(&x), VERDICT_ANSWER);
            assert_int_equal(x.answer->error.code, cases[i].code);
            assert_cause(&x, cases[i].cause);
            assert_true(x.answer->splittable);
            end(&x);
        }
    }
}

static void a_firewall_is_a_cause(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_BY_ID);
    x.response->status = 403;
    strcpy(x.response->content_type, "text/html");
    body(&x, "<html>Forbidden</html>");
    judge(&x);
    assert_cause(&x, SITE_BLOCKED);
    end(&x);

    begin(&x, SITE_TICKET); /* of a single ticket, a run goes on */
    x.asked.listed = true;
    x.response->status = 403;
    strcpy(x.response->content_type, "text/html");
    body(&x, "<html>Forbidden</html>");
    judge(&x);
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_NO, false);
    assert_cause(&x, SITE_BLOCKED_TICKET);
    end(&x);
}

static void a_token_plugin_is_named(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"code\":\"jwt_auth_bad_auth_header\",\"message\":\"Authorization header malformed.\"}",
        "{\"code\":\"jwt_auth_invalid_token\",\"message\":\"Wrong number of segments\"}",
        "{\"code\":\"x\",\"message\":\"Authorization header malformed.\"}"};
    static const int statuses[] = {403, 401, 403};
    for (size_t i = 0; i < 3; i++) {
        struct exchange x;
        begin(&x, SITE_RECENT);
        x.response->status = statuses[i];
        body(&x, bodies[i]);
        assert_int_equal(judge(&x), VERDICT_FAULT);
        assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
        assert_cause(&x, SITE_TOKEN_PLUGIN);
        end(&x);
    }
}

static void what_this_machine_lacks_is_named(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_RECENT);
    x.response->outcome = HTTP_NO_THREAD;
    strcpy(x.response->failure, "getaddrinfo() thread failed to start");
    judge(&x);
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_ALL, false);
    assert_cause(&x, SITE_NO_THREAD);
    end(&x);
}

/* Whatever a plugin prints before it: every kind of answer is understood, and its length known. */
static void what_is_printed_before_is_passed_over(void **state)
{
    (void)state;
    static const char *const prints[] = {"\xEF\xBB\xBF", "debug", "<p>a \"b\" {c}</p>",
                                         "<br />\n<b>Warning</b>: x in <b>y</b><br />\n",
                                         "\xEF\xBB\xBF\nLoaded: "};
    static const char deleted[] =
        "\"No query results for model [FluentSupport\\\\App\\\\Models\\\\Ticket] 51\"";
    for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
        struct exchange x;
        char text[2048];
        snprintf(text, sizeof text, "%s%s", prints[i], deleted);
        begin(&x, SITE_TICKET);
        x.response->status = 422;
        body(&x, text);
        assert_int_equal(judge(&x), VERDICT_ANSWER);
        assert_int_equal(x.answer->presence, SITE_DELETED);
        end(&x);

        snprintf(text, sizeof text, "%s{\"ticket\":{\"id\":51},\"responses\":[]}", prints[i]);
        begin(&x, SITE_TICKET);
        body(&x, text);
        assert_int_equal(judge(&x), VERDICT_ANSWER);
        assert_int_equal(x.answer->presence, SITE_PRESENT);
        end(&x);

        snprintf(text, sizeof text, "%s{\"user_id\":1,\"permissions\":[\"fst_view_tickets\"]}",
                 prints[i]);
        begin(&x, SITE_ME);
        strcpy(x.response->content_type, "text/html");
        body(&x, text);
        assert_int_equal(judge(&x), VERDICT_ANSWER);
        assert_true(x.answer->rights.sees_all);
        assert_true(x.answer->printed >= 3);
        end(&x);

        snprintf(text, sizeof text, "%s{\"code\":\"rest_forbidden\",\"message\":\"No\"}",
                 prints[i]);
        begin(&x, SITE_RECENT);
        x.response->status = 403;
        body(&x, text);
        assert_int_equal(judge(&x), VERDICT_FAULT);
        assert_cause(&x, SITE_NO_PERMISSION);
        end(&x);
    }
}

static void a_404_as_a_page_speaks_of_the_form(void **state)
{
    (void)state;
    static const enum site_what all[] = {SITE_INDEX,   SITE_ME,     SITE_BY_ID,
                                         SITE_RECENT,  SITE_SEARCH, SITE_TICKET,
                                         SITE_MAILBOX, SITE_LOGIN,  SITE_LOG};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct exchange x;
        begin(&x, all[i]);
        strcpy(x.response->content_type, "text/html");
        x.response->status = 404;
        body(&x, "<html>Not Found</html>");
        assert_int_equal(judge(&x), VERDICT_OTHER_FORM);
        assert_fault(&x, ERR_REFUSED, RETRY_NO, all[i] == SITE_BY_ID || all[i] == SITE_RECENT);
        end(&x);
    }
}

static void a_body_that_does_not_parse_may_do_when_smaller(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "{\"tickets\":{\"data\":[{\"id\":1", "[]",
                                         "{\"message\":\"SQLSTATE[42000]\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct exchange x;
        assert_int_equal(judge_list(&x, SITE_BY_ID, bodies[i]), VERDICT_FAULT);
        assert_fault(&x, ERR_UNAVAILABLE, RETRY_FEW, true);
        end(&x);
    }
    struct exchange x;
    begin(&x, SITE_BY_ID);
    x.answer->request.per_page = 1; /* nothing smaller to ask for */
    body(&x, "{");
    assert_int_equal(judge(&x), VERDICT_FAULT);
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_ALL, true);
    end(&x);
}

static void an_administrator_who_is_no_agent_may_get_200(void **state)
{
    (void)state;
    struct exchange x;
    assert_int_equal(
        judge_list(&x, SITE_BY_ID, "{\"message\":\"Call to a member function getMeta() on null\"}"),
        VERDICT_FAULT);
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    end(&x);
}

/* Statuses */

static void statuses_have_their_meaning(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *type;
        enum error_code code;
        enum retry_kind retry;
        bool splittable;
        enum site_cause cause;
    } cases[] = {
        {202, "text/html", ERR_UNAVAILABLE, RETRY_ALL, false, SITE_ODD_STATUS},
        {204, "", ERR_UNAVAILABLE, RETRY_ALL, false, SITE_ODD_STATUS},
        {400, "application/json", ERR_REFUSED, RETRY_NO, false, SITE_BAD_REQUEST},
        {401, "text/html", ERR_REFUSED, RETRY_NO, false, SITE_SERVER_PASSWORD},
        {403, "text/html", ERR_REFUSED, RETRY_NO, true, SITE_BLOCKED},
        {408, "", ERR_UNAVAILABLE, RETRY_ALL, false, SITE_ODD_STATUS},
        {410, "text/html", ERR_REFUSED, RETRY_NO, true, SITE_BAD_REQUEST},
        {422, "application/json", ERR_REFUSED, RETRY_NO, false, SITE_BAD_REQUEST},
        {429, "text/html", ERR_UNAVAILABLE, RETRY_ALL, false, SITE_RATE_LIMIT},
        {500, "text/html", ERR_UNAVAILABLE, RETRY_FEW, true, SITE_SERVER_ERROR},
        {502, "text/html", ERR_UNAVAILABLE, RETRY_FEW, true, SITE_SERVER_ERROR},
        {503, "text/html", ERR_UNAVAILABLE, RETRY_ALL, false, SITE_MAINTENANCE},
        {504, "text/html", ERR_UNAVAILABLE, RETRY_FEW, true, SITE_SERVER_ERROR},
        {520, "text/html", ERR_UNAVAILABLE, RETRY_FEW, true, SITE_SERVER_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        begin(&x, SITE_BY_ID);
        x.response->status = cases[i].status;
        snprintf(x.response->content_type, sizeof x.response->content_type, "%s", cases[i].type);
        bool json = strcmp(cases[i].type, "application/json") == 0;
        body(&x, json ? "{\"code\":\"c\",\"message\":\"m\"}" : "<html>{}</html>");
        assert_int_equal(judge(&x), VERDICT_FAULT);
        assert_fault(&x, cases[i].code, cases[i].retry, cases[i].splittable);
        assert_cause(&x, cases[i].cause);
        end(&x);
    }
}

static void wordpress_itself_dying_is_not_the_pages_fault(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_BY_ID);
    x.response->status = 500;
    body(&x, "{\"code\":\"wp_die\",\"message\":\"<h1>Closed</h1>\"}");
    assert_int_equal(judge(&x), VERDICT_FAULT);
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_ALL, false);
    end(&x);
}

static enum site_verdict judge_redirect(struct exchange *x, const char *location)
{
    begin(x, SITE_BY_ID);
    x->response->status = 301;
    snprintf(x->response->location, sizeof x->response->location, "%s", location);
    return judge(x);
}

static void a_redirect_elsewhere_is_named_and_not_followed(void **state)
{
    (void)state;
    struct exchange x;
    assert_int_equal(judge_redirect(&x, "https://www.example.test/help/wp-json/fluent-support/v2/"
                                        "tickets?token=abc"),
                     VERDICT_FAULT);
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    assert_cause(&x, SITE_REDIRECTED);
    assert_advises(&x, "api_url = https://www.example.test/help");
    assert_string_equal(x.answer->moved_to, "https://www.example.test/help");
    assert_does_not_say(&x, "token");
    end(&x);

    judge_redirect(&x, "https://www.example.test/?rest_route=/fluent-support/v2/tickets");
    assert_advises(&x, "api_url = https://www.example.test");
    assert_does_not_say(&x, "api_url = https://www.example.test/");
    end(&x);

    judge_redirect(&x, "https://u:secret@login.example.test/wp-login.php?redirect_to=x");
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    assert_says(&x, "https://login.example.test/wp-login.php");
    assert_does_not_say(&x, "secret");
    assert_does_not_say(&x, "api_url =");
    assert_null(x.answer->moved_to);
    end(&x);

    assert_int_equal(judge_redirect(&x, ""), VERDICT_FAULT);
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    end(&x);
}

static void the_readme_tells_the_version(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *text, *version;
    } cases[] = {
        {200, "=== Fluent Support ===\nRequires PHP: 7.3\nStable tag: 2.0.1\nLicense: GPL",
         "2.0.1"},
        {200, "stable tag:1.7.90\r\n", "1.7.90"},
        {200, "Stable tag: trunk\n", ""},
        {200, "<html>a page</html>", ""},
        {200, "", ""},
        {403, "Stable tag: 2.0.1\n", ""},
        {404, "Stable tag: 2.0.1\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        begin(&x, SITE_README);
        strcpy(x.response->content_type, "text/plain");
        x.response->status = cases[i].status;
        body(&x, cases[i].text);
        assert_int_equal(judge(&x), VERDICT_ANSWER);
        assert_string_equal(x.answer->version, cases[i].version);
        end(&x);
    }
}

static void the_log_names_deletions_or_fails(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *text;
        int verdict, cause;
    } cases[] = {
        {200,
         "{\"activities\":{\"data\":[{\"event_type\":\"fluent_support\\/ticket_deleted\","
         "\"object_id\":\"5\"}]}}",
         VERDICT_ANSWER, 0},
        {200, "{\"activities\":[]}", VERDICT_FAULT, SITE_OTHER_ANSWER},
        {200, "\"No activities found\"", VERDICT_FAULT, SITE_OTHER_ANSWER},
        {403, "{\"code\":\"rest_forbidden\",\"message\":\"No\"}", VERDICT_FAULT,
         SITE_NO_PERMISSION},
        {404, "{\"code\":\"rest_no_route\",\"message\":\"No\"}", VERDICT_FAULT, SITE_NO_ROUTE},
        {422, "\"No activities found\"", VERDICT_FAULT, SITE_BAD_REQUEST},
        {500, "{\"code\":\"internal_server_error\"}", VERDICT_FAULT, SITE_SERVER_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        begin(&x, SITE_LOG);
        x.response->status = cases[i].status;
        body(&x, cases[i].text);
        assert_int_equal(judge(&x), cases[i].verdict);
        assert_int_equal(x.answer->error.cause, cases[i].cause);
        assert_int_equal(x.answer->log.count, cases[i].verdict == VERDICT_ANSWER);
        if (cases[i].verdict == VERDICT_FAULT)
            assert_says(&x, "cannot read the activity log from");
        end(&x);
    }
}

/* Changes */

static void judge_change(struct exchange *x, int status, const char *text)
{
    begin(x, SITE_SET);
    x->answer->request.body = "{}";
    x->response->sent = true;
    x->response->status = status;
    body(x, text);
    if (*text == '<')
        strcpy(x->response->content_type, "text/html");
    judge(x);
}

static void recorded_changes_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum site_what what;
        enum site_outcome outcome;
        int64_t response_id;
        const char *words;
    } cases[] = {
        {"write_property_priority", SITE_SET, SITE_ACCEPTED, 0, NULL},
        {"write_close", SITE_CLOSE, SITE_ACCEPTED, 0, NULL},
        {"write_reopen", SITE_REOPEN, SITE_ACCEPTED, 0, NULL},
        {"write_response", SITE_RESPOND, SITE_ACCEPTED, 278, NULL},
        {"write_response_empty", SITE_RESPOND, SITE_REFUSED, 0, "(Reply content is required)"},
        {"write_property_notfound", SITE_SET, SITE_REFUSED, 0, "(No query results for model"},
        {"write_property_agent_apiuser_no_assign_perm", SITE_SET, SITE_REFUSED, 0,
         "(Permission denied to assign agent)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        replay(&x, cases[i].name, cases[i].what);
        x.answer->request.body = "{}";
        judge(&x);
        assert_int_equal(x.answer->outcome, cases[i].outcome);
        assert_int_equal(x.answer->response_id, cases[i].response_id);
        assert_int_not_equal(x.answer->date, 0);
        if (cases[i].words) {
            assert_says(&x, cases[i].words);
            assert_says(&x, "cannot change ticket 51 at ");
            assert_cause(&x, SITE_CHANGE_REFUSED);
            assert_short(&x);
        }
        end(&x);
    }
}

/* Nothing but a proper yes is a yes, and nothing but a proper no is a no. */
static void other_answers_to_changes_leave_them_unknown(void **state)
{
    (void)state;
    static const char updated[] = "{\"message\":\"Priority has been updated\",\"update_data\":[]}";
    static const struct {
        int status;
        const char *text;
        enum site_outcome outcome;
        enum site_cause cause; /* 0: accepted */
    } cases[] = {
        {200, updated, SITE_ACCEPTED, 0},
        {200, "Warning: x in y on line 1\n{\"message\":\"m\",\"ticket\":{\"id\":1}}", SITE_ACCEPTED,
         0},
        {200, "\"No query results for model [Ticket] 9\"", SITE_REFUSED, SITE_CHANGE_REFUSED},
        {422, "{\"message\":\"Invalid ticket priority.\"}", SITE_REFUSED, SITE_CHANGE_REFUSED},
        {400, "{\"code\":\"rest_invalid_json\",\"message\":\"Invalid JSON\"}", SITE_REFUSED,
         SITE_CHANGE_REFUSED},
        {401, "{\"code\":\"rest_forbidden\",\"message\":\"Sorry\"}", SITE_REFUSED,
         SITE_BAD_CREDENTIALS},
        {403, "{\"code\":\"rest_forbidden\",\"message\":\"Sorry\"}", SITE_REFUSED,
         SITE_NO_PERMISSION},
        {404, "{\"code\":\"rest_no_route\",\"message\":\"No route\"}", SITE_REFUSED, SITE_NO_ROUTE},
        {200, "{\"message\":\"SQLSTATE\"}", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {200, "{\"update_data\":[]}", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {200, "[]", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {200, "", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {200, "<html>front page</html>", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {201, updated, SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {301, "", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {403, "<html>blocked</html>", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {429, "{\"message\":\"slow down\"}", SITE_UNKNOWN, SITE_OTHER_ANSWER},
        {500, "{\"message\":\"a hook threw\"}", SITE_UNKNOWN, SITE_SERVER_ERROR},
        {502, "<html>gateway</html>", SITE_UNKNOWN, SITE_SERVER_ERROR},
        {503, "<html>busy</html>", SITE_UNKNOWN, SITE_MAINTENANCE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        judge_change(&x, cases[i].status, cases[i].text);
        if (x.answer->outcome != cases[i].outcome)
            fail_msg("%d %s: outcome %d", cases[i].status, cases[i].text, (int)x.answer->outcome);
        assert_int_equal(x.answer->error.cause, cases[i].cause);
        if (cases[i].cause)
            assert_short(&x);
        end(&x);
    }
}

static void a_change_that_did_not_travel(void **state)
{
    (void)state;
    static const struct {
        enum http_outcome how;
        bool sent;
        enum site_outcome outcome;
    } cases[] = {
        {HTTP_UNFINISHED, true, SITE_UNKNOWN},      {HTTP_NO_CONNECTION, true, SITE_UNKNOWN},
        {HTTP_NO_CONNECTION, false, SITE_NOT_SENT}, {HTTP_BAD_CERTIFICATE, false, SITE_NOT_SENT},
        {HTTP_TOO_LARGE, true, SITE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        begin(&x, SITE_CLOSE);
        x.answer->request.body = "{}";
        x.response->outcome = cases[i].how;
        x.response->sent = cases[i].sent;
        assert_int_equal(judge(&x), VERDICT_FAULT);
        assert_int_equal(x.answer->outcome, cases[i].outcome);
        end(&x);
    }
    struct exchange x; /* from a cache */
    begin(&x, SITE_CLOSE);
    x.answer->request.body = "{}";
    x.answer->stale = x.response->sent = true;
    body(&x, "{\"message\":\"m\",\"ticket\":{}}");
    assert_int_equal(judge(&x), VERDICT_FAULT);
    assert_int_equal(x.answer->outcome, SITE_UNKNOWN);
    end(&x);
}

static void the_same_path_means_the_form(void **state)
{
    (void)state;
    const char *path = "/wp-json/fluent-support/v2/tickets";
    static const struct {
        const char *host, *tail;
        enum site_verdict verdict;
    } cases[] = {
        {BASE, "/?per_page=100&page=1&order_by=id&order_type=ASC", VERDICT_OTHER_FORM},
        {BASE, "/", VERDICT_OTHER_FORM},
        {BASE, "/login", VERDICT_FAULT},
        {BASE, "", VERDICT_OTHER_FORM}, /* nginx, plain permalinks */
        {BASE, "?per_page=100", VERDICT_OTHER_FORM},
        {"http://support.example.test", "/", VERDICT_FAULT},
        {BASE ".evil.test", "/", VERDICT_FAULT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char location[512];
        struct exchange x;
        snprintf(location, sizeof location, "%s%s%s", cases[i].host, path, cases[i].tail);
        assert_int_equal(judge_redirect(&x, location), cases[i].verdict);
        end(&x);
    }
}

/* The site's words are not trusted */

static void hostile_words_are_made_harmless(void **state)
{
    (void)state;
    struct exchange x;
    char text[1024], longer[700];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    begin(&x, SITE_BY_ID);
    x.response->status = 400;
    snprintf(text, sizeof text,
             "{\"code\":\"a\\u001b[2Jb\",\"message\":\"\\u001b]0;\\u0007<script>x</script>one\\n"
             "two %s\"}",
             longer);
    body(&x, text);
    assert_int_equal(judge(&x), VERDICT_FAULT);
    assert_says(&x, "one two xxx");
    for (const char *p = x.answer->error.message; *p; p++)
        assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
    assert_does_not_say(&x, "<");
    assert_does_not_say(&x, "[2J");
    longer[200] = '\0';
    assert_does_not_say(&x, longer);
    end(&x);
}

/* Single tickets */

static void only_the_tickets_own_absence_is_a_deletion(void **state)
{
    (void)state;
    static const char *const gone = "\"No query results for model [FluentSupport\\\\App\\\\Models"
                                    "\\\\Ticket] 51\"";
    static const struct {
        int status;
        const char *body;
        enum site_verdict verdict;
        enum site_presence presence;
    } cases[] = {
        {200, "\"No query results for model\"", VERDICT_ANSWER, SITE_DELETED},
        {200, "{\"message\":\"No query results for model\"}", VERDICT_FAULT, 0},
        {422, "{\"message\":\"No query results for model\"}", VERDICT_ANSWER, SITE_DELETED},
        {404, "\"No query results for model\"", VERDICT_FAULT, 0},
        {500, "\"No query results for model\"", VERDICT_FAULT, 0},
        {422, "\"No query results for model [FluentSupport\\\\App\\\\Models\\\\MailBox] 2\"",
         VERDICT_ANSWER, SITE_INVISIBLE},
        {422, "\"Sorry, no.\"", VERDICT_ANSWER, SITE_INVISIBLE},
        {403, "{\"code\":\"rest_forbidden\",\"message\":\"no\"}", VERDICT_ANSWER, SITE_INVISIBLE},
        {403, "<html>blocked</html>", VERDICT_FAULT, 0},
        {200, "{ \"x\":1, \"ticket\" : {\"id\":51}}", VERDICT_ANSWER, SITE_PRESENT},
        {200, "{\"ticket\":null}", VERDICT_FAULT, 0},
        {200, "{\"message\":\"\\\"ticket\\\":{}\"}", VERDICT_FAULT, 0},
        {200, "{\"ticket\":{\"id\":51}", VERDICT_FAULT, 0},
        {200, "[{\"ticket\":{\"id\":51}}]", VERDICT_FAULT, 0},
        {500, "{\"message\":\"another fault\"}", VERDICT_FAULT, 0},
    };
    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        struct exchange x;
        begin(&x, SITE_TICKET);
        bool last = i == sizeof cases / sizeof *cases;
        x.response->status = last ? 200 : cases[i].status;
        body(&x, last ? gone : cases[i].body);
        assert_int_equal(judge(&x), last ? VERDICT_ANSWER : cases[i].verdict);
        if (x.answer->error.code == ERR_NONE)
            assert_int_equal(x.answer->presence, last ? SITE_DELETED : cases[i].presence);
        end(&x);
    }
}

/* Failures below HTTP */

static enum site_verdict judge_failed(struct exchange *x, enum http_outcome outcome,
                                      const char *failure)
{
    x->response->outcome = outcome;
    x->response->status = 0;
    strcpy(x->response->failure, failure);
    return judge(x);
}

static void failures_of_the_network_are_retried(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_BY_ID);
    assert_int_equal(judge_failed(&x, HTTP_NO_CONNECTION, "Could not resolve host: nowhere"),
                     VERDICT_FAULT);
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_ALL, false);
    assert_says(&x, "Could not resolve host: nowhere");
    end(&x);

    begin(&x, SITE_BY_ID);
    judge_failed(&x, HTTP_UNFINISHED, "time-out");
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_FEW, true);
    end(&x);

    begin(&x, SITE_RECENT);
    judge_failed(&x, HTTP_UNFINISHED, "time-out");
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_ALL, true);
    end(&x);
}

static void an_answer_that_is_too_large_must_be_asked_for_in_pieces(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_BY_ID);
    judge_failed(&x, HTTP_TOO_LARGE, "the answer is larger than 10 bytes");
    assert_fault(&x, ERR_UNAVAILABLE, RETRY_NO, true);
    assert_cause(&x, SITE_TOO_LARGE);
    end(&x);
}

static void a_certificate_needs_a_person(void **state)
{
    (void)state;
    struct exchange x;
    begin(&x, SITE_BY_ID);
    x.asked.ca_file = "/etc/own-ca.pem";
    judge_failed(&x, HTTP_BAD_CERTIFICATE, "self-signed certificate");
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    assert_cause(&x, SITE_BAD_CERTIFICATE);
    assert_says(&x, "/etc/own-ca.pem");
    end(&x);
}

/* Asked with the credentials, an index that refuses them says what is wrong with them. */
static void an_index_may_tell_of_the_credentials(void **state)
{
    (void)state;
    struct exchange x;
    replay(&x, "err_index_wrong_password_core_code", SITE_LOGIN);
    judge(&x);
    assert_fault(&x, ERR_REFUSED, RETRY_NO, false);
    assert_cause(&x, SITE_BAD_PASSWORD);
    end(&x);
}

/* URLs */

static void urls_have_two_forms(void **state)
{
    (void)state;
    static const struct {
        struct site_request request;
        const char *pretty, *plain;
    } cases[] = {
        {{.what = SITE_INDEX},
         "/wp-json/"
         "?_fields=name,home,gmt_offset,timezone_string,namespaces,authentication&fluent_sync=1",
         "/?rest_route=/"
         "&_fields=name,home,gmt_offset,timezone_string,namespaces,authentication&fluent_sync=1"},
        {{.what = SITE_ME},
         "/wp-json/fluent-support/v2/me?fluent_sync=1",
         "/?rest_route=/fluent-support/v2/me&fluent_sync=1"},
        {{.what = SITE_LOG, .per_page = 100},
         "/wp-json/fluent-support/v2/activity-logger?per_page=100&page=1&fluent_sync=1",
         "/?rest_route=/fluent-support/v2/activity-logger&per_page=100&page=1&fluent_sync=1"},
        {{.what = SITE_BY_ID, .page = 3, .per_page = 500},
         "/wp-json/fluent-support/v2/"
         "tickets?per_page=500&page=3&order_by=id&order_type=ASC&fluent_sync=1",
         "/?rest_route=/fluent-support/v2/"
         "tickets&per_page=500&page=3&order_by=id&order_type=ASC&fluent_sync=1"},
        {{.what = SITE_RECENT, .page = 1, .per_page = 100},
         "/wp-json/fluent-support/v2/"
         "tickets?per_page=100&page=1&order_by=updated_at&order_type=DESC&fluent_sync=1",
         "/?rest_route=/fluent-support/v2/tickets&per_page=100&page=1&order_by=updated_at"
         "&order_type=DESC&fluent_sync=1"},
        {{.what = SITE_SEARCH, .ticket = 20},
         "/wp-json/fluent-support/v2/tickets?search=id:20&per_page=15&page=1&fluent_sync=1",
         "/?rest_route=/fluent-support/v2/tickets&search=id:20&per_page=15&page=1&fluent_sync=1"},
        {{.what = SITE_MAILBOX, .page = 1, .per_page = 15, .mailbox = 7},
         "/wp-json/fluent-support/v2/tickets?per_page=15&page=1&order_by=id&order_type=ASC"
         "&filters%5Bmailbox_id%5D=7&fluent_sync=1",
         "/?rest_route=/fluent-support/v2/tickets&per_page=15&page=1&order_by=id&order_type=ASC"
         "&filters%5Bmailbox_id%5D=7&fluent_sync=1"},
        {{.what = SITE_TICKET, .ticket = 20},
         "/wp-json/fluent-support/v2/tickets/20?fluent_sync=1",
         "/?rest_route=/fluent-support/v2/tickets/20&fluent_sync=1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf url;
        buf_init(&url, 1024);
        site_url(&url, BASE "/sub", SITE_FORM_PRETTY, &cases[i].request, "1");
        assert_memory_equal(buf_text(&url), BASE "/sub", strlen(BASE "/sub"));
        assert_string_equal(buf_text(&url) + strlen(BASE "/sub"), cases[i].pretty);
        buf_clear(&url);
        site_url(&url, BASE "/sub", SITE_FORM_PLAIN, &cases[i].request, "1");
        assert_string_equal(buf_text(&url) + strlen(BASE "/sub"), cases[i].plain);
        buf_release(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_error_is_understood),
        cmocka_unit_test(recorded_pages_are_answers),
        cmocka_unit_test(recorded_permissions_are_understood),
        cmocka_unit_test(recorded_tickets_are_present),
        cmocka_unit_test(recorded_index_is_an_answer),
        cmocka_unit_test(an_index_may_tell_of_the_credentials),
        cmocka_unit_test(another_page_proves_nothing),
        cmocka_unit_test(more_tickets_than_asked_for_prove_nothing),
        cmocka_unit_test(items_that_are_no_tickets_are_passed_over),
        cmocka_unit_test(only_the_list_by_id_must_ascend),
        cmocka_unit_test(a_search_finds_its_ticket_or_none),
        cmocka_unit_test(json_has_several_content_types),
        cmocka_unit_test(a_php_warning_does_not_hide_the_page),
        cmocka_unit_test(a_page_for_people_is_no_answer),
        cmocka_unit_test(one_ticket_may_spoil_its_page),
        cmocka_unit_test(a_firewall_is_a_cause),
        cmocka_unit_test(a_token_plugin_is_named),
        cmocka_unit_test(what_this_machine_lacks_is_named),
        cmocka_unit_test(what_is_printed_before_is_passed_over),
        cmocka_unit_test(a_404_as_a_page_speaks_of_the_form),
        cmocka_unit_test(a_body_that_does_not_parse_may_do_when_smaller),
        cmocka_unit_test(an_administrator_who_is_no_agent_may_get_200),
        cmocka_unit_test(statuses_have_their_meaning),
        cmocka_unit_test(wordpress_itself_dying_is_not_the_pages_fault),
        cmocka_unit_test(a_redirect_elsewhere_is_named_and_not_followed),
        cmocka_unit_test(the_readme_tells_the_version),
        cmocka_unit_test(the_log_names_deletions_or_fails),
        cmocka_unit_test(recorded_changes_are_understood),
        cmocka_unit_test(other_answers_to_changes_leave_them_unknown),
        cmocka_unit_test(a_change_that_did_not_travel),
        cmocka_unit_test(the_same_path_means_the_form),
        cmocka_unit_test(hostile_words_are_made_harmless),
        cmocka_unit_test(only_the_tickets_own_absence_is_a_deletion),
        cmocka_unit_test(failures_of_the_network_are_retried),
        cmocka_unit_test(an_answer_that_is_too_large_must_be_asked_for_in_pieces),
        cmocka_unit_test(a_certificate_needs_a_person),
        cmocka_unit_test(urls_have_two_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
