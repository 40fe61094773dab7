/* walk_end: compares a walk that proved the whole list with the tickets that changed last. */
#include "run/walk_end.h"

#include <inttypes.h>

#include "base/int64.h"
#include "run/ask.h"
#include "run/freshness.h"
#include "run/head.h"

enum { SMALL_HEAD_ROWS = 15 };

int walk_store_head(struct run *run, const struct site_answer *head, struct error *error)
{
    struct page_origin origin = {.stale = head->stale};
    return page_writer_store(&run->pages, &head->page, origin, error);
}

static int fill_facts(struct run *run, const struct plan_facts *plan,
                      const struct head_watch *watch, struct plan_end_facts *facts,
                      struct error *error)
{
    const struct run_seen *s = &run->seen;
    int64_t seen = tally_size(&s->ids), total = run->before.walk.total;
    facts->first = plan->head;
    facts->head_max = plan->head_max;
    facts->watermark = run->before.walk.watermark;
    facts->total = total;
    facts->seen = seen + s->nameless;
    if (s->nameless && total >= seen && facts->seen > total)
        facts->seen = total; /* one without an id may have been on two pages */
    facts->seen_max = s->max;
    if (!facts->first.rows && seen)
        facts->first.asked = 0; /* an empty page shows nothing of a list that is not empty */
    return head_watch_end(watch, run->site, &facts->unseen, &facts->lagging, error);
}

/* Tickets of a head of the walk's end that no page held, though pages held higher ids. */
static int64_t count_unseen(const struct run_seen *seen, const struct page *head)
{
    int64_t unseen = 0;
    for (size_t i = 0; i < head->count; i++) {
        int64_t id = head->tickets[i].id;
        unseen += id && id <= seen->max && !tally_has(&seen->ids, id);
    }
    return unseen;
}

/* How many rows of the newest changes are asked for next. */
static int64_t next_head_rows(const struct run *run, const struct walk_end *end)
{
    if (end->decided.end == END_LARGER_HEAD)
        return end->facts.head_max;
    int64_t first = end->facts.first.asked; /* none: the site could not give so many */
    return first ? head_rows(min64(first, PLAN_HEAD_ROWS), run->next.page_cap) : SMALL_HEAD_ROWS;
}

static int ask_again(struct run *run, struct walk_end *end, struct error *error)
{
    struct plan_end_facts *f = &end->facts;
    int64_t rows = next_head_rows(run, end);
    site_answer_free(end->last);
    end->last = NULL;
    if (ask_head(run->site, rows, &end->last, &end->no_head, error) < 0 || !end->last)
        return error->code == ERR_NONE ? 0 : -1;
    f->last = head_facts(&run->basis, end->last, f->seen_max);
    if (!f->first.asked)
        f->unseen = count_unseen(&run->seen, &end->last->page);
    if (end->decided.end == END_LARGER_HEAD)
        f->head_max = f->last.asked; /* a larger one is not to be had */
    return 0;
}

static int decide(struct run *run, struct walk_end *end, struct error *error)
{
    for (;;) {
        end->decided = plan_walk_end(&end->facts);
        if (end->decided.end != END_ASK_HEAD && end->decided.end != END_LARGER_HEAD)
            return 0;
        if (ask_again(run, end, error) < 0)
            return -1;
        if (!end->last) {
            end->decided = (struct plan_end_decision){
                .end = end->facts.resumed ? END_INCOMPLETE : END_UNCONFIRMED,
                .why = "the newest changes, which were to confirm the walk, cannot be read"};
            return 0;
        }
    }
}

/* Says why the end of the walk is not confirmed. A total that is not known, or that is what the
 * pages held, says nothing. */
static void mark_unconfirmed(struct run *run, const struct walk_end *end)
{
    const struct plan_end_facts *f = &end->facts;
    const struct error *no_head = &end->no_head;
    if (no_head->code != ERR_NONE) {
        run_mark_incomplete(run, no_head->advice, "%s: %s", end->decided.why, no_head->message);
        return;
    }
    int64_t total = f->last.asked ? f->last.total : f->first.total;
    if (total < 0 || total == f->seen)
        run_mark_incomplete(run, NULL, "%s", end->decided.why);
    else
        run_mark_incomplete(run, NULL,
                            "%s: it counts %" PRId64 " ticket%s, and its pages held %" PRId64,
                            end->decided.why, total, total == 1 ? "" : "s", f->seen);
}

int walk_end_judge(struct run *run, const struct plan_facts *plan, const struct head_watch *watch,
                   const struct site_answer *head, struct walk_end *end, struct error *error)
{
    if (fill_facts(run, plan, watch, &end->facts, error) < 0 || decide(run, end, error) < 0)
        return -1;
    enum plan_end ended = end->decided.end;
    if (ended == END_WALK_AGAIN)
        log_write(&run->in.log, LOG_INFO, "walking again: %s", end->decided.why);
    else if (ended != END_COMPLETE)
        mark_unconfirmed(run, end);
    /* What a head shows that was asked for is always stored; the first one where it may tell more
     * than the walk, and not less than what the site called for since. */
    const struct site_answer *last = end->last;
    if (last && freshness_take_head(&run->writer, &last->page, last->stale, &run->arena, error) < 0)
        return -1;
    if (last)
        head = last;
    bool needed = last || (ended != END_COMPLETE && !run->inbox.taken);
    return needed && head ? walk_store_head(run, head, error) : 0;
}
