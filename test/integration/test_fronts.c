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

/* The index: who is it? */

static const char *const closed[] = {
    "\"kind\":\"replay\",\"name\":\"err_no_auth\"",
    "\"kind\":\"status\",\"status\":403,\"body\":\"{\\\"code\\\":\\\"rest_forbidden\\\"}\"",
    "\"kind\":\"status\",\"status\":200,\"body\":\"{\\\"name\\\":\\\"Acme\\\",\\\"namespaces\\\":[]"
    "}\"",
    "\"kind\":\"status\",\"status\":503",
};
enum { CLOSED = sizeof closed / sizeof *closed };

/* Shown to the credentials alone, it tells them that the site is another one. */
static void test_private_index(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 60, NULL, NULL, NULL);
    mirror_site(h, "{\"do\":\"site\",\"index\":\"private\"}");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_int_equal(harness_sync(h, "check", NULL).code, 0);
    mirror_site(h, "[{\"do\":\"site\",\"home\":\"https://other.example.test\"},"
                   "{\"do\":\"update_random\",\"count\":5}]");
    char *before = mirror_sums(h);
    mirror_run(h, 4, NULL, NULL);
    sync_says(sync_last(h, "error_message"), "another site than last time");
    mirror_run(h, 4, NULL, "--full");
    mirror_run(h, 4, NULL, "--ticket 5");
    assert_string_equal(mirror_sums(h), before);
    assert_int_equal(harness_sync(h, "check", NULL).code, 4);
    mirror_run(h, 0, "full", "--accept-site");
    mirror_same(h);
}

/* Shown to nobody, the site is known by its address alone. */
static void test_closed_index(void **state)
{
    struct harness *h = *state;
    prepare(h, 60, "retries = 0\n");
    for (int i = 0; i < CLOSED; i++) {
        int code = i == CLOSED - 1 ? 5 : 4;
        print_message("%s\n", closed[i]);
        mirror_configure(h, "retries = 0\n", NULL, NULL);
        mirror_site(h, "{\"do\":\"fault\",%s,\"match\":\"_fields\"}", closed[i]);
        mirror_site(h, "{\"do\":\"update_random\",\"count\":5}");
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
        mirror_site(h, "{\"do\":\"update_random\",\"count\":5}");
        char *before = mirror_sums(h);
        mirror_configure(
            h, harness_text(h, "retries = 0\napi_url = http://localhost:%d\n", h->site_port), NULL,
            NULL);
        mirror_run(h, code, NULL, "--full");
        sync_says(sync_last(h, "error_message"), "cannot be confirmed");
        assert_string_equal(mirror_sums(h), before);
        mirror_run(h, 0, "full", "--accept-site");
        mirror_same(h);
        mirror_run(h, 0, NULL, NULL);
        mirror_site(h, "{\"do\":\"fault\",\"times\":0}");
        mirror_configure(h, "retries = 0\n", NULL, NULL);
        mirror_run(h, 0, NULL, "--accept-site");
    }
}

/* The site is on record before its first ticket is, however the run ends. */
static void test_site_of_a_first_run_that_fails(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 200, "retries = 0\nconnections = 1\n", NULL, NULL);
    mirror_site(h, "{\"do\":\"fault\",\"kind\":\"status\",\"status\":503,\"match\":\"order_by=id\","
                   "\"skip\":2}");
    mirror_run(h, 5, "full", NULL);
    assert_true(harness_number(h, "SELECT COUNT(*) FROM fluent_tickets") > 0);
    mirror_site(h, "[{\"do\":\"fault\",\"times\":0},"
                   "{\"do\":\"site\",\"home\":\"https://other.example.test\"}]");
    char *before = mirror_sums(h);
    mirror_run(h, 4, NULL, NULL);
    assert_string_equal(mirror_sums(h), before);
}

static const char dates[] = "SELECT fluent_id, created_at, updated_at_fluent, resolved_at FROM "
                            "fluent_tickets ORDER BY id";

/* Where the site never told its zone the configured one counts, and a change reaches every row. */
static void test_zone_without_an_index(void **state)
{
    struct harness *h = *state;
    static const char *const wrong[] = {"timezone = Asia/Tokyo\n", "timezone = Europe/Berlin\n"};
    static const char right[] = "timezone = America/New_York\n";
    mirror_prepare(h, 60, NULL, wrong[0], NULL);
    mirror_site(h, "{\"do\":\"fault\",%s,\"match\":\"_fields\"}", closed[0]);
    mirror_run(h, 0, "full", NULL);
    mirror_configure(h, NULL, right, NULL);
    mirror_run(h, 0, "full", NULL);
    char *hidden = harness_table(h, dates);
    mirror_configure(h, NULL, wrong[1], NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_configure(h, NULL, right, NULL);
    mirror_run(h, 0, "full", NULL);
    assert_string_equal(harness_table(h, dates), hidden);
    mirror_run(h, 0, "incremental", NULL);
    mirror_site(h, "{\"do\":\"fault\",\"times\":0}");
    mirror_run(h, 0, NULL, "--full");
    mirror_same(h);
    assert_true(harness_number(h, "SELECT COUNT(resolved_at) FROM fluent_tickets") > 5);
    assert_string_equal(harness_table(h, dates), hidden);
}

/* What the site told before stays when the index is closed for once: nothing is mapped anew. */
static void test_zone_that_was_told(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 60, NULL, "timezone = UTC\n", NULL);
    mirror_run(h, 0, "full", NULL);
    char *before = harness_table(h, dates);
    mirror_site(h, "{\"do\":\"fault\",%s,\"match\":\"_fields\"}", closed[0]);
    mirror_run(h, 0, "incremental", NULL);
    mirror_run(h, 0, NULL, "--full");
    assert_string_equal(sync_last(h, "tickets_updated"), "0");
    assert_string_equal(harness_table(h, dates), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_cache_by_address),
        SYNC_TEST(test_cache_that_ignores_the_address),
        SYNC_TEST(test_cache_that_says_nothing),
        SYNC_TEST(test_restored_rows),
        SYNC_TEST(test_private_index),
        SYNC_TEST(test_closed_index),
        SYNC_TEST(test_site_of_a_first_run_that_fails),
        SYNC_TEST(test_zone_without_an_index),
        SYNC_TEST(test_zone_that_was_told),
    };
    setenv("TZ", "America/New_York", 1); /* the sample site's */
    tzset();
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
