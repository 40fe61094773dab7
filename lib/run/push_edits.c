/* push_edits: the edits of requests become rows of the outbox. */
#include "run/pushing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge_base.h"
#include "run/schema.h"

enum {
    /* updated_at is set when a row is written, and seen once that is committed. */
    OVERLAP_S = 10 * 60,
    DAY_S = 24 * 3600,
};

/* An edit */

bool pushing_can_edit(const struct stored_request *r)
{
    return r->present && !r->removed && !r->gone && r->base.text && r->fluent_id;
}

static struct push_edit edit_of(const struct stored_request *r, const struct merge_base *bases,
                                enum outbox_field field)
{
    size_t column = outbox_column(field);
    return (struct push_edit){bases[column], r->columns[column], request_raw(r, field)};
}

int pushing_read_edit(const struct writer *w, const struct stored_request *r,
                      enum outbox_field field, struct push_edit *edit, struct arena *arena,
                      struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (merge_base_read(&w->basis->schema, r->base, bases, arena) < 0)
        return error_no_memory(error);
    *edit = edit_of(r, bases, field);
    return 0;
}

/* The row of an edit that waits to be sent. */
static struct outbox_row row_of(const struct stored_request *r, enum outbox_field field,
                                int64_t created)
{
    struct outbox_row row = {.action = OUTBOX_SET,
                             .field = field,
                             .edit = true,
                             .state = OUTBOX_PENDING,
                             .requested_by = OUTBOX_BY_EDIT,
                             .wanted = r->columns[outbox_column(field)].text,
                             .created = created};
    const char *colon = strrchr(r->fluent_id, ':');
    snprintf(row.fluent_id, sizeof row.fluent_id, "%s", r->fluent_id);
    row.ticket = strtoll(colon ? colon + 1 : r->fluent_id, NULL, 10);
    return row;
}

int pushing_queue_next(struct writer *w, const struct outbox_row *row,
                       const struct stored_request *r, struct arena *arena, struct error *error)
{
    const struct push_options *options = &w->in->config->push;
    struct push_edit edit;
    if (!push_sends_edits(options, row->field) || !pushing_can_edit(r))
        return 0;
    if (pushing_read_edit(w, r, row->field, &edit, arena, error) < 0)
        return -1;
    struct outbox_row next = row_of(r, row->field, row->created);
    return push_edit_step(NULL, &edit, options->conflicts) == PUSH_EDIT_QUEUE
               ? store_add_outbox(w->store, &next, error)
               : 0;
}

int pushing_drop_edit(struct writer *w, const struct outbox_row *row, struct error *error)
{
    struct outbox_row cancelled = *row;
    bool saved;
    if (!row->attempts)
        return store_drop_outbox(w->store, row->id, error);
    cancelled.state = OUTBOX_CANCELLED;
    cancelled.wanted = NULL; /* the same edit may come again */
    cancelled.error = "nobody wants it any more";
    return store_save_outbox(w->store, &cancelled, row->state, &saved, error);
}

/* Queueing */

struct queueing {
    struct pushing *p;
    const struct edited_rows *edited;
    struct outbox_list open;
    struct stored_requests requests;
    struct arena arena; /* of one try */
};

/* Nobody wants it any more. In a dry run only the run's own list says so. */
static int drop(struct writer *w, struct queueing *q, const struct outbox_row *row,
                struct error *error)
{
    if (!w->in->options->dry_run)
        return pushing_drop_edit(w, row, error);
    for (size_t i = 0; i < q->p->rows.count; i++)
        if (q->p->rows.rows[i].id == row->id)
            q->p->rows.rows[i].state = OUTBOX_CANCELLED;
    return 0;
}

static int queue(struct writer *w, struct queueing *q, const struct outbox_row *old,
                 struct outbox_row *row, struct error *error)
{
    struct pushing *p = q->p;
    if (old && old->state != OUTBOX_CANCELLED && drop(w, q, old, error) < 0)
        return -1;
    if (!w->in->options->dry_run)
        return store_add_outbox(w->store, row, error);
    struct outbox_row *rows = arena_alloc(&p->arena, (p->rows.count + 1) * sizeof *rows);
    row->wanted = arena_printf(&p->arena, "%s", row->wanted);
    if (!rows || !row->wanted)
        return error_no_memory(error);
    if (p->rows.count)
        memcpy(rows, p->rows.rows, p->rows.count * sizeof *rows);
    rows[p->rows.count++] = *row;
    p->rows.rows = rows;
    return 0;
}

static int judge_field(struct writer *w, struct queueing *q, const struct stored_request *r,
                       const struct merge_base *bases, enum outbox_field field, struct error *error)
{
    const struct outbox_row *row =
        outbox_find_edit(q->open.rows, q->open.count, r->fluent_id, outbox_column(field));
    struct push_edit edit = edit_of(r, bases, field);
    switch (push_edit_step(row, &edit, q->p->options->conflicts)) {
    case PUSH_EDIT_LEAVE:
        return 0;
    case PUSH_EDIT_DROP:
        return drop(w, q, row, error);
    case PUSH_EDIT_QUEUE:
        break;
    }
    struct outbox_row fresh = row_of(r, field, q->p->state.now);
    return queue(w, q, row, &fresh, error);
}

static int judge_request(struct writer *w, struct queueing *q, const struct stored_request *r,
                         struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (!pushing_can_edit(r))
        return 0;
    if (merge_base_read(&w->basis->schema, r->base, bases, &q->arena) < 0)
        return error_no_memory(error);
    for (int f = 0; f < OUTBOX_FIELDS; f++)
        if (push_sends_edits(q->p->options, f) && judge_field(w, q, r, bases, f, error) < 0)
            return -1;
    return 0;
}

/* Rows of edits that are not sent any more: of tickets or requests that are gone, or of a column
 * that [push] fields does not name. */
static int drop_others(struct writer *w, struct queueing *q, struct error *error)
{
    for (size_t i = 0; i < q->open.count; i++) {
        const struct outbox_row *row = &q->open.rows[i];
        bool usable = false;
        if (!row->edit || row->state == OUTBOX_SENDING || row->state == OUTBOX_CANCELLED)
            continue;
        for (size_t r = 0; r < q->requests.count && !usable; r++)
            usable = pushing_can_edit(&q->requests.rows[r]) &&
                     strcmp(q->requests.rows[r].fluent_id, row->fluent_id) == 0;
        if ((!usable || !push_sends_edits(q->p->options, row->field)) && drop(w, q, row, error) < 0)
            return -1;
    }
    return 0;
}

/* The requests that may have been edited, and those of the open rows. */
static int look_up(struct writer *w, struct queueing *q, struct error *error)
{
    struct arena *arena = &q->arena;
    struct stored_list stored = {0};
    size_t edits = 0, count = q->edited->count;
    const char **fluent_ids = arena_alloc(arena, (q->open.count + 1) * sizeof *fluent_ids);
    int64_t *ids = arena_alloc(arena, (count + q->open.count + 1) * sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < q->open.count; i++)
        if (q->open.rows[i].edit)
            fluent_ids[edits++] = q->open.rows[i].fluent_id;
    if (edits && store_lookup(w->store, fluent_ids, edits, &stored, arena, error) < 0)
        return -1;
    memcpy(ids, q->edited->ids, count * sizeof *ids);
    for (size_t i = 0; i < stored.count; i++)
        ids[count++] = stored.rows[i].id;
    return store_lookup_requests(w->store, &(struct request_ids){&w->basis->schema, ids, count},
                                 REQUEST_AS_SEEN, &q->requests, arena, error);
}

static int queue_some(struct writer *w, void *context, struct error *error)
{
    struct queueing *q = context;
    arena_release(&q->arena);
    q->requests = (struct stored_requests){0};
    if (store_read_outbox(w->store, OUTBOX_OPEN, &q->open, &q->arena, error) < 0 ||
        look_up(w, q, error) < 0)
        return -1;
    for (size_t i = 0; i < q->requests.count; i++)
        if (judge_request(w, q, &q->requests.rows[i], error) < 0)
            return -1;
    return drop_others(w, q, error);
}

static int write_state(struct writer *w, void *context, struct error *error)
{
    return store_write_push_state(w->store, context, error);
}

/* Over all rows now and then: updated_at is the dashboard's, and may not move. */
static int64_t look_since(const struct pushing *p)
{
    int64_t every =
        p->run->in.config->full_every.seconds > 0 ? p->run->in.config->full_every.seconds : DAY_S;
    bool all = !p->state.looked_at_all || p->state.now - p->state.looked_at_all >= every ||
               p->run->basis.walking || p->run->basis.reconfigured;
    return all || p->state.looked_at < OVERLAP_S ? 0 : p->state.looked_at - OVERLAP_S;
}

int pushing_queue_edits(struct pushing *p, struct error *error)
{
    struct writer *w = &p->run->writer;
    struct edited_rows edited = {.count = OUTBOX_EDITED};
    struct queueing q = {.p = p, .edited = &edited};
    int64_t since = look_since(p), after = 0;
    int done = schema_need(w, error);
    while (done == 0 && edited.count == OUTBOX_EDITED) {
        edited.count = 0;
        if (p->options->fields)
            done = store_find_edited(w->store, since, after, &edited, error);
        if (done == 0)
            done = w->in->options->dry_run ? queue_some(w, &q, error)
                                           : writer_transaction(w, queue_some, &q, error);
        after = edited.count ? edited.ids[edited.count - 1] : 0;
    }
    arena_release(&q.arena);
    if (done < 0 || w->in->options->dry_run)
        return done;
    /* Edits that nobody looks for now are all looked for later. */
    p->state.looked_at = p->options->fields ? p->state.now : 0;
    if (!since || !p->options->fields)
        p->state.looked_at_all = p->state.looked_at;
    return writer_transaction(w, write_state, &p->state, error);
}
