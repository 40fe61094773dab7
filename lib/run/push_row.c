/* push_row: a row of the outbox: the look before its request, what the answer says, and the look
 * behind it. */
#include "run/pushing.h"

#include <stdio.h>

enum {
    /* A process that was stopped between its look and its request does not send it: another run
     * may have gone on meanwhile. */
    STALL_MS = 60 * 1000,
};

/* Looking */

static void look_release(struct look *look)
{
    site_answer_free(look->answer);
    *look = (struct look){0};
}

/* The site has trouble: the rest waits for the next run. */
static int stop(struct pushing *p, const struct error *why, struct error *error)
{
    if (why->code != ERR_UNAVAILABLE)
        return error_copy(error, why);
    p->over = true;
    run_mark_incomplete(p->run, "the next run goes on",
                        "changes wait, as the site could not be looked at: %s", why->message);
    return 0;
}

/* Nobody could tell later whether a request may still arrive: the rest waits, too. */
static void stop_undated(struct pushing *p)
{
    p->over = true;
    run_mark_incomplete(p->run, "see that no proxy in front of the site removes that header",
                        "changes wait, as the site's answers have no Date");
}

static void fill_seen(const struct pushing *p, struct look *look, int64_t ticket)
{
    const struct site_answer *a = look->answer;
    struct push_seen *seen = &look->seen;
    look->ticket = page_ticket(&a->page, ticket);
    *seen = (struct push_seen){
        .stale = a->stale, .date = a->date, .now = p->state.now, .listed = look->ticket != NULL};
    if (!look->ticket)
        return;
    seen->status = look->ticket->status;
    seen->fields[OUTBOX_PRIORITY] = look->ticket->priority;
    seen->fields[OUTBOX_PRODUCT] = look->ticket->product_id;
    seen->fields[OUTBOX_TITLE] = look->ticket->title;
}

static int find_marker(struct pushing *p, const struct outbox_row *row, struct look *look,
                       struct error *why)
{
    struct site_found found;
    if (!push_marker(row, look->marker))
        return error_no_memory(why);
    if (site_find_entry(p->run->site, row->ticket, look->marker, &found, why) < 0)
        return -1;
    look->seen.marker = found.result == SITE_FOUND       ? PUSH_MARKER_FOUND
                        : found.result == SITE_NOT_FOUND ? PUSH_MARKER_ABSENT
                                                         : PUSH_MARKER_UNKNOWN;
    look->seen.stale |= found.stale;
    look->seen.date = found.date;
    look->seen.returns_markers = p->returns_markers || found.names_ids;
    look->remote_id = found.response_id;
    return 0;
}

/* What the look shows is stored like any other answer of the list. If it is older than what is
 * stored, it came out of a cache or of a replica that lags behind, even if no header says so, and
 * is not believed. */
static int store_look(struct pushing *p, const struct outbox_row *row, struct look *look,
                      struct error *error)
{
    struct run *run = p->run;
    size_t held_back = run->writer.held_back.count;
    struct page_origin origin = {
        .searched = true, .alone = true, .stale = look->answer->stale, .edited = row->edit};
    if (page_writer_store(&run->pages, &look->answer->page, origin, error) < 0)
        return -1;
    if (run->writer.held_back.count == held_back)
        return 0;
    run->writer.held_back.count = held_back; /* the next run asks, not this one */
    look->seen.stale = true;
    p->outdated = row->ticket;
    return 0;
}

/* *looked: it has shown something. */
static int look_at(struct pushing *p, const struct outbox_row *row, struct look *look, bool *looked,
                   struct error *error)
{
    struct run *run = p->run;
    struct site_request request = {.what = SITE_SEARCH, .ticket = row->ticket};
    struct error why = ERROR_INIT;
    *looked = false;
    look_release(look);
    look->at_ms = clock_monotonic_ms();
    if (site_get(run->site, &request, &look->answer, &why) < 0)
        return stop(p, &why, error);
    fill_seen(p, look, row->ticket);
    if (!run->in.options->dry_run && look->ticket && store_look(p, row, look, error) < 0)
        return -1;
    if (look->ticket && outbox_is_text(row->action) && find_marker(p, row, look, &why) < 0)
        return stop(p, &why, error);
    *looked = true;
    return 0;
}

/* Settling */

static int settle_done(struct pushing *p, struct outbox_row *row, int64_t remote_id,
                       struct error *error)
{
    struct outbox_row next = *row;
    next.state = OUTBOX_DONE;
    next.error = NULL;
    if (remote_id)
        next.remote_id = remote_id;
    if (pushing_save_row(p, row, &next, error) < 0)
        return -1;
    p->run->writer.row.counts.pushed += row->attempts > 0;
    log_write(&p->run->in.log, LOG_DETAIL, "ticket %s: the site shows it", row->fluent_id);
    return 0;
}

static int settle_again(struct pushing *p, struct outbox_row *row, struct error *error)
{
    struct outbox_row next = *row;
    next.state = OUTBOX_PENDING;
    next.answered = false;
    return pushing_save_row(p, row, &next, error);
}

/* Sending */

/* What the answer says is on record before the next look. */
static int record_answer(struct pushing *p, struct outbox_row *row,
                         const struct site_written *written, struct error *error)
{
    struct outbox_row next = *row;
    switch (written->outcome) {
    case SITE_ACCEPTED:
        next.answered = true;
        next.remote_id = written->response_id;
        return pushing_save_row(p, row, &next, error);
    case SITE_REFUSED: {
        char why[PUSH_WHY_SIZE];
        snprintf(why, sizeof why, "the site refused it: %.200s", written->words);
        return pushing_fail(p, row, why, error);
    }
    case SITE_NOT_SENT:
        p->over = true;
        run_mark_incomplete(p->run, "the next run goes on",
                            "changes wait, as one did not get to the site: %s", written->words);
        return settle_again(p, row, error);
    case SITE_UNKNOWN:
        log_write(&p->run->in.log, LOG_WARNING,
                  "ticket %s: whether the change arrived is not known yet: %s", row->fluent_id,
                  written->words);
        break;
    }
    return 0;
}

/* The wait ended (a signal, the deadline) while the request was under way: that is not known. */
static int send_row(struct pushing *p, struct outbox_row *row, const struct look *look,
                    struct error *error)
{
    struct site_written written;
    if (clock_monotonic_ms() - look->at_ms > STALL_MS)
        return 0;
    pushing_tell(p, row, "");
    if (pushing_send(p, row, look->marker, &written, error) < 0)
        return -1;
    return record_answer(p, row, &written, error);
}

/* A row */

static int settle(struct pushing *p, struct outbox_row *row, const struct look *look,
                  enum push_step step, const char *why, struct error *error)
{
    switch (step) {
    case PUSH_STEP_DONE:
        return settle_done(p, row, look->remote_id, error);
    case PUSH_STEP_FAIL:
        return pushing_fail(p, row, why, error);
    case PUSH_STEP_AGAIN:
        return settle_again(p, row, error);
    case PUSH_STEP_WAIT:
    case PUSH_STEP_SEND:
        break;
    }
    return 0;
}

/* Looks at the site, and settles what that shows. *step: PUSH_STEP_SEND: it is to be sent. */
static int look_and_settle(struct pushing *p, struct outbox_row *row, struct look *look,
                           enum push_step *step, struct error *error)
{
    bool looked;
    char why[PUSH_WHY_SIZE];
    *step = PUSH_STEP_WAIT;
    if (look_at(p, row, look, &looked, error) < 0)
        return -1;
    if (!looked)
        return 0;
    *step = push_row_step(row, &look->seen, why);
    if (*step == PUSH_STEP_WAIT && row->state == OUTBOX_PENDING && !look->seen.stale)
        stop_undated(p);
    if (settle(p, row, look, *step, why, error) < 0)
        return -1;
    if (*step == PUSH_STEP_AGAIN) { /* it is pending now, of the same look */
        if (row->edit && !push_sends_edits(p->options, row->field))
            return 0; /* the next run drops it */
        if (push_row_refused(row, p->options, p->state.now, why))
            return pushing_fail(p, row, why, error);
        *step = push_row_step(row, &look->seen, why);
        return settle(p, row, look, *step, why, error);
    }
    return 0;
}

static int take(struct pushing *p, struct outbox_row *row, struct look *look, struct error *error)
{
    enum push_step step;
    bool begun, again = row->state == OUTBOX_SENDING;
    if (look_and_settle(p, row, look, &step, error) < 0)
        return -1;
    if (step != PUSH_STEP_SEND || !p->may_send || (again && p->spare-- <= 0))
        return 0;
    if (pushing_begin(p, row, look, &begun, error) < 0)
        return -1;
    if (!begun)
        return 0;
    if (p->run->in.options->dry_run)
        return pushing_report(p, row, look->marker, error);
    if (send_row(p, row, look, error) < 0)
        return -1;
    return row->state == OUTBOX_SENDING ? look_and_settle(p, row, look, &step, error) : 0;
}

int pushing_take_row(struct pushing *p, struct outbox_row *row, bool *settled, struct error *error)
{
    struct look look = {0};
    int done = take(p, row, &look, error);
    look_release(&look);
    *settled = !push_row_blocks(row) || p->run->in.options->dry_run;
    return done;
}
