/*
 * test_rolling_simulation: the rolling walk over days of runs, against a simulated site whose list
 * grows, shrinks and moves between and during requests, and runs that fail.
 *
 * ROLLING_RUNS=N   how many random histories (1,000). History i is made from seed i.
 * ROLLING_SEED=N   that history alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rolling.h"
#include "core/walk.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 24 * HOUR_S, PAGES_MAX = 64 };

/* What a history is made of. */
struct scenario {
    int64_t seed;
    int rows, gap; /* tickets at the start; ids are 1..gap apart */
    int per_page, connections;
    int64_t every_s, pause_s;
    int jitter;   /* percent of the pause, either way */
    int outages;  /* one run in so many is followed by a pause of up to `every`; 0: none */
    int failures; /* one request in so many ends its run; 0: none */
    int changes;  /* up to so many between two requests */
};

struct ticket {
    int64_t id;
    bool visible;
    int64_t since; /* it has been visible, or hidden */
    int64_t seen;  /* on a page, the last time */
};

struct site {
    struct scenario is;
    uint64_t random;
    int64_t now;
    struct ticket *tickets; /* ascending by id */
    int count, room, visible;

    struct record record;
    struct rolling rolling;
    int64_t runs[ROLLING_GAPS];
    size_t run_count;

    int64_t pages, most, oldest; /* of all runs; the most in one; the highest age at a run's end */
    int64_t oldest_before;       /* the highest age before a run's pages */
    int64_t histogram[PAGES_MAX];
    int incomplete; /* runs */
    int64_t complete_at;
};

static int64_t pick(struct site *s, int64_t below)
{
    s->random = s->random * 6364136223846793005u + 1442695040888963407u;
    return below < 1 ? 0 : (int64_t)((s->random >> 33) % (uint64_t)below);
}

/* The site */

static void add_ticket(struct site *s)
{
    if (s->count == s->room) {
        s->room = s->room * 2 + 64;
        s->tickets = realloc(s->tickets, (size_t)s->room * sizeof *s->tickets);
        assert_non_null(s->tickets);
    }
    int64_t last = s->count ? s->tickets[s->count - 1].id : 0;
    s->tickets[s->count++] = (struct ticket){
        .id = last + 1 + pick(s, s->is.gap), .visible = true, .since = s->now, .seen = s->now};
    s->visible++;
}

/* A burst of tickets is hidden or deleted, or shown again. */
static void strike(struct site *s)
{
    int first = (int)pick(s, s->count), burst = 1 + (int)pick(s, 5);
    bool shown = pick(s, 3) == 0;
    for (int i = first; i < first + burst && i < s->count; i++) {
        struct ticket *t = &s->tickets[i];
        if (t->visible == shown)
            continue;
        t->visible = shown;
        t->since = s->now;
        s->visible += shown ? 1 : -1;
    }
}

static void change(struct site *s)
{
    for (int64_t n = pick(s, s->is.changes + 1); n > 0; n--)
        pick(s, 2) ? add_ticket(s) : strike(s);
}

/* A run */

static void learn(struct site *s, int64_t id)
{
    assert_int_equal(record_insert(&s->record, id), 0);
}

/* What a page proves: each id on it is there, and no other in the interval is. */
static void prove(struct site *s, int64_t low, int64_t high)
{
    int64_t from = low < 1 ? 1 : low;
    assert_int_equal(rolling_prove(&s->rolling, low, high, s->now), 0);
    for (int64_t id = record_next(&s->record, from); id && id <= high;
         id = record_next(&s->record, id + 1))
        record_remove(&s->record, id);
    for (int i = 0; i < s->count; i++) {
        struct ticket *t = &s->tickets[i];
        if (t->id < low || t->id > high || !t->visible)
            continue;
        t->seen = s->now;
        learn(s, t->id);
    }
}

/* New tickets, which every run learns of. */
static void read_tail(struct site *s)
{
    for (int64_t i = s->count, known = record_max(&s->record); i > 0; i--) {
        const struct ticket *t = &s->tickets[i - 1];
        if (t->id <= known)
            return;
        if (t->visible)
            learn(s, t->id);
    }
}

struct answer {
    struct walk_page page;
    int64_t *ids;
};

static struct answer read_page(const struct site *s, const struct walk_window *w)
{
    struct answer a = {.ids = calloc((size_t)w->per_page, sizeof(int64_t))};
    int64_t row = 0, first = (w->page - 1) * w->per_page;
    assert_non_null(a.ids);
    for (int i = 0; i < s->count; i++) {
        if (!s->tickets[i].visible)
            continue;
        if (row >= first && row < first + w->per_page)
            a.ids[a.page.count++] = s->tickets[i].id;
        row++;
    }
    a.page.ids = a.ids;
    a.page.total = s->visible;
    return a;
}

/* Answers the window that was asked for first. */
static void answer(struct site *s, struct walk *walk, const struct walk_window *w)
{
    struct walk_interval proven;
    change(s);
    s->now++;
    struct answer a = read_page(s, w);
    int proves = walk_answer(walk, w, &a.page, &proven);
    assert_true(proves >= 0);
    if (proves)
        prove(s, proven.low, proven.high);
    free(a.ids);
}

/* Reads what the plan says; false: the run failed. */
static bool read_planned(struct site *s, struct walk *walk, const struct rolling_plan *plan,
                         int64_t *asked)
{
    struct walk_window windows[WALK_AT_ONCE_MAX];
    int outstanding = 0;
    for (;;) {
        bool waits = *asked >= plan->pages &&
                     (outstanding || rolling_is_done(&s->rolling, plan, *asked, s->now));
        enum walk_next next = waits ? WALK_WAIT : walk_next(walk, &windows[outstanding]);
        if (next == WALK_ASK) {
            outstanding++;
            ++*asked;
            continue;
        }
        if (!outstanding)
            return next != WALK_STUCK;
        if (s->is.failures && pick(s, s->is.failures) == 0)
            return false;
        answer(s, walk, &windows[0]);
        memmove(&windows[0], &windows[1], (size_t)--outstanding * sizeof windows[0]);
    }
}

static void note_run(struct site *s, int64_t began, int64_t asked)
{
    memmove(&s->runs[1], &s->runs[0], (ROLLING_GAPS - 1) * sizeof s->runs[0]);
    s->runs[0] = began;
    s->run_count += s->run_count < ROLLING_GAPS;
    s->pages += asked;
    s->most = asked > s->most ? asked : s->most;
    s->histogram[asked < PAGES_MAX ? asked : PAGES_MAX - 1]++;
}

/* After a complete run nothing that has been so for longer than full_every is unknown. */
static void assert_known(const struct site *s)
{
    int64_t since = s->now - s->is.every_s;
    for (int i = 0; i < s->count; i++) {
        const struct ticket *t = &s->tickets[i];
        if (t->since >= since)
            continue;
        if (t->visible != record_has(&s->record, t->id) || (t->visible && t->seen < since))
            fail_msg("seed %lld: ticket %lld is %s since %lld s, seen %lld s ago",
                     (long long)s->is.seed, (long long)t->id, t->visible ? "visible" : "gone",
                     (long long)(s->now - t->since), (long long)(s->now - t->seen));
    }
}

static int64_t age(const struct site *s)
{
    return s->now - rolling_oldest(&s->rolling);
}

static void run(struct site *s)
{
    int64_t began = s->now, asked = 0;
    struct rolling_plan plan;
    read_tail(s);
    struct rolling_facts facts = {.now = s->now,
                                  .full_every_s = s->is.every_s,
                                  .runs = s->runs,
                                  .run_count = s->run_count,
                                  .record = &s->record,
                                  .per_page = s->is.per_page};
    assert_int_equal(rolling_plan(&s->rolling, &facts, &plan), 0);
    struct walk *walk = walk_new(s->is.per_page, s->is.connections + 1, s->visible);
    assert_non_null(walk);
    assert_int_equal(walk_resume(walk, plan.kept, plan.kept_count), 0);
    if (s->run_count)
        s->oldest_before = age(s) > s->oldest_before ? age(s) : s->oldest_before;
    bool sound = read_planned(s, walk, &plan, &asked);
    walk_free(walk);
    free(plan.kept);
    rolling_thin(&s->rolling, &s->record, s->is.per_page / 2);
    note_run(s, began, asked);
    bool complete = sound && rolling_is_complete(&s->rolling, s->now, s->is.every_s);
    s->incomplete += !complete;
    if (!complete)
        return;
    s->oldest = age(s) > s->oldest ? age(s) : s->oldest;
    s->complete_at = s->now;
    assert_known(s);
}

static void pause(struct site *s)
{
    int64_t jitter = s->is.pause_s * s->is.jitter / 100;
    int64_t pause = s->is.pause_s + (jitter ? pick(s, 2 * jitter + 1) - jitter : 0);
    if (s->is.outages && pick(s, s->is.outages) == 0)
        pause += pick(s, s->is.every_s);
    s->now += pause > 1 ? pause : 1;
    change(s);
}

/* A history */

static void begin(struct site *s, const struct scenario *scenario)
{
    *s = (struct site){.is = *scenario, .random = (uint64_t)scenario->seed, .now = 1000000000};
    for (int i = 0; i < scenario->rows; i++)
        add_ticket(s);
    assert_int_equal(rolling_prove(&s->rolling, WALK_MIN, WALK_MAX, 0), 0); /* never read */
}

static void end(struct site *s)
{
    record_release(&s->record);
    rolling_release(&s->rolling);
    free(s->tickets);
}

static void run_for(struct site *s, int64_t seconds)
{
    for (int64_t until = s->now + seconds; s->now < until; pause(s))
        run(s);
}

/* The first run reads everything; what it cost is forgotten. */
static void import(struct site *s, const struct scenario *scenario)
{
    begin(s, scenario);
    run(s);
    assert_int_equal(s->incomplete, 0);
    s->pages = s->most = s->oldest = s->oldest_before = 0;
    memset(s->histogram, 0, sizeof s->histogram);
    pause(s);
}

static void print_histogram(const struct site *s, const char *what)
{
    print_message("%s: %lld pages;", what, (long long)s->pages);
    for (int i = 0; i < PAGES_MAX; i++)
        if (s->histogram[i])
            print_message(" %lld runs of %d", (long long)s->histogram[i], i);
    print_message("; oldest %.2f h, before a run %.2f h, %zu proofs\n", (double)s->oldest / HOUR_S,
                  (double)s->oldest_before / HOUR_S, s->rolling.count);
}

/* Beside these pages of the list by id, a run asks for index, head and tail: head and tail are list
 * pages too, so that there are 4 at most. */
static void test_steady(void **state)
{
    (void)state;
    struct site s;
    import(&s, &(struct scenario){.seed = 1,
                                  .rows = 100000,
                                  .gap = 1,
                                  .per_page = 500,
                                  .connections = 2,
                                  .every_s = DAY_S,
                                  .pause_s = 10 * MINUTE_S});
    run_for(&s, 3 * DAY_S);
    print_histogram(&s, "100,000 tickets, every ten minutes, three days");
    assert_int_equal(s.incomplete, 0);
    assert_true(s.most <= 2);
    assert_true(s.oldest_before <= DAY_S);
    end(&s);
}

/* The same with ids far apart, tickets that come and go, and runs that are not on time. */
static void test_busy(void **state)
{
    (void)state;
    struct site s;
    import(&s, &(struct scenario){.seed = 2,
                                  .rows = 100000,
                                  .gap = 9,
                                  .per_page = 500,
                                  .connections = 2,
                                  .every_s = DAY_S,
                                  .pause_s = 10 * MINUTE_S,
                                  .jitter = 20,
                                  .changes = 4});
    run_for(&s, 2 * DAY_S);
    print_histogram(&s, "100,000 tickets that come and go, two days");
    assert_int_equal(s.incomplete, 0);
    assert_true(s.most <= 4); /* nothing here tells where the list has moved: see test_steady */
    assert_true(s.oldest_before <= DAY_S);
    end(&s);
}

static void test_once_a_day(void **state)
{
    (void)state;
    struct site s;
    import(&s, &(struct scenario){.seed = 3,
                                  .rows = 20000,
                                  .gap = 2,
                                  .per_page = 500,
                                  .connections = 2,
                                  .every_s = DAY_S,
                                  .pause_s = DAY_S,
                                  .jitter = 4,
                                  .changes = 3});
    run_for(&s, 30 * (int64_t)DAY_S);
    print_histogram(&s, "20,000 tickets, once a day at uneven hours, 30 days");
    assert_int_equal(s.incomplete, 0);
    assert_true(s.oldest_before <= 25 * HOUR_S);
    end(&s);
}

/* Runs by day alone: each night is a long pause, which must not make every run read everything. */
static void test_office_hours(void **state)
{
    (void)state;
    struct site s;
    import(&s, &(struct scenario){.seed = 4,
                                  .rows = 20000,
                                  .gap = 1,
                                  .per_page = 100,
                                  .connections = 2,
                                  .every_s = DAY_S,
                                  .pause_s = 10 * MINUTE_S});
    for (int day = 0; day < 10; day++) {
        run_for(&s, 8 * HOUR_S);
        s.now += 16 * HOUR_S;
    }
    print_histogram(&s, "20,000 tickets in pages of 100, 8 hours a day, 10 days");
    assert_int_equal(s.incomplete, 0);
    assert_true(s.pages <= 2 * 10 * 211);
    end(&s);
}

static struct scenario random_scenario(int64_t seed)
{
    struct site s = {.random = (uint64_t)seed};
    pick(&s, 2);
    return (struct scenario){.seed = seed,
                             .rows = (int)pick(&s, 1500),
                             .gap = 1 + (int)pick(&s, 4),
                             .per_page = 10 + (int)pick(&s, 60),
                             .connections = 1 + (int)pick(&s, 4),
                             .every_s = HOUR_S + pick(&s, 2 * DAY_S),
                             .pause_s = MINUTE_S + pick(&s, pick(&s, 2) ? HOUR_S : DAY_S),
                             .jitter = (int)pick(&s, 100),
                             .outages = pick(&s, 2) ? 0 : 5 + (int)pick(&s, 50),
                             .failures = pick(&s, 2) ? 0 : 5 + (int)pick(&s, 50),
                             .changes = (int)pick(&s, 8)};
}

/* Once runs succeed again, the first of them is complete. */
static void one_history(int64_t seed)
{
    struct site s;
    struct scenario is = random_scenario(seed);
    begin(&s, &is);
    for (int i = 0; i < 60; i++, pause(&s))
        run(&s);
    s.is.failures = 0;
    s.incomplete = 0;
    run(&s);
    if (s.incomplete)
        fail_msg("seed %lld: a run that did not fail is not complete", (long long)seed);
    if ((int64_t)s.rolling.count > 8 + 4 * (int64_t)s.record.count / is.per_page)
        fail_msg("seed %lld: %zu proofs for %lld tickets", (long long)seed, s.rolling.count,
                 (long long)s.record.count);
    end(&s);
}

static void test_random(void **state)
{
    (void)state;
    const char *runs = getenv("ROLLING_RUNS"), *seed = getenv("ROLLING_SEED");
    int64_t count = runs ? atoll(runs) : 1000;
    if (seed)
        one_history(atoll(seed));
    for (int64_t i = 1; i <= count && !seed; i++)
        one_history(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady),     cmocka_unit_test(test_busy),
        cmocka_unit_test(test_once_a_day), cmocka_unit_test(test_office_hours),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
