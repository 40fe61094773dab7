/* test_zone: zones with their history, and the date formats. Expected instants are Python's
 * zoneinfo's. */
#include "base/zone.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct zone *open_zone(const char *name)
{
    struct zone *zone;
    struct error error = ERROR_INIT;
    if (zone_open(&zone, name, &error) < 0)
        fail_msg("%s", error.message);
    assert_string_equal(zone_name(zone), name);
    return zone;
}

static void assert_wall(const char *name, int64_t instant, const char *expected)
{
    struct zone *zone = open_zone(name);
    char text[ZONE_TEXT_SIZE];
    assert_true(zone_wall(zone, instant, text));
    assert_string_equal(text, expected);
    zone_close(zone);
}

static void assert_instant(const char *name, const char *wall, int64_t expected)
{
    struct zone *zone = open_zone(name);
    int64_t instant;
    assert_true(zone_instant(zone, wall, &instant));
    assert_int_equal(instant, expected);
    zone_close(zone);
}

static void assert_no_zone(const char *name)
{
    struct zone *zone;
    struct error error = ERROR_INIT;
    if (zone_open(&zone, name, &error) == 0)
        fail_msg("\"%s\" was opened", name);
    assert_null(zone);
    assert_int_equal(error.code, ERR_USAGE);
}

static void test_unknown_names_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "utc",
        "Berlin",
        "Europe/Atlantis",
        "Europe",
        "Europe/",
        "EST5",
        "UTC+2",
        "Foo3Bar",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "tzdata.zi",
        "zone.tab",
        "leapseconds",
        "localtime",
        "right/Europe/Berlin",
        "/usr/share/zoneinfo/Europe/Berlin",
        "../zoneinfo/Europe/Berlin",
        "Europe/../Europe/Berlin",
        "Europe/./Berlin",
        ":Europe/Berlin",
        "Europe/Berlin ",
        " Europe/Berlin",
        "Europe/Berlin\n",
        "Europe\\Berlin",
        "+5:45",
        "+0545",
        "05:45",
        "+05:60",
        "+18:01",
        "-18:01",
        "+24:00",
        "+05:45:00",
        "+05:4",
        "+aa:bb",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_no_zone(names[i]);
    char endless[5000];
    memset(endless, 'A', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_no_zone(endless);
}

static void test_a_refusal_names_what_was_given(void **state)
{
    (void)state;
    struct zone *zone;
    struct error error = ERROR_INIT;
    assert_int_equal(zone_open(&zone, "Europe/\x1b[31mAtlantis", &error), -1);
    assert_non_null(strstr(error.message, "Atlantis"));
    assert_null(strchr(error.message, '\x1b'));
}

static void test_fixed_offsets(void **state)
{
    (void)state;
    assert_wall("UTC", 0, "1970-01-01 00:00:00");
    assert_wall("+05:45", 0, "1970-01-01 05:45:00");
    assert_wall("-09:30", 0, "1969-12-31 14:30:00");
    assert_wall("+18:00", 0, "1970-01-01 18:00:00");
    assert_wall("-18:00", 0, "1969-12-31 06:00:00");
    assert_instant("+05:45", "2026-11-20 13:16:26", 1795159886);
}

static void test_history(void **state)
{
    (void)state;
    assert_wall("America/New_York", 1751372999, "2025-07-01 08:29:59");
    assert_wall("America/New_York", 1736922599, "2025-01-15 01:29:59");
    assert_wall("Asia/Kathmandu", 1795159886, "2026-11-20 13:16:26");
    /* Before 1986 Nepal was at +05:30. */
    assert_wall("Asia/Kathmandu", 315532800, "1980-01-01 05:30:00");
    assert_wall("Europe/Moscow", 1400000000, "2014-05-13 20:53:20");
    assert_wall("Europe/Moscow", 1420000000, "2014-12-31 07:26:40");
    assert_wall("Europe/London", -30000000, "1969-01-18 19:40:00");
    assert_wall("Etc/GMT-14", 0, "1970-01-01 14:00:00");
}

static void test_seconds_beyond_32_bits(void **state)
{
    (void)state;
    assert_wall("America/New_York", 2225973600, "2040-07-15 10:00:00");
    assert_wall("America/New_York", 2210508000, "2040-01-18 09:00:00");
    assert_wall("Europe/Berlin", -2500000000, "1890-10-11 20:26:48");
    assert_instant("Europe/Berlin", "2040-07-15 12:00:00", 2225959200);
    assert_instant("UTC", "0001-01-01 00:00:00", INT64_C(-62135596800));
    assert_instant("UTC", "9999-12-31 23:59:59", INT64_C(253402300799));
}

static void test_years_outside_1_to_9999(void **state)
{
    (void)state;
    struct zone *west = open_zone("-01:00"), *east = open_zone("+01:00");
    struct zone *berlin = open_zone("Europe/Berlin");
    char text[ZONE_TEXT_SIZE];
    const int64_t first = INT64_C(-62135596800), last = INT64_C(253402300799);
    assert_false(zone_wall(west, first, text));
    assert_true(zone_wall(west, first + 3600, text));
    assert_string_equal(text, "0001-01-01 00:00:00");
    assert_false(zone_wall(east, last, text));
    assert_true(zone_wall(east, last - 3600, text));
    assert_string_equal(text, "9999-12-31 23:59:59");
    assert_false(zone_wall(berlin, INT64_MAX, text));
    assert_false(zone_wall(berlin, INT64_MIN, text));
    zone_close(west);
    zone_close(east);
    zone_close(berlin);
}

static void test_an_hour_that_comes_twice_is_its_first(void **state)
{
    (void)state;
    assert_instant("America/New_York", "2025-11-02 00:59:59", 1762059599);
    assert_instant("America/New_York", "2025-11-02 01:30:00", 1762061400);
    assert_instant("America/New_York", "2025-11-02 02:00:00", 1762066800);
    assert_instant("Europe/Berlin", "2025-10-26 02:30:00", 1761438600);
    assert_instant("Europe/Berlin", "2025-10-26 03:00:00", 1761444000);
    /* Half an hour comes twice: 01:30 to 02:00. */
    assert_instant("Australia/Lord_Howe", "2025-04-06 01:45:00", 1743864300);
    assert_instant("Australia/Lord_Howe", "2025-04-06 02:00:00", 1743867000);
}

static void test_a_skipped_hour_counts_with_the_offset_before(void **state)
{
    (void)state;
    assert_instant("America/New_York", "2025-03-09 01:59:59", 1741503599);
    assert_instant("America/New_York", "2025-03-09 02:30:00", 1741505400);
    assert_instant("America/New_York", "2025-03-09 03:00:00", 1741503600);
    assert_instant("Europe/Berlin", "2025-03-30 02:30:00", 1743298200);
    assert_instant("Australia/Lord_Howe", "2025-10-05 02:15:00", 1759592700);
    /* Samoa skipped a whole day. */
    assert_instant("Pacific/Apia", "2011-12-30 12:00:00", 1325282400);
}

static void test_the_answer_does_not_depend_on_earlier_questions(void **state)
{
    (void)state;
    struct zone *zone = open_zone("America/New_York");
    static const char *const before[] = {"2025-07-01 00:00:00", "2025-12-01 00:00:00",
                                         "1900-01-01 00:00:00", "2040-01-01 00:00:00"};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        int64_t instant;
        assert_true(zone_instant(zone, before[i], &instant));
        assert_true(zone_instant(zone, "2025-11-02 01:30:00", &instant));
        assert_int_equal(instant, 1762061400);
    }
    zone_close(zone);
}

/* Against the C library, for two zones by turns. */
static void test_many_instants(void **state)
{
    static const char *const names[] = {"Europe/Berlin", "America/New_York"};
    struct zone *zones[2] = {open_zone(names[0]), open_zone(names[1])};
    uint64_t random = 1;
    (void)state;
    for (int i = 0; i < 40000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        time_t instant = (time_t)(random >> 33) % (i % 3 ? 1 << 26 : 1 << 30) + 1000000000;
        char expected[ZONE_TEXT_SIZE], found[ZONE_TEXT_SIZE];
        struct tm tm;
        setenv("TZ", names[i & 1], 1);
        tzset();
        strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S", localtime_r(&instant, &tm));
        assert_true(zone_wall(zones[i & 1], instant, found));
        assert_string_equal(found, expected);
    }
    unsetenv("TZ");
    zone_close(zones[0]);
    zone_close(zones[1]);
}

static void test_wall_time_format(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2025-11-02",
        "2025-11-02T01:30:00",
        "2025-11-02 01:30",
        "2025-11-02 1:30:00",
        "2025-11-02 01:30:00 ",
        " 2025-11-02 01:30:00",
        "2025-11-02 24:00:00",
        "2025-11-02 01:60:00",
        "2025-11-02 01:30:60",
        "2025-02-29 00:00:00",
        "2100-02-29 00:00:00",
        "2025-13-01 00:00:00",
        "2025-00-01 00:00:00",
        "2025-01-00 00:00:00",
        "2025-04-31 00:00:00",
        "0000-01-01 00:00:00",
        "0000-00-00 00:00:00",
        "2o25-11-02 01:30:00",
        "-025-11-02 01:30:00",
        "2025-11-02 +1:30:00",
        "2025/11/02 01:30:00",
        "2025-11-02 01.30.00",
    };
    struct zone *zone = open_zone("UTC");
    int64_t instant = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (zone_instant(zone, bad[i], &instant))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_false(zone_instant(zone, NULL, &instant));
    assert_int_equal(instant, 42);
    assert_true(zone_instant(zone, "2024-02-29 00:00:00", &instant));
    assert_true(zone_instant(zone, "2000-02-29 23:59:59", &instant));
    zone_close(zone);
}

static void test_both_formats_of_the_api(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t instant;
    } good[] = {
        {"2026-11-20T07:31:26+00:00", 1795159886},
        {"2026-11-20T07:31:26Z", 1795159886},
        {"2026-11-20t07:31:26z", 1795159886},
        {"2026-11-20T13:16:26+05:45", 1795159886},
        {"2026-11-20T02:31:26-05:00", 1795159886},
        {"2026-11-20T07:31:26.999Z", 1795159886},
        {"2026-11-20T07:31:26.5-00:00", 1795159886},
        {"2026-11-21 02:31:42", 1795246302},
        {"2026-07-21 02:31:42", 1784615502},
        {"1969-12-31T23:59:59+00:00", -1},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
    };
    struct zone *site = open_zone("America/New_York");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t instant;
        if (!zone_parse(site, good[i].text, &instant))
            fail_msg("\"%s\" was refused", good[i].text);
        assert_int_equal(instant, good[i].instant);
    }
    zone_close(site);
}

static void test_what_is_no_date_of_the_api(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00+00:00",
        "-001-11-30T04:56:02+00:00",
        "-0001-11-30T04:56:02+00:00",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "99999999999999999999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "",
        "null",
        "now",
        "1795159886",
        "2026-11-20",
        "2026-11-20T07:31:26",
        "2026-11-20T07:31:26+0000",
        "2026-11-20T07:31:26+00",
        "2026-11-20T07:31:26 +00:00",
        "2026-11-20 07:31:26+00:00",
        "2026-11-20T07:31:26+24:00",
        "2026-11-20T07:31:26+00:60",
        "2026-11-20T07:31:26.Z",
        "2026-11-20T07:31:26ZZ",
        "2026-11-20T07:31Z",
        "2026-02-30T07:31:26Z",
        "2026-11-20T25:31:26Z",
        "20261120T073126Z",
        "2026-11-20T07:31:26\xc2\xa0Z",
    };
    struct zone *site = open_zone("UTC");
    int64_t instant;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (zone_parse(site, bad[i], &instant))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_false(zone_parse(site, NULL, &instant));
    zone_close(site);
}

static void assert_site_name(const char *timezone_string, double offset, const char *expected)
{
    char name[64];
    struct error error = ERROR_INIT;
    assert_int_equal(zone_site_name(name, sizeof name, timezone_string, offset, &error), 0);
    assert_string_equal(name, expected);
    zone_close(open_zone(name));
}

static void test_the_zone_of_a_site(void **state)
{
    (void)state;
    assert_site_name("America/New_York", -5, "America/New_York");
    assert_site_name("", 5.75, "+05:45");
    assert_site_name(NULL, -9.5, "-09:30");
    assert_site_name("", -0.5, "-00:30");
    assert_site_name("", 14, "+14:00");
    assert_site_name("", 18, "+18:00");
    assert_site_name("", 0, "UTC");
    assert_site_name("", -0.0, "UTC");
}

static void test_a_site_without_a_usable_zone(void **state)
{
    (void)state;
    static const double offsets[] = {18.5, -18.5, 1e300, -1e300, NAN, INFINITY, -INFINITY};
    char name[16];
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct error error = ERROR_INIT;
        assert_int_equal(zone_site_name(name, sizeof name, "", offsets[i], &error), -1);
        assert_int_equal(error.code, ERR_UNAVAILABLE);
    }
    struct error error = ERROR_INIT;
    assert_int_equal(zone_site_name(name, sizeof name, "America/New_York", 0, &error), -1);
    assert_int_equal(error.code, ERR_UNAVAILABLE);
}

static void test_days(void **state)
{
    (void)state;
    assert_true(zone_is_day("2025-09-20"));
    assert_true(zone_is_day("0001-01-01"));
    assert_true(zone_is_day("9999-12-31"));
    assert_true(zone_is_day("2024-02-29"));
    assert_false(zone_is_day("2025-02-29"));
    assert_false(zone_is_day("1900-02-29"));
    assert_false(zone_is_day("0000-01-01"));
    assert_false(zone_is_day("2025-09-20 "));
    assert_false(zone_is_day("2025-9-20"));
    assert_false(zone_is_day("20-09-2025"));
    assert_false(zone_is_day("2025-09-31"));
    assert_false(zone_is_day(""));
    assert_false(zone_is_day(NULL));
}

static void test_iso(void **state)
{
    (void)state;
    char text[25];
    assert_true(zone_iso(1759746600, text));
    assert_string_equal(text, "2025-10-06T10:30:00.000Z");
    assert_true(zone_iso(-1, text));
    assert_string_equal(text, "1969-12-31T23:59:59.000Z");
    assert_true(zone_iso(INT64_C(-62135596800), text));
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
    assert_true(zone_iso(INT64_C(253402300799), text));
    assert_string_equal(text, "9999-12-31T23:59:59.000Z");
    assert_false(zone_iso(INT64_C(253402300800), text));
    assert_false(zone_iso(INT64_C(-62135596801), text));
    assert_false(zone_iso(INT64_MAX, text));
    assert_false(zone_iso(INT64_MIN, text));
}

/* What the system leaves out: files of the tz database that cannot be opened. */
static const char *left_out;
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    static const char base[] = "/usr/share/zoneinfo/";
    bool inside = left_out && strncmp(path, base, sizeof base - 1) == 0;
    if (inside && strstr(path, left_out)) {
        errno = ENOENT;
        return -1;
    }
    return __real_open(path, flags);
}

/* Old names are aliases, and go on to mean what they meant. */
static void test_old_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"US/Eastern", "America/New_York"},
                                           {"US/Pacific", "America/Los_Angeles"},
                                           {"Asia/Calcutta", "Asia/Kolkata"},
                                           {"Canada/Newfoundland", "America/St_Johns"},
                                           {"GB", "Europe/London"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct error error = ERROR_INIT;
        struct zone *zone, *same;
        char wall[ZONE_TEXT_SIZE], expected[ZONE_TEXT_SIZE];
        left_out = names[i][0];
        int opened = zone_open(&zone, names[i][0], &error);
        left_out = NULL;
        assert_int_equal(opened, 0);
        assert_string_equal(zone_name(zone), names[i][0]);
        assert_int_equal(zone_open(&same, names[i][1], &error), 0);
        for (int64_t t = 0; t < 1800000000; t += 30 * 86400) {
            assert_true(zone_wall(zone, t, wall) && zone_wall(same, t, expected));
            assert_string_equal(wall, expected);
        }
        zone_close(zone);
        zone_close(same);
        left_out = ""; /* no database at all */
        assert_int_equal(zone_open(&zone, names[i][0], &error), -1);
        left_out = NULL;
        assert_int_equal(error.code, ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_names),
        cmocka_unit_test(test_unknown_names_are_refused),
        cmocka_unit_test(test_a_refusal_names_what_was_given),
        cmocka_unit_test(test_fixed_offsets),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_seconds_beyond_32_bits),
        cmocka_unit_test(test_years_outside_1_to_9999),
        cmocka_unit_test(test_an_hour_that_comes_twice_is_its_first),
        cmocka_unit_test(test_a_skipped_hour_counts_with_the_offset_before),
        cmocka_unit_test(test_the_answer_does_not_depend_on_earlier_questions),
        cmocka_unit_test(test_many_instants),
        cmocka_unit_test(test_wall_time_format),
        cmocka_unit_test(test_both_formats_of_the_api),
        cmocka_unit_test(test_what_is_no_date_of_the_api),
        cmocka_unit_test(test_the_zone_of_a_site),
        cmocka_unit_test(test_a_site_without_a_usable_zone),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_iso),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
