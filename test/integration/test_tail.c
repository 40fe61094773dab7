/* test_tail: what vanished, and new tickets with old dates, are found by the next run, with a few
 * pages. */
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

#define DELETED "SELECT COUNT(deleted_at) FROM fluent_tickets"
#define INVISIBLE "SELECT COUNT(invisible_since) FROM fluent_tickets"
enum { TICKETS = 3000 };

static void reset(struct harness *h)
{
    harness_control(h, "[{'do':'reset_stats'}]");
}

/* The ids that the record holds, as many as the site shows. */
static void record_is_whole(struct harness *h)
{
    assert_int_equal(harness_number(h,
                                    "SELECT SUM(BIT_COUNT(CONV(HEX(SUBSTRING(ids, n, 1)), 16, "
                                    "10))) FROM fluent_record JOIN (WITH RECURSIVE s AS (SELECT "
                                    "1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < 64) SELECT n "
                                    "FROM s) AS bytes"),
                     harness_number(h, "SELECT total FROM fluent_sync_state"));
}

static void test_nothing_new(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, NULL, NULL);
    record_is_whole(h);
    char *before = sync_sums(h, "fluent_record");
    reset(h);
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(sync_stat(h, "requests"), 3);
    assert_string_equal(sync_last(h, "api_requests"), "3");
    assert_string_equal(sync_sums(h, "fluent_record"), before);
}

/* Over two connections the tail follows the first answer, not both: a head that is not answered
 * before it is asked for again does not keep it. */
static void test_asked_for_early(void **state)
{
    struct harness *h = *state;
    const char *log = harness_text(h, "%s/site.log", h->dir);
    const char *const options[] = {"--tickets", "300", "--log", log, NULL};
    harness_site(h, options);
    mirror_configure(h, "timeout = 2s\n", NULL, NULL);
    sync_migrate(h);
    mirror_run(h, 0, "full", NULL);
    size_t before = strlen(harness_read(h, log));
    harness_fault(h, "'kind':'stall','match':'order_by=updated_at','times':1");
    mirror_run(h, 0, "incremental", NULL);
    const char *answered = harness_read(h, log) + before;
    const char *head = strstr(answered, "order_by=updated_at");
    const char *tail = strstr(answered, "order_by=id");
    assert_true(head && tail && tail < head);
}

static void test_one_deletion(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, NULL, NULL);
    /* Once more, for the log, which this API user may not read. */
    for (int row = 0, most = 2 + 7 + 1 + 1; row < TICKETS; row += 700, most = 2 + 7 + 1) {
        int id = mirror_id_on(h, row);
        mirror_delete_on(h, row);
        reset(h);
        mirror_run(h, 0, "incremental", NULL);
        assert_true(sync_stat(h, "requests") <= most); /* index, head; pages; the ticket */
        assert_string_equal(sync_last(h, "tickets_deleted"), "1");
        assert_string_equal(sync_cell(h, id, "f.deleted_at IS NOT NULL"), "1");
        record_is_whole(h);
    }
    mirror_same(h);
    reset(h);
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(sync_stat(h, "requests"), 3);
}

static void test_hidden_and_back(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, NULL, NULL);
    int id = mirror_id_on(h, 700);
    harness_control(h, "[{'do':'hide','id':%d}]", id);
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(harness_number(h, INVISIBLE), 1);
    assert_int_equal(harness_number(h, DELETED), 0);
    mirror_same(h);
    harness_control(h, "[{'do':'show','id':%d}]", id);
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(harness_number(h, INVISIBLE), 0);
    mirror_same(h);
    record_is_whole(h);
}

/* One vanished, one with an old date came: the total is what it was. */
static void test_equal_totals(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, NULL, NULL);
    mirror_delete_on(h, 700);
    harness_control(h, "[{'do':'create','ticket':{'created_at':'2025-10-01T08:00:00+00:00',"
                       "'updated_at':'2025-10-01T08:00:00+00:00'}}]");
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(sync_last(h, "CONCAT(tickets_added, tickets_deleted)"), "11");
    mirror_same(h);
}

/* More than max_deletes: none is marked, and each run says so again, until one is told. */
static void test_too_many(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, NULL, "max_deletes = 5\n");
    for (int row = 700; row < 712; row++)
        mirror_delete_on(h, row);
    char *before = sync_sums(h, "fluent_record");
    for (int i = 0; i < 2; i++) {
        sync_says(mirror_run(h, 3, "incremental", NULL).err, "more than max_deletes allows (10)");
        assert_int_equal(harness_number(h, DELETED), 0);
        assert_string_equal(sync_sums(h, "fluent_record"), before);
    }
    mirror_run(h, 0, "incremental", "--max-deletes 12");
    assert_int_equal(harness_number(h, DELETED), 12);
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

/* Too much for a few pages: the list is walked in the same run. */
static void test_too_much(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, "per_page = 500\n", NULL);
    for (int row = 50; row < TICKETS; row += 60)
        mirror_delete_on(h, row);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    record_is_whole(h);
    mirror_run(h, 0, "incremental", NULL);
}

/* --ticket and a dry run leave the record alone; a table that an older version left is filled by
 * the next walk. */
static void test_who_writes_the_record(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    char *before = sync_sums(h, "fluent_record");
    harness_control(h, "[{'do':'delete','id':60},{'do':'create','ticket':{'id':900}}]");
    mirror_run(h, 0, "tickets", "--ticket 900");
    harness_sync(h, "--dry-run", NULL);
    assert_string_equal(sync_sums(h, "fluent_record"), before);
    harness_sql(h, "DELETE FROM fluent_record");
    mirror_run(h, 0, "full", NULL); /* the total is not explained */
    record_is_whole(h);
    mirror_same(h);
}

/* A ticket that this run's head showed and that was deleted before its walk came there is marked,
 * like any other that the walk did not see. */
static void test_deleted_before_the_walk(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, TICKETS, "per_page = 500\n", NULL, NULL);
    harness_control(h, "{'do':'hide_random','count':60}");
    mirror_run(h, 0, "full", NULL);
    int id = mirror_id_on(h, 1000);
    harness_control(
        h,
        "[{'do':'show_random','count':60},{'do':'update','id':%d,'set':{'title':'On "
        "the head'}},{'do':'between','every':2,'times':1,'run':{'do':'delete','id':%d}}]",
        id, id);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Pages that are cut seem to end the list where the site does not count its tickets. */
static void test_cut_pages(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, TICKETS, "per_page = 500\n", NULL, NULL);
    harness_control(h, "{'do':'fault','kind':'total','total':null,'last_page':null}");
    mirror_run(h, 0, "full", NULL);
    mirror_turn_back(h, "last_total_walk", 60);
    mirror_delete_on(h, 700);
    harness_control(h, "{'do':'fault','kind':'cut','match':'order_by=id','rows':5}");
    mirror_run(h, 3, "incremental", NULL);
    assert_int_equal(harness_number(h, INVISIBLE), 0);
}

/* Another API user may see other tickets, even if they are as many. */
static void test_another_user(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, TICKETS, "per_page = 500\n", NULL, NULL);
    harness_control(h, "{'do':'hide_random','count':1}");
    mirror_run(h, 0, "full", NULL);
    int id = mirror_id_on(h, 50);
    harness_control(h, "[{'do':'show_random','count':1},{'do':'hide','id':%d}]", id);
    mirror_configure(h, "api_username = api@example.test\n", NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_nothing_new),
        SYNC_TEST(test_asked_for_early),
        SYNC_TEST(test_one_deletion),
        SYNC_TEST(test_hidden_and_back),
        SYNC_TEST(test_equal_totals),
        SYNC_TEST(test_too_many),
        SYNC_TEST(test_too_much),
        SYNC_TEST(test_who_writes_the_record),
        SYNC_TEST(test_deleted_before_the_walk),
        SYNC_TEST(test_cut_pages),
        SYNC_TEST(test_another_user),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
