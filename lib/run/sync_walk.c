/* sync_walk: the full walk: windows asked for as lib/walk plans them, pages stored as they come. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/sync_private.h"

enum { SKIPPED_MAX = 20, SMALL_HEAD_ROWS = 15 };

static int save_start(struct run *run, void *context, struct error *error)
{
    /* The walk of another site, which later runs may go on with: this is its state from now on. */
    if (run->options->accept_site && store_write_state(run->store, &run->state, error) < 0)
        return -1;
    return store_start_walk(run->store, context, error);
}

static int start_afresh(struct run *run, const struct plan_facts *facts, struct error *error)
{
    struct walk_state *w = &run->state.walk;
    *w = (struct walk_state){
        .id = w->id + 1,
        .started = facts->now,
        .watermark = plan_watermark(&facts->head, facts->now),
        .total = -1,
        .max_id = -1,
        .scope = buf_text(&run->scope),
        .api_user = run->config->site.user,
    };
    memcpy(w->config_hash, run->rules.seed, sizeof w->config_hash);
    if (run->options->accept_site)
        run->state = (struct state){.home = run->next.home,
                                    .zone = run->next.zone,
                                    .url_form = run->state.url_form,
                                    .total = -1,
                                    .max_id = -1,
                                    .walk = run->state.walk};
    if (run->options->dry_run)
        return 0;
    return sync_transaction(run, save_start, w, error);
}

static int take_over(struct run *run, struct walk *walk, struct error *error)
{
    struct walk_interval *proven = NULL;
    size_t count = 0;
    struct arena arena = ARENA_INIT;
    int done =
        store_read_walk(run->store, run->state.walk.id, &proven, &count, &run->seen, &arena, error);
    if (done == 0 && walk_resume(walk, proven, count) < 0)
        done = error_no_memory(error);
    run->seen_max = run->state.walk.max_id > 0 ? run->state.walk.max_id : 0;
    for (size_t i = 0; done == 0 && i < count; i++)
        if (proven[i].high < WALK_MAX && proven[i].high > run->seen_max)
            run->seen_max = proven[i].high;
    if (done == 0)
        log_write(&run->log, LOG_INFO,
                  "going on with the walk that an earlier run began: %zu "
                  "intervals of ids are read already",
                  count);
    arena_release(&arena);
    return done;
}

/* The page that ends the list. */
static void note_end(struct run *run, const struct page *page, struct page_proof *proof)
{
    if (!proof->count)
        return;
    run->state.walk.total = proof->total = page->total;
    run->state.walk.max_id = proof->max_id = proof->ids[proof->count - 1];
}

/* Counts the tickets that the walk saw. */
static int note_seen(struct run *run, const struct page *page, const struct page_proof *proof,
                     struct error *error)
{
    for (size_t i = 0; i < proof->count; i++) {
        if (tally_add(&run->seen, proof->ids[i], TALLY_BEFORE) < 0)
            return error_no_memory(error);
        if (proof->ids[i] > run->seen_max)
            run->seen_max = proof->ids[i];
    }
    run->nameless += (int64_t)(page->count - proof->count);
    return 0;
}

/* Has an answered page stored with what it proves. */
static int take_page(struct run *run, struct walk *walk, struct watch *watch,
                     struct site_answer **answer, struct error *error)
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
                             .per_page = sync_page_cap(page, window.per_page),
                             .last_page = page->last_page};
    int proves = walk_answer(walk, &window, &seen, &proof.interval);
    proof.proves = proves > 0;
    if (proof.proves && proof.interval.high == WALK_MAX)
        note_end(run, page, &proof);
    sync_watch_page(run, watch, page, &proof);
    int done = proves < 0 ? error_no_memory(error) : note_seen(run, page, &proof, error);
    if (done == 0)
        done = sync_store_behind(run, answer, &proof, error);
    sync_proof_release(&proof);
    return done;
}

/* Can the site give a single ticket, at either end of the list? Then the page is at fault. */
int sync_probe(struct run *run, int64_t total, const struct site_answer *failed,
               struct error *error)
{
    const int64_t positions[] = {1, total > 2 ? total : 2};
    for (size_t i = 0; i < 2 && !run->probed; i++) {
        struct site_request request = {
            .what = SITE_BY_ID, .page = positions[i], .per_page = 1, .once = true};
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
        struct error why = ERROR_INIT;
        run->probed = site_get(run->site, &request, &answer, &why) == 0;
        if (!run->probed && why.code != ERR_UNAVAILABLE && why.code != ERR_REFUSED)
            return error_copy(error, &why);
    }
    if (run->probed)
        return 0;
    return error_copy(error, &failed->error);
}

/* Failed windows wait here until nothing else is outstanding: the probe needs the site for itself.
 */
enum { FAILURES_MAX = WALK_AT_ONCE_MAX, REASON_MAX = 400 };
struct failures {
    struct site_answer *list[FAILURES_MAX];
    size_t count;
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
    if (sync_probe(run, total, a, error) < 0)
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
                  "the API user %s sees only a part of the tickets: it has neither the permission "
                  "\"View Tickets (Read Only)\" nor \"Manage Other Tickets\"",
                  run->config->site.user);
    return 0;
}

/* Takes one answer. */
static int take_answer(struct run *run, struct walk *walk, struct watch *watch,
                       struct failures *failures, struct error *error)
{
    struct site_answer *answer;
    if (site_wait(run->site, &answer, error) < 0)
        return -1;
    int done = 0;
    if (answer && answer->request.what == SITE_ME) {
        done = take_me(run, answer, error);
    } else if (answer && answer->error.code != ERR_NONE) {
        if (!answer->splittable || failures->count == FAILURES_MAX) {
            done = error_copy(error, &answer->error);
        } else {
            failures->list[failures->count++] = answer;
            answer = NULL;
        }
    } else if (answer) {
        done = take_page(run, walk, watch, &answer, error);
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
    return why.code == ERR_NONE ? done : error_copy(error, &why);
}

static int walk_all(struct run *run, struct walk *walk, struct watch *watch, int64_t total,
                    bool *complete, struct error *error)
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
            done = take_answer(run, walk, watch, &failures, error);
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

static void note_cap(struct run *run, int64_t cap)
{
    if (cap && cap != run->next.page_cap)
        log_write(&run->log, LOG_INFO,
                  "the site gives %" PRId64 " tickets a page at most, whatever is asked for: so "
                  "many are asked for from now on",
                  cap);
    run->next.page_cap = cap;
}

/* Walks once; what was read before is run->seen. */
static int walk_once(struct run *run, const struct plan_facts *facts, struct watch *watch,
                     bool resume, bool *complete, struct error *error)
{
    int64_t total = facts->head.total >= 0 ? facts->head.total : run->state.total;
    run->writes_most = run->state.last_full_walk == 0;
    /* One more than the connections: it is sent as soon as one of them is free. */
    struct walk *walk = walk_new(run->config->per_page, run->config->site.connections + 1, total);
    if (!walk)
        return error_no_memory(error);
    walk_set_cap(walk, facts->full ? 0 : run->next.page_cap);
    int done = resume ? take_over(run, walk, error) : start_afresh(run, facts, error);
    if (done == 0)
        done = walk_all(run, walk, watch, total, complete, error);
    if (done == 0 && !*complete)
        sync_doubt(run,
                   "the list could not be read completely: its pages do not join after %" PRId64
                   " requests; the next run walks it again",
                   walk_requests(walk));
    note_cap(run, walk_cap(walk));
    walk_free(walk);
    return done;
}

static int store_head(struct run *run, const struct site_answer *head, struct error *error)
{
    struct page_origin origin = {.stale = head->stale};
    return sync_store_page(run, &head->page, origin, error);
}

static int save_watermark(struct run *run, void *context, struct error *error)
{
    (void)context;
    return store_walk_watermark(run->store, run->state.walk.watermark, error);
}

/* A run that goes on with a walk stores the newest changes first: what happened up to here to the
 * tickets that earlier runs read is explained then. */
static int catch_up(struct run *run, const struct plan_facts *facts, const struct site_answer *head,
                    struct error *error)
{
    struct walk_state *w = &run->state.walk;
    if (!head)
        return 0;
    if (store_head(run, head, error) < 0)
        return -1;
    int64_t moved = plan_moved_watermark(&facts->head, w, facts->now);
    if (moved == w->watermark)
        return 0;
    w->watermark = moved;
    return sync_transaction(run, save_watermark, NULL, error);
}

/* Tickets of a head of the walk's end that no page held, though others with higher ids. */
static int64_t unseen_of(const struct run *run, const struct page *head)
{
    int64_t unseen = 0;
    for (size_t i = 0; i < head->count; i++) {
        int64_t id = head->tickets[i].id;
        unseen += id && id <= run->seen_max && !tally_has(&run->seen, id);
    }
    return unseen;
}

/* The walk's end beside the newest changes; *last becomes the head that explained it, if one was
 * asked for. */
static int judge_end(struct run *run, struct plan_end_facts *end, struct plan_end_decision *decided,
                     struct site_answer **last, struct error *error)
{
    for (;;) {
        *decided = plan_walk_end(end);
        if (decided->end != END_ASK_HEAD && decided->end != END_LARGER_HEAD)
            return 0;
        int64_t rows = sync_head_rows(run);
        if (decided->end == END_LARGER_HEAD)
            rows = end->head_max;
        else if (!end->first.asked) /* the site could not give so many */
            rows = SMALL_HEAD_ROWS;
        site_answer_free(*last);
        *last = NULL;
        if (sync_ask_head(run, rows, last, error) < 0)
            return -1;
        if (!*last) {
            *decided = (struct plan_end_decision){
                .end = end->resumed ? END_INCOMPLETE : END_UNSETTLED,
                .why = "the newest changes, which were to confirm the walk, cannot be read"};
            return 0;
        }
        end->last = sync_head_facts(run, *last, end->seen_max);
        if (!end->first.asked)
            end->unseen = unseen_of(run, &(*last)->page);
        if (decided->end == END_LARGER_HEAD)
            end->head_max = end->last.asked; /* a larger one is not to be had */
    }
}

static int fill_end(struct run *run, const struct plan_facts *facts, const struct watch *watch,
                    struct plan_end_facts *end, struct error *error)
{
    int64_t seen = tally_size(&run->seen), total = run->state.walk.total;
    end->first = facts->head;
    end->head_max = facts->head_max;
    end->watermark = run->state.walk.watermark;
    end->total = total;
    end->seen = seen + run->nameless;
    if (run->nameless && total >= seen && end->seen > total)
        end->seen = total; /* one without an id may have been on two pages */
    end->seen_max = run->seen_max;
    return sync_watch_end(run, watch, &end->unseen, &end->lagging, error);
}

/* Says what speaks against the end of the walk; a total that is not known says nothing. */
static void doubt_end(struct run *run, const struct plan_end_decision *decided,
                      const struct plan_end_facts *end)
{
    int64_t total = end->last.asked ? end->last.total : end->first.total;
    if (total < 0)
        sync_doubt(run, "%s", decided->why);
    else
        sync_doubt(run, "%s: it counts %" PRId64 " tickets, and its pages held %" PRId64,
                   decided->why, total, end->seen);
}

/* Ends a walk that proved the whole list. */
static int end_walk(struct run *run, const struct plan_facts *facts, const struct watch *watch,
                    const struct site_answer *head, struct plan_end_facts *end,
                    struct site_answer **last, enum plan_end *ended, struct error *error)
{
    struct plan_end_decision decided;
    if (fill_end(run, facts, watch, end, error) < 0 ||
        judge_end(run, end, &decided, last, error) < 0)
        return -1;
    *ended = decided.end;
    if (decided.end == END_WALK_AGAIN)
        log_write(&run->log, LOG_INFO, "walking again: %s", decided.why);
    else if (decided.end != END_COMPLETE)
        doubt_end(run, &decided, end);
    /* What the heads show is stored in any case; what an end does not need of them, too. */
    if (*last)
        head = *last;
    bool needed = *last || decided.end != END_COMPLETE;
    if (*last && sync_trust_head(run, *last, error) < 0)
        return -1;
    return needed && head ? store_head(run, head, error) : 0;
}

int sync_walk(struct run *run, struct plan_facts *facts, const struct site_answer *head,
              struct plan_end_facts *end, enum plan_end *ended, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *last = NULL, *again = NULL;
    struct watch watch;
    bool resume =
        !run->options->dry_run && plan_resume(facts, buf_text(&run->scope), run->config->site.user);
    if (resume)
        sync_set_mode(run, "full, resumed");
    if (resume && catch_up(run, facts, head, error) < 0)
        return -1;
    for (*ended = END_WALK_AGAIN; *ended == END_WALK_AGAIN; resume = false) {
        bool complete = false;
        *end = (struct plan_end_facts){.resumed = resume};
        *ended = END_INCOMPLETE;
        if (sync_watch(run, head, &watch, error) < 0 ||
            walk_once(run, facts, &watch, resume, &complete, error) < 0)
            return -1;
        if (complete && end_walk(run, facts, &watch, head, end, &last, ended, error) < 0)
            return -1;
        if (*ended != END_WALK_AGAIN)
            break;
        facts->head = end->last;
        facts->now = clock_wall_ms() / 1000;
        again = last;
        last = NULL;
        head = again;
        tally_release(&run->seen);
        run->seen_max = run->nameless = 0;
        run->again = true;
    }
    return 0;
}
