/* full_walk: one pass through the whole list, from its beginning to what follows from its end. */
#include "run/full_walk.h"

#include <inttypes.h>
#include <string.h>

#include "run/history.h"
#include "run/pass.h"
#include "run/schema.h"

/* The beginning */

/* What a walk begins with. `head`: the newest changes; NULL: the site could not give them. */
struct beginning {
    enum { AFRESH, RESUMED } how;
    bool imports; /* no walk has ended yet: most tickets are new */
    const struct plan_facts *facts;
    struct site_answer *head;
};

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

/* Notes what a page of the walk held. */
static int take_page(struct pass *pass, const struct page *page, struct page_proof *proof,
                     struct error *error)
{
    struct run *run = pass->run;
    if (proof->proves && proof->interval.high == WALK_MAX)
        note_end(&run->before.walk, page, proof);
    return note_seen(&run->seen, page, proof, error);
}

static enum walk_next next_window(struct pass *pass, struct walk_window *window)
{
    return walk_next(pass->walk, window);
}

/* The first pages, which the writer waits for, and behind all pages what the API user may see. */
static int ask_first(struct pass *pass, struct error *error)
{
    static const struct site_request me = {.what = SITE_ME, .yields = true};
    enum walk_next next;
    do {
        if (pass_ask(pass, &next, error) < 0)
            return -1;
    } while (next == WALK_ASK);
    return site_ask(pass->run->site, &me, error);
}

/* A first import has more to do before the first page is here: it opens a second connection to the
 * database, and begins to store the newest tickets, unless catch_up has stored them. Their page is
 * not needed any more then, and is freed, as much memory is needed soon. */
static int begin_import(struct run *run, const struct beginning *begins, struct error *error)
{
    if (!begins->imports)
        return 0;
    if (begins->facts->head.total > run->in.config->per_page.begin)
        page_writer_open_lanes(&run->pages, begins->how == AFRESH && !run->has_tickets);
    if (!begins->head)
        return 0;
    struct page_origin origin = {.stale = begins->head->stale};
    if (begins->how == AFRESH)
        return page_writer_start(&run->pages, &begins->head->page, NULL, origin, error);
    page_release(&begins->head->page);
    return 0;
}

/* The first pages are on their way while the tables are told of the walk, and asked for what
 * storing the pages needs. */
static int begin_pass(struct pass *pass, const struct beginning *begins, struct error *error)
{
    struct run *run = pass->run;
    int done = begins->how == RESUMED ? resume(run, pass->walk, error) : 0;
    if (done == 0)
        done = ask_first(pass, error);
    if (done == 0 && begins->how == AFRESH)
        done = start_afresh(run, begins->facts, error);
    if (done == 0)
        done = schema_need(&run->writer, error);
    return done == 0 ? begin_import(run, begins, error) : done;
}

/* The walk of one pass; what was read before is run->seen. */
static int walk_pass(struct pass *pass, const struct beginning *begins, struct error *error)
{
    struct run *run = pass->run;
    walk_set_cap(pass->walk, begins->facts->full ? 0 : run->next.page_cap);
    int done = begin_pass(pass, begins, error);
    if (done == 0)
        done = pass_read(pass, error);
    if (done == 0 && !pass->complete)
        run_mark_incomplete(run, "the next run reads it again",
                            "the list could not be read completely: after %" PRId64
                            " requests there are still gaps between its pages",
                            walk_requests(pass->walk));
    return done;
}

static int walk_once(struct run *run, const struct beginning *begins, struct head_watch *watch,
                     bool *complete, struct error *error)
{
    int64_t counted = begins->facts->head.total, total = counted >= 0 ? counted : run->before.total;
    page_writer_begin_walk(&run->pages, begins->imports ? &run->mysql : NULL);
    struct pass pass = {.watch = watch, .next = next_window, .take = take_page};
    if (pass_open(&pass, run, total, error) < 0)
        return -1;
    int done = walk_pass(&pass, begins, error);
    *complete = pass.complete;
    pass_close(&pass);
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

static int walk_and_judge(struct run *run, const struct beginning *begins, struct walk_end *end,
                          struct error *error)
{
    struct head_watch watch;
    bool complete = false;
    *end = (struct walk_end){.facts = {.resumed = begins->how == RESUMED},
                             .decided = {.end = END_INCOMPLETE}};
    if (head_watch_begin(&watch, &run->basis, begins->head, &run->arena, error) < 0 ||
        walk_once(run, begins, &watch, &complete, error) < 0)
        return -1;
    return complete ? walk_end_judge(run, begins->facts, &watch, begins->head, end, error) : 0;
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
    return walk_and_judge(run, &(struct beginning){AFRESH, false, facts, head}, end, error);
}

int full_walk(struct run *run, struct plan_facts *facts, struct site_answer *head,
              struct walk_end *end, struct error *error)
{
    bool dry = run->in.options->dry_run;
    bool resumed = !dry && plan_resume(facts, buf_text(&run->run_scope));
    struct beginning begins = {.how = resumed ? RESUMED : AFRESH,
                               .imports = !dry && run->before.last_full_walk == 0,
                               .facts = facts,
                               .head = head};
    if (resumed && (schema_need(&run->writer, error) < 0 || catch_up(run, facts, head, error) < 0))
        return -1;
    int done = walk_and_judge(run, &begins, end, error);
    if (done == 0 && end->decided.end == END_WALK_AGAIN)
        done = walk_again(run, facts, end, error);
    site_answer_free(end->last);
    end->last = NULL;
    return done;
}
