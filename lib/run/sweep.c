/* sweep: applies a change of the configuration to the rows that a walk does not read again. */
#include "run/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/write.h"

struct sweep {
    const struct mapping_pairs *drop; /* [privacy] drop */
    int64_t since;                    /* when the walk began */
    int64_t after, next;              /* row ids */
    bool more;
    bool in_halves;                                 /* the database refused a row */
    int64_t refused;                                /* rows that it refuses to change, */
    int64_t refused_here;                           /* in this transaction */
    char last[FLUENT_ID_SIZE], reason[REASON_SIZE]; /* of the last of them */
};

/* The stored ticket as the configuration maps it now; false: it cannot be told. */
static bool map_again(const struct run_basis *basis, const struct sweep *sweep,
                      const struct unseen_row *row, struct batch *b, struct entry *e,
                      struct error *error)
{
    struct page page;
    bool mapped = decode_stored(&page, row->raw.text, row->raw.len, sweep->drop) &&
                  entry_identify(basis, b, e, page.tickets, error) == 0 &&
                  entry_map(basis, b, e, error) == 0 && e->mapping == MAPPING_DONE;
    page_release(&page);
    e->ticket = NULL;
    memcpy(e->row.fluent_id, row->stored.fluent_id, sizeof e->row.fluent_id);
    return mapped;
}

static int fill_batch(struct writer *w, const struct sweep *sweep, const struct unseen_rows *found,
                      struct batch *b, struct error *error)
{
    const struct unseen_row *rows = found->rows;
    for (size_t i = 0; i < found->count; i++) {
        struct entry *e = &b->entries[b->count];
        if (!rows[i].raw.text)
            continue;
        *e = (struct entry){.stored = &rows[i].stored};
        if (map_again(w->basis, sweep, &rows[i], b, e, error)) {
            e->kind = KIND_CHANGED;
            b->count++;
        } else if (error->code != ERR_NONE ||
                   store_forget_raw(w->store, rows[i].stored.id, error) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What the database refuses to change stays as it is, so that the next run can map it. */
static void count_refused(struct sweep *sweep, const struct batch *b)
{
    sweep->refused_here = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (e->kind != KIND_REJECT)
            continue;
        sweep->refused_here++;
        snprintf(sweep->last, sizeof sweep->last, "%s", e->row.fluent_id);
        snprintf(sweep->reason, sizeof sweep->reason, "%s", e->reason);
    }
}

static int sweep_some(struct writer *w, void *context, struct error *error)
{
    struct sweep *sweep = context;
    struct batch b = {
        .absent = true,
        .refusals = {.in_halves = sweep->in_halves, .duplicate_retried = sweep->in_halves}};
    struct unseen_rows found;
    int done = store_unseen_rows(w->store, sweep->after, sweep->since, &found, &b.arena, error);
    b.entries = calloc(UNSEEN_ROWS, sizeof *b.entries);
    if (done == 0 && !b.entries)
        done = error_no_memory(error);
    sweep->more = done == 0 && found.count == UNSEEN_ROWS;
    if (done == 0 && found.count)
        sweep->next = found.rows[found.count - 1].stored.id;
    if (done == 0 &&
        (fill_batch(w, sweep, &found, &b, error) < 0 || write_entries(w, &b, error) < 0))
        done = -1;
    if (b.entries)
        count_refused(sweep, &b);
    free(b.entries);
    arena_release(&b.arena);
    return done;
}

/* What is not mapped anew: the paths that may not be kept, and the rejects. */
static int forget_rest(struct writer *w, void *context, struct error *error)
{
    const struct sweep *sweep = context;
    for (size_t i = 0; i < sweep->drop->count; i++)
        if (store_forget_path(w->store, sweep->drop->items[i].key, sweep->since, error) < 0)
            return -1;
    return store_forget_rejects(w->store, w->row.id, error);
}

static int sweep_transaction(struct writer *w, struct sweep *sweep, struct error *error)
{
    struct error why = ERROR_INIT;
    sweep->in_halves = false;
    if (writer_transaction(w, sweep_some, sweep, &why) == 0)
        return 0;
    if (!writer_refused_row(w, &why))
        return error_copy(error, &why);
    sweep->in_halves = true;
    return writer_transaction(w, sweep_some, sweep, error);
}

/* The next run walks again, and tries to map them again. */
static void report_refused(struct run *run, const struct sweep *sweep)
{
    if (!sweep->refused)
        return;
    run_mark_incomplete(run,
                        "let the database take the change, or delete the request; the next run "
                        "tries again",
                        "%" PRId64 " row%s of tickets that the list does not show could not be "
                        "mapped anew and keep%s what the configuration excludes, ticket %s last: "
                        "%s",
                        sweep->refused, sweep->refused == 1 ? "" : "s",
                        sweep->refused == 1 ? "s" : "", sweep->last, sweep->reason);
    run->outcome.compared = false;
}

int sweep_unseen_rows(struct run *run, struct error *error)
{
    struct writer *w = &run->writer;
    struct sweep sweep = {
        .drop = &run->in.config->mapping.drop, .since = run->before.walk.started, .more = true};
    if (!run->before.config_hash[0] || !run->basis.reconfigured)
        return 0;
    for (; sweep.more; sweep.after = sweep.next) {
        if (sweep_transaction(w, &sweep, error) < 0)
            return -1;
        sweep.refused += sweep.refused_here;
    }
    report_refused(run, &sweep);
    return writer_transaction(w, forget_rest, &sweep, error);
}
