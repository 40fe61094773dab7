/* test_parts: each run reads a part of the list, so that all of it is read within full_every. */
#include <stdlib.h>

#include "harness_mirror.h"

enum { TICKETS = 600, PAGE = 50 };

#define PROOFS "SELECT COUNT(*) FROM fluent_list_proofs"
#define OLDEST                                                                                     \
    "SELECT TIMESTAMPDIFF(SECOND, MIN(proven_at), UTC_TIMESTAMP()) FROM fluent_list_proofs"
#define LAST_IS_OLDEST                                                                             \
    "SELECT last_full_walk = (SELECT MIN(proven_at) FROM fluent_list_proofs) FROM "                \
    "fluent_sync_state"

/* As if everything had happened so much earlier. The site's tickets keep their times. */
static void pass_time(struct harness *h, int seconds)
{
    harness_sql(h, harness_text(h,
                                "UPDATE fluent_list_proofs SET proven_at = proven_at - INTERVAL %d "
                                "SECOND; UPDATE fluent_sync_status SET last_sync_at = last_sync_at "
                                "- INTERVAL %d SECOND; UPDATE fluent_sync_state SET last_full_walk "
                                "= last_full_walk - INTERVAL %d SECOND",
                                seconds, seconds, seconds));
}

/* So many runs, each with as many pages of parts at most; returns how many read any. */
static int go_round(struct harness *h, int seconds, int runs, int most)
{
    int read = 0;
    for (int i = 0; i < runs; i++) {
        pass_time(h, seconds);
        harness_control(h, "[{'do':'reset_stats'}]");
        mirror_run(h, 0, "incremental", NULL);
        read += sync_stat(h, "tickets_requests") > 2;
        assert_true(sync_stat(h, "tickets_requests") <= 2 + most);
        assert_string_equal(harness_value(h, LAST_IS_OLDEST), "1");
        assert_true(harness_number(h, OLDEST) <= 24 * 3600);
    }
    return read;
}

static void start(struct harness *h, const char *sync)
{
    mirror_import(h, TICKETS, "per_page = 50\n", sync);
    assert_int_equal(harness_number(h, PROOFS), 1);
}

/* The first ticket from this row of the list on that the head does not show. */
static int quiet_id(struct harness *h, int row)
{
    return (int)harness_number(
        h, harness_text(h,
                        "SELECT q.id FROM (SELECT fluent_id + 0 AS id, ROW_NUMBER() OVER (ORDER BY "
                        "fluent_id + 0) AS place, ROW_NUMBER() OVER (ORDER BY updated_at_fluent "
                        "DESC) AS newest FROM fluent_tickets) AS q WHERE q.place > %d AND "
                        "q.newest > 150 ORDER BY q.id LIMIT 1",
                        row));
}

/* Edits that move no time, and a ticket that vanished while another one appeared. */
static void change_unseen(struct harness *h, int deleted, int shown)
{
    for (int row = 100; row < TICKETS; row += 200)
        harness_control(h,
                        "{'do':'update','id':%d,'quiet':true,'set':{'customer.full_name':'New'}}",
                        quiet_id(h, row));
    harness_control(h, "[{'do':'show','id':%d},{'do':'delete','id':%d}]", shown, deleted);
}

static void test_round(void **state)
{
    struct harness *h = *state;
    start(h, NULL);
    int shown = quiet_id(h, 300), deleted = quiet_id(h, 200);
    harness_control(h, "[{'do':'hide','id':%d}]", shown);
    mirror_run(h, 0, "incremental", NULL);
    change_unseen(h, deleted, shown);
    mirror_run(h, 0, "incremental", NULL);
    assert_true(mirror_differences(h) > 0);
    assert_true(go_round(h, 3600, 24, 16) >= 10);
    mirror_same(h);
    go_round(h, 3600, 24, 3);
    assert_string_equal(sync_cell(h, deleted, "f.deleted_at IS NOT NULL"), "1");
    assert_true(harness_number(h, PROOFS) > 4);
    mirror_run(h, 0, "full", "--full");
    assert_int_equal(harness_number(h, PROOFS), 1);
    assert_true(harness_number(h, OLDEST) < 600);
}

/* A quiet run reads nothing; a short pause is no turn. */
static void test_no_turn(void **state)
{
    struct harness *h = *state;
    start(h, NULL);
    assert_int_equal(go_round(h, 600, 3, 0), 0);
    assert_int_equal(harness_number(h, PROOFS), 1);
}

/* With one run a day everything is due: it walks, though the day was an hour shorter. */
static void test_a_run_a_day(void **state)
{
    struct harness *h = *state;
    start(h, NULL);
    for (int i = 0; i < 2; i++) {
        pass_time(h, 23 * 3600);
        mirror_run(h, 0, "full", NULL);
    }
}

static void test_at_once(void **state)
{
    struct harness *h = *state;
    start(h, "full_every = 24h, at once\n");
    for (int i = 0; i < 4; i++) {
        pass_time(h, 5 * 3600);
        harness_control(h, "[{'do':'reset_stats'}]");
        mirror_run(h, 0, "incremental", NULL);
        assert_int_equal(sync_stat(h, "tickets_requests"), 2);
    }
    pass_time(h, 4 * 3600 + 60);
    mirror_run(h, 0, "full", NULL);
}

/* The run is not complete, and the next one walks. */
static void test_a_page_fails(void **state)
{
    struct harness *h = *state;
    start(h, NULL);
    pass_time(h, 3 * 3600);
    char *before = sync_sums(h, "fluent_list_proofs, fluent_record");
    harness_control(h, "{'do':'fault','kind':'broken','id':%d}", quiet_id(h, 520));
    sync_says(mirror_run(h, 3, "incremental", NULL).err, "position 5");
    assert_string_equal(sync_sums(h, "fluent_list_proofs, fluent_record"), before);
    mirror_run(h, 3, "full", NULL);
    harness_end_faults(h);
    sync_rejects_due(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* The site stops answering in the middle of a part: what was read by then counts, and the next run
 * goes on. */
static void test_site_fails(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 3000, "per_page = 50\nconnections = 1\nretries = 0\n", NULL);
    pass_time(h, 8 * 3600);
    harness_control(h, "[{'do':'fault','kind':'status','status':503,'match':'order_by=id',"
                       "'skip':6}]");
    mirror_run(h, 5, "incremental", NULL);
    assert_true(harness_number(h, PROOFS) >= 2);
    int64_t left = harness_number(h, "SELECT MAX(low) FROM fluent_list_proofs");
    assert_true(left > 2600 && left < 2900);
    assert_string_equal(harness_value(h, LAST_IS_OLDEST), "1");
    harness_end_faults(h);
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* What is older than full_every is not complete, also where no part can be read. */
static void test_overdue(void **state)
{
    struct harness *h = *state;
    start(h, NULL);
    pass_time(h, 30 * 3600);
    mirror_run(h, 0, "full", NULL);
    assert_true(harness_number(h, OLDEST) < 600);
}

/* A run that gets no page by id reads no part, and is complete only while none of them is too old.
 * A clock that was wrong when a part was read tells nothing of its age. */
static void test_part_is_too_old(void **state)
{
    struct harness *h = *state;
    static const char *const read_at[] = {"- INTERVAL 25 HOUR", "+ INTERVAL 1 HOUR"};
    start(h, NULL);
    for (int i = 0; i < 2; i++) {
        harness_sql(h, harness_text(h,
                                    "REPLACE INTO fluent_list_proofs (site_key, low, proven_at) "
                                    "SELECT site_key, 300, UTC_TIMESTAMP() %s FROM "
                                    "fluent_sync_state",
                                    read_at[i]));
        harness_control(h, "{'do':'fault','kind':'status','status':500,'match':'order_by=id'}");
        for (int run = 0; run < 2; run++)
            sync_says(mirror_run(h, 3, "incremental", NULL).err,
                      "longer ago than full_every\nfluent-sync: -> the next run reads it");
        harness_end_faults(h);
        mirror_run(h, 0, "incremental", NULL);
        assert_true(harness_number(h, OLDEST) < 600);
        assert_string_equal(harness_value(h, LAST_IS_OLDEST), "1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_round),   SYNC_TEST(test_no_turn),         SYNC_TEST(test_a_run_a_day),
        SYNC_TEST(test_at_once), SYNC_TEST(test_a_page_fails),    SYNC_TEST(test_site_fails),
        SYNC_TEST(test_overdue), SYNC_TEST(test_part_is_too_old),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
