/* test_db_errors: what each answer of a server speaks of, and that none is told with a row's
 * values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/db_errors.h"

#define SECRET "Erika Mustermann"

struct told {
    enum db_failure failure;
    struct error error;
    char text[ERROR_TEXT_MAX];
};

static struct told told_of(const struct db_answer *answer)
{
    struct told told = {.error = ERROR_INIT};
    db_error_fill(answer, &told.error);
    told.failure = (enum db_failure)told.error.cause;
    error_text(&told.error, told.text);
    return told;
}

static struct told tell(enum db_product product, unsigned number, const char *state,
                        const char *text)
{
    const struct db_answer answer = {
        .number = number, .state = state, .text = text, .product = product, .values = true};
    struct told told = told_of(&answer);
    if (strstr(told.text, SECRET))
        fail_msg("%u: %s", number, told.text);
    return told;
}

/* The client library's words for it are no reason to look for a server that does not run. */
static void an_error_before_tls_is_the_servers_own(void **state)
{
    (void)state;
    static const char wrapped[] =
        "Received error packet before completion of TLS handshake. The authenticity of the "
        "following error cannot be verified: 1040 - Too many connections";
    struct db_answer answer = {.number = 2002, .state = "HY000", .text = wrapped};
    db_error_unwrap(&answer);
    assert_int_equal(answer.number, 1040);
    assert_string_equal(answer.text, "Too many connections");
    static const char *const others[] = {
        "Too many connections", "Received error packet before completion of TLS handshake. ",
        "Received error packet before completion of TLS handshake. Of: 99999999 - x",
        "Received error packet before completion of TLS handshake. Of: 1040 and no more"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        answer = (struct db_answer){.number = 2002, .state = "HY000", .text = others[i]};
        db_error_unwrap(&answer);
        assert_int_equal(answer.number, 2002);
        assert_ptr_equal(answer.text, others[i]);
    }
}

/* As both servers write them, with customers' words where a row's values stand. */
static void what_is_said_of_a_row_names_what_refused_it(void **state)
{
    (void)state;
    static const struct {
        enum db_product product;
        unsigned number;
        const char *state, *text, *says;
    } cases[] = {
        {DB_MARIADB, 1062, "23000", "Duplicate entry '" SECRET "' for key 'one_title'",
         "key `one_title`"},
        {DB_MYSQL, 1062, "23000", "Duplicate entry '" SECRET "' for key 'requests.one_title'",
         "key `requests.one_title`"},
        {DB_MYSQL, 1062, "23000",
         "Duplicate entry 'x' for key '" SECRET "' for key 'requests.one_title'",
         "key `requests.one_title`"},
        {DB_MARIADB, 1048, "23000", "Column 'title' cannot be null", "column `title`"},
        {DB_MARIADB, 1264, "22003", "Out of range value for column 'n' at row 12", "column `n`"},
        {DB_MYSQL, 1366, "HY000", "Incorrect integer value: '" SECRET "' for column 'n' at row 1",
         "column `n`"},
        {DB_MARIADB, 1366, "22007",
         "Incorrect integer value: '" SECRET "' for column `d`.`t`.`n` at row 1", "column `n`"},
        {DB_MARIADB, 1366, "22007",
         "Incorrect string value: '\\xF0" SECRET "' for column `d`.`t`.`s` at row 1",
         "fluent-sync check"},
        {DB_MARIADB, 1292, "22007",
         "Truncated incorrect DOUBLE value: 'for column '" SECRET "' at row 1'", "1292"},
        {DB_MARIADB, 1292, "22007", "Truncated incorrect DOUBLE value: '.`" SECRET "` at row 1'",
         "1292"},
        {DB_MARIADB, 1452, "23000",
         "Cannot add or update a child row: a foreign key constraint fails (`d`.`requests`, "
         "CONSTRAINT `fk_category` FOREIGN KEY (`category`) REFERENCES `c` (`name`))",
         "constraint `fk_category`"},
        {DB_MYSQL, 3819, "HY000", "Check constraint 'short' is violated.", "constraint `short`"},
        {DB_MARIADB, 4025, "23000", "CONSTRAINT `short` failed for `d`.`t`", "constraint `short`"},
        {DB_MYSQL, 3140, "22032",
         "Invalid JSON text: \"Invalid value.\" at position 1 in value for column 'raw_data' at "
         "row 1",
         "column `raw_data`"},
        {DB_MYSQL, 3988, "HY000",
         "Conversion from collation utf8mb4_general_ci into latin1_swedish_ci impossible for "
         "parameter",
         "fluent-sync check"},
        {DB_MYSQL, 1526, "HY000", "Table has no partition for value " SECRET, "partition"},
        {DB_MARIADB, 1644, "45000", SECRET " may not", "a trigger refused the row"},
        /* A trigger may raise any number with any state. */
        {DB_MARIADB, 30001, "45000", SECRET " may not", "30001"},
        {DB_MARIADB, 1146, "45000", SECRET " may not", "SQLSTATE 45000"},
        {DB_MARIADB, 1205, "UA001", SECRET " may not", "SQLSTATE UA001"},
        {DB_MYSQL, 1690, "22003", "BIGINT value is out of range in '" SECRET "'", "1690"},
        {DB_MYSQL, 9999, "22099", SECRET, "9999"},
        {DB_MYSQL, 9999, "23099", SECRET, "9999"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct told told = tell(cases[i].product, cases[i].number, cases[i].state, cases[i].text);
        if (!db_refuses_row(told.failure) || !strstr(told.text, cases[i].says))
            fail_msg("%u: %d, %s", cases[i].number, (int)told.failure, told.text);
    }
}

/* An answer, what it is taken for, and words of the advice (NULL: any). */
struct expectation {
    enum db_product product;
    unsigned number;
    const char *state;
    enum db_failure failure;
    const char *advice;
};

static void assert_told(const struct expectation *expected)
{
    static const char text[] = "as the server says";
    struct told told = tell(expected->product, expected->number, expected->state, text);
    assert_int_equal(told.failure, expected->failure);
    if (expected->advice &&
        (!strstr(told.error.advice, expected->advice) || !strstr(told.error.message, text)))
        fail_msg("%u: %s", expected->number, told.text);
}

static void what_is_to_be_tried_again(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {DB_MARIADB, 1020, "HY000", DB_FAILURE_RETRY, NULL},
        {DB_MARIADB, 1213, "40001", DB_FAILURE_RETRY, NULL},
        {DB_MYSQL, 1180, "HY000", DB_FAILURE_RETRY, NULL},
        {DB_MYSQL, 3100, "HY000", DB_FAILURE_RETRY, NULL},
        {DB_MYSQL, 3101, "40000", DB_FAILURE_RETRY, NULL},
        {DB_MYSQL, 1644, "40001", DB_FAILURE_RETRY, NULL},
        {DB_MYSQL, 9999, "40001", DB_FAILURE_RETRY, NULL},
        {DB_MARIADB, 1964, "HY000", DB_FAILURE_RETRY, NULL},
        {DB_MARIADB, 1205, "HY000", DB_FAILURE_LOCKED, NULL},
        {DB_MYSQL, 1290, "HY000", DB_FAILURE_READ_ONLY, NULL},
        {DB_MARIADB, 1836, "HY000", DB_FAILURE_READ_ONLY, NULL},
        {DB_MARIADB, 1047, "08S01", DB_FAILURE_CONNECTION, NULL},
        {DB_MYSQL, 4031, "HY000", DB_FAILURE_CONNECTION, NULL},
        {DB_UNKNOWN, 1040, "08004", DB_FAILURE_CROWDED, NULL},
        {DB_UNKNOWN, 2003, "HY000", DB_FAILURE_CONNECTION, NULL},
        {DB_UNKNOWN, 2999, "HY000", DB_FAILURE_CONNECTION, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_told(&cases[i]);
}

static void what_somebody_must_act_on_has_advice(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {DB_MARIADB, 1146, "42S02", DB_FAILURE_MISSING, "fluent-sync migrate"},
        {DB_MARIADB, 1142, "42000", DB_FAILURE_RIGHT, "GRANT"},
        {DB_UNKNOWN, 1045, "28000", DB_FAILURE_ACCOUNT, "REQUIRE SSL"},
        {DB_UNKNOWN, 1698, "28000", DB_FAILURE_ACCOUNT, "unix_socket"},
        {DB_MYSQL, 1226, "42000", DB_FAILURE_ACCOUNT, "an hour"},
        {DB_UNKNOWN, 1040, "08004", DB_FAILURE_CROWDED, "too many connections"},
        {DB_UNKNOWN, 3159, "HY000", DB_FAILURE_SERVER, "TLS"},
        {DB_UNKNOWN, 3032, "HY000", DB_FAILURE_CONNECTION, "offline_mode"},
        {DB_MYSQL, 1290, "HY000", DB_FAILURE_READ_ONLY, "[mysql] host"},
        {DB_MYSQL, 3098, "HY000", DB_FAILURE_TABLE, "fluent-sync check"},
        {DB_MARIADB, 1114, "HY000", DB_FAILURE_SERVER, "free some space"},
        {DB_MARIADB, 1364, "HY000", DB_FAILURE_TABLE, "default"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_told(&cases[i]);
}

/* The statement that an administrator has to run, and nothing to look up. */
static void a_missing_right_is_told_as_the_grant(void **state)
{
    (void)state;
    static const struct {
        unsigned number;
        const char *text, *advice;
    } cases[] = {
        {1142, "UPDATE command denied to user 'u'@'localhost' for table `d`.`requests`",
         "GRANT UPDATE ON `d`.requests TO 'u'@'%'; `fluent-sync check` lists all that is missing"},
        {1142, "INSERT, UPDATE command denied to user 'u'@'localhost' for table 'requests'",
         "GRANT INSERT, UPDATE ON `d`.requests TO 'u'@'%'; `fluent-sync check` lists all that is "
         "missing"},
        {1143, "SELECT command denied to user 'u'@'localhost' for column 'id' in table 'requests'",
         "GRANT SELECT ON `d`.requests TO 'u'@'%'; `fluent-sync check` lists all that is missing"},
        {1142, "CREATE command denied to user 'u'@'localhost' for table `d`.`requests`",
         "GRANT CREATE ON `d`.* TO 'u'@'%'; docs/by-hand.md names all that `migrate` needs"},
        {1044, "Access denied for user 'u'@'%' to database 'd'",
         "GRANT SELECT, INSERT, UPDATE, DELETE ON `d`.* TO 'u'@'%', or the narrower ones of "
         "docs/by-hand.md; a database that does not exist is refused so too"},
        {1049, "Unknown database 'd'",
         "check [mysql] database, or create it: CREATE DATABASE `d` CHARACTER SET utf8mb4"},
        {1142, "whatever",
         "grant the account the right: the GRANT statements are in docs/by-hand.md"},
        {1142, "X command denied ''",
         "grant the account the right: the GRANT statements are in docs/by-hand.md"},
    };
    char account[DB_ACCOUNT_SIZE];
    db_account_quote("u@%", account);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct told told = told_of(&(struct db_answer){.number = cases[i].number,
                                                       .state = "42000",
                                                       .text = cases[i].text,
                                                       .account = account,
                                                       .database = "d"});
        assert_string_equal(told.error.advice, cases[i].advice);
    }
    db_account_quote("a@b@10.0.0.%", account);
    assert_string_equal(account, "'a@b'@'10.0.0.%'");
}

/* Above 1877 the servers' numbers part. */
static void a_number_is_the_server_s_own(void **state)
{
    (void)state;
    assert_int_equal(tell(DB_MYSQL, 4025, "HY000", "x").failure, DB_FAILURE_UNKNOWN);
    assert_int_equal(tell(DB_MARIADB, 3101, "HY000", "x").failure, DB_FAILURE_UNKNOWN);
    assert_int_equal(tell(DB_MARIADB, 4031, "HY000", "x").failure, DB_FAILURE_UNKNOWN);
}

static void an_unknown_answer_to_values_is_told_by_its_number_alone(void **state)
{
    (void)state;
    struct told told = tell(DB_MYSQL, 9999, "HY000", "about " SECRET);
    assert_int_equal(told.failure, DB_FAILURE_UNKNOWN);
    assert_non_null(strstr(told.text, "9999"));
    tell(DB_MYSQL, 9999, "42000", "about " SECRET);
    tell(DB_MYSQL, 1644, "40001", "about " SECRET);
    const struct db_answer ddl = {.number = 9999, .state = "HY000", .text = "about a table"};
    assert_non_null(strstr(told_of(&ddl).error.message, "about a table"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_before_tls_is_the_servers_own),
        cmocka_unit_test(what_is_said_of_a_row_names_what_refused_it),
        cmocka_unit_test(what_is_to_be_tried_again),
        cmocka_unit_test(what_somebody_must_act_on_has_advice),
        cmocka_unit_test(a_missing_right_is_told_as_the_grant),
        cmocka_unit_test(a_number_is_the_server_s_own),
        cmocka_unit_test(an_unknown_answer_to_values_is_told_by_its_number_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
