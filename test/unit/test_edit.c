/* test_edit: setting values in a configuration file: what is written is read back, and nothing else
 * changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/answer.h"
#include "config/config.h"
#include "config/edit.h"
#include "config/keys.h"

enum { EXAMPLE_MAX = 1 << 16, ROUNDS = 20000, VALUE_MAX = 12 };

static size_t key(const char *section, const char *name)
{
    size_t i = config_key_find(section, name);
    assert_true(i < CONFIG_KEYS_COUNT);
    return i;
}

static struct config_edit edit(const char *text, const struct config_change *changes, size_t count)
{
    struct config_edit e;
    struct error error = ERROR_INIT;
    assert_int_equal(config_edit(&e, text, changes, count, &error), 0);
    return e;
}

static void assert_edit(const char *before, const struct config_change *changes, size_t count,
                        const char *after, const char *diff)
{
    struct config_edit e = edit(before, changes, count);
    assert_string_equal(buf_text(&e.text), after);
    assert_string_equal(buf_text(&e.diff), diff);
    assert_int_equal(e.changed, *diff != '\0');
    config_edit_release(&e);
}

static void test_new(void **state)
{
    (void)state;
    const struct config_change changes[] = {{key("mysql", "database"), "dashboard"},
                                            {key("fluent", "api_url"), "https://example.com"},
                                            {key("fluent", "api_password"), "abcd efgh"},
                                            {key("mysql", "host"), NULL}};
    assert_edit("", changes, 4,
                "# Written by fluent-sync setup; fluent-sync.ini(5) has all keys.\n"
                "\n[fluent]\n"
                "# The address of the WordPress site, including a subdirectory if it is in one.\n"
                "api_url = https://example.com\n"
                "# The user's Application Password; white space in it does not matter.\n"
                "api_password = abcd efgh\n"
                "\n[mysql]\n"
                "# The dashboard's database.\n"
                "database = dashboard\n",
                "  [fluent]\n"
                "+ api_url = https://example.com\n"
                "+ api_password = ********\n"
                "  [mysql]\n"
                "+ database = dashboard\n");
}

/* Comments, order, other keys and sections, and what cannot be read stay. */
static void test_changed(void **state)
{
    (void)state;
    const struct config_change changes[] = {{key("fluent", "api_url"), "https://new.example.com"},
                                            {key("fluent", "api_password"), "new"},
                                            {key("fluent", "date_filter"), "2025-01-01"},
                                            {key("sync", "timezone"), "UTC"},
                                            {key("mysql", "socket"), NULL},
                                            {key("mysql", "user"), "same"}};
    assert_edit("; mine\n[mysql]\nsocket = /tmp/s ; old\nuser = same ; kept\n\n[fluent]\n"
                "api_url: https://old.example.com\n\tapi_password = o;ld\nnot a line\n"
                "[map.urgency]\n* = LOW\n[sync]",
                changes, 6,
                "; mine\n[mysql]\nuser = same ; kept\n\n[fluent]\n"
                "api_url = https://new.example.com\napi_password = new\n"
                "# Tickets created on this day or later, in `timezone`.\n"
                "date_filter = 2025-01-01\nnot a line\n"
                "[map.urgency]\n* = LOW\n[sync]\n"
                "# The zone of dates and times in the tables; `site`: the WordPress site's.\n"
                "timezone = UTC\n",
                "  [mysql]\n- socket = /tmp/s\n"
                "  [fluent]\n- api_url = https://old.example.com\n+ api_url = "
                "https://new.example.com\n"
                "- api_password = ********\n+ api_password = ********\n+ date_filter = 2025-01-01\n"
                "  [sync]\n+ timezone = UTC\n");
}

static void test_unchanged(void **state)
{
    (void)state;
    static const char text[] = "[mysql]\ndatabase = d\npassword = p ;q\n";
    const struct config_change changes[] = {{key("mysql", "database"), "d"},
                                            {key("mysql", "password"), "p ;q"},
                                            {key("mysql", "host"), NULL}};
    assert_edit(text, changes, 3, text, "");
}

/* The installed file shows each key as a comment: the value goes there. */
static void test_example(void **state)
{
    (void)state;
    static char example[EXAMPLE_MAX];
    FILE *file = fopen(SOURCE_DIR "/fluent-sync.ini.example", "r");
    assert_non_null(file);
    example[fread(example, 1, sizeof example - 1, file)] = '\0';
    fclose(file);
    const struct config_change changes[] = {{key("fluent", "api_url"), "https://example.com"},
                                            {key("fluent", "api_password"), "secret"},
                                            {key("mysql", "database"), "desk"}};
    struct config_edit e = edit(example, changes, 3);
    assert_string_equal(buf_text(&e.diff), "  [fluent]\n"
                                           "- ;api_url = https://www.example.com\n"
                                           "+ api_url = https://example.com\n"
                                           "- ;api_password = ********\n"
                                           "+ api_password = ********\n"
                                           "  [mysql]\n"
                                           "- ;database = dashboard\n"
                                           "+ database = desk\n");
    assert_int_equal(e.text.len, strlen(example) + strlen("api_url = https://example.com") +
                                     strlen("api_password = secret") + strlen("database = desk") -
                                     strlen(";api_url = https://www.example.com") -
                                     strlen(";api_password = abcd efgh ijkl mnop qrst uvwx") -
                                     strlen(";database = dashboard"));
    config_edit_release(&e);
}

/* Whatever config_answer takes, config_load reads back as it was given. */
static void test_round_trip(void **state)
{
    (void)state;
    static const char letters[] = " ;#=:[]\"'\\\t\r\n%`$~ab1\xC3\xA9\xFF";
    const size_t keys[] = {key("mysql", "user"), key("mysql", "password"), key("mysql", "database"),
                           key("mysql", "socket")};
    int taken = 0;
    srand(20);
    for (int round = 0; round < ROUNDS; round++) {
        char value[VALUE_MAX + 1] = "";
        struct error error = ERROR_INIT;
        size_t n = 1 + (size_t)rand() % VALUE_MAX, k = keys[rand() % 4];
        for (size_t i = 0; i < n; i++)
            value[i] = letters[(size_t)rand() % (sizeof letters - 1)];
        if (config_answer(k, value, &error) < 0) {
            assert_int_equal(error.code, ERR_USAGE);
            continue;
        }
        const struct config_change changes[] = {{key("mysql", "timeout"), "7s"}, {k, value}};
        struct config_edit e = edit("[mysql]\n", changes, 2);
        struct config config;
        const char *const nothing[] = {NULL};
        const struct config_source source = {
            .file = "new.ini", .text = buf_text(&e.text), .partial = true, .environment = nothing};
        assert_int_equal(config_load(&config, &source, &error), 0);
        const char *const read[] = {config.mysql.user, secret_reveal(&config.mysql.password),
                                    config.mysql.database, config.mysql.socket};
        for (size_t i = 0; i < 4; i++)
            if (keys[i] == k)
                assert_string_equal(read[i], value);
        assert_int_equal(config.mysql.timeout_s, 7);
        char *again = config_edit_value(buf_text(&e.text), k);
        assert_string_equal(again, value);
        free(again);
        config_release(&config);
        config_edit_release(&e);
        taken++;
    }
    assert_true(taken > ROUNDS / 50);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *section, *name, *text, *says; /* NULL: it is taken */
    } cases[] = {
        {"fluent", "api_url", "https://example.com/blog", NULL},
        {"fluent", "api_url", "example", "must begin with https://"},
        {"fluent", "api_url", "https://u:p@example.com", "user name or password"},
        {"fluent", "api_username", "a:b", "`:`"},
        {"fluent", "date_filter", "2025-02-30", "a day, YYYY-MM-DD, not \"2025-02-30\""},
        {"fluent", "mailbox_ids", "1, 3", NULL},
        {"fluent", "mailbox_ids", "one", "ids such as"},
        {"mysql", "port", "3306", NULL},
        {"mysql", "port", "70000", "[mysql] port must be a whole number, 1 to 65535"},
        {"mysql", "database", "a ;b", "cannot stand in the file"},
        {"mysql", "password", "a ;b#c\"", NULL},
        {"mysql", "password", " a", "cannot stand in the file"},
        {"mysql", "password", "a\nb", "cannot stand in the file"},
        {"sync", "timezone", "Mars/Base", "Mars/Base"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = ERROR_INIT;
        int done = config_answer(key(cases[i].section, cases[i].name), cases[i].text, &error);
        assert_int_equal(done, cases[i].says ? -1 : 0);
        if (cases[i].says && !strstr(error.message, cases[i].says))
            fail_msg("%s does not say: %s", error.message, cases[i].says);
    }
}

/* No message shows a password. */
static void test_secret(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    assert_int_equal(config_answer(key("mysql", "password"), "hush \n", &error), -1);
    assert_null(strstr(error.message, "hush"));
}

static void test_options(void **state)
{
    (void)state;
    char option[CONFIG_OPTION_SIZE], other[CONFIG_OPTION_SIZE];
    assert_true(config_option(key("fluent", "api_url"), option));
    assert_string_equal(option, "api-url");
    assert_true(config_option(key("mysql", "user"), option));
    assert_string_equal(option, "mysql-user");
    assert_true(config_option(key("fluent", "api_password_file"), option));
    assert_false(config_option(key("fluent", "api_password"), option));
    assert_false(config_option(key("map.urgency", "hot"), option));
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            if (config_option(i, option) && config_option(j, other))
                assert_string_not_equal(option, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_unchanged),  cmocka_unit_test(test_example),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_answers),
        cmocka_unit_test(test_secret),     cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
