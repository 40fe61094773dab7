/* test_scope: which tickets a scope admits, its canonical text, and comparing two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/scope.h"

static struct scope all_since(const char *day)
{
    struct scope scope = {.all_mailboxes = true};
    snprintf(scope.since, sizeof scope.since, "%s", day);
    return scope;
}

static void add(struct scope *scope, int64_t id, const char *since, bool listed)
{
    struct scope_mailbox *mailbox = scope_mailbox(scope, id);
    assert_non_null(mailbox);
    snprintf(mailbox->since, sizeof mailbox->since, "%s", since);
    mailbox->listed = listed;
}

static bool admits(const struct scope *scope, int64_t mailbox, const char *day)
{
    struct scope_ticket ticket = {.mailbox = mailbox, .created_at = day};
    return scope_judge(scope, ticket) == SCOPE_IN;
}

static void assert_prints(const struct scope *scope, const char *expected)
{
    struct buf out;
    buf_init(&out, 65536);
    assert_int_equal(scope_print(scope, &out), 0);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void test_first_day_is_inclusive(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    assert_false(admits(&scope, 1, "2025-09-19 23:59:59"));
    assert_true(admits(&scope, 1, "2025-09-20 00:00:00"));
    assert_true(admits(&scope, 1, "2025-09-20"));
    assert_true(admits(&scope, 0, "2026-01-01"));
}

static void test_only_listed_mailboxes_count(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    scope.all_mailboxes = false;
    add(&scope, 3, "", true);
    add(&scope, 4, "2020-01-01", false);
    assert_true(admits(&scope, 3, "2025-09-20"));
    assert_false(admits(&scope, 4, "2025-09-20"));
    assert_false(admits(&scope, 0, "2025-09-20"));
    assert_false(admits(&scope, 5, "2025-09-20"));
}

static void test_own_day_goes_before_the_common_one(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    add(&scope, 3, "2025-10-01", false);
    add(&scope, 4, "2024-01-01", false);
    assert_false(admits(&scope, 3, "2025-09-30"));
    assert_true(admits(&scope, 3, "2025-10-01"));
    assert_true(admits(&scope, 4, "2024-01-01"));
    assert_false(admits(&scope, 5, "2025-09-19"));
}

static enum scope_verdict judge(const struct scope *scope, const char *status, const char *resolved)
{
    struct scope_ticket ticket = {
        .mailbox = 1, .status = status, .created_at = "2025-09-01", .resolved_at = resolved};
    return scope_judge(scope, ticket);
}

static void test_status_and_the_day_that_counts(void **state)
{
    (void)state;
    static const char before[] = "2025-09-19 23:59:59", from[] = "2025-09-20 00:00:00";
    struct scope all = all_since("2025-09-20"), closed = all;
    all.date_of = closed.date_of = SCOPE_RESOLVED_AT;
    closed.tickets = SCOPE_CLOSED;
    assert_int_equal(judge(&closed, "closed", from), SCOPE_IN);
    assert_int_equal(judge(&closed, "Closed", from), SCOPE_IN);
    assert_int_equal(judge(&closed, "closed", before), SCOPE_OUT);
    assert_int_equal(judge(&closed, "closed", NULL), SCOPE_UNDATED);
    assert_int_equal(judge(&closed, "active", from), SCOPE_OUT); /* opened again */
    assert_int_equal(judge(&closed, "closed-by-bot", from), SCOPE_OUT);
    assert_int_equal(judge(&closed, NULL, from), SCOPE_OUT);
    assert_int_equal(judge(&all, "active", from), SCOPE_IN);
    assert_int_equal(judge(&all, "active", NULL), SCOPE_OUT); /* never closed */
    assert_int_equal(judge(&all, "closed", NULL), SCOPE_UNDATED);
    closed.date_of = SCOPE_CREATED_AT;
    assert_int_equal(judge(&closed, "closed", from), SCOPE_OUT); /* created before */
    closed.all_mailboxes = false;
    closed.date_of = SCOPE_RESOLVED_AT;
    assert_int_equal(judge(&closed, "closed", NULL), SCOPE_OUT);
}

static void test_a_status_alone_takes_a_ticket_out(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    assert_false(scope_left(&scope, "active"));
    assert_false(scope_left(&scope, NULL));
    scope.tickets = SCOPE_CLOSED;
    assert_true(scope_left(&scope, "active"));
    assert_true(scope_left(&scope, NULL));
    assert_false(scope_left(&scope, "CLOSED"));
}

static void test_what_may_be_in_scope_whatever_its_status(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    struct scope_ticket ticket = {.mailbox = 1, .status = "active", .created_at = "2025-09-20"};
    scope.tickets = SCOPE_CLOSED;
    assert_true(scope_covers(&scope, ticket));
    scope.date_of = SCOPE_RESOLVED_AT;
    assert_true(scope_covers(&scope, ticket)); /* nothing says that it is not */
    ticket.resolved_at = "2025-09-19";
    assert_false(scope_covers(&scope, ticket));
    ticket.resolved_at = "2025-09-20";
    assert_true(scope_covers(&scope, ticket));
    scope.all_mailboxes = false;
    assert_false(scope_covers(&scope, ticket));
}

static void test_an_earlier_day_reaches_back(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    add(&scope, 3, "2025-10-01", false);
    scope_reach_back(&scope, "2025-12-01");
    assert_prints(&scope, "*=2025-09-20 3=2025-10-01");
    scope_reach_back(&scope, "2025-09-01");
    assert_prints(&scope, "*=2025-09-01 3=2025-10-01");
}

static void test_entries_are_made_once_until_full(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    for (int64_t id = 1; id <= SCOPE_MAILBOXES_MAX; id++)
        assert_ptr_equal(scope_mailbox(&scope, id), scope_mailbox(&scope, id));
    assert_int_equal(scope.count, SCOPE_MAILBOXES_MAX);
    assert_null(scope_mailbox(&scope, SCOPE_MAILBOXES_MAX + 1));
    assert_non_null(scope_mailbox(&scope, 7));
}

static void test_text_is_canonical(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    assert_prints(&scope, "*=2025-09-20");
    add(&scope, 20, "2025-10-01", false);
    add(&scope, 3, "2024-12-31", true);
    add(&scope, 5, "2025-09-20", true);
    add(&scope, 6, "", true);
    assert_prints(&scope, "*=2025-09-20 3=2024-12-31 20=2025-10-01");
    scope.all_mailboxes = false;
    assert_prints(&scope, "3=2024-12-31 5=2025-09-20 6=2025-09-20");
    struct scope none = {.since = "2025-09-20"};
    assert_prints(&none, "");
    none.tickets = SCOPE_CLOSED;
    assert_prints(&none, "closed");
    scope.date_of = SCOPE_RESOLVED_AT;
    assert_prints(&scope, "resolved_at 3=2024-12-31 5=2025-09-20 6=2025-09-20");
    scope.all_mailboxes = true;
    scope.tickets = SCOPE_CLOSED;
    assert_prints(&scope, "closed resolved_at *=2025-09-20 3=2024-12-31 20=2025-10-01");
}

static void test_text_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    struct scope scope = all_since("2025-09-20");
    struct buf out;
    buf_init(&out, 5);
    assert_int_equal(scope_print(&scope, &out), -1);
    buf_release(&out);
}

static void test_within_refuses_what_was_not_printed(void **state)
{
    (void)state;
    static const char *const foreign[] = {
        NULL,
        "*",
        "*=",
        "2025-09-20",
        "*=2025-02-30",
        "*=2025-09-20 ",
        " *=2025-09-20",
        "*=2025-09-20  3=2025-10-01",
        "*=2025-09-203=2025-10-01",
        "3=2025-10-01 *=2025-09-20",
        "*=2025-09-20 3=2025-09-20",
        "20=2025-10-01 3=2025-10-01",
        "3=2025-10-01 3=2025-10-01",
        "03=2025-10-01",
        "x=2025-10-01",
        "*=1000-01-01 garbage",
        "closed  *=2000-01-01",
        "closed*=2000-01-01",
        "closed ",
        "resolved_at closed *=2000-01-01",
        "closed closed *=2000-01-01",
        "open *=2000-01-01",
    };
    struct scope nothing = {.since = "2025-09-20"}, all = all_since("2025-09-20");
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        assert_false(scope_within(&nothing, foreign[i]));
        assert_false(scope_within(&all, foreign[i]));
    }
    assert_true(scope_within(&all, "*=2025-09-20"));
    assert_true(scope_within(&nothing, ""));
    assert_false(scope_within(&all, ""));
}

static void test_closed_tickets_are_within_all(void **state)
{
    (void)state;
    struct scope all = all_since("2025-09-20"), closed = all;
    closed.tickets = SCOPE_CLOSED;
    assert_true(scope_within(&closed, "*=2025-09-20"));
    assert_true(scope_within(&closed, "closed *=2025-09-20"));
    assert_false(scope_within(&all, "closed *=2025-09-20"));
    assert_false(scope_within(&closed, "*=2025-09-21"));
    assert_false(scope_within(&closed, "closed resolved_at *=2025-09-20"));
    closed.date_of = SCOPE_RESOLVED_AT;
    assert_true(scope_within(&closed, "resolved_at *=2025-09-20"));
    assert_false(scope_within(&closed, "*=2025-09-20"));
    assert_false(scope_within(&closed, "closed *=2025-09-20"));
}

static void test_within_counts_mailboxes_nobody_names(void **state)
{
    (void)state;
    struct scope listed = all_since("2025-09-20"), all = all_since("2025-09-20");
    listed.all_mailboxes = false;
    add(&listed, 1, "", true);
    assert_true(scope_within(&listed, "*=2025-09-20"));
    assert_false(scope_within(&all, "1=2025-09-20"));
    assert_false(scope_within(&listed, "*=2025-09-20 1=2025-09-21"));
}

/* Of random scopes, `within` and the canonical text say what trying every ticket says. */
enum { TRIAL_MAILBOXES = 5, TRIAL_DAYS = 5, TRIALS = 20000 };

static void trial_day(char *day, int number)
{
    snprintf(day, DAY_SIZE, "2025-09-%02d", 10 + number % 20);
}

static struct scope trial_scope(unsigned *seed)
{
    struct scope scope = {.all_mailboxes = rand_r(seed) % 2};
    trial_day(scope.since, rand_r(seed) % TRIAL_DAYS);
    for (int i = rand_r(seed) % 4; i > 0; i--) {
        /* The last mailbox is named by no scope: it stands for all others. */
        struct scope_mailbox *m = scope_mailbox(&scope, rand_r(seed) % (TRIAL_MAILBOXES - 1));
        m->listed = rand_r(seed) % 2;
        m->since[0] = '\0';
        if (rand_r(seed) % 2)
            trial_day(m->since, rand_r(seed) % TRIAL_DAYS);
    }
    return scope;
}

static void test_within_agrees_with_brute_force(void **state)
{
    (void)state;
    unsigned seed = 20251006;
    int within = 0, equal = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct scope inner = trial_scope(&seed), outer = trial_scope(&seed);
        bool subset = true, same = true;
        for (int64_t mailbox = 0; mailbox < TRIAL_MAILBOXES; mailbox++)
            for (int d = 0; d < TRIAL_DAYS; d++) {
                char day[DAY_SIZE];
                trial_day(day, d);
                bool in = admits(&inner, mailbox, day);
                bool out = admits(&outer, mailbox, day);
                subset = subset && (!in || out);
                same = same && in == out;
            }
        struct buf a, b;
        buf_init(&a, 4096);
        buf_init(&b, 4096);
        scope_print(&inner, &a);
        scope_print(&outer, &b);
        assert_int_equal(scope_within(&inner, buf_text(&b)), subset);
        assert_int_equal(strcmp(buf_text(&a), buf_text(&b)) == 0, same);
        within += subset;
        equal += same;
        buf_release(&a);
        buf_release(&b);
    }
    assert_in_range(within, TRIALS / 20, TRIALS - TRIALS / 20);
    assert_true(equal > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_day_is_inclusive),
        cmocka_unit_test(test_only_listed_mailboxes_count),
        cmocka_unit_test(test_own_day_goes_before_the_common_one),
        cmocka_unit_test(test_status_and_the_day_that_counts),
        cmocka_unit_test(test_a_status_alone_takes_a_ticket_out),
        cmocka_unit_test(test_what_may_be_in_scope_whatever_its_status),
        cmocka_unit_test(test_an_earlier_day_reaches_back),
        cmocka_unit_test(test_entries_are_made_once_until_full),
        cmocka_unit_test(test_text_is_canonical),
        cmocka_unit_test(test_text_that_does_not_fit_is_an_error),
        cmocka_unit_test(test_within_refuses_what_was_not_printed),
        cmocka_unit_test(test_closed_tickets_are_within_all),
        cmocka_unit_test(test_within_counts_mailboxes_nobody_names),
        cmocka_unit_test(test_within_agrees_with_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
