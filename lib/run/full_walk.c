/* full_walk: windows are asked for as core/walk plans them, and pages are stored as they come. */
#include "run/full_walk.h"

#include <inttypes.h>
#include <string.h>

#include "core/pace.h"
#include "run/history.h"
#include "run/inbox.h"
#include "run/list_page.h"
#include "run/proofs.h"
#include "run/schema.h"
#include "run/unreadable.h"

/* One walk through the list. */
struct pass {
    struct run *run;
    struct walk *walk;
    struct pace pace; /* how many tickets to ask for at a time */
    struct head_watch *watch;
    struct unreadable unreadable;
    bool complete; /* its pages prove the whole list */
};

/* The beginning */

enum beginning { AFRESH, RESUMED };

struct start {
    const struct walk_state *walk;
    const struct state
        *state; /* of another site, so that later runs go on from it; NULL: the same site */
};

static int save_start(struct writer *w, void *context, struct error *error)
{
    const struct start *start = context;
    if (start->state && store_write_state(w->store, start->state, error) < 0)
        return -1;
    return store_start_walk(w->store, start->walk, error);
}

static int start_afresh(struct run *run, const struct plan_facts *facts, struct error *error)
{
    struct walk_state *w = &run->before.walk;
    bool other_site = run->in.options->accept_site;
    *w = (struct walk_state){
        .id = w->id + 1,
        .started = facts->now,
        .watermark = plan_watermark(&facts->head, facts->now),
        .total = -1,
        .max_id = -1,
        .scope = buf_text(&run->run_scope),
        .api_user = run->in.config->site.user,
    };
    memcpy(w->config_hash, run->next.config_hash, sizeof w->config_hash);
    run->writer.walk_id = w->id;
    if (other_site)
        run->before = (struct state){.home = run->next.home,
                                     .zone = run->next.zone,
                                     .url_form = run->before.url_form,
                                     .total = -1,
                                     .max_id = -1,
                                     .walk = run->before.walk};
    if (run->in.options->dry_run)
        return 0;
    if (other_site && history_remove(&run->writer, error) < 0)
        return -1;
    struct start start = {.walk = w, .state = other_site ? &run->before : NULL};
    return writer_transaction(&run->writer, save_start, &start, error);
}

/* Goes on with the walk of an earlier run. */
static int resume(struct run *run, struct walk *walk, struct error *error)
{
    struct run_seen *seen = &run->seen;
    const struct walk_state *w = &run->before.walk;
    struct walk_intervals proven;
    struct arena arena = ARENA_INIT;
    run->writer.walk_id = w->id;
    int done = store_read_walk(run->writer.store, w->id, &proven, &seen->ids, &arena, error);
    if (done == 0 && walk_resume(walk, proven.rows, proven.count) < 0)
        done = error_no_memory(error);
    seen->max = w->max_id > 0 ? w->max_id : 0;
    for (size_t i = 0; done == 0 && i < proven.count; i++)
        if (proven.rows[i].high < WALK_MAX && proven.rows[i].high > seen->max)
            seen->max = proven.rows[i].high;
    if (done == 0)
        log_write(&run->in.log, LOG_INFO,
                  "going on with the walk that an earlier run began: %zu "
                  "intervals of ids have been read",
                  proven.count);
    arena_release(&arena);
    return done;
}

/* Pages */

/* The page that ends the list. */
static void note_end(struct walk_state *walk, const struct page *page, struct page_proof *proof)
{
    if (!proof->count)
        return;
    walk->total = proof->total = page->total;
    walk->max_id = proof->max_id = proof->ids[proof->count - 1];
}

static int note_seen(struct run_seen *seen, const struct page *page, const struct page_proof *proof,
                     struct error *error)
{
    for (size_t i = 0; i < proof->count; i++) {
        if (tally_add(&seen->ids, proof->ids[i], TALLY_BEFORE) < 0)
            return error_no_memory(error);
        if (proof->ids[i] > seen->max)
            seen->max = proof->ids[i];
    }
    seen->nameless += (int64_t)(page->count - proof->count);
    return 0;
}

static int list_ids(const struct page *page, struct page_proof *proof, struct error *error)
{
    *proof = (struct page_proof){0};
    proof->ids = list_page_ids(page, &proof->count);
    return proof->ids ? 0 : error_no_memory(error);
}

/* What the page proves. */
static int prove(struct pass *pass, const struct site_answer *answer, struct page_proof *proof,
                 struct error *error)
{
    struct walk_window window = {.page = answer->request.page,
                                 .per_page = answer->request.per_page};
    struct walk_page seen = list_page_of(answer, proof->ids, proof->count);
    int proves = walk_answer(pass->walk, &window, &seen, &proof->interval);
    proof->proves = proves > 0;
    return proves < 0 ? error_no_memory(error) : 0;
}

static void follow_pace(struct pass *pass)
{
    int64_t size = pass->pace.size;
    walk_set_size(pass->walk, size);
    log_write(&pass->run->in.log, LOG_INFO, "from now on pages of %" PRId64 " tickets", size);
}

/* As many tickets a page as the site can give in the least time per ticket. */
static void note_time(struct pass *pass, const struct site_answer *answer)
{
    int64_t before = pass->pace.size;
    pace_answer(&pass->pace, (int64_t)answer->page.count, answer->elapsed_ms);
    if (pass->pace.size != before)
        follow_pace(pass);
}

/* Notes what an answered page proves, and starts to store it. */
static int take_page(struct pass *pass, struct site_answer **answer, struct error *error)
{
    struct run *run = pass->run;
    const struct page *page = &(*answer)->page;
    struct page_proof proof;
    if (list_ids(page, &proof, error) < 0)
        return -1;
    note_time(pass, *answer);
    int done = prove(pass, *answer, &proof, error);
    if (proof.proves && proof.interval.high == WALK_MAX)
        note_end(&run->before.walk, page, &proof);
    head_watch_page(pass->watch, page, &proof);
    if (done == 0)
        done = note_seen(&run->seen, page, &proof, error);
    if (done == 0)
        done = inbox_look(run, error);
    if (done == 0)
        done = page_writer_start(&run->pages, answer, &proof, error);
    proof_release(&proof);
    run->seen.share = walk_progress(pass->walk);
    run_report_progress(run);
    return done;
}

/* What the API user may see. Not being told is no reason to fail. */
static int take_me(struct run *run, const struct site_answer *answer, struct error *error)
{
    if (answer->error.code != ERR_NONE)
        return 0;
    if (page_writer_wait(&run->pages, error) < 0)
        return -1;
    run->writer.row.sees_all = answer->rights.sees_all ? SEES_ALL : SEES_PART;
    if (!answer->rights.sees_all)
        log_advise(&run->in.log, LOG_WARNING,
                   "give it the permission \"View Tickets (Read Only)\" or \"Manage Other "
                   "Tickets\", unless that is intended",
                   "the API user %s sees only a part of the tickets", run->in.config->site.user);
    return 0;
}

static int take_answer(struct pass *pass, struct error *error)
{
    struct run *run = pass->run;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_wait(run->site, &answer, error) < 0)
        return -1;
    if (!answer)
        return 0;
    if (answer->request.what == SITE_ME)
        return take_me(run, answer, error);
    if (answer->error.code == ERR_NONE)
        return take_page(pass, &answer, error);
    if (answer->splittable && pace_failed(&pass->pace, answer->request.per_page))
        follow_pace(pass);
    return unreadable_take(&pass->unreadable, &answer, error);
}

/* The end of a walk, however it came: what was read is stored, and what it proves is saved. */
static int store_what_was_read(struct run *run, int done, struct error *error)
{
    struct error why = ERROR_INIT;
    if (page_writer_wait(&run->pages, &why) < 0 && done < 0)
        log_advise(&run->in.log, LOG_WARNING, why.advice, "the last page was not stored: %s",
                   why.message);
    if (why.code != ERR_DATABASE && !db_lost(run->writer.db))
        proofs_save(&run->writer, &why);
    return why.code == ERR_NONE ? done : error_copy(error, &why);
}

static int record_skips(struct run *run, struct unreadable *u, struct error *error)
{
    for (size_t i = 0; i < u->skip_count; i++)
        run_mark_incomplete(run, i == 0 ? u->advice : NULL,
                            "the ticket at position %" PRId64 " of the list cannot be read: %s",
                            u->skips[i].position, u->skips[i].reason);
    return unreadable_record(&run->writer, u, error);
}

static int take_calls(struct run *run, struct error *error)
{
    return page_writer_wait(&run->pages, error) < 0 ? -1 : inbox_take(run, error);
}

/* Asks for the next window, if *next says that there is one to ask for now. */
static int ask_window(struct pass *pass, enum walk_next *next, struct error *error)
{
    struct walk_window window;
    /* Once a window has failed no more are asked for until it is split; nor while tickets that the
     * site has called for wait. */
    bool waits = pass->unreadable.failed_count > 0 || pass->run->inbox.waiting;
    *next = waits ? WALK_WAIT : walk_next(pass->walk, &window);
    if (*next != WALK_ASK)
        return 0;
    struct site_request request = {
        .what = SITE_BY_ID, .page = window.page, .per_page = window.per_page};
    return site_ask(pass->run->site, &request, error);
}

/* Asks for the next window, or takes the next answer; *more becomes false at the end. */
static int ask_or_take(struct pass *pass, bool *more, struct error *error)
{
    enum walk_next next;
    if (ask_window(pass, &next, error) < 0)
        return -1;
    if (next == WALK_ASK)
        return 0;
    if (site_outstanding(pass->run->site) > 0)
        return take_answer(pass, error);
    if (pass->unreadable.failed_count > 0)
        return unreadable_split(&pass->unreadable, error);
    if (pass->run->inbox.waiting)
        return take_calls(pass->run, error);
    pass->complete = next == WALK_COMPLETE;
    *more = false;
    return 0;
}

static int walk_list(struct pass *pass, struct error *error)
{
    struct run *run = pass->run;
    int done = 0;
    for (bool more = true; more && done == 0;)
        done = ask_or_take(pass, &more, error);
    unreadable_release(&pass->unreadable);
    done = store_what_was_read(run, done, error);
    return done == 0 ? record_skips(run, &pass->unreadable, error) : done;
}

static void note_cap(struct run *run, int64_t cap)
{
    if (cap && cap != run->next.page_cap)
        log_write(&run->in.log, LOG_INFO,
                  "the site gives at most %" PRId64 " tickets a page, whatever is asked for: from "
                  "now on no more are asked for",
                  cap);
    run->next.page_cap = cap;
}

/* The first pages, which the writer waits for, and behind them what the API user may see. */
static int ask_first(struct pass *pass, struct error *error)
{
    static const struct site_request me = {.what = SITE_ME};
    enum walk_next next;
    do {
        if (ask_window(pass, &next, error) < 0)
            return -1;
    } while (next == WALK_ASK);
    return site_ask(pass->run->site, &me, error);
}

/* The first pages are on their way while the tables are asked for what storing them needs. */
static int begin_pass(struct pass *pass, const struct plan_facts *facts, enum beginning beginning,
                      struct error *error)
{
    struct run *run = pass->run;
    int done =
        beginning == RESUMED ? resume(run, pass->walk, error) : start_afresh(run, facts, error);
    if (done == 0)
        done = ask_first(pass, error);
    return done == 0 ? schema_need(&run->writer, error) : done;
}

/* The walk of one pass; what was read before is run->seen. */
static int walk_pass(struct pass *pass, const struct plan_facts *facts, enum beginning beginning,
                     struct error *error)
{
    struct run *run = pass->run;
    walk_set_cap(pass->walk, facts->full ? 0 : run->next.page_cap);
    int done = begin_pass(pass, facts, beginning, error);
    if (done == 0)
        done = walk_list(pass, error);
    if (done == 0 && !pass->complete)
        run_mark_incomplete(run, "the next run reads it again",
                            "the list could not be read completely: after %" PRId64
                            " requests there are still gaps between its pages",
                            walk_requests(pass->walk));
    note_cap(run, walk_cap(pass->walk));
    return done;
}

static int walk_once(struct run *run, const struct plan_facts *facts, struct head_watch *watch,
                     enum beginning beginning, bool *complete, struct error *error)
{
    int64_t total = facts->head.total >= 0 ? facts->head.total : run->before.total;
    page_writer_begin_walk(&run->pages, run->before.last_full_walk == 0 ? &run->mysql : NULL);
    /* One window more than there are connections, so that it can be sent as soon as one is free. */
    struct walk *walk =
        walk_new(run->in.config->per_page.begin, run->in.config->site.connections + 1, total);
    if (!walk)
        return error_no_memory(error);
    struct pass pass = {.run = run,
                        .walk = walk,
                        .watch = watch,
                        .unreadable = {.site = run->site,
                                       .walk = walk,
                                       .log = &run->in.log,
                                       .probed = &run->probed,
                                       .total = total}};
    pace_begin(&pass.pace, run->in.config->per_page.begin, run->in.config->per_page.most,
               run->in.config->site.timeout_s);
    int done = walk_pass(&pass, facts, beginning, error);
    *complete = pass.complete;
    walk_free(walk);
    return done;
}

/* The whole of it */

static int save_watermark(struct writer *w, void *context, struct error *error)
{
    const int64_t *watermark = context;
    return store_walk_watermark(w->store, *watermark, error);
}

/* A run that goes on with a walk stores the newest changes first. They explain what has happened
 * until now to the tickets that earlier runs read. */
static int catch_up(struct run *run, const struct plan_facts *facts, const struct site_answer *head,
                    struct error *error)
{
    struct walk_state *w = &run->before.walk;
    run_set_mode(run, "full, resumed");
    if (!head)
        return 0;
    if (walk_store_head(run, head, error) < 0)
        return -1;
    int64_t moved = plan_moved_watermark(&facts->head, w, facts->now);
    if (moved == w->watermark)
        return 0;
    w->watermark = moved;
    return writer_transaction(&run->writer, save_watermark, &moved, error);
}

static int walk_and_judge(struct run *run, const struct plan_facts *facts,
                          const struct site_answer *head, enum beginning beginning,
                          struct walk_end *end, struct error *error)
{
    struct head_watch watch;
    bool complete = false;
    *end = (struct walk_end){.facts = {.resumed = beginning == RESUMED},
                             .decided = {.end = END_INCOMPLETE}};
    if (head_watch_begin(&watch, &run->basis, head, &run->arena, error) < 0 ||
        walk_once(run, facts, &watch, beginning, &complete, error) < 0)
        return -1;
    return complete ? walk_end_judge(run, facts, &watch, head, end, error) : 0;
}

/* The changes since an earlier run read its pages are not explained: the list is walked afresh,
 * beginning with the head that showed this. */
static int walk_again(struct run *run, struct plan_facts *facts, struct walk_end *end,
                      struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *head = end->last;
    facts->head = end->facts.last;
    facts->now = clock_wall_ms() / 1000;
    tally_release(&run->seen.ids);
    run->seen.max = run->seen.nameless = 0;
    run->seen.again = true;
    return walk_and_judge(run, facts, head, AFRESH, end, error);
}

int full_walk(struct run *run, struct plan_facts *facts, const struct site_answer *head,
              struct walk_end *end, struct error *error)
{
    bool resumed = !run->in.options->dry_run && plan_resume(facts, buf_text(&run->run_scope));
    if (resumed && (schema_need(&run->writer, error) < 0 || catch_up(run, facts, head, error) < 0))
        return -1;
    int done = walk_and_judge(run, facts, head, resumed ? RESUMED : AFRESH, end, error);
    if (done == 0 && end->decided.end == END_WALK_AGAIN)
        done = walk_again(run, facts, end, error);
    site_answer_free(end->last);
    end->last = NULL;
    return done;
}
