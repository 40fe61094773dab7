/* test_hint: what the site's activity log names as deleted is found without a search, and whatever
 * else the log may answer costs one request. */
#include <stdlib.h>

#include "harness_mirror.h"

#define DELETED "SELECT COUNT(deleted_at) FROM fluent_tickets"
#define INVISIBLE "SELECT COUNT(invisible_since) FROM fluent_tickets"

/* TOLD: index, head, tail; the log, the ticket by search and by itself; the tail again. */
enum { TICKETS = 3000, QUIET = 3, TOLD = 7, SEARCHED = 2 + 7 + 1 /* at most */ };

static void set_log(struct harness *h, const char *access)
{
    harness_control(h, "[{'do':'site','activity_log':'%s'}]", access);
}

static void import(struct harness *h, const char *access)
{
    mirror_import(h, TICKETS, NULL, NULL);
    set_log(h, access);
}

/* As many vanished tickets as these are found by the next run. Returns its requests. */
static int64_t finds(struct harness *h, int64_t deleted)
{
    int64_t before = harness_number(h, DELETED);
    harness_control(h, "[{'do':'reset_stats'}]");
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(harness_number(h, DELETED) - before, deleted);
    assert_int_equal(harness_number(h, INVISIBLE), 0);
    mirror_same(h);
    return sync_stat(h, "requests");
}

static int64_t logs(struct harness *h)
{
    return sync_stat(h, "routes.activity");
}

static void test_one_deletion(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    assert_int_equal(finds(h, 0), QUIET);
    mirror_delete_on(h, 700);
    assert_int_equal(finds(h, 1), TOLD);
    assert_int_equal(finds(h, 0), QUIET);
    harness_control(h, "[{'do':'site','plugin':'1.7.90'}]");
    mirror_delete_on(h, 1500);
    assert_int_equal(finds(h, 1), TOLD);
    set_log(h, "refused");
    mirror_delete_on(h, 900);
    int64_t searched = finds(h, 1);
    assert_int_equal(logs(h), 1);
    assert_in_range(searched, TOLD + 1, SEARCHED + 1);
    print_message("one deletion among %d: %d requests, %d without the log\n", TICKETS, TOLD,
                  (int)searched - 1);
}

static void test_six_deletions(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    for (int i = 1; i <= 6; i++)
        mirror_delete_on(h, 450 * i);
    int64_t told = finds(h, 6);
    assert_in_range(told, 0, QUIET + 1 + 2 * 6 + 1);
    set_log(h, "refused");
    for (int i = 1; i <= 6; i++)
        mirror_delete_on(h, 450 * i + 70);
    int64_t searched = finds(h, 6);
    assert_true(told < searched);
    print_message("six among %d: %d requests, %d without the log\n", TICKETS, (int)told,
                  (int)searched - 1);
}

/* As if a day had passed. */
static void ask_again(struct harness *h)
{
    harness_sql(h, "UPDATE fluent_sync_state SET log_in_vain = NULL");
}

/* Nothing that the log says, or fails to say, changes what is found. */
static void test_no_help(void **state)
{
    struct harness *h = *state;
    static const char *const answers[] = {
        "'status':404,'body':'{\\\"code\\\":\\\"rest_no_route\\\"}'",
        "'status':422,'body':'\\\"No activities found\\\"'",
        "'status':200,'body':'\\\"No activities found\\\"'",
        "'status':200,'body':'{\\\"activities\\\":[],\\\"settings\\\":5}'",
        "'status':200,'content_type':'text/html','body':'<html>'",
        "'status':500,'body':''",
        "'status':429,'body':''",
    };
    import(h, "on");
    int row = 100;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++, row += 350) {
        harness_fault(h, "'kind':'status','match':'activity-logger',%s", answers[i]);
        ask_again(h);
        mirror_delete_on(h, row);
        assert_in_range(finds(h, 1), TOLD, SEARCHED + 1);
        assert_int_equal(logs(h), 1);
        harness_end_faults(h);
    }
}

/* A log that is of no use is asked for once a day. */
static void test_once_a_day(void **state)
{
    struct harness *h = *state;
    import(h, "refused");
    for (int row = 100, asked = 1; row < 800; row += 350, asked = 0) {
        mirror_delete_on(h, row);
        finds(h, 1);
        assert_int_equal(logs(h), asked);
    }
    set_log(h, "on");
    mirror_delete_on(h, 900);
    finds(h, 1);
    assert_int_equal(logs(h), 0);
    mirror_turn_back(h, "log_in_vain", 86400);
    for (int row = 1000; row < 1800; row += 350) {
        mirror_delete_on(h, row);
        assert_int_equal(finds(h, 1), TOLD);
        assert_int_equal(harness_number(h, "SELECT log_in_vain IS NULL FROM fluent_sync_state"), 1);
    }
}

static void test_off_and_not_logged(void **state)
{
    struct harness *h = *state;
    import(h, "off");
    mirror_delete_on(h, 700);
    finds(h, 1);
    assert_int_equal(logs(h), 1);
    set_log(h, "on");
    ask_again(h);
    harness_control(h, "[{'do':'delete','id':%d,'with_customer':true}]", mirror_id_on(h, 900));
    finds(h, 1);
    assert_int_equal(logs(h), 1);
    harness_control(h, "[{'do':'site','plugin':'1.7.2'}]");
    mirror_run(h, 0, "full", "--full"); /* of dates that read otherwise */
    ask_again(h);
    mirror_delete_on(h, 1100);
    finds(h, 1);
    assert_int_equal(logs(h), 1);
}

/* Two of three are in the log: the search goes on for the third. */
static void test_some(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    harness_control(h, "[{'do':'delete','id':%d,'with_customer':true}]", mirror_id_on(h, 900));
    mirror_delete_on(h, 2000);
    mirror_delete_on(h, 700);
    finds(h, 3);
    assert_int_equal(logs(h), 1);
}

/* The log names tickets that are there, and one that is hidden. */
static void test_lies(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    int there = mirror_id_on(h, 1200), hidden = mirror_id_on(h, 1300);
    harness_control(h,
                    "[{'do':'log','event':'ticket_deleted','id':%d},{'do':'log','event':"
                    "'ticket_deleted','id':%d},{'do':'log','event':'ticket_deleted','id':99999},"
                    "{'do':'hide','id':%d}]",
                    there, hidden, hidden);
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(harness_number(h, DELETED), 0);
    assert_int_equal(harness_number(h, INVISIBLE), 1);
    assert_string_equal(sync_cell(h, there, "f.deleted_at IS NULL"), "1");
    mirror_same(h);
}

/* Its own address says that a ticket is deleted, and the log does; but the list shows it. */
static void test_listed_all_the_same(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    int there = mirror_id_on(h, 1200);
    harness_fault(h,
                  "'kind':'status','match':'tickets/%d','status':422,'body':'\\\"No query results "
                  "for model\\\"'",
                  there);
    harness_control(h,
                    "[{'do':'log','event':'ticket_deleted','id':%d},"
                    "{'do':'delete','id':%d,'with_customer':true}]",
                    there, mirror_id_on(h, 700));
    finds(h, 1);
    assert_string_equal(sync_cell(h, there, "f.deleted_at IS NULL"), "1");
}

/* A backup brought back what the log calls deleted; then another ticket vanishes. */
static void test_restored(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    int id = mirror_id_on(h, 700);
    harness_control(h, "[{'do':'backup'},{'do':'delete','id':%d}]", id);
    finds(h, 1);
    harness_control(h, "[{'do':'restore'}]");
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED), 0);
    mirror_delete_on(h, 1500);
    finds(h, 1);
    assert_string_equal(sync_cell(h, id, "f.deleted_at IS NULL"), "1");
}

/* An old answer says nothing of the list, and the run is complete. */
static void test_log_from_a_cache(void **state)
{
    struct harness *h = *state;
    import(h, "on");
    harness_fault(h, "'kind':'cache','match':'activity-logger','ignore':'fluent_sync',"
                     "'headers':{'Age':'4000','X-Cache':'HIT'}");
    mirror_delete_on(h, 700);
    finds(h, 1);
    mirror_delete_on(h, 1500);
    finds(h, 1);
}

/* More than max_deletes are not marked because the log names them. */
static void test_too_many(void **state)
{
    struct harness *h = *state;
    mirror_import(h, TICKETS, NULL, "max_deletes = 5\n");
    set_log(h, "on");
    for (int row = 700; row < 712; row++)
        mirror_delete_on(h, row);
    for (int i = 0; i < 2; i++) {
        sync_says(mirror_run(h, 3, "incremental", NULL).err, "more than max_deletes allows (10)");
        assert_int_equal(harness_number(h, DELETED), 0);
    }
    mirror_run(h, 0, "incremental", "--max-deletes 12");
    assert_int_equal(harness_number(h, DELETED), 12);
    mirror_same(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_one_deletion),
        SYNC_TEST(test_six_deletions),
        SYNC_TEST(test_no_help),
        SYNC_TEST(test_once_a_day),
        SYNC_TEST(test_off_and_not_logged),
        SYNC_TEST(test_some),
        SYNC_TEST(test_lies),
        SYNC_TEST(test_listed_all_the_same),
        SYNC_TEST(test_restored),
        SYNC_TEST(test_log_from_a_cache),
        SYNC_TEST(test_too_many),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
