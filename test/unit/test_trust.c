/* test_trust: which answers and rows count, and what became of tickets that are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/trust.h"
#include "io/http_age.h"

/* Caches */

static struct http_age age_of(const char *name, const char *value)
{
    struct http_age age = HTTP_AGE_INIT;
    http_age_header(&age, name, strlen(name), value, strlen(value));
    return age;
}

static void caches_say_that_they_answered(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool cached;
    } cases[] = {
        {"X-LiteSpeed-Cache", "hit", true},
        {"x-litespeed-cache", "hit,private", true},
        {"X-LiteSpeed-Cache", "miss", false},
        {"X-LiteSpeed-Cache-Control", "no-cache, hit", false},
        {"X-Cache", "HIT", true},
        {"X-Cache", "Hit from cloudfront", true},
        {"X-Cache", "MISS, HIT", true},
        {"X-Cache", "TCP_MEM_HIT", true},
        {"X-Cache", "RefreshHit from cloudfront", false},
        {"X-Cache", "TCP_REFRESH_HIT", false},
        {"X-Cache", "MISS from hit.example.test", false},
        {"X-Cache", "Miss from cloudfront", false},
        {"X-Cache-Lookup", "HIT from proxy", false},
        {"CF-Cache-Status", "HIT", true},
        {"CF-Cache-Status", "STALE", true},
        {"CF-Cache-Status", "UPDATING", true},
        {"CF-Cache-Status", "DYNAMIC", false},
        {"CF-Cache-Status", "EXPIRED", false},
        {"CF-Cache-Status", "REVALIDATED", false},
        {"X-Proxy-Cache", "HIT", true},
        {"X-Proxy-Cache", "BYPASS", false},
        {"Cache-Status", "ExampleCache; hit; ttl=376", true},
        {"Cache-Status", "ExampleCache; fwd=uri-miss", false},
        {"X-Kinsta-Cache", "HIT", true},
        {"WP-Super-Cache", "Served supercache file from PHP", true},
        {"WP-Super-Cache", "BYPASS", false},
        {"X-Cache", "MISS, served by cache-fra1", false},
        {"X-Cache-Hits", "7", false},
        {"Content-Type", "hit", false},
        {"X-Cache", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_age age = age_of(cases[i].name, cases[i].value);
        if (age.cached != cases[i].cached || age.age_s != -1)
            fail_msg("%s: %s", cases[i].name, cases[i].value);
    }
}

static void the_largest_age_counts(void **state)
{
    (void)state;
    struct http_age age = HTTP_AGE_INIT;
    static const char *const values[] = {"12", "5400", "3", "soon", ""};
    for (size_t i = 0; i < 5; i++)
        http_age_header(&age, "age", 3, values[i], strlen(values[i]));
    assert_int_equal(age.age_s, 5400);
    assert_false(age.cached);
    assert_int_equal(age_of("Age", "99999999999999999999999").age_s > INT32_MAX, true);
}

static bool is_stale(struct http_age age, int64_t running_ms)
{
    return trust_is_stale(age.age_s, age.cached, running_ms);
}

static void an_answer_older_than_the_run_is_stale(void **state)
{
    (void)state;
    struct http_age none = HTTP_AGE_INIT, zero = age_of("Age", "0"), old = age_of("Age", "5400"),
                    hit = age_of("X-Cache", "HIT");
    assert_false(is_stale(none, 0));
    assert_false(is_stale(zero, 0));
    assert_true(is_stale(old, 60 * 1000));
    assert_false(is_stale(old, 5400 * 1000)); /* made when the run had begun */
    assert_true(is_stale(hit, 5400 * 1000));
    hit.age_s = 0; /* of an outer cache */
    assert_true(is_stale(hit, 5400 * 1000));
}

/* Sites */

static enum trust_site site(const char *home, const char *address, const char *now_home,
                            const char *now_address)
{
    return trust_site((struct trust_identity){home, address},
                      (struct trust_identity){now_home, now_address});
}

static void a_site_is_known_by_its_home(void **state)
{
    (void)state;
    assert_int_equal(site(NULL, NULL, "h", "a"), TRUST_SITE_FIRST);
    assert_int_equal(site(NULL, NULL, NULL, "a"), TRUST_SITE_FIRST);
    assert_int_equal(site("h", "a", "h", "a"), TRUST_SITE_SAME);
    assert_int_equal(site("h", "a", "h", "b"), TRUST_SITE_SAME);
    assert_int_equal(site("h", "a", "i", "a"), TRUST_SITE_OTHER);
    assert_int_equal(site("h", NULL, "i", "a"), TRUST_SITE_OTHER);
}

static void a_site_without_a_home_by_its_address(void **state)
{
    (void)state;
    assert_int_equal(site("h", "a", NULL, "a"), TRUST_SITE_SAME);
    assert_int_equal(site("h", "a", NULL, "b"), TRUST_SITE_UNCONFIRMED);
    assert_int_equal(site("a", NULL, NULL, "a"), TRUST_SITE_SAME); /* a state of before */
    assert_int_equal(site("h", NULL, NULL, "a"), TRUST_SITE_UNCONFIRMED);
    assert_int_equal(site(NULL, "a", NULL, "a"), TRUST_SITE_SAME);
    assert_int_equal(site(NULL, "a", NULL, "b"), TRUST_SITE_UNCONFIRMED);
    assert_int_equal(site(NULL, "a", "h", "a"), TRUST_SITE_SAME);
    assert_int_equal(site(NULL, "a", "h", "b"), TRUST_SITE_UNCONFIRMED);
}

/* Rows */

static enum trust_verdict verdict(int64_t stored, int64_t received, bool deleted, bool stale,
                                  bool confirmed)
{
    struct trust_row row = {stored, received, deleted, stale, confirmed};
    return trust_row(&row);
}

static void an_older_row_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(verdict(100, 101, false, false, false), TRUST_WRITE);
    assert_int_equal(verdict(100, 100, false, false, false), TRUST_WRITE); /* tags, renames */
    assert_int_equal(verdict(0, 0, false, false, false), TRUST_WRITE);
    assert_int_equal(verdict(0, 100, false, false, false), TRUST_WRITE);
    assert_int_equal(verdict(100, 99, false, false, false), TRUST_ASK);
    assert_int_equal(verdict(100, 0, false, false, false), TRUST_ASK);
    assert_int_equal(verdict(100, 101, true, false, false), TRUST_ASK); /* a deleted one is back */
    assert_int_equal(verdict(100, 99, false, false, true), TRUST_WRITE);
    assert_int_equal(verdict(100, 100, true, false, true), TRUST_WRITE);
}

static void a_stale_row_replaces_an_older_one_alone(void **state)
{
    (void)state;
    assert_int_equal(verdict(100, 101, false, true, false), TRUST_WRITE);
    assert_int_equal(verdict(100, 101, false, true, true), TRUST_WRITE);
    assert_int_equal(verdict(100, 100, false, true, true), TRUST_KEEP);
    assert_int_equal(verdict(100, 99, false, true, true), TRUST_KEEP);
    assert_int_equal(verdict(0, 99, false, true, true), TRUST_KEEP);
    assert_int_equal(verdict(100, 101, true, true, true), TRUST_KEEP);
}

/* Tickets that are gone */

static void what_the_list_hides_is_invisible(void **state)
{
    (void)state;
    assert_int_equal(trust_gone(SINGLE_DELETED, false, false), GONE_DELETED);
    assert_int_equal(trust_gone(SINGLE_THERE, false, false), GONE_INVISIBLE);
    assert_int_equal(trust_gone(SINGLE_HIDDEN, false, false), GONE_INVISIBLE);
    assert_int_equal(trust_gone(SINGLE_UNASKED, false, false), GONE_INVISIBLE);
    assert_int_equal(trust_gone(SINGLE_THERE, true, false), GONE_LISTED);
    assert_int_equal(trust_gone(SINGLE_DELETED, false, true), GONE_UNKNOWN);
    assert_int_equal(trust_gone(SINGLE_THERE, true, true), GONE_UNKNOWN);
}

/* Every one has its turn, and none costs a run more than its sample. */
static void each_of_many_has_its_turn(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 200, 201, 640, 1000, 1528, 20011};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        static int asked[20011];
        size_t first, step;
        memset(asked, 0, sizeof asked);
        trust_probes(counts[c], 7, &first, &step);
        assert_true(counts[c] > TRUST_FEW || step == 1);
        for (int64_t walk = 7; walk < 7 + (int64_t)step; walk++) {
            size_t n = 0;
            trust_probes(counts[c], walk, &first, &step);
            for (size_t i = first; i < counts[c]; i += step, n++)
                asked[i]++;
            assert_in_range(n, 0, step == 1 ? TRUST_FEW : TRUST_SAMPLE);
        }
        for (size_t i = 0; i < counts[c]; i++)
            assert_int_equal(asked[i], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caches_say_that_they_answered),
        cmocka_unit_test(the_largest_age_counts),
        cmocka_unit_test(an_answer_older_than_the_run_is_stale),
        cmocka_unit_test(a_site_is_known_by_its_home),
        cmocka_unit_test(a_site_without_a_home_by_its_address),
        cmocka_unit_test(an_older_row_is_asked_for),
        cmocka_unit_test(a_stale_row_replaces_an_older_one_alone),
        cmocka_unit_test(what_the_list_hides_is_invisible),
        cmocka_unit_test(each_of_many_has_its_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
