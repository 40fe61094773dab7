/* test_plan: what is decided between runs: when one page of changes is enough, resuming a walk, how
 * a walk's end is explained, and what the next run goes by. */
#include "core/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
                  .compared_at = WATERMARK,
                  .newest = WATERMARK - 50,
                  .total = 250,
                  .max_id = 260,
                  .last_full_walk = NOW - FULL_EVERY / 2,
                  .last_total_walk = 0},
        .scope = {.since = "2025-09-20", .all_mailboxes = true},
        .facts = {.config_hash = "hash",
                  .zone = "Europe/Berlin",
                  .api_user = "api",
                  .full_every_s = FULL_EVERY,
                  .now = NOW,
                  .head = {.newest = WATERMARK - 50,
                           .oldest = BACK - 1,
                           .rows = 100,
                           .asked = 100,
                           .total = 250,
                           .max_id = 260,
                           .new_ids = 0,
                           .has_largest = true,
                           .date = NOW},
                  .head_max = 500},
    };
    f.facts.state = &f.state;
    f.facts.scope = &f.scope;
    return &f;
}

static void assert_plan(const struct fixture *f, enum plan expected, const char *says)
{
    struct plan_decision d = plan_run(&f->facts);
    assert_non_null(d.why);
    if (d.plan != expected)
        fail_msg("%d instead of %d: %s", (int)d.plan, (int)expected, d.why);
    if (!strstr(d.why, says))
        fail_msg("\"%s\" is not in: %s", says, d.why);
    assert_int_equal(d.for_total,
                     expected == PLAN_WALK && strstr(d.why, "number of tickets") != NULL);
    if (expected != PLAN_INCREMENTAL)
        assert_int_equal(d.unexplained, 0);
}

static void assert_unexplained(const struct fixture *f, int64_t by)
{
    struct plan_decision d = plan_run(&f->facts);
    assert_int_equal(d.plan, PLAN_INCREMENTAL);
    assert_int_equal(d.unexplained, by);
}

static void assert_incremental(const struct fixture *f)
{
    assert_plan(f, PLAN_INCREMENTAL, "");
    assert_unexplained(f, 0);
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
    f->state.walk.started = NOW - 60; /* its run was killed */
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

static void test_another_user(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.api_user = "other";
    assert_plan(f, PLAN_WALK, "API user");
    f->state.api_user = NULL; /* an older version did not note it */
    assert_incremental(f);
}

static void test_full_every(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.last_full_walk = NOW - FULL_EVERY + 1;
    assert_incremental(f);
    f->state.last_full_walk = NOW - FULL_EVERY;
    assert_plan(f, PLAN_WALK, "full_every");
    f->facts.full_every_s = PLAN_NEVER;
    assert_incremental(f);
    f->state.last_full_walk = 1;
    assert_incremental(f);
}

/* All of the list would be read in parts: then a walk does it; where there are no parts there is
 * nothing due. */
static void test_all_is_due(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.all_due = true;
    assert_true(plan_walk_is_due(&f->facts));
    assert_plan(f, PLAN_WALK, "all of the list would be older than full_every");
    f->facts.full_every_s = PLAN_NEVER;
    assert_incremental(f);
}

/* A clock that was ahead once must not put off a walk until that instant. */
static void test_instants_in_the_future(void **state)
{
    (void)state;
    static const int64_t ahead[] = {1, 3600, (int64_t)365 * 24 * 3600};
    for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++) {
        struct fixture *f = quiet_site();
        f->state.last_full_walk = NOW + ahead[i];
        assert_plan(f, PLAN_WALK, "in the future");
        f->facts.full_every_s = PLAN_NEVER;
        assert_plan(f, PLAN_WALK, "in the future");
        f = quiet_site();
        f->state.last_total_walk = NOW + ahead[i];
        f->facts.head.total = 251;
        assert_plan(f, PLAN_WALK, "number of tickets");
    }
    assert_true(plan_is_old(NOW, 0, 10));
    assert_true(plan_is_old(NOW, NOW + 1, 10));
    assert_true(plan_is_old(NOW, NOW - 10, 10));
    assert_false(plan_is_old(NOW, NOW - 9, 10));
    assert_false(plan_is_old(NOW, NOW, 10));
}

/* While a clock was wrong changes may have got any time. */
static void test_a_clock_that_was_set(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.date = WATERMARK - PLAN_SKEW_S;
    assert_incremental(f);
    f->facts.head.date--;
    assert_plan(f, PLAN_WALK, "clock");
    f = quiet_site();
    f->state.watermark += (int64_t)365 * 24 * 3600; /* the site's was a year ahead */
    assert_plan(f, PLAN_WALK, "clock");
    static const int64_t moved[] = {PLAN_JUMP_S, -PLAN_JUMP_S};
    for (size_t i = 0; i < 2; i++) {
        f = quiet_site(); /* the machine's, against the site's */
        f->state.last_full_walk = NOW - 3 * PLAN_JUMP_S;
        f->state.compared_at = WATERMARK + moved[i];
        assert_incremental(f);
        f->state.compared_at += moved[i] < 0 ? -1 : 1;
        assert_plan(f, PLAN_WALK, "clock");
        f->facts.head.date = 0; /* the site does not tell */
        assert_incremental(f);
    }
    f->facts.head.date = NOW;
    f->state.compared_at = 0; /* a state of before it was remembered */
    assert_incremental(f);
}

static void test_full_every_always(void **state)
{
    (void)state;
    static const int64_t last[] = {NOW - 1, NOW, NOW + 1, NOW + 86400}; /* clocks run back */
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        struct fixture *f = quiet_site();
        f->facts.full_every_s = PLAN_EVERY_RUN;
        f->state.last_full_walk = last[i];
        assert_plan(f, PLAN_WALK, "full_every");
    }
}

static void test_a_restored_backup(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.newest = f->state.newest - 1;
    assert_plan(f, PLAN_WALK, "backup");
    f->facts.head.newest = 0;
    assert_plan(f, PLAN_WALK, "backup");
    f->state.newest = 0;
    assert_incremental(f);
}

/* The site has gone on since its backup: only the largest known id tells, where the head does not
 * hold it. A quiet site is not asked. */
static void test_the_largest_known_id(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.has_largest = false;
    assert_incremental(f);
    f->facts.head.newest = WATERMARK + 300;
    assert_plan(f, PLAN_ASK_LARGEST, "largest");
    f->facts.largest = PLAN_LARGEST_THERE;
    assert_incremental(f);
    f->facts.largest = PLAN_LARGEST_GONE;
    assert_plan(f, PLAN_WALK, "backup");
    f->facts.largest = PLAN_LARGEST_UNKNOWN;
    f->facts.head.total = 251; /* it is walked anyway */
    assert_plan(f, PLAN_WALK, "number of tickets");
    f->state.last_total_walk = NOW - 60;
    assert_plan(f, PLAN_ASK_LARGEST, "largest");
    f->facts.head.total = 250;
    f->state.max_id = 0; /* there never was a ticket */
    assert_incremental(f);
}

static void test_rows_that_are_missing(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.missing = 1;
    assert_plan(f, PLAN_WALK, "missing");
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

/* 601 tickets changed in one second, three days ago: the head does not reach behind them, and need
 * not. */
static void test_a_quiet_site_after_a_bulk_change(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.newest = f->facts.head.newest = f->facts.head.oldest = WATERMARK - 3 * 24 * 3600;
    assert_incremental(f);
    f->facts.head.newest = WATERMARK + 300; /* and one more */
    f->facts.head.has_largest = true;
    assert_incremental(f);
}

/* Changes bear the time of a clock that is hours behind that of the answers: how far the head has
 * to reach follows the changes then. */
static void test_changes_older_than_the_watermark(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    int64_t behind = 5 * 3600;
    f->state.newest -= behind;
    f->facts.head.newest = f->state.newest + 600;
    f->facts.head.oldest = f->state.newest + 1;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.oldest = f->state.newest - PLAN_OVERLAP_S - 1;
    assert_incremental(f);
}

/* The next head is as large as this one had to be, and there is room for as much again. */
static void test_rows_of_the_next_head(void **state)
{
    (void)state;
    assert_int_equal(plan_head_rows(0), 20);
    assert_int_equal(plan_head_rows(7), 34);
    assert_int_equal(plan_head_rows(40), 100);
    assert_int_equal(plan_head_rows(500), 100);

    struct fixture *f = quiet_site();
    assert_int_equal(plan_reach_back(&f->facts), BACK);
    f->state.newest -= 5 * 3600; /* the site dates changes by another clock */
    f->facts.head.newest = f->state.newest + 600;
    assert_int_equal(plan_reach_back(&f->facts), f->state.newest - PLAN_OVERLAP_S);
}

static void test_a_larger_head(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.oldest = WATERMARK;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    assert_int_equal(plan_run(&f->facts).rows, 500);
    f->facts.head.rows = f->facts.head.asked = 99;
    assert_int_equal(plan_run(&f->facts).rows, 100);
    f->facts.head_max = 99;
    assert_plan(f, PLAN_WALK, "more changes");
    f->facts.head_max = 500;
    f->facts.head.rows = f->facts.head.asked = 499;
    f->state.total = f->facts.head.total = 1000;
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    assert_int_equal(plan_run(&f->facts).rows, 500);
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
    f->facts.head.rows = 40; /* without a total a short head may have been cut */
    assert_plan(f, PLAN_LARGER_HEAD, "more changes");
    f->facts.head.asked = 500;
    assert_plan(f, PLAN_WALK, "more changes");
}

/* Without a total no difference is known. */
static void test_no_total(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.total = -1;
    f->facts.head.new_ids = 3;
    f->facts.head.max_id = 264;
    assert_incremental(f);
    struct state next = f->state;
    plan_after_incremental(&f->facts, &next);
    assert_int_equal(next.total, 253); /* what the changes explain */
    assert_int_equal(next.max_id, 264);
    f->state.total = -1;
    plan_after_incremental(&f->facts, &next);
    assert_int_equal(next.total, -1);
    assert_int_equal(next.max_id, 264);
}

static void test_a_site_that_has_no_ticket(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.total = f->state.max_id = f->state.newest = 0;
    f->facts.head = (struct plan_head){.asked = 100, .date = NOW};
    assert_incremental(f);
    f->state.total = 1; /* it had one, whatever is known of the newest change */
    assert_plan(f, PLAN_WALK, "none of its tickets");
    f->facts.head.total = 1;
    assert_plan(f, PLAN_WALK, "none of its tickets");
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
    assert_unexplained(f, 1); /* and so the run is not complete */
    f->facts.head.total = 248;
    f->facts.head.new_ids = 1;
    assert_unexplained(f, -3);
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

/* What the next run goes by */

static void test_watermark(void **state)
{
    (void)state;
    static const struct {
        int64_t newest, date, watermark;
    } cases[] = {{100, 200, 200}, {200, 100, 100}, {100, 100, 100}, {0, 200, 200},
                 {100, 0, 100},   {900, 0, 500},   {0, 0, 500}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_head head = {.newest = cases[i].newest, .oldest = 5, .date = cases[i].date};
        assert_int_equal(plan_watermark(&head, 500), cases[i].watermark);
    }
}

static void test_after_an_incremental_run(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->facts.head.newest = NOW - 20;
    f->facts.head.total = 252;
    f->facts.head.new_ids = 2;
    f->facts.head.max_id = 262;
    struct state next = f->state;
    plan_after_incremental(&f->facts, &next);
    assert_int_equal(next.watermark, NOW);
    assert_int_equal(next.compared_at, NOW);
    assert_int_equal(next.newest, NOW - 20);
    assert_int_equal(next.total, 252);
    assert_int_equal(next.max_id, 262);
    f->facts.head.max_id = 100;
    plan_after_incremental(&f->facts, &next);
    assert_int_equal(next.max_id, 260);
}

/* A difference that was not settled is there for the next run too. */
static void test_after_an_unexplained_total(void **state)
{
    (void)state;
    struct fixture *f = quiet_site();
    f->state.last_total_walk = NOW - 60;
    f->facts.head.total = 255;
    f->facts.head.new_ids = 2;
    f->facts.head.max_id = 262;
    struct state next = f->state;
    plan_after_incremental(&f->facts, &next);
    assert_int_equal(next.watermark, NOW);
    assert_int_equal(next.total, 250);
    assert_int_equal(next.max_id, 260);
    f->state = next;
    f->facts.now += 60;
    f->facts.head.date += 60;
    assert_unexplained(f, 3);
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
    assert_int_equal(plan_resume(&f->facts, "*=2025-09-20"), expected);
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
    assert_false(plan_resume(&f->facts, "*=2025-09-21"));
    assert_false(plan_resume(&f->facts, NULL));
    f->facts.api_user = "other";
    assert_resumes(f, false);
    f = walking();
    f->state.walk.scope = NULL;
    assert_resumes(f, false);
    f = walking();
    f->state.walk.api_user = NULL;
    assert_resumes(f, false);
    f = walking();
    f->state.walk.started = NOW + 1; /* a clock was ahead */
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
    static const int64_t every[] = {PLAN_EVERY_RUN, PLAN_NEVER};
    for (size_t i = 0; i < 2; i++) {
        f->facts.full_every_s = every[i];
        f->state.walk.started = NOW - 24 * 3600 + 1;
        assert_resumes(f, true);
        f->state.walk.started = NOW - 24 * 3600;
        assert_resumes(f, false);
    }
}

/* The end of a walk */

enum { SEEN = 300, SEEN_MAX = 310 };

static struct plan_head head_of(int64_t total, int64_t new_ids)
{
    return (struct plan_head){.newest = NOW,
                              .oldest = BACK - 1,
                              .rows = 100,
                              .asked = 100,
                              .total = total,
                              .max_id = SEEN_MAX + new_ids,
                              .new_ids = new_ids,
                              .date = NOW};
}

/* A walk that was begun by this run and saw what its head said. */
static struct plan_end_facts ending(void)
{
    return (struct plan_end_facts){.first = head_of(SEEN, 0),
                                   .watermark = WATERMARK,
                                   .total = SEEN,
                                   .seen = SEEN,
                                   .seen_max = SEEN_MAX,
                                   .head_max = 500};
}

static void assert_end(const struct plan_end_facts *f, enum plan_end expected, const char *says)
{
    struct plan_end_decision d = plan_walk_end(f);
    if (d.end != expected || !strstr(d.why, says))
        fail_msg("%d instead of %d: %s", (int)d.end, (int)expected, d.why);
}

static void test_a_walk_that_saw_what_its_head_said(void **state)
{
    (void)state;
    struct plan_end_facts f = ending();
    assert_end(&f, END_COMPLETE, "");
    f.seen = SEEN + 3; /* created meanwhile */
    assert_end(&f, END_COMPLETE, "");
    f.first.total = f.total = -1;
    assert_end(&f, END_COMPLETE, "");
    f.first = (struct plan_head){.total = -1}; /* no head could be read */
    assert_end(&f, END_ASK_HEAD, "");
    f.last = head_of(SEEN + 3, 0);
    assert_end(&f, END_COMPLETE, "");
    f.unseen = 1;
    assert_end(&f, END_INCOMPLETE, "lag");
}

static void test_pages_that_lag_behind_the_head(void **state)
{
    (void)state;
    for (int resumed = 0; resumed < 2; resumed++) {
        struct plan_end_facts f = ending();
        f.resumed = resumed;
        f.unseen = 1;
        assert_end(&f, END_INCOMPLETE, "lag");
        f.unseen = 0;
        f.lagging = 1;
        assert_end(&f, END_INCOMPLETE, "lag");
        f.last = head_of(SEEN, 0);
        assert_end(&f, END_INCOMPLETE, "lag");
    }
}

/* Fewer than the head or the end of the list counted: deleted meanwhile, or the pages lack some. */
static void test_fewer_than_were_counted(void **state)
{
    (void)state;
    for (int by_end = 0; by_end < 2; by_end++) {
        struct plan_end_facts f = ending();
        *(by_end ? &f.total : &f.first.total) = SEEN + 5;
        assert_end(&f, END_ASK_HEAD, "");
        f.last = head_of(SEEN, 0);
        assert_end(&f, END_COMPLETE, "");
        f.last = head_of(SEEN - 2, 0);
        assert_end(&f, END_COMPLETE, "");
        f.last = head_of(-1, 0);
        assert_end(&f, END_COMPLETE, "");
        f.last = head_of(SEEN + 4, 4);
        assert_end(&f, END_COMPLETE, "");
        f.last = head_of(SEEN + 5, 4);
        assert_end(&f, END_UNCONFIRMED, "more tickets than its pages hold");
        f.last.oldest = WATERMARK; /* more new ones may be further down */
        assert_end(&f, END_LARGER_HEAD, "");
        f.last.asked = f.last.rows = 500;
        assert_end(&f, END_UNCONFIRMED, "more tickets than its pages hold");
    }
}

/* What an earlier run read is as it was then: a head of this run has to explain what came since. */
static void test_the_end_of_a_resumed_walk(void **state)
{
    (void)state;
    struct plan_end_facts f = ending();
    f.resumed = true;
    assert_end(&f, END_ASK_HEAD, "");
    f.last = head_of(SEEN, 0);
    assert_end(&f, END_COMPLETE, "");
    f.last = head_of(SEEN + 2, 2);
    assert_end(&f, END_COMPLETE, "");
    f.last = head_of(SEEN + 25, 0); /* imported with old dates, where it had been read */
    assert_end(&f, END_WALK_AGAIN, "number of tickets");
    f.last = head_of(SEEN - 1, 0); /* deleted since */
    assert_end(&f, END_WALK_AGAIN, "number of tickets");
    f.last = head_of(SEEN, 0);
    f.last.oldest = BACK;
    assert_end(&f, END_LARGER_HEAD, "");
    f.last.asked = f.last.rows = 500;
    assert_end(&f, END_WALK_AGAIN, "more changed");
    f.last = head_of(SEEN, 0);
    f.last.unordered = true;
    assert_end(&f, END_WALK_AGAIN, "more changed");
    f.last = head_of(-1, 0); /* nothing confirms what an earlier run read */
    assert_end(&f, END_UNCONFIRMED, "does not say how many");
}

static void test_after_a_walk(void **state)
{
    (void)state;
    struct walk_state walk = {.started = NOW - 500, .watermark = WATERMARK, .total = SEEN + 1};
    struct plan_end_facts f = ending();
    struct state next = {0};
    plan_after_walk(&f, &walk, NOW, &next);
    assert_int_equal(next.watermark, WATERMARK);
    assert_int_equal(next.compared_at, NOW - 500);
    assert_int_equal(next.newest, NOW);
    assert_int_equal(next.last_full_walk, NOW - 500);
    assert_int_equal(next.total, SEEN); /* as counted, whatever the site says */
    assert_int_equal(next.max_id, SEEN_MAX);

    f.first = (struct plan_head){.total = -1}; /* the first head could not be read */
    plan_after_walk(&f, &walk, NOW, &next);
    assert_int_equal(next.newest, NOW);
    f.last = head_of(SEEN, 0);
    f.last.newest = NOW + 3;
    plan_after_walk(&f, &walk, NOW, &next);
    assert_int_equal(next.newest, NOW + 3);
    assert_int_equal(next.watermark, WATERMARK);

    f.resumed = true;
    f.last = head_of(SEEN + 2, 2);
    f.last.newest = NOW + 5;
    f.last.date = NOW + 7;
    plan_after_walk(&f, &walk, NOW + 6, &next);
    assert_int_equal(next.watermark, NOW + 7);
    assert_int_equal(next.compared_at, NOW + 6);
    assert_int_equal(next.newest, NOW + 5);
    assert_int_equal(next.last_full_walk, NOW - 500);
    assert_int_equal(next.total, SEEN + 2);
    assert_int_equal(next.max_id, SEEN_MAX + 2);

    f.resumed = false; /* its first head could not be read */
    f.first = (struct plan_head){.total = -1};
    plan_after_walk(&f, &walk, NOW + 6, &next);
    assert_int_equal(next.newest, NOW + 5);

    f.last = (struct plan_head){.asked = 15, .total = SEEN}; /* an empty one shows nothing */
    plan_after_walk(&f, &walk, NOW + 6, &next);
    assert_int_equal(next.newest, NOW + 5);
    f.seen = 0; /* unless the list is empty, too */
    plan_after_walk(&f, &walk, NOW + 6, &next);
    assert_int_equal(next.newest, 0);
}

/* A walk over many runs needs only its last run's changes explained. */
static void test_the_watermark_of_a_walk_moves_on(void **state)
{
    (void)state;
    struct walk_state walk = {.watermark = WATERMARK};
    struct plan_head head = head_of(SEEN, 0);
    assert_int_equal(plan_moved_watermark(&head, &walk, NOW), NOW);
    head.oldest = BACK;
    assert_int_equal(plan_moved_watermark(&head, &walk, NOW), WATERMARK);
    head.oldest = BACK - 1;
    head.unordered = true;
    assert_int_equal(plan_moved_watermark(&head, &walk, NOW), WATERMARK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quiet_site),
        cmocka_unit_test(test_asked_for),
        cmocka_unit_test(test_the_first_run),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_configuration_and_zone),
        cmocka_unit_test(test_another_user),
        cmocka_unit_test(test_full_every),
        cmocka_unit_test(test_all_is_due),
        cmocka_unit_test(test_full_every_always),
        cmocka_unit_test(test_instants_in_the_future),
        cmocka_unit_test(test_a_clock_that_was_set),
        cmocka_unit_test(test_a_restored_backup),
        cmocka_unit_test(test_the_largest_known_id),
        cmocka_unit_test(test_rows_that_are_missing),
        cmocka_unit_test(test_three_hours),
        cmocka_unit_test(test_a_quiet_site_after_a_bulk_change),
        cmocka_unit_test(test_changes_older_than_the_watermark),
        cmocka_unit_test(test_rows_of_the_next_head),
        cmocka_unit_test(test_a_larger_head),
        cmocka_unit_test(test_a_head_that_is_the_whole_list),
        cmocka_unit_test(test_no_total),
        cmocka_unit_test(test_a_site_that_has_no_ticket),
        cmocka_unit_test(test_the_total),
        cmocka_unit_test(test_for_the_total_once_an_hour),
        cmocka_unit_test(test_a_total_needs_the_whole_head),
        cmocka_unit_test(test_other_reasons_come_first),
        cmocka_unit_test(test_watermark),
        cmocka_unit_test(test_after_an_incremental_run),
        cmocka_unit_test(test_after_an_unexplained_total),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_resume_of_an_old_walk),
        cmocka_unit_test(test_a_walk_that_saw_what_its_head_said),
        cmocka_unit_test(test_pages_that_lag_behind_the_head),
        cmocka_unit_test(test_fewer_than_were_counted),
        cmocka_unit_test(test_the_end_of_a_resumed_walk),
        cmocka_unit_test(test_after_a_walk),
        cmocka_unit_test(test_the_watermark_of_a_walk_moves_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
