/* sync_missing: stored tickets that a complete walk did not see: deleted, or no longer visible. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge_base.h"
#include "core/trust.h"
#include "run/sync_private.h"

enum {
    CHUNK = 1000,
    AT_ONCE = 100, /* tickets that are asked for, or marked, before the next look */
    ALWAYS_ALLOWED = 10,
};

/* A stored ticket that the walk did not see, and what became of it. */
struct gone {
    int64_t id, ticket, request_id;
    bool invisible; /* it was before */
    bool asked, listed;
    bool uncertain; /* an answer was stale, or a firewall refused the question */
    enum trust_single single;
    enum trust_gone verdict;
};

struct vanished {
    struct gone *rows;
    size_t count, size, asked;
    int64_t deleted; /* of those that were asked for */
};

static int remember(struct vanished *v, const struct present *row, struct error *error)
{
    if (v->count == v->size) {
        size_t size = v->size ? v->size * 2 : 64;
        struct gone *rows = realloc(v->rows, size * sizeof *rows);
        if (!rows)
            return error_no_memory(error);
        v->rows = rows;
        v->size = size;
    }
    v->rows[v->count++] = (struct gone){.id = row->id,
                                        .ticket = row->ticket,
                                        .request_id = row->request_id,
                                        .invisible = row->invisible,
                                        .single = SINGLE_UNASKED,
                                        .verdict = GONE_UNKNOWN};
    return 0;
}

/* Are the stored tickets that count as there exactly those that this walk saw? What it stored
 * counts as there, so that equal numbers say so, unless somebody else deleted such a row meanwhile:
 * the next walk adds it again, and its numbers differ if a ticket vanished. A row that is held back
 * was seen, but may be one that counts as deleted: then equal numbers say nothing. */
static int saw_all(struct run *run, bool *all, struct error *error)
{
    struct counters seen;
    int64_t present;
    *all = false;
    tally_count(&run->tally, &seen);
    if (run->options->dry_run || run->again || run->older.count)
        return 0;
    if (store_count_present(run->store, &present, error) < 0)
        return -1;
    *all = present == seen.added + seen.updated + seen.unchanged;
    return 0;
}

/* Collects what was not seen and is in scope, those that were invisible before apart. */
static int collect(struct run *run, struct vanished *v, struct vanished *invisible,
                   struct error *error)
{
    struct present *rows = calloc(CHUNK, sizeof *rows);
    int done = rows ? 0 : error_no_memory(error);
    int64_t after = 0;
    for (size_t n = CHUNK; done == 0 && n == CHUNK;) {
        done = store_present(run->store, after, CHUNK, rows, &n, error);
        for (size_t i = 0; i < n && done == 0; i++) {
            after = rows[i].id;
            if (!tally_has(&run->seen, rows[i].ticket) &&
                scope_admits(&run->config->scope, rows[i].mailbox_id, rows[i].created_at))
                done = remember(rows[i].invisible ? invisible : v, &rows[i], error);
        }
    }
    free(rows);
    return done;
}

/* Asking */

/* A failed answer; one that a firewall gives is of this ticket alone. */
static int take_failed(struct gone *g, const struct site_answer *answer, struct error *error)
{
    if (!g || answer->cause != SITE_CAUSE_FIREWALL || answer->error.code != ERR_UNAVAILABLE)
        return error_copy(error, &answer->error);
    g->uncertain = true;
    return 0;
}

static struct gone *find(struct vanished *v, int64_t ticket)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->rows[i].ticket == ticket)
            return &v->rows[i];
    return NULL;
}

static int take_single(struct run *run, void *context, struct site_answer *answer,
                       struct error *error)
{
    static const enum trust_single singles[] = {[SITE_PRESENT] = SINGLE_THERE,
                                                [SITE_DELETED] = SINGLE_DELETED,
                                                [SITE_INVISIBLE] = SINGLE_HIDDEN};
    struct vanished *v = context;
    struct gone *g = find(v, answer->request.ticket);
    (void)run;
    if (answer->error.code != ERR_NONE)
        return take_failed(g, answer, error);
    if (!g)
        return 0;
    g->single = singles[answer->presence];
    g->uncertain |= answer->stale;
    v->deleted += g->single == SINGLE_DELETED && !answer->stale;
    return 0;
}

static int take_search(struct run *run, void *context, struct site_answer *answer,
                       struct error *error)
{
    struct gone *g = find(context, answer->request.ticket);
    struct page_origin origin = {.searched = true, .stale = answer->stale};
    if (answer->error.code != ERR_NONE)
        return take_failed(g, answer, error);
    if (!g)
        return 0;
    g->uncertain |= answer->stale;
    g->listed = answer->page.count == 1 && answer->page.tickets[0].id == g->ticket;
    return g->listed ? sync_store_page(run, &answer->page, origin, error) : 0;
}

/* What a few of them are: by the single request, and where that shows the ticket by the list. */
static int probe_some(struct run *run, struct vanished *v, const int64_t *ids, size_t count,
                      struct error *error)
{
    int64_t there[AT_ONCE];
    size_t shown = 0;
    if (sync_ask_each(run, SITE_TICKET, ids, count, take_single, v, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct gone *g = find(v, ids[i]);
        if (g && g->single == SINGLE_THERE)
            there[shown++] = ids[i];
    }
    v->asked += count;
    return sync_ask_each(run, SITE_SEARCH, there, shown, take_search, v, error);
}

/* Are more of them deleted than is believed? Half of what a sample says is enough to tell. */
static bool too_many(const struct vanished *v, int64_t most)
{
    if (v->deleted > most || !v->asked)
        return v->deleted > most;
    return v->deleted * (int64_t)v->count / (int64_t)v->asked / 2 > most;
}

/* Asks for number `first` and every `step`th after it, as far as they were not asked for. */
static int probe(struct run *run, struct vanished *v, size_t first, size_t step, int64_t most,
                 struct error *error)
{
    for (size_t i = first; i < v->count && v->asked < TRUST_PROBES && !too_many(v, most);) {
        int64_t ids[AT_ONCE];
        size_t n = 0;
        for (; i < v->count && n < AT_ONCE && v->asked + n < TRUST_PROBES; i += step)
            if (!v->rows[i].asked) {
                v->rows[i].asked = true;
                ids[n++] = v->rows[i].ticket;
            }
        if (probe_some(run, v, ids, n, error) < 0)
            return -1;
    }
    return 0;
}

/* The lists have told already that all these are not on them: only what is deleted is to be asked
 * for one by one. */
static int look_into(struct run *run, struct vanished *v, bool whole, int64_t most,
                     struct error *error)
{
    size_t first, step;
    trust_probes(v->count, run->state.walk.id, &first, &step);
    if (probe(run, v, first, step, most, error) < 0)
        return -1;
    bool mixed = whole && v->deleted > 0;
    if (mixed && probe(run, v, 0, 1, most, error) < 0)
        return -1;
    for (size_t i = 0; i < v->count; i++) {
        struct gone *g = &v->rows[i];
        if (g->asked || !mixed)
            g->verdict = trust_gone(g->single, g->listed, g->uncertain);
    }
    return 0;
}

/* A mass deletion is believed only when somebody says that it is meant. */
int sync_deletes_allowed(struct run *run, int64_t *most, struct error *error)
{
    const struct config_limit *limit =
        run->options->max_deletes ? run->options->max_deletes : &run->config->max_deletes;
    int64_t present;
    if (store_count_present(run->store, &present, error) < 0)
        return -1;
    *most = limit->percent ? present * limit->number / 100 : limit->number;
    if (*most < ALWAYS_ALLOWED && !run->options->max_deletes)
        *most = ALWAYS_ALLOWED;
    return 0;
}

struct marking {
    const struct vanished *vanished;
    size_t from, to;
    bool careful; /* with a savepoint each: the database refused a row */
    int64_t deleted, invisible, refused;
    int64_t refused_first; /* a ticket */
    struct error refusal;
};

/* Did a person change any column of the ticket's request, or can that not be told? */
static int is_touched(struct run *run, int64_t id, bool *touched, struct error *error)
{
    struct stored_request *found;
    size_t count;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    int done = store_lookup_requests(run->store, &run->schema, &id, 1, true, &found, &count, &arena,
                                     error);
    bool known = done == 0 && count && found[0].present &&
                 merge_base_read(&run->schema, found[0].base, bases, &arena) == 0;
    *touched = !known;
    for (size_t f = 0; known && f < run->schema.count; f++)
        *touched |= merge_column(bases[f], found[0].columns[f], found[0].columns[f], MERGE_KEEP) !=
                    MERGE_UNCHANGED;
    arena_release(&arena);
    return done;
}

int sync_mark_deleted(struct run *run, int64_t id, int64_t request_id, struct error *error)
{
    bool hidden = false, touched = true;
    char version[VERSION_SIZE];
    if (run->config->deleted == DELETED_HIDE && request_id &&
        (is_touched(run, id, &touched, error) < 0 ||
         (!touched && store_request_touched(run->store, request_id, &touched, error) < 0) ||
         (!touched && store_hide_request(run->store, request_id, &hidden, version, error) < 0)))
        return -1;
    return store_mark_deleted(run->store, id, hidden ? version : NULL, error);
}

static int mark_one(struct run *run, struct marking *m, size_t i, struct error *error)
{
    const struct gone *row = &m->vanished->rows[i];
    if (row->verdict == GONE_DELETED) {
        if (sync_mark_deleted(run, row->id, row->request_id, error) < 0)
            return -1;
        m->deleted++;
    } else if (row->verdict == GONE_INVISIBLE && !row->invisible) {
        if (store_mark_invisible(run->store, row->id, error) < 0)
            return -1;
        m->invisible++;
    }
    return 0;
}

static int mark_carefully(struct run *run, struct marking *m, size_t i, struct error *error)
{
    struct error why = ERROR_INIT;
    if (store_savepoint(run->store, error) < 0)
        return -1;
    if (mark_one(run, m, i, &why) == 0)
        return 0;
    if (!sync_is_refusal(run, &why))
        return error_copy(error, &why);
    if (!m->refused++) {
        m->refused_first = m->vanished->rows[i].ticket;
        m->refusal = why;
    }
    return store_rollback_to_savepoint(run->store, error);
}

static int mark_some(struct run *run, void *context, struct error *error)
{
    struct marking *m = context;
    m->deleted = m->invisible = m->refused = 0;
    for (size_t i = m->from; i < m->to; i++)
        if ((m->careful ? mark_carefully(run, m, i, error) : mark_one(run, m, i, error)) < 0)
            return -1;
    return 0;
}

/* Again, with care, where the database refuses to change a row. */
static int mark_transaction(struct run *run, struct marking *m, struct error *error)
{
    struct error why = ERROR_INIT;
    if (sync_transaction(run, mark_some, m, &why) == 0)
        return 0;
    if (!sync_is_refusal(run, &why))
        return error_copy(error, &why);
    m->careful = true;
    if (sync_transaction(run, mark_some, m, error) < 0)
        return -1;
    if (m->refused)
        sync_doubt(run,
                   "%" PRId64 " ticket%s could not be marked as no longer on the site, ticket "
                   "%" PRId64 " first: %s",
                   m->refused, m->refused == 1 ? "" : "s", m->refused_first, m->refusal.message);
    return 0;
}

static int mark_all(struct run *run, const struct vanished *v, struct error *error)
{
    for (size_t from = 0; from < v->count; from += AT_ONCE) {
        struct marking m = {.vanished = v, .from = from};
        m.to = from + AT_ONCE < v->count ? from + AT_ONCE : v->count;
        if (mark_transaction(run, &m, error) < 0)
            return -1;
        run->row.counts.deleted += m.deleted;
        run->row.counts.invisible += m.invisible;
    }
    return 0;
}

/* `bound`: no more can be deleted; equal to `deleted` when all were asked for. */
static void doubt_deletions(struct run *run, int64_t deleted, int64_t bound, int64_t most)
{
    sync_doubt(run,
               "%" PRId64 "%s tickets are deleted on the site, more than max_deletes allows "
               "(%" PRId64 "): none was marked; if it is meant, run once with --full "
               "--max-deletes %" PRId64,
               deleted, bound > deleted ? " or more" : "", most, bound);
    run->row.complete = false; /* the next run walks again, and says so again */
}

static void tell(struct run *run, const struct vanished *v)
{
    size_t unknown = 0;
    if (run->row.counts.invisible)
        log_write(&run->log, LOG_WARNING,
                  "%" PRId64 " stored tickets are hidden from the API user's list now: they stay "
                  "as they are, marked as invisible",
                  run->row.counts.invisible);
    for (size_t i = 0; i < v->count; i++)
        unknown += v->rows[i].verdict == GONE_UNKNOWN;
    if (!unknown)
        return;
    sync_doubt(run,
               "%zu more tickets are no longer on the site's list, and what became of them is not "
               "known: a run asks for %d at most, and a cache or a firewall may hide it; the next "
               "run goes on",
               unknown, TRUST_PROBES);
    run->row.complete = false;
}

static int judge(struct run *run, struct vanished *v, struct vanished *invisible,
                 struct error *error)
{
    int64_t most;
    if (sync_deletes_allowed(run, &most, error) < 0 || look_into(run, v, true, most, error) < 0 ||
        look_into(run, invisible, false, INT64_MAX, error) < 0)
        return -1;
    int64_t deleted = v->deleted + invisible->deleted;
    if (too_many(v, most) || deleted > most) {
        int64_t unasked = v->deleted ? (int64_t)(v->count - v->asked) : 0;
        doubt_deletions(run, deleted, deleted + unasked, most);
        return 0;
    }
    if (mark_all(run, v, error) < 0 || mark_all(run, invisible, error) < 0)
        return -1;
    tell(run, v);
    return 0;
}

int sync_find_missing(struct run *run, struct error *error)
{
    struct vanished v = {0}, invisible = {0};
    bool all;
    int done = saw_all(run, &all, error);
    if (done == 0 && !all)
        done = collect(run, &v, &invisible, error);
    if (done == 0 && (v.count || invisible.count))
        done = judge(run, &v, &invisible, error);
    free(v.rows);
    free(invisible.rows);
    return done;
}
