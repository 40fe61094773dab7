/* merging: merges a changed ticket into its request. */
#include "run/merging.h"

#include <string.h>

#include "core/merge_base.h"

enum { EDIT_RACES_MAX = 3 };

static enum merge_mode mode_of(const struct run_input *in)
{
    if (in->config->local_edits == EDITS_OVERWRITE)
        return MERGE_OVERWRITE;
    if (in->config->local_edits == EDITS_ONCE)
        return MERGE_ONCE;
    return in->options->adopt ? MERGE_ADOPT : MERGE_KEEP;
}

int merging_encode_base(const struct run_basis *basis, const struct merge_base *bases,
                        struct arena *arena, struct cell *cell, struct error *error)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    bool failed = merge_base_write(&basis->schema, bases, *cell, arena, &out) < 0;
    *cell = (struct cell){.text = arena_copy(arena, buf_text(&out), out.len), .len = out.len};
    failed |= !cell->text;
    buf_release(&out);
    return failed ? error_no_memory(error) : 0;
}

/* The raw values of the columns whose edits can be sent to the site. They are kept whether that is
 * configured or not: it may be later. */
static void fill_raw(const struct push_options *push, const struct stored_request *request,
                     const struct cell *ticket, struct merge_raw raw[REQUEST_BUILT_IN])
{
    static const enum ticket_column columns[OUTBOX_FIELDS] = {
        [OUTBOX_PRIORITY] = TICKET_PRIORITY, [OUTBOX_PRODUCT] = TICKET_PRODUCT_ID};
    memset(raw, 0, REQUEST_BUILT_IN * sizeof *raw);
    for (int f = 0; f < OUTBOX_FIELDS; f++)
        if (outbox_column(f) != REQUEST_BUILT_IN)
            raw[outbox_column(f)] = (struct merge_raw){.there = true,
                                                       .site_wins = push_sends_edits(push, f) &&
                                                                    push->conflicts == PUSH_SITE,
                                                       .before = request_raw(request, f),
                                                       .now = ticket[columns[f]]};
}

/* New requests */

int merging_new_base(const struct run_basis *basis, struct batch *b, struct entry *e,
                     struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX] = {0};
    if (e->base.text)
        return 0;
    for (size_t f = 0; f < basis->schema.count; f++)
        bases[f] = merge_base_of(e->row.request[f], e->row.request[f], &b->arena);
    return merging_encode_base(basis, bases, &b->arena, &e->base, error);
}

int merging_prepare_new(const struct run_basis *basis, struct batch *b, struct entry *e,
                        struct error *error)
{
    if (merging_new_base(basis, b, e, error) < 0)
        return -1;
    e->write =
        (struct write){.row = &e->row, .stored = e->stored, .new_request = true, .base = e->base};
    memset(e->columns_written, true, sizeof e->columns_written);
    return 0;
}

/* Requests that are there */

static void report_merge(const struct writer *w, const struct entry *e,
                         const struct stored_request *request, const struct merge_result *m)
{
    for (size_t f = 0; f < w->basis->schema.count; f++) {
        struct sync_decision d = {.fluent_id = e->row.fluent_id,
                                  .what = DECISION_COLUMN,
                                  .column = w->basis->schema.fields[f].name,
                                  .old = request->columns[f].text,
                                  .new_text = e->row.request[f].text};
        if (m->columns[f] == MERGE_KEPT) {
            d.what = DECISION_KEPT;
            log_write(&w->in->log, LOG_DETAIL, "ticket %s: requests.%s kept, a person changed it",
                      d.fluent_id, d.column);
        }
        if (m->columns[f] == MERGE_KEPT || m->columns[f] == MERGE_WRITE)
            decision_report(w->in, &d);
    }
}

/* Reads the request again, its newest version locked. */
static int read_again(struct writer *w, struct batch *b, const struct entry *e,
                      struct stored_request *request, struct error *error)
{
    struct request_ids ticket = {&w->basis->schema, &e->stored->id, 1};
    struct stored_requests found;
    if (store_lookup_requests(w->store, &ticket, REQUEST_LOCKED, &found, &b->arena, error) < 0)
        return -1;
    *request = found.count ? found.rows[0] : (struct stored_request){0};
    return 0;
}

static bool is_merged(const struct batch *b, const struct stored_request *request)
{
    return request->present && (!request->removed || b->absent);
}

/* Writes what the merge says. *written: nobody edited the request since it was read. */
static int write_columns(struct writer *w, struct entry *e, const struct request_update *update,
                         bool *written, struct error *error)
{
    const struct request_schema *schema = &w->basis->schema;
    *written = true;
    if (store_update_request(w->store, schema, update, written, error) < 0)
        return -1;
    for (size_t f = 0; f < schema->count && *written; f++)
        e->columns_written[f] = update->verdicts[f] == MERGE_WRITE;
    return 0;
}

/* Merges until nobody edits between reading and writing. */
static int merge_present(struct writer *w, struct batch *b, struct entry *e,
                         struct stored_request request, struct merge_result *m, struct error *error)
{
    const struct request_schema *schema = &w->basis->schema;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    for (int race = 0; race < EDIT_RACES_MAX && is_merged(b, &request); race++) {
        bool written;
        struct merge_raw raw[REQUEST_BUILT_IN];
        struct merge_sides sides = {bases, e->row.request, request.columns, raw};
        fill_raw(&w->in->config->push, &request, e->row.ticket, raw);
        if (merge_base_read(schema, request.base, bases, &b->arena) < 0 ||
            merge_request(schema, sides, mode_of(w->in), &b->arena, m) < 0)
            return error_no_memory(error);
        if (!m->writes || w->in->options->dry_run)
            return 0;
        const struct request_update update = {.request_id = e->stored->request_id,
                                              .verdicts = m->columns,
                                              .ours = request.columns,
                                              .theirs = e->row.request,
                                              .absent = b->absent};
        if (write_columns(w, e, &update, &written, error) < 0)
            return -1;
        if (written)
            return 0;
        *m = (struct merge_result){0};
        if (read_again(w, b, e, &request, error) < 0)
            return -1;
    }
    /* Nobody can edit a locked row, so a value that is still not the one that was read has a form
     * which does not compare. It stays, and counts as kept: the next full walk tries again. */
    if (is_merged(b, &request))
        m->kept = schema->count;
    return 0;
}

/* A hidden request is shown again: the site has its ticket. */
static int show_hidden(struct writer *w, const struct stored *s, struct stored_request *request,
                       struct error *error)
{
    bool shown;
    if (store_show_request(w->store, s->request_id, request->hidden_as, &shown, error) < 0)
        return -1;
    request->removed = !shown && request->removed;
    return 0;
}

bool merging_hides(const struct run_input *in, const struct entry *e)
{
    return e->row.left_scope && in->config->left == LEFT_HIDE;
}

/* The ticket has left the scope: its request is put away unless a person changed it, which of the
 * mapped columns the merge has told. */
static int hide_left(struct writer *w, struct entry *e, bool edited, struct arena *arena,
                     struct error *error)
{
    bool touched = edited;
    char version[VERSION_SIZE] = "";
    if ((!touched && store_request_touched(w->store, e->stored->request_id, &touched, error) < 0) ||
        (!touched &&
         store_hide_request(w->store, e->stored->request_id, &e->write.hidden, version, error) < 0))
        return -1;
    if (e->write.hidden && version[0])
        e->write.hidden_as = arena_copy(arena, version, strlen(version));
    return arena->failed ? error_no_memory(error) : 0;
}

/* Did a person change one of the columns, or can nobody tell whether one did? */
static bool may_be_edited(const struct request_schema *schema, const struct merge_result *m)
{
    bool may = m->kept > 0;
    for (size_t f = 0; f < schema->count; f++)
        may |= !m->bases[f].held.known;
    return may;
}

/* Does it leave just now, with a request of its own? */
static bool leaves(const struct writer *w, const struct batch *b, const struct entry *e,
                   const struct stored_request *request)
{
    return merging_hides(w->in, e) && !e->stored->left_scope && !e->stored->hidden && !b->absent &&
           request->present && !w->in->options->dry_run;
}

/* Nothing of the row would change. */
static bool is_same(const struct entry *e)
{
    const struct stored *s = e->stored;
    return strcmp(s->fingerprint, e->row.fingerprint) == 0 &&
           e->write.edits_kept == s->edits_kept && !s->deleted && !s->invisible &&
           s->hidden == e->write.hidden && s->left_scope == e->row.left_scope;
}

/* The request was put away: it is not merged. *moved: its base is another one now. */
static int pass_by(struct writer *w, struct batch *b, struct entry *e,
                   const struct stored_request *request, bool *moved, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    struct merge_raw raw[REQUEST_BUILT_IN];
    if (!request->base.text)
        return 0;
    fill_raw(&w->in->config->push, request, e->row.ticket, raw);
    if (merge_base_read(&w->basis->schema, request->base, bases, &b->arena) < 0)
        return error_no_memory(error);
    *moved = merge_pass_by(bases, raw, &b->arena);
    return *moved ? merging_encode_base(w->basis, bases, &b->arena, &e->write.base, error) : 0;
}

int merging_prepare_changed(struct writer *w, struct batch *b, struct entry *e,
                            struct stored_request *request, struct error *error)
{
    const struct stored *s = e->stored;
    const struct sync_options *o = w->in->options;
    struct merge_result m = {0};
    bool passed = false;
    e->write = (struct write){.row = &e->row,
                              .stored = s,
                              .request_id = request->linked ? s->request_id : 0,
                              .base = request->base,
                              .edits_kept = s->edits_kept,
                              .hidden = s->hidden && (b->absent || merging_hides(w->in, e)),
                              .hidden_as = request->hidden_as};
    /* Inherited without a request: whatever a request of ours becomes, its base stays. */
    if (o->adopt && !b->absent && !s->request_id && !request->base.text && !e->row.left_scope)
        return merging_prepare_new(w->basis, b, e, error);
    if (s->hidden && !e->write.hidden && request->present && !o->dry_run &&
        show_hidden(w, s, request, error) < 0)
        return -1;
    if (is_merged(b, request)) {
        if (merge_present(w, b, e, *request, &m, error) < 0)
            return -1;
        report_merge(w, e, request, &m);
        e->write.edits_kept = (int64_t)m.kept;
    } else if (pass_by(w, b, e, request, &passed, error) < 0) {
        return -1;
    }
    if (leaves(w, b, e, request) &&
        hide_left(w, e, may_be_edited(&w->basis->schema, &m), &b->arena, error) < 0)
        return -1;
    if (!m.base_moved && !passed && is_same(e))
        e->kind = KIND_UNCHANGED;
    if (!m.base_moved)
        return 0;
    return merging_encode_base(w->basis, m.bases, &b->arena, &e->write.base, error);
}

/* What the table made of it */

bool merging_may_differ(const struct run_basis *basis, const struct entry *e)
{
    bool written = false;
    for (size_t f = 0; f < basis->schema.count && !e->write.new_request; f++)
        written |= e->columns_written[f];
    return written || (e->write.new_request && e->write.altered);
}

int merging_adjust_base(const struct run_basis *basis, struct batch *b, struct entry *e,
                        const struct held_request *held, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    bool differs = false;
    if (merge_base_read(&basis->schema, e->write.base, bases, &b->arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < basis->schema.count; f++) {
        struct cell sent = e->row.request[f];
        if (!e->columns_written[f] || cell_equal(sent, held->columns[f]))
            continue;
        bases[f] = merge_base_of(sent, held->columns[f], &b->arena);
        differs = true;
    }
    return differs ? merging_encode_base(basis, bases, &b->arena, &e->write.base, error) : 0;
}
