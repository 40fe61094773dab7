/* marking: changes rows of stored tickets, some in one transaction. */
#include "run/marking.h"

#include <inttypes.h>

enum { AT_ONCE = 100 };

/* One transaction. */
struct some {
    const struct marking *marking;
    size_t from, to;
    bool savepoints; /* one for each ticket: the database refused a row */
    struct marked marked;
    int64_t refused, refused_first; /* refused_first: a ticket */
    struct error refusal;
};

static int mark_with_savepoint(struct writer *w, struct some *s, size_t i, struct error *error)
{
    const struct marking *m = s->marking;
    struct marked before = s->marked;
    struct error why = ERROR_INIT;
    if (store_savepoint(w->store, error) < 0)
        return -1;
    if (m->mark(w, m, i, &s->marked, &why) == 0)
        return 0;
    if (!writer_refused_row(w, &why))
        return error_copy(error, &why);
    s->marked = before;
    if (!s->refused++) {
        s->refused_first = m->ticket(m, i);
        s->refusal = why;
    }
    return store_rollback_to_savepoint(w->store, error);
}

/* A person does not wait for a hundred tickets. The deadline does not end what has begun. */
static int mark_some(struct writer *w, void *context, struct error *error)
{
    struct some *s = context;
    const struct marking *m = s->marking;
    s->marked = (struct marked){0};
    s->refused = 0;
    for (size_t i = s->from; i < s->to; i++)
        if (writer_check_signals(w, error) < 0 ||
            (s->savepoints ? mark_with_savepoint(w, s, i, error)
                           : m->mark(w, m, i, &s->marked, error)) < 0)
            return -1;
    return 0;
}

/* Again with savepoints, where the database refuses to change a row. */
static int mark_transaction(struct run *run, struct some *s, struct error *error)
{
    struct writer *w = &run->writer;
    struct error why = ERROR_INIT;
    if (writer_transaction(w, mark_some, s, &why) == 0)
        return 0;
    if (!writer_refused_row(w, &why))
        return error_copy(error, &why);
    s->savepoints = true;
    if (writer_transaction(w, mark_some, s, error) < 0)
        return -1;
    if (!s->refused)
        return 0;
    run_mark_incomplete(
        run, s->refusal.advice,
        "%" PRId64 " ticket%s could not be marked as %s, ticket %" PRId64 " first: %s", s->refused,
        s->refused == 1 ? "" : "s", s->marking->as, s->refused_first, s->refusal.message);
    run->outcome.compared &= !s->marking->found_again;
    return 0;
}

int marking_run(struct run *run, const struct marking *m, struct error *error)
{
    struct counters *counts = &run->writer.row.counts;
    for (size_t from = 0; from < m->count; from += AT_ONCE) {
        struct some some = {.marking = m, .from = from, .to = from + AT_ONCE};
        if (some.to > m->count)
            some.to = m->count;
        if (mark_transaction(run, &some, error) < 0)
            return -1;
        counts->deleted += some.marked.deleted;
        counts->invisible += some.marked.invisible;
    }
    return 0;
}
