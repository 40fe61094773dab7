/* test_columns: values from the columns of a statement into the members of a struct, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/columns.h"

struct record {
    const char *text;
    struct cell cell;
    char chars[6];
    int64_t number, known, positive, instant;
    int small;
    bool flag;
};
static const struct column RECORD[] = {
    COLUMN("t", struct record, text),
    COLUMN("c", struct record, cell),
    COLUMN("LEFT(s, 5)", struct record, chars),
    COLUMN("n", struct record, number),
    COLUMN_AS(COLUMN_KNOWN, "k", struct record, known),
    COLUMN_AS(COLUMN_POSITIVE, "p", struct record, positive),
    COLUMN_AS(COLUMN_INSTANT, "i", struct record, instant),
    COLUMN("small", struct record, small),
    COLUMN("flag", struct record, flag),
};
enum { COUNT = sizeof RECORD / sizeof *RECORD };

static const struct record FULL = {.text = "text",
                                   .cell = {"a\0b", 3},
                                   .chars = "chars",
                                   .number = INT64_C(-9007199254740993),
                                   .known = 0,
                                   .positive = 1,
                                   .instant = 1759746600,
                                   .small = -7,
                                   .flag = true};
static const char *const TEXTS[COUNT] = {
    "text", NULL, "chars", "-9007199254740993", "0", "1", "2025-10-06 10:30:00", "-7", "1"};
/* What stands for NULL. */
static const struct record EMPTY = {.known = -1};

static void assert_records(const struct record *found, const struct record *expected)
{
    assert_true(cell_equal(cell_of(found->text), cell_of(expected->text)));
    assert_true(cell_equal(found->cell, expected->cell));
    assert_string_equal(found->chars, expected->chars);
    assert_int_equal(found->number, expected->number);
    assert_int_equal(found->known, expected->known);
    assert_int_equal(found->positive, expected->positive);
    assert_int_equal(found->instant, expected->instant);
    assert_int_equal(found->small, expected->small);
    assert_int_equal(found->flag, expected->flag);
}

static void test_names(void **state)
{
    (void)state;
    struct buf sql;
    buf_init(&sql, 1000);
    columns_names(&sql, RECORD, COUNT);
    assert_string_equal(buf_text(&sql), "t, c, LEFT(s, 5), n, k, p, i, small, flag");
    buf_clear(&sql);
    columns_assignments(&sql, RECORD, 2);
    assert_string_equal(buf_text(&sql), "t = ?, c = ?");
    buf_release(&sql);
}

static void test_values(void **state)
{
    (void)state;
    struct db_value values[COUNT];
    char texts[COUNT][DB_DIGITS];
    columns_values(RECORD, COUNT, &FULL, values, texts);
    for (size_t i = 0; i < COUNT; i++)
        if (TEXTS[i])
            assert_string_equal(values[i].text, TEXTS[i]);
    assert_int_equal(values[1].len, 3);
    assert_memory_equal(values[1].text, "a\0b", 3);
}

/* Zero is no NULL where the column is a plain number, a flag or a text of our own. */
static void test_nulls_written(void **state)
{
    (void)state;
    static const bool is_null[COUNT] = {true, true, false, false, true, true, true, false, false};
    struct db_value values[COUNT];
    char texts[COUNT][DB_DIGITS];
    columns_values(RECORD, COUNT, &EMPTY, values, texts);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(values[i].text == NULL, is_null[i]);
}

static void test_read(void **state)
{
    (void)state;
    struct db_value row[COUNT];
    char texts[COUNT][DB_DIGITS];
    struct record found;
    struct arena arena = ARENA_INIT;
    columns_values(RECORD, COUNT, &FULL, row, texts);
    memset(&found, 0xff, sizeof found);
    columns_read(RECORD, COUNT, row, &found, &arena);
    assert_records(&found, &FULL);
    assert_ptr_not_equal(found.text, FULL.text); /* a copy: the result is freed */
    assert_ptr_not_equal(found.cell.text, FULL.cell.text);
    arena_release(&arena);
}

static void test_nulls_read(void **state)
{
    (void)state;
    const struct db_value row[COUNT] = {{0}};
    struct record found;
    struct arena arena = ARENA_INIT;
    memset(&found, 0xff, sizeof found);
    columns_read(RECORD, COUNT, row, &found, &arena);
    assert_records(&found, &EMPTY);
    arena_release(&arena);
}

static void test_odd_values(void **state)
{
    (void)state;
    struct record found;
    struct arena arena = ARENA_INIT;
    struct db_value row[COUNT] = {{0}};
    row[2] = db_text("too long");
    row[6] = db_text("0000-00-00 00:00:00"); /* MySQL's zero date */
    columns_read(RECORD, COUNT, row, &found, &arena);
    assert_string_equal(found.chars, "too l");
    assert_int_equal(found.instant, 0);
    row[6] = db_text("2025-10-06"); /* no instant */
    columns_read(RECORD, COUNT, row, &found, &arena);
    assert_int_equal(found.instant, 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),         cmocka_unit_test(test_values),
        cmocka_unit_test(test_nulls_written), cmocka_unit_test(test_read),
        cmocka_unit_test(test_nulls_read),    cmocka_unit_test(test_odd_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
