/* plan: the conditions under which one page of changes is enough. */
#include "plan.h"

#include <string.h>

#include "config.h"

enum { WALK_LIFE_S = 24 * 3600 };

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_old(const struct plan_facts *f, int64_t since)
{
    if (f->full_every_s == EVERY_ALWAYS || f->full_every_s == EVERY_NEVER)
        return f->full_every_s == EVERY_ALWAYS;
    return f->now - since >= f->full_every_s;
}

/* What is known before the head is looked at; NULL: nothing speaks against an incremental run. */
static const char *why_walk(const struct plan_facts *f)
{
    const struct state *s = f->state;
    if (f->full)
        return "asked for";
    if (!s->watermark)
        return "the first run";
    if (!s->last_full_walk)
        return "the last full walk was not complete";
    if (!scope_within(f->scope, s->scope))
        return "the scope is wider than that of the last successful run";
    if (!same(s->config_hash, f->config_hash))
        return "the mapping or the site's time zone changed";
    if (!same(s->zone, f->zone))
        return "the site's time zone changed";
    if (is_old(f, s->last_full_walk))
        return "the last full walk is older than full_every";
    return NULL;
}

/* Does the head hold all that changed since then? A short one is the whole list, unless it says
 * itself that there are more. */
static bool reaches(const struct plan_head *h, int64_t back)
{
    return (h->rows && h->oldest < back) || (h->rows < h->asked && h->total <= h->rows);
}

enum plan plan_run(const struct plan_facts *f, const char **why, bool *for_total)
{
    const struct plan_head *h = &f->head;
    int64_t back = f->state->watermark - PLAN_OVERLAP_S;
    *for_total = false;
    *why = why_walk(f);
    if (*why)
        return PLAN_WALK;
    if (h->unordered) {
        *why = "the site does not give its newest changes first";
        return PLAN_WALK;
    }
    if (h->rows && h->newest < back) {
        *why = "the site's newest change is older than the last run: a backup was restored";
        return PLAN_WALK;
    }
    /* New tickets may be further down: a head that ends before them must not count them. */
    bool whole = reaches(h, back);
    if (!whole && h->asked < f->head_max) {
        *why = "more changes than the head holds";
        return PLAN_LARGER_HEAD;
    }
    bool total_differs = h->total != f->state->total + h->new_ids;
    if (whole && total_differs && f->now - f->state->last_total_walk >= PLAN_TOTAL_EVERY_S) {
        *why = "the number of tickets is not what the changes explain";
        *for_total = true;
        return PLAN_WALK;
    }
    *why = whole ? "" : "more changes than one page holds";
    return whole ? PLAN_INCREMENTAL : PLAN_WALK;
}

int64_t plan_watermark(const struct plan_head *h)
{
    if (!h->newest || !h->date)
        return h->newest ? h->newest : h->date;
    return h->newest < h->date ? h->newest : h->date;
}

bool plan_resume(const struct plan_facts *f, const char *scope, const char *api_user)
{
    const struct walk_state *w = &f->state->walk;
    int64_t life = f->full_every_s > 0 ? f->full_every_s : WALK_LIFE_S;
    return w->started && !f->full && f->now - w->started < life && same(w->scope, scope) &&
           same(w->config_hash, f->config_hash) && same(w->api_user, api_user);
}
