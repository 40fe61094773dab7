/* speed: how long pages of the list take, and how many tickets a page should have. */
#include <inttypes.h>
#include <stdio.h>

#include "base/int64.h"
#include "check/findings.h"
#include "check/subjects.h"
#include "core/pace.h"

enum {
    ENOUGH_ROWS = 100, /* of the whole list */
    FRACTION = 5,      /* of the larger page is the smaller one */
    TIMES = 2,         /* each is asked for: the first time may find cold caches */
};

struct speed {
    struct check *c;
    int64_t total, cap, most;        /* rows; `most`: the largest page that is known to work */
    int64_t refused;                 /* the smallest that is known not to; 0: none */
    struct pace_sample small, large; /* the two to judge by */
};

/* How many rows per page the site gives at most; 0: as many as asked for, as far as is known. */
static int64_t cap_of(const struct check *c)
{
    const struct page *page = &c->head->page;
    int64_t asked = c->head->request.per_page, rows = (int64_t)page->count;
    if (page->per_page > 0 && page->per_page < asked)
        return page->per_page;
    return rows < asked && page->total > rows ? rows : c->state.page_cap;
}

/* false: the site does not give such a page, or the examination ended. */
static bool time_page(struct check *c, int64_t rows, struct pace_sample *sample)
{
    struct site_request request = {.what = SITE_BY_ID, .page = 1, .per_page = rows, .once = true};
    *sample = (struct pace_sample){.ms = INT64_MAX};
    for (int i = 0; i < TIMES; i++) {
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *a =
            check_ask(c, &request);
        if (!a || a->error.code || !a->page.count)
            return false;
        sample->rows = (int64_t)a->page.count;
        sample->ms = min64(sample->ms, a->elapsed_ms);
    }
    return true;
}

/* The larger page, or half of it where the site does not give that, and so on. */
static bool time_large(struct speed *s, int64_t rows)
{
    for (; rows > s->small.rows && !check_ended(s->c); rows /= 2) {
        if (time_page(s->c, rows, &s->large)) {
            s->most = rows;
            return true;
        }
        s->refused = rows;
    }
    return false;
}

/* Is the largest page of all worth it? It is suggested only if it was seen to work. */
static void time_largest(struct speed *s)
{
    struct pace_sample largest;
    if (s->refused || s->cap || s->total < PACE_MOST ||
        !pace_try_more(&s->small, &s->large, s->c->config->site.timeout_s))
        return;
    if (time_page(s->c, PACE_MOST, &largest)) {
        s->large = largest;
        s->most = PACE_MOST;
    } else {
        s->refused = PACE_MOST;
    }
}

/* false: too little could be read. */
static bool measure(struct speed *s)
{
    int64_t rows = min64(s->total, s->cap ? min64(s->cap, PACE_BEGIN) : PACE_BEGIN);
    if (!time_page(s->c, rows / FRACTION, &s->small))
        return false;
    if (pace_is_long(s->small.ms, s->c->config->site.timeout_s)) { /* a larger one would be worse */
        rows = s->small.rows;
        if (!time_page(s->c, rows / FRACTION, &s->small))
            return false;
    }
    if (!time_large(s, rows))
        return false;
    if (!s->refused && !s->cap && s->large.rows == s->total)
        s->most = PACE_BEGIN; /* one page holds them all */
    time_largest(s);
    return true;
}

static void tell_page(struct check *c, const struct pace_sample *sample)
{
    check_detail(c, "a page of %" PRId64 " tickets: %" PRId64 " ms, %.2f ms per ticket",
                 sample->rows, sample->ms, (double)sample->ms / (double)sample->rows);
}

/* Of the newest ticket. With its conversation only if that is to be read anyway: the site would
 * show the API user as reading it. */
static void tell_ticket(struct check *c)
{
    bool whole = c->config->conversations != CONVERSATIONS_NONE;
    struct site_request request = {.what = whole ? SITE_CONVERSATION : SITE_SEARCH, .once = true};
    for (size_t i = 0; i < c->head->page.count && !request.ticket; i++)
        request.ticket = c->head->page.tickets[i].id;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *a =
        request.ticket && !check_ended(c) ? check_ask(c, &request) : NULL;
    if (a && !a->error.code)
        check_detail(c, "a single ticket%s: %" PRId64 " ms", whole ? ", with its conversation" : "",
                     a->elapsed_ms);
}

static void tell_details(const struct speed *s)
{
    struct check *c = s->c;
    tell_page(c, &s->small);
    tell_page(c, &s->large);
    tell_ticket(c);
    if (s->refused)
        check_detail(c,
                     "a page of %" PRId64 " tickets cannot be read: it takes the site too long, "
                     "or too much memory",
                     s->refused);
    if (s->cap)
        check_detail(c,
                     "the site gives %" PRId64 " tickets a page at most, so no more are asked for",
                     s->cap);
}

static void judge(const struct speed *s)
{
    static const char name[] = "site.speed";
    struct check *c = s->c;
    const struct config_page_size *is = &c->config->per_page;
    int64_t best = pace_propose(&s->small, &s->large, s->most, c->config->site.timeout_s);
    char now[32];
    snprintf(now, sizeof now, is->begin == is->most ? "%d" : "auto", is->begin);
    if (is->begin > 2 * best || (s->refused && is->begin >= s->refused))
        check_warn(c, name, arena_printf(&c->arena, "set [fluent] per_page = %" PRId64, best),
                   "%" PRId64 " tickets in %" PRId64 " ms: per_page = %s is too much for the site",
                   s->large.rows, s->large.ms, now);
    else
        check_ok(c, name,
                 "%" PRId64 " tickets in %" PRId64 " ms; suggested: per_page = %" PRId64
                 ", it is %s",
                 s->large.rows, s->large.ms, best, now);
    tell_details(s);
}

/* After the other questions about the list. */
void check_speed(struct check *c)
{
    static const char name[] = "site.speed";
    if (!c->head || c->head->error.code)
        return; /* tickets.list says why */
    const struct page *page = &c->head->page;
    struct speed speed = {
        .c = c, .total = page->total < 0 ? (int64_t)page->count : page->total, .cap = cap_of(c)};
    if (speed.total < ENOUGH_ROWS)
        check_ok(c, name, "%zu tickets in %" PRId64 " ms: too few to suggest a per_page",
                 page->count, c->head->elapsed_ms);
    else if (measure(&speed))
        judge(&speed);
    else if (!check_ended(c))
        check_skip(c, name, "not known: a page could not be read");
}
