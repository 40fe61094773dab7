/* sync: a run from its beginning to its end. */
#include "run/sync.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/sync_private.h"

void sync_doubt(struct run *run, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_printf(&run->doubts, "%s%s", run->doubts.len ? "\n" : "", text);
}

void sync_set_mode(struct run *run, const char *mode)
{
    snprintf(run->report->mode, sizeof run->report->mode, "%s", mode);
    run->row.mode = run->report->mode;
}

static int run_incremental(struct run *run, struct batch *batch, const struct plan_facts *facts,
                           int64_t unsettled, struct error *error)
{
    sync_set_mode(run, "incremental");
    log_write(&run->log, LOG_INFO, "incremental: the newest %" PRId64 " tickets hold every change",
              facts->head.rows);
    if (sync_batch_store(run, batch, error) < 0)
        return -1;
    plan_after_incremental(facts, &run->next);
    run->row.complete = true;
    if (unsettled)
        sync_doubt(run,
                   "the site shows %" PRId64 " tickets, %" PRId64 " %s than the changes since the "
                   "last comparison explain (deleted, imported with old dates, or is a permission "
                   "of the API user gone?); a run that begins an hour after the last full walk "
                   "for this reason walks the list again, one with --full at once",
                   facts->head.total, unsettled < 0 ? -unsettled : unsettled,
                   unsettled < 0 ? "fewer" : "more");
    return 0;
}

/* Rejects without an id that this walk did not meet again. */
static int forget_nameless(struct run *run, void *context, struct error *error)
{
    (void)context;
    bool resumed = strcmp(run->report->mode, "full") != 0;
    return store_clear_nameless(run->store, resumed ? 0 : run->row.id, error);
}

static int run_walk(struct run *run, struct plan_facts *facts, const struct site_answer *head,
                    const struct plan_decision *why, struct error *error)
{
    sync_set_mode(run, "full");
    run->walking = true;
    log_write(&run->log, LOG_INFO, "full walk: %s", why->why);
    struct plan_end_facts end;
    enum plan_end ended;
    if (sync_need_schema(run, error) < 0 || sync_walk(run, facts, head, &end, &ended, error) < 0)
        return -1;
    run->row.complete = ended == END_COMPLETE || ended == END_UNSETTLED;
    if (!run->row.complete)
        return 0;
    if (!run->options->dry_run && ended == END_COMPLETE &&
        (sync_find_missing(run, error) < 0 ||
         sync_transaction(run, forget_nameless, NULL, error) < 0))
        return -1;
    if (!run->options->dry_run && sync_reach_aside(run, error) < 0)
        return -1;
    plan_after_walk(&end, &run->state.walk, facts->now, &run->next);
    if (why->for_total)
        run->next.last_total_walk = facts->now;
    return 0;
}

/* One ticket that breaks every answer it is in, or a page too slow to come, must not keep all the
 * others from being read. */
static int walk_without_head(struct run *run, struct plan_facts *facts,
                             const struct site_answer *head, const struct site_answer *index,
                             struct error *error)
{
    static const struct plan_decision why = {
        .plan = PLAN_WALK, .why = "the newest changes cannot be read as one page"};
    if (sync_probe(run, run->state.total, head, error) < 0)
        return -1;
    log_write(&run->log, LOG_INFO, "the newest changes cannot be read as one page: %s",
              head->error.message);
    facts->head = (struct plan_head){.date = sync_asked_at(index), .total = -1};
    return run_walk(run, facts, NULL, &why, error);
}

/* Is the ticket with the largest known id still listed? An answer that cannot be read is no
 * absence. */
static int ask_largest(struct run *run, enum plan_largest *largest, struct error *error)
{
    struct site_request request = {.what = SITE_SEARCH, .ticket = run->state.max_id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct error why = ERROR_INIT;
    *largest = PLAN_LARGEST_THERE;
    if (site_get(run->site, &request, &answer, &why) < 0)
        return why.code == ERR_UNAVAILABLE ? 0 : error_copy(error, &why);
    if (!answer->page.count)
        *largest = PLAN_LARGEST_GONE;
    return 0;
}

/* How a run that has a head chooses between storing it and walking. */
struct choice {
    struct plan_facts facts;
    struct plan_decision decided;
    struct site_answer *head, *larger; /* the one in use; what is owned here */
    struct batch *batch;               /* of it, once it was looked up */
};

/* A larger head in place of the first one; *more becomes false where the site cannot give it. */
static int take_larger(struct run *run, struct choice *c, bool *more, struct error *error)
{
    if (sync_ask_head(run, c->facts.head_max, &c->larger, error) < 0)
        return -1;
    if (!c->larger) {
        c->decided = (struct plan_decision){.plan = PLAN_WALK, .why = c->decided.why};
        *more = false;
        return 0;
    }
    c->head = c->larger;
    c->facts.head = sync_head_facts(run, c->head, run->state.max_id);
    c->facts.head_max = c->facts.head.asked; /* no larger one is to be had */
    return sync_trust_head(run, c->head, error);
}

/* What is stored of the head's tickets. */
static int look_up_head(struct run *run, struct choice *c, struct error *error)
{
    struct page_origin origin = {.stale = c->head->stale};
    c->batch = sync_batch_new(&c->head->page, NULL, origin, error);
    if (!c->batch || sync_batch_look(run, c->batch, error) < 0)
        return -1;
    c->facts.head.missing = sync_batch_missing(run, c->batch, run->state.watermark - PLAN_SKEW_S);
    return 0;
}

/* Gathers what the decision still needs; *more becomes false when it stands. */
static int gather(struct run *run, struct choice *c, bool *more, struct error *error)
{
    if (c->decided.plan == PLAN_LARGER_HEAD)
        return take_larger(run, c, more, error);
    if (c->decided.plan == PLAN_ASK_LARGEST)
        return ask_largest(run, &c->facts.largest, error);
    if (c->decided.plan == PLAN_INCREMENTAL && !c->batch)
        return look_up_head(run, c, error);
    *more = false;
    return 0;
}

static int choose(struct run *run, struct choice *c, struct error *error)
{
    for (bool more = true; more;) {
        c->decided = plan_run(&c->facts);
        if (gather(run, c, &more, error) < 0)
            return -1;
    }
    if (c->decided.plan == PLAN_INCREMENTAL)
        return run_incremental(run, c->batch, &c->facts, c->decided.unsettled, error);
    return run_walk(run, &c->facts, c->head, &c->decided, error);
}

static int64_t head_max(const struct run *run)
{
    int64_t cap = run->next.page_cap, per_page = run->config->per_page;
    return cap && cap < per_page ? cap : per_page;
}

static int follow_plan(struct run *run, const struct site_answer *index, struct site_answer *head,
                       struct error *error)
{
    const struct sync_options *o = run->options;
    struct choice c = {.facts = {.state = &run->state,
                                 .scope = &run->config->scope,
                                 .config_hash = run->rules.seed,
                                 .zone = run->next.zone,
                                 .full_every_s = run->config->full_every_s,
                                 .full = o->full || o->adopt || o->accept_site,
                                 .now = clock_wall_ms() / 1000,
                                 .head_max = head_max(run)},
                       .head = head};
    if (head->error.code != ERR_NONE)
        return walk_without_head(run, &c.facts, head, index, error);
    c.facts.head = sync_head_facts(run, head, run->state.max_id);
    int done = sync_trust_head(run, head, error);
    if (done == 0)
        done = choose(run, &c, error);
    sync_batch_free(c.batch);
    site_answer_free(c.larger);
    return done;
}

/* Index and head in parallel. */
static int ask_both(struct run *run, struct site_answer **index, struct site_answer **head,
                    struct error *error)
{
    struct site_request requests[] = {
        {.what = SITE_INDEX},
        {.what = SITE_RECENT, .page = 1, .per_page = sync_head_rows(run)},
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
    /* A site that refuses both is not one with a page that cannot be read. */
    bool both = *head && (*head)->error.code == ERR_REFUSED && (*index)->error.code != ERR_NONE;
    if (*head && (*head)->error.code != ERR_NONE && (!(*head)->splittable || both))
        return error_copy(error, &(*head)->error);
    return 0;
}

static int do_run(struct run *run, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *index = NULL;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *head = NULL;
    if (sync_open_site(run, error) < 0 || ask_both(run, &index, &head, error) < 0 ||
        sync_check_site(run, &index, error) < 0 || sync_open_zones(run, index, error) < 0 ||
        sync_prepare_rules(run, error) < 0)
        return -1;
    run->next.api_user = run->config->site.user;
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
    if (site_printed(run->site))
        log_write(&run->log, LOG_WARNING,
                  "the site prints up to %zu bytes before the JSON of its answers (a byte order "
                  "mark, a warning of PHP, or what a plugin prints): they are passed over, but may "
                  "hide what is behind them; see them with -vv --log-bodies",
                  site_printed(run->site));
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
    tally_count(&run->tally, &row->counts);
    row->counts.api_requests = run->site ? site_requests(run->site) : 0;
    row->counts.api_bytes = run->site ? site_bytes(run->site) : 0;
    row->duration_ms = clock_monotonic_ms() - run->started;
    row->exit_code = (int)error->code;
    row->complete = row->complete && error->code == ERR_NONE;
    error_text(error, run->report->message);
    row->message = error->code == ERR_NONE ? NULL : run->report->message;
}

/* An account that may do nothing more at least says so: else the row stayed in progress. */
static void tell_end(struct run *run)
{
    struct error why = ERROR_INIT;
    run->row.complete = false;
    if (store_tell_end(run->store, &run->row, &why) < 0)
        log_write(&run->log, LOG_WARNING, "the run's row stays in progress: %s", why.message);
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
    owed.page_cap = run->next.page_cap;
    bool owes = run->walking && !run->row.complete;
    fill_row(run, error);
    struct ending ending = {.state = state_moves ? &run->next
                                     : owes      ? &owed
                                                 : NULL,
                            .walked = walked_through || (through && run->walking)};
    ending.status = error->code == ERR_NONE      ? RUN_SUCCESS
                    : error->code == ERR_PARTIAL ? RUN_PARTIAL
                                                 : RUN_FAILED;
    if (run->row.id && db_failure(run->db) == DB_FAILURE_ACCOUNT) {
        tell_end(run);
    } else if (run->row.id) {
        static const struct limits once = {.deadline_ms = 0};
        const struct limits *limits = run->limits, patient = limits_ending(limits);
        struct error why = ERROR_INIT;
        bool given_up = db_lost(run->db);
        run->limits = given_up ? &once : &patient;
        if (sync_transaction(run, finish, &ending, &why) < 0) {
            if (error->code == ERR_PARTIAL)
                error_clear(error);
            run->row.complete = false;
            error_copy(error, &why);
            fill_row(run, error);
            if (db_failure(run->db) == DB_FAILURE_ACCOUNT)
                tell_end(run);
        } else if (ending.state)
            run->report->last_full_walk = ending.state->last_full_walk;
        run->limits = limits;
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
    tally_release(&run->seen);
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
