/* test_many_sites: what is done about one of many sites keeps to the rows of that site. */
#include <stdio.h>
#include <string.h>

#include "harness_fault.h"
#include "store/conversations.h"
#include "store/history.h"
#include "store/rejects.h"
#include "store/runs.h"
#include "store/state.h"
#include "store/store.h"
#include "store/walk_pages.h"

/* The neighbours of the one in the middle, by the order of the keys. */
static const char *const KEYS[] = {"a", "b", "c"};
enum { FIRST, MIDDLE, LAST, SITES };

/* Locks */

/* A row of everything that a run removes, and of what it finds there. */
static void add_rows(struct harness *h, const char *key, const char *id)
{
    harness_sql(
        h,
        harness_text(
            h,
            "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, last_seen) "
            "VALUES "
            "('%1$s', '%1$s:#position %2$s', '', '2026-01-01', '2026-01-01'), ('%1$s', "
            "'%1$s:%2$s#conversation', '', '2026-01-01', '2026-01-01');"
            "INSERT INTO fluent_walk_pages (site_key, walk_id, low, high, row_count, ids) VALUES "
            "('%1$s', 1, %2$s, %2$s, 1, '');"
            "INSERT INTO fluent_ticket_changes (site_key, ticket_row, fluent_id, run_id, seen_at, "
            "column_name, cause) VALUES ('%1$s', %2$s, '%1$s:%2$s', 1, UTC_TIMESTAMP(), 'title', "
            "'site');"
            "INSERT INTO fluent_conversations (site_key, fluent_id, listed, changed_at) VALUES "
            "('%1$s', '%1$s:%2$s', '', UTC_TIMESTAMP());"
            "INSERT INTO fluent_responses (site_key, response_id, fluent_id, type, fingerprint) "
            "VALUES ('%1$s', %2$s, '%1$s:%2$s', 'note', '');"
            "INSERT INTO fluent_sync_status (site_key, last_sync_status, last_sync_at) VALUES "
            "('%1$s', 'success', UTC_TIMESTAMP()), ('%1$s', 'in_progress', UTC_TIMESTAMP())",
            key, id));
}

/* All that a run removes of its site, in one transaction. */
static void remove_rows(struct store *store)
{
    struct error error = ERROR_INIT;
    int64_t removed;
    assert_int_equal(store_clear_nameless(store, 1, &error), 0);
    assert_int_equal(store_clear_conversations(store, REJECTS_OF_GONE_TICKETS, &error), 0);
    assert_int_equal(store_forget_rejects(store, 1, &error), 0);
    assert_int_equal(store_end_walk(store, &error), 0);
    assert_int_equal(store_history_trim(store, 0, 100, &removed, &error), 0);
    for (int what = REMOVE_RESPONSES; what <= REMOVE_CONVERSATIONS; what++)
        assert_int_equal(
            store_remove_conversations(store, (enum conversation_removal)what, &removed, &error),
            0);
    assert_int_equal(store_close_interrupted(store, &error), 0);
    assert_int_equal(store_trim_runs(store, 1, &error), 0);
}

/* Nobody waits for the transaction of a run that removes rows of its site: rows of the sites before
 * and behind it are added meanwhile. */
static void test_locks(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    struct store *store = NULL;
    sync_prepare(h, 1, NULL, NULL, NULL);
    for (int i = 0; i < SITES; i++)
        add_rows(h, KEYS[i], "5");
    add_rows(h, KEYS[MIDDLE], "6");
    assert_int_equal(store_open(&store, harness_db(h), KEYS[MIDDLE], false, &error), 0);
    assert_int_equal(store_acquire(store, 60, &error), 0);
    assert_int_equal(store_begin(store, &error), 0);
    remove_rows(store);
    harness_sql(h, "SET GLOBAL innodb_lock_wait_timeout = 1");
    for (int i = 0; i < SITES; i += 2)
        for (int id = 4; id < 8; id += 3)
            add_rows(h, KEYS[i], harness_text(h, "%d", id));
    assert_int_equal(store_commit(store, &error), 0);
    store_close(store);
    assert_int_equal(harness_count(h, "fluent_rejects WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_walk_pages WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_ticket_changes WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_responses WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_conversations WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_sync_status WHERE site_key = 'b'"), 1);
    assert_int_equal(harness_count(h, "fluent_rejects"), 12);
    assert_int_equal(harness_count(h, "fluent_sync_status WHERE last_sync_status = 'in_progress'"),
                     6);
    harness_sql(h, "DELETE FROM fluent_sync_status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_locks),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
