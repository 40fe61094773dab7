/* test_fronts: what stands in front of a site, or prints into its answers: caches, firewalls,
 * security plugins, permalinks. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness_mirror.h"

static void prepare(struct harness *h, int tickets, const char *fluent)
{
    mirror_prepare(h, tickets, fluent, NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

static char *title(struct harness *h, int id)
{
    return harness_value(
        h, harness_text(h, "SELECT title FROM fluent_tickets WHERE fluent_id = '%d'", id));
}

/* Five added, two changed, one deleted; `n` is another one each time. */
static void move_on(struct harness *h, int n)
{
    mirror_site(h,
                "[{\"do\":\"create\",\"count\":5},"
                "{\"do\":\"update\",\"id\":5,\"set\":{\"title\":\"Moved on %d\"}},"
                "{\"do\":\"update\",\"id\":60,\"set\":{\"title\":\"Moved on %d\"}},"
                "{\"do\":\"delete\",\"id\":%d}]",
                n, n, 10 + n);
}

static void assert_title(struct harness *h, int id, int n)
{
    assert_string_equal(title(h, id), harness_text(h, "Moved on %d", n));
}

/* Caches */

static const char *const headers[] = {"\"X-LiteSpeed-Cache\":\"hit\"", "\"Age\":\"5400\"",
                                      "\"CF-Cache-Status\":\"HIT\",\"Age\":\"0\"",
                                      "\"X-Proxy-Cache\":\"HIT\"", "\"X-Cache\":\"MISS, HIT\""};
enum { HEADERS = sizeof headers / sizeof *headers };

static void begin_cache(struct harness *h, const char *how, const char *lines)
{
    print_message("%s\n", lines);
    mirror_site(
        h, "[{\"do\":\"clear_cache\"},{\"do\":\"fault\",\"kind\":\"cache\",%s\"headers\":{%s}}]",
        how, lines);
    mirror_run(h, 0, "full", "--full");
}

static void end_cache(struct harness *h)
{
    mirror_site(h, "{\"do\":\"fault\",\"times\":0}");
    mirror_turn_back(h, "last_total_walk", 7200);
}

/* A cache that is keyed by the whole address never finds anything. */
static void test_cache_by_address(void **state)
{
    struct harness *h = *state;
    prepare(h, 120, NULL);
    for (int i = 0; i < HEADERS; i++) {
        begin_cache(h, "", headers[i]);
        move_on(h, 2 * i);
        mirror_turn_back(h, "last_total_walk", 7200);
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
        move_on(h, 2 * i + 1);
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        end_cache(h);
    }
}

/* One that ignores what changes in the address gives itself away by its headers: the run is not
 * complete, says why, and no row becomes older. */
static void test_cache_that_ignores_the_address(void **state)
{
    struct harness *h = *state;
    prepare(h, 120, NULL);
    for (int i = 0; i < HEADERS; i++) {
        begin_cache(h, "\"ignore\":\"fluent_sync\",", headers[i]);
        move_on(h, i);
        mirror_run(h, 3, "tickets", "--ticket 5"); /* the index is old, the ticket is not */
        assert_title(h, 5, i);
        mirror_run(h, 3, NULL, NULL);
        sync_says(sync_last(h, "error_message"), "out of a cache");
        mirror_run(h, 3, "full", "--full");
        sync_says(sync_last(h, "error_message"), "out of a cache");
        assert_title(h, 5, i);
        struct outcome check = harness_sync(h, "check", NULL);
        assert_int_equal(check.code, 3);
        sync_says(check.out, "came out of a cache");
        end_cache(h);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        assert_int_equal(harness_sync(h, "check", NULL).code, 0);
    }
}

/* One that says nothing is found out by the rows that it makes older. */
static void test_cache_that_says_nothing(void **state)
{
    struct harness *h = *state;
    prepare(h, 120, NULL);
    begin_cache(h, "\"ignore\":\"fluent_sync\",\"match\":\"order_by=id\",",
                "\"X-Nothing\":\"told\"");
    move_on(h, 1);
    mirror_run(h, 0, "tickets", "--ticket 5 --ticket 60");
    mirror_run(h, 3, "full", "--full");
    sync_says(sync_last(h, "error_message"), "older than they are stored");
    assert_title(h, 5, 1);
    assert_title(h, 60, 1);
    end_cache(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* A backup that was restored makes rows older in truth: two addresses say so. */
static void test_restored_rows(void **state)
{
    struct harness *h = *state;
    prepare(h, 120, NULL);
    mirror_site(h, "[{\"do\":\"update\",\"id\":5,\"set\":{\"title\":\"Restored\",\"updated_at\":"
                   "\"2025-10-01T10:00:00+00:00\"}},{\"do\":\"update\",\"id\":6,\"set\":{"
                   "\"updated_at\":null,\"title\":\"Restored\"}}]");
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(title(h, 5), "Restored");
    assert_string_equal(title(h, 6), "Restored");
    mirror_same(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_cache_by_address),
        SYNC_TEST(test_cache_that_ignores_the_address),
        SYNC_TEST(test_cache_that_says_nothing),
        SYNC_TEST(test_restored_rows),
    };
    setenv("TZ", "America/New_York", 1); /* the sample site's */
    tzset();
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
