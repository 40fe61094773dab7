/* test_history: what [sync] history records can be replayed: each old value of a column is the new
 * one before, and the last is what stands, whatever happens in between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

#define HISTORY "history = yes\n"
#define FLUENT "date_filter = 2000-01-01\nretries = 0\n"
#define HELD(column)                                                                               \
    "(SELECT IF(p.column_name = '', JSON_UNQUOTE(JSON_EXTRACT(p.new_value, "                       \
    "CONCAT('$.', " column "))), p.new_value) FROM fluent_ticket_changes p "                       \
    "WHERE p.ticket_row = x.ticket_row AND p.id < x.id AND p.column_name IN ('', " column ") "     \
    "ORDER BY p.id DESC LIMIT 1)"

/* The columns that are recorded, and how. */
static const struct {
    const char *name, *value;
} COLUMNS[] = {
    {"created_at", "f.created_at"},
    {"updated_at_fluent", "f.updated_at_fluent"},
    {"ticket_status", "f.ticket_status"},
    {"customer_id", "f.customer_id"},
    {"mailbox_id", "f.mailbox_id"},
    {"title", "f.title"},
    {"customer_message", "LEFT(SHA2(f.customer_message, 256), 32)"},
    {"priority", "f.priority"},
    {"product_id", "f.product_id"},
    {"product_name", "f.product_name"},
    {"agent_id", "f.agent_id"},
    {"resolved_at", "f.resolved_at"},
    {"response_count", "f.response_count"},
    {"deleted_at", "f.deleted_at"},
    {"invisible_since", "f.invisible_since"},
    {"left_scope_at", "f.left_scope_at"},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

/* Every chain holds, and its end is what stands. */
static void assert_replays(struct harness *h)
{
    assert_string_equal(
        harness_table(
            h, "SELECT x.id, x.fluent_id, x.column_name, x.old_value FROM "
               "fluent_ticket_changes x WHERE x.column_name <> '' AND NOT "
               "(CAST(x.old_value AS BINARY) <=> CAST(" HELD("x.column_name") " AS BINARY))"),
        "");
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const char *sql = harness_text(
            h,
            "SELECT x.fluent_id, '%s', x.stands FROM (SELECT f.id AS ticket_row, f.fluent_id, "
            "CAST(%s AS CHAR) AS stands, 1 << 60 AS id FROM fluent_tickets f WHERE EXISTS "
            "(SELECT 1 FROM fluent_ticket_changes b WHERE b.ticket_row = f.id)) AS x WHERE NOT "
            "(CAST(x.stands AS BINARY) <=> CAST(" HELD("'%s'") " AS BINARY))",
            COLUMNS[c].name, COLUMNS[c].value, COLUMNS[c].name, COLUMNS[c].name);
        assert_string_equal(harness_table(h, sql), "");
    }
}

static void prepare(struct harness *h, int tickets)
{
    sync_prepare(h, tickets, FLUENT, HISTORY, NULL);
}

static char *changes_of(struct harness *h, int ticket)
{
    return harness_table(
        h, harness_text(h,
                        "SELECT column_name, old_value, new_value, cause FROM "
                        "fluent_ticket_changes WHERE fluent_id = '%d' AND column_name NOT IN "
                        "('', 'updated_at_fluent', 'deleted_at') ORDER BY id",
                        ticket));
}

static void test_a_change_is_recorded_once(void **state)
{
    struct harness *h = *state;
    prepare(h, 3);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, "SELECT fluent_id, column_name FROM fluent_ticket_changes "
                                         "ORDER BY fluent_id"),
                        "1\t\n2\t\n3\t\n");
    assert_replays(h);
    harness_control(h, "{'do':'update','id':2,'set':{'status':'active','priority':'dire'}}");
    sync_expect(harness_sync(h, NULL), 0);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    char *changes = changes_of(h, 2);
    sync_says(changes, "\tdire\tsite\n");
    assert_string_equal(harness_value(h, "SELECT COUNT(*) FROM fluent_ticket_changes WHERE "
                                         "column_name = 'priority'"),
                        "1");
    assert_replays(h);
    struct outcome shown = harness_sync(h, "show", "2", NULL);
    sync_expect(shown, 0);
    sync_says(shown.out, "\nSEEN ");
    sync_says(shown.out, " dire");
    cJSON *json = sync_json(harness_sync(h, "show", "2", "--json", NULL).out);
    const cJSON *history = cJSON_GetObjectItem(json, "history");
    assert_int_equal(cJSON_GetArraySize(history),
                     harness_number(h, "SELECT COUNT(*) FROM fluent_ticket_changes WHERE fluent_id "
                                       "= '2' AND column_name <> ''"));
    cJSON_Delete(json);
}

/* Without the key nothing is recorded; afterwards the gap is one change. */
static void test_a_gap_is_bridged(void **state)
{
    struct harness *h = *state;
    prepare(h, 2);
    sync_expect(harness_sync(h, NULL), 0);
    harness_config(h, FLUENT, NULL, NULL);
    harness_control(h, "{'do':'update','id':1,'set':{'title':'Second'}}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_ticket_changes"), 2);
    harness_config(h, FLUENT, HISTORY, NULL);
    harness_control(h, "{'do':'update','id':1,'set':{'title':'Third'}}");
    sync_expect(harness_sync(h, NULL), 0);
    char *titles = harness_table(h, "SELECT old_value <> 'Second', new_value FROM "
                                    "fluent_ticket_changes WHERE column_name = 'title' "
                                    "ORDER BY id");
    assert_string_equal(titles, "1\tSecond\n0\tThird\n");
    assert_replays(h);
}

static void test_deleted_and_returned(void **state)
{
    struct harness *h = *state;
    prepare(h, 4);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "[{'do':'delete','id':2},{'do':'hide','id':3}]");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    harness_control(h, "[{'do':'create','ticket':{'id':2}},{'do':'show','id':3}]");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_replays(h);
    assert_int_equal(harness_number(h, "SELECT COUNT(*) FROM fluent_ticket_changes WHERE "
                                       "column_name = 'invisible_since'"),
                     2);
    assert_true(harness_number(h, "SELECT COUNT(*) FROM fluent_ticket_changes WHERE "
                                  "column_name = 'deleted_at'") >= 1);
}

/* What is dropped is gone from the history too, from where it began as well. */
static void test_dropped(void **state)
{
    struct harness *h = *state;
    prepare(h, 0);
    harness_control(h, "{'do':'create','ticket':{'id':1,'title':'qvx one','status':'new'}}");
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'update','id':1,'set':{'title':'qvx two','status':'active'}}");
    sync_expect(harness_sync(h, NULL), 0);
    sync_says(harness_table(h, "SELECT new_value FROM fluent_ticket_changes"), "qvx one");
    harness_config(h, FLUENT, HISTORY, "[privacy]\ndrop = title\n");
    sync_expect(harness_sync(h, NULL), 0);
    sync_says_not(sync_dump(h), "qvx");
    assert_replays(h);
    harness_config(h, FLUENT, HISTORY, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(changes_of(h, 1), harness_text(h, "%stitle\tNULL\tqvx two\tconfig\n",
                                                       "ticket_status\tnew\tactive\tsite\n"));
    assert_replays(h);
}

static void test_old_changes_are_removed(void **state)
{
    struct harness *h = *state;
    prepare(h, 1);
    sync_expect(harness_sync(h, NULL), 0);
    for (int i = 1; i <= 3; i++) {
        harness_control(h, "{'do':'update','id':1,'set':{'title':'Title %d'}}", i);
        sync_expect(harness_sync(h, NULL), 0);
    }
    harness_sql(h, "UPDATE fluent_ticket_changes SET seen_at = seen_at - INTERVAL 3 YEAR");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(harness_table(h, "SELECT column_name, new_value FROM fluent_ticket_changes "
                                         "WHERE column_name = 'title'"),
                        "title\tTitle 3\n");
    harness_control(h, "{'do':'update','id':1,'set':{'title':'Title 4'}}");
    sync_expect(harness_sync(h, NULL), 0);
    sync_says(changes_of(h, 1), "title\tTitle 3\tTitle 4\tsite\n");
}

/* Another site's tickets have a history of their own. */
static void test_another_site(void **state)
{
    struct harness *h = *state;
    prepare(h, 2);
    sync_expect(harness_sync(h, NULL), 0);
    int64_t first = harness_number(h, "SELECT MAX(id) FROM fluent_ticket_changes");
    harness_control(h, "{'do':'site','home':'https://other.example'}");
    sync_expect(harness_sync(h, "--accept-site", NULL), 0);
    harness_control(h, "{'do':'update','id':1,'set':{'title':'Of the other site'}}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_true(harness_number(h, "SELECT MIN(id) FROM fluent_ticket_changes") > first);
    sync_says(harness_table(h, "SELECT new_value FROM fluent_ticket_changes"), "Of the other site");
    assert_replays(h);
}

/* Random histories */

enum { STEPS = 120, TICKETS = 12 };

static unsigned pick(unsigned *seed, unsigned n)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % n;
}

/* Which of the site's tickets there are. */
static bool there[TICKETS + 1];

static void change_ticket(struct harness *h, unsigned id, unsigned *seed)
{
    static const char *const statuses[] = {"new", "active", "closed", "waiting"};
    if (pick(seed, 5) == 0) /* a ticket that cannot be stored, or that can be again */
        harness_control(h, "{'do':'update','id':%u,'set':{'created_at':%s}}", id,
                        pick(seed, 2) ? "null" : "'2026-01-02T03:04:05+00:00'");
    else
        harness_control(h, "{'do':'update','id':%u,'set':{'status':'%s','title':'T%u'}}", id,
                        statuses[pick(seed, 4)], pick(seed, 5));
}

static void change_site(struct harness *h, unsigned *seed)
{
    unsigned id = 1 + pick(seed, TICKETS), what = pick(seed, 8);
    if (what == 0)
        harness_control(h, "{'do':'hide_random','count':1}");
    else if (what == 1)
        harness_control(h, "{'do':'show_random','count':1}");
    else if (!there[id]) /* its id comes again */
        harness_control(h, "{'do':'create','ticket':{'id':%u}}", id);
    else if (what == 2)
        harness_control(h, "{'do':'delete','id':%u}", id);
    else
        change_ticket(h, id, seed);
    there[id] = what < 2 ? there[id] : what != 2 || !there[id];
}

/* In one of eight steps. Returns whether a history is kept now. */
static bool change_configuration(struct harness *h, unsigned *seed)
{
    static unsigned now;
    static const char *const sync[] = {HISTORY, HISTORY, HISTORY "timezone = Asia/Tokyo\n", "",
                                       HISTORY "raw_data = none\n"};
    static const char *const sections[] = {NULL, "[scope]\ntickets = closed\n",
                                           "[privacy]\ndrop = title, priority\n"};
    if (pick(seed, 8) == 0)
        now = pick(seed, 15);
    harness_config(h, FLUENT, sync[now % 5], sections[now % 3]);
    return sync[now % 5][0] != '\0';
}

static void test_random_histories(void **state)
{
    struct harness *h = *state;
    unsigned seed = 20261127;
    prepare(h, TICKETS);
    memset(there, true, sizeof there);
    for (int step = 0; step < STEPS; step++) {
        for (unsigned n = pick(&seed, 4); n > 0; n--)
            change_site(h, &seed);
        bool kept = change_configuration(h, &seed);
        struct outcome outcome =
            harness_sync(h, pick(&seed, 3) ? "--full" : "-q", "--max-deletes=100%", NULL);
        if (outcome.code != 3) /* rejects */
            sync_expect(outcome, 0);
        if (kept)
            assert_replays(h);
    }
    assert_true(harness_count(h, "fluent_ticket_changes") > STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_a_change_is_recorded_once), SYNC_TEST(test_a_gap_is_bridged),
        SYNC_TEST(test_deleted_and_returned),      SYNC_TEST(test_dropped),
        SYNC_TEST(test_old_changes_are_removed),   SYNC_TEST(test_another_site),
        SYNC_TEST(test_random_histories),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
