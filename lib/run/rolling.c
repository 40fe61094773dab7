/* rolling: the part of the list that each run reads. */
#include "run/rolling.h"

#include <inttypes.h>
#include <stdlib.h>

#include "run/confirm.h"
#include "run/history.h"
#include "run/missing.h"
#include "run/parts.h"
#include "run/pass.h"
#include "run/schema.h"
#include "run/settle.h"

/* Pages */

/* The part that a run reads. */
struct part {
    struct rolling_plan plan;
    int64_t now; /* when it was planned: its pages are younger */
    struct record
        gone;      /* ids of the record that a page does not have, though it proves their place */
    bool differs;  /* pages show something else than the record */
    bool nameless; /* items without an id: what a page has is not known then */
};

static enum walk_next next_window(struct pass *pass, struct walk_window *window)
{
    const struct part *part = pass->context;
    const struct run *run = pass->run;
    /* Where a window failed, what it was for is read to the end: a ticket may be at fault. */
    bool enough = pass->asked >= part->plan.pages && !pass->failed;
    if (enough && site_outstanding(run->site) > 0)
        return WALK_WAIT;
    if (enough && rolling_is_done(&run->rolling.now, &part->plan, pass->asked, part->now))
        return WALK_COMPLETE;
    return walk_next(pass->walk, window);
}

/* What the record has within the interval is gone, unless the page has it too. */
static int note_gone(const struct record *record, struct part *part, struct walk_interval interval)
{
    int64_t low = interval.low < 1 ? 1 : interval.low;
    for (int64_t id = record_next(record, low); id && id <= interval.high;
         id = record_next(record, id + 1))
        if (record_insert(&part->gone, id) < 0)
            return -1;
    return 0;
}

static int note_listed(struct record *record, struct part *part, const struct page_proof *proof)
{
    for (size_t i = 0; i < proof->count; i++) {
        part->differs |= !record_has(record, proof->ids[i]);
        record_remove(&part->gone, proof->ids[i]);
        if (record_insert(record, proof->ids[i]) < 0)
            return -1;
    }
    return 0;
}

static int take_page(struct pass *pass, const struct page *page, struct page_proof *proof,
                     struct error *error)
{
    struct run *run = pass->run;
    struct part *part = pass->context;
    bool proves = proof->proves;
    part->nameless |= proof->count < page->count;
    proof->proves = false; /* nothing is saved but at the end */
    if (!proves || part->nameless)
        return 0;
    if (note_gone(&run->record.ids, part, proof->interval) < 0 ||
        note_listed(&run->record.ids, part, proof) < 0 ||
        rolling_prove(&run->rolling.now, proof->interval.low, proof->interval.high, part->now) < 0)
        return error_no_memory(error);
    return 0;
}

/* Does what was read count, though the run fails? Not where questions are open. */
static bool is_settled(const struct run *run, const struct part *part, const struct pass *pass,
                       const struct error *why)
{
    return (why->code == ERR_DEADLINE || why->code == ERR_UNAVAILABLE) && !part->differs &&
           !part->gone.count && !part->nameless && !pass->unreadable.skip_count &&
           !run->writer.held_back.count && !site_stale(run->site).answers;
}

static int read_pages(struct run *run, struct part *part, struct head_watch *watch, bool *complete,
                      struct error *error)
{
    struct pass pass = {.watch = watch, .next = next_window, .take = take_page, .context = part};
    page_writer_begin_walk(&run->pages, NULL);
    if (pass_open(&pass, run, run->record.ids.count, error) < 0)
        return -1;
    walk_set_cap(pass.walk, run->next.page_cap);
    int done = walk_resume(pass.walk, part->plan.kept, part->plan.kept_count) < 0
                   ? error_no_memory(error)
                   : pass_read(&pass, error);
    *complete = pass.complete && !pass.unreadable.skip_count && !part->nameless;
    if (done == 0 && !*complete && !pass.unreadable.skip_count)
        run_mark_incomplete(run, "the next run walks the whole list",
                            "a part of the list could not be read: after %" PRId64
                            " requests there are still gaps between its pages",
                            pass.asked);
    run->rolling.partial = done < 0 && is_settled(run, part, &pass, error);
    pass_close(&pass);
    return done;
}

/* What they show */

static void mark_lagging(struct run *run)
{
    run_mark_incomplete(run, "the next run walks the whole list",
                        "the site's pages lag behind its newest changes (a replica or a cache?)");
    run->outcome.compared = false;
}

/* Do the pages show what the head does? */
static int compare_with_head(struct run *run, const struct head_watch *watch, struct error *error)
{
    int64_t unseen, lagging;
    if (head_watch_end(watch, run->site, &unseen, &lagging, error) < 0)
        return -1;
    if (unseen || lagging)
        mark_lagging(run);
    return 0;
}

static int take_gone(struct run *run, struct part *part, struct error *error)
{
    const struct record *gone = &part->gone;
    bool listed = false;
    if (!gone->count)
        return 0;
    log_write(&run->in.log, LOG_INFO, "%" PRId64 " ticket%s vanished from the list", gone->count,
              gone->count == 1 ? "" : "s");
    if (missing_take(run, gone, &listed, error) < 0)
        return -1;
    if (listed)
        mark_lagging(run);
    part->differs = true;
    for (int64_t id = record_next(gone, 1); id; id = record_next(gone, id + 1))
        record_remove(&run->record.ids, id);
    return 0;
}

/* Something happened that the comparison with the record had not shown. */
static int compare_again(struct run *run, const struct site_answer *head, struct error *error)
{
    enum plan_numbers numbers;
    if (settle_again(run, head, &numbers, error) < 0)
        return -1;
    if (numbers != PLAN_SETTLED) {
        run_mark_incomplete(run, "the next run walks the whole list",
                            "a part of the list differs from what it was, and a few more of its "
                            "pages do not show why");
        run->outcome.compared = false;
    }
    return 0;
}

static int judge_part(struct run *run, struct part *part, const struct site_answer *head,
                      const struct head_watch *watch, struct error *error)
{
    bool *sound = &run->outcome.compared;
    if (compare_with_head(run, watch, error) < 0 || (*sound && confirm_held_back(run, error) < 0) ||
        (*sound && take_gone(run, part, error) < 0))
        return -1;
    return *sound && part->differs ? compare_again(run, head, error) : 0;
}

/* The end */

void rolling_judge(struct run *run)
{
    const struct run_rolling *r = &run->rolling;
    int64_t now = clock_wall_ms() / 1000, every = run->in.config->full_every.seconds;
    if (r->is_on && run->outcome.compared && !rolling_is_complete(&r->now, now, every))
        run_mark_incomplete(run, "the next run reads it",
                            "a part of the list was last read longer ago than full_every");
}

/* Once per full_every, as after a walk: stored tickets that the record does not have. */
static int tidy(struct run *run, struct error *error)
{
    int64_t every = run->in.config->full_every.seconds;
    if (run->before.last_full_walk / every == run->next.last_full_walk / every)
        return 0;
    return missing_find_by_record(run, error) < 0 ? -1 : history_trim(&run->writer, error);
}

/* What the next run goes by. */
static int save_part(struct run *run, struct error *error)
{
    struct run_rolling *r = &run->rolling;
    const struct record *record = &run->record.ids;
    rolling_thin(&r->now, record, parts_page_rows(run) / 2);
    r->holds = true;
    run->next.total = record->count;
    run->next.max_id = record_max(record);
    run->next.last_full_walk = rolling_oldest(&r->now);
    return tidy(run, error);
}

static int read_part(struct run *run, struct part *part, const struct site_answer *head,
                     struct error *error)
{
    struct head_watch watch;
    bool complete;
    log_write(&run->in.log, LOG_INFO, "reading a part of the list: %" PRId64 " page%s or more",
              part->plan.pages, part->plan.pages == 1 ? "" : "s");
    run->basis.walking = true;
    if (schema_need(&run->writer, error) < 0 ||
        head_watch_begin(&watch, &run->basis, head, &run->arena, error) < 0 ||
        read_pages(run, part, &watch, &complete, error) < 0)
        return -1;
    run->outcome.compared &= complete;
    if (complete && judge_part(run, part, head, &watch, error) < 0)
        return -1;
    if (run->outcome.compared && save_part(run, error) < 0)
        return -1;
    run->basis.walking = !run->outcome.compared; /* then the next run walks: see finish.c */
    return 0;
}

int rolling_read(struct run *run, const struct site_answer *head, struct error *error)
{
    struct part part = {.now = clock_wall_ms() / 1000};
    if (!run->rolling.is_on || !run->record.holds)
        return 0;
    /* What the record says is to be in the tables before a part of the list counts as read. */
    if (confirm_held_back(run, error) < 0)
        return -1;
    if (!run->outcome.compared)
        return 0;
    int done = parts_plan(run, part.now, &part.plan, error);
    if (done == 0 && part.plan.pages)
        done = read_part(run, &part, head, error);
    free(part.plan.kept);
    record_release(&part.gone);
    return done;
}
