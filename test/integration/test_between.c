/* test_between: what stands between runs: totals, clocks, restored backups, replicas that lag,
 * pages that are cut, and runs that are given little time. */
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

/* A run that finds a difference and does not resolve it is partial, and says what it found. */
static void expect_unsettled(struct harness *h, const char *mode, const char *options,
                             const char *says)
{
    mirror_run(h, 3, mode, options);
    assert_string_equal(sync_last(h, "CONCAT(last_sync_status, complete)"), "partial0");
    sync_says(sync_last(h, "error_message"), says);
}

/* Totals */

/* What an older version left: nothing but the totals tells that something vanished. */
static void without_record(struct harness *h)
{
    harness_sql(h, "DELETE FROM fluent_record");
}

/* For an hour after such a walk, a total alone causes no other one. */
static void test_total_within_the_hour(void **state)
{
    struct harness *h = *state;
    static const struct {
        const char *site, *says;
    } cases[] = {
        {MIRROR_OLD_TICKETS, "5 more than the changes"},
        {"{'do':'delete_first','count':2}", "2 fewer than the changes"},
        /* What else changed does not explain it. */
        {"[{'do':'delete','id':60},{'do':'create','count':2},"
         "{'do':'update','id':7}]",
         "1 fewer than the changes"},
    };
    mirror_import(h, 300, NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mirror_turn_back(h, "last_total_walk", 60);
        without_record(h);
        harness_control(h, "%s", cases[i].site);
        for (int again = 0; again < 2; again++)
            expect_unsettled(h, "incremental", NULL, cases[i].says);
        mirror_turn_back(h, "last_total_walk", 3600);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
    }
}

/* The API user loses a permission: fewer tickets are shown than there were. */
static void test_permission_lost(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    mirror_turn_back(h, "last_total_walk", 60);
    without_record(h);
    harness_control(h, "{'do':'hide_random','count':100}");
    expect_unsettled(h, "incremental", NULL, "100 fewer");
    sync_says(sync_last(h, "error_message"), "permission");
    harness_control(h, "{'do':'show_random','count':100}");
    mirror_run(h, 0, "incremental", NULL);
}

/* Clocks */

/* The machine's clock was ahead by these seconds during one run. */
static void test_machine_was_ahead(void **state)
{
    struct harness *h = *state;
    static const char *const ahead[] = {"last_full_walk", "last_total_walk"};
    mirror_import(h, 120, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        mirror_turn_back(h, ahead[i], -365 * 24 * 3600);
        without_record(h);
        harness_control(h, "%s", MIRROR_OLD_TICKETS);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        mirror_run(h, 0, "incremental", NULL);
    }
}

/* A reject is due if a wrong clock has put off its next attempt for a year. */
static void test_reject_of_the_future(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    /* No head shows the ticket. */
    harness_control(h, "[{'do':'close_many','from':101,'to':250},"
                       "{'do':'update','id':5,'quiet':true,'set':{'created_at':null}}]");
    mirror_run(h, 3, "full", "--full");
    harness_control(h, "{'do':'update','id':5,'quiet':true,"
                       "'set':{'created_at':'2026-02-01T08:00:00+00:00'}}");
    harness_sql(h, "UPDATE fluent_sync_state SET watermark = watermark + INTERVAL 1 DAY, "
                   "compared_at = NULL");
    harness_control(h, "{'do':'site','now':'%s'}", mirror_hours_from_now(h, 24));
    static const char put_off[] =
        "UPDATE fluent_rejects SET next_attempt = UTC_TIMESTAMP() + INTERVAL %d HOUR";
    harness_sql(h, harness_text(h, put_off, 23));
    mirror_run(h, 3, "incremental", NULL);
    harness_sql(h, harness_text(h, put_off, 365 * 24));
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* The site's clock was ahead for a while, or was set back: changes bear wrong times. */
static void test_site_clock(void **state)
{
    struct harness *h = *state;
    static const int hours[] = {24 * 365, 5};
    mirror_import(h, 120, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        harness_control(h, "{'do':'site','now':'%s'}", mirror_hours_from_now(h, hours[i]));
        mirror_run(h, 0, "full", NULL);
        mirror_run(h, 0, "incremental", NULL);
        harness_control(h, "[{'do':'site','now':null},{'do':'update_random','count':3}]");
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        mirror_run(h, 0, "incremental", NULL);
    }
}

/* A walk for that reason finds by numbers alone that no ticket vanished, as any other does: it
 * reads nothing of all the rows that are stored. */
static void test_rows_after_a_clock(void **state)
{
    struct harness *h = *state;
    static const char rows[] = "database: SELECT id, fluent_id, mailbox_id";
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'site','now':'%s'}", mirror_hours_from_now(h, 5));
    struct outcome outcome = harness_sync(h, "-vvv", NULL);
    sync_expect(outcome, 0);
    assert_string_equal(sync_last(h, "mode"), "full");
    sync_says_not(outcome.err, rows);
    harness_control(h, "[{'do':'site','now':null},{'do':'delete','id':60},{'do':'create'}]");
    outcome = harness_sync(h, "-vvv", NULL);
    sync_expect(outcome, 0);
    assert_string_equal(sync_last(h, "mode"), "full");
    sync_says(outcome.err, rows);
    assert_string_equal(sync_cell(h, 60, "deleted_at IS NOT NULL"), "1");
    mirror_same(h);
}

/* 601 tickets changed in one second, three days ago: a quiet site costs two requests. */
static void test_quiet_after_a_bulk_change(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 700, "per_page = 500\n", NULL, NULL);
    harness_control(h, "{'do':'close_many','from':1,'to':601,'updated_at':'%s'}",
                    mirror_hours_from_now(h, -72));
    mirror_run(h, 0, "full", NULL);
    for (int i = 0; i < 2; i++) {
        harness_control(h, "{'do':'reset_stats'}");
        mirror_run(h, 0, "incremental", NULL);
        assert_int_equal(sync_stat(h, "tickets_requests"), 2);
    }
    harness_control(h, "{'do':'update','id':651}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* Restored */

/* Both tables go back to an earlier state, the state row does not. */
static void test_tables_restored(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 400, NULL, NULL);
    harness_sql(h, "DELETE f, r FROM fluent_tickets f JOIN requests r ON r.id = f.request_id "
                   "WHERE CAST(f.fluent_id AS UNSIGNED) > 300");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "missing in the database");
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
    /* A single missing ticket is noticed too: one of those that changed last, if long ago. */
    harness_sql(h, "DELETE f, r FROM fluent_tickets f JOIN requests r ON r.id = f.request_id "
                   "JOIN (SELECT id FROM fluent_tickets ORDER BY updated_at_fluent DESC "
                   "LIMIT 1, 1) AS newest ON newest.id = f.id");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    /* What is rightly not there is no reason. */
    mirror_run(h, 0, "incremental", "--since 2026-06-01");
}

/* The site is restored from a backup of two hours ago. */
static void test_site_restored(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "{'do':'close_many','from':1,'to':20,'updated_at':'%s'}",
                    mirror_hours_from_now(h, -2));
    mirror_run(h, 0, "full", "--full");
    harness_control(h, "{'do':'backup'}");
    harness_control(h, "[{'do':'update_random','count':5},{'do':'create','count':1}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    mirror_turn_back(h, "last_total_walk", 60); /* the total alone would not do */
    harness_control(h, "{'do':'restore'}");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "a backup was restored");
    assert_string_equal(sync_last(h, "tickets_deleted"), "1");
    mirror_run(h, 0, "incremental", NULL);
}

/* A walk whose head was empty, though the list was not, is no reason to forget what was newest: the
 * next run still notices that a backup was restored. */
static void test_site_restored_after_an_empty_head(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "{'do':'backup'}");
    harness_control(h, "{'do':'update','id':40,'set':{'title':'Newer'}}");
    harness_fault(h, "'kind':'cut','rows':0,'match':'order_by=updated_at','times':1");
    mirror_run(h, 0, "full", "--full");
    mirror_same(h);
    harness_control(h, "{'do':'restore'}");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "a backup was restored");
    mirror_same(h);
}

/* As when the site's own database fails: heads that say that there is no ticket at all, now and
 * then also where the run asks once more. */
static void test_empty_heads(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, NULL, NULL, NULL);
    for (int i = 0; i < 5; i++) {
        const char *times = i % 2 ? ",'times':1" : "";
        harness_end_faults(h);
        harness_fault(h, "'kind':'cut','rows':0,'match':'order_by=updated_at'%s", times);
        harness_fault(h, "'kind':'total','total':0,'match':'order_by=updated_at'%s", times);
        harness_control(h, "{'do':'update','id':%d,'set':{'title':'Changed'}}", 40 + i);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
    }
}

/* Since then, the site has gone on: only the largest known id shows that it was restored. */
static void test_site_restored_and_gone_on(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "[{'do':'close_many','from':1,'to':200,"
                       "'updated_at':'2026-10-01T00:00:00+00:00'},"
                       "{'do':'backup'},"
                       "{'do':'create','ticket':{'updated_at':'2026-10-02T00:00:00+00:00'}}]");
    mirror_run(h, 0, "full", "--full");
    mirror_same(h);
    mirror_turn_back(h, "last_total_walk", 60);
    harness_control(h, "[{'do':'restore'},{'do':'update','id':17}]");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "largest known id is gone");
    assert_string_equal(sync_last(h, "tickets_deleted"), "1");
}

/* Another site with other content: nothing of the old one's state counts. */
static void test_accept_site(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'site','home':'https://moved.example.test'},"
                       "{'do':'update','id':5,'quiet':true,"
                       "'set':{'customer.full_name':'Another One'}}]");
    mirror_run(h, 4, NULL, NULL);
    mirror_run(h, 0, "full", "--accept-site");
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
    /* A run that does not get through has accepted it all the same: the next one goes on. */
    harness_control(h, "[{'do':'site','home':'https://again.example.test'},"
                       "{'do':'fault','kind':'status','status':500,'match':'order_by=id',"
                       "'skip':1}]");
    mirror_run(h, 5, "full", "--accept-site");
    harness_end_faults(h);
    mirror_run(h, 0, "full, resumed", NULL);
    mirror_same(h);
}

/* Replicas */

static void test_pages_lag_behind_the_head(void **state)
{
    struct harness *h = *state;
    static const char lag[] = "{'do':'fault','kind':'lag','match':'order_by=id',%s}";
    static const char *const ways[] = {
        "'above':306",
        "'id':101,'updated_at':'2026-01-01T00:00:00+00:00'",
    };
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "[{'do':'create','count':5},{'do':'update','id':101}]");
    for (size_t i = 0; i < 2; i++) {
        harness_control(h, lag, ways[i]);
        expect_unsettled(h, "full", "--full", "lag behind");
        expect_unsettled(h, "full", NULL, "lag behind");
        harness_end_faults(h);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
    }
    /* Those with old dates are on no head: the count tells. */
    harness_control(h, "%s", MIRROR_OLD_TICKETS);
    harness_fault(h, "'kind':'lag','match':'order_by=id','above':311");
    expect_unsettled(h, "full", "--full", "counts more tickets than its pages hold");
    harness_end_faults(h);
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* Cut pages */

static void test_cut_pages(void **state)
{
    struct harness *h = *state;
    static const char *const cuts[] = {"'rows':100", "'rows':100,'says':true",
                                       "'rows':40,'says':true", "'rows':40"};
    static const char *const totals[] = {"", ",{'do':'fault','kind':'total','total':null}"};
    for (size_t i = 0; i < 8; i++) {
        if (i)
            sync_forget(h);
        mirror_prepare(h, 1001, i % 2 ? "per_page = 90\n" : "per_page = 500\n", NULL, NULL);
        harness_control(h, "[{'do':'fault','kind':'cut','match':'/tickets',%s}%s]", cuts[i / 2],
                        totals[i % 2]);
        print_message("%s%s\n", cuts[i / 2], totals[i % 2]);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        int64_t cap = strstr(cuts[i / 2], "100") ? 100 : 40;
        if (cap == 40 || i % 2 == 0)
            assert_int_equal(harness_number(h, "SELECT page_cap FROM fluent_sync_state"), cap);
        harness_control(h, "[{'do':'create','count':3},{'do':'update','id':7}]");
        mirror_run(h, 0, "incremental", NULL);
        mirror_same(h);
        harness_control(h, "[{'do':'close_many','from':1,'to':200},{'do':'reset_stats'}]");
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        assert_true(sync_stat(h, "tickets_requests") <= 1 + 1010 / (cap * 7 / 10) + 6);
        harness_end_faults(h);
    }
}

/* Without a total, one more small request has to confirm where the list ends. */
static void test_no_total(void **state)
{
    struct harness *h = *state;
    static const int tickets[] = {0, 1, 2, 49, 300};
    for (size_t i = 0; i < sizeof tickets / sizeof *tickets; i++) {
        if (i)
            sync_forget(h);
        mirror_prepare(h, tickets[i], NULL, NULL, NULL);
        harness_fault(h, "'kind':'total','total':null");
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        harness_control(h, "{'do':'create','count':2}");
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
    }
}

/* Little time */

/* Each run has time for a handful of pages, and gets further than the one before. */
static void test_a_handful_of_requests_per_run(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 3000, "connections = 1\nper_page = 200\nretries = 0\n", "deadline = 4s\n",
                   NULL);
    int code = 8, runs = 0;
    int64_t read = 0;
    for (; code == 8 && runs < 12; runs++) {
        harness_end_faults(h);
        harness_fault(h, "'kind':'stall','match':'order_by','skip':5");
        code = harness_sync(h, NULL).code;
        int64_t now = harness_count(h, "fluent_tickets");
        assert_true(code != 8 || now > read);
        read = now;
    }
    assert_int_equal(code, 0);
    harness_end_faults(h);
    mirror_same(h);
}

/* A restored backup behind a change that was made since: neither the newest change nor the largest
 * id tells. A head need not hold all that was taken back: one ticket on it is enough. */
static void test_backup_behind_a_new_change(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, NULL);
    harness_control(h, "{'do':'close_many','from':201,'to':260,'updated_at':'%s'}",
                    mirror_hours_from_now(h, -10));
    mirror_run(h, 0, NULL, "--full");
    harness_control(h,
                    "[{'do':'backup'},{'do':'close_many','from':201,'to':260,"
                    "'updated_at':'%s'}]",
                    mirror_hours_from_now(h, -4));
    mirror_run(h, 0, NULL, "--full");
    for (int i = 0; i < 2; i++)
        mirror_run(h, 0, "incremental", NULL);
    harness_control(h, "[{'do':'restore'},{'do':'update','id':7}]");
    mirror_run(h, 3, "incremental", NULL);
    sync_says(sync_last(h, "error_message"), "a backup of it was restored");
    assert_true(mirror_differences(h) > 0);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_total_within_the_hour),
        SYNC_TEST(test_permission_lost),
        SYNC_TEST(test_machine_was_ahead),
        SYNC_TEST(test_reject_of_the_future),
        SYNC_TEST(test_site_clock),
        SYNC_TEST(test_rows_after_a_clock),
        SYNC_TEST(test_quiet_after_a_bulk_change),
        SYNC_TEST(test_tables_restored),
        SYNC_TEST(test_site_restored),
        SYNC_TEST(test_site_restored_after_an_empty_head),
        SYNC_TEST(test_empty_heads),
        SYNC_TEST(test_site_restored_and_gone_on),
        SYNC_TEST(test_backup_behind_a_new_change),
        SYNC_TEST(test_accept_site),
        SYNC_TEST(test_pages_lag_behind_the_head),
        SYNC_TEST(test_cut_pages),
        SYNC_TEST(test_no_total),
        SYNC_TEST(test_a_handful_of_requests_per_run),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
