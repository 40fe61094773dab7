/* push_begin: what is on record before the request of a row goes out: that it is sent, or why it is
 * not. */
#include "run/pushing.h"

#include "core/push_back.h"

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
    return b->begun && b->row->edit
               ? pushing_mark_pushed(w, &b->next, request, b->value, arena, error)
               : 0;
}

static int begin(struct writer *w, void *context, struct error *error)
{
    struct beginning *b = context;
    struct arena arena = ARENA_INIT;
    struct stored_requests found = {0};
    b->next = *b->row;
    b->begun = b->dropped = false;
    int done = pushing_lock_request(w, b->row, &found, &arena, error);
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

int pushing_begin(struct pushing *p, struct outbox_row *row, const struct look *look, bool *begun,
                  struct error *error)
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
        pushing_tell_end(p, row);
    if (row->before) /* it belongs to the look */
        row->before = arena_printf(&p->arena, "%s", row->before);
    return p->arena.failed ? error_no_memory(error) : 0;
}
