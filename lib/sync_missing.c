/* sync_missing: stored tickets that a complete walk did not see: deleted, or no longer visible. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync_private.h"

enum {
    CHUNK = 1000,
    PROBES_MAX = 1000, /* single requests a run spends on vanished tickets */
    MARK_AT_ONCE = 100,
    ALWAYS_ALLOWED = 10,
};

struct vanished {
    struct present *rows; /* what probes said is kept in .invisible: true: not deleted */
    size_t count, size;
    int64_t unasked; /* beyond PROBES_MAX, not counting those that were invisible before */
};

static int remember(struct vanished *v, const struct present *row, struct error *error)
{
    if (v->count == PROBES_MAX) {
        v->unasked += !row->invisible;
        return 0;
    }
    if (v->count == v->size) {
        size_t size = v->size ? v->size * 2 : 64;
        struct present *rows = realloc(v->rows, size * sizeof *rows);
        if (!rows)
            return error_no_memory(error);
        v->rows = rows;
        v->size = size;
    }
    v->rows[v->count++] = *row;
    return 0;
}

/* Are the stored tickets that count as there exactly those that this walk saw? What it stored
 * counts as there, so that equal numbers say so, unless somebody else deleted such a row meanwhile:
 * the next walk adds it again, and its numbers differ if a ticket vanished. */
static int saw_all(struct run *run, bool *all, struct error *error)
{
    struct tally_counts seen = tally_counts(&run->tally);
    int64_t present;
    *all = false;
    if (run->options->dry_run || run->again)
        return 0;
    if (store_count_present(run->store, &present, error) < 0)
        return -1;
    *all = present == seen.added + seen.updated + seen.unchanged;
    return 0;
}

/* Collects what was not seen and is in scope: first those that were visible last time, so that the
 * probes are not spent on what is known to be hidden. */
static int collect(struct run *run, struct vanished *v, struct error *error)
{
    struct vanished invisible = {0};
    struct present *rows = calloc(CHUNK, sizeof *rows);
    int done = rows ? 0 : error_no_memory(error);
    int64_t after = 0;
    for (size_t n = CHUNK; done == 0 && n == CHUNK;) {
        done = store_present(run->store, after, CHUNK, rows, &n, error);
        for (size_t i = 0; i < n && done == 0; i++) {
            after = rows[i].id;
            if (!tally_has(&run->seen, rows[i].ticket) &&
                scope_admits(&run->config->scope, rows[i].mailbox_id, rows[i].created_at))
                done = remember(rows[i].invisible ? &invisible : v, &rows[i], error);
        }
    }
    for (size_t i = 0; i < invisible.count && done == 0; i++)
        done = remember(v, &invisible.rows[i], error);
    free(invisible.rows);
    free(rows);
    return done;
}

enum verdict { VERDICT_UNKNOWN, VERDICT_THERE, VERDICT_DELETED, VERDICT_INVISIBLE };

static enum verdict verdict_of(const struct site_answer *a)
{
    if (a->presence == SITE_DELETED)
        return VERDICT_DELETED;
    return a->presence == SITE_INVISIBLE ? VERDICT_INVISIBLE : VERDICT_THERE;
}

/* Asks the site about each; several at a time. */
static int probe(struct run *run, const struct vanished *v, enum verdict *verdicts,
                 struct error *error)
{
    for (size_t asked = 0, answered = 0; answered < v->count;) {
        if (asked < v->count && site_outstanding(run->site) < run->config->connections) {
            struct site_request request = {.what = SITE_TICKET, .ticket = v->rows[asked++].ticket};
            if (site_ask(run->site, &request, error) < 0)
                return -1;
            continue;
        }
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
        if (site_wait(run->site, &answer, error) < 0)
            return -1;
        if (!answer)
            break;
        if (answer->error.code != ERR_NONE)
            return error_set(error, answer->error.code, "%s", answer->error.message);
        for (size_t i = 0; i < v->count; i++)
            if (v->rows[i].ticket == answer->request.ticket)
                verdicts[i] = verdict_of(answer);
        answered++;
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
    const enum verdict *verdicts;
    size_t from, to;
    int64_t deleted, invisible;
};

/* Did a person change a mapped column of the ticket's request, or can that not be told? */
static int is_touched(struct run *run, int64_t id, bool *touched, struct error *error)
{
    struct stored_request *found;
    size_t count;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    int done = store_lookup_requests(run->store, &run->schema, &id, 1, true, &found, &count, &arena,
                                     error);
    bool known =
        done == 0 && count && merge_base_read(&run->schema, found[0].base, bases, &arena) == 0;
    *touched = !known;
    for (size_t f = 0; known && f < run->schema.count; f++)
        *touched |= merge_column(bases[f], found[0].columns[f], found[0].columns[f], MERGE_KEEP) !=
                    MERGE_UNCHANGED;
    arena_release(&arena);
    return done;
}

int sync_mark_deleted(struct run *run, int64_t id, int64_t request_id, struct error *error)
{
    bool hidden = false, touched = false;
    if (run->config->deleted == DELETED_HIDE && request_id) {
        if (is_touched(run, id, &touched, error) < 0 ||
            (!touched && store_hide_request(run->store, request_id, true, &hidden, error) < 0))
            return -1;
    }
    return store_mark_deleted(run->store, id, hidden, error);
}

static int mark_some(struct run *run, void *context, struct error *error)
{
    struct marking *m = context;
    m->deleted = m->invisible = 0;
    for (size_t i = m->from; i < m->to; i++) {
        const struct present *row = &m->vanished->rows[i];
        if (m->verdicts[i] == VERDICT_DELETED) {
            if (sync_mark_deleted(run, row->id, row->request_id, error) < 0)
                return -1;
            m->deleted++;
        } else if (m->verdicts[i] == VERDICT_INVISIBLE && !row->invisible) {
            if (store_mark_invisible(run->store, row->id, error) < 0)
                return -1;
            m->invisible++;
        }
    }
    return 0;
}

static int mark_all(struct run *run, const struct vanished *v, const enum verdict *verdicts,
                    struct error *error)
{
    for (size_t from = 0; from < v->count; from += MARK_AT_ONCE) {
        struct marking m = {.vanished = v, .verdicts = verdicts, .from = from};
        m.to = from + MARK_AT_ONCE < v->count ? from + MARK_AT_ONCE : v->count;
        if (sync_transaction(run, mark_some, &m, error) < 0)
            return -1;
        run->row.deleted += m.deleted;
        run->row.invisible += m.invisible;
    }
    return 0;
}

static int judge(struct run *run, const struct vanished *v, enum verdict *verdicts,
                 struct error *error)
{
    int64_t deleted = 0, most;
    if (probe(run, v, verdicts, error) < 0 || sync_deletes_allowed(run, &most, error) < 0)
        return -1;
    for (size_t i = 0; i < v->count; i++)
        deleted += verdicts[i] == VERDICT_DELETED;
    if (deleted > most) {
        sync_doubt(run,
                   "%" PRId64 " tickets are deleted on the site, more than max_deletes allows "
                   "(%" PRId64 "): none was marked; if it is meant, run once with --full "
                   "--max-deletes %" PRId64,
                   deleted, most, deleted);
        run->row.complete = false; /* the next run walks again, and says so again */
        return 0;
    }
    return mark_all(run, v, verdicts, error);
}

int sync_find_missing(struct run *run, struct error *error)
{
    struct vanished v = {0};
    enum verdict *verdicts = NULL;
    bool all;
    int done = saw_all(run, &all, error);
    if (done == 0 && !all)
        done = collect(run, &v, error);
    if (done < 0 || !v.count)
        goto out;
    done = -1;
    verdicts = calloc(v.count, sizeof *verdicts);
    if (!verdicts) {
        error_no_memory(error);
        goto out;
    }
    done = judge(run, &v, verdicts, error);
    if (done == 0 && v.unasked) {
        sync_doubt(run,
                   "%" PRId64 " more tickets are no longer on the site's list: a run asks what "
                   "became of %d at most, the next run goes on",
                   v.unasked, PROBES_MAX);
        run->row.complete = false;
    }
out:
    free(verdicts);
    free(v.rows);
    return done;
}
