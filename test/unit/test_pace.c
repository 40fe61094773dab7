/* test_pace: the size that pages should have, by the time that they take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pace.h"

enum { TIMEOUT_S = 30, PAGES = 200 };

/* A site that takes so long for a page, and so long for each of its tickets, in microseconds. */
struct site {
    int64_t start_us, ticket_us;
};

static int64_t take_ms(const struct site *site, int64_t rows)
{
    return (site->start_us + rows * site->ticket_us) / 1000;
}

static int64_t walk(struct pace *pace, const struct site *site)
{
    for (int i = 0; i < PAGES; i++)
        pace_answer(pace, pace->size, take_ms(site, pace->size));
    return pace->size;
}

static int64_t size_for(int64_t start_ms, int64_t ticket_us)
{
    struct site site = {1000 * start_ms, ticket_us};
    struct pace pace;
    pace_begin(&pace, 500, 800, TIMEOUT_S);
    return walk(&pace, &site);
}

static void grows_where_starting_up_costs_most(void **state)
{
    (void)state;
    assert_int_equal(size_for(100, 250), 800); /* as measured on a real site */
    assert_int_equal(size_for(1000, 100), 800);
}

static void stays_where_tickets_cost_most(void **state)
{
    (void)state;
    assert_int_equal(size_for(20, 1000), 500);
    assert_int_equal(size_for(1, 10), 500);     /* fast enough */
    assert_int_equal(size_for(1600, 300), 500); /* the larger page would take too long */
}

static void shrinks_where_pages_are_slow(void **state)
{
    (void)state;
    assert_int_equal(size_for(100, 30000), 250);
    assert_int_equal(size_for(0, 1000000), 31);
}

/* A site without an index takes as long for any page: smaller ones would take it longer. */
static void stays_where_any_page_is_slow(void **state)
{
    (void)state;
    assert_int_equal(size_for(12000, 1), 500);
}

static void grows_back_when_the_site_recovers(void **state)
{
    (void)state;
    struct site slow = {100000, 30000}, fast = {100000, 250};
    struct pace pace;
    pace_begin(&pace, 500, 800, TIMEOUT_S);
    assert_int_equal(walk(&pace, &slow), 250);
    assert_int_equal(walk(&pace, &fast), 800);
}

static void never_beyond_what_is_configured(void **state)
{
    (void)state;
    struct site site = {1000000, 1};
    struct pace pace;
    pace_begin(&pace, 300, 300, TIMEOUT_S);
    assert_int_equal(walk(&pace, &site), 300);
    pace_begin(&pace, 300, 450, TIMEOUT_S);
    assert_int_equal(walk(&pace, &site), 450);
}

static void gives_up_a_size_that_fails(void **state)
{
    (void)state;
    struct site site = {100000, 250};
    struct pace pace;
    pace_begin(&pace, 500, 800, TIMEOUT_S);
    assert_false(pace_failed(&pace, 500));
    for (int i = 0; i < 4; i++)
        pace_answer(&pace, 500, take_ms(&site, 500));
    assert_int_equal(pace.size, 800);
    assert_false(pace_failed(&pace, 520)); /* asked for before */
    assert_int_equal(pace.size, 800);
    assert_true(pace_failed(&pace, 790));
    assert_int_equal(walk(&pace, &site), 500);
}

static int64_t size_after(struct pace *pace, int pages, int64_t ms)
{
    for (int i = 0; i < pages; i++)
        pace_answer(pace, pace->size, ms);
    return pace->size;
}

/* While they are on trial or later, as where the database is what takes the time. */
static void gives_up_large_pages_that_are_not_waited_for(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct pace pace;
        pace_begin(&pace, 500, 800, TIMEOUT_S);
        assert_int_equal(size_after(&pace, later ? PAGES : 4, 150), 800);
        assert_int_equal(size_after(&pace, 8, 20), 500);
        assert_int_equal(size_after(&pace, PAGES, 150), 500);
    }
}

/* The end of the list, and what was asked for before the size changed, tell nothing of this size.
 */
static void looks_at_pages_of_its_size_only(void **state)
{
    (void)state;
    struct pace pace;
    pace_begin(&pace, 500, 800, TIMEOUT_S);
    for (int i = 0; i < PAGES; i++)
        pace_answer(&pace, i % 2 ? 3 : 1000, 400);
    assert_int_equal(pace.size, 500);
}

static int64_t proposed(int64_t small_ms, int64_t large_ms, int64_t most)
{
    struct pace_sample small = {100, small_ms}, large = {500, large_ms};
    return pace_propose(&small, &large, most, TIMEOUT_S);
}

static void proposes_the_largest_that_takes_not_too_long(void **state)
{
    (void)state;
    assert_int_equal(proposed(100, 220, 500), 500);
    assert_int_equal(proposed(100, 220, 800), 800);
    assert_int_equal(proposed(1200, 6000, 500), 200);
    assert_int_equal(proposed(6000, 30000, 500), 50);
    assert_int_equal(proposed(40000, 200000, 500), PACE_LEAST);
    assert_int_equal(proposed(100, 220, 200), 200);
    assert_int_equal(proposed(300, 200, 500), 500); /* the first one found cold caches */
}

static void tries_more_where_that_may_pay(void **state)
{
    (void)state;
    struct pace_sample small = {100, 100}, large = {500, 220}, slow = {500, 2900}, brisk = {500, 9};
    assert_true(pace_try_more(&small, &large, TIMEOUT_S));
    assert_false(pace_try_more(&small, &large, 3));
    assert_false(pace_try_more(&small, &slow, TIMEOUT_S));
    assert_false(pace_try_more(&small, &brisk, TIMEOUT_S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_where_starting_up_costs_most),
        cmocka_unit_test(stays_where_tickets_cost_most),
        cmocka_unit_test(shrinks_where_pages_are_slow),
        cmocka_unit_test(stays_where_any_page_is_slow),
        cmocka_unit_test(grows_back_when_the_site_recovers),
        cmocka_unit_test(never_beyond_what_is_configured),
        cmocka_unit_test(gives_up_a_size_that_fails),
        cmocka_unit_test(gives_up_large_pages_that_are_not_waited_for),
        cmocka_unit_test(looks_at_pages_of_its_size_only),
        cmocka_unit_test(proposes_the_largest_that_takes_not_too_long),
        cmocka_unit_test(tries_more_where_that_may_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
