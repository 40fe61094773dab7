/* rolling: which part of the list a run reads. */
#include "core/rolling.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 20 /* a page shares up to one in so many rows with its neighbours */ };

void rolling_release(struct rolling *r)
{
    free(r->proofs);
    *r = (struct rolling){0};
}

/* The last id of proof number `i`. */
static int64_t high_of(const struct rolling *r, size_t i)
{
    return i + 1 < r->count ? r->proofs[i + 1].low - 1 : WALK_MAX;
}

/* Proving */

static int make_room(struct rolling *r)
{
    if (r->count + 3 <= r->room)
        return 0;
    size_t room = r->room * 2 + 16;
    struct rolling_proof *more = realloc(r->proofs, room * sizeof *more);
    if (!more)
        return -1;
    r->proofs = more;
    r->room = room;
    if (!r->count)
        r->proofs[r->count++] = (struct rolling_proof){WALK_MIN, 0};
    return 0;
}

int rolling_load(struct rolling *r, int64_t low, int64_t at)
{
    bool first = r->count == 0;
    if (make_room(r) < 0)
        return -1;
    if (first)
        r->proofs[0].at = at;
    else
        r->proofs[r->count++] = (struct rolling_proof){low, at};
    return 0;
}

/* Lets a proof begin at `low`: its number. */
static size_t divide(struct rolling *r, int64_t low)
{
    size_t i = 0;
    while (i < r->count && r->proofs[i].low < low)
        i++;
    if (i < r->count && r->proofs[i].low == low)
        return i;
    memmove(&r->proofs[i + 1], &r->proofs[i], (r->count++ - i) * sizeof *r->proofs);
    r->proofs[i] = (struct rolling_proof){low, r->proofs[i - 1].at};
    return i;
}

/* Proofs from..to - 1 are one from now on. */
static void unite(struct rolling *r, size_t from, size_t to)
{
    memmove(&r->proofs[from + 1], &r->proofs[to], (r->count - to) * sizeof *r->proofs);
    r->count -= to - from - 1;
}

int rolling_prove(struct rolling *r, int64_t low, int64_t high, int64_t at)
{
    if (make_room(r) < 0)
        return -1;
    size_t to = high < WALK_MAX ? divide(r, high + 1) : r->count;
    size_t before = r->count, from = divide(r, low);
    to += r->count - before;
    r->proofs[from].at = at;
    unite(r, from, to);
    if (from + 1 < r->count && r->proofs[from + 1].at == at)
        unite(r, from, from + 2);
    if (from > 0 && r->proofs[from - 1].at == at)
        unite(r, from - 1, from + 1);
    return 0;
}

int64_t rolling_oldest(const struct rolling *r)
{
    int64_t oldest = r->count ? r->proofs[0].at : 0;
    for (size_t i = 1; i < r->count; i++)
        if (r->proofs[i].at < oldest)
            oldest = r->proofs[i].at;
    return oldest;
}

/* How long ago that was. An instant in the future is of a clock that was wrong: it tells nothing.
 */
static int64_t age_of(int64_t at, int64_t now)
{
    return at > now ? now : now - at;
}

bool rolling_is_complete(const struct rolling *r, int64_t now, int64_t full_every_s)
{
    for (size_t i = 0; i < r->count; i++)
        if (age_of(r->proofs[i].at, now) > full_every_s)
            return false;
    return r->count > 0;
}

/* Rows: where ids stand in the list, counted from 0 */

static int64_t rank(const struct record *record, int64_t id)
{
    return id == WALK_MIN ? 0 : id == WALK_MAX ? record->count : record_rank(record, id);
}

static int64_t rank_behind(const struct record *record, int64_t id)
{
    return id == WALK_MAX ? record->count : rank(record, id + 1);
}

static int64_t rows_between(const struct record *record, int64_t low, int64_t high)
{
    return rank_behind(record, high) - rank(record, low);
}

/* The largest id that has at most `row` ids below it, which is at least `low`. */
static int64_t id_at(const struct record *record, int64_t row, int64_t low)
{
    int64_t from = low < 0 ? 0 : low, to = record_max(record) + 1;
    while (from < to) {
        int64_t middle = from + (to - from + 1) / 2;
        if (record_rank(record, middle) <= row)
            from = middle;
        else
            to = middle - 1;
    }
    return from;
}

void rolling_thin(struct rolling *r, const struct record *record, int64_t rows)
{
    for (size_t i = 0; i + 1 < r->count;) {
        struct rolling_proof *low = &r->proofs[i];
        if (rows_between(record, low->low, high_of(r, i + 1)) >= rows) {
            i++;
            continue;
        }
        if (low[1].at < low->at)
            low->at = low[1].at;
        unite(r, i, i + 2);
    }
}

/* Planning */

/* A proof in the order of age. */
struct turn {
    int64_t age, low, high, rows;
};

/* Of those of the same age the higher ones come first: the list is read from its end. */
static int oldest_first(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;
    if (x->age != y->age)
        return x->age > y->age ? -1 : 1;
    return (x->low < y->low) - (x->low > y->low);
}

static struct turn *list_turns(const struct rolling *r, const struct rolling_facts *f)
{
    struct turn *turns = calloc(r->count ? r->count : 1, sizeof *turns);
    for (size_t i = 0; turns && i < r->count; i++) {
        int64_t low = r->proofs[i].low, high = high_of(r, i);
        turns[i] = (struct turn){age_of(r->proofs[i].at, f->now), low, high,
                                 rows_between(f->record, low, high)};
    }
    if (turns)
        qsort(turns, r->count, sizeof *turns, oldest_first);
    return turns;
}

/* The longest time between two of the last runs, this one too. Where no earlier run is known, or a
 * clock was set, it may have been long. */
static int64_t longest_gap(const struct rolling_facts *f)
{
    int64_t longest = f->run_count ? 0 : f->full_every_s, after = f->now;
    for (size_t i = 0; i < f->run_count && i < ROLLING_GAPS; i++) {
        int64_t gap = f->runs[i] > after ? f->full_every_s : after - f->runs[i];
        if (gap > longest)
            longest = gap;
        after = f->runs[i];
    }
    return longest;
}

/* How long ago pages were read last. */
static int64_t since_last(const struct turn *turns, size_t count, const struct rolling_facts *f)
{
    int64_t since = count ? turns[count - 1].age : 0;
    return since > f->full_every_s ? f->full_every_s : since;
}

/*
 * The age from which on a proof has to be renewed in this run: it may pass full_every before the
 * next one, which may take half as long again as any of the last ones took. Not before half of
 * full_every: a single long pause between runs, as at night, must not make many runs read
 * everything.
 */
static int64_t due_age(const struct rolling_facts *f, int64_t longest)
{
    int64_t every = f->full_every_s, left = longest + longest / 2;
    return left > every / 2 ? every / 2 : every - left;
}

/* How many rows of a page that is asked for are not read twice. */
static int64_t useful_rows(int64_t per_page)
{
    int64_t useful = per_page - per_page / SPARE;
    return useful < 1 ? 1 : useful;
}

/* How many rows are to be read; those that are due, from the age *from on, come first. Less than
 * a page is left to a later run, unless something is due. */
static int64_t rows_to_read(const struct turn *turns, size_t count, const struct rolling_facts *f,
                            int64_t *from)
{
    int64_t since = since_last(turns, count, f), rows = 0;
    double need = 0;
    *from = due_age(f, longest_gap(f));
    for (size_t i = 0; i < count; i++) {
        int64_t left = f->full_every_s - turns[i].age;
        rows += turns[i].rows;
        double share = turns[i].age >= *from || left <= since
                           ? (double)rows
                           : (double)rows * (double)since / (double)left;
        if (share > need)
            need = share;
    }
    bool any_due = count && turns[0].age >= *from;
    if (!any_due && need < (double)useful_rows(f->per_page))
        return 0;
    return (int64_t)need + ((double)(int64_t)need < need);
}

static int64_t pages_of(int64_t rows, int64_t per_page)
{
    int64_t useful = useful_rows(per_page);
    return (rows + useful - 1) / useful;
}

static int by_low(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;
    return (x->low > y->low) - (x->low < y->low);
}

/* Does `b` begin where `a` ends? Nothing lies behind WALK_MAX. */
static bool adjoins(const struct turn *a, const struct turn *b)
{
    return a->high < WALK_MAX && a->high + 1 == b->low;
}

enum part { LOWER, UPPER };

/* So many rows of it, of the more that it has. */
static void cut(struct turn *t, const struct record *record, int64_t rows, enum part part)
{
    if (part == LOWER)
        t->high = id_at(record, rank(record, t->low) + rows, t->low) - 1;
    else
        t->low = id_at(record, rank_behind(record, t->high) - rows, t->low);
}

/* The first turns, as many rows of them as fit; of the last one a part, the upper one unless the
 * lower one adjoins. Where they do not lie side by side, no page holds rows of both. Ascending by
 * id afterwards. */
static size_t choose(struct turn *turns, size_t count, const struct rolling_facts *f,
                     const struct rolling_plan *plan)
{
    size_t chosen = 0;
    int64_t rows = plan->pages * f->per_page, due = f->now - plan->due;
    while (chosen < count && (rows > 0 || turns[chosen].age >= due)) {
        struct turn *t = &turns[chosen];
        if (chosen && !adjoins(t - 1, t) && !adjoins(t, t - 1))
            rows -= rows > 0 ? rows % f->per_page : 0;
        if (rows <= 0 && t->age < due)
            break;
        chosen++;
        int64_t all = t->rows;
        if (all > rows && t->age < due)
            cut(t, f->record, rows, chosen > 1 && adjoins(t - 1, t) ? LOWER : UPPER);
        rows -= all;
    }
    qsort(turns, chosen, sizeof *turns, by_low);
    return chosen;
}

static void keep(struct rolling_plan *plan, const struct record *record, int64_t low, int64_t high)
{
    plan->kept[plan->kept_count++] = (struct walk_interval){.low = low,
                                                            .high = high,
                                                            .rows = rows_between(record, low, high),
                                                            .row = rank(record, low) + 1};
}

/* What lies between the chosen ones. */
static int keep_rest(struct rolling_plan *plan, const struct turn *chosen, size_t count,
                     const struct record *record)
{
    int64_t low = WALK_MIN;
    plan->kept = calloc(count + 1, sizeof *plan->kept);
    if (!plan->kept)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (chosen[i].low > low)
            keep(plan, record, low, chosen[i].low - 1);
        if (chosen[i].high == WALK_MAX)
            return 0;
        low = chosen[i].high + 1;
    }
    keep(plan, record, low, WALK_MAX);
    return 0;
}

int rolling_plan(const struct rolling *r, const struct rolling_facts *f, struct rolling_plan *plan)
{
    struct turn *turns = list_turns(r, f);
    *plan = (struct rolling_plan){0};
    if (!turns)
        return -1;
    int64_t from, rows = rows_to_read(turns, r->count, f, &from);
    plan->due = f->now - from;
    plan->pages = pages_of(rows, f->per_page);
    plan->turn = r->count > 1 && plan->pages > 0 && turns[0].rows < f->per_page;
    plan->turn_at = turns[0].low;
    plan->turn_after = f->now - turns[0].age;
    size_t chosen = choose(turns, r->count, f, plan);
    int done = r->count ? keep_rest(plan, turns, chosen, f->record) : 0;
    free(turns);
    return done;
}

/* The instant of the proof that holds an id. */
static int64_t at_of(const struct rolling *r, int64_t id)
{
    size_t i = r->count - 1;
    while (i > 0 && r->proofs[i].low > id)
        i--;
    return r->proofs[i].at;
}

bool rolling_is_done(const struct rolling *r, const struct rolling_plan *plan, int64_t pages,
                     int64_t now)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->proofs[i].at <= plan->due || r->proofs[i].at > now)
            return false;
    return pages >= plan->pages && (!plan->turn || at_of(r, plan->turn_at) > plan->turn_after);
}
