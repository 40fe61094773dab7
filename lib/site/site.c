/* site: requests to a FluentSupport site: which form of URL they take, when they are sent again,
 * and when they are given up. */
#include "site/site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/retry.h"
#include "core/trust.h"
#include "site/site_change.h"
#include "site/site_url.h"
#include "site/site_verdict.h"

enum {
    TICK_MS = 700, /* between ticks */
    BODY_MAX = 64 << 20,
};

enum state {
    WAITING, /* waits for a connection to be free */
    ON_WIRE,
    PUT_OFF, /* until its retry; keeps the connection it had */
    ANSWERED,
};

/* A request, from site_ask until site_wait returns its answer. */
struct pending {
    struct pending *next;
    struct site_request request;
    enum state state;
    enum site_form form;
    char *url;
    bool switched; /* the other form of URL has been tried already */
    int attempts;  /* that failed */
    struct http_trip trip;
    int64_t due_ms, waited_ms;
};

struct site {
    struct site_options options;
    struct limits limits;
    const struct log *log;
    struct retry_policy policy;
    struct http *http;
    struct pending *pending; /* in the order of site_ask, those that yield at the end */
    int outstanding;
    enum site_form next;   /* for the next request */
    enum site_form worked; /* in which a request to the plugin succeeded */
    bool listed;           /* a page of the list has arrived */
    size_t printed;
    int64_t ticked_ms;
    unsigned short random[3];
    int64_t began_ms;  /* monotonic */
    long salt;         /* makes the addresses of this run differ from those of others */
    int64_t addresses; /* made so far */
    struct site_staleness stale;
};

static void pending_free(struct pending *p)
{
    free(p->url);
    free(p);
}

static enum site_form other_form(enum site_form form)
{
    return form == SITE_FORM_PLAIN ? SITE_FORM_PRETTY : SITE_FORM_PLAIN;
}

static int open_client(struct site *site, struct error *error)
{
    const struct site_options *options = &site->options;
    const struct http_options http = {.user = options->user,
                                      .password = &options->password,
                                      .ca_file = options->ca_file,
                                      .proxy = options->proxy,
                                      .user_agent = options->user_agent,
                                      .connections = options->connections,
                                      .requests_per_second = options->requests_per_second,
                                      .timeout_s = options->timeout_s,
                                      .body_max = options->body_max ? options->body_max : BODY_MAX,
                                      .signal = site->limits.signal,
                                      .log_bodies = options->log_bodies,
                                      .certificates = options->certificates};
    return http_open(&site->http, &http, site->log, error);
}

int site_open(struct site **site, const struct site_options *options, const struct limits *limits,
              const struct log *log, struct error *error)
{
    *site = NULL;
    struct site *s = calloc(1, sizeof *s);
    if (!s)
        return error_no_memory(error);
    s->options = *options;
    s->stale.oldest_s = -1;
    s->limits = *limits;
    s->log = log;
    s->policy = (struct retry_policy){
        .retries = options->retries,
        .base_ms = options->backoff_ms > 0 ? options->backoff_ms : RETRY_BASE_MS,
        .cap_ms = RETRY_CAP_MS,
        .total_ms = options->patience_ms > 0 ? options->patience_ms : RETRY_TOTAL_MS,
    };
    s->next = options->form == SITE_FORM_PLAIN ? SITE_FORM_PLAIN : SITE_FORM_PRETTY;
    if (options->try_other)
        s->next = other_form(s->next);
    int64_t seed = clock_wall_ms() ^ (int64_t)(uintptr_t)s;
    memcpy(s->random, &seed, sizeof s->random);
    s->began_ms = clock_monotonic_ms();
    s->salt = jrand48(s->random);
    if (open_client(s, error) < 0) {
        site_close(s);
        return -1;
    }
    *site = s;
    return 0;
}

void site_close(struct site *site)
{
    if (!site)
        return;
    http_close(site->http);
    while (site->pending) {
        struct pending *next = site->pending->next;
        pending_free(site->pending);
        site->pending = next;
    }
    free(site);
}

void site_answer_free(struct site_answer *answer)
{
    if (!answer)
        return;
    page_release(&answer->page);
    arena_release(&answer->arena);
    free(answer);
}

void site_answer_cleanup(struct site_answer **answer)
{
    site_answer_free(*answer);
}

/* Asking */

static int send_request(struct site *site, struct pending *p, struct error *error)
{
    struct buf url;
    char fresh[64];
    if (site->worked != SITE_FORM_UNKNOWN)
        p->form = site->worked;
    snprintf(fresh, sizeof fresh, "%" PRIx64 "-%lx-%" PRIx64, (uint64_t)clock_wall_ms(),
             (unsigned long)(site->salt & 0xFFFFFFFF), (uint64_t)++site->addresses);
    buf_init(&url, SIZE_MAX / 4);
    if (site_url(&url, site->options.url, p->form, &p->request, fresh) < 0) {
        buf_release(&url);
        return error_no_memory(error);
    }
    free(p->url);
    p->url = url.data;
    /* These are public, and a wrong password may spoil them. */
    bool public = p->request.what == SITE_INDEX || p->request.what == SITE_README;
    enum http_login login = public ? HTTP_ANONYMOUS : HTTP_AUTHENTICATED;
    enum http_method method = site_change_method(p->request.what);
    int begun = p->request.body ? http_send(site->http, method, p->url, p->request.body, p, error)
                                : http_start(site->http, p->url, login, p, error);
    if (begun < 0)
        return -1;
    p->state = ON_WIRE;
    return 0;
}

static bool any_free(const struct site *site)
{
    int taken = 0;
    for (const struct pending *a = site->pending; a; a = a->next)
        taken += a->state == ON_WIRE || a->state == PUT_OFF;
    return taken < 1 || taken < site->options.connections;
}

/* Sends the requests for which a connection is free, and those whose wait is over. *wait_ms becomes
 * the time until the next one is due, or the tick, or the deadline. */
static int send_due(struct site *site, int *wait_ms, struct error *error)
{
    int64_t now = clock_monotonic_ms();
    int64_t wait = limits_left_ms(&site->limits, site->ticked_ms + TICK_MS - now);
    for (struct pending *a = site->pending; a; a = a->next) {
        if (a->state == PUT_OFF && a->due_ms > now)
            wait = a->due_ms - now < wait ? a->due_ms - now : wait;
        else if ((a->state == PUT_OFF || (a->state == WAITING && any_free(site))) &&
                 send_request(site, a, error) < 0)
            return -1;
    }
    *wait_ms = (int)wait;
    return 0;
}

/* Sends what can be sent before an answer is judged, which takes time. */
static int use_free_connections(struct site *site, struct error *error)
{
    int wait_ms;
    return send_due(site, &wait_ms, error) < 0 ? -1 : http_push(site->http, error);
}

int site_ask(struct site *site, const struct site_request *request, struct error *error)
{
    struct pending *p = calloc(1, sizeof *p);
    if (!p)
        return error_no_memory(error);
    p->request = *request;
    p->form = site->next;
    struct pending **link = &site->pending;
    while (*link && (request->yields || !(*link)->request.yields))
        link = &(*link)->next;
    p->next = *link;
    *link = p;
    site->outstanding++;
    return use_free_connections(site, error);
}

/* Answers */

static void add_attempts(struct error *error, int attempts)
{
    struct error once = *error;
    error_clear(error);
    error_raise(error, error_kind_of(&once), "%s (%d attempts)", once.message, attempts);
}

/* Takes the request off the list; the answer is the caller's. */
static void finish(struct site *site, struct pending *p, struct site_answer *answer)
{
    struct pending **link = &site->pending;
    while (*link && *link != p)
        link = &(*link)->next;
    *link = p->next;
    site->outstanding--;
    if (answer->error.code && p->attempts > 1)
        add_attempts(&answer->error, p->attempts);
    pending_free(p);
}

static void note_success(struct site *site, const struct pending *p,
                         const struct site_answer *answer)
{
    enum site_what what = p->request.what;
    if (answer->stale && what != SITE_LOG) {
        site->stale.answers++;
        if (answer->age_s > site->stale.oldest_s)
            site->stale.oldest_s = answer->age_s;
    }
    if (answer->printed > site->printed)
        site->printed = answer->printed;
    if (what != SITE_INDEX && what != SITE_LOGIN && what != SITE_README)
        site->worked = site->next = p->form;
    site->listed |= what == SITE_BY_ID || what == SITE_RECENT;
}

/* There is no REST API under the form of URL that was tried. Returns whether the other form is
 * worth trying at once. */
static bool switch_form(struct site *site, struct pending *p)
{
    if (p->form == site->worked)
        return false;
    bool first = !p->switched;
    p->switched = true;
    p->form = other_form(p->form);
    site->next = p->form;
    return first;
}

/* The other form is known to work, so that a refusal of this one does not end the run. */
static bool is_refused_trial(const struct site *site, const struct pending *p,
                             const struct site_answer *answer)
{
    return site->options.try_other && p->form == other_form(site->options.form) &&
           answer->error.code == ERR_REFUSED && !p->request.body;
}

/* Puts the request off until it is sent again. Returns false when that will not happen. */
static bool put_off(struct site *site, struct pending *p, const struct http_response *response,
                    struct site_answer *answer, enum retry_kind kind)
{
    struct retry_try last = {
        .kind = kind,
        .attempt = p->attempts,
        .after_ms = response->retry_after_ms,
        .waited_ms = p->waited_ms,
        .left_ms = limits_left_ms(&site->limits, INT64_MAX),
        .random = erand48(site->random),
    };
    int64_t wait = retry_wait_ms(&site->policy, &last);
    if (wait < 0) {
        if (last.after_ms > RETRY_CAP_MS)
            snprintf(answer->error.advice, sizeof answer->error.advice,
                     "the site asks to come back in %" PRId64 " s", last.after_ms / 1000);
        return false;
    }
    p->state = PUT_OFF;
    p->waited_ms += wait;
    p->due_ms = clock_monotonic_ms() + wait;
    log_write(site->log, LOG_INFO, "asking again in %" PRId64 " ms, after attempt %d: %s", wait,
              p->attempts, answer->error.message);
    return true;
}

/* Returns true when the answer is final, false when the request continues. */
static bool judge(struct site *site, struct pending *p, struct http_response *response,
                  struct site_answer *answer)
{
    const struct site_options *options = &site->options;
    struct site_asked asked = {
        .base = options->url,
        .url = p->url,
        .user = options->user,
        .ca_file = options->ca_file,
        .known = options->known || site->worked != SITE_FORM_UNKNOWN,
        .listed = site->listed,
        .drop = options->drop,
    };
    enum retry_kind kind;
    enum site_verdict verdict = site_judge(&asked, response, answer, &kind);
    if (verdict == VERDICT_ANSWER) {
        note_success(site, p, answer);
        return true;
    }
    bool may_switch = verdict == VERDICT_OTHER_FORM || is_refused_trial(site, p, answer);
    if (may_switch && switch_form(site, p)) {
        log_write(site->log, LOG_DETAIL, "no REST API at %s; trying the other form of URL", p->url);
        p->state = WAITING;
        return false;
    }
    p->attempts++;
    if (p->request.once)
        kind = RETRY_NO;
    return !put_off(site, p, response, answer, kind);
}

static int take_response(struct site *site, struct http_response *response,
                         struct site_answer **answer, struct error *error)
{
    struct pending *p = response->tag;
    struct site_answer *a = calloc(1, sizeof *a);
    p->state = ANSWERED;
    if (!a)
        return error_no_memory(error);
    if (response->status == 200 && use_free_connections(site, error) < 0) {
        free(a);
        return -1;
    }
    a->request = p->request;
    a->status = response->status;
    a->elapsed_ms = response->elapsed_ms;
    a->waited_ms = response->waited_ms;
    a->age_s = response->age.age_s;
    a->stale = trust_is_stale(response->age.age_s, response->age.cached,
                              clock_monotonic_ms() - site->began_ms);
    if (response->trip.fresh || !p->trip.fresh)
        p->trip = response->trip;
    a->trip = p->trip;
    if (judge(site, p, response, a)) {
        finish(site, p, a);
        *answer = a;
    } else {
        site_answer_free(a);
    }
    return 0;
}

static int tick(struct site *site, struct error *error)
{
    if (limits_check(&site->limits, error) < 0)
        return -1;
    int64_t now = clock_monotonic_ms();
    if (now - site->ticked_ms < TICK_MS)
        return 0;
    site->ticked_ms = now;
    return site->options.tick ? site->options.tick(site->options.tick_context, error) : 0;
}

int site_wait(struct site *site, struct site_answer **answer, struct error *error)
{
    *answer = NULL;
    while (site->pending && !*answer) {
        int wait_ms;
        struct http_response *response;
        if (tick(site, error) < 0 || send_due(site, &wait_ms, error) < 0 ||
            http_work(site->http, wait_ms, &response, error) < 0)
            return -1;
        int taken = response ? take_response(site, response, answer, error) : 0;
        http_response_free(response);
        if (taken < 0)
            return -1;
    }
    return 0;
}

int site_exchange(struct site *site, const struct site_request *request,
                  struct site_answer **answer, struct error *error)
{
    *answer = NULL;
    if (site_ask(site, request, error) < 0 || site_wait(site, answer, error) < 0)
        return -1;
    return *answer ? 0 : error_set(error, ERR_INTERNAL, "the site's answer got lost");
}

int site_get(struct site *site, const struct site_request *request, struct site_answer **answer,
             struct error *error)
{
    if (site_exchange(site, request, answer, error) < 0)
        return -1;
    if ((*answer)->error.code == ERR_NONE)
        return 0;
    error_copy(error, &(*answer)->error);
    site_answer_free(*answer);
    *answer = NULL;
    return -1;
}

enum site_form site_form(const struct site *site)
{
    return site->worked;
}

struct site_staleness site_stale(const struct site *site)
{
    return site->stale;
}

size_t site_printed(const struct site *site)
{
    return site->printed;
}

int site_outstanding(const struct site *site)
{
    return site->outstanding;
}

int64_t site_requests(const struct site *site)
{
    return http_requests(site->http);
}

int64_t site_bytes(const struct site *site)
{
    return http_bytes(site->http);
}
