/* missing: what became of stored tickets that are no longer on the list. */
#include "run/missing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/trust.h"
#include "run/ask.h"
#include "run/deletion.h"
#include "run/history.h"
#include "run/marking.h"
#include "run/schema.h"

enum {
    CHUNK = 1000,
    AT_ONCE = 100, /* tickets that are asked for in one go */
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

struct gone_list {
    struct gone *rows;
    size_t count, size, asked;
    int64_t told;    /* to be deleted before: they are not asked for */
    int64_t deleted; /* of those that were asked for, and of these */
};

/* Collecting */

static int add(struct gone_list *list, const struct live_ticket *row, struct error *error)
{
    if (list->count == list->size) {
        size_t size = list->size ? list->size * 2 : 64;
        struct gone *rows = realloc(list->rows, size * sizeof *rows);
        if (!rows)
            return error_no_memory(error);
        list->rows = rows;
        list->size = size;
    }
    list->rows[list->count++] = (struct gone){.id = row->id,
                                              .ticket = row->ticket,
                                              .request_id = row->request_id,
                                              .invisible = row->invisible,
                                              .single = SINGLE_UNASKED,
                                              .verdict = GONE_UNKNOWN};
    return 0;
}

/* Is it known without asking what became of a stored ticket? */
typedef bool is_known(const struct run *run, const struct live_ticket *row);

static bool was_seen(const struct run *run, const struct live_ticket *row)
{
    return tally_has(&run->seen.ids, row->ticket);
}

/* Did a page hold each ticket that this run has stored? One of the newest changes, which are stored
 * before the pages of a first import or of a walk that goes on, may be gone by then. */
static bool saw_what_it_stored(const struct run *run)
{
    size_t at = 0;
    int64_t id = tally_next(&run->writer.tally, &at);
    while (id && tally_has(&run->seen.ids, id))
        id = tally_next(&run->writer.tally, &at);
    return !id;
}

/*
 * Did this walk see exactly the stored tickets that count as there? What it stored counts as there,
 * so equal numbers say so. Should somebody else have deleted such a row meanwhile, then the next
 * walk adds it again, and its numbers differ if a ticket vanished. A ticket that is held back was
 * seen, but its row may be one that counts as deleted: then equal numbers say nothing. Nor do they
 * when tickets were stored or marked beside the walk: those that the site called for, or those of
 * the pages that were compared with the record before the walk.
 */
static int saw_all(const struct run *run, bool *all, struct error *error)
{
    struct counters seen;
    int64_t stored;
    tally_count(&run->writer.tally, &seen);
    *all = false;
    if (run->in.options->dry_run || run->seen.again || run->writer.held_back.count ||
        run->inbox.taken || run->record.searched || !saw_what_it_stored(run))
        return 0;
    if (store_count_live_tickets(run->writer.store, &stored, error) < 0)
        return -1;
    *all = stored == seen.added + seen.updated + seen.unchanged;
    return 0;
}

static struct scope_ticket scoped(const struct live_ticket *row)
{
    return (struct scope_ticket){.mailbox = row->mailbox_id,
                                 .created_at = row->created_at,
                                 .resolved_at = row->resolved_at[0] ? row->resolved_at : NULL};
}

static bool is_on_record(const struct run *run, const struct live_ticket *row)
{
    return record_has(&run->record.ids, row->ticket);
}

static bool is_on_record_or_invisible(const struct run *run, const struct live_ticket *row)
{
    return row->invisible || is_on_record(run, row);
}

/* Collects what is not known and is in scope (the configured one, whatever --since says); those
 * that were invisible before go to a list of their own. */
static int collect(const struct run *run, is_known *known, struct gone_list *gone,
                   struct gone_list *invisible, struct error *error)
{
    struct live_ticket *rows = calloc(CHUNK, sizeof *rows);
    int done = rows ? 0 : error_no_memory(error);
    int64_t after = 0;
    for (size_t n = CHUNK; done == 0 && n == CHUNK;) {
        done = store_live_tickets(run->writer.store, after, CHUNK, rows, &n, error);
        for (size_t i = 0; i < n && done == 0; i++) {
            after = rows[i].id;
            if (!known(run, &rows[i]) && scope_covers(&run->in.config->scope, scoped(&rows[i])))
                done = add(rows[i].invisible ? invisible : gone, &rows[i], error);
        }
    }
    free(rows);
    return done;
}

/* The site has said already that the newest one of the list is deleted: see hint.h. */
static void take_told(struct gone_list *list)
{
    struct gone *g = &list->rows[list->count - 1];
    g->asked = true;
    g->single = SINGLE_DELETED;
    list->told++;
    list->deleted++;
}

/* Collects those of the next vanished tickets, from id *next on, that count as there and are in
 * scope. What was invisible before has been seen to. */
static int collect_some(const struct run *run, const struct record *gone, int64_t *next,
                        struct gone_list *list, struct error *error)
{
    int64_t ids[LIVE_AMONG];
    struct live_ticket rows[LIVE_AMONG];
    size_t count = 0, n;
    for (; *next && count < LIVE_AMONG; *next = record_next(gone, *next + 1))
        ids[count++] = *next;
    if (store_live_among(run->writer.store, ids, count, rows, &n, error) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].invisible || !scope_covers(&run->in.config->scope, scoped(&rows[i])))
            continue;
        if (add(list, &rows[i], error) < 0)
            return -1;
        if (record_has(&run->record.told, rows[i].ticket))
            take_told(list);
    }
    return 0;
}

/* Asking */

struct gone_query {
    struct run *run;
    struct gone_list *list;
    int64_t most; /* deletions that are believed */
};

/* A failed answer. What a firewall answers concerns this ticket alone. */
static int take_failed(struct gone *g, const struct site_answer *answer, struct error *error)
{
    if (!g || answer->error.cause != SITE_BLOCKED_TICKET)
        return error_copy(error, &answer->error);
    g->uncertain = true;
    return 0;
}

static struct gone *find(struct gone_list *list, int64_t ticket)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].ticket == ticket)
            return &list->rows[i];
    return NULL;
}

static int take_single(void *context, const struct site_answer *answer, struct error *error)
{
    static const enum trust_single singles[] = {[SITE_PRESENT] = SINGLE_THERE,
                                                [SITE_DELETED] = SINGLE_DELETED,
                                                [SITE_INVISIBLE] = SINGLE_HIDDEN};
    const struct gone_query *q = context;
    struct gone *g = find(q->list, answer->request.ticket);
    if (answer->error.code != ERR_NONE)
        return take_failed(g, answer, error);
    if (!g)
        return 0;
    g->single = singles[answer->presence];
    g->uncertain |= answer->stale;
    q->list->deleted += g->single == SINGLE_DELETED && !answer->stale;
    return 0;
}

static int take_search(void *context, const struct site_answer *answer, struct error *error)
{
    const struct gone_query *q = context;
    struct gone *g = find(q->list, answer->request.ticket);
    struct page_origin origin = {.searched = true, .stale = answer->stale};
    if (answer->error.code != ERR_NONE)
        return take_failed(g, answer, error);
    if (!g)
        return 0;
    g->uncertain |= answer->stale;
    g->listed = answer->page.count == 1 && answer->page.tickets[0].id == g->ticket;
    return g->listed ? page_writer_store(&q->run->pages, &answer->page, origin, error) : 0;
}

/* Asks for some of them: by the single request, and where that shows the ticket by the list. */
static int ask_some(struct gone_query *q, const int64_t *ids, size_t count, struct error *error)
{
    int64_t there[AT_ONCE];
    int connections = q->run->in.config->site.connections;
    struct ask_tickets singles = {SITE_TICKET, connections, ids, count};
    struct ask_tickets searches = {SITE_SEARCH, connections, there, 0};
    if (ask_each(q->run->site, &singles, take_single, q, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct gone *g = find(q->list, ids[i]);
        if (g && g->single == SINGLE_THERE)
            there[searches.count++] = ids[i];
    }
    q->list->asked += count;
    return ask_each(q->run->site, &searches, take_search, q, error);
}

/* Are more of them deleted than may be believed? After a sample: is even half the number that it
 * suggests too many? */
static bool too_many(const struct gone_list *list, int64_t most)
{
    int64_t told = list->told, asked = (int64_t)list->asked, count = (int64_t)list->count - told;
    if (list->deleted > most || !asked)
        return list->deleted > most;
    return told + (list->deleted - told) * count / asked / 2 > most;
}

/* Asks for number `first` and every `step`th after it, as far as they were not asked for. */
static int ask_sample(struct gone_query *q, size_t first, size_t step, struct error *error)
{
    struct gone_list *list = q->list;
    for (size_t i = first;
         i < list->count && list->asked < TRUST_PROBES && !too_many(list, q->most);) {
        int64_t ids[AT_ONCE];
        size_t n = 0;
        for (; i < list->count && n < AT_ONCE && list->asked + n < TRUST_PROBES; i += step)
            if (!list->rows[i].asked) {
                list->rows[i].asked = true;
                ids[n++] = list->rows[i].ticket;
            }
        if (ask_some(q, ids, n, error) < 0)
            return -1;
    }
    return 0;
}

static bool any_listed(const struct gone_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].listed)
            return true;
    return false;
}

enum extent { A_SAMPLE, ALL_IF_ANY_IS_DELETED };

/* Another number each time that the whole list was read. */
static int64_t turn_of(const struct run *run)
{
    int64_t every = run->in.config->full_every.seconds;
    return run->before.walk.id + (every > 0 ? run->before.last_full_walk / every : 0);
}

/* Finds out what became of the tickets on the list. Pages have told already that none of them is
 * listed: only what is deleted has to be asked for one by one. Where one of them is listed after
 * all, the pages were wrong, and nothing is known of those that were not asked for. */
static int ask_list(struct gone_query *q, enum extent extent, struct error *error)
{
    struct gone_list *list = q->list;
    size_t first, step;
    trust_probes(list->count, turn_of(q->run), &first, &step);
    if (ask_sample(q, first, step, error) < 0)
        return -1;
    bool ask_all = extent == ALL_IF_ANY_IS_DELETED && list->deleted > list->told;
    if (ask_all && ask_sample(q, 0, 1, error) < 0)
        return -1;
    bool as_sample = !ask_all && !any_listed(list);
    for (size_t i = 0; i < list->count; i++) {
        struct gone *g = &list->rows[i];
        if (g->asked || as_sample)
            g->verdict = trust_gone(g->single, g->listed, g->uncertain);
    }
    return 0;
}

/* Marking */

static const struct gone *gone_at(const struct marking *m, size_t i)
{
    return &((const struct gone_list *)m->rows)->rows[i];
}

static int64_t id_at(const struct marking *m, size_t i)
{
    return gone_at(m, i)->ticket;
}

/* It is a reject no more. */
static int clear_reject(struct writer *w, int64_t ticket, struct error *error)
{
    char fluent_id[FLUENT_ID_SIZE];
    map_fluent_id(w->in->config->site_key, ticket, fluent_id);
    return w->has_rejects ? store_clear_reject(w->store, fluent_id, error) : 0;
}

static int mark(struct writer *w, const struct marking *m, size_t i, struct marked *marked,
                struct error *error)
{
    const struct gone *g = gone_at(m, i);
    if (g->verdict == GONE_DELETED) {
        if (deletion_mark(w, g->id, g->request_id, error) < 0 ||
            clear_reject(w, g->ticket, error) < 0)
            return -1;
        marked->deleted++;
    } else if (g->verdict == GONE_INVISIBLE && !g->invisible) {
        if (history_of_row(w, g->id, error) < 0 ||
            store_mark_invisible(w->store, g->id, error) < 0 || history_of_row(w, g->id, error) < 0)
            return -1;
        marked->invisible++;
    }
    return 0;
}

static int mark_list(struct run *run, const struct gone_list *list, struct error *error)
{
    const struct marking marking = {.rows = list,
                                    .count = list->count,
                                    .mark = mark,
                                    .ticket = id_at,
                                    .as = "no longer on the site",
                                    .found_again = true};
    return marking_run(run, &marking, error);
}

/* Reporting */

/* `bound`: no more can be deleted; equal to `deleted` when all were asked for. */
static void refuse_deletions(struct run *run, int64_t deleted, int64_t bound)
{
    struct believed_deletions *d = &run->writer.deletions;
    char advice[128], marked[64] = "";
    int64_t before = d->before + run->writer.row.counts.deleted;
    snprintf(advice, sizeof advice,
             "if that is intended, run once with --full --max-deletes %" PRId64, bound);
    if (before)
        snprintf(marked, sizeof marked, ", after %" PRId64 " that are marked already", before);
    run_mark_incomplete(run, advice,
                        "%" PRId64 "%s ticket%s deleted on the site%s, more than max_deletes "
                        "allows (%" PRId64 "): none was marked",
                        deleted, bound > deleted ? " or more" : "", bound == 1 ? " is" : "s are",
                        marked, d->most);
    d->refused = true;
    run->outcome.compared = false; /* the next run finds the same, and says so again */
}

static void report_gone(struct run *run, const struct gone_list *list)
{
    int64_t invisible = run->writer.row.counts.invisible;
    size_t unknown = 0;
    if (invisible)
        log_write(&run->in.log, LOG_WARNING,
                  "%" PRId64 " stored ticket%s no longer on the API user's list: %s, marked as "
                  "invisible",
                  invisible, invisible == 1 ? " is" : "s are",
                  invisible == 1 ? "it stays as it is" : "they stay as they are");
    for (size_t i = 0; i < list->count; i++)
        unknown += list->rows[i].verdict == GONE_UNKNOWN;
    if (!unknown)
        return;
    run_mark_incomplete(run, "the next run goes on; a cache or a firewall may hide it",
                        "%zu more ticket%s no longer on the site's list, and what became of %s "
                        "is not known: a run asks for %d at most",
                        unknown, unknown == 1 ? " is" : "s are", unknown == 1 ? "it" : "them",
                        TRUST_PROBES);
    run->outcome.compared = false;
}

static int ask_and_mark(struct run *run, struct gone_list *gone, struct gone_list *invisible,
                        struct error *error)
{
    struct gone_query query = {.run = run, .list = gone};
    if (deletion_left(&run->writer, run->writer.row.counts.deleted, &query.most, error) < 0 ||
        ask_list(&query, ALL_IF_ANY_IS_DELETED, error) < 0)
        return -1;
    int64_t most = query.most;
    query = (struct gone_query){.run = run, .list = invisible, .most = INT64_MAX};
    if (ask_list(&query, A_SAMPLE, error) < 0)
        return -1;
    int64_t deleted = gone->deleted + invisible->deleted;
    if (too_many(gone, most) || deleted > most) {
        int64_t unasked = gone->deleted ? (int64_t)(gone->count - gone->asked) - gone->told : 0;
        refuse_deletions(run, deleted, deleted + unasked);
        return 0;
    }
    if (mark_list(run, gone, error) < 0 || mark_list(run, invisible, error) < 0)
        return -1;
    report_gone(run, gone);
    return 0;
}

static int find_by(struct run *run, is_known *known, struct error *error)
{
    struct gone_list gone = {0}, invisible = {0};
    int done = collect(run, known, &gone, &invisible, error);
    run->writer.deletions.drop = 0; /* what became of each ticket is being found out */
    if (done == 0 && (gone.count || invisible.count))
        done =
            schema_need(&run->writer, error) < 0 ? -1 : ask_and_mark(run, &gone, &invisible, error);
    /* What the list shows again is there, and is not in the record yet. */
    run->record.has_stored = done == 0 && !any_listed(&gone);
    free(gone.rows);
    free(invisible.rows);
    return done;
}

int missing_find(struct run *run, struct error *error)
{
    bool all;
    if (saw_all(run, &all, error) < 0)
        return -1;
    run->writer.deletions.drop = 0;
    run->record.has_stored = all;
    return all ? 0 : find_by(run, was_seen, error);
}

int missing_find_by_record(struct run *run, struct error *error)
{
    return find_by(run, is_on_record, error);
}

int missing_find_unrecorded(struct run *run, struct error *error)
{
    return find_by(run, is_on_record_or_invisible, error);
}

int missing_take(struct run *run, const struct record *gone, bool *listed, struct error *error)
{
    struct gone_list list = {0}, invisible = {0};
    int done = 0;
    for (int64_t next = record_next(gone, 1); next && done == 0;)
        done = collect_some(run, gone, &next, &list, error);
    run->writer.deletions.drop = 0;
    if (done == 0 && list.count)
        done = schema_need(&run->writer, error);
    if (done == 0 && list.count)
        done = ask_and_mark(run, &list, &invisible, error);
    *listed = false;
    for (size_t i = 0; i < list.count; i++)
        *listed |= list.rows[i].verdict == GONE_LISTED;
    free(list.rows);
    return done;
}
