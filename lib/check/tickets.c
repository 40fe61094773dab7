/* tickets: the list of tickets: how many, since when, in which mailboxes, whether it pages. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/findings.h"
#include "check/subjects.h"

enum {
    PAGE_ROWS = 50,
    MAILBOX_ROWS = 15, /* for a page of fewer rows the site makes one more query per ticket */
    STEPS_MAX = 10,    /* of the search for the first ticket of a day: 50,000 tickets */
    MAILBOXES_MAX = 32,
    MAILBOXES_ASKED = 8,
};

struct mailbox {
    int64_t id, seen, total; /* total: -1 when the site does not tell */
    char name[64];
    bool listed; /* in [fluent] mailbox_ids */
};

struct listing {
    struct check *c;
    int64_t total, pages;
    struct site_answer *first, *second, *last;
    struct mailbox mailboxes[MAILBOXES_MAX];
    size_t mailbox_count;
    int64_t seen;
};

static const struct ticket *first_of(const struct site_answer *a)
{
    return a && a->page.count ? &a->page.tickets[0] : NULL;
}

static const struct ticket *last_of(const struct site_answer *a)
{
    return a && a->page.count ? &a->page.tickets[a->page.count - 1] : NULL;
}

/* The wall time when the ticket was created, as it would be stored; false when there is none. */
static bool created(const struct check *c, const struct ticket *t, char wall[ZONE_TEXT_SIZE])
{
    int64_t instant;
    return t && c->zones.site && zone_parse(c->zones.site, t->created_at, &instant) &&
           zone_wall(c->zones.tables, instant, wall);
}

/* Mailboxes */

static struct mailbox *mailbox_of(struct listing *l, int64_t id)
{
    for (size_t i = 0; i < l->mailbox_count; i++)
        if (l->mailboxes[i].id == id)
            return &l->mailboxes[i];
    if (l->mailbox_count == MAILBOXES_MAX)
        return NULL;
    struct mailbox *m = &l->mailboxes[l->mailbox_count++];
    *m = (struct mailbox){.id = id, .total = -1};
    return m;
}

/* The newest tickets come again in the pages by id, where they are counted. */
enum counting { COUNT_TICKETS, DO_NOT_COUNT };

static void note_mailboxes(struct listing *l, const struct site_answer *a, enum counting counting)
{
    for (size_t i = 0; a && i < a->page.count; i++) {
        const struct ticket *t = &a->page.tickets[i];
        struct mailbox *m = mailbox_of(l, t->mailbox_id ? strtoll(t->mailbox_id, NULL, 10) : 0);
        l->seen += counting == COUNT_TICKETS;
        if (!m)
            continue;
        m->seen += counting == COUNT_TICKETS;
        const char *name = ticket_at(t, "mailbox.name", &l->c->arena);
        if (name && !m->name[0])
            snprintf(m->name, sizeof m->name, "%s", name);
    }
}

/* Asks how many tickets it has. A site that ignores the filter is recognised by the rows it
 * gives. */
static void count_mailbox(struct listing *l, struct mailbox *m)
{
    struct site_request request = {
        .what = SITE_MAILBOX, .page = 1, .per_page = MAILBOX_ROWS, .mailbox = m->id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *a = check_ask(l->c, &request);
    if (!a || a->error.code)
        return;
    for (size_t i = 0; i < a->page.count; i++) {
        const char *id = a->page.tickets[i].mailbox_id;
        if (!id || strtoll(id, NULL, 10) != m->id)
            return;
    }
    m->total = a->page.total;
}

static void list_mailbox(struct listing *l, const struct mailbox *m)
{
    if (m->total >= 0)
        check_detail(l->c, "%" PRId64 " %s: %" PRId64 " tickets", m->id, m->name, m->total);
    else
        check_detail(l->c, "%" PRId64 " %s: %" PRId64 " of the %" PRId64 " tickets looked at",
                     m->id, m->name, m->seen, l->seen);
}

static void check_mailboxes(struct listing *l)
{
    static const char name[] = "tickets.mailboxes";
    const struct scope *scope = &l->c->config->scope;
    size_t empty = 0;
    for (size_t i = 0; i < scope->count; i++) {
        struct mailbox *m =
            scope->mailboxes[i].listed ? mailbox_of(l, scope->mailboxes[i].id) : NULL;
        if (m)
            m->listed = true;
    }
    for (size_t i = 0; i < l->mailbox_count && i < MAILBOXES_ASKED && !check_ended(l->c); i++)
        if (l->mailboxes[i].id)
            count_mailbox(l, &l->mailboxes[i]);
    for (size_t i = 0; i < l->mailbox_count; i++)
        empty += l->mailboxes[i].listed && l->mailboxes[i].total == 0;
    if (empty)
        check_warn(l->c, name, "check [fluent] mailbox_ids",
                   "%zu of the mailboxes in mailbox_ids have no ticket that the user can see",
                   empty);
    else
        check_ok(l->c, name, "%zu seen%s", l->mailbox_count,
                 scope->all_mailboxes ? ", all of them count" : "; mailbox_ids says which count");
    for (size_t i = 0; i < l->mailbox_count; i++)
        list_mailbox(l, &l->mailboxes[i]);
}

/* Dates */

static struct site_answer *page_of(struct listing *l, int64_t page)
{
    struct site_request request = {.what = SITE_BY_ID, .page = page, .per_page = PAGE_ROWS};
    struct site_answer *a = check_ask(l->c, &request);
    note_mailboxes(l, a, COUNT_TICKETS);
    return a;
}

/* How many of the page's tickets were created before the day. */
static int64_t before_day(const struct check *c, const struct site_answer *a)
{
    char wall[ZONE_TEXT_SIZE];
    int64_t n = 0;
    for (size_t i = 0; i < a->page.count; i++)
        n += created(c, &a->page.tickets[i], wall) && strncmp(wall, c->config->scope.since, 10) < 0;
    return n;
}

/* Of `count` tickets after page `from`, the share that was created on the day or later, judging by
 * the pages read: imported tickets have old dates and new ids. */
static int64_t later_share(const struct listing *l, int64_t from, int64_t count)
{
    const struct site_answer *const pages[] = {from < 2 ? l->second : NULL,
                                               from < l->pages && l->pages > 2 ? l->last : NULL};
    int64_t rows = 0, before = 0;
    for (size_t i = 0; i < 2; i++) {
        if (!pages[i])
            continue;
        rows += (int64_t)pages[i]->page.count;
        before += before_day(l->c, pages[i]);
    }
    if (count < 0)
        return 0;
    return rows ? count * (rows - before) / rows : count;
}

/*
 * Ids ascend, and mostly the days do too, so the page where the day begins is found by bisection.
 * *low to *high: how many tickets were created on the day or later; false when a page failed.
 */
static bool count_since(struct listing *l, int64_t *low, int64_t *high)
{
    struct check *c = l->c;
    int64_t from = 1, to = l->pages, before = before_day(c, l->first);
    bool inside = before < (int64_t)l->first->page.count; /* of page `from` */
    for (int step = 0; !inside && from < to && step < STEPS_MAX; step++) {
        int64_t middle = (from + to + 1) / 2;
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *a = page_of(l, middle);
        if (!a || a->error.code)
            return false;
        int64_t here = before_day(c, a);
        if (here == 0) {
            to = middle - 1;
            continue;
        }
        from = middle;
        before = here;
        inside = here < (int64_t)a->page.count;
    }
    *high = later_share(l, from, l->total - (from - 1) * PAGE_ROWS - before);
    *low = *high;
    if (!inside && from < to)
        *low = later_share(l, from, l->total - to * PAGE_ROWS);
    return true;
}

static void check_since(struct listing *l)
{
    static const char name[] = "tickets.since";
    struct check *c = l->c;
    const char *since = c->config->scope.since;
    int64_t low, high;
    if (c->config->scope.tickets != SCOPE_ALL || c->config->scope.date_of != SCOPE_CREATED_AT)
        check_skip(c, name, "not counted: [scope] goes by more than the day of creation");
    else if (!c->zones.site || !first_of(l->first))
        check_skip(c, name, "not known");
    else if (!count_since(l, &low, &high))
        check_skip(c, name, "not counted: a page could not be read");
    else if (high == 0)
        check_warn(c, name, "an earlier [fluent] date_filter, or --since, includes more",
                   "none was created on %s or later", since);
    else if (low < high)
        check_ok(c, name,
                 "about %" PRId64 " to %" PRId64 " of %" PRId64 " were created on %s or later", low,
                 high, l->total, since);
    else
        check_ok(c, name, "%s%" PRId64 " of %" PRId64 " were created on %s or later",
                 l->pages > 1 ? "about " : "", low, l->total, since);
}

static void check_range(struct listing *l)
{
    char oldest[ZONE_TEXT_SIZE] = "?", newest[ZONE_TEXT_SIZE] = "?";
    const struct ticket *a = first_of(l->first), *b = last_of(l->last ? l->last : l->first);
    if (l->first->error.code) {
        check_warn_answer(l->c, "tickets.range", l->first);
        return;
    }
    if (!a || !b) {
        check_skip(l->c, "tickets.range", "no tickets");
        return;
    }
    created(l->c, a, oldest);
    created(l->c, b, newest);
    check_ok(l->c, "tickets.range", "from ticket %" PRId64 ", %s, to ticket %" PRId64 ", %s", a->id,
             oldest, b->id, newest);
}

/* Paging */

static void check_paging(struct listing *l)
{
    static const char name[] = "tickets.paging",
                      advice[] =
                          "is there a cache in front of the site's REST API? It must let these "
                          "requests through";
    const struct ticket *end = last_of(l->first), *next = first_of(l->second);
    bool needed = l->total > l->c->config->per_page.begin;
    if (!l->second)
        check_ok(l->c, name, "one page holds them all");
    else if (l->second->error.code)
        check_warn_answer(l->c, name, l->second);
    else if (end && next && next->id > end->id)
        check_ok(l->c, name, "page 2 continues where page 1 ends");
    else if (needed)
        check_fail(l->c, name, RANK_PARTIAL, ERR_PARTIAL, advice,
                   "page 2 contains tickets of page 1 again");
    else
        check_warn(l->c, name, advice, "page 2 contains tickets of page 1 again");
}

/* The newest changes could not be read as one page. A sync works around what is broken if it gets a
 * single ticket from anywhere. */
static void check_failed_list(struct check *c)
{
    static const char name[] = "tickets.list";
    static const struct site_request one = {.what = SITE_BY_ID, .page = 1, .per_page = 1};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *a = NULL;
    if (c->head->splittable && !(a = check_ask(c, &one)))
        return;
    bool some = a && a->error.code == ERR_NONE;
    if (!some) {
        check_fail_answer(c, name, RANK_SITE, c->head);
        return;
    }
    check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL, c->head->error.advice, "%s", c->head->reason);
    check_detail(c, "single tickets can be read: a sync would leave out only what it cannot read");
}

static void check_list(struct listing *l)
{
    struct check *c = l->c;
    l->total = c->head->page.total < 0 ? (int64_t)c->head->page.count : c->head->page.total;
    l->pages = (l->total + PAGE_ROWS - 1) / PAGE_ROWS;
    check_ok(c, "tickets.list", "%" PRId64 " ticket%s visible to the user", l->total,
             l->total == 1 ? " is" : "s are");
    note_mailboxes(l, c->head, DO_NOT_COUNT);
    if (!(l->first = page_of(l, 1)) || (l->pages > 1 && !(l->second = page_of(l, 2))) ||
        (l->pages > 2 && !(l->last = page_of(l, l->pages))))
        return;
    if (l->pages == 2)
        l->last = l->second;
    check_range(l);
    check_since(l);
    if (!check_ended(c))
        check_mailboxes(l);
    if (!check_ended(c))
        check_paging(l);
}

void check_tickets(struct check *c)
{
    struct listing list = {.c = c};
    if (!c->head)
        check_skip(c, "tickets.list", "not reached");
    else if (c->head->error.code == ERR_NONE)
        check_list(&list);
    else if (c->head->error.code == ERR_UNAVAILABLE || !c->head->status)
        check_failed_list(c);
    else
        check_skip(c, "tickets.list", "refused");
    if (list.last != list.second)
        site_answer_free(list.last);
    site_answer_free(list.second);
    site_answer_free(list.first);
}
