/* test_dashboard: the table requests as dashboards have it: types, engines, partitions, views. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

/* Columns of requests, without the id's type and what makes it a key. */
#define COLUMNS                                                                                    \
    " NOT NULL AUTO_INCREMENT, date DATE, time TIME, request_type VARCHAR(50), category "          \
    "VARCHAR(50) DEFAULT 'Support', description TEXT, urgency "                                    \
    "ENUM('LOW','MEDIUM','HIGH','PROMOTION') DEFAULT 'MEDIUM', effort "                            \
    "ENUM('Small','Medium','Large') DEFAULT 'Medium', status "                                     \
    "ENUM('active','deleted','ignored') DEFAULT 'active', source ENUM('sms','phone'%s) DEFAULT "   \
    "'sms', updated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, "

static void make_table(struct harness *h, const char *name, const char *id, const char *sources,
                       const char *rest)
{
    harness_sql(h, harness_text(h, "CREATE TABLE %s (id %s", name,
                                harness_text(h, "%s" COLUMNS "%s", id, sources, rest)));
}

static void prepare(struct harness *h)
{
    harness_new_database(h);
    harness_site_of(h, 10);
    harness_config(h, NULL, NULL, NULL);
}

static int foreign_keys(struct harness *h)
{
    return (int)harness_count(
        h, "information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "
           "'fluent_tickets' AND REFERENCED_TABLE_NAME = 'requests'");
}

/* Nine tickets, each with its request; what changes is merged; a second run writes nothing. */
static void mirrors(struct harness *h)
{
    sync_expect(harness_sync(h, NULL), 0);
    static const char joined[] = "SELECT COUNT(DISTINCT r.id) FROM fluent_tickets f JOIN requests "
                                 "r ON r.id = f.request_id WHERE r.source = 'fluent'";
    assert_int_equal(harness_number(h, joined), 9);
    harness_control(h, "{'do':'update','id':2,'set':{'priority':'critical'}}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 2, "urgency"), "HIGH");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_last(h, "tickets_unchanged"), "9");
    assert_int_equal(harness_number(h, joined), 9);
    sync_expect(harness_sync(h, "check", "-q", NULL), 0);
}

static void test_types_of_id(void **state)
{
    struct harness *h = *state;
    static const char *const types[] = {"BIGINT UNSIGNED", "INT UNSIGNED", "BIGINT", "MEDIUMINT"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        prepare(h);
        make_table(h, "requests", types[i], "", "PRIMARY KEY (id)) ENGINE=InnoDB CHARSET=utf8mb4");
        if (i < 2)
            harness_sql(h, "ALTER TABLE requests AUTO_INCREMENT = 3000000000");
        sync_migrate(h);
        assert_int_equal(foreign_keys(h), 1);
        mirrors(h);
        harness_sql(h, "DELETE FROM requests WHERE urgency = 'HIGH' LIMIT 1");
        assert_int_equal(harness_count(h, "fluent_tickets WHERE request_id IS NULL"), 1);
    }
}

/* Tables that were there before, without the foreign key. */
static void test_type_taken_over(void **state)
{
    struct harness *h = *state;
    prepare(h);
    harness_load(h, FIXTURES "/old-service/schema.sql");
    harness_sql(h, "DROP TABLE fluent_tickets, requests");
    make_table(h, "requests", "BIGINT UNSIGNED", ",'fluent'",
               "PRIMARY KEY (id)) ENGINE=InnoDB CHARSET=utf8mb4 AUTO_INCREMENT = 3000000000");
    harness_sql(h, "CREATE TABLE fluent_tickets (id INT AUTO_INCREMENT PRIMARY KEY, fluent_id "
                   "VARCHAR(100) NOT NULL UNIQUE, ticket_number VARCHAR(50), created_at DATETIME "
                   "NOT NULL, updated_at_fluent DATETIME, ticket_status VARCHAR(50), customer_id "
                   "VARCHAR(100), customer_name VARCHAR(255), customer_email VARCHAR(255), "
                   "mailbox_id INT, title VARCHAR(255), customer_message TEXT, priority "
                   "VARCHAR(20), product_id VARCHAR(100), product_name VARCHAR(255), agent_id "
                   "VARCHAR(100), agent_name VARCHAR(255), raw_data JSON, request_id INT NULL, "
                   "last_synced_at TIMESTAMP NULL) ENGINE=InnoDB");
    sync_migrate(h);
    mirrors(h);
}

static void test_partitions(void **state)
{
    struct harness *h = *state;
    prepare(h);
    make_table(h, "requests", "INT", "",
               "PRIMARY KEY (id)) ENGINE=InnoDB CHARSET=utf8mb4 PARTITION BY HASH (id) PARTITIONS "
               "4");
    sync_migrate(h);
    assert_int_equal(foreign_keys(h), 0);
    mirrors(h);
}

static void test_view(void **state)
{
    struct harness *h = *state;
    prepare(h);
    make_table(h, "inner_requests", "INT", "", "PRIMARY KEY (id)) ENGINE=InnoDB CHARSET=utf8mb4");
    harness_sql(h, "CREATE VIEW requests AS SELECT * FROM inner_requests");
    struct outcome outcome = harness_sync(h, "migrate", NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "'fluent'");
    prepare(h);
    make_table(h, "inner_requests", "INT UNSIGNED", ",'fluent'",
               "PRIMARY KEY (id)) ENGINE=InnoDB CHARSET=utf8mb4");
    harness_sql(h, "CREATE VIEW requests AS SELECT * FROM inner_requests");
    sync_migrate(h);
    assert_int_equal(foreign_keys(h), 0);
    mirrors(h);
}

/* migrate, check and sync refuse it with the reason, and write nothing. */
static void test_engine_without_transactions(void **state)
{
    struct harness *h = *state;
    prepare(h);
    make_table(h, "requests", "INT", "", "PRIMARY KEY (id)) ENGINE=MyISAM CHARSET=utf8mb4");
    for (int dry = 0; dry < 2; dry++) {
        struct outcome outcome = harness_sync(h, "migrate", dry ? "--dry-run" : NULL, NULL);
        sync_expect(outcome, 6);
        sync_says(outcome.err, "MyISAM");
        sync_says(outcome.err, "ENGINE = InnoDB");
    }
    assert_string_equal(harness_table(h, "SHOW TABLES"), "requests\n");
    harness_sql(h, "ALTER TABLE requests ENGINE = InnoDB");
    sync_migrate(h);
    mirrors(h);
    /* Changed afterwards. */
    prepare(h);
    sync_migrate(h);
    harness_sql(h, "SET FOREIGN_KEY_CHECKS = 0; ALTER TABLE fluent_tickets DROP FOREIGN KEY "
                   "fluent_tickets_ibfk_1; ALTER TABLE requests ENGINE = MyISAM");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "MyISAM");
    assert_int_equal(harness_count(h, "requests"), 0);
    outcome = harness_sync(h, "check", NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.out, "without transactions");
    sync_expect(harness_sync(h, "--dry-run", NULL), 6);
}

/* A number is stored if the column can hold it; otherwise the reject names the column and its
 * range. */
static void test_ranges(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_migrate(h);
    harness_sql(h, "ALTER TABLE requests ADD COLUMN stamp INT, ADD COLUMN small TINYINT UNSIGNED");
    harness_config(h, NULL, NULL, "[map.fields]\nstamp = stamp\nsmall = small\n");
    harness_control(h, "[{'do':'update','id':2,'set':{'stamp':1700000000,'small':200}},"
                       "{'do':'update','id':3,'set':{'small':256}},"
                       "{'do':'update','id':4,'set':{'stamp':'2147483648'}},"
                       "{'do':'update','id':5,'set':{'mailbox_id':'2147483648'}}]");
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(
        harness_table(h, "SELECT stamp, small FROM requests r JOIN fluent_tickets f ON r.id = "
                         "f.request_id WHERE fluent_id = '2'"),
        "1700000000\t200\n");
    assert_string_equal(
        harness_table(h, "SELECT fluent_id, reason FROM fluent_rejects ORDER BY fluent_id"),
        "3\trequests.small (whole numbers from 0 to 255) cannot hold the value of small: \"256\"\n"
        "4\trequests.stamp (whole numbers from -2147483648 to 2147483647) cannot hold the "
        "value of stamp: \"2147483648\"\n"
        "5\tfluent_tickets.mailbox_id (whole numbers from -2147483648 to 2147483647) cannot hold "
        "the value of mailbox_id: \"2147483648\"\n");
    harness_sql(h, "ALTER TABLE fluent_tickets MODIFY mailbox_id BIGINT; ALTER TABLE requests "
                   "MODIFY stamp INT UNSIGNED, MODIFY small SMALLINT");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_cell(h, 5, "mailbox_id"), "2147483648");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_types_of_id),
        SYNC_TEST(test_type_taken_over),
        SYNC_TEST(test_partitions),
        SYNC_TEST(test_view),
        SYNC_TEST(test_engine_without_transactions),
        SYNC_TEST(test_ranges),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
