/* test_walk_site: full walks over a site: several connections, a list that moves, killed and
 * resumed walks, pages that the site cannot give. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness_mirror.h"

/* Connections */

static void test_connections(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 600, NULL, NULL, NULL);
    harness_fault(h, "'kind':'delay_ms','ms':30");
    for (int connections = 1; connections <= 8; connections *= 2) {
        mirror_configure(h, harness_text(h, "connections = %d\n", connections), NULL, NULL);
        sync_forget(h);
        harness_control(h, "{'do':'reset_stats'}");
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        int64_t most = sync_stat(h, "max_concurrent");
        if (most > connections || (connections > 1 && most == 1))
            fail_msg("%d connections, %d at once", connections, (int)most);
    }
}

/* A quiet list: at most 3 % more pages than there are, plus 2; the head comes before. */
static void test_requests(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 3000, NULL, NULL);
    assert_true(sync_stat(h, "tickets_requests") <= 1 + 60 + 60 * 3 / 100 + 2);
    mirror_same(h);
}

static void test_pace(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, "connections = 4\nrequests_per_second = 10\n", NULL);
    int requests = atoi(sync_last(h, "api_requests"));
    assert_true(requests >= 6);
    assert_true(atoi(sync_last(h, "sync_duration_ms")) >= 100 * (requests - 1));
}

/* Every ticket that was there from before the run until after it is stored. */
static void expect_none_missed(struct harness *h, const cJSON *before)
{
    cJSON *after = cJSON_Parse(harness_control_get(h, "tickets"));
    struct sync_rows rows =
        sync_query(h, "SELECT fluent_id FROM fluent_tickets ORDER BY CAST(fluent_id AS UNSIGNED)");
    const cJSON *t, *now = after->child;
    size_t row = 0;
    cJSON_ArrayForEach(t, before)
    {
        int id = cJSON_GetObjectItem(t, "id")->valueint;
        while (now && cJSON_GetObjectItem(now, "id")->valueint < id)
            now = now->next;
        while (row < rows.count && atoi(rows.cells[row]) < id)
            row++;
        bool there = now && cJSON_GetObjectItem(now, "id")->valueint == id;
        if (there && (row == rows.count || atoi(rows.cells[row]) != id))
            fail_msg("ticket %d was missed", id);
    }
    cJSON_Delete(after);
}

/* Deletions and creations after every page, on every number of connections. */
static void test_moving(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 600, NULL, NULL, NULL);
    for (int connections = 1; connections <= 8; connections *= 2) {
        mirror_configure(h, harness_text(h, "connections = %d\n", connections), NULL, NULL);
        sync_forget(h);
        cJSON *before = cJSON_Parse(harness_control_get(h, "tickets"));
        harness_control(h, "{'do':'between','every':1,'times':20,"
                           "'run':[{'do':'delete_random_seen','count':2},"
                           "{'do':'create','count':2},{'do':'delete_random_unseen'}]}");
        mirror_run(h, 0, "full", NULL);
        harness_control(h, "{'do':'between','run':null}");
        expect_none_missed(h, before);
        cJSON_Delete(before);
        mirror_run(h, 0, "full", "--full --max-deletes 100%");
        mirror_same(h);
    }
}

/* Interrupted */

/* Starts a run whose walk stands still after so many pages, and waits until it asks for the next.
 */
static struct process *walk_into(struct harness *h, int pages)
{
    harness_control(h,
                    "[{'do':'reset_stats'},"
                    "{'do':'fault','kind':'stall','match':'order_by=id','skip':%d}]",
                    pages);
    struct process *process = harness_sync_start(h, "--json", NULL);
    mirror_wait_lists(h, pages + 2); /* the head before, the one that stalls behind */
    return process;
}

/* The same, and waits until the walk's beginning and what it read are saved. */
static struct process *stuck(struct harness *h, int pages)
{
    struct process *process = walk_into(h, pages);
    sync_wait_until(h, harness_text(h,
                                    "SELECT COUNT(walk_started) > 0 AND (SELECT COUNT(*) FROM "
                                    "fluent_walk_pages) >= %d FROM fluent_sync_state",
                                    pages));
    return process;
}

static void end_stuck(struct harness *h, struct process *process, int signal_number, int code)
{
    kill(process->pid, signal_number);
    struct outcome outcome = harness_wait(h, process);
    if (signal_number != SIGKILL)
        sync_expect(outcome, code);
    assert_int_equal(outcome.code, code);
    harness_control(h, "[{'do':'fault','times':0},{'do':'reset_stats'}]");
}

static void kill_after(struct harness *h, int pages)
{
    end_stuck(h, stuck(h, pages), SIGKILL, -SIGKILL);
}

/* Pages are asked for before the tables are told of the walk: a gate before that stays closed until
 * the site was asked. */
static void test_asked_early(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "connections = 2\n", NULL, "[mysql]\ntimeout = 100s\n");
    struct db *gate = harness_db(h);
    harness_exec(gate, "DO GET_LOCK('gate', 0)");
    harness_sql(h, "CREATE TRIGGER gate BEFORE UPDATE ON fluent_sync_state FOR EACH ROW BEGIN "
                   "IF NEW.walk_id > OLD.walk_id THEN DO GET_LOCK('gate', 1000); END IF; END");
    struct process *run = harness_sync_start(h, NULL);
    mirror_wait_lists(h, 3); /* the head, and a page on each connection */
    assert_int_equal(harness_count(h, "fluent_sync_state WHERE walk_id > 0"), 0);
    harness_exec(gate, "DO RELEASE_LOCK('gate')");
    sync_expect(harness_wait(h, run), 0);
    harness_sql(h, "DROP TRIGGER gate");
    mirror_same(h);
}

/* A first import stores the newest tickets while no page has been answered yet. */
static void test_newest_first(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, NULL, NULL, NULL);
    struct process *process = walk_into(h, 0);
    sync_wait_until(h, "SELECT COUNT(*) = 100 FROM fluent_tickets");
    assert_int_equal(harness_count(h, "fluent_walk_pages"), 0);
    end_stuck(h, process, SIGKILL, -SIGKILL);
    sync_expire_lease(h);
    mirror_run(h, 0, "full, resumed", NULL);
    assert_string_equal(sync_last(h, "CONCAT(tickets_added, ' ', tickets_unchanged)"), "200 100");
    mirror_same(h);
}

/* No page waits until the site has said what the API user may see. */
static void test_me_last(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "connections = 1\n", NULL, NULL);
    struct process *process = stuck(h, 4);
    assert_int_equal(sync_stat(h, "routes.me"), 0);
    end_stuck(h, process, SIGTERM, 128 + SIGTERM);
    mirror_run(h, 0, "full, resumed", NULL);
    assert_string_equal(sync_last(h, "sees_all"), "1");
    mirror_same(h);
}

static void test_resume(void **state)
{
    struct harness *h = *state;
    static const int pages[] = {0, 1, 2, 5, 9};
    mirror_prepare(h, 600, "connections = 1\n", NULL, NULL);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        sync_forget(h);
        kill_after(h, pages[i]);
        assert_string_equal(sync_last(h, "last_sync_status"), "in_progress");
        mirror_run(h, 0, "full, resumed", NULL);
        mirror_same(h);
        assert_true(sync_stat(h, "tickets_requests") <= 1 + 12 - pages[i] + 2);
        assert_string_equal(
            harness_value(h, "SELECT CONCAT(last_sync_status, complete, LEFT(error_message, 11)) "
                             "FROM fluent_sync_status ORDER BY id DESC LIMIT 1, 1"),
            "failed0interrupted");
        mirror_run(h, 0, "incremental", NULL);
    }
}

/* What unchanged pages prove is saved some at a time: soon where the site is slow, and at the end.
 */
static void test_resume_unchanged(void **state)
{
    struct harness *h = *state;
    static const int pages = 7;
    mirror_import(h, 600, "connections = 1\n", NULL);
    for (int killed = 0; killed < 2; killed++) {
        harness_sql(h, "UPDATE fluent_sync_state SET last_full_walk = NULL");
        end_stuck(h, stuck(h, pages), killed ? SIGKILL : SIGTERM, killed ? -SIGKILL : 143);
        mirror_run(h, 0, "full, resumed", NULL);
        assert_true(sync_stat(h, "tickets_requests") <= 1 + 12 - pages + 2);
        mirror_same(h);
    }
    /* Before they are due, but for the end of the run; the last two may not be stored yet. */
    harness_sql(h, "UPDATE fluent_sync_state SET last_full_walk = NULL");
    end_stuck(h, walk_into(h, pages), SIGTERM, 143);
    assert_true(harness_count(h, "fluent_walk_pages") >= pages - 2);
    mirror_run(h, 0, "full, resumed", NULL);
    mirror_same(h);
    /* More pages than are kept at a time, without a pause between them. */
    mirror_configure(h, "connections = 1\nper_page = 20\n", NULL, NULL);
    harness_sql(h, "UPDATE fluent_sync_state SET last_full_walk = NULL");
    end_stuck(h, stuck(h, 20), SIGKILL, -SIGKILL);
    mirror_run(h, 0, "full, resumed", NULL);
    assert_true(sync_stat(h, "tickets_requests") <= 1 + 30 - 20 + 3);
    mirror_same(h);
}

/* Twice interrupted, the second time with SIGTERM, on a list that moves meanwhile. */
static void test_resume_again(void **state)
{
    struct harness *h = *state;
    static const char move[] = "[{'do':'delete_random_seen','count':3},"
                               "{'do':'delete_random_unseen','count':3},"
                               "{'do':'create','count':5}]";
    mirror_prepare(h, 600, "connections = 1\n", NULL, NULL);
    cJSON *before = cJSON_Parse(harness_control_get(h, "tickets"));
    kill_after(h, 4);
    harness_control(h, move);
    end_stuck(h, stuck(h, 2), SIGTERM, 143);
    assert_string_equal(sync_last(h, "CONCAT(mode, '/', last_sync_status, '/', exit_code)"),
                        "full, resumed/failed/143");
    harness_control(h, move);
    mirror_run(h, 0, "full, resumed", NULL);
    expect_none_missed(h, before);
    cJSON_Delete(before);
    mirror_turn_back(h, "last_total_walk", 3700);
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* A ticket that is on the head and on a page of the walk: its edit is one. */
static void test_resumed_walk_counts_an_edit_once(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 600, "connections = 1\n", NULL);
    harness_sql(h, "UPDATE requests r JOIN fluent_tickets f ON f.request_id = r.id "
                   "SET r.urgency = 'PROMOTION' WHERE f.fluent_id = '595'");
    harness_control(h, "{'do':'update','id':595}");
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(sync_last(h, "edits_kept"), "1");
    harness_sql(h, "UPDATE fluent_sync_state SET last_full_walk = NULL");
    kill_after(h, 5);
    mirror_run(h, 0, "full, resumed", NULL);
    assert_string_equal(sync_last(h, "edits_kept"), "1");
}

/* What came between an interrupted run and the one that ends its walk, on pages that were read. */
static void test_resumed_walk_has_a_head_of_its_own(void **state)
{
    struct harness *h = *state;
    static const char *const between[] = {
        "{'do':'close_many','from':590}",
        /* More than a head of 100 holds; than any head of this configuration. */
        "{'do':'close_many','from':490}",
        "{'do':'close_many','from':400}",
        /* The head shows nothing of these. */
        ("{'do':'create','ticket':{'created_at':'2025-10-01T08:00:00+00:00',"
         "'updated_at':'2025-10-01T08:00:00+00:00'},'count':25}"),
        "{'do':'delete','id':590}",
        "[{'do':'create','count':3},{'do':'update','id':595}]",
    };
    mirror_prepare(h, 600, "connections = 1\nper_page = 120\n", NULL, NULL);
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        sync_forget(h);
        kill_after(h, 3);
        harness_control(h, "%s", between[i]);
        mirror_run(h, 0, "full, resumed", NULL);
        mirror_same(h);
        assert_string_equal(sync_last(h, "complete"), "1");
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
    }
}

/* A walk of another scope, configuration or user, an old one, and one that --full starts. */
static void test_afresh(void **state)
{
    struct harness *h = *state;
    static const struct {
        const char *fluent, *sections, *options, *sql;
    } changes[] = {
        {"connections = 1\ndate_filter = 2025-12-01\n", NULL, NULL, NULL},
        {"connections = 1\n", NULL, "--since 1999-12-01", NULL},
        {"connections = 1\nmailbox_ids = 1, 2, 3\n", NULL, NULL, NULL},
        {"connections = 1\n", "[map.urgency]\nfoo = LOW\n", NULL, NULL},
        {"connections = 1\napi_username = api@example.test\n", NULL, NULL, NULL},
        {"connections = 1\n", NULL, "--full", NULL},
        {"connections = 1\n", NULL, NULL,
         "UPDATE fluent_sync_state SET walk_started = walk_started - INTERVAL 25 HOUR"},
    };
    mirror_prepare(h, 600, "connections = 1\n", NULL, NULL);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        sync_forget(h);
        mirror_configure(h, "connections = 1\n", NULL, NULL);
        kill_after(h, 3);
        mirror_configure(h, changes[i].fluent, NULL, changes[i].sections);
        if (changes[i].sql)
            harness_sql(h, changes[i].sql);
        mirror_run(h, 0, "full", changes[i].options);
        assert_true(sync_stat(h, "tickets_served") >= 100 + 600); /* the head, and all */
        mirror_same_scope(h, i == 0 ? "2025-12-01" : "2000-01-01", 0);
    }
}

/* The site gives a few pages of the walk at once, and no other one. */
static void stall_after_pages(struct harness *h)
{
    harness_fault(h, "'kind':'stall','match':'order_by=id','skip':6");
}

/* The deadline passes again and again: what was stored stays, and the next run goes on. */
static void test_deadline(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 1200, "connections = 1\n", "deadline = 4\n", NULL);
    int64_t stored = 0;
    int runs = 0;
    stall_after_pages(h);
    struct outcome outcome = harness_sync(h, "--json", NULL);
    for (; outcome.code == 8 && runs < 20; runs++) {
        assert_string_equal(sync_last(h, "CONCAT(last_sync_status, exit_code)"), "failed8");
        sync_says(sync_last(h, "error_message"), "deadline");
        int64_t now = harness_count(h, "fluent_tickets");
        assert_true(now > stored);
        stored = now;
        harness_end_faults(h);
        stall_after_pages(h);
        outcome = harness_sync(h, "--json", NULL);
    }
    sync_expect(outcome, 0);
    assert_true(runs > 0);
    assert_string_equal(sync_last(h, "mode"), "full, resumed");
    mirror_same(h);
}

/* Pages that the site cannot give */

static void test_large_pages_fail(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 600, "retries = 0\n", NULL, NULL);
    harness_control(h, "[{'do':'fault','kind':'status','status':500,'match':'per_page=3'},"
                       "{'do':'fault','kind':'status','status':500,'match':'per_page=4'},"
                       "{'do':'fault','kind':'status','status':500,'match':'per_page=5'},"
                       "{'do':'fault','kind':'status','status':500,'match':'per_page=6'}]");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "asking for its halves");
    mirror_same(h);
}

/* As many as there can be at the same time: all of the first windows fail. */
static void test_all_large_pages_fail(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 2000, "retries = 0\nconnections = 8\n", NULL, NULL);
    harness_control(h, "[{'do':'fault','kind':'status','status':500,'match':'per_page=5'},"
                       "{'do':'fault','kind':'status','status':500,'match':'per_page=6'}]");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* A head of all changes is too much: walked instead. */
static void test_large_head_fails(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, "retries = 0\nper_page = 250\n", NULL);
    harness_control(h, "[{'do':'close_many','from':1,'to':150},"
                       "{'do':'fault','kind':'status','status':500,"
                       "'match':'per_page=250&page=1&order_by=up'}]");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Where starting up is what takes the site time, larger pages are asked for; not so where they
 * fail, or where the configuration says how many. */
static void test_pages_grow(void **state)
{
    struct harness *h = *state;
    static const char larger[] = "from now on pages of 800 tickets";
    mirror_import(h, 8000, "connections = 1\nretries = 0\nper_page = 500\n", NULL);
    mirror_configure(h, "connections = 1\nretries = 0\nper_page = auto\n", NULL, NULL);
    harness_fault(h, "'kind':'delay_ms','ms':300,'match':'order_by=id'");
    struct outcome outcome = mirror_run(h, 0, "full", "--full -v");
    sync_says(outcome.err, larger);
    mirror_same(h);

    harness_fault(h, "'kind':'status','status':500,'match':'per_page=7'");
    harness_fault(h, "'kind':'status','status':500,'match':'per_page=8'");
    outcome = mirror_run(h, 0, "full", "--full -v");
    sync_says(outcome.err, larger);
    sync_says(outcome.err, "from now on pages of 500 tickets");
    mirror_same(h);

    mirror_configure(h, "connections = 1\nper_page = 500\n", NULL, NULL);
    sync_says_not(mirror_run(h, 0, "full", "--full -v").err, larger);
}

/* As many as PHP's memory holds. */
static void test_largest_pages(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 10300, "per_page = 10000\nretries = 0\n", NULL);
}

/* A complete walk forgets positions that were last seen before it began, in whole seconds. */
static void age_rejects(struct harness *h)
{
    harness_sql(h, "UPDATE fluent_rejects SET last_seen = last_seen - INTERVAL 2 SECOND");
}

static void test_broken(void **state)
{
    struct harness *h = *state;
    static const char broken[] = "{'do':'fault','kind':'broken','id':5}";
    mirror_prepare(h, 300, "retries = 0\n", NULL, NULL);
    harness_control(h, broken);
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(mirror_differences(h), 1);
    assert_int_equal(harness_count(h, "fluent_tickets"), 299);
    assert_string_equal(sync_last(h, "complete"), "0");
    sync_says(sync_last(h, "error_message"), "position 5 of the list");
    struct sync_rows rejects = sync_query(h, "SELECT fluent_id, reason FROM fluent_rejects");
    assert_int_equal(rejects.count, 1);
    sync_says(rejects.cells[0], "position 5");
    sync_says(harness_sync(h, "rejects", NULL).out, "position 5");

    harness_end_faults(h);
    age_rejects(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);

    /* Nothing is marked as deleted by a walk that skips a position. */
    harness_control(h, "[%s,{'do':'delete','id':9}]", broken);
    mirror_run(h, 3, "full", NULL);
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 0);
    harness_end_faults(h);
    age_rejects(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* One that breaks the list of the newest changes, too. */
static void test_broken_in_head(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, "retries = 0\n", NULL, NULL);
    harness_control(h, "[{'do':'update','id':5},{'do':'fault','kind':'broken','id':5}]");
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(mirror_differences(h), 1);
    harness_end_faults(h);
    age_rejects(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

static void break_tickets(struct harness *h, int count, const char *content)
{
    char *commands = harness_text(h, "%s", "");
    for (int i = 0; i < count; i++)
        commands = harness_text(h,
                                "%s%s{'do':'update','id':%d,'quiet':true,"
                                "'set':{'content':'%s'}}",
                                commands, i ? "," : "", 3 + 7 * i, content);
    harness_control(h, "[%s]", commands);
}

static void test_many_positions(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 400, "retries = 0\n", NULL, NULL);
    break_tickets(h, 20, "\\q");
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(harness_count(h, "fluent_tickets"), 380);
    assert_int_equal(harness_count(h, "fluent_rejects"), 20);
    break_tickets(h, 21, "\\q");
    mirror_run(h, 5, NULL, NULL);
    sync_says(sync_last(h, "error_message"), "more than 20 tickets");
    break_tickets(h, 21, "whole");
    age_rejects(h);
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_connections),
        SYNC_TEST(test_requests),
        SYNC_TEST(test_pace),
        SYNC_TEST(test_moving),
        SYNC_TEST(test_asked_early),
        SYNC_TEST(test_newest_first),
        SYNC_TEST(test_me_last),
        SYNC_TEST(test_resume),
        SYNC_TEST(test_resume_unchanged),
        SYNC_TEST(test_resume_again),
        SYNC_TEST(test_resumed_walk_counts_an_edit_once),
        SYNC_TEST(test_resumed_walk_has_a_head_of_its_own),
        SYNC_TEST(test_afresh),
        SYNC_TEST(test_deadline),
        SYNC_TEST(test_large_pages_fail),
        SYNC_TEST(test_all_large_pages_fail),
        SYNC_TEST(test_large_head_fails),
        SYNC_TEST(test_largest_pages),
        SYNC_TEST(test_pages_grow),
        SYNC_TEST(test_broken),
        SYNC_TEST(test_broken_in_head),
        SYNC_TEST(test_many_positions),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
