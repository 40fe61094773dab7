/* rescope: stored tickets that left the scope, or came back, without being read. */
#include "run/rescope.h"

#include "run/deletion.h"
#include "run/history.h"
#include "run/marking.h"
#include "run/schema.h"

static const struct scoped_ticket *row_at(const struct marking *m, size_t i)
{
    return &((const struct scoped_ticket *)m->rows)[i];
}

static int64_t id_at(const struct marking *m, size_t i)
{
    return row_at(m, i)->ticket;
}

/* The ticket is in scope again, so its request is shown again, unless somebody changed it since. */
static int come_back(struct writer *w, const struct scoped_ticket *stored, struct error *error)
{
    struct scoped_ticket t = *stored;
    bool shown;
    if (t.hidden && store_show_request(w->store, t.request_id, t.hidden_as, &shown, error) < 0)
        return -1;
    t.left_scope = t.hidden = false;
    return store_mark_left(w->store, &t, error);
}

static int leave(struct writer *w, const struct scoped_ticket *stored, struct error *error)
{
    struct scoped_ticket t = *stored;
    char version[VERSION_SIZE];
    if (w->in->config->left == LEFT_HIDE && !t.hidden) {
        if (deletion_hide_request(w, t.id, t.request_id, &t.hidden, version, error) < 0)
            return -1;
        t.hidden_as = version[0] ? version : NULL;
    }
    t.left_scope = true;
    return store_mark_left(w->store, &t, error);
}

static int mark(struct writer *w, const struct marking *m, size_t i, struct marked *marked,
                struct error *error)
{
    const struct scoped_ticket *ticket = row_at(m, i);
    (void)marked;
    if (history_of_row(w, ticket->id, error) < 0 ||
        (ticket->left_scope ? come_back(w, ticket, error) : leave(w, ticket, error)) < 0)
        return -1;
    return history_of_row(w, ticket->id, error);
}

/* The database compares texts by its own rules: what it found is judged here. Those that are wrong
 * come to the beginning of the array. */
static size_t pick_wrong(const struct run *run, struct scoped_tickets *found)
{
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++)
        if (found->rows[i].left_scope != scope_left(&run->in.config->scope, found->rows[i].status))
            found->rows[count++] = found->rows[i];
    return count;
}

/* *after becomes the last row that was looked at, and *more whether there are more. */
static int rescope_some(struct run *run, int64_t *after, bool *more, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct scoped_tickets found;
    struct marking marking = {.mark = mark, .ticket = id_at, .as = "in or out of scope"};
    int done =
        store_wrongly_scoped(run->writer.store, run->in.config->scope.tickets == SCOPE_CLOSED,
                             *after, &found, &arena, error);
    if (done == 0 && found.count)
        done = schema_need(&run->writer, error); /* to tell whether a person changed a request */
    *more = done == 0 && found.count == SCOPED_TICKETS;
    if (done == 0 && found.count) {
        *after = found.rows[found.count - 1].id;
        marking.count = pick_wrong(run, &found);
        marking.rows = found.rows;
        done = marking_run(run, &marking, error);
    }
    arena_release(&arena);
    return done;
}

int rescope_stored_tickets(struct run *run, struct error *error)
{
    int64_t after = 0;
    for (bool more = run->rescopes && !run->in.options->dry_run; more;)
        if (limits_check(run->in.limits, error) < 0 || rescope_some(run, &after, &more, error) < 0)
            return -1;
    return 0;
}
