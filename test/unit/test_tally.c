/* test_tally: each id once, with the strongest of its outcomes. */
#include "core/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 20000, BLOCK_SIZE = 16 };
static const int64_t HIGHEST = INT64_C(1) << 53;

static void assert_counts(const struct tally *tally, struct counters expected)
{
    struct counters found = {0};
    tally_count(tally, &found);
    assert_int_equal(found.added, expected.added);
    assert_int_equal(found.updated, expected.updated);
    assert_int_equal(found.unchanged, expected.unchanged);
    assert_int_equal(found.skipped, expected.skipped);
    assert_int_equal(found.undated, expected.undated);
    assert_int_equal(found.rejected, expected.rejected);
    assert_int_equal(found.fetched, expected.added + expected.updated + expected.unchanged +
                                        expected.skipped + expected.rejected);
}

static void test_empty(void **state)
{
    (void)state;
    struct tally tally = {0};
    assert_counts(&tally, (struct counters){0});
    assert_false(tally_has(&tally, 1));
    tally_release(&tally);
    tally_release(&tally);
}

static void test_each_outcome_has_its_counter(void **state)
{
    (void)state;
    struct tally tally = {0};
    for (int outcome = TALLY_BEFORE; outcome < TALLY_OUTCOMES; outcome++)
        for (int n = 0; n <= outcome; n++)
            assert_int_equal(tally_add(&tally, outcome * 100 + n + 1, (enum tally_outcome)outcome),
                             0);
    assert_counts(&tally, (struct counters){.skipped = TALLY_SKIPPED + 1 + TALLY_UNDATED + 1,
                                            .undated = TALLY_UNDATED + 1,
                                            .unchanged = TALLY_UNCHANGED + 1,
                                            .updated = TALLY_UPDATED + 1,
                                            .rejected = TALLY_REJECTED + 1,
                                            .added = TALLY_ADDED + 1});
    tally_release(&tally);
}

static void test_the_strongest_outcome_counts(void **state)
{
    (void)state;
    for (int first = TALLY_BEFORE; first < TALLY_OUTCOMES; first++)
        for (int second = TALLY_BEFORE; second < TALLY_OUTCOMES; second++) {
            struct tally both = {0}, strongest = {0};
            assert_int_equal(tally_add(&both, 7, (enum tally_outcome)first), 0);
            assert_int_equal(tally_add(&both, 7, (enum tally_outcome)second), 0);
            tally_add(&strongest, 7, (enum tally_outcome)(first > second ? first : second));
            struct counters expected = {0};
            tally_count(&strongest, &expected);
            assert_counts(&both, expected);
            assert_true(tally_has(&both, 7));
            bool written = expected.added > 0 || expected.updated > 0;
            assert_int_equal(tally_is_written(&both, 7), written);
            assert_false(tally_is_written(&both, 8));
            tally_release(&both);
            tally_release(&strongest);
        }
}

static void test_the_order_of_strength(void **state)
{
    (void)state;
    assert_true(TALLY_BEFORE < TALLY_SKIPPED && TALLY_SKIPPED < TALLY_UNCHANGED &&
                TALLY_UNCHANGED < TALLY_UPDATED && TALLY_UPDATED < TALLY_REJECTED &&
                TALLY_REJECTED < TALLY_ADDED);
}

static void test_seen_before_is_known_but_not_counted(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 5, TALLY_BEFORE);
    assert_true(tally_has(&tally, 5));
    assert_counts(&tally, (struct counters){0});
    tally_add(&tally, 5, TALLY_UNCHANGED);
    assert_counts(&tally, (struct counters){.unchanged = 1});
    tally_release(&tally);
}

static void test_ids_at_the_ends(void **state)
{
    (void)state;
    struct tally tally = {0};
    const int64_t ids[] = {1, HIGHEST, HIGHEST - 1, HIGHEST / 2, 8, 1 << 20};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_false(tally_has(&tally, ids[i]));
        tally_add(&tally, ids[i], TALLY_ADDED);
        assert_true(tally_has(&tally, ids[i]));
    }
    assert_false(tally_has(&tally, 2));
    assert_counts(&tally, (struct counters){.added = sizeof ids / sizeof *ids});
    tally_release(&tally);
}

/* Consecutive ids, and ids far apart that fall together wherever a few bits choose the place. */
static void test_many(void **state)
{
    (void)state;
    static const int64_t steps[] = {1, 2, 1024, 1 << 20, INT64_C(1) << 38};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct tally tally = {0};
        for (int64_t i = 1; i <= MANY; i++)
            assert_int_equal(tally_add(&tally, i * steps[s], TALLY_UPDATED), 0);
        for (int64_t i = 1; i <= MANY; i++)
            assert_int_equal(
                tally_add(&tally, i * steps[s], i % 2 ? TALLY_SKIPPED : TALLY_REJECTED), 0);
        for (int64_t i = 1; i <= MANY; i++)
            if (!tally_has(&tally, i * steps[s]) ||
                tally_has(&tally, i * steps[s] + 1) != (steps[s] == 1 && i < MANY))
                fail_msg("%lld", (long long)(i * steps[s]));
        assert_counts(&tally, (struct counters){.updated = MANY / 2, .rejected = MANY / 2});
        size_t most = steps[s] == 1 ? 4 : 48; /* bytes per id */
        assert_true(tally.size * BLOCK_SIZE < most * MANY);
        tally_release(&tally);
    }
}

static void test_released_is_empty(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 5, TALLY_ADDED);
    tally_release(&tally);
    assert_false(tally_has(&tally, 5));
    assert_counts(&tally, (struct counters){0});
    tally_add(&tally, 6, TALLY_ADDED);
    assert_counts(&tally, (struct counters){.added = 1});
    tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_each_outcome_has_its_counter),
        cmocka_unit_test(test_the_strongest_outcome_counts),
        cmocka_unit_test(test_the_order_of_strength),
        cmocka_unit_test(test_seen_before_is_known_but_not_counted),
        cmocka_unit_test(test_ids_at_the_ends),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_released_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
