/* choose: an incremental run or a full walk. */
#include "run/choose.h"

#include <inttypes.h>
#include <string.h>

#include "run/ask.h"
#include "run/batch.h"
#include "run/conversations.h"
#include "run/freshness.h"
#include "run/full_walk.h"
#include "run/head.h"
#include "run/history.h"
#include "run/missing.h"
#include "run/rolling.h"
#include "run/settle.h"
#include "run/sweep.h"
#include "run/unreadable.h"

/* How a run that has a head chooses between storing it and walking. */
struct choice {
    struct plan_facts facts;
    struct plan_decision decided;
    struct site_answer *head;       /* the one in use */
    const struct site_answer *tail; /* see settle.h; NULL: none */
    struct site_answer *larger;     /* the same, if it is a larger one; else NULL */
    struct batch *batch;            /* of the head, once it was looked up; NULL: not yet */
};

/* An incremental run */

static void mark_unexplained(struct run *run, const struct choice *c)
{
    static const char advice[] = "a run with --full walks the list again at once, any run does an "
                                 "hour after the last walk for this reason";
    int64_t unexplained = c->decided.unexplained;
    if (!unexplained && c->facts.numbers == PLAN_UNSETTLED)
        run_mark_incomplete(run, advice,
                            "the site's list differs from what it was, and a few of its pages do "
                            "not show where");
    if (unexplained)
        run_mark_incomplete(
            run, advice,
            "the site shows %" PRId64 " ticket%s, %" PRId64 " %s than the changes since the last "
            "comparison explain (deleted, imported with old dates, or is a permission lost?)",
            c->facts.head.total, c->facts.head.total == 1 ? "" : "s",
            unexplained < 0 ? -unexplained : unexplained, unexplained < 0 ? "fewer" : "more");
}

/* A run that was killed, or that was told which tickets to fetch, may have stored tickets that have
 * vanished since: neither the record nor the list has them, so that the two agree. So may one that
 * fetched a ticket for a call once its walk had read the end of the list. */
static int find_unrecorded(struct run *run, struct error *error)
{
    bool needed = run->record.holds && !run->record.has_stored;
    return needed ? missing_find_unrecorded(run, error) : 0;
}

/* Where the numbers agree, a part of the list is read too. */
static int end_incremental(struct run *run, const struct choice *c, struct error *error)
{
    plan_after_incremental(&c->facts, &run->next);
    mark_unexplained(run, c);
    if (settle_end(run, &c->facts, c->head, error) < 0 || find_unrecorded(run, error) < 0)
        return -1;
    if (c->facts.numbers == PLAN_SETTLED && rolling_read(run, c->head, error) < 0)
        return -1;
    rolling_judge(run);
    return 0;
}

/* A full walk */

/* Rejects without an id that this walk did not meet again. */
static int forget_nameless(struct writer *w, void *context, struct error *error)
{
    const bool *whole = context;
    return store_clear_nameless(w->store, *whole ? w->row.id : 0, error);
}

/* After a walk that is complete, or as complete as the site allows. */
static int finish_walk(struct run *run, enum plan_end ended, struct error *error)
{
    bool whole = strcmp(run->outcome.mode, "full") == 0;
    if (run->in.options->dry_run)
        return 0;
    if (missing_find(run, error) < 0 ||
        (ended == END_COMPLETE && run->writer.has_rejects &&
         writer_transaction(&run->writer, forget_nameless, &whole, error) < 0))
        return -1;
    return sweep_unseen_rows(run, error) < 0 ? -1 : history_trim(&run->writer, error);
}

static int run_walk(struct run *run, struct plan_facts *facts, struct site_answer *head,
                    const struct plan_decision *decided, struct error *error)
{
    run_set_mode(run, "full");
    run->basis.walking = true;
    log_write(&run->in.log, LOG_INFO, "full walk: %s", decided->why);
    struct walk_end end;
    if (conversations_store_first(run, error) < 0 || full_walk(run, facts, head, &end, error) < 0)
        return -1;
    enum plan_end ended = end.decided.end;
    run->outcome.compared = ended == END_COMPLETE || ended == END_UNCONFIRMED;
    if (!run->outcome.compared)
        return 0;
    if (finish_walk(run, ended, error) < 0)
        return -1;
    plan_after_walk(&end.facts, &run->before.walk, facts->now, &run->next);
    if (decided->for_total)
        run->next.last_total_walk = facts->now;
    return settle_after_walk(run, error);
}

/* A head that cannot be read is no end of the run: one broken ticket or one slow page must not keep
 * all the others from being read. */
static int walk_without_head(struct run *run, struct plan_facts *facts,
                             const struct site_answer *head, const struct site_answer *index,
                             struct error *error)
{
    static const struct plan_decision decided = {
        .plan = PLAN_WALK, .why = "the newest changes cannot be read as one page"};
    if (probe_site(run->site, run->before.total, &head->error, &run->probed, error) < 0)
        return -1;
    log_write(&run->in.log, LOG_INFO, "the newest changes cannot be read as one page: %s",
              head->error.message);
    facts->head = (struct plan_head){.date = head_asked_at(index), .total = -1};
    return run_walk(run, facts, NULL, &decided, error);
}

/* Stores the head, and settles the number of tickets; where that fails, it may be time to walk. */
static int run_incremental(struct run *run, struct choice *c, struct error *error)
{
    run_set_mode(run, "incremental");
    log_write(&run->in.log, LOG_INFO,
              "incremental: the newest %" PRId64 " tickets hold every change", c->facts.head.rows);
    if (batch_store(&run->writer, c->batch, error) < 0)
        return -1;
    run->outcome.compared = true;
    if (c->facts.numbers == PLAN_TO_SETTLE) {
        if (settle_numbers(run, c->head, c->tail, &c->facts.numbers, error) < 0)
            return -1;
        c->decided = plan_run(&c->facts);
    }
    if (c->decided.plan != PLAN_WALK)
        return end_incremental(run, c, error);
    run->outcome.compared = false;
    return run_walk(run, &c->facts, c->head, &c->decided, error);
}

/* Choosing */

/* Is the ticket with the largest known id still listed? An answer that cannot be read does not say
 * that it is not. */
static int ask_largest(struct run *run, enum plan_largest *largest, struct error *error)
{
    struct site_request request = {.what = SITE_SEARCH, .ticket = run->before.max_id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct error why = ERROR_INIT;
    *largest = PLAN_LARGEST_THERE;
    if (site_get(run->site, &request, &answer, &why) < 0)
        return why.code == ERR_UNAVAILABLE ? 0 : error_copy(error, &why);
    if (!answer->page.count)
        *largest = PLAN_LARGEST_GONE;
    return 0;
}

static void note_total(struct believed_deletions *deletions, const struct plan_facts *facts)
{
    int64_t shown = facts->head.total;
    deletions->total = plan_total(facts);
    deletions->drop = shown >= 0 && shown < deletions->total ? deletions->total - shown : 0;
}

static int use_head(struct run *run, struct choice *c, struct site_answer *head,
                    struct error *error)
{
    c->head = head;
    c->facts.head = head_facts(&run->basis, head, run->before.max_id);
    run->next.head_rows =
        plan_head_rows(head_count_since(&run->basis, &head->page, plan_reach_back(&c->facts)));
    note_total(&run->writer.deletions, &c->facts);
    return freshness_take_head(&run->writer, &head->page, head->stale, &run->arena, error);
}

/* A larger head in place of the one before; *decided becomes true where the site cannot give it. */
static int take_larger(struct run *run, struct choice *c, bool *decided, struct error *error)
{
    struct site_answer *before = c->larger;
    int64_t rows = c->decided.rows;
    c->larger = NULL;
    if (ask_head(run->site, rows, &c->larger, NULL, error) < 0 || !c->larger) {
        c->larger = before;
        c->decided = (struct plan_decision){.plan = PLAN_WALK, .why = c->decided.why};
        *decided = true;
        return error->code == ERR_NONE ? 0 : -1;
    }
    int done = use_head(run, c, c->larger, error);
    site_answer_free(before);
    if (rows == c->facts.head_max || c->facts.head.asked < rows)
        c->facts.head_max = c->facts.head.asked; /* no larger one is to be had */
    return done;
}

/* What is stored of the head's tickets. That the state knows its newest change as soon as they are
 * stored, and not at the run's end alone, is for a run that is killed in between: if a backup of
 * the site comes back then, the next run sees that it lacks what is stored. */
static int look_up_head(struct run *run, struct choice *c, struct error *error)
{
    int64_t newest = c->facts.head.newest;
    struct page_origin origin = {.stale = c->head->stale,
                                 .newest = newest > run->before.newest ? newest : 0};
    c->batch = batch_new(&c->head->page, NULL, origin, error);
    if (!c->batch || batch_look_up(&run->writer, c->batch, error) < 0)
        return -1;
    c->facts.head.missing =
        batch_count_missing(&run->writer, c->batch, run->before.watermark - PLAN_SKEW_S);
    return 0;
}

/* Gathers what the decision still needs; *decided becomes true when it needs nothing more. */
static int gather_facts(struct run *run, struct choice *c, bool *decided, struct error *error)
{
    if (c->decided.plan == PLAN_LARGER_HEAD)
        return take_larger(run, c, decided, error);
    if (c->decided.plan == PLAN_ASK_LARGEST)
        return ask_largest(run, &c->facts.largest, error);
    if (c->decided.plan == PLAN_INCREMENTAL && !c->batch)
        return look_up_head(run, c, error);
    *decided = true;
    return 0;
}

static int choose(struct run *run, struct choice *c, struct error *error)
{
    for (bool decided = false; !decided;) {
        c->decided = plan_run(&c->facts);
        if (gather_facts(run, c, &decided, error) < 0)
            return -1;
    }
    if (c->decided.plan == PLAN_INCREMENTAL)
        return run_incremental(run, c, error);
    return run_walk(run, &c->facts, c->head, &c->decided, error);
}

int choose_and_compare(struct run *run, const struct site_answer *index, struct site_answer *head,
                       const struct site_answer *tail, struct error *error)
{
    struct choice c = {
        .tail = tail,
        .facts = {.state = &run->before,
                  .scope = &run->basis.scope,
                  .config_hash = run->next.config_hash,
                  .zone = run->next.zone,
                  .api_user = run->next.api_user,
                  .full_every_s = run->in.config->full_every.seconds,
                  .full = run_is_told_to_walk(run),
                  .now = clock_wall_ms() / 1000,
                  .head_max = head_most(run->in.config->per_page.begin, run->next.page_cap),
                  .all_due = run->rolling.all_due}};
    if (settle_can(run, tail))
        settle_facts(tail, &c.facts);
    if (head->error.code != ERR_NONE)
        return walk_without_head(run, &c.facts, head, index, error);
    int done = use_head(run, &c, head, error);
    if (done == 0)
        done = choose(run, &c, error);
    batch_free(c.batch);
    site_answer_free(c.larger);
    return done;
}
