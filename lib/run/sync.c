/* sync: a run from its beginning to its end. */
#include "run/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/int64.h"
#include "run/choose.h"
#include "run/confirm.h"
#include "run/conversations.h"
#include "run/database.h"
#include "run/finish.h"
#include "run/head.h"
#include "run/heartbeat.h"
#include "run/identity.h"
#include "run/inbox.h"
#include "run/proofs.h"
#include "run/push.h"
#include "run/rescope.h"
#include "run/settle.h"
#include "run/tickets.h"

/* What a run begins with. With --ticket, or to push, the index alone; `tail`: see settle.h. */
struct first_answers {
    struct site_answer *index, *head, *tail;
};

static int wait_for_all(struct site *site, size_t count, struct first_answers *first,
                        struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct site_answer *answer;
        if (site_wait(site, &answer, error) < 0)
            return -1;
        if (answer && answer->request.what == SITE_INDEX)
            first->index = answer;
        else if (answer && answer->request.what == SITE_BY_ID)
            first->tail = answer;
        else
            first->head = answer;
    }
    return first->index && (count == 1 || first->head)
               ? 0
               : error_set(error, ERR_INTERNAL, "the site's answers got lost");
}

/* As many as there may be where a walk is to be expected, whose pages are compared with the head;
 * where the whole list is not more; and where conversations are stored, as only the list tells of
 * an internal note, which moves no updated_at. */
static int64_t first_head_rows(const struct run *run)
{
    const struct state *s = &run->before;
    const struct config *c = run->in.config;
    bool walks = !run->record.rank || s->walk.started;
    bool small = s->total <= min64(c->per_page.begin, PLAN_HEAD_ROWS);
    bool all = walks || small || c->conversations != CONVERSATIONS_NONE || !s->head_rows;
    int64_t known = min64(max64(s->head_rows, PLAN_HEAD_LEAST), PLAN_HEAD_ROWS);
    return head_rows(all ? PLAN_HEAD_ROWS : known, s->page_cap);
}

/* Asks for index, head and tail in parallel; with --ticket, or to push, for the index alone. */
static int ask_first(struct run *run, struct first_answers *first, struct error *error)
{
    const struct walk_window *end = &run->record.end;
    struct site_request requests[] = {
        {.what = SITE_INDEX},
        {.what = SITE_RECENT, .page = 1, .per_page = first_head_rows(run)},
        {.what = SITE_BY_ID, .page = end->page, .per_page = end->per_page},
    };
    const struct sync_options *o = run->in.options;
    size_t count = o->tickets || o->push_only ? 1 : run->record.rank ? 3 : 2;
    for (size_t i = 0; i < count; i++)
        if (site_ask(run->site, &requests[i], error) < 0)
            return -1;
    if (wait_for_all(run->site, count, first, error) < 0)
        return -1;
    const struct site_answer *head = first->head;
    if (!head || head->error.code == ERR_NONE)
        return 0;
    /* If the site refuses both, the fault is not in a single page. */
    bool both = head->error.code == ERR_REFUSED && first->index->error.code != ERR_NONE;
    return head->splittable && !both ? 0 : error_copy(error, &head->error);
}

static void warn_of_printing(const struct run *run)
{
    size_t printed = site_printed(run->site);
    if (printed)
        log_advise(&run->in.log, LOG_WARNING,
                   "see them with -vv --log-bodies: a byte order mark, a warning of PHP, or what a "
                   "plugin prints may hide what is behind them",
                   "the site prints up to %zu bytes before the JSON of its answers; they are "
                   "ignored",
                   printed);
}

/* Compares what the run is about with the tables. There is no head with --ticket, and when nothing
 * is pulled. */
static int compare(struct run *run, const struct first_answers *first, struct error *error)
{
    if (first->head) {
        if (choose_and_compare(run, first->index, first->head, first->tail, error) < 0 ||
            (run->outcome.compared && rescope_stored_tickets(run, error) < 0))
            return -1;
        return tickets_retry_rejects(run, error) < 0 ? -1 : tickets_retry_conversations(run, error);
    }
    run->outcome.compared = true;
    run_set_mode(run, run->in.options->push_only ? "push" : "tickets");
    return run->in.options->push_only ? 0 : tickets_store_named(run, error);
}

/* The site may give an older state of the tickets that it called for, too. */
static int take_calls(struct run *run, struct error *error)
{
    return inbox_await(run, error) < 0 || inbox_take(run, error) < 0
               ? -1
               : confirm_held_back(run, error);
}

static int run_steps(struct run *run, struct sync_report *report, struct first_answers *first,
                     struct error *error)
{
    if (database_open(run, error) < 0 || settle_open(run, error) < 0)
        return -1;
    report->last_full_walk = run->before.last_full_walk;
    run->next.scope = buf_text(&run->scope);
    if (identity_open_site(run, heartbeat, error) < 0 || inbox_open(run, error) < 0 ||
        ask_first(run, first, error) < 0 || identity_check(run, &first->index, error) < 0 ||
        identity_prepare_basis(run, first->index, error) < 0)
        return -1;
    run->next.api_user = run->in.config->site.user;
    report->counted = true;
    int done = compare(run, first, error);
    if (done == 0)
        done = confirm_held_back(run, error);
    if (done == 0 && run->inbox.waiting && !run->in.options->push_only)
        done = take_calls(run, error);
    if (done == 0)
        done = push_changes(run, error);
    if (done == 0 && !run->in.options->push_only)
        done = conversations_store(run, error);
    warn_of_printing(run);
    run->next.url_form = (int)site_form(run->site);
    return done;
}

/* With --since this run stores tickets from an earlier day on. A later one changes nothing: what it
 * left out would be missed by the next run, which goes by the configuration. */
static void set_scope(struct run *run)
{
    const char *since = run->in.options->since;
    const char *configured = run->in.config->scope.since;
    run->basis.scope = run->in.config->scope;
    if (!since)
        return;
    scope_reach_back(&run->basis.scope, since);
    if (strcmp(since, configured) > 0)
        log_write(&run->in.log, LOG_INFO,
                  "--since %s is later than date_filter, %s: this is an ordinary run", since,
                  configured);
}

static int check_options(const struct run_input *in, struct error *error)
{
    if (in->options->adopt && in->config->local_edits == EDITS_ONCE)
        return error_advise(error, ERR_USAGE, "use local_edits = keep for this run",
                            "--adopt writes requests again, which [sync] local_edits = once "
                            "excludes");
    return 0;
}

/* The parts point to each other, so the run must not be moved afterwards. */
static int begin(struct run *run, const struct log *log, struct error *error)
{
    run->caller_log = *log;
    run->in.log =
        (struct log){.sink = page_writer_log, .context = &run->caller_log, .most = log->most};
    run->in.started = clock_monotonic_ms();
    run->writer = (struct writer){.in = &run->in,
                                  .basis = &run->basis,
                                  .schema_to_read = &run->basis.schema,
                                  .limits = run->in.limits};
    page_writer_init(&run->pages, &run->writer);
    set_scope(run);
    buf_init(&run->scope, 1 << 16);
    buf_init(&run->run_scope, 1 << 16);
    buf_init(&run->outcome.reasons, ERROR_MESSAGE_MAX);
    buf_init(&run->outcome.advice, ERROR_MESSAGE_MAX);
    return scope_print(&run->in.config->scope, &run->scope) < 0 ||
                   scope_print(&run->basis.scope, &run->run_scope) < 0
               ? error_no_memory(error)
               : 0;
}

static void end(struct run *run)
{
    struct writer *w = &run->writer;
    store_release(w->store);
    site_close(run->site);
    page_writer_release(&run->pages);
    store_close(w->store);
    db_close(w->db);
    zones_close(&run->basis.zones);
    proofs_forget(w);
    tally_release(&w->tally);
    tally_release(&w->edited);
    free(w->held_back.rows);
    tally_release(&run->seen.ids);
    tally_release(&run->doubted);
    rank_free(run->record.rank);
    record_release(&run->record.ids);
    record_release(&run->record.told);
    rolling_release(&run->rolling.before);
    rolling_release(&run->rolling.now);
    buf_release(&run->scope);
    buf_release(&run->run_scope);
    buf_release(&run->outcome.reasons);
    buf_release(&run->outcome.advice);
    arena_release(&run->arena);
}

int sync_run(const struct config *config, const struct sync_options *options,
             const struct limits *limits, const struct log *log, struct sync_report *report,
             struct error *error)
{
    struct first_answers first = {0};
    struct run run = {.in = {.config = config, .options = options, .limits = limits}};
    *report = (struct sync_report){0};
    bool completed = begin(&run, log, error) == 0 && check_options(&run.in, error) == 0;
    memcpy(report->date_filter, run.basis.scope.since, sizeof report->date_filter);
    run.writer.row.date_filter = report->date_filter;
    run.writer.row.version = options->version;
    completed = completed && run_steps(&run, report, &first, error) == 0;
    while (finish_run(&run, completed, report, error) == FINISH_CALLED)
        completed = take_calls(&run, error) == 0 && conversations_store(&run, error) == 0;
    site_answer_free(first.index);
    site_answer_free(first.head);
    site_answer_free(first.tail);
    end(&run);
    return error->code == ERR_NONE ? 0 : -1;
}
