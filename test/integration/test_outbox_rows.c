/* test_outbox_rows: the rows of fluent_outbox: what is read, written, counted and looked for. */
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"
#include "store/outbox.h"
#include "store/request_schema.h"

static struct db *db;
static struct store *store;
static struct arena arena;

/* A store of `key` beside a mirror of ten tickets. */
static void open_store(struct harness *h, const char *key)
{
    struct error error = ERROR_INIT;
    db = harness_db(h);
    assert_int_equal(store_open(&store, db, key, false, &error), 0);
}

static void prepare(struct harness *h, const char *fluent)
{
    sync_prepare(h, 10, fluent, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    open_store(h, "");
}

static void close_store(void)
{
    store_close(store);
    arena_release(&arena);
}

static struct outbox_list read_rows(enum outbox_which which)
{
    struct error error = ERROR_INIT;
    struct outbox_list found;
    if (store_read_outbox(store, which, &found, &arena, &error) < 0)
        fail_msg("%s", error.message);
    return found;
}

static struct outbox_row read_row(int64_t id)
{
    struct error error = ERROR_INIT;
    struct outbox_list found;
    assert_int_equal(store_read_outbox_row(store, id, &found, &arena, &error), 0);
    assert_int_equal(found.count, 1);
    return found.rows[0];
}

static bool save(const struct outbox_row *row, enum outbox_state was)
{
    struct error error = ERROR_INIT;
    bool saved;
    if (store_save_outbox(store, row, was, &saved, &error) < 0)
        fail_msg("%s", error.message);
    return saved;
}

static int64_t add(struct outbox_row row)
{
    struct error error = ERROR_INIT;
    if (store_add_outbox(store, &row, &error) < 0)
        fail_msg("%s", error.message);
    return row.id;
}

static void assert_recent(int64_t instant)
{
    int64_t now = clock_wall_ms() / 1000;
    assert_in_range(instant, now - 600, now + 600);
}

/* What a dashboard inserts is read as it stands, in the order of tickets. */
static void test_dashboard_inserts(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_sql(h, "SET time_zone = '+05:30'; INSERT INTO fluent_outbox (fluent_id, action, field, "
                   "value, content, requested_by) VALUES "
                   "('10', 'close', NULL, NULL, NULL, 'ann'), "
                   "('9', 'set', 'priority', 'critical', NULL, NULL), "
                   "('9', 'reply', NULL, NULL, 'Grüße \\\\ <b>', 'bob'), "
                   "('shop:1', 'note', NULL, NULL, 'elsewhere', NULL)");
    struct outbox_list found = read_rows(OUTBOX_OPEN);
    assert_int_equal(found.count, 3);
    const struct outbox_row *set = &found.rows[0], *reply = &found.rows[1],
                            *closing = &found.rows[2];
    assert_int_equal(set->ticket, 9);
    assert_int_equal(set->action, OUTBOX_SET);
    assert_int_equal(set->field, OUTBOX_PRIORITY);
    assert_string_equal(set->value, "critical");
    assert_null(set->requested_by);
    assert_int_equal(reply->action, OUTBOX_REPLY);
    assert_string_equal(reply->content, "Grüße \\ <b>");
    assert_string_equal(reply->requested_by, "bob");
    assert_int_equal(closing->ticket, 10);
    assert_string_equal(closing->fluent_id, "10");
    assert_int_equal(closing->state, OUTBOX_PENDING);
    assert_false(closing->edit);
    /* Whatever the zone of the dashboard's session. */
    assert_recent(closing->created);
    close_store();
    open_store(h, "shop");
    found = read_rows(OUTBOX_OPEN);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.rows[0].ticket, 1);
    close_store();
}

/* The rights that docs/two-ways.md gives the dashboard are enough to ask for something and to see
 * what became of it, and for nothing else. */
static void test_dashboard_rights(void **state)
{
    static const char RIGHTS[] =
        "GRANT SELECT, INSERT (fluent_id, action, field, value, content, requested_by) ON "
        "dashboard.fluent_outbox TO 'dashboard'@'localhost';";
    static const char ASK[] = "INSERT INTO fluent_outbox (fluent_id, action, content, "
                              "requested_by) VALUES ('3', 'reply', "
                              "'Done, please have a look.', 'Ann')";
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    struct db *dashboard;
    struct db_options options = harness_db_options(h);
    prepare(h, NULL);
    sync_says(harness_read(h, SOURCE_DIR "/docs/two-ways.md"), RIGHTS);
    harness_sql(h, "DROP USER IF EXISTS 'dashboard'@'localhost'; CREATE USER "
                   "'dashboard'@'localhost'");
    harness_sql(h, "GRANT SELECT, INSERT (fluent_id, action, field, value, content, requested_by) "
                   "ON fluent_outbox TO 'dashboard'@'localhost'");
    options.user = harness_text(h, "dashboard");
    options.password = (struct secret){0};
    if (db_open(&dashboard, &options, 0, NULL, &error) < 0)
        fail_msg("%s", error.message);
    harness_exec(dashboard, ASK);
    assert_int_equal(read_rows(OUTBOX_OPEN).count, 1);
    assert_int_equal(db_exec(dashboard, "UPDATE fluent_outbox SET state = 'done'", NULL, 0, &error),
                     -1);
    assert_int_equal(
        db_exec(
            dashboard,
            "INSERT INTO fluent_outbox (fluent_id, action, state) VALUES ('3', 'close', 'done')",
            NULL, 0, &error),
        -1);
    db_close(dashboard);
    harness_sql(h, "DROP USER 'dashboard'@'localhost'");
    close_store();
}

/* A session that is not strict stores '' for a word that the column does not have. */
static void test_unknown_words(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_sql(h,
                "SET SESSION sql_mode = ''; INSERT INTO fluent_outbox (fluent_id, action, field) "
                "VALUES ('1', 'explode', 'colour'), ('abc', 'close', NULL)");
    struct outbox_list found = read_rows(OUTBOX_OPEN);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.rows[0].ticket, 0);
    assert_int_equal(found.rows[1].action, OUTBOX_ACTIONS);
    assert_int_equal(found.rows[1].field, OUTBOX_FIELDS);
    close_store();
}

/* requested_by is the dashboard's to choose: only a field with a column of requests has edits. */
static void test_edits_in_name_alone(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, requested_by) VALUES "
                   "('1', 'set', 'priority', 'edit'), ('2', 'set', 'title', 'edit'), "
                   "('3', 'reply', 'priority', 'edit'), ('4', 'set', NULL, 'edit')");
    struct outbox_list found = read_rows(OUTBOX_OPEN);
    assert_int_equal(found.count, 4);
    for (size_t i = 0; i < found.count; i++)
        assert_int_equal(found.rows[i].edit, i == 0);
    close_store();
}

static void test_added_and_saved(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    struct outbox_row row = {.fluent_id = "3",
                             .action = OUTBOX_SET,
                             .field = OUTBOX_PRODUCT,
                             .state = OUTBOX_PENDING,
                             .value = "2",
                             .wanted = "Hosting",
                             .requested_by = OUTBOX_BY_EDIT};
    row = read_row(add(row));
    assert_true(row.edit);
    assert_int_equal(row.field, OUTBOX_PRODUCT);
    assert_string_equal(row.wanted, "Hosting");
    assert_int_equal(row.sent, 0);
    row.state = OUTBOX_SENDING;
    row.attempts = 1;
    row.answered = true;
    row.before = "1";
    row.sent_site = 1790000000;
    assert_true(save(&row, OUTBOX_PENDING));
    assert_false(save(&row, OUTBOX_PENDING)); /* somebody else changed it meanwhile */
    row = read_row(row.id);
    assert_int_equal(row.state, OUTBOX_SENDING);
    assert_true(row.answered);
    assert_string_equal(row.before, "1");
    assert_int_equal(row.sent_site, 1790000000);
    assert_recent(row.sent);
    harness_sql(h, "UPDATE fluent_outbox SET sent_at = '2026-01-01 10:00:00'");
    row.state = OUTBOX_DONE;
    row.remote_id = 77;
    assert_true(save(&row, OUTBOX_SENDING));
    assert_string_equal(
        harness_table(h, "SELECT state, remote_id, sent_at, ended_at IS NULL FROM fluent_outbox"),
        "done\t77\t2026-01-01 10:00:00\t0\n");
    assert_int_equal(read_rows(OUTBOX_OPEN).count, 0);
    assert_int_equal(read_rows(OUTBOX_ALL).count, 1);
    close_store();
}

/* Of cancelled rows only edits are of interest to a push. */
static void test_cancelled(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, requested_by, state) "
                   "VALUES ('1', 'set', 'priority', 'edit', 'cancelled'), "
                   "('1', 'close', NULL, 'edith', 'cancelled'), "
                   "('1', 'close', NULL, NULL, 'cancelled')");
    struct outbox_list found = read_rows(OUTBOX_OPEN);
    assert_int_equal(found.count, 1);
    assert_true(found.rows[0].edit);
    close_store();
}

/* An edit that was never sent vanishes; nothing else does. */
static void test_dropped(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    prepare(h, NULL);
    harness_sql(h, "INSERT INTO fluent_outbox (id, fluent_id, action, requested_by, state, "
                   "attempts) VALUES (1, '1', 'set', 'edit', 'pending', 0), "
                   "(2, '1', 'set', 'edit', 'sending', 0), (3, '1', 'set', 'edit', 'failed', 1), "
                   "(4, '1', 'set', 'ann', 'pending', 0), (5, '1', 'set', 'edit', 'held', 0), "
                   "(6, 'shop:1', 'set', 'edit', 'pending', 0)");
    for (int64_t id = 1; id <= 6; id++)
        assert_int_equal(store_drop_outbox(store, id, &error), 0);
    assert_string_equal(harness_table(h, "SELECT id FROM fluent_outbox ORDER BY id"),
                        "2\n3\n4\n6\n");
    close_store();
}

static void test_counted(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    struct outbox_counts counts;
    bool returned;
    prepare(h, NULL);
    assert_int_equal(store_count_outbox(store, &counts, &error), 0);
    assert_int_equal(counts.oldest_sending_s, -1);
    harness_sql(h,
                "INSERT INTO fluent_outbox (fluent_id, action, state, remote_id, sent_at) VALUES "
                "('1', 'close', 'pending', NULL, NULL), ('2', 'close', 'pending', NULL, NULL), "
                "('1', 'set', 'held', NULL, NULL), ('shop:1', 'close', 'failed', NULL, NULL), "
                "('3', 'reply', 'done', NULL, NULL), "
                "('3', 'note', 'sending', NULL, UTC_TIMESTAMP() - INTERVAL 2 HOUR), "
                "('4', 'note', 'sending', NULL, UTC_TIMESTAMP())");
    assert_int_equal(store_count_outbox(store, &counts, &error), 0);
    assert_int_equal(counts.states[OUTBOX_PENDING], 2);
    assert_int_equal(counts.states[OUTBOX_SENDING], 2);
    assert_int_equal(counts.states[OUTBOX_HELD], 1);
    assert_int_equal(counts.states[OUTBOX_FAILED], 0);
    assert_int_equal(counts.states[OUTBOX_DONE], 1);
    assert_in_range(counts.oldest_sending_s, 7200, 7800);
    /* The clock was ahead when it was sent. */
    harness_sql(h, "UPDATE fluent_outbox SET sent_at = UTC_TIMESTAMP() + INTERVAL 1 DAY "
                   "WHERE fluent_id = '4'");
    assert_int_equal(store_count_outbox(store, &counts, &error), 0);
    assert_in_range(counts.oldest_sending_s, 85800, 86400);
    assert_int_equal(store_marker_returned(store, &returned, &error), 0);
    assert_false(returned);
    harness_sql(h, "UPDATE fluent_outbox SET remote_id = 5 WHERE action = 'reply'");
    assert_int_equal(store_marker_returned(store, &returned, &error), 0);
    assert_true(returned);
    close_store();
}

static struct edited_rows edited(int64_t since)
{
    static const struct mapping_pairs none;
    struct error error = ERROR_INIT;
    struct request_schema schema;
    struct dashboard requests;
    struct edited_rows found;
    assert_int_equal(store_request_schema(store, &none, &schema, &requests, &error), 0);
    assert_int_equal(store_find_edited(store, since, 0, &found, &error), 0);
    return found;
}

/* Requests that changed since then, but for those that no push may touch. */
static void test_edits_found(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_sql(h, "UPDATE requests SET updated_at = '2026-01-01 10:00:00'");
    assert_int_equal(edited(0).count, harness_count(h, "fluent_tickets"));
    assert_int_equal(edited(1790000000).count, 0);
    sync_edit(h, 3, "urgency = 'LOW'");
    sync_edit(h, 4, "urgency = 'LOW', status = 'ignored'");
    sync_edit(h, 5, "urgency = 'LOW'");
    harness_sql(h, "UPDATE fluent_tickets SET deleted_at = UTC_TIMESTAMP() WHERE fluent_id = '5'");
    struct edited_rows found = edited(1790000000);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.ids[0],
                     harness_number(h, "SELECT id FROM fluent_tickets WHERE fluent_id = '3'"));
    close_store();
}

static void test_base_written(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    prepare(h, NULL);
    int64_t row = harness_number(h, "SELECT id FROM fluent_tickets WHERE fluent_id = '3'");
    assert_int_equal(store_write_base(store, row, cell_of("{}"), &error), 0);
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_tickets WHERE base = '{}'"),
                        "3\n");
    close_store();
}

/* Each in the site's own spelling, the most frequent first. */
static void test_known_values(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    struct known_values found;
    prepare(h, NULL);
    harness_sql(h, "UPDATE fluent_tickets SET priority = 'normal', product_id = NULL;"
                   "UPDATE fluent_tickets SET priority = 'Critical', product_id = '2', "
                   "product_name = 'Hosting' WHERE fluent_id + 0 <= 3;"
                   "UPDATE fluent_tickets SET priority = 'critical' WHERE fluent_id = '3';"
                   "UPDATE fluent_tickets SET priority = 'gone', deleted_at = UTC_TIMESTAMP() "
                   "WHERE fluent_id = '10'");
    assert_int_equal(store_known_values(store, OUTBOX_PRIORITY, &found, &arena, &error), 0);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.rows[0].value, "normal");
    assert_string_equal(found.rows[1].value, "Critical");
    assert_string_equal(found.rows[2].value, "critical");
    assert_int_equal(store_known_values(store, OUTBOX_PRODUCT, &found, &arena, &error), 0);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.rows[0].value, "2");
    assert_string_equal(found.rows[0].title, "Hosting");
    close_store();
}

/* The place is the server's and the database's; it is there before any run was. */
static void test_push_state(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    struct push_state push;
    prepare(h, NULL);
    assert_int_equal(store_read_push_state(store, &push, &arena, &error), 0);
    assert_null(push.place_before);
    assert_int_equal(push.looked_at, 0);
    assert_recent(push.now);
    assert_string_equal(push.place_now, harness_value(h, "SELECT CONCAT(@@hostname, ':', @@port, "
                                                         "'/', DATABASE())"));
    const char *place = harness_text(h, "%s", push.place_now);
    push.looked_at = 1790000000;
    push.looked_at_all = 1780000000;
    assert_int_equal(store_write_push_state(store, &push, &error), 0);
    assert_int_equal(store_read_push_state(store, &push, &arena, &error), 0);
    assert_string_equal(push.place_before, place);
    assert_int_equal(push.looked_at, 1790000000);
    assert_int_equal(push.looked_at_all, 1780000000);
    close_store();
    open_store(h, "new");
    assert_int_equal(store_read_push_state(store, &push, &arena, &error), 0);
    assert_string_equal(push.place_now, place);
    assert_null(push.place_before);
    close_store();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_dashboard_inserts), SYNC_TEST(test_dashboard_rights),
        SYNC_TEST(test_unknown_words),     SYNC_TEST(test_edits_in_name_alone),
        SYNC_TEST(test_added_and_saved),   SYNC_TEST(test_cancelled),
        SYNC_TEST(test_dropped),           SYNC_TEST(test_counted),
        SYNC_TEST(test_edits_found),       SYNC_TEST(test_base_written),
        SYNC_TEST(test_known_values),      SYNC_TEST(test_push_state),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
