/* test_incremental: runs after the first one: what one page of changes must not miss, and when it
 * is not enough. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness_mirror.h"

#define HEAD_OF_500 "per_page = 500\n"

/* Nothing new */

static void test_nothing_new(void **state)
{
    struct harness *h = *state;
    static const int newest[] = {100, 20, 20}; /* that are asked for */
    mirror_import(h, 300, NULL, NULL);
    for (size_t i = 0; i < sizeof newest / sizeof *newest; i++) {
        harness_control(h, "{'do':'reset_stats'}");
        char *before = mirror_sums(h);
        struct outcome outcome = mirror_run(h, 0, "incremental", NULL);
        cJSON *json = sync_json(outcome.out);
        assert_int_equal(sync_member(json, "ticketsFetched"), newest[i]);
        assert_int_equal(sync_member(json, "ticketsUnchanged"), newest[i]);
        cJSON_Delete(json);
        assert_int_equal(sync_stat(h, "tickets_requests"), 2); /* head and tail */
        assert_true(sync_stat(h, "tickets_served") <= newest[i] + 30);
        assert_int_equal(sync_stat(h, "routes.index"), 1);
        assert_int_equal(sync_stat(h, "requests"), 3);
        assert_string_equal(sync_last(h, "api_requests"), "3");
        assert_string_equal(mirror_sums(h), before);
    }
}

/* Counts statements as the server does, including the end of a connection. */
static int64_t statements(struct harness *h)
{
    return harness_counter(h, "Questions");
}

static void test_few_statements(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    int64_t before = statements(h), own = statements(h) - before;
    before = statements(h);
    struct outcome outcome = harness_sync(h, NULL);
    assert_true(statements(h) - before - own <= 14 + 1);
    sync_expect(outcome, 0);

    harness_control(h, "{'do':'update_random','count':10}");
    before = statements(h);
    outcome = harness_sync(h, NULL);
    assert_true(statements(h) - before - own <= 14 + 6 + 1);
    sync_expect(outcome, 0);
    mirror_same(h);
}

/* A site without tickets is no reason to walk each time. */
static void test_empty_site(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 0, NULL, NULL);
    mirror_run(h, 0, "incremental", NULL);
    harness_control(h, "{'do':'create'}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    harness_control(h, "{'do':'delete_first'}");
    mirror_run(h, 0, "full", NULL);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 1);
}

/* Changes */

static void test_changes(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "[{'do':'update_random','count':10},{'do':'create','count':4},"
                       "{'do':'update','id':7,'set':{'status':'on-hold','priority':'critical',"
                       "'title':'Another title'}}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    assert_string_equal(sync_last(h, "tickets_added"), "4");
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(sync_last(h, "CONCAT(tickets_added, tickets_updated)"), "00");
}

/* More than the first head holds, all at the same second: a larger one, or else a walk. */
static void test_same_second(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 600, HEAD_OF_500, NULL);
    harness_control(h, "[{'do':'close_many','from':1,'to':306},{'do':'reset_stats'}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    /* The two heads, and the tail, which shows that the ticket with the largest id is still there.
     */
    assert_int_equal(sync_stat(h, "tickets_requests"), 3);

    mirror_configure(h, "per_page = 150\n", NULL, NULL);
    harness_control(h, "{'do':'close_many','from':300,'to':606}");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "more changes than one page holds");
    mirror_same(h);
}

/* How many tickets a run asks for first. */
static void asks_for(struct harness *h, const char *log, const char *options, const char *mode,
                     int rows)
{
    size_t before = strlen(harness_read(h, log));
    mirror_run(h, 0, mode, options);
    const char *head = strstr(harness_read(h, log) + before, "order_by=updated_at");
    assert_non_null(head);
    while (head[-1] != '?')
        head--;
    assert_memory_equal(head, "per_page=", strlen("per_page="));
    assert_int_equal(atoi(head + strlen("per_page=")), rows);
}

/* A few, where few tickets change; where more have changed than a run asked for, it asks again, and
 * the next one for more. A walk begins with as many as ever. */
static void test_few_changes_a_small_head(void **state)
{
    struct harness *h = *state;
    const char *log = harness_text(h, "%s/site.log", h->dir);
    const char *const options[] = {"--tickets", "300", "--log", log, NULL};
    harness_site(h, options);
    mirror_configure(h, "per_page = 50\n", NULL, NULL);
    sync_migrate(h);
    asks_for(h, log, NULL, "full", 100);
    asks_for(h, log, NULL, "incremental", 100);
    harness_sql(h, "UPDATE fluent_sync_state SET head_rows = 100000");
    asks_for(h, log, NULL, "incremental", 100);
    harness_sql(h, "UPDATE fluent_sync_state SET head_rows = -5");
    asks_for(h, log, NULL, "incremental", 20);
    harness_control(h, "[{'do':'close_many','from':1,'to':12},{'do':'reset_stats'}]");
    asks_for(h, log, NULL, "incremental", 20);
    assert_int_equal(sync_stat(h, "requests"), 3);
    mirror_same(h);
    asks_for(h, log, NULL, "incremental", 20 + 2 * 12);
    harness_control(h, "[{'do':'close_many','from':101,'to':160},{'do':'reset_stats'}]");
    asks_for(h, log, NULL, "incremental", 20 + 2 * 12);
    assert_int_equal(sync_stat(h, "requests"), 4); /* a larger head, though pages have 50 tickets */
    mirror_same(h);
    asks_for(h, log, NULL, "incremental", 100);
    asks_for(h, log, "--full", "full", 100);
}

/* As many as ever where only the list shows what changed: of notes, and of all tickets there are.
 */
static void test_as_large_a_head_as_ever(void **state)
{
    struct harness *h = *state;
    const char *log = harness_text(h, "%s/site.log", h->dir);
    const char *const options[] = {"--tickets", "101", "--log", log, NULL};
    harness_site(h, options);
    mirror_configure(h, "per_page = 500\n", "conversations = public\n", NULL);
    sync_migrate(h);
    mirror_run(h, 0, "full", NULL);
    for (int i = 0; i < 2; i++)
        asks_for(h, log, NULL, "incremental", 100);
    mirror_configure(h, "per_page = 500\n", NULL, NULL);
    mirror_run(h, 0, NULL, "--full");
    mirror_run(h, 0, "incremental", NULL);
    asks_for(h, log, NULL, "incremental", 20);
    harness_control(h, "{'do':'delete_first'}");
    mirror_run(h, 0, "incremental", NULL);
    asks_for(h, log, NULL, "incremental", 100);
}

static void test_during_the_run(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 600, "connections = 1\n", NULL, NULL);
    harness_control(h, "{'do':'between','every':1,'run':{'do':'update_random_seen','count':2}}");
    mirror_run(h, 0, "full", NULL);
    harness_control(h, "{'do':'between','run':null}");
    assert_true(mirror_differences(h) > 0);
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);

    /* And after the only page of an incremental run. */
    harness_control(h, "{'do':'between','every':1,'times':1,'run':{'do':'update_random',"
                       "'count':5}}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* Odd times */

/* Nulls sort last, so a new ticket without updated_at is on no head: the tail has it. */
static void test_null_times(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "{'do':'create','ticket':{'updated_at':null},'count':3}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    harness_control(h, "{'do':'update_random','count':3}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* An importer that writes UTC into a local column makes tickets of tomorrow: the watermark must not
 * follow them, nor may they fill the head. */
static void test_future_times(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, HEAD_OF_500, NULL);
    harness_control(h, "{'do':'create','ticket':{'updated_at':'%s'},'count':3}",
                    mirror_hours_from_now(h, 30));
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    assert_int_equal(harness_number(h, "SELECT watermark <= UTC_TIMESTAMP() + INTERVAL 5 SECOND "
                                       "FROM fluent_sync_state"),
                     1);
    harness_control(h, "{'do':'close_many','from':1,'to':130}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    harness_control(h,
                    "[{'do':'create','ticket':{'updated_at':'%s'},'count':120},"
                    "{'do':'update_random','count':5}]",
                    mirror_hours_from_now(h, 30));
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* Without a Date header nothing on the site says that the newest change is yet to come. */
static void test_future_without_date(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, HEAD_OF_500, NULL, NULL);
    harness_control(h,
                    "[{'do':'fault','kind':'date','value':null},"
                    "{'do':'create','ticket':{'updated_at':'%s'}}]",
                    mirror_hours_from_now(h, 30));
    mirror_run(h, 0, "full", NULL);
    harness_control(h, "{'do':'close_many','from':1,'to':150}");
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* The site sorts by its wall time, which runs back by an hour: what changes then stands below what
 * changed before. */
static void test_daylight_saving_ends(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, HEAD_OF_500, NULL, NULL);
    harness_control(h, "[{'do':'site','now':'2026-11-01T05:52:00+00:00'},"
                       "{'do':'close_many','from':1,'to':150,"
                       "'updated_at':'2026-11-01T05:50:00+00:00'},"
                       "{'do':'update','id':151}]");
    mirror_run(h, 0, "full", NULL);
    mirror_run(h, 0, "incremental", NULL);
    harness_control(h, "[{'do':'site','now':'2026-11-01T06:10:00+00:00'},"
                       "{'do':'update','id':201,'set':{'status':'reopened'}}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* What the head cannot show */

/* Without a record, which an older version has not written, the total tells of imported tickets; a
 * walk for that alone comes once an hour at most. */
static void test_imported(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_sql(h, "DELETE FROM fluent_record");
    harness_control(h, "%s", MIRROR_OLD_TICKETS);
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "the number of tickets");
    mirror_same(h);
    harness_sql(h, "DELETE FROM fluent_record");
    harness_control(h, "%s", MIRROR_OLD_TICKETS);
    for (int i = 0; i < 2; i++) {
        mirror_run(h, 3, "incremental", NULL);
        assert_string_equal(sync_last(h, "complete"), "0");
        sync_says(sync_last(h, "error_message"), "5 more than the changes");
    }
    mirror_turn_back(h, "last_total_walk", 3700);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

static void test_deletion(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "{'do':'delete_random'}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    /* One more, and one created: the total alone would not tell. */
    harness_control(h, "[{'do':'delete','id':20},{'do':'create'}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    assert_string_equal(sync_last(h, "tickets_deleted"), "1");
}

static void test_backup_restored(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "[{'do':'close_many','from':30,'to':40},{'do':'create','count':2}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_turn_back(h, "last_total_walk", 0); /* so that the total counts for nothing */
    harness_control(h, "[{'do':'close_many','from':30,'to':40,"
                       "'updated_at':'2026-05-01T00:00:00+00:00'},"
                       "{'do':'close_many','from':307,'to':308,"
                       "'updated_at':'2026-05-01T00:00:00+00:00'}]");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "a backup was restored");
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

/* Another configuration, another site */

static void test_zone_changed(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'site','timezone_string':'Europe/Berlin'}");
    mirror_run(h, 0, "full", NULL);
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    int wrong = mirror_differences(h);
    setenv("TZ", "America/New_York", 1);
    tzset();
    assert_int_equal(wrong, 0);
    mirror_run(h, 0, "incremental", NULL);
}

/* A zone that this system has not: nothing is written in one that is made up, and the advice helps.
 * An old name is known wherever the zone is. */
static void test_a_zone_unknown_here(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 5, NULL, NULL, NULL);
    harness_control(h, "{'do':'site','timezone_string':'Mars/Base'}");
    struct outcome outcome = mirror_run(h, 4, NULL, NULL);
    sync_says(outcome.err, "Mars/Base");
    sync_says(outcome.err, "tzdata");
    outcome = harness_sync(h, "check", NULL);
    sync_expect(outcome, 4);
    sync_says(outcome.out, "tzdata");
    assert_int_equal(harness_count(h, "fluent_tickets"), 0);
    harness_control(h, "{'do':'site','timezone_string':'US/Eastern'}");
    mirror_run(h, 0, "full", NULL);
}

static void assert_scope(struct harness *h, const char *scope)
{
    assert_string_equal(harness_value(h, "SELECT scope FROM fluent_sync_state"), scope);
}

/* A scope that is not within that of the last successful run causes a walk. */
static void test_date_changed(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "date_filter = 2025-09-20\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2025-09-20", 0);
    mirror_configure(h, "date_filter = 2025-03-01\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2025-03-01", 0);
    mirror_configure(h, "date_filter = 2026-01-01\n", NULL, NULL);
    mirror_run(h, 0, "incremental", NULL);
    harness_control(h, "{'do':'create','ticket':{'created_at':'2025-04-01T08:00:00+00:00'},"
                       "'count':3}");
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(sync_last(h, "tickets_added"), "0");
    assert_scope(h, "*=2026-01-01");
    mirror_configure(h, "date_filter = 2025-03-01\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2025-03-01", 0);
    mirror_run(h, 0, "incremental", NULL);
}

/* The dashboard's button asks for the last days: nothing else follows from that, today or later. */
static void test_since_a_later_day(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "date_filter = 2025-03-01\n", NULL, NULL);
    mirror_run(h, 0, "full", "--since 2026-06-01");
    assert_string_equal(sync_last(h, "date_filter"), "2025-03-01");
    mirror_same_scope(h, "2025-03-01", 0);
    harness_control(h, "{'do':'create','ticket':{'created_at':'2025-04-01T08:00:00+00:00'},"
                       "'count':3}");
    for (int i = 0; i < 2; i++) {
        mirror_run(h, 0, "incremental", "--since 2026-06-01");
        mirror_same_scope(h, "2025-03-01", 0);
        assert_scope(h, "*=2025-03-01");
        mirror_run(h, 0, "incremental", NULL);
    }
}

/* It reads further back, for this run: the next one goes by the configuration, and what was stored
 * beyond that stays up to date. */
static void test_since_an_earlier_day(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "date_filter = 2025-09-20\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_run(h, 0, "full", "--since 2025-03-01");
    assert_string_equal(sync_last(h, "date_filter"), "2025-03-01");
    mirror_same_scope(h, "2025-03-01", 0);
    assert_scope(h, "*=2025-09-20");
    harness_control(h, "[{'do':'create','ticket':{'created_at':'2025-04-01T08:00:00+00:00'}},"
                       "{'do':'update_first','count':300,'set':{'priority':'critical'}}]");
    mirror_run(h, 0, NULL, NULL);
    assert_string_equal(sync_last(h, "tickets_added"), "0");
    mirror_same_scope(h, "2025-09-20", 0);
    mirror_run(h, 0, "incremental", NULL);
    /* Deletions are looked for in the configured scope, whatever the run reads. */
    harness_control(h, "{'do':'delete_first','count':290}");
    mirror_run(h, 0, "full", "--since 2025-03-01 --max-deletes 100%");
    mirror_same_scope(h, "2025-09-20", 0);
    assert_true(harness_count(h, "fluent_tickets WHERE created_at < '2025-09-20' "
                                 "AND deleted_at IS NULL") > 0);
}

/* What is stored stays up to date even if a narrower scope excludes it. */
static void test_since_raised_updates(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "{'do':'update_first','count':5}");
    mirror_run(h, 0, "incremental", "--since 2026-06-01");
    mirror_same(h);
}

static void test_mailboxes(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "mailbox_ids = 1\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2000-01-01", 1);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE mailbox_id <> 1"), 0);
    mirror_configure(h, "mailbox_ids = 1, 2\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2000-01-01", 1);
    mirror_same_scope(h, "2000-01-01", 2);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE mailbox_id = 3"), 0);
    mirror_run(h, 0, "incremental", NULL);
    /* A ticket that leaves the mailboxes stays, up to date; another one comes. */
    mirror_configure(h, "mailbox_ids = 2\n", NULL, NULL);
    harness_control(h, "[{'do':'create','ticket':{'mailbox_id':'1'}},"
                       "{'do':'create','ticket':{'mailbox_id':'2'}}]");
    mirror_run(h, 0, NULL, NULL);
    assert_string_equal(sync_last(h, "tickets_added"), "1");
    mirror_same_scope(h, "2000-01-01", 2);
}

/* A mailbox's own day. */
static void test_mailbox_dates(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "date_filter = 2026-01-01\n", NULL,
                   "[mailbox.2]\ndate_filter = 2025-03-01\n");
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2025-03-01", 2);
    mirror_same_scope(h, "2026-01-01", 1);
    mirror_same_scope(h, "2026-01-01", 3);
    assert_int_equal(
        harness_count(h, "fluent_tickets WHERE created_at < '2026-01-01' AND mailbox_id <> 2"), 0);
    mirror_run(h, 0, "incremental", NULL);
    mirror_configure(h, "date_filter = 2026-01-01\n", NULL,
                     "[mailbox.2]\ndate_filter = 2025-02-01\n");
    mirror_run(h, 0, "full", NULL);
    mirror_same_scope(h, "2025-02-01", 2);
}

static void test_mapping_changed(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    static const char low[] =
        "SELECT COUNT(*) FROM fluent_tickets f JOIN requests r ON r.id = request_id "
        "WHERE priority = 'critical' AND urgency = 'LOW'";
    assert_int_equal(harness_number(h, low), 0);
    mirror_configure(h, NULL, NULL, "[map.urgency]\ncritical = LOW\n");
    mirror_run(h, 0, "full", NULL);
    assert_int_equal(harness_number(h, low),
                     harness_count(h, "fluent_tickets WHERE priority = 'critical'"));
    mirror_run(h, 0, "incremental", NULL);
    mirror_configure(h, NULL, NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

static void test_full_every(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    mirror_turn_back(h, "last_full_walk", 23 * 3600);
    mirror_run(h, 0, "incremental", NULL);
    /* What does not move updated_at comes with the next full walk. */
    harness_control(h, "{'do':'update','id':5,'quiet':true,"
                       "'set':{'customer.full_name':'A New Name'}}");
    mirror_turn_back(h, "last_full_walk", 3600 + 60);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);

    mirror_configure(h, NULL, "full_every = always\n", NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_configure(h, NULL, "full_every = never\n", NULL);
    mirror_turn_back(h, "last_full_walk", 400 * 24 * 3600);
    mirror_run(h, 0, "incremental", NULL);
    mirror_run(h, 0, "full", "--full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_nothing_new),
        SYNC_TEST(test_few_statements),
        SYNC_TEST(test_empty_site),
        SYNC_TEST(test_changes),
        SYNC_TEST(test_same_second),
        SYNC_TEST(test_few_changes_a_small_head),
        SYNC_TEST(test_as_large_a_head_as_ever),
        SYNC_TEST(test_during_the_run),
        SYNC_TEST(test_null_times),
        SYNC_TEST(test_future_times),
        SYNC_TEST(test_future_without_date),
        SYNC_TEST(test_daylight_saving_ends),
        SYNC_TEST(test_imported),
        SYNC_TEST(test_deletion),
        SYNC_TEST(test_backup_restored),
        SYNC_TEST(test_zone_changed),
        SYNC_TEST(test_a_zone_unknown_here),
        SYNC_TEST(test_date_changed),
        SYNC_TEST(test_since_a_later_day),
        SYNC_TEST(test_since_an_earlier_day),
        SYNC_TEST(test_since_raised_updates),
        SYNC_TEST(test_mailboxes),
        SYNC_TEST(test_mailbox_dates),
        SYNC_TEST(test_mapping_changed),
        SYNC_TEST(test_full_every),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
