/* sync: a run from its beginning to its end. */
#include "sync.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync_private.h"

enum { HEAD_ROWS = 100 };

void sync_doubt(struct run *run, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_printf(&run->doubts, "%s%s", run->doubts.len ? "\n" : "", text);
}

/* The head page */

static int64_t instant_of(const struct run *run, const struct ticket *t)
{
    int64_t instant = 0;
    return zone_parse(run->site_zone, t->updated_at, &instant) ? instant : 0;
}

/* Updated_at may rise from a row to the next where daylight saving ends, not by more. */
static bool is_unordered(const struct run *run, const struct page *page)
{
    for (size_t i = 1; i < page->count; i++)
        if (instant_of(run, &page->tickets[i]) >
            instant_of(run, &page->tickets[i - 1]) + PLAN_OVERLAP_S)
            return true;
    return false;
}

static struct plan_head read_head(const struct run *run, const struct site_answer *a)
{
    const struct page *page = &a->page;
    struct plan_head head = {.rows = (int64_t)page->count,
                             .asked = a->request.per_page,
                             .total = page->total,
                             .date = a->date ? a->date : clock_wall_ms() / 1000,
                             .unordered = is_unordered(run, page)};
    if (page->count) {
        head.newest = instant_of(run, &page->tickets[0]);
        head.oldest = instant_of(run, &page->tickets[page->count - 1]);
    }
    for (size_t i = 0; i < page->count; i++) {
        int64_t id = page->tickets[i].id;
        head.max_id = id > head.max_id ? id : head.max_id;
        head.new_ids += id > run->state.max_id;
    }
    return head;
}

void sync_set_mode(struct run *run, const char *mode)
{
    snprintf(run->report->mode, sizeof run->report->mode, "%s", mode);
    run->row.mode = run->report->mode;
}

static int run_incremental(struct run *run, const struct site_answer *head,
                           const struct plan_head *facts, struct error *error)
{
    sync_set_mode(run, "incremental");
    log_write(&run->log, LOG_INFO, "incremental: the newest %" PRId64 " tickets hold every change",
              facts->rows);
    struct page_origin origin = {.stale = head->stale};
    if (sync_store_page(run, &head->page, origin, error) < 0)
        return -1;
    if (facts->total == run->state.total + facts->new_ids) {
        run->next.total = facts->total;
        run->next.max_id = facts->max_id > run->state.max_id ? facts->max_id : run->state.max_id;
    }
    run->next.watermark = plan_watermark(facts);
    run->row.complete = true;
    return 0;
}

/* Rejects without an id that this walk did not meet again. */
static int forget_nameless(struct run *run, void *context, struct error *error)
{
    (void)context;
    bool resumed = strcmp(run->report->mode, "full") != 0;
    return store_clear_nameless(run->store, resumed ? 0 : run->row.id, error);
}

static int run_walk(struct run *run, const struct plan_facts *facts, const char *why,
                    bool for_total, struct error *error)
{
    sync_set_mode(run, "full");
    run->walking = true;
    log_write(&run->log, LOG_INFO, "full walk: %s", why);
    bool complete;
    if (sync_need_schema(run, error) < 0 || sync_walk(run, facts, &complete, error) < 0)
        return -1;
    run->row.complete = complete;
    if (!complete)
        return 0;
    if (!run->options->dry_run && (sync_find_missing(run, error) < 0 ||
                                   sync_transaction(run, forget_nameless, NULL, error) < 0))
        return -1;
    run->next.watermark = run->state.walk.watermark;
    run->next.total = run->state.walk.total < 0 ? 0 : run->state.walk.total;
    run->next.max_id = run->state.walk.max_id < 0 ? 0 : run->state.walk.max_id;
    run->next.last_full_walk = run->state.walk.started;
    if (for_total)
        run->next.last_total_walk = facts->now;
    return 0;
}

/* One ticket that breaks every answer it is in, or a page too slow to come, must not keep all the
 * others from being read. */
static int walk_without_head(struct run *run, struct plan_facts *facts,
                             const struct site_answer *head, const struct site_answer *index,
                             struct error *error)
{
    log_write(&run->log, LOG_INFO, "the newest changes cannot be read as one page: %s",
              head->error.message);
    facts->head = (struct plan_head){.date = index->date ? index->date : facts->now,
                                     .total = run->state.total > 0 ? run->state.total : 0};
    return run_walk(run, facts, "the newest changes cannot be read as one page", false, error);
}

/* A larger head instead of the first one; NULL where the site cannot give it. */
static int ask_larger(struct run *run, struct site_answer **larger, struct error *error)
{
    struct site_request request = {
        .what = SITE_RECENT, .page = 1, .per_page = run->config->per_page};
    struct error why = ERROR_INIT;
    if (site_get(run->site, &request, larger, &why) == 0 || why.code == ERR_UNAVAILABLE)
        return 0;
    return error_set(error, why.code, "%s", why.message);
}

static int follow_plan(struct run *run, const struct site_answer *index, struct site_answer *head,
                       struct error *error)
{
    struct plan_facts facts = {.state = &run->state,
                               .scope = &run->config->scope,
                               .config_hash = run->rules.seed,
                               .zone = run->next.zone,
                               .full_every_s = run->config->full_every_s,
                               .full = run->options->full || run->options->adopt,
                               .now = clock_wall_ms() / 1000,
                               .head_max = run->config->per_page};
    if (head->error.code != ERR_NONE)
        return walk_without_head(run, &facts, head, index, error);
    facts.head = read_head(run, head);
    if (sync_trust_head(run, head, error) < 0)
        return -1;
    const char *why;
    bool for_total;
    enum plan plan = plan_run(&facts, &why, &for_total);
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *larger = NULL;
    if (plan == PLAN_LARGER_HEAD) {
        if (ask_larger(run, &larger, error) < 0)
            return -1;
        head = larger ? larger : head;
        if (sync_trust_head(run, head, error) < 0)
            return -1;
        facts.head = read_head(run, head);
        plan = larger ? plan_run(&facts, &why, &for_total) : PLAN_WALK;
    }
    if (plan == PLAN_INCREMENTAL)
        return run_incremental(run, head, &facts.head, error);
    return run_walk(run, &facts, why, for_total, error);
}

/* Index and head in parallel. */
static int ask_both(struct run *run, struct site_answer **index, struct site_answer **head,
                    struct error *error)
{
    struct site_request requests[] = {
        {.what = SITE_INDEX},
        {.what = SITE_RECENT, .page = 1, .per_page = HEAD_ROWS},
    };
    size_t count = run->options->tickets ? 1 : 2;
    for (size_t i = 0; i < count; i++)
        if (site_ask(run->site, &requests[i], error) < 0)
            return -1;
    for (size_t i = 0; i < count; i++) {
        struct site_answer *answer;
        if (site_wait(run->site, &answer, error) < 0)
            return -1;
        if (answer && answer->request.what == SITE_INDEX)
            *index = answer;
        else
            *head = answer;
    }
    if (!*index || (count == 2 && !*head))
        return error_set(error, ERR_INTERNAL, "the site's answers got lost");
    if (*head && (*head)->error.code != ERR_NONE && !(*head)->splittable)
        return error_set(error, (*head)->error.code, "%s", (*head)->error.message);
    return 0;
}

static int do_run(struct run *run, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *index = NULL;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *head = NULL;
    if (sync_open_site(run, error) < 0 || ask_both(run, &index, &head, error) < 0 ||
        sync_check_home(run, index->error.code == ERR_NONE ? index->index.home : NULL, error) < 0 ||
        sync_open_zones(run, index, error) < 0 || sync_prepare_rules(run, error) < 0)
        return -1;
    run->next.api_user = run->config->api_username;
    run->report->counted = true;
    int done;
    if (!head) { /* --ticket: nothing else was asked for */
        sync_set_mode(run, "tickets");
        run->row.complete = true;
        done = sync_named_tickets(run, error);
    } else {
        done = follow_plan(run, index, head, error);
        if (done == 0)
            done = sync_retry_rejects(run, error);
    }
    if (done == 0)
        done = sync_ask_older(run, error);
    sync_doubt_stale(run);
    run->next.url_form = (int)site_form(run->site);
    return done;
}

/* The end */

struct ending {
    enum run_status status;
    const struct state *state;
    bool walked;
};

static int finish(struct run *run, void *context, struct error *error)
{
    const struct ending *e = context;
    if (store_finish_run(run->store, &run->row, e->status, e->state, e->walked, error) < 0)
        return -1;
    return run->trims ? store_trim_runs(run->store, run->config->keep_runs, error) : 0;
}

/* Rejects that nobody accepted are a reason for doubt, whichever run they are of. */
static int count_rejects(struct run *run, struct error *error)
{
    int64_t all, waiting = run->row.counts.rejected;
    if (run->has_rejects && store_count_rejects(run->store, &all, &waiting, error) < 0)
        return -1;
    /* What was asked for by name and is not stored is no success, accepted or not. */
    if (run->options->tickets && waiting < run->row.counts.rejected)
        waiting = run->row.counts.rejected;
    if (waiting)
        sync_doubt(run, "%" PRId64 " ticket%s cannot be stored: see `fluent-sync rejects`", waiting,
                   waiting == 1 ? "" : "s");
    return 0;
}

static void fill_row(struct run *run, const struct error *error)
{
    struct run_row *row = &run->row;
    row->counts = tally_counts(&run->tally);
    row->api_requests = run->site ? site_requests(run->site) : 0;
    row->api_bytes = run->site ? site_bytes(run->site) : 0;
    row->duration_ms = clock_monotonic_ms() - run->started;
    row->exit_code = (int)error->code;
    row->complete = row->complete && error->code == ERR_NONE;
    snprintf(run->report->message, sizeof run->report->message, "%s",
             error->code == ERR_NONE ? "" : error->message);
    row->message = error->code == ERR_NONE ? NULL : run->report->message;
}

/* Writes the last word. The run's own failure outlives whatever goes wrong here; a success does
 * not. */
static void end_run(struct run *run, bool through, struct error *error)
{
    through = through && count_rejects(run, error) == 0;
    if (through && run->doubts.starved) /* a doubt without words is no success */
        through = error_no_memory(error) == 0;
    if (through && run->doubts.len)
        error_set(error, ERR_PARTIAL, "%s", buf_text(&run->doubts));
    bool walked_through = through && run->row.complete && run->walking;
    bool state_moves = through && run->row.complete && !run->options->tickets;
    /* A walk that did not become complete is owed: the next run goes on with it, or walks anew. */
    struct state owed = run->state;
    owed.last_full_walk = 0;
    bool owes = run->walking && !run->row.complete;
    fill_row(run, error);
    struct ending ending = {.state = state_moves ? &run->next
                                     : owes      ? &owed
                                                 : NULL,
                            .walked = walked_through || (through && run->walking)};
    ending.status = error->code == ERR_NONE      ? RUN_SUCCESS
                    : error->code == ERR_PARTIAL ? RUN_PARTIAL
                                                 : RUN_FAILED;
    if (run->row.id) {
        static const struct limits patient = {.deadline_ms = INT64_MAX}, once = {.deadline_ms = 0};
        struct error why = ERROR_INIT;
        bool given_up = db_lost(run->db);
        run->limits = given_up ? &once : &patient;
        if (sync_transaction(run, finish, &ending, &why) < 0) {
            if (error->code == ERR_PARTIAL)
                error_clear(error);
            run->row.complete = false;
            error_set(error, why.code, "%s", why.message);
        } else if (ending.state)
            run->report->last_full_walk = ending.state->last_full_walk;
    }
}

static void close_run(struct run *run)
{
    store_release(run->store);
    site_close(run->site);
    store_close(run->store);
    db_close(run->db);
    zone_close(run->site_zone);
    zone_close(run->target_zone);
    sync_proofs_forget(run);
    tally_release(&run->tally);
    free(run->older.rows);
    buf_release(&run->scope);
    buf_release(&run->doubts);
    arena_release(&run->arena);
}

int sync_run(const struct config *config, const struct sync_options *options,
             const struct limits *limits, const struct log *log, struct sync_report *report,
             struct error *error)
{
    struct run run = {.config = config,
                      .options = options,
                      .limits = limits,
                      .caller_log = *log,
                      .report = report,
                      .started = clock_monotonic_ms()};
    run.log = (struct log){.sink = sync_log, .context = &run.caller_log, .most = log->most};
    *report = (struct sync_report){0};
    snprintf(report->date_filter, sizeof report->date_filter, "%s", config->scope.since);
    run.row.date_filter = report->date_filter;
    run.row.version = options->version;
    buf_init(&run.scope, 1 << 16);
    buf_init(&run.doubts, ERROR_MESSAGE_MAX);
    bool through = scope_print(&config->scope, &run.scope) == 0 || error_no_memory(error) == 0;
    run.next.scope = buf_text(&run.scope);
    if (through)
        through = sync_open_database(&run, error) == 0;
    if (through) {
        run.report->last_full_walk = run.state.last_full_walk;
        run.next.scope = buf_text(&run.scope);
        through = do_run(&run, error) == 0;
    }
    end_run(&run, through, error);
    report->run = run.row;
    report->run.mode = report->mode[0] ? report->mode : NULL;
    report->run.date_filter = report->date_filter;
    report->run.message = report->message[0] ? report->message : NULL;
    close_run(&run);
    return error->code == ERR_NONE ? 0 : -1;
}
