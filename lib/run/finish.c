/* finish: the last transaction of a run. */
#include "run/finish.h"

#include <inttypes.h>
#include <stdio.h>

#include "run/confirm.h"
#include "run/inbox.h"
#include "store/list_proofs.h"
#include "store/record.h"

enum { COUNT_SIZE = 48 }; /* of a number and its noun */

struct ending {
    enum run_status status;
    const struct state *state;         /* to be stored; NULL: none */
    const struct record *record;       /* likewise: it belongs to the state */
    const struct run_rolling *rolling; /* likewise */
    bool recorded;                     /* the record then has every stored ticket */
    bool walked;                       /* the walk in progress is over */
    int keep_runs;                     /* 0: there is nothing to trim */
    bool takes_calls;                  /* calls that came meanwhile are to be seen to first */
    bool called;                       /* there are some: nothing was written */
};

static int write_end(struct writer *w, void *context, struct error *error)
{
    struct ending *e = context;
    bool *called = e->takes_calls ? &e->called : NULL;
    if (store_finish_run(w->store, &w->row, e->status, called, error) < 0)
        return -1;
    if (e->called)
        return 0;
    if ((e->record && store_write_record(w->store, e->record, error) < 0) ||
        (e->rolling &&
         store_write_proofs(w->store, &e->rolling->before, &e->rolling->now, error) < 0) ||
        (e->walked && store_end_walk(w->store, error) < 0) ||
        (e->keep_runs && store_trim_runs(w->store, e->keep_runs, error) < 0))
        return -1;
    return store_leave(w->store, e->state, e->recorded, error);
}

/* The transaction may be in the tables though its answer was lost: the lease is gone then, so that
 * it cannot be tried again. */
static bool has_ended(const struct writer *w, const struct error *why)
{
    struct error ignored = ERROR_INIT;
    bool ended = false;
    return why->code == ERR_BUSY && store_run_ended(w->store, w->row.id, &ended, &ignored) == 0 &&
           ended;
}

static void put_count(char text[COUNT_SIZE], int64_t count, const char *noun)
{
    snprintf(text, COUNT_SIZE, "%" PRId64 " %s%s", count, noun, count == 1 ? "" : "s");
}

/* A run is not complete while rejects wait that nobody accepted, whichever run they are of. */
static int count_rejects(struct run *run, struct error *error)
{
    const struct writer *w = &run->writer;
    struct reject_counts counts = {.waiting = w->row.counts.rejected};
    char tickets[COUNT_SIZE], conversations[COUNT_SIZE];
    if (run->in.options->push_only) /* it reads no ticket but those that it sends */
        return 0;
    if (w->has_rejects && store_count_rejects(w->store, &counts, error) < 0)
        return -1;
    int64_t waiting = counts.waiting - counts.conversations;
    /* A ticket that was asked for by name is not stored: even an accepted reject is no success. */
    if (run->in.options->tickets && waiting < w->row.counts.rejected)
        waiting = w->row.counts.rejected;
    put_count(tickets, waiting, "ticket");
    put_count(conversations, counts.conversations, "conversation");
    if (waiting || counts.conversations)
        run_mark_incomplete(run, "`fluent-sync rejects` says why", "%s%s%s cannot be stored",
                            waiting ? tickets : "", waiting && counts.conversations ? " and " : "",
                            counts.conversations ? conversations : "");
    return 0;
}

/* The reasons become the error of a run that took all its steps. */
static bool judge_reasons(struct run *run, struct error *error)
{
    if (count_rejects(run, error) < 0)
        return false;
    const struct buf *reasons = &run->outcome.reasons;
    if (reasons->starved) /* out of memory while recording a reason: the run is not a success */
        return error_no_memory(error) == 0;
    if (reasons->len)
        error_advise(error, ERR_PARTIAL, buf_text(&run->outcome.advice), "%s", buf_text(reasons));
    return true;
}

static void fill_row(struct run *run, struct sync_report *report, const struct error *error)
{
    struct run_row *row = &run->writer.row;
    tally_count(&run->writer.tally, &row->counts);
    if (run->site)
        page_writer_count_requests(&row->counts, run->site);
    row->duration_ms = clock_monotonic_ms() - run->in.started;
    row->exit_code = (int)error->code;
    row->complete = run->outcome.compared && error->code == ERR_NONE;
    error_text(error, report->message);
    row->message = error->code == ERR_NONE ? NULL : report->message;
}

static bool account_is_spent(const struct writer *w)
{
    return db_failure(w->db) == DB_FAILURE_ACCOUNT;
}

/* Waits are cut short once a run that has to end has had its time for that: then the answer alone
 * may be what is missing. */
static void warn_of_row(const struct writer *w, const struct error *why)
{
    bool answered = why->code == ERR_DATABASE || why->code == ERR_BUSY;
    log_advise(&w->in->log, LOG_WARNING, why->advice, "the run's row %s in progress: %s",
               answered ? "stays" : "may stay",
               answered ? why->message : "the database did not answer in time");
}

/* Nothing but that the run failed, in one attempt: its row would stay in progress, and the next run
 * would take it for killed. An account that may do nothing more has no transaction left. */
static void write_failure(struct writer *w)
{
    struct ending failed = {.status = RUN_FAILED};
    struct error why = ERROR_INIT;
    w->row.complete = false;
    w->limits = &LIMITS_PASSED;
    int told = account_is_spent(w) ? store_tell_end(w->store, &w->row, &why)
                                   : writer_transaction(w, write_end, &failed, &why);
    if (told < 0)
        warn_of_row(w, &why);
}

/* The database answered, and refused something in the end of the run, which may be what else that
 * transaction writes. For a lock it was waited long enough. */
static bool is_refusal(const struct writer *w, const struct error *why)
{
    return why->code == ERR_DATABASE && db_failure(w->db) != DB_FAILURE_LOCKED &&
           (account_is_spent(w) || !db_lost(w->db));
}

static void write_row(struct run *run, struct ending *ending, struct sync_report *report,
                      struct error *error)
{
    const struct limits patient = limits_ending(run->in.limits);
    struct writer *w = &run->writer;
    struct error why = ERROR_INIT;
    if (account_is_spent(w)) {
        write_failure(w);
        return;
    }
    w->limits = db_lost(w->db) ? &LIMITS_PASSED : &patient;
    if (writer_transaction(w, write_end, ending, &why) == 0 || has_ended(w, &why)) {
        if (ending->state && !ending->called)
            report->last_full_walk = ending->state->last_full_walk;
    } else {
        if (error->code == ERR_PARTIAL)
            error_clear(error);
        run->outcome.compared = false;
        error_copy(error, &why);
        fill_row(run, report, error);
        if (is_refusal(w, &why))
            write_failure(w);
        else if (error->code != ERR_DATABASE && why.code != ERR_BUSY)
            warn_of_row(w, &why); /* the run's own error is another one, and does not say so */
    }
    w->limits = run->in.limits;
}

/* Which state is stored; NULL: none. A walk that did not become complete is still to be done: the
 * next run goes on with it, or walks anew. */
static const struct state *state_to_store(const struct run *run, bool completed,
                                          struct state *unfinished)
{
    bool compared = run->outcome.compared;
    *unfinished = run->before;
    unfinished->last_full_walk = 0;
    unfinished->page_cap = run->next.page_cap;
    unfinished->head_rows = run->next.head_rows;
    if (!completed && run->rolling.partial) { /* all that goes by the record and the proofs */
        unfinished->total = run->record.ids.count;
        unfinished->max_id = record_max(&run->record.ids);
        unfinished->last_full_walk = rolling_oldest(&run->rolling.now);
        return unfinished;
    }
    if (completed && compared && !run->in.options->tickets && !run->in.options->push_only)
        return &run->next;
    return run->basis.walking && !compared ? unfinished : NULL;
}

/* Does the record that the run leaves have every stored ticket? One that the run has stored beside
 * its comparison of the list may be missing. */
static bool has_recorded_all(const struct run *run)
{
    size_t at = 0;
    int64_t id = tally_next(&run->writer.tally, &at);
    while (id && record_has(&run->record.ids, id))
        id = tally_next(&run->writer.tally, &at);
    return run->record.has_stored && !id;
}

/* As if the run had not been judged yet. */
static enum finish take_back(struct run *run, const struct run_outcome *before, struct error *error)
{
    run->outcome.compared = before->compared;
    buf_cut(&run->outcome.reasons, before->reasons.len);
    buf_cut(&run->outcome.advice, before->advice.len);
    error_clear(error);
    return FINISH_CALLED;
}

enum finish finish_run(struct run *run, bool completed, struct sync_report *report,
                       struct error *error)
{
    struct state unfinished;
    const struct run_outcome before = run->outcome;
    if (run->site)
        confirm_no_stale_answers(run);
    completed = completed && judge_reasons(run, error);
    struct ending ending = {.state = state_to_store(run, completed, &unfinished),
                            .walked = completed && run->basis.walking,
                            .keep_runs = run->needs_trim ? run->in.config->keep_runs : 0,
                            .takes_calls =
                                completed && !run->in.options->push_only && inbox_has_time(run)};
    bool parts = ending.state && !completed && run->rolling.partial;
    if (parts || (ending.state == &run->next && run->record.holds))
        ending.record = &run->record.ids;
    ending.recorded = ending.record && has_recorded_all(run);
    if (parts || (ending.state == &run->next && run->rolling.holds))
        ending.rolling = &run->rolling;
    fill_row(run, report, error);
    ending.status = error->code == ERR_NONE      ? RUN_SUCCESS
                    : error->code == ERR_PARTIAL ? RUN_PARTIAL
                                                 : RUN_FAILED;
    if (run->writer.row.id)
        write_row(run, &ending, report, error);
    if (ending.called)
        return take_back(run, &before, error);
    report->run = run->writer.row;
    snprintf(report->mode, sizeof report->mode, "%s", run->outcome.mode);
    report->run.mode = report->mode[0] ? report->mode : NULL;
    report->run.message = report->message[0] ? report->message : NULL;
    return FINISH_ENDED;
}
