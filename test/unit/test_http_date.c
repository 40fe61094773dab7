/* test_http_date: the dates of HTTP, and what Retry-After asks for. */
#include "io/http_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The three forms that RFC 9110 wants to be read. */
static void dates_have_three_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_int_equal(http_date(forms[i]), 784111777);
    assert_int_equal(http_date("Sun, 22 Nov 2026 07:36:04 GMT"), 1795332964);
}

static void other_texts_are_no_dates(void **state)
{
    (void)state;
    static const char *const others[] = {"",
                                         " ",
                                         "120",
                                         "soon",
                                         "Sun, 06 Nov",
                                         "08:49:37 GMT",
                                         "Sun, 06 Nov 1994 24:49:37 GMT",
                                         "Sun, 06 ovD 1994 08:49:37 GMT",
                                         "Sun, 06 Nov 1894 08:49:37 GMT"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (http_date(others[i]))
            fail_msg("\"%s\" was taken", others[i]);
}

static void retry_after_in_seconds(void **state)
{
    (void)state;
    assert_int_equal(http_retry_after_ms("600", 0), 600000);
    assert_int_equal(http_retry_after_ms("0", 0), 0);
    assert_int_equal(http_retry_after_ms("99999999999999999999999999", 0), INT64_C(1000000000000));
}

static void retry_after_as_a_date(void **state)
{
    (void)state;
    const int64_t now = 784111777; /* 1994-11-06T08:49:37Z */
    assert_int_equal(http_retry_after_ms("Sun, 06 Nov 1994 08:51:07 GMT", now), 90000);
    assert_int_equal(http_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", now), 0);
    assert_int_equal(http_retry_after_ms("Sun, 06 Nov 1994 08:00:00 GMT", now), 0);
}

static void retry_after_that_says_nothing(void **state)
{
    (void)state;
    static const char *const nothing[] = {"", "-1", "+5", "5s", "1.5", "soon", " ", "Sun, 06 Nov"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_int_equal(http_retry_after_ms(nothing[i], 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_have_three_forms),        cmocka_unit_test(other_texts_are_no_dates),
        cmocka_unit_test(retry_after_in_seconds),        cmocka_unit_test(retry_after_as_a_date),
        cmocka_unit_test(retry_after_that_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
