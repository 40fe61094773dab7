/* push_row: a row of the outbox: the look before its request, what the answer says, and the look
 * behind it. */
#include "run/pushing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/merge_base.h"
#include "core/push_back.h"
#include "core/push_content.h"
#include "run/merging.h"
#include "site/site_write.h"

enum {
    /* A process that was stopped between its look and its request does not send it: another run
     * may have gone on meanwhile. */
    STALL_MS = 60 * 1000,
};

/* What a look has shown. Texts belong to the answer. */
struct look {
    struct site_answer *answer;
    const struct ticket *ticket; /* NULL: not listed */
    struct push_seen seen;
    int64_t at_ms, remote_id;
    char marker[PUSH_MARKER_SIZE];
};

/* Saying */

static enum log_level told(const struct run *run)
{
    return run->in.options->push_only ? LOG_NOTICE : LOG_DETAIL;
}

static void describe_source(const struct outbox_row *row, char text[PUSH_WHY_SIZE])
{
    if (row->edit)
        snprintf(text, PUSH_WHY_SIZE, "%s edited in the dashboard",
                 request_built_in_name(outbox_column(row->field)));
    else
        snprintf(text, PUSH_WHY_SIZE, "row %" PRId64 " of the outbox", row->id);
}

static void tell(const struct pushing *p, const struct outbox_row *row, const char *what)
{
    char change[PUSH_WHY_SIZE], source[PUSH_WHY_SIZE];
    push_describe(row, change);
    describe_source(row, source);
    log_write(&p->run->in.log, told(p->run), "ticket %s: %s (%s)%s", row->fluent_id, change, source,
              what);
}

static void tell_end(const struct pushing *p, const struct outbox_row *row)
{
    char text[PUSH_WHY_SIZE + 32];
    snprintf(text, sizeof text, " %s: %s", outbox_state_words[row->state], row->error);
    tell(p, row, text);
}

/* Writing rows */

struct saving {
    struct outbox_row row;
    enum outbox_state was;
    bool saved;
};

/* The ticket's row, with its request locked, unless nothing is to be written; `found` is empty when
 * there is none. */
static int lock_request(struct writer *w, const struct outbox_row *row,
                        struct stored_requests *found, struct arena *arena, struct error *error)
{
    const char *ids[] = {row->fluent_id};
    struct stored_list stored;
    *found = (struct stored_requests){0};
    if (store_lookup(w->store, ids, 1, &stored, arena, error) < 0)
        return -1;
    if (!stored.count)
        return 0;
    struct request_ids ticket = {&w->basis->schema, &stored.rows[0].id, 1};
    return store_lookup_requests(w->store, &ticket,
                                 w->in->options->dry_run ? REQUEST_AS_SEEN : REQUEST_LOCKED, found,
                                 arena, error);
}

/* What was sent last of this column, which its base remembers; NULL: nothing any more. */
static int mark_pushed(struct writer *w, const struct outbox_row *row,
                       const struct stored_request *request, const char *value, struct arena *arena,
                       struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    struct cell base = request->base;
    size_t column = outbox_column(row->field);
    if (merge_base_read(&w->basis->schema, base, bases, arena) < 0)
        return error_no_memory(error);
    if (!value && !bases[column].pushed.known)
        return 0;
    bases[column].pushed = (struct merge_text){.known = value != NULL, .text = cell_of(value)};
    if (merging_encode_base(w->basis, bases, arena, &base, error) < 0)
        return -1;
    return store_write_base(w->store, request->ticket_id, base, error);
}

static int save(struct writer *w, void *context, struct error *error)
{
    struct saving *s = context;
    struct arena arena = ARENA_INIT;
    struct stored_requests found = {0};
    int done = store_save_outbox(w->store, &s->row, s->was, &s->saved, error);
    if (done == 0 && s->row.edit && s->was == OUTBOX_SENDING && s->row.state != OUTBOX_SENDING)
        done = lock_request(w, &s->row, &found, &arena, error);
    if (done == 0 && found.count)
        done = s->row.state == OUTBOX_DONE
                   ? pushing_queue_next(w, &s->row, found.rows, &arena, error)
                   : mark_pushed(w, &s->row, found.rows, NULL, &arena, error);
    arena_release(&arena);
    return done;
}

/* The row becomes `next`. What an edit sent counts as ours until it is known not to arrive. */
static int save_row(struct pushing *p, struct outbox_row *row, const struct outbox_row *next,
                    struct error *error)
{
    struct saving saving = {.row = *next, .was = row->state};
    if (!p->run->in.options->dry_run &&
        writer_transaction(&p->run->writer, save, &saving, error) < 0)
        return -1;
    *row = saving.row;
    return 0;
}

int pushing_fail(struct pushing *p, struct outbox_row *row, const char *why, struct error *error)
{
    struct outbox_row next = *row;
    next.state = OUTBOX_FAILED;
    next.error = arena_printf(&p->arena, "%s", why);
    if (!next.error)
        return error_no_memory(error);
    tell_end(p, &next);
    return save_row(p, row, &next, error);
}

static int settle_done(struct pushing *p, struct outbox_row *row, int64_t remote_id,
                       struct error *error)
{
    struct outbox_row next = *row;
    next.state = OUTBOX_DONE;
    next.error = NULL;
    if (remote_id)
        next.remote_id = remote_id;
    if (save_row(p, row, &next, error) < 0)
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
    return save_row(p, row, &next, error);
}

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

/* *looked: it has shown something. What it shows is stored like any other answer of the list. */
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
    struct page_origin origin = {
        .searched = true, .stale = look->answer->stale, .edited = row->edit};
    if (!run->in.options->dry_run && look->ticket &&
        page_writer_store(&run->pages, &look->answer->page, origin, error) < 0)
        return -1;
    if (look->ticket && outbox_is_text(row->action) && find_marker(p, row, look, &why) < 0)
        return stop(p, &why, error);
    *looked = true;
    return 0;
}

/* Beginning: from here on the request may be under way. */

struct beginning {
    struct pushing *p;
    const struct outbox_row *row;
    const struct look *look;
    const char *value, *why; /* of an edit: what is to be sent, or why nothing can be */
    struct outbox_row next;
    bool begun, dropped;
};

static void begin_sending(struct beginning *b)
{
    const struct look *look = b->look;
    struct outbox_row *next = &b->next;
    next->state = OUTBOX_SENDING;
    next->answered = false;
    next->error = NULL;
    next->attempts++;
    next->sent_site = look->seen.date + (clock_monotonic_ms() - look->at_ms) / 1000 + 1;
    if (next->action == OUTBOX_SET)
        next->before = look->seen.fields[next->field];
    b->begun = true;
}

/* A dry run does not store what the look showed. The merge would have kept the raw value before. */
static void foresee(struct push_edit *edit, const char *seen)
{
    if (!edit->base.raw.known && !edit->base.raw_lost)
        edit->base.raw = (struct merge_text){.known = true, .text = edit->raw};
    edit->raw = cell_of(seen);
}

/* The edit is judged once more, of the newest values, its request locked. */
static int begin_edit(struct writer *w, struct beginning *b, const struct stored_request *r,
                      struct arena *arena, struct error *error)
{
    struct outbox_row *next = &b->next;
    const char *seen = b->look->seen.fields[next->field];
    struct push_edit edit;
    b->dropped = !r || !pushing_can_edit(r);
    if (b->dropped)
        return 0;
    if (pushing_read_edit(w, r, next->field, &edit, arena, error) < 0)
        return -1;
    if (w->in->options->dry_run)
        foresee(&edit, seen);
    enum push_verdict verdict = push_judge(&edit, b->p->options->conflicts);
    bool same = cell_equal(cell_of(next->wanted), edit.ours);
    b->dropped = verdict == PUSH_NOTHING;
    if (b->dropped)
        return 0;
    if (!same || verdict == PUSH_SITE_WINS || !cell_equal(cell_of(seen), edit.raw))
        return 0; /* the next run sees to it */
    next->before = seen;
    if (verdict == PUSH_CONFLICT) {
        next->state = OUTBOX_HELD;
        next->error =
            arena_printf(&b->p->arena, "the site changed it too: \"%.60s\" there, \"%.60s\" here",
                         seen ? seen : "", next->wanted);
        return next->error ? 0 : error_no_memory(error);
    }
    next->value = b->value;
    if (b->value) {
        begin_sending(b);
        return 0;
    }
    next->state = OUTBOX_FAILED;
    next->error = b->why;
    return 0;
}

static void begin_other(struct beginning *b, const struct stored_request *r)
{
    struct push_ticket ticket = {.stored = r != NULL};
    if (r) {
        ticket.gone = r->gone;
        ticket.removed = r->removed;
        ticket.since = r->stored;
    }
    b->next.error = push_ticket_refused(b->row, &ticket);
    if (b->next.error)
        b->next.state = OUTBOX_FAILED;
    else
        begin_sending(b);
}

/* What begin_edit and begin_other have decided is on record before the request goes out. */
static int write_beginning(struct writer *w, struct beginning *b,
                           const struct stored_request *request, struct arena *arena,
                           struct error *error)
{
    if (b->dropped)
        return pushing_drop_edit(w, b->row, error);
    if (b->next.state != b->row->state) {
        bool saved;
        if (store_save_outbox(w->store, &b->next, b->row->state, &saved, error) < 0)
            return -1;
        b->begun &= saved; /* otherwise somebody has cancelled it */
    }
    return b->begun && b->row->edit ? mark_pushed(w, &b->next, request, b->value, arena, error) : 0;
}

static int begin(struct writer *w, void *context, struct error *error)
{
    struct beginning *b = context;
    struct arena arena = ARENA_INIT;
    struct stored_requests found = {0};
    b->next = *b->row;
    b->begun = b->dropped = false;
    int done = lock_request(w, b->row, &found, &arena, error);
    const struct stored_request *request = found.count ? found.rows : NULL;
    if (done == 0 && b->row->edit)
        done = begin_edit(w, b, request, &arena, error);
    else if (done == 0)
        begin_other(b, request);
    if (done == 0 && !w->in->options->dry_run)
        done = write_beginning(w, b, request, &arena, error);
    arena_release(&arena);
    return done;
}

static int read_known(struct pushing *p, enum outbox_field field, struct error *error)
{
    if (p->known_read[field])
        return 0;
    p->known_read[field] = true;
    return store_known_values(p->run->writer.store, field, &p->known[field], &p->arena, error);
}

/* The site's value for what the person set. */
static int map_back(struct pushing *p, const struct outbox_row *row, const struct look *look,
                    struct beginning *b, struct error *error)
{
    char why[PUSH_BACK_WHY_SIZE];
    if (read_known(p, row->field, error) < 0)
        return -1;
    struct push_back back = {.field = row->field,
                             .chosen = row->field == OUTBOX_PRODUCT ? &p->options->product
                                                                    : &p->options->priority,
                             .known = &p->known[row->field],
                             .rules = &p->run->basis.rules,
                             .ticket = look->ticket};
    if (push_back_map(&back, row->wanted, &b->value, why) < 0)
        return error_no_memory(error);
    b->why = arena_printf(&p->arena, "%s", why);
    return b->why ? 0 : error_no_memory(error);
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
        return save_row(p, row, &next, error);
    case SITE_REFUSED: {
        char why[PUSH_WHY_SIZE];
        snprintf(why, sizeof why, "the site refused it: %.200s", written->words);
        return pushing_fail(p, row, why, error);
    }
    case SITE_NOT_SENT:
        p->over = true;
        run_mark_incomplete(p->run, "the next run goes on",
                            "changes wait, as one did not get to "
                            "the site: %s",
                            written->words);
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
    tell(p, row, "");
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
        *step = push_row_step(row, &look->seen, why);
        return settle(p, row, look, *step, why, error);
    }
    return 0;
}

static int begin_row(struct pushing *p, struct outbox_row *row, const struct look *look,
                     bool *begun, struct error *error)
{
    struct writer *w = &p->run->writer;
    struct beginning b = {.p = p, .row = row, .look = look};
    *begun = false;
    if (row->edit && map_back(p, row, look, &b, error) < 0)
        return -1;
    if ((w->in->options->dry_run ? begin(w, &b, error) : writer_transaction(w, begin, &b, error)) <
        0)
        return -1;
    *row = b.next;
    *begun = b.begun;
    if (b.dropped) /* nothing is left of it */
        row->state = OUTBOX_CANCELLED;
    if (row->state == OUTBOX_FAILED || row->state == OUTBOX_HELD)
        tell_end(p, row);
    if (row->before) /* it belongs to the look */
        row->before = arena_printf(&p->arena, "%s", row->before);
    return p->arena.failed ? error_no_memory(error) : 0;
}

static int take(struct pushing *p, struct outbox_row *row, struct look *look, struct error *error)
{
    enum push_step step;
    bool begun;
    if (look_and_settle(p, row, look, &step, error) < 0)
        return -1;
    if (step != PUSH_STEP_SEND || !p->may_send)
        return 0;
    if (begin_row(p, row, look, &begun, error) < 0)
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
