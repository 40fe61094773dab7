/* sync_trust: rows that may be older than what is stored are held back, and asked for again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/trust.h"
#include "run/sync_entry.h"

enum {
    ZONES_APART_S = 26 * 3600, /* the wall times of two zones differ by no more */
    TWICE_S = 1800,            /* an hour that comes twice comes again after whole halves of one */
    TWICE_MAX = 4,
};

/* Instants from the wall times of the tables. An hour that comes twice is its first, so that equal
 * texts are equal instants. */

static int64_t earliest(const struct run *run, const char *wall)
{
    int64_t instant;
    return wall && zone_instant(run->target_zone, wall, &instant) ? instant : 0;
}

/* The latest instant of that wall time. */
static int64_t latest(const struct run *run, const char *wall)
{
    int64_t first = earliest(run, wall), last = first;
    char text[ZONE_TEXT_SIZE];
    for (int i = 1; first && i <= TWICE_MAX; i++)
        if (zone_wall(run->target_zone, first + i * TWICE_S, text) && strcmp(text, wall) == 0)
            last = first + i * TWICE_S;
    return last;
}

/* What the run's own head shows */

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct shown *)a)->id, y = ((const struct shown *)b)->id;
    return (x > y) - (x < y);
}

/* What a list says of the ticket, an hour that comes twice being its first. */
static struct shown shown_of(const struct run *run, const struct ticket *t)
{
    char wall[ZONE_TEXT_SIZE];
    int64_t instant;
    bool told = zone_parse(run->site_zone, t->updated_at, &instant) &&
                zone_wall(run->target_zone, instant, wall);
    return (struct shown){t->id, told ? earliest(run, wall) : 0};
}

int sync_trust_head(struct run *run, const struct site_answer *head, struct error *error)
{
    const struct page *page = &head->page;
    run->head_count = 0;
    if (head->stale)
        return 0;
    run->head = arena_alloc(&run->arena, page->count * sizeof *run->head);
    if (!run->head)
        return error_no_memory(error);
    for (size_t i = 0; i < page->count; i++)
        run->head[i] = shown_of(run, &page->tickets[i]);
    run->head_count = page->count;
    qsort(run->head, run->head_count, sizeof *run->head, by_id);
    return 0;
}

static const struct shown *shown_by_head(const struct run *run, int64_t id)
{
    struct shown key = {.id = id};
    if (!run->head_count)
        return NULL;
    return bsearch(&key, run->head, run->head_count, sizeof key, by_id);
}

/* Does another answer of this run show the same? The head speaks for a page of the walk, and
 * against a search too. */
static bool is_confirmed(const struct run *run, const struct batch *b, int64_t id, int64_t received)
{
    const struct shown *head = shown_by_head(run, id);
    if (head && head->updated_at > received)
        return false;
    return b->origin.searched || (b->walked && head && head->updated_at == received);
}

/* Rows held back */

bool sync_holds_back(struct run *run, struct batch *b, struct entry *e,
                     const struct stored_request *stored)
{
    const char *received = e->row.ticket[TICKET_UPDATED_AT].text, *before = stored->updated_at;
    /* The replaced service's dates are of no certain zone; another site's prove nothing here. */
    if (!e->stored->fingerprint[0] || run->options->accept_site)
        return false;
    struct trust_row row = {
        .stored = latest(run, before),
        .received = earliest(run, received),
        .deleted = e->stored->deleted,
        .stale = b->origin.stale,
    };
    row.confirmed = is_confirmed(run, b, e->row.id, row.received);
    if (before && received && strcmp(before, received) == 0)
        row.stored = row.received;
    else if (row.stored && strcmp(run->state.config_hash, run->next.config_hash) != 0)
        row.stored -= ZONES_APART_S;
    enum trust_verdict verdict = trust_row(&row);
    e->ask = verdict == TRUST_ASK;
    e->updated_at = row.received;
    if (verdict == TRUST_WRITE)
        return false;
    e->kind = KIND_OLDER;
    return true;
}

int sync_note_older(struct run *run, const struct batch *b, struct error *error)
{
    struct older *older = &run->older;
    for (size_t i = 0; i < b->count; i++) {
        if (b->entries[i].kind != KIND_OLDER || !b->entries[i].ask)
            continue;
        if (older->count == older->size) {
            size_t size = older->size ? older->size * 2 : 64;
            struct shown *rows = realloc(older->rows, size * sizeof *rows);
            if (!rows)
                return error_no_memory(error);
            *older = (struct older){rows, older->count, size};
        }
        older->rows[older->count++] =
            (struct shown){b->entries[i].row.id, b->entries[i].updated_at};
    }
    return 0;
}

/* Asking for them */

struct asking {
    struct older asked;
    int64_t unsettled; /* the site says something else of them each time */
    int64_t last;      /* of these */
};

static const struct shown *find_asked(const struct asking *a, int64_t id)
{
    size_t i = 0;
    while (i < a->asked.count && a->asked.rows[i].id != id)
        i++;
    return i < a->asked.count ? &a->asked.rows[i] : NULL;
}

/* Stores the ticket that a search gave. What the page showed of it is confirmed when the search
 * shows the same. */
static int take_found(struct run *run, void *context, struct site_answer *answer,
                      struct error *error)
{
    struct asking *a = context;
    int64_t id = answer->request.ticket;
    size_t before = run->older.count;
    struct page page = answer->page;
    struct page_origin origin = {.searched = true, .stale = answer->stale};
    bool found = answer->error.code == ERR_NONE && page.count == 1 && page.tickets[0].id == id;
    if (answer->error.code != ERR_NONE && answer->error.code != ERR_UNAVAILABLE)
        return error_copy(error, &answer->error);
    const struct shown *asked = find_asked(a, id);
    bool same = found && asked && shown_of(run, &page.tickets[0]).updated_at == asked->updated_at;
    if (found && sync_store_page(run, &page, origin, error) < 0)
        return -1;
    if (!same || answer->stale || run->older.count > before) {
        a->unsettled++;
        a->last = id;
    }
    return 0;
}

static int ask_all(struct run *run, struct asking *a, size_t count, struct error *error)
{
    int64_t ids[TRUST_PROBES];
    for (size_t i = 0; i < count; i++)
        ids[i] = a->asked.rows[i].id;
    return sync_ask_each(run, SITE_SEARCH, ids, count, take_found, a, error);
}

int sync_ask_older(struct run *run, struct error *error)
{
    struct asking a = {.asked = run->older};
    size_t count = a.asked.count < TRUST_PROBES ? a.asked.count : TRUST_PROBES;
    run->older = (struct older){0};
    if (count)
        log_write(&run->log, LOG_INFO,
                  "%zu tickets came older than they are stored, or are marked as deleted: asking "
                  "for each",
                  a.asked.count);
    int done = ask_all(run, &a, count, error);
    if (done == 0 && a.unsettled)
        sync_doubt(run,
                   "%" PRId64 " tickets came older than they are stored, and the site does not "
                   "confirm it (one is %" PRId64 "): what is stored stays; a cache or a replica "
                   "that lags behind does that",
                   a.unsettled, a.last);
    if (done == 0 && a.asked.count > count)
        sync_doubt(run,
                   "%zu tickets came older than they are stored, of which a run asks for %zu: the "
                   "next run goes on",
                   a.asked.count, count);
    if (done == 0 && (a.unsettled || a.asked.count > count))
        run->row.complete = false;
    free(a.asked.rows);
    return done;
}

void sync_doubt_stale(struct run *run)
{
    struct site_staleness stale = site_stale(run->site);
    if (!stale.answers)
        return;
    char age[64] = "";
    if (stale.oldest_s >= 0)
        snprintf(age, sizeof age, ", up to %" PRId64 " s old", stale.oldest_s);
    sync_doubt(run,
               "%" PRId64 " of the site's answers came out of a cache%s, though each address was "
               "asked for once: exclude /wp-json/ (and ?rest_route=) from every cache in front of "
               "the site",
               stale.answers, age);
    run->row.complete = false;
}
