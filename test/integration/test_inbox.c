/* test_inbox: tickets that the site has called for: which runs fetch them, what that costs the
 * site, and when a call leaves the table. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness_sync.h"

enum { TICKETS = 149, CALLS = 100 };

static void call_for(struct harness *h, int ticket)
{
    harness_sql(h, harness_text(h,
                                "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('', '%d') "
                                "ON DUPLICATE KEY UPDATE seq = seq + 1, run_id = NULL",
                                ticket));
}

/* Ticket 3 changes as no watermark tells (its updated_at stays), and is not among the newest 100.
 */
static void prepare(struct harness *h)
{
    sync_prepare(h, TICKETS, NULL, NULL, NULL);
    harness_control(h, "{'do':'update','id':3,'set':{'title':'Silent','updated_at':"
                       "'2025-09-20T00:00:00+00:00'}}");
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'update','id':3,'set':{'title':'Changed'},'quiet':true}");
}

static void expect_empty(struct harness *h)
{
    assert_string_equal(harness_table(h, "SELECT fluent_id, seq, run_id FROM fluent_inbox"), "");
}

static void expect_title(struct harness *h, int ticket, const char *title)
{
    assert_string_equal(sync_cell(h, ticket, "title"), title);
}

/* Which runs */

static void test_ordinary_run(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    expect_title(h, 3, "Silent"); /* else the test shows nothing */
    call_for(h, 3);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    expect_title(h, 3, "Changed");
    expect_empty(h);
}

static void test_run_of_single_tickets(void **state)
{
    struct harness *h = *state;
    prepare(h);
    call_for(h, 3);
    sync_expect(harness_sync(h, "--ticket=5", NULL), 0);
    expect_title(h, 3, "Changed");
    expect_empty(h);
}

static void test_dry_run(void **state)
{
    struct harness *h = *state;
    prepare(h);
    call_for(h, 3);
    sync_expect(harness_sync(h, "--dry-run", NULL), 0);
    expect_title(h, 3, "Silent");
    assert_int_equal(harness_count(h, "fluent_inbox WHERE seq = 1 AND run_id IS NULL"), 1);
}

/* What comes while a run goes on */

static void await_requests(struct harness *h, int64_t count)
{
    while (sync_stat(h, "requests") < count)
        usleep(10000);
}

static void test_call_during_a_run(void **state)
{
    struct harness *h = *state;
    prepare(h);
    int64_t before = sync_stat(h, "requests");
    harness_fault(h, "'kind':'delay_ms','match':'order_by=updated_at','times':1,'ms':5000");
    struct process *run = harness_sync_start(h, NULL);
    await_requests(h, before + 2);
    call_for(h, 3);
    sync_expect(harness_wait(h, run), 0);
    expect_title(h, 3, "Changed");
    expect_empty(h);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 2);
}

/* A walk does not keep it waiting: the ticket is stored while pages are still to come. It is none
 * of the newest, which a first import stores before its pages. */
static void test_call_during_a_walk(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, TICKETS, "per_page = 10\nconnections = 1\n", NULL, NULL);
    harness_control(h, "{'do':'update','id':3,'set':{'updated_at':'2025-09-20T00:00:00+00:00'}}");
    call_for(h, 3);
    harness_fault(h, "'kind':'stall','match':'order_by=id','skip':2");
    struct process *run = harness_sync_start(h, NULL);
    sync_wait_until(h, "SELECT COUNT(*) FROM fluent_tickets WHERE fluent_id = '3'");
    sync_wait_until(h, "SELECT COUNT(*) = 0 FROM fluent_inbox");
    int64_t stored = harness_count(h, "fluent_tickets");
    kill(run->pid, SIGTERM);
    sync_expect(harness_wait(h, run), 143);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_true(harness_count(h, "fluent_tickets") > stored);
}

/* One that came once a walk had read the end of the list, and that is deleted after the walk, was
 * on no list that the program saw. */
static void test_called_behind_the_end_of_a_walk(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, TICKETS, "per_page = 50\nconnections = 1\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_fault(h, "'kind':'stall','match':'order_by=id','skip':1,'times':1,'after':200,"
                     "'seconds':8");
    int64_t before = sync_stat(h, "requests");
    struct process *run = harness_sync_start(h, "--full", NULL);
    await_requests(h, before + 4);
    harness_control(h, "{'do':'create','ticket':{'id':900}}");
    call_for(h, 900);
    sync_wait_until(h, "SELECT COUNT(*) FROM fluent_tickets WHERE fluent_id = '900'");
    sync_expect(harness_wait(h, run), 0);
    harness_control(h, "{'do':'delete','id':900}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(sync_cell(h, 900, "f.deleted_at IS NOT NULL"), "1");
}

/* A ticket that is deleted once the run has compared the list, and is called for, leaves the record
 * with its mark: the next run does not search for it. */
static void test_deleted_behind_the_comparison(void **state)
{
    struct harness *h = *state;
    prepare(h);
    call_for(h, 3);
    harness_control(h, "{'do':'between','every':2,'times':1,'run':[{'do':'delete','id':3}]}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 3, "f.deleted_at IS NOT NULL"), "1");
    int64_t before = sync_stat(h, "requests");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(sync_stat(h, "requests") - before, 3);
}

/* A ticket that is called for again while it is fetched is fetched again. */
static void test_called_again(void **state)
{
    struct harness *h = *state;
    prepare(h);
    call_for(h, 3);
    int64_t before = sync_stat(h, "requests");
    harness_fault(h, "'kind':'stall','match':'search=id:3&','times':1,'after':200,'seconds':1");
    struct process *run = harness_sync_start(h, NULL);
    await_requests(h, before + 3);
    harness_control(h, "{'do':'update','id':3,'set':{'title':'Again'},'quiet':true}");
    call_for(h, 3);
    sync_expect(harness_wait(h, run), 0);
    expect_title(h, 3, "Again");
    expect_empty(h);
}

/* What it costs */

/* Tickets that the site has changed and calls for, all of which are on the newest page. */
static void begin_burst(struct harness *h)
{
    for (int i = 0; i < CALLS; i++) {
        if ((20 + i) % 50 == 0) /* the site has no such ticket */
            continue;
        harness_control(h, "{'do':'update','id':%d,'set':{'title':'Burst'}}", 20 + i);
        call_for(h, 20 + i);
    }
}

static void expect_burst(struct harness *h, int64_t requests)
{
    assert_int_equal(harness_count(h, "fluent_tickets WHERE title = 'Burst'"),
                     harness_count(h, harness_text(h,
                                                   "fluent_tickets WHERE fluent_id + 0 BETWEEN "
                                                   "20 AND %d",
                                                   19 + CALLS)));
    assert_true(sync_stat(h, "requests") <= requests);
    expect_empty(h);
}

static void test_burst(void **state)
{
    struct harness *h = *state;
    prepare(h);
    begin_burst(h);
    int64_t before = sync_stat(h, "requests");
    sync_expect(harness_sync(h, NULL), 0);
    expect_burst(h, before + 3); /* index, head and tail */
}

static void test_burst_during_a_run(void **state)
{
    struct harness *h = *state;
    prepare(h);
    int64_t before = sync_stat(h, "requests");
    harness_fault(h, "'kind':'delay_ms','match':'order_by=updated_at','times':1,'ms':5000");
    struct process *run = harness_sync_start(h, NULL);
    await_requests(h, before + 2);
    begin_burst(h);
    sync_expect(harness_wait(h, run), 0);
    expect_burst(h, before + 5);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 2);
}

/* What settles a call */

static void test_deleted(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_control(h, "[{'do':'delete','id':7},{'do':'hide','id':8}]");
    call_for(h, 7);
    call_for(h, 8);
    call_for(h, 999);
    sync_expect(harness_sync(h, "--ticket=5", NULL), 0);
    assert_string_equal(sync_cell(h, 7, "deleted_at IS NOT NULL"), "1");
    assert_string_equal(sync_cell(h, 8, "deleted_at IS NULL"), "1");
    assert_string_equal(sync_last(h, "tickets_deleted"), "1");
    expect_empty(h);
}

#define DELETED "fluent_tickets WHERE deleted_at IS NOT NULL"

static void delete_and_call(struct harness *h, int first, int behind, bool calls)
{
    for (int id = first; id < behind; id++) {
        harness_control(h, "{'do':'delete','id':%d}", id);
        if (calls)
            call_for(h, id);
    }
}

/* More than max_deletes are not believed, however they come to be known: none of them is marked. */
static void test_too_many_deleted(void **state)
{
    struct harness *h = *state;
    prepare(h);
    delete_and_call(h, 20, 50, true);
    struct outcome outcome = harness_sync(h, "--ticket=5", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "27 tickets that the site called for are deleted on it");
    sync_says(outcome.err, "--max-deletes");
    assert_int_equal(harness_count(h, DELETED), 0);
    assert_int_equal(harness_count(h, "fluent_inbox"), 27);
    sync_expect(harness_sync(h, "--full", "--max-deletes=100%", NULL), 0);
    assert_int_equal(harness_count(h, DELETED), 27);
    expect_empty(h);
}

/* Nor when run after run is called for a few. */
static void test_too_many_deleted_bit_by_bit(void **state)
{
    struct harness *h = *state;
    prepare(h);
    delete_and_call(h, 20, 32, true);
    sync_expect(harness_sync(h, "--ticket=5", NULL), 0);
    int64_t marked = harness_count(h, DELETED); /* some are out of scope */
    assert_in_range(marked, 8, 12);
    delete_and_call(h, 32, 38, true);
    sync_expect(harness_sync(h, "--ticket=5", NULL), 3);
    assert_int_equal(harness_count(h, DELETED), marked);
    sync_expect(harness_sync(h, "--ticket=5", "--max-deletes=6", NULL), 0);
    assert_in_range(harness_count(h, DELETED), marked + 4, marked + 6);
    expect_empty(h);
}

/* After a walk that did not believe as many deletions, calls for some of them change nothing; nor
 * before a walk, when the site's total has dropped by too many. */
static void test_called_among_too_many(void **state)
{
    struct harness *h = *state;
    prepare(h);
    delete_and_call(h, 20, 23, true);
    delete_and_call(h, 23, 50, false);
    sync_expect(harness_sync(h, "--full", NULL), 3);
    assert_int_equal(harness_count(h, DELETED), 0);
    harness_sql(h, "UPDATE fluent_sync_state SET last_full_walk = UTC_TIMESTAMP(), "
                   "last_total_walk = UTC_TIMESTAMP()");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 3);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    sync_says(outcome.err, "tickets that the site called for are deleted on it");
    assert_int_equal(harness_count(h, DELETED), 0);
    sync_expect(harness_sync(h, "--full", "--max-deletes=100%", NULL), 0);
    expect_empty(h);
}

/* Tickets that come once the list was compared, are called for, one by itself or some together, and
 * are gone again before the next run: no list has ever shown them, and that they are gone shows. */
static void test_gone_before_the_next_run(void **state)
{
    struct harness *h = *state;
    prepare(h);
    for (int count = 1, id = 900; count <= 2; count++, id += 10) {
        for (int i = 0; i < count; i++)
            call_for(h, id + i);
        harness_control(h,
                        "{'do':'between','every':2,'times':1,'run':[{'do':'create','ticket':"
                        "{'id':%d}},{'do':'create','ticket':{'id':%d}}]}",
                        id, id + 1);
        sync_expect(harness_sync(h, NULL), 0);
        assert_int_equal(harness_count(h, DELETED), count - 1);
        assert_string_equal(sync_cell(h, id + count - 1, "f.deleted_at IS NULL"), "1");
        expect_empty(h);
        harness_control(h, "{'do':'delete','id':%d}", id);
        sync_expect(harness_sync(h, NULL), 0);
        assert_string_equal(sync_cell(h, id, "f.deleted_at IS NULL"), "0");
        assert_int_equal(harness_count(h, DELETED), count);
    }
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "incremental");
}

static void test_reject(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_control(h, "{'do':'update','id':9,'set':{'created_at':null}}");
    call_for(h, 9);
    sync_expect(harness_sync(h, "--ticket=5", NULL), 3);
    assert_int_equal(harness_count(h, "fluent_rejects WHERE fluent_id = '9'"), 1);
    expect_empty(h);
}

/* One ticket that the site cannot give, though it gives others, goes on record. */
static void test_unreadable(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_config(h, "retries = 0\n", NULL, NULL);
    harness_fault(h, "'kind':'spoil','id':3,'status':500,'body':'broken'");
    call_for(h, 3);
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_count(h, "fluent_rejects WHERE fluent_id = '3'"), 1);
    expect_empty(h);
    harness_end_faults(h);
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    expect_title(h, 3, "Changed");
}

/* When the site gives nothing, the calls wait for the next run. */
static void test_unavailable(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_config(h, "retries = 0\n", NULL, NULL);
    call_for(h, 3);
    call_for(h, 4);
    harness_fault(h, "'kind':'replay','match':'search','name':'err_maintenance'");
    harness_fault(h, "'kind':'replay','match':'order_by=id','name':'err_maintenance'");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "that the site called for could not be fetched");
    assert_int_equal(harness_count(h, "fluent_inbox WHERE run_id IS NOT NULL"),
                     harness_count(h, "fluent_inbox"));
    assert_true(harness_count(h, "fluent_inbox") > 0);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
    char *calls = harness_value(h, "SELECT COUNT(*) FROM fluent_inbox");
    outcome = harness_sync(h, "status", NULL);
    sync_says(outcome.out, harness_text(h, "%s, the oldest since ", calls));
    outcome = harness_sync(h, "status", "--json", NULL);
    sync_says(outcome.out, harness_text(h, "\"callsWaiting\":%s,\"oldestCall\":\"20", calls));
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    expect_title(h, 3, "Changed");
    expect_empty(h);
}

/* An answer from a cache settles nothing. */
static void test_stale(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_fault(h, "'kind':'cache','ignore':'fluent_sync','match':'search=id:3&',"
                     "'headers':{'Age':'9999'}");
    call_for(h, 3);
    harness_sync(h, NULL); /* fills the cache */
    harness_sql(h, "DELETE FROM fluent_inbox");
    call_for(h, 3);
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_count(h, "fluent_inbox"), 1);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    expect_empty(h);
}

/* The end of a run */

/* The lease is given back with the run's end. */
static void test_lease_is_free(void **state)
{
    struct harness *h = *state;
    prepare(h);
    assert_string_equal(harness_table(h, "SELECT lease_owner FROM fluent_sync_state"), "NULL\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_ordinary_run),
        SYNC_TEST(test_run_of_single_tickets),
        SYNC_TEST(test_dry_run),
        SYNC_TEST(test_call_during_a_run),
        SYNC_TEST(test_call_during_a_walk),
        SYNC_TEST(test_called_behind_the_end_of_a_walk),
        SYNC_TEST(test_deleted_behind_the_comparison),
        SYNC_TEST(test_called_again),
        SYNC_TEST(test_burst),
        SYNC_TEST(test_burst_during_a_run),
        SYNC_TEST(test_deleted),
        SYNC_TEST(test_too_many_deleted),
        SYNC_TEST(test_too_many_deleted_bit_by_bit),
        SYNC_TEST(test_called_among_too_many),
        SYNC_TEST(test_gone_before_the_next_run),
        SYNC_TEST(test_reject),
        SYNC_TEST(test_unreadable),
        SYNC_TEST(test_unavailable),
        SYNC_TEST(test_stale),
        SYNC_TEST(test_lease_is_free),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
