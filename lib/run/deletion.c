/* deletion: marking stored tickets as deleted, and how many may be. */
#include "run/deletion.h"

#include "core/merge_base.h"
#include "run/history.h"

enum { ALWAYS_ALLOWED = 10, SHORTEST_S = 24 * 3600 };

/* max_deletes, as a number of so many tickets. */
static int64_t allowed_of(const struct writer *w, int64_t tickets)
{
    const struct config_limit *given = w->in->options->max_deletes;
    const struct config_limit *limit = given ? given : &w->in->config->max_deletes;
    int64_t most = limit->percent ? tickets * limit->number / 100 : limit->number;
    return most < ALWAYS_ALLOWED && !given ? ALWAYS_ALLOWED : most;
}

/* Did somebody say that so many deletions are intended? */
static bool is_told(const struct writer *w)
{
    return w->in->options->max_deletes || w->in->options->accept_site;
}

/* A mass deletion is believed only if somebody says that it is intended. It is one also where it
 * comes bit by bit, a few tickets in each run. */
static int know_limit(struct writer *w, struct error *error)
{
    int64_t every = w->in->config->full_every.seconds;
    struct believed_deletions *d = &w->deletions;
    struct deletion_count count;
    if (d->known)
        return 0;
    if (store_count_deletions(w->store, every > SHORTEST_S ? every : SHORTEST_S, &count, error) < 0)
        return -1;
    d->known = true;
    d->before = is_told(w) ? 0 : count.marked;
    d->most = allowed_of(w, count.live + d->before);
    return 0;
}

int deletion_left(struct writer *w, int64_t marked, int64_t *left, struct error *error)
{
    const struct believed_deletions *d = &w->deletions;
    if (know_limit(w, error) < 0)
        return -1;
    /* Tickets of another site are gone in any number. */
    *left = d->most - d->before - (w->in->options->accept_site ? 0 : marked);
    if (*left < 0)
        *left = 0;
    return 0;
}

int deletion_believe(struct writer *w, int64_t count, bool *believed, struct error *error)
{
    struct believed_deletions *d = &w->deletions;
    int64_t left;
    if (deletion_left(w, w->row.counts.deleted, &left, error) < 0)
        return -1;
    d->refused |= count > left || d->drop > allowed_of(w, d->total);
    *believed = !d->refused;
    return 0;
}

/* What such a run marks is no longer counted afterwards. */
static int confirm_if_told(struct writer *w, struct error *error)
{
    return is_told(w) ? store_confirm_deletions(w->store, error) : 0;
}

/* *edited: a person changed a mapped column of the ticket's request, or nobody can tell whether one
 * did. */
static int is_edited(struct writer *w, int64_t id, bool *edited, struct error *error)
{
    const struct request_schema *schema = &w->basis->schema;
    struct request_ids ticket = {schema, &id, 1};
    struct stored_requests found = {0};
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    int done = store_lookup_requests(w->store, &ticket, REQUEST_LOCKED, &found, &arena, error);
    const struct stored_request *request = found.rows;
    bool known = done == 0 && found.count && request->present &&
                 merge_base_read(schema, request->base, bases, &arena) == 0;
    *edited = !known;
    for (size_t f = 0; known && f < schema->count; f++)
        *edited |= !bases[f].held.known || merge_edited(bases[f], request->columns[f]);
    arena_release(&arena);
    return done;
}

int deletion_hide_request(struct writer *w, int64_t id, int64_t request_id, bool *hidden,
                          char version[VERSION_SIZE], struct error *error)
{
    bool edited = true;
    *hidden = false;
    version[0] = '\0';
    if (!request_id)
        return 0;
    if (is_edited(w, id, &edited, error) < 0 ||
        (!edited && store_request_touched(w->store, request_id, &edited, error) < 0) ||
        (!edited && store_hide_request(w->store, request_id, hidden, version, error) < 0))
        return -1;
    return 0;
}

int deletion_mark(struct writer *w, int64_t id, int64_t request_id, struct error *error)
{
    bool hidden = false;
    char version[VERSION_SIZE];
    if (know_limit(w, error) < 0) /* by what stood before this run marked anything */
        return -1;
    if (w->in->config->deleted_tickets == DELETED_HIDE &&
        deletion_hide_request(w, id, request_id, &hidden, version, error) < 0)
        return -1;
    if (history_of_row(w, id, error) < 0 ||
        store_mark_deleted(w->store, id, hidden ? version : NULL, error) < 0 ||
        confirm_if_told(w, error) < 0)
        return -1;
    return history_of_row(w, id, error);
}
