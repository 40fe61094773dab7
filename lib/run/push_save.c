/* push_save: rows of the outbox as they are written, and what people are told of them. */
#include "run/pushing.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/merge_base.h"
#include "run/merging.h"

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

void pushing_tell(const struct pushing *p, const struct outbox_row *row, const char *what)
{
    char change[PUSH_WHY_SIZE], source[PUSH_WHY_SIZE];
    push_describe(row, change);
    describe_source(row, source);
    log_write(&p->run->in.log, told(p->run), "ticket %s: %s (%s)%s", row->fluent_id, change, source,
              what);
}

void pushing_tell_end(const struct pushing *p, const struct outbox_row *row)
{
    char text[PUSH_WHY_SIZE + 32];
    snprintf(text, sizeof text, " %s: %s", outbox_state_words[row->state], row->error);
    pushing_tell(p, row, text);
}

/* Writing rows */

struct saving {
    struct outbox_row row;
    enum outbox_state was;
    bool saved;
};

int pushing_lock_request(struct writer *w, const struct outbox_row *row,
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

int pushing_mark_pushed(struct writer *w, const struct outbox_row *row,
                        const struct stored_request *request, const char *value,
                        struct arena *arena, struct error *error)
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
        done = pushing_lock_request(w, &s->row, &found, &arena, error);
    if (done == 0 && found.count)
        done = s->row.state == OUTBOX_DONE
                   ? pushing_queue_next(w, &s->row, found.rows, &arena, error)
                   : pushing_mark_pushed(w, &s->row, found.rows, NULL, &arena, error);
    arena_release(&arena);
    return done;
}

int pushing_save_row(struct pushing *p, struct outbox_row *row, const struct outbox_row *next,
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
    pushing_tell_end(p, &next);
    return pushing_save_row(p, row, &next, error);
}
