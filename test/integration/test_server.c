/* test_server: servers as people run them: other sessions' locks, small packets, modes, character
 * sets, automatic ids. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_dbproxy.h"
#include "harness_fault.h"
#include "harness_process.h"

#define PAGES "per_page = 20\nconnections = 1\ndate_filter = 2000-01-01\n"
#define KEPT "SELECT SUM(edits_kept) FROM fluent_tickets"
/* Makes every ticket changed, and every request of a low or normal one with it. */
#define REMAPPED "[map.urgency]\nlow = MEDIUM\nnormal = LOW\nmedium = LOW\n"

static void configure(struct harness *h, const char *sections)
{
    harness_config(h, PAGES, NULL, sections);
}

static void prepare(struct harness *h)
{
    harness_site_of(h, 60);
    configure(h, NULL);
    sync_migrate(h);
}

/* Locks of other sessions */

/* A session that does this; begins it with what `sign` can see. */
static struct process *session(struct harness *h, const char *sql, const char *sign)
{
    struct process *process = harness_session(h, sql);
    sync_wait_until(h, harness_text(h,
                                    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "
                                    "DB = DATABASE() AND INFO LIKE '%s'",
                                    sign));
    return process;
}

/* Ends a session, even one that never notices that its client is gone. */
static void end_session(struct harness *h, struct process *process)
{
    harness_kill_sessions(h);
    harness_wait(h, process);
    harness_await_no_sessions(h);
}

/* The first import is done; the next run changes the requests of tickets 40 to 42. */
static void prepare_updates(struct harness *h)
{
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    for (int id = 40; id <= 42; id++)
        harness_control(h, "{'do':'update','id':%d,'set':{'title':'New title %d'}}", id, id);
    fault_keep(h);
    sync_expect(harness_sync(h, NULL), 0);
}

#define REQUEST_OF(id) "(SELECT request_id FROM fluent_tickets WHERE fluent_id = '" id "')"

/* A session that locks these requests until it is ended. */
static struct process *lock_requests(struct harness *h, const char *where)
{
    return session(h,
                   harness_text(h,
                                "START TRANSACTION; SELECT id FROM requests %s FOR UPDATE; "
                                "DO SLEEP(3600); COMMIT;",
                                where),
                   "DO SLEEP%");
}

#define OF_41 "WHERE id = " REQUEST_OF("41")

/* The session is ended once the program has waited in vain: it ends as if there had been none. */
static void outlasts(struct harness *h, struct process *locker, const char *expected)
{
    struct process *run = harness_sync_start(h, "--verbose", NULL);
    sync_await_words(h, run, "1205");
    harness_sql(h,
                harness_text(h, "KILL %s",
                             harness_value(h, "SELECT ID FROM information_schema.PROCESSLIST "
                                              "WHERE DB = DATABASE() AND INFO LIKE 'DO SLEEP%'")));
    harness_wait(h, locker);
    struct outcome outcome = harness_wait(h, run);
    if (outcome.code != 0) { /* on a slow machine all tries may lie within the session */
        sync_expect(outcome, 6);
        sync_expect(harness_sync(h, NULL), 0);
    }
    fault_same(fault_tables(h), expected, "lock wait");
}

static void test_lock_wait(void **state)
{
    struct harness *h = *state;
    prepare_updates(h);
    char *expected = fault_tables(h);
    fault_restore(h);
    configure(h, "timeout = 2s\n");
    struct process *locker = lock_requests(h, OF_41);
    outlasts(h, locker, expected);
}

static void test_locked_for_good(void **state)
{
    struct harness *h = *state;
    prepare_updates(h);
    char *expected = fault_tables(h);
    fault_restore(h);
    configure(h, "timeout = 2s\n");
    struct process *locker = lock_requests(h, OF_41);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "SHOW PROCESSLIST");
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code)"), "failed 6");
    end_session(h, locker);
    sync_expect(harness_sync(h, NULL), 0);
    fault_same(fault_tables(h), expected, "locked");
}

/* The other session has done more, so that the server ends the program's transaction, not its. */
static void test_deadlock(void **state)
{
    struct harness *h = *state;
    prepare_updates(h);
    char *expected = fault_tables(h);
    fault_restore(h);
    harness_exec(harness_db(h), "CREATE TABLE heavy (id INT PRIMARY KEY)");
    harness_exec(harness_db(h), "START TRANSACTION");
    harness_exec(harness_db(h),
                 "INSERT INTO heavy WITH RECURSIVE seq (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
                 "FROM seq WHERE n < 1000) SELECT n FROM seq");
    harness_exec(harness_db(h),
                 "UPDATE requests SET effort = 'Large' WHERE id = " REQUEST_OF("42"));
    struct process *process = harness_sync_start(h, "--verbose", NULL);
    harness_await_lock_wait(h);
    harness_exec(harness_db(h),
                 "UPDATE requests SET effort = 'Large' WHERE id = " REQUEST_OF("40"));
    harness_exec(harness_db(h), "COMMIT");
    struct outcome outcome = harness_wait(h, process);
    sync_expect(outcome, 0);
    sync_says(outcome.err, "error 1213");
    assert_int_equal(harness_count(h, "requests WHERE effort = 'Large'"), 2);
    harness_exec(harness_db(h), "UPDATE requests SET effort = 'Medium'");
    harness_exec(harness_db(h), "DROP TABLE heavy");
    fault_same(fault_tables(h), expected, "deadlock");
}

/* Pages of more rows than a statement has: 250 tickets at once, all new. */
static char *prepare_large_pages(struct harness *h)
{
    harness_site_of(h, 250);
    harness_config(h, "date_filter = 2000-01-01\n", NULL, "timeout = 2s\n");
    sync_migrate(h);
    return fault_undisturbed(h);
}

static void test_large_page_locked(void **state)
{
    struct harness *h = *state;
    char *expected = prepare_large_pages(h);
    outlasts(h, lock_requests(h, ""), expected);
}

static void test_large_page_refused(void **state)
{
    struct harness *h = *state;
    prepare_large_pages(h);
    sync_expect(harness_sync(h, NULL), 0);
    int64_t late = harness_count(h, "requests WHERE description LIKE '%late%'");
    assert_true(late > 0);
    fault_restore(h);
    harness_sql(h, "ALTER TABLE requests ADD CONSTRAINT never CHECK (description NOT LIKE "
                   "'%late%')");
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_count(h, "fluent_rejects"), late);
    assert_int_equal(harness_count(h, "fluent_tickets"), 250 - late);
    assert_int_equal(harness_count(h, "requests r JOIN fluent_tickets f ON f.request_id = r.id"),
                     250 - late);
}

/* Packets */

static void set_packet(struct harness *h, int bytes)
{
    harness_sql(h, harness_text(h, "SET GLOBAL max_allowed_packet = %d", bytes));
}

/* First all are new, then all are changed; a page is more than a statement may be. */
static void test_small_packets(void **state)
{
    struct harness *h = *state;
    prepare(h);
    fault_keep(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *first = fault_tables(h);
    configure(h, REMAPPED);
    sync_expect(harness_sync(h, NULL), 0);
    char *second = fault_tables(h);
    assert_string_not_equal(first, second);
    fault_restore(h);
    set_packet(h, 32768);
    configure(h, NULL);
    struct outcome one = harness_sync(h, NULL);
    char *small_first = fault_tables(h);
    configure(h, REMAPPED);
    struct outcome two = harness_sync(h, NULL);
    set_packet(h, 1024);
    struct outcome three = harness_sync(h, NULL);
    set_packet(h, 16 << 20);
    sync_expect(one, 0);
    sync_expect(two, 0);
    fault_same(small_first, first, "small packets");
    fault_same(fault_tables(h), second, "small packets, changed");
    sync_expect(three, 6);
    sync_says(three.err, "raise the server's max_allowed_packet");
}

/* A ticket that no statement can hold stops no other. */
static void test_ticket_too_big(void **state)
{
    struct harness *h = *state;
    prepare(h);
    fault_keep(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *without =
        harness_table(h, "SELECT fluent_id, title FROM fluent_tickets ORDER BY fluent_id");
    fault_restore(h);
    char *big = test_malloc(300001);
    memset(big, 'x', 300000);
    big[300000] = '\0';
    harness_control(h, "{'do':'create','ticket':{'id':1000,'content':'%s'}}", big);
    test_free(big);
    set_packet(h, 65536);
    struct outcome outcome = harness_sync(h, NULL);
    set_packet(h, 16 << 20);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "max_allowed_packet");
    assert_string_equal(
        harness_table(h, "SELECT fluent_id, title FROM fluent_tickets ORDER BY fluent_id"),
        without);
    assert_int_equal(harness_count(h, "requests"), 60);
    assert_string_equal(
        harness_table(h, "SELECT reason LIKE '%max\\_allowed\\_packet%' FROM fluent_rejects"),
        "1\n");
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
    assert_int_equal(harness_count(h, "requests"), 61);
}

/* Settings */

/* MySQL takes what stands after M! for a comment. */
static const struct {
    const char *set, *reset;
} SETTINGS[] = {
    {"SET GLOBAL sql_mode = ''", "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = 'TRADITIONAL'", "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = 'ANSI'", "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'", "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'", "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = CONCAT('' /*M! , 'ORACLE' */)", "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = CONCAT('' /*M! , 'EMPTY_STRING_IS_NULL' */)",
     "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL sql_mode = 'NO_ZERO_IN_DATE,NO_ZERO_DATE,PAD_CHAR_TO_FULL_LENGTH'",
     "SET GLOBAL sql_mode = DEFAULT"},
    {"SET GLOBAL autocommit = 0", "SET GLOBAL autocommit = 1"},
    {"SET GLOBAL TRANSACTION ISOLATION LEVEL READ COMMITTED",
     "SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
    {"SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE",
     "SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
    {"SET GLOBAL foreign_key_checks = 0", "SET GLOBAL foreign_key_checks = 1"},
    {"SET GLOBAL character_set_server = latin1, GLOBAL collation_connection = latin1_swedish_ci",
     "SET GLOBAL character_set_server = utf8mb4, GLOBAL collation_connection = utf8mb4_general_ci"},
    {"SET GLOBAL completion_type = 1", "SET GLOBAL completion_type = 0"},
    {"SET GLOBAL wait_timeout = 1, GLOBAL innodb_lock_wait_timeout = 1",
     "SET GLOBAL wait_timeout = 28800, GLOBAL innodb_lock_wait_timeout = 50"},
};

/* From no tables to all tickets stored, then all changed; the tables after both. */
static char *whole_life(struct harness *h, struct outcome outcomes[3])
{
    harness_new_database(h);
    configure(h, NULL);
    outcomes[0] = harness_sync(h, "migrate", "--quiet", NULL);
    outcomes[1] = harness_sync(h, NULL);
    if (outcomes[1].code != 0)
        return harness_text(h, "%s", "");
    char *first = fault_tables(h);
    configure(h, REMAPPED);
    outcomes[2] = harness_sync(h, NULL);
    return harness_text(h, "%s%s%s", first, fault_tables(h), harness_table(h, KEPT));
}

/* What quoting can get wrong, among the tickets. */
static void create_quotes(struct harness *h)
{
    harness_control(h, "[{\"do\":\"create\",\"ticket\":{\"title\":\"it's a \\\"test\\\" \\\\ "
                       "\\\\' \\\\\\\" ; -- `x` %%s ? /* */ \\\\\",\"priority\":\"normal\"}},"
                       "{\"do\":\"create\",\"ticket\":{\"title\":\"\\\\\",\"content\":\"'\","
                       "\"priority\":\"normal\"}},"
                       "{\"do\":\"create\",\"ticket\":{\"title\":\"caf\\u00e9 \\u4f60 "
                       "\\ud83d\\ude00  \",\"priority\":\"normal\"}}]");
}

static void test_settings(void **state)
{
    struct harness *h = *state;
    struct outcome outcomes[3] = {{0}};
    harness_site_of(h, 60);
    create_quotes(h);
    char *expected = whole_life(h, outcomes);
    for (int i = 0; i < 3; i++)
        sync_expect(outcomes[i], 0);
    for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++) {
        harness_sql(h, SETTINGS[i].set);
        char *tables = whole_life(h, outcomes);
        harness_sql(h, SETTINGS[i].reset);
        for (int o = 0; o < 3; o++)
            if (outcomes[o].code != 0)
                fail_msg("%s: exit code %d: %s", SETTINGS[i].set, outcomes[o].code,
                         outcomes[o].err);
        fault_same(tables, expected, SETTINGS[i].set);
    }
    print_message("tried: %zu settings of the server\n", sizeof SETTINGS / sizeof *SETTINGS);
}

/* A server that gives each session a few rows of a result, and no more. */
static void test_limited_results(void **state)
{
    struct harness *h = *state;
    struct outcome outcomes[3];
    prepare(h);
    harness_sql(h, "SET GLOBAL sql_select_limit = 7");
    outcomes[0] = harness_sync(h, NULL);
    harness_control(h, "[{'do':'delete','id':30},{'do':'update','id':40,'set':{'title':'New'}}]");
    outcomes[1] = harness_sync(h, NULL);
    outcomes[2] = harness_sync(h, "--full", NULL);
    harness_sql(h, "SET GLOBAL sql_select_limit = DEFAULT");
    for (int i = 0; i < 3; i++)
        sync_expect(outcomes[i], 0);
    assert_int_equal(harness_count(h, "requests"), 60);
    assert_string_equal(sync_cell(h, 40, "title"), "New");
    assert_string_equal(sync_cell(h, 30, "deleted_at IS NOT NULL"), "1");
}

/* Character sets */

#define QUESTIONS                                                                                  \
    "SELECT COUNT(*) FROM requests WHERE description LIKE '%?%' AND description LIKE '%odd%'"

/* A table of this character set can store `fits` and return it, but not `odd`. */
static void store_in(struct harness *h, const char *charset, const char *fits, const char *odd)
{
    harness_site_of(h, 60);
    configure(h, NULL);
    harness_new_database(h);
    sync_migrate(h);
    harness_sql(h, harness_text(h, "ALTER TABLE requests CONVERT TO CHARACTER SET %s", charset));
    harness_control(h, "{'do':'update','id':40,'set':{'title':'plain','content':'text'}}");
    harness_sync(h, NULL); /* what the generated ones have may not fit either */
    int64_t before = harness_count(h, "fluent_rejects");
    /* One fits; one does not, as a new ticket and as a change. */
    harness_control(h,
                    "[{'do':'create','ticket':{'title':'fits %s','content':'text'}},"
                    "{'do':'create','ticket':{'title':'odd %s'}},"
                    "{'do':'update','id':40,'set':{'title':'odd %s'}}]",
                    fits, odd, odd);
    sync_expect(harness_sync(h, NULL), 3);
    assert_int_equal(harness_count(h, "fluent_rejects"), before + 2);
    assert_int_equal(harness_number(h, QUESTIONS), 0);
    assert_int_equal(harness_count(h, "requests WHERE description LIKE '%odd%'"), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE title LIKE 'odd%'"), 0);
    sync_says(harness_value(h, "SELECT r.description FROM requests r JOIN fluent_tickets f "
                               "ON r.id = f.request_id WHERE f.title LIKE 'fits%'"),
              harness_text(h, "fits %s", fits));
    /* What came out is what went in: nobody edited. */
    sync_expect(harness_sync(h, "--full", NULL), 3);
    assert_int_equal(harness_number(h, KEPT), 0);
    assert_int_equal(atoll(sync_last(h, "tickets_updated")), 0);
}

static void test_character_sets(void **state)
{
    struct harness *h = *state;
    store_in(h, "latin1", "caf\xC3\xA9 \xE2\x82\xAC", "\xE4\xBD\xA0\xE5\xA5\xBD");
    store_in(h, "utf8mb3", "\xE4\xBD\xA0\xE5\xA5\xBD", "\xF0\x9F\x98\x80");
    store_in(h, "ascii", "cafe", "caf\xC3\xA9");
}

/* Automatic ids */

/* The dashboard, writing without a pause until it is killed. */
static struct process *start_writer(struct harness *h)
{
    return session(h,
                   "DROP PROCEDURE IF EXISTS writer;\nDELIMITER $$\nCREATE PROCEDURE writer() "
                   "BEGIN WHILE 1 DO INSERT INTO requests (date, description) VALUES "
                   "('2001-01-01', 'written by hand'), ('2001-01-01', 'written by hand'); "
                   "DO SLEEP(0.002); END WHILE; END$$\nCALL writer()$$\n",
                   "DO SLEEP(0.002)");
}

/* Two sites into one table, and the dashboard beside them. */
static void import_two(struct harness *h, bool at_once)
{
    configure(h, NULL);
    struct process *one = harness_sync_start(h, NULL);
    sync_wait_until(h, "SELECT COUNT(*) FROM fluent_sync_status WHERE site_key = ''");
    if (!at_once)
        sync_expect(harness_wait(h, one), 0);
    harness_config(h, PAGES "site_key = two\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    if (at_once)
        sync_expect(harness_wait(h, one), 0);
}

static void import_beside_writer(struct harness *h, const char *expected, const char *what)
{
    fault_restore(h);
    struct process *writer = start_writer(h);
    import_two(h, true);
    end_session(h, writer);
    int64_t between =
        harness_count(h, "requests WHERE description = 'written by hand' AND id BETWEEN (SELECT "
                         "MIN(id) FROM requests WHERE source = 'fluent') AND (SELECT MAX(id) FROM "
                         "requests WHERE source = 'fluent')");
    assert_true(between > 0);
    harness_sql(h, "DELETE FROM requests WHERE description = 'written by hand'");
    fault_same(fault_tables(h), expected, what);
}

static void test_automatic_ids(void **state)
{
    struct harness *h = *state;
    harness_site_of(h, 200);
    configure(h, NULL);
    sync_migrate(h);
    fault_keep(h);
    import_two(h, false);
    char *expected = fault_tables(h);
    for (int mode = 0; mode < 3; mode++) {
        harness_restart(h, harness_text(h, "--innodb-autoinc-lock-mode=%d", mode));
        assert_int_equal(harness_number(h, "SELECT @@innodb_autoinc_lock_mode"), mode);
        for (int step = 1; step <= 3; step += 2) {
            harness_sql(h, harness_text(h,
                                        "SET GLOBAL auto_increment_increment = %d, "
                                        "GLOBAL auto_increment_offset = %d",
                                        step, step > 1 ? 2 : 1));
            import_beside_writer(h, expected, harness_text(h, "mode %d, step %d", mode, step));
        }
    }
    harness_sql(h, "SET GLOBAL auto_increment_increment = 1, GLOBAL auto_increment_offset = 1");
}

/* An import is as without, and says nothing, when the step of automatic ids changes at the chosen
 * INSERTs of requests. How often it did. */
static long import_with_other_steps(struct harness *h, const char *chosen, const char *value)
{
    struct dbproxy proxy;
    const char *const options[] = {"--fault", "inject",
                                   "--sql",   "SET SESSION auto_increment_increment = 3",
                                   "--match", "^INSERT INTO requests",
                                   chosen,    value,
                                   NULL};
    prepare(h);
    fault_keep(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *expected = fault_tables(h);
    fault_restore(h);
    dbproxy_start(h, &proxy, options);
    struct outcome outcome = harness_sync(h, NULL);
    long faults = dbproxy_stop(h, &proxy).faults;
    sync_expect(outcome, 0);
    assert_string_equal(outcome.err, "");
    fault_same(fault_tables(h), expected, "another step");
    return faults;
}

/* A cluster's step changes while a run goes on. */
static void test_step_changes(void **state)
{
    assert_int_equal(import_with_other_steps(*state, "--at", "2"), 1);
}

/* A server whose ids never are what it promises: then they are taken one at a time. */
static void test_step_never_known(void **state)
{
    assert_true(import_with_other_steps(*state, "--times", "0") > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_lock_wait),          SYNC_TEST(test_locked_for_good),
        SYNC_TEST(test_deadlock),           SYNC_TEST(test_large_page_locked),
        SYNC_TEST(test_large_page_refused), SYNC_TEST(test_small_packets),
        SYNC_TEST(test_ticket_too_big),     SYNC_TEST(test_settings),
        SYNC_TEST(test_limited_results),    SYNC_TEST(test_character_sets),
        SYNC_TEST(test_automatic_ids),      SYNC_TEST(test_step_changes),
        SYNC_TEST(test_step_never_known),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
