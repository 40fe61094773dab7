/* test_plan: when one page of changes is enough, the next watermark, and resuming a walk. */
#include "plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

enum {
    WATERMARK = 1000000000,
    NOW = WATERMARK + 600,
    FULL_EVERY = 24 * 3600,
    BACK = WATERMARK - PLAN_OVERLAP_S
};

/* Facts under which a run is incremental; a test changes one of them. */
struct fixture {
    struct state state;
    struct scope scope;
    struct plan_facts facts;
};

static struct fixture *quiet_site(void)
{
    static struct fixture f;
    f = (struct fixture){
        .state = {.home = "https://x.test",
                  .zone = "Europe/Berlin",
                  .scope = "*=2025-09-20",
                  .api_user = "api",
                  .config_hash = "hash",
                  .watermark = WATERMARK,
                  .total = 250,
                  .max_id = 260,
                  .last_full_walk = NOW - FULL_EVERY / 2,
                  .last_total_walk = 0},
        .scope = {.since = "2025-09-20", .all_mailboxes = true},
        .facts = {.config_hash = "hash",
                  .zone = "Europe/Berlin",
                  .full_every_s = FULL_EVERY,
                  .now = NOW,
                  .head = {.newest = WATERMARK,
                           .oldest = BACK - 1,
                           .rows = 100,
                           .asked = 100,
                           .total = 250,
                           .max_id = 260,
                           .new_ids = 0,
                           .date = NOW},
                  .head_max = 500},
    };
    f.facts.state = &f.state;
    f.facts.scope = &f.scope;
    return &f;
}

static void assert_plan(const struct fixture *f, enum plan expected, const char *says)
{
    const char *why = NULL;
    bool for_total = true;
    enum plan found = plan_run(&f->facts, &why, &for_total);
    assert_non_null(why);
    if (found != expected)
        fail_msg("%d instead of %d: %s", (int)found, (int)expected, why);
    if (!strstr(why, says))
        fail_msg("\"%s\" is not in: %s", says, why);
    assert_int_equal(for_total, expected == PLAN_WALK && strstr(why, "number of tickets") != NULL);
}

static void assert_incremental(const struct fixture *f)
{
    assert_plan(f, PLAN_INCREMENTAL, "");
}

static void test_a_quiet_site(void **state)
{
    (void)state;
    assert_incremental(quiet_site());
}

static void test_asked_for(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.full = true;
    assert_plan(f, PLAN_WALK, "asked for");
}

static void test_the_first_run(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.watermark = 0;
    assert_plan(f, PLAN_WALK, "first run");
    f = quiet_site();
    f->state.last_full_walk = 0;
    assert_plan(f, PLAN_WALK, "not complete");
    f = quiet_site();
    f->state = (struct state){0};
    assert_plan(f, PLAN_WALK, "first run");
}

static void test_scope(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    memcpy(f->scope.since, "2025-09-19", DAY_SIZE);
    assert_plan(f, PLAN_WALK, "scope");
    memcpy(f->scope.since, "2025-09-21", DAY_SIZE);
    assert_incremental(f);
    memcpy(scope_mailbox(&f->scope, 3)->since, "2025-09-01", DAY_SIZE);
    assert_plan(f, PLAN_WALK, "scope");
    f = quiet_site();
    f->state.scope = NULL;
    assert_plan(f, PLAN_WALK, "scope");
    f->state.scope = "3=2025-09-20";
    assert_plan(f, PLAN_WALK, "scope");
    f->scope.all_mailboxes = false;
    scope_mailbox(&f->scope, 3)->listed = true;
    assert_incremental(f);
}

static void test_configuration_and_zone(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.config_hash = "other";
    assert_plan(f, PLAN_WALK, "mapping");
    f->facts.config_hash = "hash";
    assert_incremental(f);
    f->facts.zone = "Europe/Paris";
    assert_plan(f, PLAN_WALK, "zone");
    f->facts.zone = "Europe/Berlin";
    f->state.zone = NULL;
    assert_plan(f, PLAN_WALK, "zone");
}

static void test_full_every(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.last_full_walk = NOW - FULL_EVERY + 1;
    assert_incremental(f);
    f->state.last_full_walk = NOW - FULL_EVERY;
    assert_plan(f, PLAN_WALK, "full_every");
    f->facts.full_every_s = EVERY_NEVER;
    assert_incremental(f);
    f->state.last_full_walk = 1;
    assert_incremental(f);
}

static void test_full_every_always(void **state)
{
    (void)state;
    static const int64_t last[] = {NOW - 1, NOW, NOW + 1, NOW + 86400}; /* clocks run back */
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        struct fixture *f = quiet_site();
        f->facts.full_every_s = EVERY_ALWAYS;
        f->state.last_full_walk = last[i];
        assert_plan(f, PLAN_WALK, "full_every");
    }
}

static void test_a_restored_backup(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.oldest = BACK - 1000;
    f->facts.head.newest = BACK;
    assert_incremental(f);
    f->facts.head.newest = BACK - 1;
    assert_plan(f, PLAN_WALK, "backup");
    f->facts.head.newest = 0;
    assert_plan(f, PLAN_WALK, "backup");
}

static void test_three_hours(void **state)
{
    (void)state;
    assert_int_equal(PLAN_OVERLAP_S, 3 * 3600);
    struct fixture *f = quiet_site();
    f->facts.head.oldest = BACK - 1;
    assert_incremental(f);
    f->facts.head.oldest = BACK;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.oldest = 0; /* rows without updated_at come last */
    assert_incremental(f);
}

static void test_a_larger_head(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.oldest = WATERMARK;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.rows = f->facts.head.asked = 499;
    f->state.total = f->facts.head.total = 1000;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.rows = f->facts.head.asked = 500;
    assert_plan(f, PLAN_WALK, "more changes");
    f->facts.head.oldest = BACK - 1;
    assert_incremental(f);
}

static void test_a_head_that_is_the_whole_list(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.oldest = WATERMARK;
    f->facts.head.rows = f->facts.head.total = f->state.total = 99;
    assert_incremental(f);
    f->facts.head.rows = 40; /* a page that was cut */
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.asked = 500;
    assert_plan(f, PLAN_WALK, "more changes");
    f->facts.head.asked = 100;
    f->facts.head.rows = 100; /* a full page: only a larger one tells that nothing follows */
    f->facts.head.total = f->state.total = 100;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.total = f->state.total = -1;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
}

static void test_a_site_that_has_no_ticket(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.total = 0;
    f->facts.head = (struct plan_head){.asked = 100, .date = NOW};
    assert_incremental(f);
    f->state.total = 1;
    assert_plan(f, PLAN_WALK, "number of tickets");
}

static void test_the_total(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.total = 251;
    assert_plan(f, PLAN_WALK, "number of tickets");
    f->facts.head.new_ids = 1;
    assert_incremental(f);
    f->facts.head.new_ids = 2; /* and one was deleted */
    assert_plan(f, PLAN_WALK, "number of tickets");
    f->facts.head.new_ids = 0;
    f->facts.head.total = 249;
    assert_plan(f, PLAN_WALK, "number of tickets");
    f->state.total = -1;
    assert_plan(f, PLAN_WALK, "number of tickets");
}

static void test_for_the_total_once_an_hour(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.total = 251;
    f->state.last_total_walk = NOW - PLAN_TOTAL_EVERY_S;
    assert_plan(f, PLAN_WALK, "number of tickets");
    f->state.last_total_walk = NOW - PLAN_TOTAL_EVERY_S + 1;
    assert_incremental(f);
    f->facts.head.oldest = WATERMARK;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    assert_int_equal(PLAN_TOTAL_EVERY_S, 3600);
}

/* New tickets may be further down than the head reaches: it is made larger first. */
static void test_a_total_needs_the_whole_head(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.total = 400;
    f->facts.head.new_ids = 100;
    f->facts.head.oldest = WATERMARK;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.rows = f->facts.head.asked = 500;
    assert_plan(f, PLAN_WALK, "more changes");
    f->facts.head.new_ids = 150;
    f->facts.head.oldest = BACK - 1;
    assert_incremental(f);
}

/* What is due anyway is not held back by a walk for the total, nor counted as one. */
static void test_other_reasons_come_first(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.total = 251;
    f->state.last_full_walk = NOW - FULL_EVERY;
    assert_plan(f, PLAN_WALK, "full_every");
    f = quiet_site();
    f->facts.head.total = 251;
    f->facts.head.newest = BACK - 1;
    assert_plan(f, PLAN_WALK, "backup");
}

static void test_watermark(void **state)
{
    (void)state;
    static const struct {
        int64_t newest, date, watermark;
    } cases[] = {{100, 200, 100}, {200, 100, 100}, {100, 100, 100},
                 {0, 200, 200},   {100, 0, 100},   {0, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_head head = {.newest = cases[i].newest, .oldest = 5, .date = cases[i].date};
        assert_int_equal(plan_watermark(&head), cases[i].watermark);
    }
}

/* Resuming */

static struct fixture *walking(void)
{
    struct fixture *f = quiet_site();
    f->state.walk = (struct walk_state){.id = 3,
                                        .started = NOW - 100,
                                        .watermark = WATERMARK,
                                        .total = 250,
                                        .max_id = 260,
                                        .scope = "*=2025-09-20",
                                        .api_user = "api",
                                        .config_hash = "hash"};
    return f;
}

static void assert_resumes(const struct fixture *f, bool expected)
{
    assert_int_equal(plan_resume(&f->facts, "*=2025-09-20", "api"), expected);
}

static void test_resume(void **state)
{
    (void)state;
    assert_resumes(walking(), true);
    assert_resumes(quiet_site(), false);
    struct fixture *f = walking();
    f->facts.full = true;
    assert_resumes(f, false);
    f = walking();
    f->facts.config_hash = "other";
    assert_resumes(f, false);
    f = walking();
    assert_false(plan_resume(&f->facts, "*=2025-09-21", "api"));
    assert_false(plan_resume(&f->facts, "*=2025-09-20", "other"));
    assert_false(plan_resume(&f->facts, NULL, "api"));
    f->state.walk.scope = NULL;
    assert_resumes(f, false);
    f = walking();
    f->state.walk.api_user = NULL;
    assert_resumes(f, false);
}

static void test_resume_of_an_old_walk(void **state)
{
    (void)state;
    struct fixture *f = walking();
    f->facts.full_every_s = 3600;
    f->state.walk.started = NOW - 3599;
    assert_resumes(f, true);
    f->state.walk.started = NOW - 3600;
    assert_resumes(f, false);
    static const int64_t every[] = {EVERY_ALWAYS, EVERY_NEVER};
    for (size_t i = 0; i < 2; i++) {
        f->facts.full_every_s = every[i];
        f->state.walk.started = NOW - 24 * 3600 + 1;
        assert_resumes(f, true);
        f->state.walk.started = NOW - 24 * 3600;
        assert_resumes(f, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quiet_site),
        cmocka_unit_test(test_asked_for),
        cmocka_unit_test(test_the_first_run),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_configuration_and_zone),
        cmocka_unit_test(test_full_every),
        cmocka_unit_test(test_full_every_always),
        cmocka_unit_test(test_a_restored_backup),
        cmocka_unit_test(test_three_hours),
        cmocka_unit_test(test_a_larger_head),
        cmocka_unit_test(test_a_head_that_is_the_whole_list),
        cmocka_unit_test(test_a_site_that_has_no_ticket),
        cmocka_unit_test(test_the_total),
        cmocka_unit_test(test_for_the_total_once_an_hour),
        cmocka_unit_test(test_a_total_needs_the_whole_head),
        cmocka_unit_test(test_other_reasons_come_first),
        cmocka_unit_test(test_watermark),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_resume_of_an_old_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
