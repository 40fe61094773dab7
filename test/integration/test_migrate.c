/* test_migrate: the tables made from nothing and from what the old service left, however often the
 * migration is interrupted.
 *
 * MIGRATE_ONLY=test_killed takes one of the tests alone, MIGRATE_SKIP leaves one out. */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "store/migrate.h"

enum { LEASE_S = 60, NEWER = 999, KILLED_AT = 20 };

#define OLD FIXTURES "/old-service/"

/* What a migration starts from. */
struct start {
    const char *name;
    const char *files[4];
    const char *sql;
};
static const struct start STARTS[] = {
    {.name = "nothing"},
    {.name = "the dashboard alone",
     .sql = "CREATE TABLE requests (id INT AUTO_INCREMENT PRIMARY KEY, date DATE, "
            "source ENUM('sms','ticket') DEFAULT 'sms') ENGINE=InnoDB"},
    {.name = "the old service", .files = {OLD "schema.sql", OLD "rows.sql"}},
    {.name = "a later version of it",
     .files = {OLD "schema.sql", OLD "later-columns.sql", OLD "rows.sql"}},
    {.name = "old character sets and engines",
     .files = {OLD "schema.sql"},
     .sql =
         "ALTER TABLE fluent_tickets ROW_FORMAT=COMPACT, CONVERT TO CHARACTER SET utf8;"
         "ALTER TABLE fluent_sync_status ENGINE=MyISAM, CONVERT TO CHARACTER SET latin1;"
         "ALTER TABLE requests CONVERT TO CHARACTER SET latin1;"
         "SET sql_mode = '', timestamp = 1760000000;"
         "INSERT INTO requests (description) VALUES ('caf\u00e9');"
         "INSERT INTO fluent_tickets (fluent_id, created_at, title, raw_data, request_id) VALUES "
         "('7', '0000-00-00', 'caf\u00e9 \u5f20', '{\"title\": \"caf\u00e9\"}', 1);"
         "INSERT INTO fluent_sync_status (error_message) VALUES ('caf\u00e9')"},
};
enum { STARTS_COUNT = sizeof STARTS / sizeof *STARTS };

static void prepare(struct harness *h, const struct start *start)
{
    harness_new_database(h);
    for (size_t i = 0; start->files[i]; i++)
        harness_load(h, start->files[i]);
    if (start->sql)
        harness_sql(h, start->sql);
}

/* The connection outlives a database that was dropped, but not its choice of one. */
static struct db *connection(struct harness *h)
{
    struct db *db = harness_db(h);
    harness_exec(db, harness_text(h, "USE %s", h->database));
    return db;
}

static void count_report(void *context, const struct migration *migration, const char *statement,
                         size_t length)
{
    int *count = context;
    assert_true(migration->number >= 1);
    assert_non_null(statement);
    assert_true(length > 0);
    ++*count;
}

/* Migrates, dry or not; returns how many migrations that were. */
static int migrate(struct harness *h, bool dry_run, int *reports)
{
    int applied = -1, ignored = 0;
    struct error error = ERROR_INIT;
    struct db_options options = harness_db_options(h);
    if (migrate_run(connection(h),
                    &(struct migrate_options){&options, LEASE_S, dry_run, count_report,
                                              reports ? reports : &ignored},
                    &applied, &error) < 0)
        fail_msg("%s", error.message);
    return applied;
}

static int newest(void)
{
    return MIGRATIONS[MIGRATIONS_COUNT - 1].number;
}

static char *describe_tables(struct harness *h)
{
    char *sql = harness_value(h, "SELECT IFNULL(GROUP_CONCAT('SHOW CREATE TABLE ', TABLE_NAME "
                                 "ORDER BY TABLE_NAME SEPARATOR ';'), 'DO 0') "
                                 "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()");
    return harness_table(h, sql);
}

/* A query for every value of the columns that are there now. */
static char *compose_dump(struct harness *h)
{
    return harness_value(
        h, "SELECT IFNULL(GROUP_CONCAT(q SEPARATOR ';'), 'DO 0') FROM (SELECT CONCAT('SELECT ', "
           "GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION), ' FROM ', TABLE_NAME, "
           "' ORDER BY id') AS q FROM information_schema.COLUMNS "
           "WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME ORDER BY TABLE_NAME) AS queries");
}

/* Tests */

static void test_fresh(void **state)
{
    struct harness *h = *state;
    int reports = 0;
    assert_int_equal(migrate(h, false, &reports), MIGRATIONS_COUNT);
    assert_true(reports > 0);
    assert_string_equal(harness_table(h, "SHOW TABLES"),
                        "fluent_conversations\nfluent_inbox\nfluent_list_proofs\nfluent_"
                        "outbox\nfluent_record\nfluent_"
                        "rejects\nfluent_responses\n"
                        "fluent_schema_version\nfluent_sync_state\nfluent_sync_status\n"
                        "fluent_ticket_changes\nfluent_tickets\nfluent_walk_pages\nrequests\n");
    struct error error = ERROR_INIT;
    assert_int_equal(migrate_version(connection(h), &error), newest());
    assert_int_equal(migrate_check(connection(h), &error), 0);
    char *applied = harness_text(h, "%s", "");
    for (size_t i = 0; i < MIGRATIONS_COUNT; i++)
        applied = harness_text(h, "%s%d\t%s\n", applied, MIGRATIONS[i].number, MIGRATIONS[i].name);
    assert_string_equal(harness_table(h, "SELECT version, name FROM fluent_schema_version"),
                        applied);
    /* The lease was given back. */
    assert_string_equal(harness_table(h, "SELECT site_key, lease_owner FROM fluent_sync_state"),
                        "\tNULL\n");
}

static void test_every_table_is_sound(void **state)
{
    struct harness *h = *state;
    migrate(h, false, NULL);
    assert_string_equal(
        harness_table(h, "SELECT TABLE_NAME FROM information_schema.TABLES AS t "
                         "WHERE TABLE_SCHEMA = DATABASE() AND (ENGINE <> 'InnoDB' OR "
                         "TABLE_COLLATION NOT LIKE 'utf8mb4%' OR ROW_FORMAT <> 'Dynamic' OR "
                         "NOT EXISTS (SELECT * FROM information_schema.STATISTICS AS s WHERE "
                         "s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND "
                         "INDEX_NAME = 'PRIMARY'))"),
        "");
    assert_string_equal(
        harness_table(h, "SELECT DISTINCT COLUMN_NAME FROM information_schema.COLUMNS "
                         "WHERE TABLE_SCHEMA = DATABASE() AND CHARACTER_SET_NAME <> 'utf8mb4' "
                         "ORDER BY COLUMN_NAME"),
        "asked\ncolumn_name\nconfig_hash\nfingerprint\nlisted\nwalk_config_hash\n");
}

static void test_indexes(void **state)
{
    struct harness *h = *state;
    migrate(h, false, NULL);
    assert_string_equal(
        harness_table(h, "SELECT TABLE_NAME, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) AS c "
                         "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND "
                         "TABLE_NAME LIKE 'fluent%' GROUP BY TABLE_NAME, INDEX_NAME "
                         "ORDER BY CAST(TABLE_NAME AS BINARY), 2"),
        "fluent_conversations\tsite_key,behind,changed_at\n"
        "fluent_conversations\tsite_key,fluent_id\n"
        "fluent_conversations\tsite_key,looked_at\n"
        "fluent_inbox\tsite_key,fluent_id\n"
        "fluent_list_proofs\tsite_key,low\n"
        "fluent_outbox\tid\n"
        "fluent_outbox\tsite_key,fluent_id,id\n"
        "fluent_outbox\tsite_key,state,id\n"
        "fluent_record\tsite_key,chunk\n"
        "fluent_rejects\tsite_key,fluent_id\n"
        "fluent_responses\tsite_key,fluent_id,response_id\n"
        "fluent_responses\tsite_key,response_id\n"
        "fluent_responses\tsite_key,type\n"
        "fluent_schema_version\tversion\n"
        "fluent_sync_state\tsite_key\n"
        "fluent_sync_status\tid\n"
        "fluent_sync_status\tlast_sync_at\n"
        "fluent_sync_status\tsite_key,id\n"
        "fluent_sync_status\tsite_key,last_sync_status,id\n"
        "fluent_ticket_changes\tid\n"
        "fluent_ticket_changes\tsite_key,seen_at\n"
        "fluent_ticket_changes\tticket_row,column_name,id\n"
        "fluent_tickets\tcreated_at\n"
        "fluent_tickets\tcustomer_email\n"
        "fluent_tickets\tfluent_id\n"
        "fluent_tickets\tfluent_id,fingerprint,site_key,deleted_at,invisible_since,hidden,"
        "edits_kept,request_id,left_scope_at\n"
        "fluent_tickets\tid\n"
        "fluent_tickets\trequest_id\n"
        "fluent_tickets\tsite_key,created_at\n"
        "fluent_tickets\tsite_key,deleted_at,created_at,ticket_status,resolved_at,"
        "updated_at_fluent,mailbox_id,edits_kept,left_scope_at\n"
        "fluent_tickets\tsite_key,deleted_at,left_scope_at,ticket_status\n"
        "fluent_tickets\tsite_key,id\n"
        "fluent_walk_pages\tsite_key,walk_id,low,high\n");
}

static void test_columns_behave(void **state)
{
    struct harness *h = *state;
    migrate(h, false, NULL);
    harness_sql(
        h, "INSERT INTO requests (date, source) VALUES ('2025-09-20', 'fluent'), (NULL, 'sms');"
           "INSERT INTO fluent_tickets (fluent_id, created_at, request_id, customer_message) "
           "VALUES ('a:1', NOW(), 1, REPEAT('x', 169000)), ('A:1', NOW(), 2, NULL);"
           "INSERT INTO fluent_sync_status (last_sync_status) VALUES ('partial')");
    assert_string_equal(harness_table(h, "SELECT month FROM requests ORDER BY id"),
                        "2025-09\nNULL\n");
    assert_int_equal(harness_number(h, "SELECT CHAR_LENGTH(customer_message) FROM fluent_tickets "
                                       "WHERE fluent_id = 'a:1'"),
                     169000);
    harness_sql(h, "DELETE FROM requests WHERE id = 1");
    assert_string_equal(harness_table(h, "SELECT fluent_id, request_id, site_key, base "
                                         "FROM fluent_tickets ORDER BY id"),
                        "a:1\tNULL\t\tNULL\nA:1\t2\t\tNULL\n");
    harness_sql(h, "SET @zone = @@time_zone; SET time_zone = '+03:00'; SET NAMES latin1;"
                   "INSERT INTO requests (date) VALUES ('1999-12-31')");
    assert_string_equal(harness_value(h, "SELECT HEX(month) FROM requests WHERE month = '1999-12'"),
                        "313939392D3132");
}

static void test_takeover_keeps_the_data(void **state)
{
    struct harness *h = *state;
    migrate(h, false, NULL);
    const char *columns = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE "
                          "TABLE_SCHEMA = DATABASE() AND (TABLE_NAME LIKE 'fluent%') AND "
                          "COLUMN_NAME NOT IN ('total_close_time', 'client_id') ORDER BY 1, 2";
    char *fresh = harness_table(h, columns);
    for (size_t i = 2; i < STARTS_COUNT; i++) {
        prepare(h, &STARTS[i]);
        char *dump = compose_dump(h), *before = harness_table(h, dump);
        assert_true(strlen(before) > 50);
        assert_int_equal(migrate(h, false, NULL), MIGRATIONS_COUNT);
        assert_string_equal(harness_table(h, dump), before);
        assert_string_equal(harness_table(h, columns), fresh);
        assert_string_equal(
            harness_table(h, "SELECT COUNT(*) FROM information_schema.TABLES JOIN "
                             "information_schema.COLUMNS USING (TABLE_SCHEMA, TABLE_NAME) WHERE "
                             "TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'fluent_%' AND "
                             "(ENGINE <> 'InnoDB' OR TABLE_COLLATION NOT LIKE 'utf8mb4%' OR "
                             "CHARACTER_SET_NAME NOT IN ('utf8mb4', 'ascii'))"),
            "0\n");
        assert_string_equal(
            harness_table(h, "SELECT COLUMN_NAME, COLUMN_TYPE, COLLATION_NAME FROM "
                             "information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
                             "TABLE_NAME = 'fluent_tickets' AND COLUMN_NAME = 'fluent_id'"),
            "fluent_id\tvarchar(100)\tutf8mb4_bin\n");
        harness_sql(h, "UPDATE fluent_tickets SET customer_message = REPEAT('x', 169000);"
                       "INSERT INTO fluent_sync_status (last_sync_status) VALUES ('partial')");
    }
}

static void test_requests_is_left_alone(void **state)
{
    struct harness *h = *state;
    for (size_t i = 2; i < STARTS_COUNT; i++) {
        prepare(h, &STARTS[i]);
        char *before = harness_table(h, "SHOW CREATE TABLE requests");
        migrate(h, false, NULL);
        assert_string_equal(harness_table(h, "SHOW CREATE TABLE requests"), before);
    }
    assert_non_null(strstr(harness_table(h, "SHOW CREATE TABLE requests"), "CHARSET=latin1"));
}

static void forget_text(char *text, const char *what)
{
    char *at = strstr(text, what);
    if (at)
        memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
}

static void test_source_gains_one_value(void **state)
{
    struct harness *h = *state;
    static const char *const columns[][2] = {
        {"enum('sms','ticket') DEFAULT 'sms'", "enum('sms','ticket','fluent') DEFAULT 'sms'"},
        {"enum('sms') DEFAULT NULL", "enum('sms','fluent') DEFAULT NULL"},
        {"enum('sms') NOT NULL", "enum('sms','fluent') NOT NULL"},
        {"enum('sms','chat') NOT NULL DEFAULT 'chat' COMMENT 'it''s \"where\" it came from'",
         "enum('sms','chat','fluent') NOT NULL DEFAULT 'chat' COMMENT 'it''s \"where\" it came "
         "from'"},
        {"enum('it''s','caf\u00e9') CHARACTER SET latin1 COLLATE latin1_german2_ci DEFAULT 'it''s'",
         "enum('it''s','caf\u00e9','fluent') CHARACTER SET latin1 COLLATE latin1_german2_ci "
         "DEFAULT 'it''s'"},
        {"enum('fluent','web') DEFAULT 'web'", "enum('fluent','web') DEFAULT 'web'"},
        {"varchar(20) DEFAULT NULL", "varchar(20) DEFAULT NULL"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct start start = {.sql =
                                  harness_text(h,
                                               "CREATE TABLE requests (id INT PRIMARY KEY, source "
                                               "%s, after INT) ENGINE=InnoDB CHARSET=utf8mb4",
                                               columns[i][0])};
        prepare(h, &start);
        char *before = harness_table(h, "SHOW CREATE TABLE requests");
        migrate(h, false, NULL);
        char *after = harness_table(h, "SHOW CREATE TABLE requests");
        /* MySQL shows what is the table's own, once it was said. */
        forget_text(after, " CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci");
        char *found = strstr(before, columns[i][0]);
        assert_non_null(found);
        char *expected = harness_text(h, "%.*s%s%s", (int)(found - before), before, columns[i][1],
                                      found + strlen(columns[i][0]));
        assert_string_equal(after, expected);
    }
}

static const char *file_of(struct harness *h, size_t i)
{
    return harness_text(h, SOURCE_DIR "/migrations/%s.sql", MIGRATIONS[i].name);
}

/* The files, as by hand. */
static void load_all(struct harness *h)
{
    for (size_t i = 0; i < MIGRATIONS_COUNT; i++)
        harness_load(h, file_of(h, i));
}

/* Whoever waits for the table knows it before. */
static void test_a_rewrite_is_said(void **state)
{
    static const char said[] = "fluent_tickets is written anew: ";
    struct harness *h = *state;
    harness_config(h, NULL, NULL, NULL);
    prepare(h, &STARTS[2]);
    char *dry = harness_sync(h, "migrate", "--dry-run", NULL).out;
    assert_non_null(strstr(dry, harness_text(h, "-- %s%d rows, which may take 1.0 s", said,
                                             (int)harness_count(h, "fluent_tickets"))));
    char *done = harness_sync(h, "migrate", NULL).out;
    assert_non_null(strstr(done, said));
    assert_null(strstr(harness_sync(h, "migrate", "--dry-run", NULL).out, said));
    /* A column that the dashboard has added since is left alone. */
    harness_sql(h, "ALTER TABLE fluent_tickets ADD COLUMN note VARCHAR(9) CHARACTER SET latin1");
    assert_null(strstr(harness_sync(h, "migrate", NULL).out, said));
    harness_new_database(h);
    assert_null(strstr(harness_sync(h, "migrate", "--dry-run", NULL).out, said));
}

static void test_again_is_nothing(void **state)
{
    struct harness *h = *state;
    for (size_t i = 0; i < STARTS_COUNT; i++) {
        prepare(h, &STARTS[i]);
        migrate(h, false, NULL);
        char *tables = describe_tables(h);
        int reports = 0;
        assert_int_equal(migrate(h, false, &reports), 0);
        assert_int_equal(migrate(h, true, &reports), 0);
        assert_int_equal(reports, 0);
        /* Nor does the file itself, when it is run again. */
        load_all(h);
        assert_string_equal(describe_tables(h), tables);
    }
}

static void test_loaded_by_hand(void **state)
{
    struct harness *h = *state;
    for (size_t i = 0; i < STARTS_COUNT; i++) {
        prepare(h, &STARTS[i]);
        migrate(h, false, NULL);
        char *tables = describe_tables(h);
        prepare(h, &STARTS[i]);
        load_all(h);
        assert_int_equal(migrate(h, false, NULL), 0);
        assert_string_equal(describe_tables(h), tables);
        struct error error = ERROR_INIT;
        assert_int_equal(migrate_check(connection(h), &error), 0);
    }
}

static void test_embedded_as_it_is(void **state)
{
    struct harness *h = *state;
    for (size_t i = 0; i < MIGRATIONS_COUNT; i++)
        assert_string_equal(MIGRATIONS[i].sql, harness_read(h, file_of(h, i)));
}

/* Runs the first statements of a file on a connection of their own, up to and with number `count`.
 * false: there are not so many. `*lasting` says whether the last one can have left anything. */
static bool run_first(struct harness *h, const char *sql, int count, bool *lasting)
{
    struct db *db = harness_connect(h);
    const char *at = sql, *statement = sql;
    size_t length = 1;
    for (int i = 0; i < count && (length = migrate_statement(&at, &statement)) > 0; i++)
        harness_exec(db, harness_text(h, "%.*s", (int)length, statement));
    db_close(db);
    *lasting = strncmp(statement, "SET ", 4) != 0 && strncmp(statement, "PREPARE ", 8) != 0 &&
               strncmp(statement, "DEALLOCATE ", 11) != 0;
    return length > 0;
}

static void test_interrupted_anywhere(void **state)
{
    struct harness *h = *state;
    for (size_t i = 0; i < STARTS_COUNT; i++) {
        prepare(h, &STARTS[i]);
        char *dump = compose_dump(h), *rows = harness_table(h, dump);
        migrate(h, false, NULL);
        char *tables = describe_tables(h);
        int interruptions = 0;
        bool lasting = false;
        prepare(h, &STARTS[i]);
        for (int k = 1; run_first(h, MIGRATIONS[0].sql, k, &lasting); k++) {
            if (lasting) {
                interruptions++;
                migrate(h, false, NULL);
                assert_string_equal(describe_tables(h), tables);
                assert_string_equal(harness_table(h, dump), rows);
                prepare(h, &STARTS[i]);
            }
        }
        assert_true(interruptions > 15);
    }
}

static void kill_report(void *context, const struct migration *migration, const char *statement,
                        size_t length)
{
    int *count = context;
    (void)migration;
    (void)statement;
    (void)length;
    if (++*count == KILLED_AT)
        raise(SIGKILL);
}

/* The lease of a killed process does not have to expire first: it is seen to be gone. */
static void test_killed(void **state)
{
    struct harness *h = *state;
    pid_t pid = fork();
    if (pid == 0) {
        int count = 0, applied = 0;
        struct error error = ERROR_INIT;
        struct db_options options = harness_db_options(h);
        struct db *db = NULL;
        if (db_open(&db, &options, 0, NULL, &error) == 0)
            migrate_run(db,
                        &(struct migrate_options){&options, LEASE_S, false, kill_report, &count},
                        &applied, &error);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(harness_number(h, "SELECT lease_owner IS NOT NULL FROM fluent_sync_state"), 1);
    assert_int_equal(migrate(h, false, NULL), MIGRATIONS_COUNT);
    assert_int_equal(harness_number(h, "SELECT lease_owner IS NULL FROM fluent_sync_state"), 1);
}

static void test_dry_run_writes_nothing(void **state)
{
    struct harness *h = *state;
    for (size_t i = 0; i < STARTS_COUNT; i++) {
        prepare(h, &STARTS[i]);
        char *tables = describe_tables(h), *dump = compose_dump(h), *rows = harness_table(h, dump);
        int reports = 0, dry_reports = 0;
        assert_int_equal(migrate(h, true, &dry_reports), MIGRATIONS_COUNT);
        assert_string_equal(describe_tables(h), tables);
        assert_string_equal(harness_table(h, dump), rows);
        migrate(h, false, &reports);
        assert_int_equal(dry_reports, reports);
    }
}

static void assert_check_says(struct harness *h, const char *what)
{
    struct error error = ERROR_INIT;
    assert_int_equal(migrate_check(connection(h), &error), -1);
    assert_int_equal(error.code, ERR_DATABASE);
    char text[ERROR_TEXT_MAX];
    error_text(&error, text);
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in: %s", what, text);
}

static void test_check(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    assert_int_equal(migrate_version(connection(h), &error), 0);
    assert_check_says(h, "missing");
    assert_check_says(h, "`fluent-sync migrate`");
    prepare(h, &STARTS[2]);
    assert_check_says(h, "`fluent-sync migrate`");
    migrate(h, false, NULL);
    assert_int_equal(migrate_check(connection(h), &error), 0);
    harness_sql(h, "DELETE FROM fluent_schema_version");
    assert_int_equal(migrate_version(connection(h), &error), 0);
    assert_check_says(h, "missing");
}

static void test_newer_schema_is_refused(void **state)
{
    struct harness *h = *state;
    migrate(h, false, NULL);
    harness_sql(h, harness_text(h,
                                "INSERT INTO fluent_schema_version (version, name) VALUES "
                                "(%d, 'of the future')",
                                NEWER));
    char *tables = describe_tables(h);
    assert_check_says(h, "newer");
    for (int dry = 0; dry < 2; dry++) {
        struct error error = ERROR_INIT;
        struct db_options options = harness_db_options(h);
        int applied = -1, reports = 0;
        assert_int_equal(
            migrate_run(connection(h),
                        &(struct migrate_options){&options, LEASE_S, dry, count_report, &reports},
                        &applied, &error),
            -1);
        assert_int_equal(error.code, ERR_DATABASE);
        assert_non_null(strstr(error.message, "999"));
        assert_int_equal(reports, 0);
    }
    assert_string_equal(describe_tables(h), tables);
}

/* A failed statement is named by what it does; without its cause the migration goes on. */
static void test_failure_is_named(void **state)
{
    struct harness *h = *state;
    prepare(h, &STARTS[2]);
    harness_sql(h, "ALTER TABLE fluent_tickets DROP INDEX fluent_id;"
                   "INSERT INTO fluent_tickets (fluent_id, created_at) VALUES ('28', NOW())");
    struct error error = ERROR_INIT;
    struct db_options options = harness_db_options(h);
    int applied = -1;
    assert_int_equal(migrate_run(connection(h),
                                 &(struct migrate_options){&options, LEASE_S, false, NULL, NULL},
                                 &applied, &error),
                     -1);
    assert_int_equal(error.code, ERR_DATABASE);
    assert_int_equal(applied, 0);
    assert_non_null(strstr(error.message, "001_first"));
    assert_non_null(strstr(error.message, "`ALTER TABLE fluent_tickets ADD UNIQUE KEY"));
    assert_non_null(strstr(error.message, "1062"));
    harness_sql(h, "DELETE FROM fluent_tickets WHERE fluent_id = '28' AND request_id IS NULL");
    assert_int_equal(migrate(h, false, NULL), MIGRATIONS_COUNT);
}

/* A file's text in capitals, without comments, blanks made one. */
static char *plain_sql(struct harness *h, const char *sql)
{
    char *plain = harness_text(h, "%s", sql), *to = plain;
    for (const char *from = sql; *from; from++) {
        if (from[0] == '-' && from[1] == '-')
            from += strcspn(from, "\n");
        if (!isspace((unsigned char)*from))
            *to++ = (char)toupper((unsigned char)*from);
        else if (to > plain && to[-1] != ' ')
            *to++ = ' ';
    }
    *to = '\0';
    return plain;
}

/* What MySQL and MariaDB do not both have, or not alike, and what Galera forbids. Only an index may
 * be dropped, as it holds no data. And no backslash: whether it escapes depends on the session,
 * which is another one after 001_first, and by hand. */
static void test_portable_sql(void **state)
{
    struct harness *h = *state;
    static const char *const forbidden[] = {
        "COLUMN IF ",   "INDEX IF ",  "KEY IF ",     "FOREIGN KEY IF ",
        "RETURNING",    "OR REPLACE", "DATE_FORMAT", "GET_LOCK",
        "LOCK TABLES",  "DELIMITER",  "SEQUENCE",    " INVISIBLE",
        "WITH SYSTEM",  "PERSISTENT", "JSON_",       "CHECK (",
        "0900",         "UCA1400",    "UUID",        "EXECUTE IMMEDIATE",
        "BEGIN NOT ",   "DROP TABLE", "TRUNCATE",    "VALUES ROW",
        "ON DUPLICATE", "WITH ",      "DEFAULT (",   "AS SELECT",
        "MYISAM",       "\"",         "`",           "?",
        "/*",           "ALGORITHM",  "RENAME",      "INET",
        "VECTOR",       "LATERAL",    "OVER (",      "CREATE TEMPORARY",
        "\\",           "DROP COL",   "DROP INDEX",  "DROP PRI",
        "DROP FOR",     "DROP CON",   "DROP DATA",
    };
    for (size_t i = 0; i < MIGRATIONS_COUNT; i++) {
        char *sql = plain_sql(h, MIGRATIONS[i].sql);
        for (size_t f = 0; f < sizeof forbidden / sizeof *forbidden; f++)
            if (strstr(sql, forbidden[f]))
                fail_msg("%s: has %s", MIGRATIONS[i].name, forbidden[f]);
        for (const char *p = MIGRATIONS[i].sql; *p; p++)
            assert_true(isascii(*p));
    }
}

static void test_files_are_in_order(void **state)
{
    struct harness *h = *state;
    for (size_t i = 0; i < MIGRATIONS_COUNT; i++) {
        const struct migration *m = &MIGRATIONS[i];
        assert_int_equal(m->number, (int)i + 1);
        assert_int_equal(atoi(m->name), m->number);
        const char *at = m->sql, *statement;
        char *last = NULL;
        for (size_t length; (length = migrate_statement(&at, &statement)) > 0;) {
            last = harness_text(h, "%.*s", (int)length, statement);
            if (strncmp(last, "CREATE TABLE", 12) == 0) {
                assert_int_equal(strncmp(last, "CREATE TABLE IF NOT EXISTS ", 27), 0);
                assert_non_null(strstr(last, "PRIMARY KEY ("));
                assert_non_null(strstr(last, ") ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT "
                                             "CHARSET=utf8mb4"));
            }
        }
        assert_string_equal(last, harness_text(h,
                                               "INSERT IGNORE INTO fluent_schema_version "
                                               "(version, name) VALUES (%d, '%s')",
                                               m->number, m->name));
    }
}

static void test_statements(void **state)
{
    struct harness *h = *state;
    static const char *const expected[] = {
        "SELECT 1",
        "SELECT 'it''s; one', \"a;b\", `c;`",
        "SELECT 'back\\';slash', '\\\\'",
        "SELECT /* in; side */ 2 -- rest; of line\n + 3",
        "SELECT 1--1",
        "/*!40101 SET NAMES utf8 */",
        "SELECT 'no end;",
    };
    const char *at = "-- first; comment's\n# second;\n/* third; */ \n SELECT 1 ;;\n;"
                     "SELECT 'it''s; one', \"a;b\", `c;`;"
                     "SELECT 'back\\';slash', '\\\\'\n;--\n"
                     "SELECT /* in; side */ 2 -- rest; of line\n + 3;"
                     "SELECT 1--1;/*!40101 SET NAMES utf8 */;"
                     "SELECT 'no end;";
    const char *statement;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        size_t length = migrate_statement(&at, &statement);
        assert_string_equal(harness_text(h, "%.*s", (int)length, statement), expected[i]);
    }
    assert_int_equal(migrate_statement(&at, &statement), 0);
    at = " ; -- nothing\n /* at all";
    assert_int_equal(migrate_statement(&at, &statement), 0);
    assert_int_equal(migrate_statement(&at, &statement), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(test_fresh),
        HARNESS_TEST(test_every_table_is_sound),
        HARNESS_TEST(test_indexes),
        HARNESS_TEST(test_columns_behave),
        HARNESS_TEST(test_takeover_keeps_the_data),
        HARNESS_TEST(test_requests_is_left_alone),
        HARNESS_TEST(test_source_gains_one_value),
        HARNESS_TEST(test_a_rewrite_is_said),
        HARNESS_TEST(test_again_is_nothing),
        HARNESS_TEST(test_loaded_by_hand),
        HARNESS_TEST(test_embedded_as_it_is),
        HARNESS_TEST(test_interrupted_anywhere),
        HARNESS_TEST(test_killed),
        HARNESS_TEST(test_dry_run_writes_nothing),
        HARNESS_TEST(test_check),
        HARNESS_TEST(test_newer_schema_is_refused),
        HARNESS_TEST(test_failure_is_named),
        HARNESS_TEST(test_portable_sql),
        HARNESS_TEST(test_files_are_in_order),
        HARNESS_TEST(test_statements),
    };
    cmocka_set_test_filter(getenv("MIGRATE_ONLY"));
    cmocka_set_skip_filter(getenv("MIGRATE_SKIP"));
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
