/* test_migrate_lease: a migration of a schema in use: only what is missing, under every lease. The
 * migrations are two small ones of the test's own, linked instead of those of migrations/. */
#include <string.h>

#include "harness.h"
#include "store/migrate.h"

const struct migration MIGRATIONS[] = {
    {1, "001_first",
     "CREATE TABLE IF NOT EXISTS fluent_sync_state (site_key VARCHAR(64) PRIMARY KEY,"
     " lease_owner VARCHAR(192), lease_epoch BIGINT NOT NULL DEFAULT 0,"
     " lease_heartbeat DATETIME(6));"
     "CREATE TABLE IF NOT EXISTS fluent_schema_version (version INT PRIMARY KEY,"
     " name VARCHAR(100));"
     "INSERT IGNORE INTO fluent_schema_version VALUES (1, '001_first');"},
    {2, "002_next",
     "-- What it does, each test says.\n"
     "CALL step();\n"
     "CREATE TABLE after (id INT PRIMARY KEY);\n"
     "INSERT IGNORE INTO fluent_schema_version VALUES (2, '002_next');\n"},
};
const size_t MIGRATIONS_COUNT = 2;

enum { LEASE_S = 60, SHORT_LEASE_S = 6 };

/* A database at version 1 with two sites, whose next migration does `body`. */
static void begin(struct harness *h, const char *body)
{
    harness_sql(h, harness_text(h,
                                "%s INSERT INTO fluent_sync_state (site_key) VALUES (''), ('shop');"
                                "CREATE TABLE seen (what VARCHAR(64));\n"
                                "CREATE PROCEDURE step() BEGIN %s END",
                                MIGRATIONS[0].sql, body));
}

static void name_report(void *context, const struct migration *migration, const char *statement,
                        size_t length)
{
    struct buf *names = context;
    (void)statement;
    (void)length;
    buf_printf(names, "%s ", migration->name);
}

static int run(struct harness *h, int lease_s, int *applied, struct error *error)
{
    struct db_options options = harness_db_options(h);
    return migrate_run(harness_db(h),
                       &(struct migrate_options){&options, lease_s, false, NULL, NULL}, applied,
                       error);
}

static void assert_fails(struct harness *h, enum error_code code, const char *const *says)
{
    struct error error = ERROR_INIT;
    int applied = -1;
    assert_int_equal(run(h, LEASE_S, &applied, &error), -1);
    assert_int_equal(error.code, code);
    char text[ERROR_TEXT_MAX];
    error_text(&error, text);
    for (; *says; says++)
        if (!strstr(text, *says))
            fail_msg("\"%s\" is not in: %s", *says, text);
    assert_int_equal(applied, 0);
    assert_int_equal(migrate_version(harness_db(h), &error), 1);
}

static void test_older_schema_is_named(void **state)
{
    struct harness *h = *state;
    begin(h, "DO 0;");
    struct error error = ERROR_INIT;
    assert_int_equal(migrate_check(harness_db(h), &error), -1);
    assert_int_equal(error.code, ERR_DATABASE);
    assert_non_null(strstr(error.message, "version 1, this program needs 2"));
    assert_non_null(strstr(error.advice, "`fluent-sync migrate`"));
}

static void test_only_what_is_missing(void **state)
{
    struct harness *h = *state;
    begin(h, "DO 0;");
    struct buf names;
    buf_init(&names, 1000);
    struct error error = ERROR_INIT;
    struct db_options options = harness_db_options(h);
    int applied = -1;
    assert_int_equal(
        migrate_run(harness_db(h),
                    &(struct migrate_options){&options, LEASE_S, false, name_report, &names},
                    &applied, &error),
        0);
    assert_int_equal(applied, 1);
    assert_string_equal(buf_text(&names), "002_next 002_next 002_next ");
    buf_release(&names);
    assert_int_equal(migrate_check(harness_db(h), &error), 0);
}

static void test_failure_is_named(void **state)
{
    struct harness *h = *state;
    begin(h, "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not today';");
    assert_fails(h, ERR_DATABASE,
                 (const char *const[]){"002_next", "line 2", "`CALL step()`", "error 1644",
                                       "`fluent-sync migrate`", NULL});
    assert_string_equal(harness_table(h, "SELECT COUNT(lease_owner) FROM fluent_sync_state"),
                        "0\n");
    harness_sql(h, "DROP PROCEDURE step; CREATE PROCEDURE step() DO 0");
    struct error error = ERROR_INIT;
    int applied = -1;
    assert_int_equal(run(h, LEASE_S, &applied, &error), 0);
    assert_int_equal(applied, 1);
}

/* A statement of a migration that was interrupted may end only after the next one has seen what is
 * to be done: that one looks again, once. */
static void test_done_meanwhile(void **state)
{
    struct harness *h = *state;
    static const int already[] = {1050, 1060, 1061, 1091, 1826};
    struct error error = ERROR_INIT;
    for (size_t i = 0; i < sizeof already / sizeof *already; i++) {
        int applied = -1;
        harness_new_database(h);
        begin(h, harness_text(h,
                              "INSERT INTO seen VALUES ('tried');"
                              "IF (SELECT COUNT(*) FROM seen) = 1 THEN SIGNAL SQLSTATE '42000' "
                              "SET MYSQL_ERRNO = %d, MESSAGE_TEXT = 'there is one'; END IF;",
                              already[i]));
        if (run(h, LEASE_S, &applied, &error) < 0)
            fail_msg("%d: %s", already[i], error.message);
        assert_int_equal(applied, 1);
        assert_int_equal(harness_count(h, "seen"), 2);
    }
    harness_new_database(h);
    begin(h, "INSERT INTO seen VALUES ('tried'); SIGNAL SQLSTATE '42000' SET MYSQL_ERRNO = 1061, "
             "MESSAGE_TEXT = 'there is one';");
    assert_fails(h, ERR_DATABASE, (const char *const[]){"line 2", "error 1061", NULL});
    assert_int_equal(harness_count(h, "seen"), 2);
}

static void test_every_lease_is_held(void **state)
{
    struct harness *h = *state;
    begin(h, "INSERT INTO seen SELECT CONCAT('site ', site_key) FROM fluent_sync_state WHERE "
             "lease_owner IS NOT NULL;");
    struct error error = ERROR_INIT;
    int applied = -1;
    assert_int_equal(run(h, LEASE_S, &applied, &error), 0);
    assert_string_equal(harness_table(h, "SELECT what FROM seen ORDER BY what"),
                        "site \nsite shop\n");
    assert_string_equal(harness_table(h, "SELECT COUNT(lease_owner) FROM fluent_sync_state"),
                        "0\n");
}

static void test_a_run_elsewhere_keeps_it_out(void **state)
{
    struct harness *h = *state;
    begin(h, "DO 0;");
    harness_sql(
        h, "UPDATE fluent_sync_state SET lease_epoch = 5, lease_heartbeat = "
           "UTC_TIMESTAMP(6) + INTERVAL 30 SECOND, lease_owner = 'boot pid:[1] 77 1 elsewhere' "
           "WHERE site_key = 'shop'");
    assert_fails(h, ERR_BUSY, (const char *const[]){"77", "elsewhere", NULL});
    assert_string_equal(harness_table(h, "SHOW TABLES LIKE 'after'"), "");
    assert_string_equal(
        harness_table(h, "SELECT site_key, lease_epoch FROM fluent_sync_state WHERE lease_owner IS "
                         "NOT NULL"),
        "shop\t5\n");
}

/* The statement itself waits for the heartbeats to move, a minute at most. */
static void test_leases_are_renewed_during_a_statement(void **state)
{
    struct harness *h = *state;
    begin(h, "DECLARE tries INT DEFAULT 0; DECLARE was, now DATETIME(6);"
             "SELECT MIN(lease_heartbeat) INTO was FROM fluent_sync_state;"
             "REPEAT DO SLEEP(0.1); SET tries = tries + 1;"
             "SELECT MIN(lease_heartbeat) INTO now FROM fluent_sync_state;"
             "UNTIL now > was OR tries = 600 END REPEAT;"
             "INSERT INTO seen VALUES (IF(now > was, 'renewed', 'forgotten'));");
    struct error error = ERROR_INIT;
    int applied = -1;
    assert_int_equal(run(h, SHORT_LEASE_S, &applied, &error), 0);
    assert_string_equal(harness_table(h, "SELECT what FROM seen"), "renewed\n");
}

static void test_a_lost_lease_ends_it(void **state)
{
    struct harness *h = *state;
    begin(h, "UPDATE fluent_sync_state SET lease_owner = 'another', lease_epoch = lease_epoch + 1 "
             "WHERE site_key = 'shop';");
    assert_fails(h, ERR_BUSY, (const char *const[]){"lost its lease", NULL});
    assert_string_equal(harness_table(h, "SHOW TABLES LIKE 'after'"), "");
    assert_string_equal(harness_table(h, "SELECT lease_owner FROM fluent_sync_state WHERE "
                                         "lease_owner IS NOT NULL"),
                        "another\n");
}

/* The connection that the leases are renewed on may break: it is made anew. */
static void test_a_broken_connection_is_replaced(void **state)
{
    struct harness *h = *state;
    begin(h, "DECLARE victim BIGINT;"
             "SELECT ID INTO victim FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND "
             "ID < CONNECTION_ID() ORDER BY ID LIMIT 1; KILL CONNECTION victim;"
             "INSERT INTO seen VALUES (victim);");
    struct error error = ERROR_INIT;
    int applied = -1;
    assert_int_equal(run(h, LEASE_S, &applied, &error), 0);
    assert_string_equal(harness_table(h, "SELECT COUNT(*) FROM seen"), "1\n");
}

/* Not before each statement: with many sites that would be most of the work. */
static void test_leases_are_renewed_when_due(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    int applied = -1;
    begin(h, "DO 0;");
    harness_sql(h, "INSERT INTO fluent_sync_state (site_key) WITH RECURSIVE n (i) AS (SELECT 1 "
                   "UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT CONCAT('s', i) FROM n");
    int64_t before = harness_counter(h, "Com_update");
    assert_int_equal(run(h, 24 * 3600, &applied, &error), 0);
    /* Taken and given back, each by an UPDATE, as a renewal would be. */
    assert_int_equal(harness_counter(h, "Com_update") - before, 2 * 202);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(test_older_schema_is_named),
        HARNESS_TEST(test_only_what_is_missing),
        HARNESS_TEST(test_failure_is_named),
        HARNESS_TEST(test_done_meanwhile),
        HARNESS_TEST(test_every_lease_is_held),
        HARNESS_TEST(test_a_run_elsewhere_keeps_it_out),
        HARNESS_TEST(test_leases_are_renewed_during_a_statement),
        HARNESS_TEST(test_leases_are_renewed_when_due),
        HARNESS_TEST(test_a_lost_lease_ends_it),
        HARNESS_TEST(test_a_broken_connection_is_replaced),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
