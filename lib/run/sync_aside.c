/* sync_aside: the rows that a walk does not show anew (deleted and invisible tickets, rejects,
 * requests put away) follow a change of the configuration too: what may not be kept any more is in
 * none. */
#include <stdlib.h>
#include <string.h>

#include "run/sync_entry.h"

enum { DOCUMENT_MAX = 64 << 20 };

struct sweep {
    const char **drop;
    int64_t after, next; /* row ids */
    bool more;
    bool careful;
};

/* The stored ticket as the configuration has it now; false: it cannot be told. */
static bool map_again(struct run *run, const struct sweep *sweep, const struct aside *row,
                      struct batch *b, struct entry *e, struct error *error)
{
    static const char head[] = "{\"tickets\":{\"data\":[", tail[] = "]}}";
    struct page page = {0};
    struct buf body;
    char why[REASON_SIZE];
    bool mapped = false;
    buf_init(&body, DOCUMENT_MAX);
    buf_puts(&body, head);
    buf_append(&body, row->raw, row->raw_length);
    buf_puts(&body, tail);
    if (!body.failed &&
        decode_page(&page, body.data, body.len, sweep->drop, run->config->mapping.drop.count, why,
                    sizeof why) == DECODE_OK &&
        page.count == 1)
        mapped = map_identity(&run->rules, page.tickets, &b->arena, &e->row, why, sizeof why,
                              error) == MAP_ROW &&
                 map_ticket(&run->rules, page.tickets, &b->arena, &e->row, why, sizeof why,
                            error) == MAP_ROW;
    page_release(&page);
    buf_release(&body);
    memcpy(e->row.fluent_id, row->stored.fluent_id, sizeof e->row.fluent_id);
    return mapped;
}

static int fill(struct run *run, const struct sweep *sweep, const struct aside_rows *found,
                struct batch *b, struct error *error)
{
    const struct aside *rows = found->rows;
    for (size_t i = 0; i < found->count; i++) {
        struct entry *e = &b->entries[b->count];
        if (!rows[i].raw)
            continue;
        *e = (struct entry){.kind = KIND_CHANGED, .mapping = MAPPING_DONE, .reason = ""};
        e->stored = &rows[i].stored;
        b->count++;
        if (map_again(run, sweep, &rows[i], b, e, error))
            continue;
        b->count--;
        if (error->code != ERR_NONE || store_forget_raw(run->store, rows[i].stored.id, error) < 0)
            return -1;
    }
    return 0;
}

/* What the database did not take loses its raw_data at least. */
static int forget_refused(struct run *run, const struct batch *b, struct error *error)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].kind == KIND_REJECT &&
            store_forget_raw(run->store, b->entries[i].stored->id, error) < 0)
            return -1;
    return 0;
}

static int sweep_some(struct run *run, void *context, struct error *error)
{
    struct sweep *sweep = context;
    struct batch b = {.aside = true, .careful = sweep->careful, .again = sweep->careful};
    struct aside_rows found;
    int done =
        store_aside(run->store, sweep->after, run->state.walk.started, &found, &b.arena, error);
    b.entries = calloc(ASIDE_ROWS, sizeof *b.entries);
    if (done == 0 && !b.entries)
        done = error_no_memory(error);
    sweep->more = done == 0 && found.count == ASIDE_ROWS;
    if (done == 0 && found.count)
        sweep->next = found.rows[found.count - 1].stored.id;
    if (done == 0 && (fill(run, sweep, &found, &b, error) < 0 ||
                      sync_write_entries(run, &b, error) < 0 || forget_refused(run, &b, error) < 0))
        done = -1;
    free(b.entries);
    arena_release(&b.arena);
    return done;
}

static int forget_rest(struct run *run, void *context, struct error *error)
{
    const struct sweep *sweep = context;
    for (size_t i = 0; i < run->config->mapping.drop.count; i++)
        if (store_forget_path(run->store, sweep->drop[i], run->state.walk.started, error) < 0)
            return -1;
    return store_forget_rejects(run->store, run->row.id, error);
}

static int sweep_carefully(struct run *run, struct sweep *sweep, struct error *error)
{
    struct error why = ERROR_INIT;
    sweep->careful = false;
    if (sync_transaction(run, sweep_some, sweep, &why) == 0)
        return 0;
    if (!sync_is_refusal(run, &why))
        return error_copy(error, &why);
    sweep->careful = true;
    return sync_transaction(run, sweep_some, sweep, error);
}

int sync_reach_aside(struct run *run, struct error *error)
{
    struct sweep sweep = {.drop = sync_drop_paths(run), .more = true};
    if (!run->state.config_hash[0] || strcmp(run->state.config_hash, run->next.config_hash) == 0)
        return 0;
    if (!sweep.drop)
        return error_no_memory(error);
    for (; sweep.more; sweep.after = sweep.next)
        if (sweep_carefully(run, &sweep, error) < 0)
            return -1;
    return sync_transaction(run, forget_rest, &sweep, error);
}
