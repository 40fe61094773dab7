/* freshness: rows that may be older than what is stored are held back. */
#include "run/freshness.h"

#include <stdlib.h>
#include <string.h>

#include "core/plan.h"
#include "core/trust.h"

enum {
    ZONES_APART_S = 26 * 3600, /* the wall times of two zones differ by no more */
    TWICE_S = 1800,            /* a wall time that occurs twice does so after a multiple of this */
    TWICE_MAX = 4,
};

/* Instants from the wall times of the tables. A wall time that occurs twice, because clocks were
 * set back, means the first time, so that equal texts are equal instants. */

static int64_t earliest(const struct run_basis *basis, const char *wall)
{
    int64_t instant;
    return wall && zone_instant(basis->zones.tables, wall, &instant) ? instant : 0;
}

/* The latest instant of that wall time. */
static int64_t latest(const struct run_basis *basis, const char *wall)
{
    int64_t first = earliest(basis, wall), last = first;
    char text[ZONE_TEXT_SIZE];
    for (int i = 1; first && i <= TWICE_MAX; i++)
        if (zone_wall(basis->zones.tables, first + i * TWICE_S, text) && strcmp(text, wall) == 0)
            last = first + i * TWICE_S;
    return last;
}

/* What the run's own head shows */

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct shown_ticket *)a)->id, y = ((const struct shown_ticket *)b)->id;
    return (x > y) - (x < y);
}

struct shown_ticket shown_of(const struct run_basis *basis, const struct ticket *t)
{
    char wall[ZONE_TEXT_SIZE];
    int64_t instant;
    bool told = zone_parse(basis->zones.site, t->updated_at, &instant) &&
                zone_wall(basis->zones.tables, instant, wall);
    return (struct shown_ticket){t->id, told ? earliest(basis, wall) : 0};
}

int freshness_take_head(struct writer *w, const struct page *head, bool stale, struct arena *arena,
                        struct error *error)
{
    w->head = (struct shown_list){0};
    if (stale)
        return 0;
    struct shown_ticket *rows = arena_alloc(arena, head->count * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (size_t i = 0; i < head->count; i++)
        rows[i] = shown_of(w->basis, &head->tickets[i]);
    qsort(rows, head->count, sizeof *rows, by_id);
    w->head = (struct shown_list){.rows = rows, .count = head->count};
    return 0;
}

static const struct shown_ticket *shown_by_head(const struct shown_list *head, int64_t id)
{
    struct shown_ticket key = {.id = id};
    return head->count ? bsearch(&key, head->rows, head->count, sizeof key, by_id) : NULL;
}

/* Does another answer of this run show the same? The head confirms a page of the walk, and
 * contradicts even a search. */
static bool is_confirmed(const struct writer *w, const struct batch *b, int64_t id,
                         int64_t received)
{
    const struct shown_ticket *head = shown_by_head(&w->head, id);
    if (head && head->updated_at > received)
        return false;
    return b->origin.searched || (b->walked && head && head->updated_at == received);
}

/* Rows held back */

bool freshness_hold_back(const struct writer *w, const struct batch *b, struct entry *e,
                         const struct stored_request *stored)
{
    const char *received = e->row.ticket[TICKET_UPDATED_AT].text, *before = stored->updated_at;
    /* The time zone of the replaced service's dates is not certain, and another site's dates prove
     * nothing here. */
    if (!e->stored->fingerprint[0] || w->in->options->accept_site)
        return false;
    struct trust_row row = {
        .stored = latest(w->basis, before),
        .received = earliest(w->basis, received),
        .deleted = e->stored->deleted,
        .stale = b->origin.stale,
    };
    row.confirmed = is_confirmed(w, b, e->row.id, row.received);
    if (before && received && strcmp(before, received) == 0)
        row.stored = row.received;
    else if (row.stored && w->basis->reconfigured)
        row.stored -= ZONES_APART_S;
    row.confirmed &= !b->origin.alone || row.received >= row.stored;
    enum trust_verdict verdict = trust_row(&row);
    e->ask = verdict == TRUST_ASK;
    e->ran_back = e->ask && row.received && row.received < row.stored - PLAN_OVERLAP_S;
    e->updated_at = row.received;
    if (verdict == TRUST_WRITE)
        return false;
    e->kind = KIND_HELD_BACK;
    return true;
}

int freshness_list_held_back(struct writer *w, const struct batch *b, struct error *error)
{
    struct shown_list *list = &w->held_back;
    for (size_t i = 0; i < b->count; i++) {
        if (b->entries[i].kind != KIND_HELD_BACK || !b->entries[i].ask)
            continue;
        if (list->count == list->size) {
            size_t size = list->size ? list->size * 2 : 64;
            struct shown_ticket *rows = realloc(list->rows, size * sizeof *rows);
            if (!rows)
                return error_no_memory(error);
            *list = (struct shown_list){rows, list->count, size};
        }
        list->rows[list->count++] =
            (struct shown_ticket){b->entries[i].row.id, b->entries[i].updated_at};
        w->ran_back |= b->entries[i].ran_back;
    }
    return 0;
}
