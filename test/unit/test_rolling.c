/* test_rolling: proofs of parts of the list, and which of them a run renews. */
#include "core/rolling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HOUR = 3600, EVERY = 24 * HOUR, NOW = 100 * EVERY };

static void prove(struct rolling *r, int64_t low, int64_t high, int64_t at)
{
    assert_int_equal(rolling_prove(r, low, high, at), 0);
}

/* The proofs are these pairs of low and at. */
static void assert_proofs(const struct rolling *r, const struct rolling_proof *want, size_t count)
{
    assert_int_equal(r->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(r->proofs[i].low, want[i].low);
        assert_int_equal(r->proofs[i].at, want[i].at);
    }
}
#define PROOFS(r, ...)                                                                             \
    assert_proofs((r), (const struct rolling_proof[]){__VA_ARGS__},                                \
                  sizeof((const struct rolling_proof[]){__VA_ARGS__}) /                            \
                      sizeof(struct rolling_proof))

static void test_proofs(void **state)
{
    (void)state;
    struct rolling r = {0};
    assert_int_equal(rolling_oldest(&r), 0);
    assert_false(rolling_is_complete(&r, NOW, EVERY));
    prove(&r, 10, 20, 5);
    PROOFS(&r, {WALK_MIN, 0}, {10, 5}, {21, 0});
    assert_int_equal(rolling_oldest(&r), 0);
    prove(&r, WALK_MIN, 9, 4);
    prove(&r, 21, WALK_MAX, 6);
    PROOFS(&r, {WALK_MIN, 4}, {10, 5}, {21, 6});
    assert_int_equal(rolling_oldest(&r), 4);
    prove(&r, 15, 25, 7); /* a part of each of two */
    PROOFS(&r, {WALK_MIN, 4}, {10, 5}, {15, 7}, {26, 6});
    prove(&r, 17, 18, 8); /* within one */
    PROOFS(&r, {WALK_MIN, 4}, {10, 5}, {15, 7}, {17, 8}, {19, 7}, {26, 6});
    prove(&r, 10, 25, 9); /* several */
    PROOFS(&r, {WALK_MIN, 4}, {10, 9}, {26, 6});
    prove(&r, 26, 30, 9); /* beside one of the same instant */
    PROOFS(&r, {WALK_MIN, 4}, {10, 9}, {31, 6});
    prove(&r, WALK_MIN, WALK_MAX, 10);
    PROOFS(&r, {WALK_MIN, 10});
    rolling_release(&r);
    assert_int_equal(r.count, 0);
}

static void test_complete(void **state)
{
    (void)state;
    struct rolling r = {0};
    prove(&r, WALK_MIN, WALK_MAX, NOW - EVERY);
    assert_true(rolling_is_complete(&r, NOW, EVERY));
    assert_false(rolling_is_complete(&r, NOW + 1, EVERY));
    assert_false(rolling_is_complete(&r, NOW - EVERY - 1, EVERY)); /* of a clock that was wrong */
    prove(&r, 5, 5, 0);
    assert_false(rolling_is_complete(&r, NOW, EVERY));
    rolling_release(&r);
}

/* A list of tickets 1..1000 in pages of 100, all of it read at one instant, and runs at some
 * pause. */
struct list {
    struct record record;
    struct rolling rolling;
    int64_t runs[3];
    struct rolling_facts facts;
};

static void begin(struct list *l, int64_t read_at, int64_t pause)
{
    *l = (struct list){.runs = {NOW - pause, NOW - 2 * pause, NOW - 3 * pause}};
    for (int64_t id = 1; id <= 1000; id++)
        assert_int_equal(record_insert(&l->record, id), 0);
    prove(&l->rolling, WALK_MIN, WALK_MAX, read_at);
    l->facts = (struct rolling_facts){.now = NOW,
                                      .full_every_s = EVERY,
                                      .runs = l->runs,
                                      .run_count = 3,
                                      .record = &l->record,
                                      .per_page = 100};
}

static void end(struct list *l)
{
    record_release(&l->record);
    rolling_release(&l->rolling);
}

/* What is kept are these intervals; in each place where they do not join something is read. */
static void assert_plan(struct list *l, int64_t pages, const int64_t kept[][2], size_t count)
{
    struct rolling_plan plan;
    assert_int_equal(rolling_plan(&l->rolling, &l->facts, &plan), 0);
    assert_int_equal(plan.pages, pages);
    assert_int_equal(plan.kept_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(plan.kept[i].low, kept[i][0]);
        assert_int_equal(plan.kept[i].high, kept[i][1]);
        assert_int_equal(plan.kept[i].row, kept[i][0] == WALK_MIN ? 1 : kept[i][0]);
    }
    free(plan.kept);
}
#define PLANS(list, pages, ...)                                                                    \
    assert_plan((list), (pages), (const int64_t[][2]){__VA_ARGS__},                                \
                sizeof((const int64_t[][2]){__VA_ARGS__}) / sizeof(int64_t[2]))

/* A share of it, from its end; but less than a page is left to a later run. */
static void test_share(void **state)
{
    (void)state;
    struct list l;
    begin(&l, NOW - HOUR, HOUR); /* 43 rows */
    PLANS(&l, 0, {WALK_MIN, WALK_MAX});
    l.facts.now += HOUR; /* 91 */
    PLANS(&l, 0, {WALK_MIN, WALK_MAX});
    l.facts.now += HOUR; /* 143 */
    PLANS(&l, 2, {WALK_MIN, 800});
    prove(&l.rolling, 801, WALK_MAX, l.facts.now);
    PLANS(&l, 0, {WALK_MIN, WALK_MAX});
    l.facts.now += 3 * HOUR; /* of the 800 that are six hours old as many as of all of them */
    PLANS(&l, 2, {WALK_MIN, 600}, {801, WALK_MAX});
    end(&l);
}

/* The oldest first, wherever it stands. What does not fill a page is read with its neighbours. */
static void test_oldest_first(void **state)
{
    (void)state;
    struct list l;
    begin(&l, NOW - 3 * HOUR, HOUR);
    prove(&l.rolling, 301, 500, NOW - 6 * HOUR);
    PLANS(&l, 2, {WALK_MIN, 300}, {501, WALK_MAX});
    prove(&l.rolling, 301, 380,
          NOW - 3 * HOUR); /* of the others as many rows as fit, side by side */
    PLANS(&l, 2, {WALK_MIN, 380}, {581, WALK_MAX});
    end(&l);
}

/* A page that was to renew the oldest proof, but missed it as the list has moved, is not enough. */
static void test_turn(void **state)
{
    (void)state;
    struct list l;
    struct rolling_plan plan;
    begin(&l, NOW - 3 * HOUR, HOUR);
    prove(&l.rolling, 301, 350, NOW - 6 * HOUR);
    assert_int_equal(rolling_plan(&l.rolling, &l.facts, &plan), 0);
    assert_int_equal(plan.pages, 2);
    prove(&l.rolling, 321, 520, NOW);
    assert_false(rolling_is_done(&l.rolling, &plan, 2, NOW));
    prove(&l.rolling, 301, 320, NOW);
    assert_true(rolling_is_done(&l.rolling, &plan, 3, NOW));
    free(plan.kept);
    end(&l);
}

/* What would pass full_every before the next run, which may be late, is read however much it is. */
static void test_due(void **state)
{
    (void)state;
    struct list l;
    struct rolling_plan plan;
    begin(&l, NOW - HOUR, HOUR);
    prove(&l.rolling, 501, 900, NOW - 22 * HOUR - HOUR / 2); /* in 1.5 hours */
    assert_int_equal(rolling_plan(&l.rolling, &l.facts, &plan), 0);
    assert_int_equal(plan.pages, 5);
    assert_false(rolling_is_done(&l.rolling, &plan, 5, NOW));
    prove(&l.rolling, 501, 899, NOW);
    assert_false(rolling_is_done(&l.rolling, &plan, 5, NOW));
    prove(&l.rolling, 900, 900, NOW);
    assert_true(rolling_is_done(&l.rolling, &plan, 5, NOW));
    assert_false(rolling_is_done(&l.rolling, &plan, 4, NOW));
    free(plan.kept);
    prove(&l.rolling, 501, 900, NOW - 22 * HOUR);
    assert_int_equal(rolling_plan(&l.rolling, &l.facts, &plan), 0);
    assert_true(plan.pages < 5);
    free(plan.kept);
    end(&l);
}

/* Everything, where a day lies between two runs; but a single long pause does not make every run
 * read everything. */
static void test_long_pauses(void **state)
{
    (void)state;
    struct list l;
    begin(&l, NOW - EVERY, EVERY);
    assert_plan(&l, 11, NULL, 0);
    end(&l);
    begin(&l, NOW - 3 * HOUR, HOUR);
    l.runs[1] = l.runs[0] - 20 * HOUR;
    PLANS(&l, 2, {WALK_MIN, 800});
    end(&l);
}

/* What was never read, or at an instant in the future, comes before all else. */
static void test_never_read(void **state)
{
    (void)state;
    struct list l;
    begin(&l, NOW - HOUR, HOUR);
    prove(&l.rolling, 101, 200, 0);
    prove(&l.rolling, 301, 400, NOW + EVERY);
    PLANS(&l, 3, {WALK_MIN, 100}, {201, 300}, {401, 900});
    end(&l);
    begin(&l, NOW, HOUR);
    rolling_release(&l.rolling);
    prove(&l.rolling, 5, 5, NOW);
    l.facts.run_count = 0;
    assert_plan(&l, 11, NULL, 0);
    end(&l);
}

/* Small neighbours become one, as old as the older of them. */
static void test_thin(void **state)
{
    (void)state;
    struct list l;
    begin(&l, NOW, HOUR);
    prove(&l.rolling, 101, 110, NOW - 3);
    prove(&l.rolling, 111, 120, NOW - 2);
    prove(&l.rolling, 121, 130, NOW - 4);
    rolling_thin(&l.rolling, &l.record, 25);
    PROOFS(&l.rolling, {WALK_MIN, NOW}, {101, NOW - 3}, {121, NOW - 4}, {131, NOW});
    rolling_thin(&l.rolling, &l.record, 2000);
    PROOFS(&l.rolling, {WALK_MIN, NOW - 4});
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proofs),      cmocka_unit_test(test_complete),
        cmocka_unit_test(test_share),       cmocka_unit_test(test_oldest_first),
        cmocka_unit_test(test_turn),        cmocka_unit_test(test_due),
        cmocka_unit_test(test_long_pauses), cmocka_unit_test(test_never_read),
        cmocka_unit_test(test_thin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
