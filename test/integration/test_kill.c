/*
 * test_kill: a run that is killed, terminated or interrupted at any of its steps
 * (support/stepper.c) leaves nothing behind that the next run does not put right.
 *
 * Of the steps of each scenario a sample is tried; KILL_ALL=1: every one. KILL_SEED=N repeats the
 * random part of a sample.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_fault.h"

enum {
    EVEN = 10,
    RANDOM = 2,
    SIGNALS = 5,
    TRIES = 10,
    EARLY = 4, /* in the first quarter of its steps no run has all that it needs from the site */
    DDL_SIGNALS = 8,
};

struct scenario {
    const char *name;
    void (*begin)(struct harness *h);   /* makes the start */
    void (*restore)(struct harness *h); /* goes back to it; the site is never changed by a run */
    const char *options;                /* of the program */
    int code;                           /* of an undisturbed run */
    bool migration;
};

/* What the undisturbed run had. */
struct expected {
    long steps;
    char *tables;
};

struct blow {
    const char *signal, *when;
    int code; /* of a run that ends by it */
};
static const struct blow KILL = {"KILL", "before", -SIGKILL},
                         KILL_AFTER = {"KILL", "after", -SIGKILL}, TERM = {"TERM", "before", 143},
                         TERM_DURING = {"TERM", "during", 143}, INT = {"INT", "before", 130},
                         INT_DURING = {"INT", "during", 130};

static int64_t longest_ms;

/* The tables at the end */

static char *tables_of(struct harness *h, const struct scenario *s)
{
    return s->migration ? fault_schema(h) : fault_tables(h);
}

static void expect_end(struct harness *h, const struct scenario *s, const struct expected *e,
                       const char *what)
{
    /* Migrated already, nothing is taken: the lease of the dead is left for a run to take over. */
    if (!s->migration)
        fault_tidy(h, what);
    fault_same(tables_of(h, s), e->tables, what);
}

/* A run that nobody disturbs puts everything right. */
static void expect_recovery(struct harness *h, const struct scenario *s, const struct expected *e,
                            const char *what)
{
    struct outcome outcome = fault_run(h, NULL, NULL, s->options);
    if (outcome.code != s->code)
        fail_msg("%s: the next run ended with %d: %s", what, outcome.code, outcome.err);
    expect_end(h, s, e, what);
}

static void learn(struct harness *h, const struct scenario *s, struct expected *e)
{
    s->begin(h);
    struct outcome outcome = fault_run(h, "stepper", NULL, s->options);
    sync_expect(outcome, s->code);
    e->steps = fault_steps(h);
    assert_true(e->steps > EVEN + RANDOM);
    e->tables = tables_of(h, s);
    expect_end(h, s, e, s->name);
}

/* Blows */

/* The ids of the runs in progress. */
static char *in_progress(struct harness *h)
{
    return harness_value(h, "SELECT IFNULL(GROUP_CONCAT(id), '0') FROM fluent_sync_status "
                            "WHERE last_sync_status = 'in_progress'");
}

static void expect_killed_row(struct harness *h, const char *ids, const char *what)
{
    fault_same(harness_table(h, harness_text(h,
                                             "SELECT id FROM fluent_sync_status WHERE id IN (%s) "
                                             "AND NOT (last_sync_status = 'failed' AND complete = "
                                             "0 AND error_message LIKE 'interrupted%%')",
                                             ids)),
               "", what);
}

static void recover_from_kill(struct harness *h, const struct scenario *s, const struct expected *e,
                              const char *what)
{
    char *ids = s->migration ? NULL : in_progress(h);
    if (s->migration) /* the server may be busy still with what the killed run had asked for */
        harness_await_no_sessions(h);
    expect_recovery(h, s, e, what);
    if (ids)
        expect_killed_row(h, ids, what);
}

/* The run has ended by itself: its row, if there is one, says how, and the lease is free. */
static void expect_recorded(struct harness *h, int code, const char *what)
{
    fault_same(harness_table(h, harness_text(h,
                                             "SELECT id FROM fluent_sync_status WHERE id > "
                                             "(SELECT COALESCE(MAX(id), 0) FROM "
                                             "%s_kept.fluent_sync_status) AND NOT "
                                             "(last_sync_status = 'failed' AND complete = 0 "
                                             "AND exit_code = %d);"
                                             "SELECT lease_owner FROM fluent_sync_state WHERE "
                                             "lease_owner IS NOT NULL",
                                             h->database, code)),
               "", what);
}

/* On a busy machine the time to record that may have been too short, which the run says. */
static void recover_from_signal(struct harness *h, const struct scenario *s,
                                const struct expected *e, const struct outcome *outcome,
                                const char *what)
{
    if (!s->migration && strstr(outcome->err, FAULT_UNRECORDED)) {
        recover_from_kill(h, s, e, what);
        return;
    }
    if (!s->migration)
        expect_recorded(h, outcome->code, what);
    expect_recovery(h, s, e, what);
}

/* How a blow ended. */
enum end { MISSED, STRUCK, TOO_LATE };

static enum end strike(struct harness *h, const struct scenario *s, const struct expected *e,
                       const struct blow *blow, long *step)
{
    char *what = harness_text(h, "%s, %s %s step %ld", s->name, blow->signal, blow->when, *step);
    s->restore(h);
    int64_t start = clock_monotonic_ms();
    struct outcome outcome =
        fault_run(h, "stepper",
                  harness_text(h, "STEPPER_AT=%ld STEPPER_SIGNAL=%s STEPPER_WHEN=%s", *step,
                               blow->signal, blow->when),
                  s->options);
    int64_t took = clock_monotonic_ms() - start;
    long steps = fault_steps(h);
    if (outcome.code == s->code && steps < *step) {
        *step = steps; /* it took fewer this time: its own last one then */
        return MISSED;
    }
    if (blow->code != -SIGKILL && took > longest_ms)
        longest_ms = took;
    if (outcome.code == s->code && blow->code != -SIGKILL) {
        expect_end(h, s, e, what);
        bool at_once = *blow->when != 'd'; /* else it may have come much later */
        if (!s->migration && at_once && *step < e->steps / EARLY)
            fail_msg("%s: it went on to its end", what);
        return TOO_LATE;
    }
    if (outcome.code != blow->code)
        fail_msg("%s: ended with %d: %s", what, outcome.code, outcome.err);
    if (blow->code == -SIGKILL)
        recover_from_kill(h, s, e, what);
    else
        recover_from_signal(h, s, e, &outcome, what);
    return STRUCK;
}

struct count {
    int tried, struck;
};

/* Strikes at `step`, or at the last one before it. */
static void blow_at(struct harness *h, const struct scenario *s, const struct expected *e,
                    const struct blow *blow, long step, struct count *count)
{
    for (int i = 0; i < TRIES; i++) {
        enum end end = strike(h, s, e, blow, &step);
        if (end == MISSED)
            continue;
        count->tried++;
        count->struck += end == STRUCK;
        return;
    }
    fail_msg("%s: %s at a step that was never reached", s->name, blow->signal);
}

/* Which steps */

static void try_sample(struct harness *h, const struct scenario *s, const struct expected *e,
                       struct count *killed, struct count *ended)
{
    static uint64_t seed;
    if (!seed)
        seed = fault_seed("KILL_SEED");
    for (int i = 0; i < EVEN; i++)
        blow_at(h, s, e, i % 2 ? &KILL_AFTER : &KILL, 1 + e->steps * i / EVEN, killed);
    for (int i = 0; i < RANDOM; i++)
        blow_at(h, s, e, &KILL, fault_random(&seed, 1, e->steps), killed);
    const struct blow *const signals[SIGNALS] = {&TERM, &INT_DURING, &INT, &TERM_DURING, &TERM};
    for (int i = 0; i < SIGNALS; i++)
        blow_at(h, s, e, signals[i],
                fault_random(&seed, 1 + e->steps * i / SIGNALS, e->steps * (i + 1) / SIGNALS),
                ended);
}

static void try_all(struct harness *h, const struct scenario *s, const struct expected *e,
                    struct count *killed, struct count *ended)
{
    for (long step = 1; step <= e->steps; step++) {
        blow_at(h, s, e, &KILL, step, killed);
        if (s->migration && step % DDL_SIGNALS) /* it looks for signals between statements alone */
            continue;
        blow_at(h, s, e, step % 3 ? &TERM : &TERM_DURING, step, ended);
        blow_at(h, s, e, step % 3 ? &INT : &INT_DURING, step, ended);
    }
    blow_at(h, s, e, &KILL_AFTER, e->steps, killed);
}

static void run_scenario(struct harness *h, const struct scenario *s)
{
    struct expected expected;
    struct count killed = {0}, ended = {0};
    learn(h, s, &expected);
    if (getenv("KILL_ALL"))
        try_all(h, s, &expected, &killed, &ended);
    else
        try_sample(h, s, &expected, &killed, &ended);
    print_message(
        "tried: %s: %ld steps; killed at %d; terminated or interrupted at %d, of which %d were "
        "too late to matter\n",
        s->name, expected.steps, killed.struck, ended.tried, ended.tried - ended.struck);
    assert_int_equal(killed.struck, killed.tried);
    assert_true(s->migration || ended.struck > 0);
}

/* Scenarios */

static void begin_import(struct harness *h)
{
    sync_prepare(h, 60, "per_page = 20\n", "deleted_tickets = hide\n", NULL);
    harness_sql(h, "INSERT INTO requests (date, description, source) VALUES "
                   "('2025-10-01', 'By telephone', 'phone'), ('2025-10-02', 'By SMS', 'sms')");
    fault_keep(h);
}

/* What people did to some requests before the site changed. */
static void edit(struct harness *h)
{
    harness_sql(h, "UPDATE requests r JOIN fluent_tickets f ON f.request_id = r.id SET r.urgency = "
                   "'PROMOTION' WHERE f.fluent_id IN ('21', '31')");
    sync_edit(h, 23, "status = 'ignored'");
    harness_sql(h, "DELETE r FROM requests r JOIN fluent_tickets f ON f.request_id = r.id WHERE "
                   "f.fluent_id = '25'");
}

static void begin_changes(struct harness *h)
{
    begin_import(h);
    sync_expect(harness_sync(h, NULL), 0);
    edit(h);
    harness_control(h, "[{'do':'update','id':21,'set':{'title':'Longer','priority':'low'}},"
                       "{'do':'update','id':22,'set':{'content':'<p>Never mind</p>'}},"
                       "{'do':'update','id':23,'set':{'priority':'high'}},"
                       "{'do':'update','id':25,'set':{'title':'Gone'}},"
                       "{'do':'create','count':5}]");
    fault_keep(h);
}

static void begin_deletions(struct harness *h)
{
    begin_import(h);
    harness_control(h, "{'do':'update','id':40,'set':{'created_at':null}}");
    sync_expect(harness_sync(h, NULL), 3);
    edit(h);
    harness_control(h, "[{'do':'delete','id':21},{'do':'delete','id':22},"
                       "{'do':'delete','id':23},{'do':'delete','id':25},"
                       "{'do':'delete','id':40},{'do':'delete','id':59},{'do':'hide','id':33},"
                       "{'do':'hide','id':34},"
                       "{'do':'update','id':35,'set':{'title':'Longer'}},{'do':'create'}]");
    sync_rejects_due(h);
    fault_keep(h);
}

/* Tickets leave the scope: some are opened again, the others are open already when closed ones
 * alone begin to count. */
static void begin_leaving(struct harness *h)
{
    begin_import(h);
    for (int id = 21; id <= 30; id++)
        harness_control(h, "{'do':'update','id':%d,'set':{'status':'closed'}}", id);
    sync_expect(harness_sync(h, NULL), 0);
    edit(h);
    for (int id = 26; id <= 30; id++)
        harness_control(h, "{'do':'update','id':%d,'set':{'status':'active'}}", id);
    harness_config(h, "per_page = 20\n", NULL, "[scope]\ntickets = closed\nleft = hide\n");
    fault_keep(h);
}

/* They come back. */
static void begin_returning(struct harness *h)
{
    begin_leaving(h);
    sync_expect(harness_sync(h, NULL), 0);
    harness_config(h, "per_page = 20\n", NULL, NULL);
    harness_control(h, "[{'do':'hide','id':27},{'do':'delete','id':28}]");
    fault_keep(h);
}

/* Rejects that the newest page does not hold. */
static void begin_rejects(struct harness *h)
{
    static const char set[] = "{'do':'update','id':%d,'set':{'created_at':%s,"
                              "'updated_at':'2025-09-26T00:00:00+00:00'}}";
    sync_prepare(h, 140, "per_page = 100\n", NULL, NULL);
    for (int id = 3; id <= 7; id++)
        harness_control(h, set, id, "null");
    sync_expect(harness_sync(h, NULL), 3);
    for (int id = 3; id <= 5; id++)
        harness_control(h, set, id, "'2025-09-26T00:00:00+00:00'");
    sync_rejects_due(h);
    fault_keep(h);
}

/* Tickets that the site has called for: on the newest page, changed as no watermark tells, and
 * deleted. */
static void begin_calls(struct harness *h)
{
    sync_prepare(h, 140, "per_page = 100\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "[{'do':'update','id':60,'set':{'title':'Newest'}},"
                       "{'do':'update','id':3,'set':{'title':'Quiet'},'quiet':true},"
                       "{'do':'update','id':4,'set':{'title':'Quiet'},'quiet':true},"
                       "{'do':'delete','id':5},{'do':'create'}]");
    harness_sql(h, "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('', '60'), ('', '3'), "
                   "('', '4'), ('', '5')");
    fault_keep(h);
}

/* Conversations that are new, that have grown, and of which an entry is gone; and a history of what
 * changes. */
static void begin_conversations(struct harness *h)
{
    sync_prepare(h, 0, "per_page = 100\n", "conversations = public\nhistory = yes\n", NULL);
    for (int id = 1; id <= 6; id++)
        harness_control(h,
                        "[{'do':'create','ticket':{'id':%d,'preview_response':null}},"
                        "{'do':'respond','id':%d,'content':'First'},"
                        "{'do':'respond','id':%d,'content':'Second'}]",
                        id, id, id);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "[{'do':'respond','id':1,'content':'Third'},"
                       "{'do':'respond','id':2,'content':'Third'},"
                       "{'do':'delete_response','id':2,'response':1000002},"
                       "{'do':'update','id':3,'set':{'title':'Changed'}},"
                       "{'do':'create','ticket':{'id':7,'preview_response':null}},"
                       "{'do':'respond','id':7,'content':'First'}]");
    fault_keep(h);
}

/* The list is shorter than the record: a search finds which tickets vanished. */
static void begin_vanished(struct harness *h)
{
    sync_prepare(h, 140, "per_page = 20\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "[{'do':'delete','id':130},{'do':'delete','id':90},{'do':'hide','id':110},"
                       "{'do':'create'}]");
    fault_keep(h);
}

/* A part of the list, with an edit that moves no time, and a ticket that vanished while another one
 * appeared. */
static void begin_part(struct harness *h)
{
    sync_prepare(h, 140, "per_page = 20\n", NULL, NULL);
    harness_control(h, "[{'do':'hide','id':20}]");
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "[{'do':'show','id':20},{'do':'delete','id':130},{'do':'update','id':125,"
                       "'quiet':true,'set':{'customer.full_name':'Renamed'}}]");
    harness_sql(h,
                "UPDATE fluent_list_proofs SET proven_at = proven_at - INTERVAL 8 HOUR;"
                "UPDATE fluent_sync_state SET last_full_walk = last_full_walk - INTERVAL 8 HOUR");
    fault_keep(h);
}

static void begin_fresh(struct harness *h)
{
    harness_config(h, NULL, NULL, NULL);
    harness_new_database(h);
}

static void restore_takeover(struct harness *h)
{
    harness_new_database(h);
    harness_load(h, FIXTURES "/old-service/schema.sql");
    harness_load(h, FIXTURES "/old-service/rows.sql");
}

static void begin_takeover(struct harness *h)
{
    harness_config(h, NULL, NULL, NULL);
    restore_takeover(h);
}

static void test_first_import(void **state)
{
    run_scenario(*state,
                 &(struct scenario){"first import", begin_import, fault_restore, "", 0, false});
}

static void test_incremental(void **state)
{
    run_scenario(*state,
                 &(struct scenario){"incremental run", begin_changes, fault_restore, "", 0, false});
    assert_string_equal(sync_last(*state, "mode"), "incremental");
}

static void test_deletions(void **state)
{
    run_scenario(*state, &(struct scenario){"full walk with deletions", begin_deletions,
                                            fault_restore, "--full", 0, false});
}

static void test_leaving(void **state)
{
    run_scenario(*state, &(struct scenario){"tickets that leave the scope", begin_leaving,
                                            fault_restore, "", 0, false});
    assert_string_equal(sync_last(*state, "mode"), "incremental");
}

static void test_returning(void **state)
{
    run_scenario(*state, &(struct scenario){"tickets that come back into scope", begin_returning,
                                            fault_restore, "", 0, false});
}

static void test_rejects(void **state)
{
    run_scenario(
        *state, &(struct scenario){"retry of rejects", begin_rejects, fault_restore, "", 3, false});
}

/* No call is lost: what it is for is in the tables at the end, and no call is left. */
static void test_calls(void **state)
{
    run_scenario(*state,
                 &(struct scenario){"calls", begin_calls, fault_restore, "--ticket=9", 0, false});
    assert_string_equal(sync_cell(*state, 3, "title"), "Quiet");
    assert_string_equal(sync_cell(*state, 5, "deleted_at IS NOT NULL"), "1");
    assert_int_equal(harness_count(*state, "fluent_inbox"), 0);
}

static void test_conversations(void **state)
{
    run_scenario(*state, &(struct scenario){"conversations", begin_conversations, fault_restore, "",
                                            0, false});
    assert_int_equal(harness_count(*state, "fluent_responses"), 15);
}

static void test_vanished(void **state)
{
    run_scenario(*state, &(struct scenario){"a search for what vanished", begin_vanished,
                                            fault_restore, "", 0, false});
    assert_string_equal(sync_last(*state, "mode"), "incremental");
    assert_string_equal(sync_cell(*state, 130, "deleted_at IS NOT NULL"), "1");
    assert_string_equal(sync_cell(*state, 110, "invisible_since IS NOT NULL"), "1");
    assert_string_equal(sync_cell(*state, 90, "deleted_at IS NOT NULL"), "1");
}

static void test_part(void **state)
{
    run_scenario(*state,
                 &(struct scenario){"a part of the list", begin_part, fault_restore, "", 0, false});
    assert_string_equal(sync_last(*state, "mode"), "incremental");
    assert_string_equal(sync_cell(*state, 125, "customer_name"), "Renamed");
    assert_string_equal(sync_cell(*state, 130, "deleted_at IS NOT NULL"), "1");
    assert_int_equal(harness_count(*state, "fluent_list_proofs"), 2);
}

static void test_migration(void **state)
{
    run_scenario(*state, &(struct scenario){"migration of an empty database", begin_fresh,
                                            harness_new_database, "migrate", 0, true});
}

static void test_takeover(void **state)
{
    run_scenario(*state, &(struct scenario){"migration of the old service's tables", begin_takeover,
                                            restore_takeover, "migrate", 0, true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_first_import), SYNC_TEST(test_incremental), SYNC_TEST(test_deletions),
        SYNC_TEST(test_rejects),      SYNC_TEST(test_calls),       SYNC_TEST(test_conversations),
        SYNC_TEST(test_vanished),     SYNC_TEST(test_part),        HARNESS_TEST(test_migration),
        SYNC_TEST(test_leaving),      SYNC_TEST(test_returning),   HARNESS_TEST(test_takeover),
    };
    int failed = cmocka_run_group_tests(tests, harness_setup, harness_teardown);
    print_message("tried: the longest run that was to end early took %lld ms\n",
                  (long long)longest_ms);
    return failed;
}
