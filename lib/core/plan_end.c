/* plan_end: whether the newest changes explain the end of a walk, and what follows from that. */
#include "core/plan.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static struct plan_end_decision ended(enum plan_end end, const char *why)
{
    return (struct plan_end_decision){.end = end, .why = why};
}

/* What an earlier run read may have changed since: only a head that is asked for now can tell. */
static struct plan_end_decision end_of_resumed(const struct plan_end_facts *f)
{
    const struct plan_head *h = &f->last;
    if (h->unordered || (!plan_reaches(h, f->watermark) && h->asked >= f->head_max))
        return ended(END_WALK_AGAIN, "more changed since the walk began than one page shows");
    if (!plan_reaches(h, f->watermark))
        return ended(END_LARGER_HEAD, "");
    if (h->total < 0)
        return ended(END_UNCONFIRMED,
                     "the site does not say how many tickets there are, which would "
                     "confirm what an earlier run read");
    if (h->total != f->seen + h->new_ids)
        return ended(END_WALK_AGAIN, "the number of tickets differs from what the walk saw");
    return ended(END_COMPLETE, "");
}

/* Does the site count more tickets than its pages held? Those that were created meanwhile have new
 * ids; those that were deleted meanwhile are no loss. */
static struct plan_end_decision end_of_fresh(const struct plan_end_facts *f)
{
    const struct plan_head *h = &f->last;
    if (h->total <= f->seen + h->new_ids)
        return ended(END_COMPLETE, "");
    if (!plan_reaches(h, f->watermark) && h->asked < f->head_max)
        return ended(END_LARGER_HEAD, "");
    return ended(END_UNCONFIRMED, "the site counts more tickets than its pages hold");
}

struct plan_end_decision plan_walk_end(const struct plan_end_facts *f)
{
    if (f->lagging || f->unseen)
        return ended(END_INCOMPLETE,
                     "the site's pages lag behind its newest changes (a replica or a cache?)");
    bool needs_head = f->resumed || !f->first.asked || f->seen < later(f->first.total, f->total);
    if (!f->last.asked)
        return needs_head ? ended(END_ASK_HEAD, "") : ended(END_COMPLETE, "");
    return f->resumed ? end_of_resumed(f) : end_of_fresh(f);
}

void plan_after_walk(const struct plan_end_facts *f, const struct walk_state *walk, int64_t now,
                     struct state *next)
{
    const struct plan_head *compared = f->resumed || !f->first.asked ? &f->last : &f->first;
    next->watermark = f->resumed ? plan_watermark(compared, now) : walk->watermark;
    /* Without a head, or with an empty one, what was newest before stays: a restored backup is
     * noticed by it. */
    if (compared->asked && (compared->rows || !f->seen))
        next->newest = compared->newest;
    next->compared_at = f->resumed ? now : walk->started;
    next->last_full_walk = walk->started;
    /* What was counted, not what the site says, so that the next run sees a difference as well. */
    next->total = f->seen + (f->resumed ? f->last.new_ids : 0);
    next->max_id = f->resumed ? later(f->seen_max, f->last.max_id) : f->seen_max;
}

int64_t plan_moved_watermark(const struct plan_head *head, const struct walk_state *walk,
                             int64_t now)
{
    if (head->unordered || !plan_reaches(head, walk->watermark))
        return walk->watermark;
    return plan_watermark(head, now);
}
