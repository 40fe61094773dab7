/* test_table: tables and messages, safe against whatever a ticket's text holds. */
#include "table.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "csv.h"
#include "messages.h"

#define ELLIPSIS "\xE2\x80\xA6"

enum { OUT_MAX = 1 << 20, HUGE_TEXT = 100000 };

/* What a program might print by accident: colours, the cursor, titles, a bell, the clipboard, bidi
 * overrides, line breaks of all kinds, bytes that are no UTF-8. */
static const char HOSTILE[] = "\x1B[31mred\x1B[0m \x1B]0;title\x07 \x1B[2J\x1B[1;1H \xC2\x9B"
                              "31m \b\b\r\n \x7F \xE2\x80\xAE"
                              "evil\xE2\x80\xAC \xE2\x81\xA6 \xE2\x80\xA8 \xE2\x80\xA9 \xC2\x85 "
                              "\xFF\xFE \xC3 \t\v\f end";

/* No byte and no code point that does more than take up cells. */
static void assert_harmless(const char *text, const char *breaks)
{
    size_t n = strlen(text);
    assert_true(text_valid(text, n));
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 || c == 0x7F) && !strchr(breaks, c))
            fail_msg("byte %02x in: %s", c, text);
        if (c == 0xC2 && (unsigned char)text[i + 1] < 0xA0)
            fail_msg("a C1 control");
    }
    static const char *const bad[] = {"\xE2\x80\xAE", "\xE2\x80\xAC", "\xE2\x81\xA6",
                                      "\xE2\x80\xA8", "\xE2\x80\xA9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(strstr(text, bad[i]));
}

/* What is written to a stream. */
struct sheet {
    char *text;
    FILE *out;
};

static struct sheet open_sheet(void)
{
    struct sheet sheet = {.text = calloc(1, OUT_MAX)};
    assert_non_null(sheet.text);
    sheet.out = fmemopen(sheet.text, OUT_MAX - 1, "w");
    assert_non_null(sheet.out);
    return sheet;
}

static const char *close_sheet(struct sheet *sheet)
{
    fclose(sheet->out);
    return sheet->text;
}

/* Tables */

static const struct report_column COLUMNS[] = {
    {"id", REPORT_NUMBER}, {"title", REPORT_TEXT}, {"status", REPORT_TEXT}};
static const struct table_column SHOWN[] = {
    {"id", "ID", 6, 0}, {"status", "STATUS", 8, 0}, {"title", "TITLE", 0, 0}};

static char *print_rows(const char **cells, size_t rows, size_t line)
{
    const struct report report = {.columns = COLUMNS, .width = 3, .rows = rows, .cells = cells};
    struct sheet sheet = open_sheet();
    table_print(sheet.out, &report, SHOWN, 3, line);
    close_sheet(&sheet);
    return sheet.text;
}

static void assert_table(const char **cells, size_t rows, size_t line, const char *expected)
{
    char *text = print_rows(cells, rows, line);
    assert_string_equal(text, expected);
    free(text);
}

static void test_a_table(void **state)
{
    (void)state;
    const char *cells[] = {"1", "First", "new", "1234", NULL, NULL, "5", "", "on-hold"};
    assert_table(cells, 3, 80,
                 "ID    STATUS   TITLE\n"
                 "1     new      First\n"
                 "1234  -        -\n"
                 "5     on-hold  \n");
    assert_table(cells, 0, 80, "ID  STATUS  TITLE\n");
}

static void test_columns_have_an_end(void **state)
{
    (void)state;
    const char *cells[] = {"1234", "A title that is longer than the line", "much-too-long"};
    assert_table(cells, 1, 46,
                 "ID    STATUS    TITLE\n"
                 "1234  much-to" ELLIPSIS "  A title that is longer than t" ELLIPSIS "\n");
    /* Where there is little room the other texts are cut too, but no number. */
    assert_table(cells, 1, 30,
                 "ID    STAT" ELLIPSIS "  TITLE\n"
                 "1234  much" ELLIPSIS "  A title that is " ELLIPSIS "\n");
}

static void test_spare_columns_are_left_out(void **state)
{
    (void)state;
    static const struct table_column columns[] = {
        {"id", "ID", 6, 0}, {"status", "STATUS", 8, 1}, {"title", "TITLE", 0, 0}};
    const char *cells[] = {"1234", "A title that is longer than the line", "new"};
    const struct report report = {.columns = COLUMNS, .width = 3, .rows = 1, .cells = cells};
    static const struct {
        size_t line;
        const char *expected;
    } cases[] = {{38, "ID    STATUS  TITLE\n1234  new     A title that is longer " ELLIPSIS "\n"},
                 {37, "ID    TITLE\n1234  A title that is longer than th" ELLIPSIS "\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sheet sheet = open_sheet();
        table_print(sheet.out, &report, columns, 3, cases[i].line);
        assert_string_equal(close_sheet(&sheet), cases[i].expected);
        free(sheet.text);
    }
}

/* Whoever reads a pipe wants all of it. */
static void test_nothing_is_cut_without_a_terminal(void **state)
{
    (void)state;
    const char *cells[] = {
        "123456789", "A title that is longer than the line", "much-too-long", "1", "Short", "new"};
    assert_table(cells, 2, TABLE_UNCUT,
                 "ID      STATUS    TITLE\n"
                 "123456789  much-too-long  A title that is longer than the line\n"
                 "1       new       Short\n");
}

static void test_wide_characters_stay_in_line(void **state)
{
    (void)state;
    const char *cells[] = {"1", "a", "\xE6\x94\xAF\xE6\x8F\xB4", "2", "b", "e\xCC\x81t\xC3\xA9"};
    assert_table(cells, 2, 80,
                 "ID  STATUS  TITLE\n"
                 "1   \xE6\x94\xAF\xE6\x8F\xB4    a\n"
                 "2   e\xCC\x81t\xC3\xA9     b\n");
}

static void test_hostile_cells(void **state)
{
    (void)state;
    const char *cells[] = {HOSTILE, HOSTILE, HOSTILE, "2", "b", "c"};
    for (size_t line = 10; line <= 300; line += 29) {
        char *text = print_rows(cells, 2, line);
        assert_harmless(text, "\n");
        size_t lines = 0;
        for (const char *p = text; *p; p++)
            lines += *p == '\n';
        assert_int_equal(lines, 3);
        free(text);
    }
}

static void test_huge_cells(void **state)
{
    (void)state;
    char *huge = malloc(HUGE_TEXT + 1);
    assert_non_null(huge);
    for (size_t i = 0; i < HUGE_TEXT; i++)
        huge[i] = i % 5 ? '\xCC' : 'e'; /* marks without end, and no UTF-8 either */
    huge[HUGE_TEXT] = '\0';
    for (size_t i = 1; i + 1 < HUGE_TEXT; i += 5)
        memcpy(huge + i, "\xCC\x81\xCC\x81", 4);
    const char *cells[] = {"1", huge, "new"};
    char *text = print_rows(cells, 1, 300);
    assert_harmless(text, "\n");
    assert_true(strlen(text) < 4000);
    /* Whatever fits is there: 288 cells, the last for the ellipsis. */
    size_t shown = 0;
    for (const char *p = text; *p; p++)
        shown += *p == 'e';
    assert_int_equal(shown, 287 + 1); /* and that of "new" */
    free(text);
    free(huge);
}

static void test_comma_separated_values(void **state)
{
    (void)state;
    const char *cells[] = {"1", "plain",      NULL,         "2", "",   "a,b",
                           "3", "say \"hi\"", "two\nlines", "4", "\r", " = 1"};
    const struct report report = {.columns = COLUMNS, .width = 3, .rows = 4, .cells = cells};
    struct sheet sheet = open_sheet();
    csv_print(sheet.out, &report);
    assert_string_equal(close_sheet(&sheet), "id,title,status\r\n"
                                             "1,plain,\r\n"
                                             "2,\"\",\"a,b\"\r\n"
                                             "3,\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
                                             "4,\"\r\", = 1\r\n");
    free(sheet.text);
}

static void test_a_text_on_one_line(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 10000);
    buf_puts(&out, "> ");
    table_text(&out, HOSTILE, strlen(HOSTILE));
    assert_harmless(buf_text(&out), "");
    assert_int_equal(strncmp(buf_text(&out), "> ", 2), 0);
    assert_non_null(strstr(buf_text(&out), "red"));
    assert_non_null(strstr(buf_text(&out), "end"));
    buf_release(&out);
}

static void test_a_line_without_terminal(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(table_line(file), TABLE_UNCUT);
    fclose(file);
}

/* Messages */

static char *printed(bool json, const struct log_message *message)
{
    struct sheet sheet = open_sheet();
    struct messages messages = {.out = sheet.out, .json = json};
    messages_print(&messages, message);
    close_sheet(&sheet);
    return sheet.text;
}

static char *message_of(bool json, enum log_level level, const char *text, int64_t run_id)
{
    return printed(json, &(struct log_message){.level = level, .text = text, .run_id = run_id});
}

static void test_messages_as_text(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        const char *expected;
    } cases[] = {{LOG_ERROR, "fluent-sync: text\n"},
                 {LOG_WARNING, "fluent-sync: warning: text\n"},
                 {LOG_INFO, "fluent-sync: text\n"},
                 {LOG_TRACE, "fluent-sync: text\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = message_of(false, cases[i].level, "text", 5);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

static void test_hostile_messages(void **state)
{
    (void)state;
    char *text = message_of(false, LOG_ERROR, HOSTILE, 0);
    assert_int_equal(text[strlen(text) - 1], '\n');
    text[strlen(text) - 1] = '\0';
    assert_harmless(text, "");
    free(text);
    text = message_of(true, LOG_ERROR, HOSTILE, 0);
    assert_int_equal(text[strlen(text) - 1], '\n');
    text[strlen(text) - 1] = '\0';
    assert_harmless(text, "");
    free(text);
}

static void test_messages_as_json(void **state)
{
    (void)state;
    static const char *const levels[] = {"error", "warning", "notice", "info", "detail", "trace"};
    for (int level = LOG_ERROR; level <= LOG_TRACE; level++) {
        char *text = message_of(true, (enum log_level)level, "say \"hi\" \\", 7);
        char expected[100];
        snprintf(expected, sizeof expected,
                 ",\"level\":\"%s\",\"msg\":\"say \\\"hi\\\" \\\\\",\"run_id\":7}\n",
                 levels[level]);
        assert_int_equal(strncmp(text, "{\"time\":\"20", 11), 0);
        assert_non_null(strstr(text, expected));
        free(text);
    }
    char *text = message_of(true, LOG_INFO, "x", 0);
    assert_null(strstr(text, "run_id"));
    free(text);
}

static void test_advice(void **state)
{
    (void)state;
    const struct log_message message = {.level = LOG_WARNING, .text = "text", .advice = "act\x1b"};
    char *text = printed(false, &message);
    assert_string_equal(text, "fluent-sync: warning: text\nfluent-sync: -> act \n");
    free(text);
    text = printed(true, &message);
    assert_non_null(strstr(text, ",\"msg\":\"text\",\"advice\":\"act \"}"));
    free(text);
    text = message_of(true, LOG_ERROR, "text", 0);
    assert_null(strstr(text, "advice"));
    free(text);
}

static void test_each_line_is_a_message(void **state)
{
    (void)state;
    struct sheet sheet = open_sheet();
    struct messages messages = {.out = sheet.out};
    struct log log = {.sink = messages_print, .context = &messages, .most = LOG_WARNING};
    messages_lines(&log, LOG_ERROR, "one\ntwo %s %n\n\nfour\n", "act");
    messages_lines(&log, LOG_WARNING, "last", "");
    messages_lines(&log, LOG_INFO, "not wanted", "");
    messages_lines(&log, LOG_ERROR, "", "");
    assert_string_equal(close_sheet(&sheet), "fluent-sync: one\n"
                                             "fluent-sync: two %s %n\n"
                                             "fluent-sync: \n"
                                             "fluent-sync: four\n"
                                             "fluent-sync: -> act\n"
                                             "fluent-sync: warning: last\n");
    free(sheet.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table),
        cmocka_unit_test(test_columns_have_an_end),
        cmocka_unit_test(test_spare_columns_are_left_out),
        cmocka_unit_test(test_nothing_is_cut_without_a_terminal),
        cmocka_unit_test(test_wide_characters_stay_in_line),
        cmocka_unit_test(test_hostile_cells),
        cmocka_unit_test(test_huge_cells),
        cmocka_unit_test(test_comma_separated_values),
        cmocka_unit_test(test_a_text_on_one_line),
        cmocka_unit_test(test_a_line_without_terminal),
        cmocka_unit_test(test_messages_as_text),
        cmocka_unit_test(test_hostile_messages),
        cmocka_unit_test(test_messages_as_json),
        cmocka_unit_test(test_advice),
        cmocka_unit_test(test_each_line_is_a_message),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
