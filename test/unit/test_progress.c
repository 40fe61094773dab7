/* test_progress: what the progress bar shows, at any width of the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "progress.h"

static const struct progress_facts HALF = {
    .tickets = 12345, .share = 0.5, .rate = 678.4, .left_s = 74.6};

static void assert_prints(const struct progress_facts *facts, size_t width, const char *expected)
{
    struct buf out;
    buf_init(&out, 1024);
    progress_print(&out, facts, width);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void test_what_fits(void **state)
{
    (void)state;
    assert_prints(
        &HALF, 79,
        " 50 %  [==================>                  ]  12345 tickets  678/s  1:15 left");
    assert_prints(&HALF, 50, " 50 %  [====>   ]  12345 tickets  678/s  1:15 left");
    assert_prints(&HALF, 49, " 50 %  12345 tickets  678/s  1:15 left");
    assert_prints(&HALF, 37, " 50 %  12345 tickets  678/s");
    assert_prints(&HALF, 20, " 50 %  12345 tickets");
    assert_prints(&HALF, 19, " 50 %  [=====>    ]");
    assert_prints(&HALF, 5, " 50 %");
    assert_prints(&HALF, 4, "");
    assert_prints(&HALF, 0, "");
}

/* Never wider than it may be, and the bar itself has an end. */
static void test_no_width_is_passed(void **state)
{
    (void)state;
    struct progress_facts facts = {.tickets = INT64_MAX, .rate = 1e12, .left_s = 1e12};
    for (size_t width = 0; width < 300; width++)
        for (int percent = -1; percent <= 101; percent++) {
            struct buf out;
            buf_init(&out, 1024);
            facts.share = percent / 100.0;
            progress_print(&out, &facts, width);
            assert_true(out.len <= width && out.len < 120);
            buf_release(&out);
        }
}

static void test_what_is_not_known_is_not_said(void **state)
{
    (void)state;
    struct progress_facts facts = {.tickets = 7, .share = 0, .rate = -1, .left_s = -1};
    assert_prints(&facts, 35, "  0 %  [>              ]  7 tickets");
    facts.rate = 3.25;
    assert_prints(&facts, 30, "  0 %  7 tickets  3.2/s");
    facts.left_s = 2 * 3600 + 3 * 60 + 4;
    assert_prints(&facts, 40, "  0 %  7 tickets  3.2/s  2:03:04 left");
    facts.share = 1;
    facts.left_s = 0;
    assert_prints(&facts, 48, "100 %  [==========]  7 tickets  3.2/s  0:00 left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fits),
        cmocka_unit_test(test_no_width_is_passed),
        cmocka_unit_test(test_what_is_not_known_is_not_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
