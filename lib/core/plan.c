/* plan: decides whether one page of changes is enough, or the whole list must be read. */
#include "core/plan.h"

#include <string.h>

#include "base/int64.h"

enum { WALK_LIFE_S = 24 * 3600 };

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool plan_is_old(int64_t now, int64_t since, int64_t seconds)
{
    return !since || since > now || now - since >= seconds;
}

static bool walk_is_due(const struct plan_facts *f)
{
    if (f->full_every_s == PLAN_EVERY_RUN || f->full_every_s == PLAN_NEVER)
        return f->full_every_s == PLAN_EVERY_RUN || f->state->last_full_walk > f->now;
    return f->all_due || plan_is_old(f->now, f->state->last_full_walk, f->full_every_s);
}

bool plan_walk_is_due(const struct plan_facts *f)
{
    const struct state *s = f->state;
    return f->full || !s->watermark || !s->last_full_walk || walk_is_due(f);
}

/* Did one of the two clocks, the site's and this machine's, move against the other since the last
 * comparison, or did the site's run back? What changed meanwhile may bear any time. */
static bool clock_was_set(const struct plan_facts *f)
{
    const struct state *s = f->state;
    if (!f->head.date)
        return false;
    if (f->head.date < s->watermark - PLAN_SKEW_S)
        return true;
    int64_t drift = (f->head.date - s->watermark) - (f->now - s->compared_at);
    return s->compared_at && (drift > PLAN_JUMP_S || drift < -PLAN_JUMP_S);
}

/* What speaks for a walk before the head is known; NULL: nothing. */
static const char *why_walk(const struct plan_facts *f)
{
    const struct state *s = f->state;
    if (f->full)
        return "asked for";
    if (!s->watermark)
        return "the first run";
    if (!s->last_full_walk || s->walk.started)
        return "the last full walk was not complete";
    if (!scope_within(f->scope, s->scope))
        return "the scope is wider than that of the last successful run";
    if (!same(s->config_hash, f->config_hash))
        return "the mapping, what is stored of conversations, or the site's time zone changed";
    if (!same(s->zone, f->zone))
        return "the site's time zone changed";
    if (s->api_user && !same(s->api_user, f->api_user))
        return "the API user is another one, and may see other tickets";
    if (walk_is_due(f))
        return f->all_due ? "all of the list would be older than full_every at the next run"
                          : "the list was last read longer ago than full_every, or in the future";
    return NULL;
}

/* What the head's rows say against an incremental run; NULL: nothing. */
static const char *why_not_head(const struct plan_facts *f)
{
    const struct plan_head *h = &f->head;
    if (h->unordered)
        return "the site does not give its newest changes first";
    if (!h->rows && f->state->total > 0)
        return "the site shows none of its tickets as its newest changes";
    if (h->newest < f->state->newest)
        return "the site's newest change is older than at the last run: a backup was restored";
    if (clock_was_set(f))
        return "the clock of the site or of this machine was set";
    if (h->missing)
        return "tickets that an earlier run had stored are missing in the database";
    if (f->largest == PLAN_LARGEST_GONE)
        return "the ticket with the largest known id is gone: deleted, or a backup was restored";
    return NULL;
}

bool plan_reaches(const struct plan_head *h, int64_t watermark)
{
    bool whole = h->rows < h->asked && h->total >= 0 && h->total <= h->rows;
    return whole || (h->rows && h->oldest < watermark - PLAN_OVERLAP_S);
}

/* The last comparison, by the clock that dates the site's changes. */
static int64_t last_comparison(const struct plan_facts *f)
{
    const struct state *s = f->state;
    bool late = f->head.newest > s->newest && f->head.newest < s->watermark;
    return late && s->newest ? min64(s->newest, s->watermark) : s->watermark;
}

int64_t plan_reach_back(const struct plan_facts *f)
{
    return last_comparison(f) - PLAN_OVERLAP_S;
}

int64_t plan_head_rows(int64_t recent)
{
    return min64(2 * recent + PLAN_HEAD_LEAST, PLAN_HEAD_ROWS);
}

static bool total_differs(const struct plan_facts *f)
{
    if (f->numbers != PLAN_BY_TOTAL)
        return f->numbers == PLAN_UNSETTLED;
    return f->head.total >= 0 && f->head.total != f->state->total + f->head.new_ids;
}

/* If the newest change is another one, the site may have restored a backup and have gone on since:
 * the largest known id is gone then. */
static bool may_have_lost_largest(const struct plan_facts *f)
{
    return f->state->max_id > 0 && !f->head.has_largest && f->head.newest != f->state->newest &&
           f->largest == PLAN_LARGEST_UNKNOWN;
}

static struct plan_decision decided(enum plan plan, const char *why)
{
    return (struct plan_decision){.plan = plan, .why = why};
}

/* The first page does not hold all changes. */
static struct plan_decision ask_for_more(const struct plan_facts *f)
{
    int64_t asked = f->head.asked, most = f->head_max;
    if (asked >= most)
        return decided(PLAN_WALK, "more changes than one page holds");
    struct plan_decision d = decided(PLAN_LARGER_HEAD, "more changes than the first page held");
    d.rows = asked < PLAN_HEAD_ROWS ? min64(PLAN_HEAD_ROWS, most) : most;
    return d;
}

struct plan_decision plan_run(const struct plan_facts *f)
{
    const char *why = why_walk(f);
    if (!why)
        why = why_not_head(f);
    if (why)
        return decided(PLAN_WALK, why);
    /* A head that does not reach far enough back may lack new tickets: its total explains nothing.
     */
    if (!plan_reaches(&f->head, last_comparison(f)))
        return ask_for_more(f);
    struct plan_decision d = decided(PLAN_INCREMENTAL, "");
    if (total_differs(f) && plan_is_old(f->now, f->state->last_total_walk, PLAN_TOTAL_EVERY_S)) {
        d = decided(PLAN_WALK, "the changes do not explain the number of tickets");
        d.for_total = true;
    } else if (may_have_lost_largest(f)) {
        d = decided(PLAN_ASK_LARGEST, "the ticket with the largest known id may be gone");
    } else if (total_differs(f)) {
        const struct plan_head *h = &f->head;
        bool known = f->state->total >= 0 && h->total >= 0;
        d.unexplained = known ? h->total - f->state->total - h->new_ids : 0;
    }
    return d;
}

int64_t plan_total(const struct plan_facts *f)
{
    return f->state->total < 0 ? 0 : f->state->total + f->head.new_ids;
}

bool plan_resume(const struct plan_facts *f, const char *scope)
{
    const struct walk_state *w = &f->state->walk;
    int64_t life = f->full_every_s > 0 ? f->full_every_s : WALK_LIFE_S;
    return !f->full && !plan_is_old(f->now, w->started, life) && same(w->scope, scope) &&
           same(w->config_hash, f->config_hash) && same(w->api_user, f->api_user);
}

int64_t plan_watermark(const struct plan_head *h, int64_t now)
{
    if (h->date)
        return h->date;
    return h->newest ? min64(h->newest, now) : now;
}

void plan_after_incremental(const struct plan_facts *f, struct state *next)
{
    const struct plan_head *h = &f->head;
    next->watermark = plan_watermark(h, f->now);
    next->newest = h->newest;
    next->compared_at = f->now;
    if (total_differs(f))
        return;
    /* As the site says; if it does not, what the changes explain. */
    next->total = f->state->total < 0 ? -1 : f->state->total + h->new_ids;
    next->max_id = h->max_id > f->state->max_id ? h->max_id : f->state->max_id;
}
