/* pass: a way through the list, or through parts of it: windows are asked for as core/walk plans
 * them, and pages are stored as they come. */
#include "run/pass.h"

#include <inttypes.h>

#include "run/inbox.h"
#include "run/list_page.h"
#include "run/proofs.h"

/* The beginning and the end */

int pass_open(struct pass *pass, struct run *run, int64_t total, struct error *error)
{
    const struct config *c = run->in.config;
    /* One window more than there are connections, so that it can be sent as soon as one is free. */
    pass->walk = walk_new(c->per_page.begin, c->site.connections + 1, total);
    if (!pass->walk)
        return error_no_memory(error);
    pass->run = run;
    pass->unreadable = (struct unreadable){.site = run->site,
                                           .walk = pass->walk,
                                           .log = &run->in.log,
                                           .probed = &run->probed,
                                           .total = total};
    pace_begin(&pass->pace, c->per_page.begin, c->per_page.most, c->site.timeout_s);
    return 0;
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

void pass_close(struct pass *pass)
{
    note_cap(pass->run, walk_cap(pass->walk));
    walk_free(pass->walk);
    pass->walk = NULL;
}

/* Pages */

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

/* As many tickets a page as the site can give in the least time per ticket. Where this program is
 * waited for, not the site, other pages would gain nothing. */
static void note_time(struct pass *pass, const struct site_answer *answer)
{
    int64_t before = pass->pace.size;
    pace_answer(&pass->pace, (int64_t)answer->page.count, answer->waited_ms);
    if (pass->pace.size != before)
        follow_pace(pass);
}

/* Notes what an answered page proves, and starts to store it. */
static int take_page(struct pass *pass, struct site_answer *answer, struct error *error)
{
    struct run *run = pass->run;
    struct page *page = &answer->page;
    struct page_origin origin = {.stale = answer->stale};
    struct page_proof proof;
    if (list_ids(page, &proof, error) < 0)
        return -1;
    note_time(pass, answer);
    int done = prove(pass, answer, &proof, error);
    head_watch_page(pass->watch, page, &proof);
    if (done == 0)
        done = pass->take(pass, page, &proof, error);
    if (done == 0)
        done = inbox_look(run, error);
    if (done == 0)
        done = page_writer_start(&run->pages, page, &proof, origin, error);
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
        return take_page(pass, answer, error);
    if (answer->splittable && pace_failed(&pass->pace, answer->request.per_page))
        follow_pace(pass);
    pass->failed = true;
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

int pass_ask(struct pass *pass, enum walk_next *next, struct error *error)
{
    struct walk_window window;
    /* Once a window has failed no more are asked for until it is split; nor while tickets that the
     * site has called for wait. */
    bool waits = pass->unreadable.failed_count > 0 || pass->run->inbox.waiting;
    *next = waits ? WALK_WAIT : pass->next(pass, &window);
    if (*next != WALK_ASK)
        return 0;
    struct site_request request = {
        .what = SITE_BY_ID, .page = window.page, .per_page = window.per_page};
    pass->asked++;
    return site_ask(pass->run->site, &request, error);
}

/* Asks for the next window, or takes the next answer; *more becomes false at the end. */
static int ask_or_take(struct pass *pass, bool *more, struct error *error)
{
    enum walk_next next;
    if (pass_ask(pass, &next, error) < 0)
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

int pass_read(struct pass *pass, struct error *error)
{
    struct run *run = pass->run;
    int done = 0;
    for (bool more = true; more && done == 0;)
        done = ask_or_take(pass, &more, error);
    unreadable_release(&pass->unreadable);
    done = store_what_was_read(run, done, error);
    return done == 0 ? record_skips(run, &pass->unreadable, error) : done;
}
