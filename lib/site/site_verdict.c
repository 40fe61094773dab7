/* site_verdict: statuses, content types and bodies into answers and errors. */
#include "site/site_verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/zone.h"
#include "site/site_url.h"

enum { QUOTE_MAX = 200, LOCATION_MAX = 300, REASON_MAX = 2048 };

struct judge {
    const struct site_asked *asked;
    struct http_response *response;
    struct site_answer *answer;
    enum retry_kind retry;
    char *body; /* NUL-terminated */
    size_t length;
    bool json;                  /* the body is JSON, whatever the header says */
    struct site_message said;   /* the site's own words, when it is */
    char quote[QUOTE_MAX + 80]; /* ", which says ..." made of them; "" when there are none */
};

static bool is_list(enum site_what what)
{
    return what == SITE_BY_ID || what == SITE_RECENT || what == SITE_SEARCH || what == SITE_MAILBOX;
}

static const char *noun(const struct site_request *request, char *text, size_t size)
{
    switch (request->what) {
    case SITE_INDEX:
    case SITE_LOGIN:
        return "the index of the REST API";
    case SITE_ME:
        return "the API user's permissions";
    case SITE_TICKET:
        snprintf(text, size, "ticket %" PRId64, request->ticket);
        return text;
    case SITE_BY_ID:
    case SITE_RECENT:
    case SITE_SEARCH:
    case SITE_MAILBOX:
        break;
    }
    return "the ticket list";
}

static enum site_verdict fault(struct judge *j, enum error_code code, enum retry_kind retry,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum site_verdict fault(struct judge *j, enum error_code code, enum retry_kind retry,
                               const char *format, ...)
{
    char what[64], reason[REASON_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    error_set(&j->answer->error, code, "cannot read %s from %s: %s",
              noun(&j->answer->request, what, sizeof what), j->asked->url, reason);
    j->retry = retry;
    return VERDICT_FAULT;
}

static enum site_verdict out_of_memory(struct judge *j)
{
    return fault(j, ERR_INTERNAL, RETRY_NO, "out of memory");
}

/* What may be this very request's: a smaller page may do better. */
static void allow_splitting(struct judge *j)
{
    enum site_what what = j->answer->request.what;
    j->answer->splittable = what == SITE_BY_ID || what == SITE_RECENT;
}

/* As fault(), for that. */
static enum site_verdict too_much(struct judge *j, enum retry_kind retry, const char *reason)
{
    const struct site_request *request = &j->answer->request;
    allow_splitting(j);
    /* Whoever walks by id asks for halves next. */
    if (retry == RETRY_ALL && request->what == SITE_BY_ID && request->per_page > 1)
        retry = RETRY_FEW;
    return fault(j, ERR_UNAVAILABLE, retry, "%s", reason);
}

/* The site's own words */

/* Tags are left out: WordPress puts them into the messages of its error pages. */
static void strip_tags(char *text)
{
    char *to = text;
    bool inside = false;
    for (const char *from = text; *from; from++) {
        bool end = inside && *from == '>';
        inside = !end && (inside || *from == '<');
        if (!inside)
            *to++ = end ? ' ' : *from;
    }
    *to = '\0';
}

static void make_quote(struct judge *j)
{
    char words[sizeof j->said.message];
    snprintf(words, sizeof words, "%s", j->said.message);
    strip_tags(words);
    const char *start = words + strspn(words, " ");
    size_t n = strlen(start);
    while (n && start[n - 1] == ' ')
        n--;
    struct buf clean, cut;
    buf_init(&clean, sizeof words);
    buf_init(&cut, QUOTE_MAX);
    text_clean(&clean, start, n);
    text_fit(&cut, buf_text(&clean), clean.len, QUOTE_MAX, QUOTE_MAX);
    if (cut.len && j->said.code[0])
        snprintf(j->quote, sizeof j->quote, " (%s: %s)", j->said.code, buf_text(&cut));
    else if (cut.len)
        snprintf(j->quote, sizeof j->quote, " (%s)", buf_text(&cut));
    buf_release(&clean);
    buf_release(&cut);
}

/* A code is a slug, as WordPress makes them; anything else is nothing to show. */
static void check_code(struct site_message *said)
{
    static const char slug[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (said->code[strspn(said->code, slug)])
        said->code[0] = '\0';
}

static void read_message(struct judge *j)
{
    j->json = decode_message(&j->said, j->body, j->length);
    if (!j->json)
        return;
    check_code(&j->said);
    make_quote(j);
}

static bool says(const struct judge *j, const char *words)
{
    return strstr(j->said.message, words) != NULL;
}

/* Content types */

static size_t media_type(const char *content_type)
{
    return strcspn(content_type, "; \t");
}

static bool type_is(const char *content_type, const char *type)
{
    size_t n = media_type(content_type);
    return n == strlen(type) && strncasecmp(content_type, type, n) == 0;
}

static bool type_is_json(const char *content_type)
{
    size_t n = media_type(content_type);
    return type_is(content_type, "application/json") ||
           (n > 5 && strncasecmp(content_type + n - 5, "+json", 5) == 0);
}

/* Failures that are none of the site's words */

static const char *advice_on(const struct http_response *response)
{
    if (response->too_large)
        return "set a smaller [fluent] per_page";
    if (response->no_thread)
        return "no thread could be started on this machine to look up the name: raise the limit of "
               "processes (ulimit -u, TasksMax of the systemd unit, pids of the container)";
    if (response->encoding)
        return "the header Content-Encoding does not say how the body is compressed: a plugin or "
               "the web server of the site sets it wrongly (to a character set, say); take it out "
               "there";
    return "is the site up, and reachable from here?";
}

static enum site_verdict judge_failure(struct judge *j)
{
    const struct http_response *response = j->response;
    if (response->tls)
        return fault(
            j, ERR_REFUSED, RETRY_NO,
            "the site's certificate cannot be verified: %s; renew the certificate, or, if "
            "it comes from an authority of your own, name that one in [fluent] ca_file%s%s",
            response->failure, j->asked->ca_file ? ", which is now " : "",
            j->asked->ca_file ? j->asked->ca_file : "");
    char reason[sizeof response->failure + 256];
    snprintf(reason, sizeof reason, "%s; %s", response->failure, advice_on(response));
    if (response->encoding)
        return fault(j, ERR_UNAVAILABLE, RETRY_FEW, "%s", reason);
    if (response->too_large)
        return too_much(j, RETRY_NO, reason);
    if (response->unfinished)
        return too_much(j, RETRY_ALL, reason);
    return fault(j, ERR_UNAVAILABLE, RETRY_ALL, "%s", reason);
}

/* Redirects and pages for people */

static enum site_verdict other_form(struct judge *j, const char *what)
{
    bool known = j->asked->known, list = is_list(j->answer->request.what);
    char reason[1024];
    if (known) {
        snprintf(reason, sizeof reason,
                 "the site answered with %s instead of JSON, though it has worked before; its PHP "
                 "error log may say why, or look at %s in a browser",
                 what, j->asked->base);
        too_much(j, RETRY_ALL, reason);
    } else {
        fault(
            j, ERR_REFUSED, RETRY_NO,
            "no %s under either URL form at %s (the answer was %s): is this the address of the "
            "WordPress site, and does nothing (a cache, a security plugin, a login page) stand in "
            "front of its REST API? Check [fluent] api_url",
            list ? "ticket list" : "REST API", j->asked->base, what);
        allow_splitting(j);
    }
    return VERDICT_OTHER_FORM;
}

static enum site_verdict judge_redirect(struct judge *j)
{
    const struct http_response *response = j->response;
    if (site_url_same(j->asked->url, response->location))
        return other_form(j, "a redirect to the same address");
    if (!response->location[0])
        return fault(
            j, ERR_REFUSED, RETRY_NO,
            "the site answered with status %d, a redirect to nowhere; check [fluent] api_url",
            response->status);
    struct buf place, base;
    buf_init(&place, LOCATION_MAX);
    buf_init(&base, LOCATION_MAX);
    site_url_show(&place, response->location);
    enum site_verdict verdict;
    if (site_url_base(&base, response->location) && strcmp(buf_text(&base), j->asked->base) != 0)
        verdict = fault(j, ERR_REFUSED, RETRY_NO,
                        "the site redirects to %s (status %d), which is not followed, since the "
                        "password would go astray; if that is the site, set [fluent] api_url = %s",
                        buf_text(&place), response->status, buf_text(&base));
    else
        verdict = fault(j, ERR_REFUSED, RETRY_NO,
                        "the site redirects to %s (status %d), which is not followed; a login page "
                        "or a security plugin in front of the REST API does that: check [fluent] "
                        "api_url and the site",
                        place.failed ? "another address" : buf_text(&place), response->status);
    buf_release(&place);
    buf_release(&base);
    return verdict;
}

/* Refusals */

/* A plugin for JSON Web Tokens takes the Authorization header for its own. */
static bool is_token_plugin(const struct judge *j)
{
    return strncmp(j->said.code, "jwt_", 4) == 0 || says(j, "Authorization header malformed") ||
           says(j, "Wrong number of segments");
}

static enum site_verdict token_plugin(struct judge *j)
{
    j->answer->cause = SITE_CAUSE_LOGIN_TOLD;
    return fault(j, ERR_REFUSED, RETRY_NO,
                 "a plugin for JSON Web Tokens refuses the login (status %d)%s: it takes every "
                 "Authorization header for a token; have it let Application Passwords through "
                 "(exclude /fluent-support/v2), or switch it off",
                 j->response->status, j->quote);
}

static enum site_verdict judge_login(struct judge *j)
{
    const char *code = j->said.code, *user = j->asked->user ? j->asked->user : "";
    if (is_token_plugin(j))
        return token_plugin(j);
    j->answer->cause = SITE_CAUSE_LOGIN_TOLD;
    if (j->answer->request.what == SITE_INDEX)
        return fault(
            j, ERR_REFUSED, RETRY_NO,
            "the site shows it only to those logged in (status %d)%s; some security plugins "
            "do so, and can make an exception",
            j->response->status, j->quote);
    if (strcmp(code, "incorrect_password") == 0)
        return fault(
            j, ERR_REFUSED, RETRY_NO,
            "the site refused the password of user \"%s\" (status 401)%s: it is mistyped or "
            "revoked, or it is the login password; create an Application Password (Users > "
            "Profile) and set it as [fluent] api_password",
            user, j->quote);
    if (strcmp(code, "invalid_username") == 0 || strcmp(code, "invalid_email") == 0)
        return fault(j, ERR_REFUSED, RETRY_NO,
                     "the site knows no user \"%s\" (status 401)%s; check [fluent] api_username",
                     user, j->quote);
    if (!j->json)
        return fault(
            j, ERR_REFUSED, RETRY_NO,
            "status 401, and not from WordPress: the web server itself asks for a password "
            "(a protected staging site?); it must let the REST API through");
    j->answer->cause = SITE_CAUSE_LOGIN;
    return fault(
        j, ERR_REFUSED, RETRY_NO,
        "the site refused the login of user \"%s\" (status 401)%s. What looks alike: a wrong "
        "user name; the login password instead of an Application Password (Users > Profile), "
        "or a mistyped or revoked one; a web server that strips the Authorization header "
        "(Apache with CGI or FastCGI: CGIPassAuth On, or SetEnvIf Authorization \"(.*)\" "
        "HTTP_AUTHORIZATION=$1); a site on plain http, where WordPress takes no Application "
        "Passwords. Check [fluent] api_username and api_password, then the web server",
        user, j->quote);
}

static enum site_verdict no_permission(struct judge *j)
{
    j->answer->cause = SITE_CAUSE_PERMISSION;
    return fault(
        j, ERR_REFUSED, RETRY_NO,
        "user \"%s\" has no permission in FluentSupport (status %d)%s; add the user under "
        "FluentSupport > Settings > Support Staff, with View Tickets (Read Only), or, where "
        "the plugin has none such, Manage Other Tickets",
        j->asked->user ? j->asked->user : "", j->response->status, j->quote);
}

/* Something before WordPress says no, be it to this machine or to what the page says. */
static enum site_verdict blocked(struct judge *j)
{
    int status = j->response->status;
    /* Of a single ticket it says nothing about the others. */
    bool single = j->answer->request.what == SITE_SEARCH || j->answer->request.what == SITE_TICKET;
    j->answer->cause = SITE_CAUSE_FIREWALL;
    allow_splitting(j);
    if (j->asked->listed)
        return fault(j, single ? ERR_UNAVAILABLE : ERR_REFUSED, RETRY_NO,
                     "status %d, and not from WordPress, though other pages come through: a "
                     "firewall or a security plugin objects to the text of a ticket on it; have it "
                     "let the answers to this program through",
                     status);
    return fault(j, ERR_REFUSED, RETRY_NO,
                 "status %d, and not from WordPress: a firewall or a security plugin blocks this "
                 "program; it must let this machine reach the REST API",
                 status);
}

static enum site_verdict judge_forbidden(struct judge *j)
{
    if (j->answer->request.what == SITE_INDEX)
        return judge_login(j);
    if (j->json && is_token_plugin(j))
        return token_plugin(j);
    return j->json ? no_permission(j) : blocked(j);
}

static enum site_verdict judge_not_found(struct judge *j)
{
    if (!j->json)
        return other_form(j, "an HTML page with status 404");
    j->answer->cause = SITE_CAUSE_ROUTE;
    return fault(
        j, ERR_REFUSED, RETRY_NO,
        "the site has no such route (status 404)%s; is the plugin FluentSupport active, and "
        "is %s the address of that site? Check [fluent] api_url",
        j->quote, j->asked->base);
}

/* Trouble that may pass */

static enum site_verdict not_an_agent(struct judge *j)
{
    j->answer->cause = SITE_CAUSE_PERMISSION;
    return fault(
        j, ERR_REFUSED, RETRY_NO,
        "user \"%s\" is a WordPress administrator but no FluentSupport agent (status %d)%s; "
        "add the user under FluentSupport > Settings > Support Staff",
        j->asked->user ? j->asked->user : "", j->response->status, j->quote);
}

/* WordPress as a whole is down, whatever is asked: it says so with wp_die, or as a page. */
static bool site_is_down(const struct judge *j)
{
    static const char words[] = "Error establishing a database connection";
    return strcmp(j->said.code, "wp_die") == 0 ||
           memmem(j->body, j->length, words, sizeof words - 1) != NULL;
}

static enum site_verdict judge_server_error(struct judge *j)
{
    int status = j->response->status;
    char reason[512];
    if (says(j, "getMeta() on null"))
        return not_an_agent(j);
    /* Once pages came through, a firewall may say so too. */
    if (status == 503 && j->asked->listed && !j->json && !j->response->retry_after[0])
        allow_splitting(j);
    if (status == 503)
        return fault(j, ERR_UNAVAILABLE, RETRY_ALL,
                     "the site is in maintenance, or overloaded (status 503)%s; try again later",
                     j->quote);
    if (site_is_down(j))
        return fault(j, ERR_UNAVAILABLE, RETRY_ALL,
                     "the site itself is down (status %d)%s; its error log says why", status,
                     j->quote);
    snprintf(reason, sizeof reason,
             "the site failed (status %d)%s; its PHP error log says why, and a smaller [fluent] "
             "per_page may help",
             status, j->quote);
    return too_much(j, RETRY_ALL, reason);
}

static enum site_verdict judge_status(struct judge *j)
{
    int status = j->response->status;
    if (status == 429)
        return fault(j, ERR_UNAVAILABLE, RETRY_ALL,
                     "the site limits the rate of requests (status 429)%s; set [fluent] "
                     "requests_per_second, or fewer connections",
                     j->quote);
    if (status >= 500)
        return judge_server_error(j);
    if (status < 300 && j->asked->listed)
        allow_splitting(j);
    if (status == 408 || status == 425 || status < 300)
        return fault(j, ERR_UNAVAILABLE, RETRY_ALL,
                     "the site answered with status %d%s instead; try again later", status,
                     j->quote);
    if (!j->json && j->asked->listed)
        return blocked(j);
    if (!j->json)
        allow_splitting(j);
    return fault(j, ERR_REFUSED, RETRY_NO,
                 "the site refused the request (status %d)%s; if it is not in FluentSupport's own "
                 "settings, a proxy or a security plugin may have changed the request",
                 status, j->quote);
}

/* Answers with status 200 */

/* A page that is not the one asked for (a cache, another plugin's filter) proves nothing. */
static const char *page_mismatch(const struct site_request *request, const struct page *page)
{
    bool search = request->what == SITE_SEARCH;
    int64_t asked_page = search ? 1 : request->page, asked_size = search ? 15 : request->per_page;
    if (page->current_page != asked_page)
        return "another page than the one asked for";
    /* Some sites cap their pages: then it is the same page of smaller ones. */
    bool capped = !search && page->per_page > 0 && page->per_page < asked_size;
    if (page->per_page != asked_size && !capped)
        return "a page of another size";
    if (page->count > (size_t)page->per_page)
        return "more tickets than asked for";
    int64_t before = 0;
    for (size_t i = 0; i < page->count; i++) {
        int64_t id = page->tickets[i].id;
        if (id == 0)
            continue;
        if (search && id != request->ticket)
            return "another ticket than the one searched for";
        if ((request->what == SITE_BY_ID || request->what == SITE_MAILBOX) && id <= before)
            return "tickets that are not in the order of their ids";
        before = id;
    }
    return NULL;
}

static enum site_verdict judge_page(struct judge *j, bool html)
{
    char why[256], reason[sizeof why + sizeof j->quote + 80];
    struct site_answer *answer = j->answer;
    switch (decode_page(&answer->page, j->body, j->length, j->asked->drop, j->asked->drops, why,
                        sizeof why)) {
    case DECODE_OK:
        break;
    case DECODE_STARVED:
        return out_of_memory(j);
    case DECODE_NOT_JSON:
        if (html)
            return other_form(j, "an HTML page");
        snprintf(reason, sizeof reason,
                 "the answer cannot be read: %s; the site's PHP error log may say why", why);
        return too_much(j, RETRY_ALL, reason);
    case DECODE_TOO_LARGE:
        snprintf(reason, sizeof reason,
                 "the answer is too large: %s; a smaller [fluent] per_page may help", why);
        return too_much(j, RETRY_NO, reason);
    case DECODE_NOT_TICKETS:
        if (html)
            return other_form(j, "an HTML page");
        read_message(j);
        if (says(j, "getMeta() on null"))
            return not_an_agent(j);
        snprintf(reason, sizeof reason, "the site answered with something else instead%s: %s",
                 j->quote, why);
        return too_much(j, RETRY_ALL, reason);
    }
    const char *mismatch = page_mismatch(&answer->request, &answer->page);
    if (!mismatch)
        return VERDICT_ANSWER;
    page_release(&answer->page);
    return fault(j, ERR_UNAVAILABLE, RETRY_ALL,
                 "the site answered with %s instead; does a cache stand in front of its REST API?",
                 mismatch);
}

static enum site_verdict something_else(struct judge *j, bool html)
{
    if (html)
        return other_form(j, "an HTML page");
    return fault(j, ERR_UNAVAILABLE, RETRY_ALL, "the site answered with something else instead%s",
                 j->quote);
}

static enum site_verdict judge_me(struct judge *j, bool html)
{
    bool any;
    int done = decode_me(&j->answer->sees_all, &any, j->body, j->length);
    if (done < 0)
        return done == -2 ? out_of_memory(j) : something_else(j, html);
    if (!any)
        return no_permission(j);
    return VERDICT_ANSWER;
}

static enum site_verdict judge_index(struct judge *j, bool html)
{
    struct site_answer *answer = j->answer;
    if (decode_index(&answer->index, j->body, j->length, &answer->arena) == 0)
        return VERDICT_ANSWER;
    return answer->arena.failed ? out_of_memory(j) : something_else(j, html);
}

static enum site_verdict judge_content(struct judge *j)
{
    const char *type = j->response->content_type;
    bool html = type_is(type, "text/html"); /* a PHP warning before the JSON makes it so */
    char reason[256];
    snprintf(reason, sizeof reason,
             "the site answered with the content type \"%.64s\" instead of JSON; does a proxy "
             "or a cache stand in front of its REST API?",
             type);
    if (!html && !type_is_json(type))
        return too_much(j, RETRY_ALL, reason);
    switch (j->answer->request.what) {
    case SITE_ME:
        return judge_me(j, html);
    case SITE_INDEX:
    case SITE_LOGIN:
        return judge_index(j, html);
    case SITE_BY_ID:
    case SITE_RECENT:
    case SITE_SEARCH:
    case SITE_MAILBOX:
        return judge_page(j, html);
    case SITE_TICKET: /* what a ticket may be, judge_presence has taken */
        break;
    }
    return something_else(j, html);
}

/* Is a single ticket there? */

/* "No query results for model [...]": of the ticket, not of what belongs to it (a mailbox). */
static bool says_deleted(const struct judge *j)
{
    static const char words[] = "No query results for model";
    return strncmp(j->said.message, words, sizeof words - 1) == 0 &&
           (!says(j, "[") || says(j, "\\Ticket]"));
}

/* true when the response tells; presence is then set. Status 422 is the plugin's own answer to the
 * question for this ticket; unless it says deleted, nothing is known but that it is not to be had.
 */
static bool judge_presence(struct judge *j)
{
    int status = j->response->status;
    enum site_presence *presence = &j->answer->presence;
    if ((status == 422 || (status == 200 && j->said.bare)) && says_deleted(j))
        *presence = SITE_DELETED;
    else if (((status == 403 || status == 422) && j->json) || says(j, "do not have permission"))
        *presence = SITE_INVISIBLE;
    else if ((status == 200 && j->said.has_ticket) ||
             (status == 500 && says(j, "getUserProfileEditUrl")))
        *presence = SITE_PRESENT;
    else
        return false;
    return true;
}

static enum site_verdict judge_answer(struct judge *j)
{
    enum site_what what = j->answer->request.what;
    int status = j->response->status;
    if (status != 200 || what == SITE_TICKET)
        read_message(j);
    if (j->said.starved)
        return out_of_memory(j);
    if (what == SITE_TICKET && judge_presence(j))
        return VERDICT_ANSWER;
    if (status == 200)
        return judge_content(j);
    if (status / 100 == 3)
        return judge_redirect(j);
    if (status == 401)
        return judge_login(j);
    if (status == 403)
        return judge_forbidden(j);
    if (status == 404)
        return judge_not_found(j);
    return judge_status(j);
}

enum site_verdict site_judge(const struct site_asked *asked, struct http_response *response,
                             struct site_answer *answer, enum retry_kind *retry)
{
    char empty[1] = "";
    struct judge j = {.asked = asked,
                      .response = response,
                      .answer = answer,
                      .body = response->body.data ? response->body.data : empty,
                      .length = response->body.len};
    if (!zone_http_date(response->date, &answer->date))
        answer->date = 0;
    enum site_verdict verdict =
        response->outcome == HTTP_FAILED ? judge_failure(&j) : judge_answer(&j);
    answer->printed = verdict == VERDICT_ANSWER ? decode_printed() : 0;
    *retry = j.retry;
    return verdict;
}
