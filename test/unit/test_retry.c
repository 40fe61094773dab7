/* test_retry: when to ask again, and how long to wait before. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/retry.h"

static const struct retry_policy policy = {
    .retries = 12, .base_ms = 500, .cap_ms = 60000, .total_ms = 600000};
static const double almost_one = 0.999999;

static struct retry_try attempt(int n)
{
    return (struct retry_try){.kind = RETRY_ALL,
                              .attempt = n,
                              .after_ms = -1,
                              .left_ms = INT64_MAX,
                              .random = almost_one};
}

static void backs_off_exponentially_up_to_the_cap(void **state)
{
    (void)state;
    static const int64_t ceilings[] = {500,   1000,  2000,  4000,  8000,  16000,
                                       32000, 60000, 60000, 60000, 60000, 60000};
    for (int n = 1; n <= 12; n++) {
        struct retry_try t = attempt(n);
        assert_int_equal(retry_wait_ms(&policy, &t), ceilings[n - 1] - 1);
    }
    struct retry_policy patient = policy;
    patient.retries = INT_MAX;
    struct retry_try t = attempt(INT_MAX);
    assert_int_equal(retry_wait_ms(&patient, &t), 59999);
}

static void jitter_covers_the_whole_range(void **state)
{
    (void)state;
    struct retry_try t = attempt(4);
    t.random = 0;
    assert_int_equal(retry_wait_ms(&policy, &t), 0);
    t.random = 0.25;
    assert_int_equal(retry_wait_ms(&policy, &t), 1000);
}

static void gives_up_after_the_last_retry(void **state)
{
    (void)state;
    struct retry_try t = attempt(13);
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
    struct retry_policy none = policy;
    none.retries = 0;
    t = attempt(1);
    assert_int_equal(retry_wait_ms(&none, &t), -1);
}

static void a_refusal_is_never_retried(void **state)
{
    (void)state;
    struct retry_try t = attempt(1);
    t.kind = RETRY_NO;
    t.after_ms = 10;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
}

static void little_hope_means_few_retries(void **state)
{
    (void)state;
    struct retry_try t = attempt(RETRY_FEW_MAX);
    t.kind = RETRY_FEW;
    assert_true(retry_wait_ms(&policy, &t) >= 0);
    t.attempt++;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
    /* ... and never more than the policy allows. */
    struct retry_policy one = policy;
    one.retries = 1;
    t.attempt = 1;
    assert_true(retry_wait_ms(&one, &t) >= 0);
    t.attempt = 2;
    assert_int_equal(retry_wait_ms(&one, &t), -1);
}

static void retry_after_is_the_least_wait(void **state)
{
    (void)state;
    struct retry_try t = attempt(1);
    t.after_ms = 60000; /* the cap of a back-off */
    assert_int_equal(retry_wait_ms(&policy, &t), 60000);
    t.after_ms = 0;
    assert_int_equal(retry_wait_ms(&policy, &t), 499);
}

/* WordPress in maintenance asks for ten minutes: the next run comes sooner. */
static void a_retry_after_of_more_than_a_minute_ends_it(void **state)
{
    (void)state;
    static const int64_t waits[] = {60001, 120000, 600000, INT64_MAX};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        struct retry_try t = attempt(1);
        t.after_ms = waits[i];
        assert_int_equal(retry_wait_ms(&policy, &t), -1);
    }
}

static void no_wait_reaches_the_deadline(void **state)
{
    (void)state;
    struct retry_try t = attempt(1);
    t.left_ms = 499;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
    t.left_ms = 500;
    assert_int_equal(retry_wait_ms(&policy, &t), 499);
    t.after_ms = 500;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
    t.left_ms = 0;
    t.after_ms = -1;
    t.random = 0;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
}

static void all_waits_together_are_bounded(void **state)
{
    (void)state;
    struct retry_try t = attempt(2);
    t.waited_ms = policy.total_ms - 999;
    assert_int_equal(retry_wait_ms(&policy, &t), 999);
    t.waited_ms++;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
    t.waited_ms = policy.total_ms - 60000;
    t.after_ms = 60000;
    assert_int_equal(retry_wait_ms(&policy, &t), 60000);
    t.waited_ms++;
    assert_int_equal(retry_wait_ms(&policy, &t), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backs_off_exponentially_up_to_the_cap),
        cmocka_unit_test(jitter_covers_the_whole_range),
        cmocka_unit_test(gives_up_after_the_last_retry),
        cmocka_unit_test(a_refusal_is_never_retried),
        cmocka_unit_test(little_hope_means_few_retries),
        cmocka_unit_test(retry_after_is_the_least_wait),
        cmocka_unit_test(a_retry_after_of_more_than_a_minute_ends_it),
        cmocka_unit_test(no_wait_reaches_the_deadline),
        cmocka_unit_test(all_waits_together_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
