/* sync_walk: the full walk: windows asked for as lib/walk plans them, pages stored as they come. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync_private.h"

enum { SKIPPED_MAX = 20 };

static int save_start(struct run *run, void *context, struct error *error)
{
    return store_start_walk(run->store, context, error);
}

static int start_afresh(struct run *run, const struct plan_facts *facts, struct error *error)
{
    struct walk_state *w = &run->state.walk;
    *w = (struct walk_state){
        .id = w->id + 1,
        .started = facts->now,
        .watermark = plan_watermark(&facts->head),
        .total = -1,
        .max_id = -1,
        .scope = buf_text(&run->scope),
        .api_user = run->config->api_username,
    };
    memcpy(w->config_hash, run->rules.seed, sizeof w->config_hash);
    if (run->options->dry_run)
        return 0;
    return sync_transaction(run, save_start, w, error);
}

static int take_over(struct run *run, struct walk *walk, struct error *error)
{
    struct walk_interval *proven = NULL;
    size_t count = 0;
    struct arena arena = ARENA_INIT;
    int done = store_read_walk(run->store, run->state.walk.id, &proven, &count, &run->tally, &arena,
                               error);
    if (done == 0 && walk_resume(walk, proven, count) < 0)
        done = error_no_memory(error);
    if (done == 0)
        log_write(&run->log, LOG_INFO,
                  "going on with the walk that an earlier run began: %zu "
                  "intervals of ids are read already",
                  count);
    arena_release(&arena);
    return done;
}

/* The page that ends the list, and has fewer rows than were asked for. Where it says itself that
 * there are more, it may have been cut: confirm_end asks, and no other run relies on it. */
static void note_end(struct run *run, const struct page *page, int64_t end_row,
                     struct page_proof *proof)
{
    if (proof->count) {
        run->state.walk.total = proof->total = page->total;
        run->state.walk.max_id = proof->max_id = proof->ids[proof->count - 1];
    }
    if (page->total <= end_row)
        return;
    proof->proves = false;
    if (run->cut_after < 0 || end_row < run->cut_after)
        run->cut_after = end_row;
}

/* Has an answered page stored with what it proves. */
static int take_page(struct run *run, struct walk *walk, struct site_answer **answer,
                     struct error *error)
{
    const struct site_request *request = &(*answer)->request;
    const struct page *page = &(*answer)->page;
    struct walk_window window = {.page = request->page, .per_page = request->per_page};
    int64_t *ids = calloc(page->count ? page->count : 1, sizeof *ids);
    struct page_proof proof = {.ids = ids};
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < page->count; i++)
        if (page->tickets[i].id)
            ids[proof.count++] = page->tickets[i].id;
    struct walk_page seen = {.ids = ids,
                             .count = proof.count,
                             .nameless = page->count - proof.count,
                             .total = page->total,
                             .last_page = page->last_page};
    int proves = walk_answer(walk, &window, &seen, &proof.interval);
    proof.proves = proves > 0;
    if (proof.proves && proof.interval.high == WALK_MAX)
        note_end(run, page, (window.page - 1) * window.per_page + (int64_t)page->count, &proof);
    int done = proves < 0 ? error_no_memory(error) : sync_store_behind(run, answer, &proof, error);
    sync_proof_release(&proof);
    return done;
}

/* Does the site answer for a single ticket at either end of the list? Then the window is at fault.
 */
static int probe_ends(struct run *run, int64_t total, bool *answers, struct error *error)
{
    const int64_t positions[] = {1, total > 1 ? total : 1};
    struct error why = ERROR_INIT;
    *answers = false;
    for (size_t i = 0; i < 2 && !*answers; i++) {
        struct site_request request = {.what = SITE_BY_ID, .page = positions[i], .per_page = 1};
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
        error_clear(&why);
        if (site_get(run->site, &request, &answer, &why) == 0)
            *answers = true;
        else if (why.code != ERR_UNAVAILABLE)
            return error_set(error, why.code, "%s", why.message);
    }
    return *answers ? 0 : error_set(error, why.code, "%s", why.message);
}

/* Failed windows wait here until nothing else is outstanding: the probe needs the site for itself.
 */
enum { FAILURES_MAX = WALK_AT_ONCE_MAX, REASON_MAX = 400 };
struct failures {
    struct site_answer *list[FAILURES_MAX];
    size_t count;
    bool probed;
    struct skip {
        int64_t position;
        char reason[REASON_MAX];
    } skips[SKIPPED_MAX];
    size_t skip_count;
};

/* The site cannot give this window: halves, down to positions that are skipped. */
static int take_failure(struct run *run, struct walk *walk, const struct site_answer *a,
                        struct failures *f, int64_t total, struct error *error)
{
    struct walk_window window = {.page = a->request.page, .per_page = a->request.per_page};
    const char *reason = a->error.message;
    if (!f->probed && probe_ends(run, total, &f->probed, error) < 0)
        return -1;
    log_write(&run->log, LOG_WARNING,
              "page %" PRId64 " of %" PRId64 " tickets cannot be read: %s; asking for its halves",
              window.page, window.per_page, reason);
    int skipped = walk_failed(walk, &window);
    if (skipped > SKIPPED_MAX)
        return error_set(error, ERR_UNAVAILABLE,
                         "more than %d tickets cannot be read from the site; last: %s", SKIPPED_MAX,
                         reason);
    if ((size_t)skipped > f->skip_count) { /* not one that failed before */
        struct skip *skip = &f->skips[f->skip_count++];
        skip->position = window.page;
        snprintf(skip->reason, sizeof skip->reason, "%.*s", REASON_MAX - 1, reason);
    }
    return 0;
}

/* A ticket that breaks every answer it is in is on record by its position: its id is not known. */
static int record_skips(struct run *run, void *context, struct error *error)
{
    const struct failures *f = context;
    const char *key = run->config->site_key;
    for (size_t i = 0; i < f->skip_count; i++) {
        char name[FLUENT_ID_SIZE], reason[REASON_MAX + 100];
        snprintf(name, sizeof name, "%.64s%s#position %" PRId64, key, *key ? ":" : "",
                 f->skips[i].position);
        snprintf(reason, sizeof reason,
                 "the ticket at position %" PRId64 " of the list cannot be read: %s",
                 f->skips[i].position, f->skips[i].reason);
        struct reject reject = {.fluent_id = name, .reason = reason};
        if (store_reject(run->store, &reject, error) < 0)
            return -1;
    }
    return 0;
}

static int settle_skips(struct run *run, struct failures *f, struct error *error)
{
    for (size_t i = 0; i < f->skip_count; i++)
        sync_doubt(run, "the ticket at position %" PRId64 " of the list cannot be read: %s",
                   f->skips[i].position, f->skips[i].reason);
    if (!f->skip_count || run->options->dry_run)
        return 0;
    run->has_rejects = true;
    return sync_transaction(run, record_skips, f, error);
}

void sync_tell_progress(const struct run *run)
{
    if (run->options->progress && run->walking)
        run->options->progress(run->options->progress_context, run->fetched, run->share);
}

static int settle_failures(struct run *run, struct walk *walk, struct failures *f, int64_t total,
                           struct error *error)
{
    int done = 0;
    for (size_t i = 0; i < f->count && done == 0; i++)
        done = take_failure(run, walk, f->list[i], f, total, error);
    for (size_t i = 0; i < f->count; i++)
        site_answer_free(f->list[i]);
    f->count = 0;
    return done;
}

/* What the API user may see. Not being told is no reason to fail. */
static int take_me(struct run *run, const struct site_answer *answer, struct error *error)
{
    if (answer->error.code != ERR_NONE)
        return 0;
    if (sync_settle(run, error) < 0) /* the run row is the storing thread's until then */
        return -1;
    run->row.sees_all = answer->sees_all ? SEES_ALL : SEES_PART;
    if (!answer->sees_all)
        log_write(&run->log, LOG_WARNING,
                  "the API user %s sees only a part of the tickets: it "
                  "lacks the permission \"manage other tickets\"",
                  run->config->api_username);
    return 0;
}

/* Takes one answer. */
static int take_answer(struct run *run, struct walk *walk, struct failures *failures,
                       struct error *error)
{
    struct site_answer *answer;
    if (site_wait(run->site, &answer, error) < 0)
        return -1;
    int done = 0;
    if (answer && answer->request.what == SITE_ME) {
        done = take_me(run, answer, error);
    } else if (answer && answer->error.code != ERR_NONE) {
        if (!answer->splittable || failures->count == FAILURES_MAX) {
            done = error_set(error, answer->error.code, "%s", answer->error.message);
        } else {
            failures->list[failures->count++] = answer;
            answer = NULL;
        }
    } else if (answer) {
        done = take_page(run, walk, &answer, error);
        run->share = walk_progress(walk);
        sync_tell_progress(run);
    }
    site_answer_free(answer);
    return done;
}

/* The end of a walk, however it came: what was read before stays read. */
static int settle_all(struct run *run, int done, struct error *error)
{
    struct error why = ERROR_INIT;
    if (sync_settle(run, &why) < 0 && done < 0)
        log_write(&run->log, LOG_WARNING, "the last page was not stored: %s", why.message);
    if (why.code != ERR_DATABASE && !db_lost(run->db))
        sync_proofs_save(run, &why);
    return why.code == ERR_NONE ? done : error_set(error, why.code, "%s", why.message);
}

static int walk_all(struct run *run, struct walk *walk, int64_t total, bool *complete,
                    struct error *error)
{
    static const struct site_request me = {.what = SITE_ME};
    struct failures failures = {0};
    int done = site_ask(run->site, &me, error);
    for (bool more = true; more && done == 0;) {
        struct walk_window window;
        enum walk_next next = failures.count ? WALK_WAIT : walk_next(walk, &window);
        if (next == WALK_ASK) {
            struct site_request request = {
                .what = SITE_BY_ID, .page = window.page, .per_page = window.per_page};
            done = site_ask(run->site, &request, error);
        } else if (site_outstanding(run->site) > 0) {
            done = take_answer(run, walk, &failures, error);
        } else if (failures.count) {
            done = settle_failures(run, walk, &failures, total, error);
        } else {
            *complete = next == WALK_COMPLETE;
            more = false;
        }
    }
    for (size_t i = 0; i < failures.count; i++)
        site_answer_free(failures.list[i]);
    done = settle_all(run, done, error);
    return done == 0 ? settle_skips(run, &failures, error) : done;
}

/* Is there a ticket behind the page that ended the list? */
static int confirm_end(struct run *run, bool *complete, struct error *error)
{
    struct site_request request = {.what = SITE_BY_ID, .page = run->cut_after + 1, .per_page = 1};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (run->cut_after < 0)
        return 0;
    if (site_get(run->site, &request, &answer, error) < 0)
        return -1;
    if (!answer->page.count)
        return 0;
    *complete = false;
    sync_doubt(run,
               "the site cuts its pages: its last one ends with position %" PRId64
               " of the list, and there are tickets behind it; a smaller [fluent] per_page may "
               "help",
               run->cut_after);
    return 0;
}

int sync_walk(struct run *run, const struct plan_facts *facts, bool *complete, struct error *error)
{
    *complete = false;
    run->cut_after = -1;
    /* One more than the connections: it is sent as soon as one of them is free. */
    struct walk *walk =
        walk_new(run->config->per_page, run->config->connections + 1, facts->head.total);
    if (!walk)
        return error_no_memory(error);
    run->writes_most = run->state.last_full_walk == 0;
    bool resume = !run->options->dry_run &&
                  plan_resume(facts, buf_text(&run->scope), run->config->api_username);
    if (resume)
        sync_set_mode(run, "full, resumed");
    int done = resume ? take_over(run, walk, error) : start_afresh(run, facts, error);
    if (done == 0)
        done = walk_all(run, walk, facts->head.total, complete, error);
    if (done == 0 && !*complete)
        sync_doubt(run,
                   "the list could not be read completely: its pages do not join after %" PRId64
                   " requests; the next run walks it again",
                   walk_requests(walk));
    if (done == 0 && *complete)
        done = confirm_end(run, complete, error);
    walk_free(walk);
    return done;
}
