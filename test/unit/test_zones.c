/* test_zones: whose word counts for the site's time zone, and what is said when nobody gives it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/zones.h"

static const struct error INDEX_CAME = ERROR_INIT,
                          INDEX_CLOSED = {.code = ERR_REFUSED, .message = "it is closed"};

static struct zones_facts facts(const char *told, const char *before, bool before_told,
                                const char *configured)
{
    return (struct zones_facts){.index = &INDEX_CAME,
                                .timezone_string = told,
                                .gmt_offset = NAN,
                                .before = before,
                                .before_told = before_told,
                                .configured = configured};
}

static void assert_zones(struct zones_facts given, const char *site, const char *tables, bool told)
{
    struct zones zones;
    struct error error = ERROR_INIT;
    assert_int_equal(zones_open(&zones, &given, &error), 0);
    assert_string_equal(zones.name, site);
    assert_string_equal(zone_name(zones.site), site);
    assert_string_equal(zone_name(zones.tables), tables);
    assert_int_equal(zones.told, told);
    assert_int_equal(zones.told_now, given.timezone_string || !isnan(given.gmt_offset));
    zones_close(&zones);
}

static void assert_refused(struct zones_facts given, enum error_code code, const char *says)
{
    struct zones zones;
    struct error error = ERROR_INIT;
    assert_int_equal(zones_open(&zones, &given, &error), -1);
    assert_int_equal(error.code, code);
    assert_non_null(strstr(error.message, says));
    assert_true(error.advice[0]);
    assert_null(zones.site);
    assert_null(zones.tables);
}

static void test_the_index_goes_before_all(void **state)
{
    (void)state;
    assert_zones(facts("Europe/Berlin", NULL, false, "site"), "Europe/Berlin", "Europe/Berlin",
                 true);
    assert_zones(facts("Europe/Berlin", "Asia/Tokyo", true, "UTC"), "Europe/Berlin", "UTC", true);
    struct zones_facts offset = facts(NULL, "Asia/Tokyo", true, "site");
    offset.gmt_offset = 5.75;
    assert_zones(offset, "+05:45", "+05:45", true);
}

static void test_a_zone_that_the_site_told_outlives_its_index(void **state)
{
    (void)state;
    assert_zones(facts(NULL, "Asia/Tokyo", true, "UTC"), "Asia/Tokyo", "UTC", true);
    assert_zones(facts(NULL, "Asia/Tokyo", true, "site"), "Asia/Tokyo", "Asia/Tokyo", true);
}

static void test_without_the_sites_word_the_configured_zone_counts(void **state)
{
    (void)state;
    assert_zones(facts(NULL, "Asia/Tokyo", false, "UTC"), "UTC", "UTC", false);
    assert_zones(facts(NULL, NULL, false, "Europe/Berlin"), "Europe/Berlin", "Europe/Berlin",
                 false);
    assert_zones(facts(NULL, "Asia/Tokyo", false, "site"), "Asia/Tokyo", "Asia/Tokyo", false);
}

static void test_a_zone_that_nobody_tells(void **state)
{
    (void)state;
    struct zones_facts none = facts(NULL, NULL, false, "site");
    assert_refused(none, ERR_UNAVAILABLE, "does not tell");
    none.index = &INDEX_CLOSED;
    assert_refused(none, ERR_REFUSED, "it is closed");
}

static void test_a_zone_that_this_system_does_not_have(void **state)
{
    (void)state;
    assert_refused(facts("Mars/Olympus", NULL, false, "UTC"), ERR_REFUSED, "\"Mars/Olympus\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_index_goes_before_all),
        cmocka_unit_test(test_a_zone_that_the_site_told_outlives_its_index),
        cmocka_unit_test(test_without_the_sites_word_the_configured_zone_counts),
        cmocka_unit_test(test_a_zone_that_nobody_tells),
        cmocka_unit_test(test_a_zone_that_this_system_does_not_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
