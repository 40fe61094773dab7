/* site_verdict: turns statuses, content types and bodies into answers or errors. */
#include "site/site_verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "site/site_cause.h"
#include "site/site_url.h"

enum { QUOTE_MAX = 120, LOCATION_MAX = 300 };

struct judge {
    const struct site_asked *asked;
    struct http_response *response;
    struct site_answer *answer;
    enum retry_kind retry;
    const char *advice; /* instead of the cause's own; NULL: that one */
    char *body;         /* NUL-terminated */
    size_t length;
    bool json;                  /* the body is JSON, whatever the header says */
    struct site_message said;   /* the site's own words, when it is */
    char quote[QUOTE_MAX + 80]; /* ", which says ..." made of them; "" when there are none */
};

static bool is_list(enum site_what what)
{
    return what == SITE_BY_ID || what == SITE_RECENT || what == SITE_SEARCH || what == SITE_MAILBOX;
}

static bool is_single(enum site_what what)
{
    return what == SITE_TICKET || what == SITE_CONVERSATION;
}

static const char *noun(const struct site_request *request, char *text, size_t size)
{
    switch (request->what) {
    case SITE_INDEX:
    case SITE_LOGIN:
        return "the index of the REST API";
    case SITE_ME:
        return "the API user's permissions";
    case SITE_README:
        return "the plugin's readme.txt";
    case SITE_LOG:
        return "the activity log";
    case SITE_TICKET:
    case SITE_CONVERSATION:
    case SITE_SET:
    case SITE_CLOSE:
    case SITE_REOPEN:
    case SITE_RESPOND:
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

static enum site_verdict fault(struct judge *j, enum site_cause cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The message says what is wrong; exit code, retries and advice follow from the cause. */
static enum site_verdict fault(struct judge *j, enum site_cause cause, const char *format, ...)
{
    struct site_answer *answer = j->answer;
    struct site_meaning meaning = site_meaning(cause);
    struct error_kind kind = {meaning.code, (int)cause, j->advice ? j->advice : meaning.advice};
    char what[64];
    va_list args;
    va_start(args, format);
    vsnprintf(answer->reason, sizeof answer->reason, format, args);
    va_end(args);
    error_raise(&answer->error, kind,
                answer->request.body ? "cannot change %s at %s: %s" : "cannot read %s from %s: %s",
                noun(&answer->request, what, sizeof what), j->asked->url, answer->reason);
    j->retry = meaning.retry;
    return VERDICT_FAULT;
}

static enum site_verdict out_of_memory(struct judge *j)
{
    error_no_memory(&j->answer->error);
    snprintf(j->answer->reason, sizeof j->answer->reason, "out of memory");
    j->retry = RETRY_NO;
    return VERDICT_FAULT;
}

/* What may be this very request's: a smaller page may do better. */
static void allow_splitting(struct judge *j)
{
    enum site_what what = j->answer->request.what;
    j->answer->splittable = what == SITE_BY_ID || what == SITE_RECENT;
}

/* For that: whoever walks by id asks for halves next. */
static enum site_verdict too_much(struct judge *j)
{
    const struct site_request *request = &j->answer->request;
    allow_splitting(j);
    if (j->retry == RETRY_ALL && request->what == SITE_BY_ID && request->per_page > 1)
        j->retry = RETRY_FEW;
    return VERDICT_FAULT;
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

static enum site_verdict judge_failure(struct judge *j)
{
    const struct http_response *response = j->response;
    const char *authority = j->asked->ca_file;
    switch (response->outcome) {
    case HTTP_BAD_CERTIFICATE:
        return fault(j, SITE_BAD_CERTIFICATE, "the site's certificate cannot be verified%s%s: %s",
                     authority ? " by " : "", authority ? authority : "", response->failure);
    case HTTP_NO_TLS:
        return fault(j, SITE_NO_TLS,
                     "the port does not speak https, but something else, such as "
                     "plain http");
    case HTTP_NO_THREAD:
        return fault(j, SITE_NO_THREAD, "%s: no thread could be started to look up the name",
                     response->failure);
    case HTTP_BAD_ENCODING:
        return fault(j, SITE_BAD_ENCODING, "%s", response->failure);
    case HTTP_TOO_LARGE:
        fault(j, SITE_TOO_LARGE, "%s", response->failure);
        return too_much(j);
    case HTTP_UNFINISHED:
        fault(j, SITE_UNFINISHED, "%s", response->failure);
        return too_much(j);
    case HTTP_ANSWERED: /* judge_answer takes it */
    case HTTP_NO_CONNECTION:
        break;
    }
    return fault(j, SITE_NO_CONNECTION, "%s", response->failure);
}

/* Redirects and pages for people */

static enum site_verdict other_form(struct judge *j, const char *what)
{
    if (j->asked->known) {
        fault(j, SITE_PAGE_INSTEAD,
              "the site answered with %s instead of JSON, though it has worked before", what);
        too_much(j);
    } else {
        fault(j, SITE_NO_API, "no %s under either URL form at %s (the answer was %s)",
              is_list(j->answer->request.what) ? "ticket list" : "REST API", j->asked->base, what);
        allow_splitting(j);
    }
    return VERDICT_OTHER_FORM;
}

/* Where it leads to another REST API, the advice names the api_url of that one. */
static enum site_verdict judge_redirect(struct judge *j)
{
    const struct http_response *response = j->response;
    if (site_url_same(j->asked->url, response->location))
        return other_form(j, "a redirect to the same address");
    if (!response->location[0])
        return fault(j, SITE_REDIRECTED,
                     "the site answered with status %d, a redirect without an address",
                     response->status);
    struct buf place, base;
    char advice[LOCATION_MAX + 64];
    buf_init(&place, LOCATION_MAX);
    buf_init(&base, LOCATION_MAX);
    site_url_show(&place, response->location);
    if (site_url_base(&base, response->location) && strcmp(buf_text(&base), j->asked->base) != 0) {
        snprintf(advice, sizeof advice, "if that is the site, set [fluent] api_url = %s",
                 buf_text(&base));
        j->advice = advice;
        j->answer->moved_to = arena_copy(&j->answer->arena, base.data, base.len);
    }
    enum site_verdict verdict =
        fault(j, SITE_REDIRECTED,
              "the site redirects to %s (status %d), which is not followed, as the password would "
              "go astray",
              place.failed ? "another address" : buf_text(&place), response->status);
    j->advice = NULL;
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
    return fault(j, SITE_TOKEN_PLUGIN,
                 "a plugin for JSON Web Tokens refuses the login (status %d)%s",
                 j->response->status, j->quote);
}

static const char *user_of(const struct judge *j)
{
    return j->asked->user ? j->asked->user : "";
}

static enum site_verdict judge_login(struct judge *j)
{
    const char *code = j->said.code;
    if (is_token_plugin(j))
        return token_plugin(j);
    if (j->answer->request.what == SITE_INDEX)
        return fault(j, SITE_CLOSED_INDEX,
                     "the site shows it only to those logged in (status %d)%s", j->response->status,
                     j->quote);
    if (strcmp(code, "incorrect_password") == 0)
        return fault(j, SITE_BAD_PASSWORD,
                     "the site refused the password of user \"%s\" (status 401)%s", user_of(j),
                     j->quote);
    if (strcmp(code, "invalid_username") == 0 || strcmp(code, "invalid_email") == 0)
        return fault(j, SITE_NO_USER, "the site knows no user \"%s\" (status 401)%s", user_of(j),
                     j->quote);
    if (!j->json)
        return fault(j, SITE_SERVER_PASSWORD,
                     "status 401, and not from WordPress: the web server itself asks for a "
                     "password");
    return fault(j, SITE_BAD_CREDENTIALS,
                 "the site refused the login of user \"%s\" (status 401)%s", user_of(j), j->quote);
}

static enum site_verdict no_permission(struct judge *j)
{
    return fault(j, SITE_NO_PERMISSION,
                 "user \"%s\" has no permission in FluentSupport (status %d)%s", user_of(j),
                 j->response->status, j->quote);
}

/* Something before WordPress says no, be it to this machine or to what the page says. Of a single
 * ticket it says nothing about the others. */
static enum site_verdict blocked(struct judge *j)
{
    int status = j->response->status;
    bool single = j->answer->request.what == SITE_SEARCH || is_single(j->answer->request.what);
    allow_splitting(j);
    if (j->asked->listed)
        return fault(j, single ? SITE_BLOCKED_TICKET : SITE_BLOCKED_PAGE,
                     "status %d, and not from WordPress: a firewall or a security plugin objects "
                     "to the text of a ticket",
                     status);
    return fault(j, SITE_BLOCKED,
                 "status %d, and not from WordPress: a firewall or a security plugin blocks this "
                 "program",
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
    return fault(j, SITE_NO_ROUTE, "the site has no such route (status 404)%s", j->quote);
}

/* Trouble that may pass */

static enum site_verdict not_an_agent(struct judge *j)
{
    return fault(j, SITE_NO_PERMISSION,
                 "user \"%s\" is a WordPress administrator but no FluentSupport agent (status "
                 "%d)%s",
                 user_of(j), j->response->status, j->quote);
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
    if (says(j, "getMeta() on null"))
        return not_an_agent(j);
    /* Once pages came through, a firewall may say so too. */
    if (status == 503 && j->asked->listed && !j->json && j->response->retry_after_ms < 0)
        allow_splitting(j);
    if (status == 503)
        return fault(j, SITE_MAINTENANCE,
                     "the site is in maintenance, or overloaded (status 503)%s", j->quote);
    if (site_is_down(j))
        return fault(j, SITE_DOWN, "the site itself is down (status %d)%s", status, j->quote);
    fault(j, SITE_SERVER_ERROR, "the site failed (status %d)%s", status, j->quote);
    return too_much(j);
}

static enum site_verdict judge_status(struct judge *j)
{
    int status = j->response->status;
    if (status == 429)
        return fault(j, SITE_RATE_LIMIT, "the site limits the rate of requests (status 429)%s",
                     j->quote);
    if (status >= 500)
        return judge_server_error(j);
    if (status < 300 && j->asked->listed)
        allow_splitting(j);
    if (status == 408 || status == 425 || status < 300)
        return fault(j, SITE_ODD_STATUS, "the site answered with status %d%s instead", status,
                     j->quote);
    if (!j->json && j->asked->listed)
        return blocked(j);
    if (!j->json)
        allow_splitting(j);
    return fault(j, SITE_BAD_REQUEST, "the site refused the request (status %d)%s", status,
                 j->quote);
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
    char why[256];
    struct site_answer *answer = j->answer;
    switch (decode_page(&answer->page, j->body, j->length, j->asked->drop, why, sizeof why)) {
    case DECODE_OK:
        break;
    case DECODE_STARVED:
        return out_of_memory(j);
    case DECODE_NOT_JSON:
        if (html)
            return other_form(j, "an HTML page");
        fault(j, SITE_UNREADABLE, "the answer cannot be read: %s", why);
        return too_much(j);
    case DECODE_TOO_LARGE:
        fault(j, SITE_TOO_LARGE, "the answer is too large: %s", why);
        return too_much(j);
    case DECODE_NOT_TICKETS:
        if (html)
            return other_form(j, "an HTML page");
        read_message(j);
        if (says(j, "getMeta() on null"))
            return not_an_agent(j);
        fault(j, SITE_OTHER_ANSWER, "the site answered with something else instead%s: %s", j->quote,
              why);
        return too_much(j);
    }
    const char *mismatch = page_mismatch(&answer->request, &answer->page);
    if (!mismatch)
        return VERDICT_ANSWER;
    page_release(&answer->page);
    return fault(j, SITE_OTHER_ANSWER, "the site answered with %s instead", mismatch);
}

static enum site_verdict something_else(struct judge *j, bool html)
{
    if (html)
        return other_form(j, "an HTML page");
    return fault(j, SITE_OTHER_ANSWER, "the site answered with something else instead%s", j->quote);
}

static enum site_verdict judge_me(struct judge *j, bool html)
{
    int done = decode_me(&j->answer->rights, j->body, j->length);
    if (done < 0)
        return done == -2 ? out_of_memory(j) : something_else(j, html);
    if (!j->answer->rights.any)
        return no_permission(j);
    return VERDICT_ANSWER;
}

static enum site_verdict judge_log(struct judge *j, bool html)
{
    struct site_answer *answer = j->answer;
    if (decode_activity_log(&answer->log, j->body, j->length, &answer->arena) == 0)
        return VERDICT_ANSWER;
    return answer->arena.failed ? out_of_memory(j) : something_else(j, html);
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
    if (!html && !type_is_json(type)) {
        fault(j, SITE_OTHER_ANSWER,
              "the site answered with the content type \"%.64s\" instead of JSON", type);
        return too_much(j);
    }
    switch (j->answer->request.what) {
    case SITE_ME:
        return judge_me(j, html);
    case SITE_LOG:
        return judge_log(j, html);
    case SITE_INDEX:
    case SITE_LOGIN:
        return judge_index(j, html);
    case SITE_BY_ID:
    case SITE_RECENT:
    case SITE_SEARCH:
    case SITE_MAILBOX:
        return judge_page(j, html);
    case SITE_TICKET: /* what a ticket may be, judge_presence has taken */
    case SITE_CONVERSATION:
    case SITE_README: /* judge_readme has taken it */
    case SITE_SET:    /* judge_change has taken these */
    case SITE_CLOSE:
    case SITE_REOPEN:
    case SITE_RESPOND:
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

static enum site_verdict judge_conversation(struct judge *j)
{
    struct site_answer *answer = j->answer;
    if (j->response->status != 200 || !j->said.has_ticket ||
        decode_conversation(&answer->conversation, j->body, j->length, &answer->arena) == 0)
        return VERDICT_ANSWER;
    return answer->arena.failed ? out_of_memory(j) : something_else(j, false);
}

/* "Stable tag: 2.0.1". Whatever else comes, a page or a refusal, does not tell: no failure. */
static enum site_verdict judge_readme(struct judge *j)
{
    static const char TAG[] = "Stable tag:", VERSION[] = "0123456789.";
    const char *at = j->response->status == 200 ? strcasestr(j->body, TAG) : NULL;
    if (at) {
        at += sizeof TAG - 1;
        at += strspn(at, " \t");
        snprintf(j->answer->version, SITE_VERSION_SIZE, "%.*s", (int)strspn(at, VERSION), at);
    }
    return VERDICT_ANSWER;
}

/* Changes */

/* A refusal by WordPress or the plugin: nothing was stored. Not so when a gateway, a limit or a
 * firewall says no, which may do so when the site has obeyed. */
static bool refuses(const struct judge *j)
{
    int status = j->response->status;
    bool passing = status == 408 || status == 409 || status == 425 || status == 429;
    return (status == 200 && j->said.bare) || (status / 100 == 4 && j->json && !passing);
}

static enum site_verdict judge_change(struct judge *j)
{
    struct site_answer *answer = j->answer;
    int status = j->response->status;
    read_message(j);
    if (j->said.starved)
        return out_of_memory(j);
    if (answer->stale)
        return fault(j, SITE_OTHER_ANSWER, "the answer comes from a cache");
    if (status == 200 && j->said.changed) {
        answer->outcome = SITE_ACCEPTED;
        answer->response_id = j->said.response_id;
        return VERDICT_ANSWER;
    }
    if (refuses(j))
        answer->outcome = SITE_REFUSED;
    if (status == 401)
        return judge_login(j);
    if (j->json && (status == 403 || status == 404))
        return status == 403 ? judge_forbidden(j) : judge_not_found(j);
    if (answer->outcome == SITE_REFUSED)
        return fault(j, SITE_CHANGE_REFUSED, "the site refused the change (status %d)%s", status,
                     j->quote);
    if (status >= 500)
        return judge_server_error(j);
    return fault(j, SITE_OTHER_ANSWER, "the site answered with something else (status %d)%s",
                 status, j->quote);
}

static enum site_verdict judge_answer(struct judge *j)
{
    enum site_what what = j->answer->request.what;
    int status = j->response->status;
    if (j->answer->request.body)
        return judge_change(j);
    if (what == SITE_README)
        return judge_readme(j);
    if (status != 200 || is_single(what))
        read_message(j);
    if (j->said.starved)
        return out_of_memory(j);
    if (is_single(what) && judge_presence(j))
        return what == SITE_CONVERSATION ? judge_conversation(j) : VERDICT_ANSWER;
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
    answer->date = response->date;
    answer->outcome = response->sent ? SITE_UNKNOWN : SITE_NOT_SENT;
    enum site_verdict verdict =
        response->outcome == HTTP_ANSWERED ? judge_answer(&j) : judge_failure(&j);
    answer->printed = verdict == VERDICT_ANSWER ? decode_printed() : 0;
    *retry = j.retry;
    return verdict;
}
