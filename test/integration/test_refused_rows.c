/* test_refused_rows: a database that refuses one row, for whatever reason, on a first import and
 * afterwards: that ticket is a reject, all others are stored, and no customer's word gets about. */
#include <string.h>

#include "harness_sync.h"

#define SECRET "Erika Mustermann"

/* One of three tickets is odd in a way that only this database minds. */
struct refusal {
    const char *name;
    const char *before, *after; /* the statements that make the database mind, and mend it */
    const char *set;            /* what is odd about the ticket */
    /* In the reason; the third one not on MySQL, which tells it to those alone who may read the
     * table that is referred to. */
    const char *says[3];
};

#define ODD_TITLE "'title':'refuse " SECRET "'"
#define TRIGGER(what, table, condition, then)                                                      \
    "CREATE TRIGGER odd BEFORE " what " ON " table " FOR EACH ROW IF NEW." condition               \
    " LIKE '%refuse%' THEN " then "; END IF"
#define SIGNAL(state, number)                                                                      \
    "BEGIN DECLARE words VARCHAR(100); SET words = CONCAT('no: ', NEW.title); "                    \
    "SIGNAL SQLSTATE '" state "' SET MESSAGE_TEXT = words" number "; END"

static const struct refusal REFUSALS[] = {
    {"a trigger of fluent_tickets",
     TRIGGER("INSERT", "fluent_tickets", "title", SIGNAL("45000", "")),
     "DROP TRIGGER odd",
     ODD_TITLE,
     {"1644", "45000", "a trigger"}},
    {"a trigger with a number of its own",
     TRIGGER("INSERT", "fluent_tickets", "title", SIGNAL("45000", ", MYSQL_ERRNO = 1146")),
     "DROP TRIGGER odd",
     ODD_TITLE,
     {"1146", "a trigger"}},
    {"an error that nobody knows",
     TRIGGER("INSERT", "fluent_tickets", "title", SIGNAL("HY000", ", MYSQL_ERRNO = 30001")),
     "DROP TRIGGER odd",
     ODD_TITLE,
     {"30001"}},
    {"a trigger of requests",
     TRIGGER("INSERT", "requests", "description",
             "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '" SECRET "'"),
     "DROP TRIGGER odd",
     ODD_TITLE,
     {"1644", "a trigger"}},
    {"a foreign key of requests",
     "CREATE TABLE known (name VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci "
     "PRIMARY KEY) ENGINE=InnoDB; INSERT INTO known VALUES ('Support');"
     "ALTER TABLE requests ADD CONSTRAINT fk_known FOREIGN KEY (category) REFERENCES known (name)",
     "INSERT INTO known VALUES ('Hosting')",
     "'product':{'id':9,'title':'Hosting'}",
     {"1452", "a foreign key", "fk_known"}},
    {"a foreign key of fluent_tickets",
     "CREATE TABLE known (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci "
     "PRIMARY KEY) ENGINE=InnoDB; INSERT INTO known VALUES ('normal');"
     "ALTER TABLE fluent_tickets ADD CONSTRAINT fk_priority FOREIGN KEY (priority) REFERENCES "
     "known (name)",
     "INSERT INTO known VALUES ('high')",
     "'priority':'high'",
     {"1452", "a foreign key", "fk_priority"}},
    {"a second unique key",
     "ALTER TABLE fluent_tickets ADD UNIQUE KEY one_title (title)",
     "ALTER TABLE fluent_tickets DROP KEY one_title",
     "'title':'The same'",
     {"1062", "one_title"}},
    {"a CHECK constraint",
     "ALTER TABLE fluent_tickets ADD CONSTRAINT no_odd CHECK (title NOT LIKE '%refuse%')",
     "ALTER TABLE fluent_tickets DROP CONSTRAINT no_odd",
     ODD_TITLE,
     {"no_odd"}},
    {"a column that is too small",
     "ALTER TABLE fluent_tickets MODIFY response_count TINYINT NULL",
     "ALTER TABLE fluent_tickets MODIFY response_count INT NULL",
     "'response_count':200",
     {"response_count"}},
    {"a row without a partition",
     "CREATE TABLE parts (n INT) PARTITION BY RANGE (n) (PARTITION p0 VALUES LESS THAN "
     "(10));" TRIGGER("INSERT", "fluent_tickets", "title", "INSERT INTO parts VALUES (100)"),
     "DROP TRIGGER odd",
     ODD_TITLE,
     {"1526", "partition"}},
};

/* Three tickets that differ in their titles alone. */
static void prepare(struct harness *h)
{
    static const char *const titles[] = {"The same", "Odd", "Good"};
    sync_prepare(h, 0, NULL, NULL, NULL);
    for (int i = 0; i < 3; i++)
        harness_control(h,
                        "{'do':'create','ticket':{'id':%d,'title':'%s','priority':'normal',"
                        "'product':null}}",
                        2 + i, titles[i]);
}

static void no_secret(struct harness *h, const struct outcome *outcome)
{
    sync_says_not(outcome->err, SECRET);
    sync_says_not(harness_table(h, "SELECT IFNULL(error_message, '') FROM fluent_sync_status"),
                  SECRET);
    sync_says_not(harness_table(h, "SELECT reason FROM fluent_rejects"), SECRET);
}

/* A run while the database refuses ticket 3, then one after it has been mended. */
static void refused(struct harness *h, const struct refusal *r, const char *counts)
{
    struct outcome outcome = harness_sync(h, "-vv", NULL);
    sync_expect(outcome, 3);
    no_secret(h, &outcome);
    if (strcmp(sync_last(h, "CONCAT_WS(' ', last_sync_status, tickets_fetched, tickets_added, "
                            "tickets_updated, tickets_rejected)"),
               counts) != 0)
        fail_msg("%s: %s", r->name,
                 sync_last(h, "CONCAT_WS(' ', last_sync_status, tickets_fetched, tickets_added, "
                              "tickets_updated, tickets_rejected)"));
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_rejects"), "3\n");
    for (size_t i = 0; i < (h->mysql ? 2 : 3) && r->says[i]; i++)
        sync_says(harness_value(h, "SELECT reason FROM fluent_rejects"), r->says[i]);
    assert_int_equal(harness_count(h, "requests WHERE source = 'fluent'"),
                     harness_count(h, "fluent_tickets"));
    harness_sql(h, r->after);
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* Each case gets a new database. */
static void next_database(void **state, size_t i)
{
    if (i > 0)
        sync_next_case(state);
    prepare(*state);
}

static void test_on_a_first_import(void **state)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal *r = &REFUSALS[i];
        next_database(state, i);
        struct harness *h = *state;
        harness_sql(h, r->before);
        harness_control(h, "{'do':'update','id':3,'set':{%s}}", r->set);
        refused(h, r, "partial 3 2 0 1");
        assert_int_equal(harness_count(h, "fluent_tickets"), 3);
    }
}

/* What is stored stays as it was. */
static void test_on_an_update(void **state)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal *r = &REFUSALS[i];
        next_database(state, i);
        struct harness *h = *state;
        sync_expect(harness_sync(h, NULL), 0);
        const char *of_requests = strstr(r->before, "INSERT ON requests");
        harness_sql(h, of_requests ? harness_text(h, "%.*sUPDATE%s", (int)(of_requests - r->before),
                                                  r->before, of_requests + strlen("INSERT"))
                                   : r->before);
        harness_control(h,
                        "[{'do':'update','id':3,'set':{%s}},"
                        "{'do':'update','id':4,'set':{'title':'Better'}}]",
                        r->set);
        refused(h, r, "partial 3 0 1 1");
        assert_int_equal(harness_count(h, "fluent_tickets WHERE title = 'Better'"), 1);
    }
}

/* Many refused rows cost no statement per row that is taken, and none of them is in the way. */
static void test_many_on_a_page(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 200, "per_page = 100\ndate_filter = 2000-01-01\n", NULL, NULL);
    harness_sql(h, "CREATE TRIGGER odd BEFORE INSERT ON fluent_tickets FOR EACH ROW IF "
                   "MOD(NEW.fluent_id, 10) = 0 THEN SIGNAL SQLSTATE '45000'; END IF");
    sync_expect(harness_sync(h, NULL), 3);
    assert_true(harness_count(h, "fluent_rejects") >= 10);
    assert_string_equal(sync_last(h, "tickets_fetched = tickets_added + tickets_rejected"), "1");
    assert_int_equal(harness_count(h, "fluent_tickets"),
                     harness_number(h, "SELECT tickets_added FROM fluent_sync_status"));
    assert_int_equal(harness_count(h, "requests"),
                     harness_number(h, "SELECT tickets_added FROM fluent_sync_status"));
}

/* An unknown error that hits every row is the table's, not each row's. */
static void test_an_unknown_error_of_all_rows(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_sql(h, "CREATE TRIGGER odd BEFORE INSERT ON fluent_tickets FOR EACH ROW "
                   "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 30001");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "30001");
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* Nor does it end a run that a deleted ticket's row cannot be marked, or its request be hidden. */
static void test_on_a_deletion(void **state)
{
    static const char *const triggers[] = {
        "CREATE TRIGGER odd BEFORE UPDATE ON requests FOR EACH ROW IF NEW.description LIKE 'Odd%' "
        "THEN "
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '" SECRET "'; END IF",
        "CREATE TRIGGER odd BEFORE UPDATE ON fluent_tickets FOR EACH ROW IF NEW.fluent_id = '3' "
        "THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '" SECRET "'; END IF",
    };
    for (size_t i = 0; i < sizeof triggers / sizeof *triggers; i++) {
        next_database(state, i);
        struct harness *h = *state;
        harness_config(h, NULL, "deleted_tickets = hide\n", NULL);
        sync_expect(harness_sync(h, NULL), 0);
        harness_sql(h, triggers[i]);
        harness_control(h, "[{'do':'delete','id':3},{'do':'delete','id':4}]");
        struct outcome outcome = harness_sync(h, "--full", NULL);
        sync_expect(outcome, 3);
        sync_says(outcome.err, "ticket 3 first");
        no_secret(h, &outcome);
        assert_string_equal(
            harness_table(h, "SELECT fluent_id FROM fluent_tickets WHERE deleted_at IS NOT NULL"),
            "4\n");
        sync_expect(harness_sync(h, NULL), 3); /* it still stands as if it were there */
        harness_sql(h, "DROP TRIGGER odd");
        sync_expect(harness_sync(h, NULL), 0);
        assert_int_equal(harness_count(h, "fluent_tickets WHERE deleted_at IS NOT NULL"), 2);
    }
}

/* Nor one that the site has called for, which waits then; max_deletes has nothing to do with it. */
static void test_on_a_called_deletion(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "CREATE TRIGGER odd BEFORE UPDATE ON fluent_tickets FOR EACH ROW IF "
                   "NEW.fluent_id = '3' THEN SIGNAL SQLSTATE '45000'; END IF");
    harness_control(h, "{'do':'delete','id':3}");
    harness_sql(h, "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('', '3')");
    struct outcome outcome = harness_sync(h, "--ticket=2", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "ticket 3 could not be marked as deleted: database: a trigger");
    sync_says_not(outcome.err, "max_deletes");
    sync_says_not(outcome.err, "could not be fetched");
    assert_int_equal(harness_count(h, "fluent_inbox"), 1);
    harness_sql(h, "DROP TRIGGER odd");
    sync_expect(harness_sync(h, "--ticket=2", NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE deleted_at IS NOT NULL"), 1);
    assert_int_equal(harness_count(h, "fluent_inbox"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_on_a_first_import), SYNC_TEST(test_on_an_update),
        SYNC_TEST(test_many_on_a_page),    SYNC_TEST(test_an_unknown_error_of_all_rows),
        SYNC_TEST(test_on_a_deletion),     SYNC_TEST(test_on_a_called_deletion),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
