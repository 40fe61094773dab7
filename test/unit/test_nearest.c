/* test_nearest: which known word is proposed for one that is not. */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const KNOWN[] = {"sync",    "status", "tickets", "rejects",    "report",
                                    "migrate", "check",  "max-age", "max-deletes"};

static const char *nearest_to(const char *word)
{
    struct nearest n;
    nearest_begin(&n, word);
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        nearest_try(&n, KNOWN[i]);
    return n.found;
}

static void assert_nearest(const char *word, const char *known)
{
    const char *found = nearest_to(word);
    if (!known ? found != NULL : !found || strcmp(found, known) != 0)
        fail_msg("%s: %s", word, found ? found : "none");
}

static void a_slip_of_the_finger_is_found(void **state)
{
    (void)state;
    assert_nearest("stats", "status");
    assert_nearest("sttaus", "status");
    assert_nearest("Status", "status");
    assert_nearest("ticket", "tickets");
    assert_nearest("synch", "sync");
    assert_nearest("snyc", "sync");
    assert_nearest("max_age", "max-age");
    assert_nearest("maxdelete", "max-deletes");
    assert_nearest("max-d", "max-deletes");
    assert_nearest("rep", "report");
}

static void what_is_not_near_is_not_proposed(void **state)
{
    (void)state;
    assert_nearest("list", NULL);
    assert_nearest("x", NULL);
    assert_nearest("", NULL);
    assert_nearest("help", NULL);
    assert_nearest("ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss",
                   NULL);
}

static void the_question_names_it(void **state)
{
    (void)state;
    char text[NEAREST_SIZE];
    struct nearest n;
    nearest_begin(&n, "stats");
    assert_string_equal(nearest_ask(&n, "", "see the manual", text), "see the manual");
    nearest_try(&n, "status");
    assert_string_equal(nearest_ask(&n, "--", "see the manual", text), "did you mean --status?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_finger_is_found),
        cmocka_unit_test(what_is_not_near_is_not_proposed),
        cmocka_unit_test(the_question_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
