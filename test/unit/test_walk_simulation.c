/*
 * test_walk_simulation: the walk against a simulated site whose list changes between and during
 * requests, in random runs.
 *
 * WALK_RUNS=N   how many runs (5,000). Run i is made from seed i.
 * WALK_SEED=N   that run alone, with a trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pace.h"
#include "core/walk.h"

enum { TICKETS_MAX = 1400, SLOTS_MAX = 8, PAGES_MAX = 4000, START_OVER_MAX = 5, TIMEOUT_S = 30 };
static const char NOTHING_MISSED[] = "no ticket visible throughout is missed";

/* What a run is made of. Every field but the seed can be shrunk towards 0 or 1. */
struct scenario {
    int64_t seed;
    int rows; /* tickets at the start, a quarter of them hidden from the user */
    int gap;  /* ids are 1..gap apart */
    int per_page;
    int connections;
    int events;     /* how many changes there are in the run */
    int pace;       /* at most that many of them at once */
    int burst;      /* tickets that one deletion or change of visibility strikes */
    int interrupts; /* how often the walk is interrupted and resumed */
    int forgetful;  /* resumed without the row counts */
    int unhinted;   /* walks begin without a total */
    int lie;        /* 0: totals are true */
    int poison;     /* tickets that make the site fail */
    int failures;   /* requests that fail by chance */
    int nameless;   /* tickets whose id cannot be read */
    int cap;        /* no page has more rows than this and nine; 0: no cap */
    int silent;     /* the site does not say so, and its pages begin as if there were none */
    int wild;       /* so often another page size is set, any */
    int start_ms;   /* what a page takes the site besides its tickets; 0: the size stays */
    int ticket_ms;  /* a ticket, at most: it varies from page to page */
    int memory;     /* for a page of more rows than this and 29 it has none; 0: it always has */
};

struct ticket {
    int64_t id;
    bool visible, gone, poison, nameless;
    bool throughout; /* visible at every instant of the run so far */
    bool seen;
};

struct slot {
    bool used, taken, failed;
    struct walk_window window;
    struct walk_page page;
    int64_t ids[TICKETS_MAX + 1];
    size_t rows[TICKETS_MAX], row_count; /* the tickets on the page, nameless ones too */
};

/* The module under test, or a naive one in its place. */
struct walker {
    void *(*begin)(const struct scenario *scenario, int64_t total,
                   const struct walk_interval *proven, size_t count);
    void (*end)(void *self);
    enum walk_next (*next)(void *self, struct walk_window *window);
    int (*answer)(void *self, const struct walk_window *window, struct walk_page *page,
                  int64_t *ids, struct walk_interval *proven);
    void (*resize)(void *self, int64_t per_page); /* NULL: the size stays */
};

struct run {
    struct scenario scenario; /* counts down what is still to happen */
    const struct walker *walker;
    bool trace;
    uint64_t random;
    struct ticket tickets[TICKETS_MAX];
    int count, visible, most_visible;
    struct slot slots[SLOTS_MAX];
    struct walk_interval proven[PAGES_MAX];
    size_t proven_count;
    void *self;
    int64_t requests, failed; /* of this walk */
    int64_t all_requests;     /* of all that were resumed one from the other */
    struct pace pace;
    int64_t size, least, largest; /* the page size that is set, and those that were, of this walk */
    int skips;
    bool plain; /* no page is in doubt to have been cut */
    enum walk_next outcome;
    const char *broken; /* the property that does not hold */
};

__attribute__((format(printf, 2, 3))) static void trace(const struct run *run, const char *format,
                                                        ...)
{
    if (!run->trace)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

static void broken(struct run *run, const char *property)
{
    if (!run->broken)
        run->broken = property;
}

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* 0 .. n - 1 */
static int below(uint64_t *state, int n)
{
    return n > 0 ? (int)(draw(state) % (uint64_t)n) : 0;
}

static int pick(struct run *run, int n)
{
    return below(&run->random, n);
}

/* ---- the site ---- */

static void create(struct run *run, bool visible)
{
    if (run->count == TICKETS_MAX)
        return;
    int64_t last = run->count ? run->tickets[run->count - 1].id : 0;
    struct ticket *ticket = &run->tickets[run->count++];
    *ticket = (struct ticket){.id = last + 1 + pick(run, run->scenario.gap), .visible = visible};
    run->visible += visible;
    trace(run, "    + %lld%s\n", (long long)ticket->id, visible ? "" : " (hidden)");
}

static void hide(struct run *run, struct ticket *ticket, bool forever)
{
    if (ticket->visible)
        trace(run, "    - %lld%s\n", (long long)ticket->id, forever ? " (deleted)" : "");
    run->visible -= ticket->visible;
    ticket->gone = ticket->gone || forever;
    ticket->visible = ticket->throughout = false;
}

static void show(struct run *run, struct ticket *ticket)
{
    if (ticket->visible || ticket->gone)
        return;
    trace(run, "    + %lld (shown)\n", (long long)ticket->id);
    ticket->visible = true;
    run->visible++;
}

/* One change. An update of a ticket changes nothing in a list ordered by id. */
static void change(struct run *run)
{
    int kind = pick(run, 8), length = 1 + pick(run, run->scenario.burst);
    if (kind == 0 || !run->count) {
        create(run, true);
        return;
    }
    if (kind == 1)
        return;
    int from = pick(run, run->count);
    for (int i = from; i < run->count && i < from + length; i++)
        if (kind < 4)
            hide(run, &run->tickets[i], kind == 2);
        else if (kind < 6)
            show(run, &run->tickets[i]);
    if (kind == 6) { /* one leaves, one comes: the total stays */
        hide(run, &run->tickets[from], false);
        for (int i = 0; i < run->count; i++)
            if (i != from && !run->tickets[i].visible && !run->tickets[i].gone) {
                show(run, &run->tickets[i]);
                break;
            }
    }
}

/* Time passes. */
static void pass(struct run *run)
{
    int n = pick(run, run->scenario.pace + 1);
    for (; n > 0 && run->scenario.events > 0; n--) {
        run->scenario.events--;
        change(run);
    }
    if (run->visible > run->most_visible)
        run->most_visible = run->visible;
}

static int64_t total_told(struct run *run)
{
    switch (run->scenario.lie) {
    case 0:
        return run->visible;
    case 1:
        return 0;
    case 2:
        return 1000000000000000;
    case 3:
        return (int64_t)draw(&run->random);
    case 4:
        return pick(run, 3 * run->visible + 1);
    case 5:
        return INT64_MAX - pick(run, 2);
    default:
        return -1 - pick(run, 100);
    }
}

static void fill(struct run *run)
{
    for (int i = 0; i < run->scenario.rows; i++)
        create(run, pick(run, 4) > 0);
    for (int i = 0; i < run->scenario.poison && run->count; i++)
        run->tickets[pick(run, run->count)].poison = true;
    for (int i = 0; i < run->scenario.nameless && run->count; i++)
        run->tickets[pick(run, run->count)].nameless = true;
    for (int i = 0; i < run->count; i++)
        run->tickets[i].throughout = run->tickets[i].visible;
    run->most_visible = run->visible;
}

/*
 * The site answers: it counts the rows, and then, in another query and at another instant, reads
 * them.
 */
static void take(struct run *run, struct slot *slot)
{
    const struct scenario *is = &run->scenario;
    int64_t size = slot->window.per_page, total = total_told(run), most = INT64_MAX;
    slot->page = (struct walk_page){.ids = slot->ids, .total = total};
    if (is->cap && is->silent)
        most = is->cap + 9;
    else if (is->cap && is->cap + 9 < size)
        slot->page.per_page = size = is->cap + 9;
    slot->page.last_page = total > 0 ? (total - 1) / size + 1 : 1;
    /* A page that is cut in silence, where the count is, by chance, its end, looks like the last.
     */
    if (most == INT64_MAX && pick(run, 3) == 0)
        pass(run);
    int64_t row = 0;
    for (int i = 0; i < run->count; i++) {
        const struct ticket *ticket = &run->tickets[i];
        row += ticket->visible;
        if (!ticket->visible || (row - 1) / size + 1 != slot->window.page ||
            (int64_t)slot->row_count >= most)
            continue;
        slot->failed = slot->failed || ticket->poison;
        slot->rows[slot->row_count++] = (size_t)i;
        if (ticket->nameless)
            slot->page.nameless++;
        else
            slot->ids[slot->page.count++] = ticket->id;
    }
    if (run->scenario.failures > 0 && pick(run, 10) == 0) {
        run->scenario.failures--;
        slot->failed = true;
    }
    if (is->memory && slot->row_count > (size_t)is->memory + 29)
        slot->failed = true;
    slot->taken = true;
}

/* ---- the run ---- */

static void see(struct run *run, const struct slot *slot)
{
    for (size_t i = 0; i < slot->row_count; i++)
        run->tickets[slot->rows[i]].seen = true;
}

static void resize(struct run *run, int64_t size)
{
    if (size == run->size || !run->walker->resize)
        return;
    trace(run, "  pages of %lld from now on\n", (long long)size);
    run->walker->resize(run->self, size);
    run->size = size;
    run->least = size < run->least ? size : run->least;
    run->largest = size > run->largest ? size : run->largest;
}

/* Another size is set: as the time that the pages take suggests, or any. */
static void follow_pace(struct run *run, const struct slot *slot)
{
    struct scenario *is = &run->scenario;
    int64_t rows = (int64_t)slot->row_count;
    if (is->wild > 0 && pick(run, 3) == 0) {
        is->wild--;
        resize(run, 1 + pick(run, 3 * is->per_page));
    } else if (is->start_ms && slot->failed) {
        pace_failed(&run->pace, slot->window.per_page);
        resize(run, run->pace.size);
    } else if (is->start_ms) {
        pace_answer(&run->pace, rows, is->start_ms + rows * pick(run, is->ticket_ms + 1));
        resize(run, run->pace.size);
    }
}

static void deliver(struct run *run, struct slot *slot)
{
    slot->used = false;
    trace(run, "  page %lld of %lld: ", (long long)slot->window.page,
          (long long)slot->window.per_page);
    if (slot->failed) {
        trace(run, "failed\n");
        run->failed++;
        run->skips = walk_failed(run->self, &slot->window);
        follow_pace(run, slot);
        return;
    }
    see(run, slot);
    size_t count = slot->page.count;
    struct walk_interval *proven = &run->proven[run->proven_count];
    trace(run, "%zu tickets, %lld to %lld, total %lld\n", count,
          (long long)(count ? slot->ids[0] : 0), (long long)(count ? slot->ids[count - 1] : 0),
          (long long)slot->page.total);
    int proves = run->walker->answer(run->self, &slot->window, &slot->page, slot->ids, proven);
    run->proven_count += proves == 1 && run->proven_count < PAGES_MAX - 1;
    follow_pace(run, slot);
}

static void ask(struct run *run, const struct walk_window *window)
{
    const struct scenario *is = &run->scenario;
    run->requests++;
    run->all_requests++;
    trace(run, "ask page %lld of %lld\n", (long long)window->page, (long long)window->per_page);
    int64_t most = run->largest + (run->largest > 120 ? run->largest / 10 : 12);
    if (window->page < 1 || window->per_page < 1 || window->per_page > most + 1)
        broken(run, "windows are sane");
    if (run->plain && !run->failed && window->per_page < run->size - run->size / 10)
        broken(run, "the page size stays within ten percent");
    int64_t size = is->cap && is->cap + 9 < run->least ? is->cap + 9 : run->least;
    if (run->failed) /* smaller windows are asked for then */
        size = size / 4 + 1;
    int64_t pages = run->most_visible / (size - size / 10);
    /* With lies, and tickets that cannot be read, the walk ends where it gives up. */
    bool lost = is->lie && run->failed;
    if (!lost && run->requests > WALK_SPARE + 4 * (pages + 1) + 4 * run->failed)
        broken(run, "the number of requests stays within the stated bound");
    for (int i = 0; i < is->connections; i++)
        if (!run->slots[i].used) {
            run->slots[i] = (struct slot){.used = true, .window = *window};
            return;
        }
    broken(run, "no more windows are outstanding than there are connections");
}

/* One of the outstanding requests gets ahead. */
static void proceed(struct run *run)
{
    struct slot *used[SLOTS_MAX];
    int count = 0;
    for (int i = 0; i < SLOTS_MAX; i++)
        if (run->slots[i].used)
            used[count++] = &run->slots[i];
    if (!count) {
        broken(run, "the walk waits for outstanding windows only");
        return;
    }
    struct slot *slot = used[pick(run, count)];
    if (slot->taken)
        deliver(run, slot);
    else
        take(run, slot);
}

static void begin(struct run *run)
{
    int64_t hint = run->scenario.unhinted ? 0 : total_told(run);
    for (size_t i = 0; run->scenario.forgetful && i < run->proven_count; i++)
        run->proven[i].rows = run->proven[i].row = 0;
    run->self = run->walker->begin(&run->scenario, hint, run->proven, run->proven_count);
    run->requests = run->failed = 0;
    run->size = run->least = run->largest = run->scenario.per_page;
    pace_begin(&run->pace, run->size, 2 * run->size, TIMEOUT_S);
    assert_non_null(run->self);
}

/* What was on its way is lost; the next walk may have other connections and another page size. */
static void interrupt(struct run *run)
{
    run->scenario.interrupts--;
    trace(run, "interrupted\n");
    run->walker->end(run->self);
    memset(run->slots, 0, sizeof run->slots);
    run->scenario.per_page = 1 + pick(run, 2 * run->scenario.per_page);
    run->scenario.connections = 1 + pick(run, run->scenario.connections);
    pass(run);
    begin(run);
}

/*
 * Must the walk have come to its end? Not when rows were skipped by chance, or with two reasons at
 * once to be lost: then it only has to end, and to be honest.
 */
static bool must_arrive(const struct run *run, const struct scenario *scenario)
{
    if (run->skips && (!scenario->poison || scenario->failures))
        return false;
    if (scenario->poison && scenario->memory)
        return false;
    if (scenario->interrupts && (scenario->lie || scenario->poison || scenario->forgetful))
        return false;
    /* Nothing else tells where a small list ends, or one whose pages are cut. */
    if (scenario->lie && (scenario->rows <= 20 || scenario->cap))
        return false;
    /* A window that fails may be cut, and lie elsewhere. */
    if (scenario->cap && (scenario->poison || scenario->memory))
        return false;
    if (scenario->nameless && (scenario->lie || scenario->poison))
        return false;
    /* Where nothing is sure about a page but that some of its items have an id. */
    if (scenario->nameless && scenario->cap && scenario->wild)
        return false;
    return !(scenario->lie && (scenario->events || scenario->poison));
}

static bool any_missed(const struct run *run, bool poisoned_ones)
{
    bool missed = false;
    for (int i = 0; i < run->count; i++) {
        const struct ticket *ticket = &run->tickets[i];
        if (!ticket->throughout || ticket->seen || (ticket->poison && !poisoned_ones))
            continue;
        missed = true;
        trace(run, "missed: %lld\n", (long long)ticket->id);
    }
    return missed;
}

static void judge(struct run *run, const struct scenario *scenario)
{
    if (run->outcome == WALK_COMPLETE && any_missed(run, true))
        broken(run, NOTHING_MISSED);
    if (!must_arrive(run, scenario))
        return;
    if (!scenario->poison && run->outcome != WALK_COMPLETE)
        broken(run, "the walk becomes complete");
    if (scenario->events)
        return;
    if (any_missed(run, false))
        broken(run, "on a quiet site everything readable is read");
    double most = 1.03 * run->visible / scenario->per_page + 2;
    bool calm = !scenario->cap && !scenario->poison && !scenario->failures && !scenario->lie &&
                !scenario->interrupts && !scenario->nameless && !scenario->wild &&
                !scenario->start_ms && !scenario->memory;
    if (calm && (double)run->all_requests > most)
        broken(run, "a quiet site is asked little more than rows / per_page");
}

/* Returns the property that is broken, or NULL. */
static const char *simulate(struct run *run, const struct walker *walker,
                            const struct scenario *scenario, bool traced)
{
    *run = (struct run){.scenario = *scenario,
                        .walker = walker,
                        .trace = traced,
                        .random = (uint64_t)scenario->seed,
                        .plain = !scenario->cap && !scenario->lie && !scenario->events &&
                                 !scenario->nameless};
    fill(run);
    begin(run);
    while (!run->broken) {
        struct walk_window window;
        run->outcome = walker->next(run->self, &window);
        if (run->outcome == WALK_COMPLETE || run->outcome == WALK_STUCK)
            break;
        if (run->outcome == WALK_ASK)
            ask(run, &window);
        if (run->outcome == WALK_WAIT || pick(run, 2)) {
            pass(run);
            proceed(run);
        }
        if (run->scenario.interrupts > 0 && pick(run, 30) == 0)
            interrupt(run);
    }
    if (!run->broken)
        judge(run, scenario);
    run->walker->end(run->self);
    return run->broken;
}

/* ---- the walk, and naive ones ---- */

static void *walk_begin(const struct scenario *scenario, int64_t total,
                        const struct walk_interval *proven, size_t count)
{
    struct walk *walk = walk_new(scenario->per_page, scenario->connections, total);
    if (walk && walk_resume(walk, proven, count) == 0)
        return walk;
    walk_free(walk);
    return NULL;
}

static void walk_end(void *self)
{
    walk_free(self);
}

static enum walk_next walk_ask(void *self, struct walk_window *window)
{
    return walk_next(self, window);
}

static int walk_take(void *self, const struct walk_window *window, struct walk_page *page,
                     int64_t *ids, struct walk_interval *proven)
{
    (void)ids;
    return walk_answer(self, window, page, proven);
}

static void walk_resize(void *self, int64_t per_page)
{
    walk_set_size(self, per_page);
}

static const struct walker the_walk = {walk_begin, walk_end, walk_ask, walk_take, walk_resize};

/* Believes that a full page is the last one when the site says so. */
static int credulous_take(void *self, const struct walk_window *window, struct walk_page *page,
                          int64_t *ids, struct walk_interval *proven)
{
    if (page->count == (size_t)window->per_page && page->last_page == window->page)
        ids[page->count++] = WALK_MAX;
    return walk_answer(self, window, page, proven);
}

static const struct walker credulous_walk = {walk_begin, walk_end, walk_ask, credulous_take, NULL};

/* Page after page, without a look at what they hold. */
struct naive {
    int64_t per_page, page, total;
    bool waiting, done;
    int rounds;
};

static void *naive_begin(const struct scenario *scenario, int64_t total,
                         const struct walk_interval *proven, size_t count)
{
    (void)proven;
    (void)count;
    struct naive *naive = calloc(1, sizeof *naive);
    if (naive)
        *naive = (struct naive){.per_page = scenario->per_page, .page = 1, .total = total};
    return naive;
}

static void *backwards_begin(const struct scenario *scenario, int64_t total,
                             const struct walk_interval *proven, size_t count)
{
    struct naive *naive = naive_begin(scenario, total, proven, count);
    if (naive)
        naive->page = total / naive->per_page + 1;
    return naive;
}

static enum walk_next naive_next(void *self, struct walk_window *window)
{
    struct naive *naive = self;
    if (naive->done)
        return naive->rounds < START_OVER_MAX ? WALK_COMPLETE : WALK_STUCK;
    if (naive->waiting)
        return WALK_WAIT;
    naive->waiting = true;
    *window = (struct walk_window){naive->page, naive->per_page};
    return WALK_ASK;
}

/* Done when a page is short. */
static int forwards_take(void *self, const struct walk_window *window, struct walk_page *page,
                         int64_t *ids, struct walk_interval *proven)
{
    (void)ids;
    (void)proven;
    struct naive *naive = self;
    naive->waiting = false;
    naive->page++;
    naive->done = page->count < (size_t)window->per_page;
    return 0;
}

/* Done at page 1, if `total` is still what it was; else once more. */
static int trusting_take(void *self, const struct walk_window *window, struct walk_page *page,
                         int64_t *ids, struct walk_interval *proven)
{
    (void)ids;
    (void)proven;
    struct naive *naive = self;
    naive->waiting = false;
    naive->page--;
    if (window->page > 1)
        return 0;
    naive->done = page->total == naive->total || ++naive->rounds == START_OVER_MAX;
    naive->total = page->total;
    naive->page = page->total / naive->per_page + 1;
    return 0;
}

static const struct walker forwards_walk = {naive_begin, free, naive_next, forwards_take, NULL};
static const struct walker trusting_walk = {backwards_begin, free, naive_next, trusting_take, NULL};

/* ---- scenarios ---- */

static struct scenario random_scenario(int64_t seed)
{
    static const int gaps[] = {1, 2, 10, 1000, 1000000000};
    static const int sizes[] = {1, 3, 10, 40, 200};
    uint64_t state = (uint64_t)seed ^ 0x5eed5eed5eedU;
    struct scenario s = {.seed = seed, .pace = 1, .burst = 1};
    s.per_page = 1 + below(&state, sizes[below(&state, 5)]);
    s.rows = below(&state, s.per_page * (1 + below(&state, 60)));
    if (s.rows > 1000)
        s.rows = 1000;
    s.gap = gaps[below(&state, 5)];
    s.connections = 1 + below(&state, below(&state, 2) ? SLOTS_MAX : 1);
    if (below(&state, 4)) {
        s.events = below(&state, 400);
        s.pace = 1 + below(&state, 1 + below(&state, 8));
        s.burst = 1 + below(&state, 1 + below(&state, 40));
    }
    if (below(&state, 3) == 0)
        s.interrupts = 1 + below(&state, 3);
    s.forgetful = below(&state, 4) == 0;
    s.unhinted = below(&state, 8) == 0;
    s.lie = below(&state, 5) ? 0 : 1 + below(&state, 6);
    if (below(&state, 6) == 0)
        s.poison = 1 + below(&state, 3);
    if (below(&state, 6) == 0)
        s.failures = 1 + below(&state, 5);
    if (below(&state, 6) == 0)
        s.nameless = 1 + below(&state, 5);
    if (below(&state, 4) == 0)
        s.cap = 1 + below(&state, s.per_page + 3);
    s.silent = s.lie != 4 && below(&state, 2); /* a random total may seem to agree */
    if (below(&state, 3) == 0)
        s.wild = 1 + below(&state, 40);
    if (below(&state, 2)) {
        s.start_ms = 1 + below(&state, below(&state, 2) ? 400 : 20000);
        s.ticket_ms = below(&state, below(&state, 2) ? 3 : 1000);
    }
    if (below(&state, 6) == 0)
        s.memory = 1 + below(&state, 2 * s.per_page);
    return s;
}

static void print_scenario(const struct scenario *s)
{
    fprintf(
        stderr,
        "  seed %lld: rows %d, gap %d, per_page %d, connections %d, events %d, pace %d, burst %d, "
        "interrupts %d, forgetful %d, unhinted %d, lie %d, poison %d, failures %d, nameless %d, "
        "cap %d, silent %d, wild %d, start_ms %d, ticket_ms %d, memory %d\n",
        (long long)s->seed, s->rows, s->gap, s->per_page, s->connections, s->events, s->pace,
        s->burst, s->interrupts, s->forgetful, s->unhinted, s->lie, s->poison, s->failures,
        s->nameless, s->cap, s->silent, s->wild, s->start_ms, s->ticket_ms, s->memory);
}

/* Tries smaller values for one field; returns whether the run still fails with one of them. */
static bool shrink_field(struct run *run, const struct walker *walker, struct scenario *scenario,
                         size_t offset, int least)
{
    int *field = (int *)(void *)((char *)scenario + offset), value = *field;
    const int tries[] = {least, value / 4, value / 2, value - value / 8, value - 1};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        if (tries[i] < least || tries[i] >= value)
            continue;
        *field = tries[i];
        if (simulate(run, walker, scenario, false))
            return true;
    }
    *field = value;
    return false;
}

/* The smallest scenario found that breaks a property as well. */
static struct scenario shrink(struct run *run, const struct walker *walker,
                              struct scenario scenario)
{
    static const struct {
        size_t offset;
        int least;
    } fields[] = {
        {offsetof(struct scenario, interrupts), 0}, {offsetof(struct scenario, failures), 0},
        {offsetof(struct scenario, poison), 0},     {offsetof(struct scenario, nameless), 0},
        {offsetof(struct scenario, memory), 0},     {offsetof(struct scenario, wild), 0},
        {offsetof(struct scenario, start_ms), 0},   {offsetof(struct scenario, ticket_ms), 0},
        {offsetof(struct scenario, cap), 0},        {offsetof(struct scenario, silent), 0},
        {offsetof(struct scenario, lie), 0},        {offsetof(struct scenario, forgetful), 0},
        {offsetof(struct scenario, unhinted), 0},   {offsetof(struct scenario, connections), 1},
        {offsetof(struct scenario, events), 0},     {offsetof(struct scenario, rows), 0},
        {offsetof(struct scenario, per_page), 1},   {offsetof(struct scenario, gap), 1},
        {offsetof(struct scenario, burst), 1},      {offsetof(struct scenario, pace), 1},
    };
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            again =
                shrink_field(run, walker, &scenario, fields[i].offset, fields[i].least) || again;
    }
    return scenario;
}

static void report(struct run *run, const struct scenario *scenario)
{
    fprintf(stderr, "BROKEN: %s (replay: WALK_SEED=%lld)\n", run->broken,
            (long long)scenario->seed);
    print_scenario(scenario);
    struct scenario small = shrink(run, &the_walk, *scenario);
    fprintf(stderr, "shrunk to:\n");
    print_scenario(&small);
    simulate(run, &the_walk, &small, true);
    fprintf(stderr, "BROKEN: %s\n", run->broken);
}

static int64_t setting(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoll(text, NULL, 10) : otherwise;
}

static struct run *new_run(void)
{
    struct run *run = malloc(sizeof *run);
    assert_non_null(run);
    return run;
}

/* ---- tests ---- */

static void nothing_is_missed(void **state)
{
    (void)state;
    struct run *run = new_run();
    int64_t only = setting("WALK_SEED", 0), complete = 0;
    int64_t first = only ? only : 1, last = only ? only : setting("WALK_RUNS", 5000);
    bool failed = false;
    fprintf(stderr, "seeds %lld to %lld\n", (long long)first, (long long)last);
    for (int64_t seed = first; !failed && seed <= last; seed++) {
        struct scenario scenario = random_scenario(seed);
        if (only)
            print_scenario(&scenario);
        failed = simulate(run, &the_walk, &scenario, only != 0);
        if (failed)
            report(run, &scenario);
        complete += run->outcome == WALK_COMPLETE;
    }
    free(run);
    assert_false(failed);
    fprintf(stderr, "tried: %lld of %lld walks became complete\n", (long long)complete,
            (long long)(last - first + 1));
    /* Else the property would hold for want of anything said. */
    assert_true(only || complete > (last - first) * 3 / 4);
}

/* The property has teeth: a walk by that rule breaks it, and the scenario can be made small. */
static void breaks(const struct walker *walker)
{
    struct run *run = new_run();
    struct scenario scenario = {0};
    bool missed = false;
    for (int64_t seed = 1; seed <= 2000 && !missed; seed++) {
        scenario = random_scenario(seed);
        scenario.connections = 1;
        scenario.lie = scenario.poison = scenario.failures = scenario.interrupts = 0;
        const char *property = simulate(run, walker, &scenario, false);
        missed = property && strcmp(property, NOTHING_MISSED) == 0;
    }
    assert_true(missed);
    struct scenario small = shrink(run, walker, scenario);
    assert_true(small.events < scenario.events || small.rows < scenario.rows);
    assert_non_null(simulate(run, walker, &small, false));
    free(run);
}

static void first_to_last_misses_tickets(void **state)
{
    (void)state;
    breaks(&forwards_walk);
}

static void trusting_total_misses_tickets(void **state)
{
    (void)state;
    breaks(&trusting_walk);
}

static void trusting_last_page_misses_tickets(void **state)
{
    (void)state;
    breaks(&credulous_walk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missed),
        cmocka_unit_test(first_to_last_misses_tickets),
        cmocka_unit_test(trusting_total_misses_tickets),
        cmocka_unit_test(trusting_last_page_misses_tickets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
