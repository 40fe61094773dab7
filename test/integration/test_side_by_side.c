/*
 * test_side_by_side: a first import writes two pages at the same time, on two connections. Whatever
 * happens to one of them, the tables hold what one connection makes of the same site.
 */
#include <stdlib.h>

#include "harness_accounts.h"
#include "harness_fault.h"

enum {
    TICKETS = 300,
    IN_SCOPE = 270,
    ODD = 76,   /* a ticket in the middle of those that the head does not hold */
    EARLY = 151 /* one of the first of these */
};

/* Whoever has this lock decides when a run goes on that waits for it. The run waits for much longer
 * than a test needs, also on a slow machine. */
#define GATE "DO GET_LOCK('gate', 60)"
#define PATIENT "[mysql]\ntimeout = 100s\n"

/* A new database, and pages of 20, so that most have one before and one behind. The walk reads the
 * newest tickets first. */
static void renew(struct harness *h)
{
    harness_new_database(h);
    harness_config(h, "per_page = 20\nconnections = 2\n", NULL, NULL);
    sync_migrate(h);
    harness_sql(h, "CREATE TABLE written (connection BIGINT NOT NULL);"
                   "CREATE TRIGGER watch AFTER INSERT ON fluent_tickets FOR EACH ROW "
                   "INSERT INTO written VALUES (CONNECTION_ID())");
}

/* Returns what one connection makes of the site, whose tickets it has on one page; then there is a
 * new database. */
static char *prepare(struct harness *h)
{
    sync_prepare(h, TICKETS, "per_page = 500\n", NULL, NULL);
    char *expected = fault_undisturbed(h);
    renew(h);
    return expected;
}

static int64_t connections(struct harness *h)
{
    return harness_number(h, "SELECT COUNT(DISTINCT connection) FROM written");
}

/* The ticket's row is not written before `then` is done, a statement of a trigger. */
static void odd_ticket(struct harness *h, int ticket, const char *then)
{
    harness_sql(h, harness_text(h,
                                "CREATE TRIGGER odd BEFORE INSERT ON fluent_tickets FOR EACH ROW "
                                "BEGIN IF NEW.fluent_id = '%d' THEN %s; END IF; END",
                                ticket, then));
}

static void odd(struct harness *h, const char *then)
{
    odd_ticket(h, ODD, then);
}

static void expect_all(struct harness *h, const char *expected, const char *what)
{
    fault_same(fault_tables(h), expected, what);
    fault_tidy(h, what);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, tickets_fetched, "
                                     "tickets_added, tickets_updated, tickets_unchanged)"),
                        "success 300 270 0 0");
}

/* Two connections write, and the pages are recorded in their order. */
static void test_in_order(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    struct db *gate = harness_db(h);
    harness_sql(h, "CREATE TABLE recorded (n INT PRIMARY KEY AUTO_INCREMENT, low BIGINT);"
                   "CREATE TRIGGER pages AFTER INSERT ON fluent_walk_pages FOR EACH ROW "
                   "INSERT INTO recorded (low) VALUES (NEW.low)");
    /* One connection to the site gives the pages in their order. One of them is not stored before
     * both connections to the database have written. */
    harness_config(h, "per_page = 20\nconnections = 1\n", NULL, PATIENT);
    harness_exec(gate, GATE);
    odd(h, GATE);
    struct process *run = harness_sync_start(h, NULL);
    sync_wait_until(h, "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; "
                       "SELECT COUNT(DISTINCT connection) = 2 FROM written");
    harness_exec(gate, "DO RELEASE_LOCK('gate')");
    sync_expect(harness_wait(h, run), 0);
    expect_all(h, expected, "two connections");
    assert_int_equal(connections(h), 2);
    assert_true(harness_count(h, "recorded") > 10);
    assert_int_equal(harness_count(h, "recorded a JOIN recorded b ON a.n < b.n AND a.low <= b.low"),
                     0);
}

/* The transaction of a page is rolled back once: the page is written again. */
static void test_deadlock(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    harness_sql(h, "CREATE TABLE blows (n INT) ENGINE=MyISAM");
    odd(h, "IF NOT EXISTS (SELECT * FROM blows) THEN INSERT INTO blows VALUES (1); "
           "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "blows"), 1);
    expect_all(h, expected, "a deadlock");
}

/* The page before waits for a row of the page behind it, which waits for its turn: no server sees
 * that this is a deadlock. */
static void test_waiting_for_each_other(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    harness_config(h, "per_page = 20\nconnections = 2\n", NULL, "[mysql]\ntimeout = 3s\n");
    harness_sql(h, "CREATE TABLE one (n INT PRIMARY KEY)");
    harness_sql(h, "CREATE TRIGGER odd BEFORE INSERT ON fluent_tickets FOR EACH ROW BEGIN "
                   "IF NEW.fluent_id = '76' THEN DO SLEEP(1); END IF; "
                   "IF NEW.fluent_id IN ('76', '101') THEN "
                   "INSERT IGNORE INTO one VALUES (1); END IF; END");
    sync_expect(harness_sync(h, NULL), 0);
    expect_all(h, expected, "waiting for each other");
}

/* Only this ticket is refused. */
static void test_refused_row(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    odd(h, "SIGNAL SQLSTATE '45000'");
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_rejects"), "76\n");
    assert_int_equal(harness_count(h, "fluent_tickets"), IN_SCOPE - 1);
    assert_int_equal(harness_count(h, "requests"), IN_SCOPE - 1);
    harness_sql(h, "DROP TRIGGER odd");
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    fault_same(fault_tables(h), expected, "a refused row");
}

/* Starts a run, and holds a page that goes ahead, though the head has stored all of the pages
 * shortly before it. On a slow machine a page may be stored in its turn instead, with the lease's
 * row locked: then another run is tried. */
static struct process *hold_ahead(struct harness *h, struct db *gate)
{
    enum { TRIES = 10 };
    for (int i = 0; i < TRIES; i++) {
        harness_config(h, "per_page = 20\nconnections = 2\n", NULL, PATIENT);
        harness_exec(gate, GATE);
        odd_ticket(h, EARLY, GATE);
        struct process *run = harness_sync_start(h, NULL);
        sync_wait_until(h, "SELECT COUNT(*) > 0 FROM information_schema.PROCESSLIST "
                           "WHERE STATE = 'User lock'");
        if (*harness_table(h, "SELECT 1 FROM fluent_sync_state FOR UPDATE SKIP LOCKED"))
            return run;
        harness_exec(gate, "DO RELEASE_LOCK('gate')");
        sync_expect(harness_wait(h, run), 0);
        renew(h);
    }
    fail_msg("no page goes ahead");
    return NULL;
}

/* A page that goes ahead has no lease until its end. When another run has taken over by then,
 * neither this page is stored nor one behind it. */
static void test_lease_lost(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    struct db *gate = harness_db(h);
    struct process *run = hold_ahead(h, gate);
    harness_sql(h, "UPDATE fluent_sync_state SET lease_epoch = lease_epoch + 1");
    harness_exec(gate, "DO RELEASE_LOCK('gate')");
    struct outcome outcome = harness_wait(h, run);
    sync_expect(outcome, 7);
    sync_says(outcome.err, "lost its lease");
    /* The run's row counts what was committed with it. */
    assert_int_equal(harness_count(h, "fluent_tickets"), atol(sync_last(h, "tickets_added")));
    assert_int_equal(harness_count(h, "requests"), harness_count(h, "fluent_tickets"));
    assert_int_equal(harness_count(h, "fluent_walk_pages WHERE low <= 151"), 0);
    harness_sql(h, "DROP TRIGGER odd");
    sync_expire_lease(h);
    sync_expect(harness_sync(h, NULL), 0);
    fault_same(fault_tables(h), expected, "a lost lease");
}

/* Somebody stores a ticket meanwhile, before the import comes to it: it is merged, not refused. */
static void test_stored_by_somebody_else(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct db *gate = harness_db(h);
    struct process *run = hold_ahead(h, gate);
    harness_sql(h, "INSERT INTO fluent_tickets (fluent_id, site_key, ticket_number, created_at) "
                   "VALUES ('76', '', 'theirs', '2000-01-01 00:00:00')");
    harness_exec(gate, "DO RELEASE_LOCK('gate')");
    struct outcome outcome = harness_wait(h, run);
    sync_expect(outcome, 0);
    assert_string_equal(outcome.err, "");
    fault_tidy(h, "a row of somebody else");
    assert_int_equal(harness_count(h, "fluent_tickets"), IN_SCOPE);
    assert_int_equal(
        harness_count(h, "fluent_tickets WHERE ticket_number = 'theirs' OR fingerprint IS NULL"),
        0);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', tickets_added, tickets_updated)"), "269 1");
}

/* An account that may connect once writes with one connection. */
static void test_no_second_connection(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    harness_sql(h, "ALTER USER " ACCOUNT_SYNC " WITH MAX_USER_CONNECTIONS 1");
    struct outcome outcome = harness_sync(h, NULL);
    harness_sql(h, "ALTER USER " ACCOUNT_SYNC " WITH MAX_USER_CONNECTIONS 0");
    sync_expect(outcome, 0);
    assert_string_equal(outcome.err, "");
    expect_all(h, expected, "one connection");
    assert_int_equal(connections(h), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_in_order),
        SYNC_TEST(test_deadlock),
        SYNC_TEST(test_refused_row),
        SYNC_TEST(test_waiting_for_each_other),
        SYNC_TEST(test_lease_lost),
        SYNC_TEST(test_stored_by_somebody_else),
        SYNC_TEST(test_no_second_connection),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
