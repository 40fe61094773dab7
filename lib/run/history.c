/* history: what a run records of changed tickets. */
#include "run/history.h"

#include <stdlib.h>

#include "store/history.h"

static int record(struct writer *w, const struct history_rows *rows, struct error *error)
{
    const struct history_seen seen = {.run_id = w->row.id,
                                      .cause = w->in->options->adopt    ? HISTORY_ADOPT
                                               : w->basis->reconfigured ? HISTORY_CONFIG
                                                                        : HISTORY_SITE};
    return store_history_record(w->store, rows, &seen, error);
}

int history_of_writes(struct writer *w, struct write *const *writes, size_t count,
                      struct error *error)
{
    if (!w->in->config->history || !count)
        return 0;
    const char **ids = calloc(count, sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        ids[i] = writes[i]->row->fluent_id;
    int done = record(w, &(struct history_rows){.fluent_ids = ids, .count = count}, error);
    free(ids);
    return done;
}

int history_of_row(struct writer *w, int64_t id, struct error *error)
{
    if (!w->in->config->history)
        return 0;
    return record(w, &(struct history_rows){.ids = &id, .count = 1}, error);
}

/* Removing in transactions of their own, each of them short */

enum { AT_ONCE = 1000 };

struct removal {
    int64_t before; /* an instant; 0: all */
    int64_t removed;
};

static int remove_some(struct writer *w, void *context, struct error *error)
{
    struct removal *removal = context;
    return store_history_trim(w->store, removal->before, AT_ONCE, &removal->removed, error);
}

static int remove_before(struct writer *w, int64_t before, struct error *error)
{
    struct removal removal = {.before = before, .removed = AT_ONCE};
    while (removal.removed == AT_ONCE)
        if (writer_transaction(w, remove_some, &removal, error) < 0)
            return -1;
    return 0;
}

int history_remove(struct writer *w, struct error *error)
{
    return remove_before(w, 0, error);
}

int history_trim(struct writer *w, struct error *error)
{
    if (!w->in->config->history)
        return 0;
    return remove_before(w, clock_wall_ms() / 1000 - w->in->config->keep_history_s, error);
}
