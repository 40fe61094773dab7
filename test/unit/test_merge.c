/* test_merge: base, theirs and ours in every combination, and the base as it is stored. */
#include "core/merge_base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONG = 300, LONGEST_LITERAL = 255, CEILING = 1 << 16 };

/* Texts of every kind: short, nearly the same, empty, NULL, long ones that differ at the end. */
enum text { T_NULL, T_EMPTY, T_A, T_B, T_A_BLANK, T_LOWER, T_LONG_A, T_LONG_B, TEXTS };

static const char *text_of(enum text which)
{
    static char longs[2][LONG + 1];
    static const char *const texts[] = {[T_NULL] = NULL,
                                        [T_EMPTY] = "",
                                        [T_A] = "CAF\xC3\x89",
                                        [T_B] = "tea",
                                        [T_A_BLANK] = "CAF\xC3\x89 ",
                                        [T_LOWER] = "cafe"};
    if (which < T_LONG_A)
        return texts[which];
    char *text = longs[which - T_LONG_A];
    memset(text, 'x', LONG);
    text[LONG - 1] = which == T_LONG_A ? 'a' : 'b';
    return text;
}

static struct cell cell_with(enum text which)
{
    return cell_of(text_of(which));
}

/* Of a column that holds what was written. */
static struct merge_base base_of(struct cell cell, struct arena *arena)
{
    return merge_base_of(cell, cell, arena);
}

static const enum merge_mode MODES[] = {MERGE_KEEP, MERGE_OVERWRITE, MERGE_ADOPT, MERGE_ONCE};

static void assert_verdict(struct merge_base base, enum text b, enum text theirs, enum text ours,
                           enum merge_mode mode, enum merge_verdict expected)
{
    enum merge_verdict found = merge_column(base, cell_with(theirs), cell_with(ours), mode);
    if (found != expected)
        fail_msg("base %d%s theirs %d ours %d mode %d: %d instead of %d", (int)b,
                 base.held.known ? "" : " (unknown)", (int)theirs, (int)ours, (int)mode, (int)found,
                 (int)expected);
}

/* The rules as the design says them, over all texts. */
static void test_with_a_base(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    for (int b = 0; b < TEXTS; b++)
        for (int theirs = 0; theirs < TEXTS; theirs++)
            for (int ours = 0; ours < TEXTS; ours++)
                for (int m = 0; m < 4; m++) {
                    struct merge_base base = base_of(cell_with(b), &arena);
                    enum merge_verdict expected = MERGE_KEPT;
                    if (ours == theirs)
                        expected = b == theirs ? MERGE_UNCHANGED : MERGE_BASE;
                    else if (ours == b)
                        expected = MODES[m] == MERGE_ONCE ? MERGE_UNCHANGED : MERGE_WRITE;
                    else if (MODES[m] == MERGE_OVERWRITE)
                        expected = MERGE_WRITE;
                    assert_verdict(base, b, theirs, ours, MODES[m], expected);
                    assert_int_equal(merge_edited(base, cell_with(ours)), ours != b);
                }
    arena_release(&arena);
}

static void test_without_a_base(void **state)
{
    (void)state;
    const struct merge_base none = {.held = {.known = false}};
    for (int theirs = 0; theirs < TEXTS; theirs++)
        for (int ours = 0; ours < TEXTS; ours++)
            for (int m = 0; m < 4; m++) {
                enum merge_verdict expected = MERGE_WRITE;
                if (ours == theirs)
                    expected = MERGE_BASE;
                else if (MODES[m] == MERGE_ONCE)
                    expected = MERGE_UNCHANGED;
                else if (MODES[m] == MERGE_KEEP)
                    expected = MERGE_KEPT;
                assert_verdict(none, T_NULL, theirs, ours, MODES[m], expected);
                assert_false(merge_edited(none, cell_with(ours)));
            }
}

/* A short text that is the hash of a long one is not that long one. */
static void test_a_hash_is_no_text(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base base = base_of(cell_with(T_LONG_A), &arena);
    assert_true(base.held.hashed);
    assert_int_equal(base.held.text.len, HASH_SIZE - 1);
    assert_int_equal(merge_column(base, cell_with(T_B), base.held.text, MERGE_KEEP), MERGE_KEPT);
    struct merge_base literal = base_of(base.held.text, &arena);
    assert_false(literal.held.hashed);
    assert_int_equal(merge_column(literal, cell_with(T_B), cell_with(T_LONG_A), MERGE_KEEP),
                     MERGE_KEPT);
    arena_release(&arena);
}

static void test_bytes_behind_a_nul_count(void **state)
{
    (void)state;
    const struct merge_base base = {.held = {.known = true, .text = {"a\0b", 3}}};
    assert_int_equal(merge_column(base, cell_with(T_B), (struct cell){"a\0c", 3}, MERGE_KEEP),
                     MERGE_KEPT);
    assert_int_equal(merge_column(base, cell_with(T_B), (struct cell){"a\0b", 3}, MERGE_KEEP),
                     MERGE_WRITE);
}

static void test_only_long_texts_are_hashed(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char text[LONGEST_LITERAL + 2];
    memset(text, 'x', sizeof text);
    struct merge_base base = base_of((struct cell){text, LONGEST_LITERAL}, &arena);
    assert_true(base.held.known);
    assert_false(base.held.hashed);
    base = base_of((struct cell){text, LONGEST_LITERAL + 1}, &arena);
    assert_true(base.held.known);
    assert_true(base.held.hashed);
    base = base_of((struct cell){0}, &arena);
    assert_true(base.held.known);
    assert_false(base.held.hashed);
    assert_null(base.held.text.text);
    arena_release(&arena);
}

/* The base column */

static const struct request_schema SCHEMA = {
    .count = 4,
    .fields = {{.name = "date"}, {.name = "description"}, {.name = "category"}, {.name = "extra"}}};

static void read_base(const char *json, struct merge_base *bases, struct arena *arena)
{
    assert_int_equal(merge_base_read(&SCHEMA, cell_of(json), bases, arena), 0);
}

static void assert_same_text(struct merge_text a, struct merge_text b)
{
    assert_int_equal(a.known, b.known);
    assert_int_equal(a.hashed, b.hashed);
    assert_true(cell_equal(a.text, b.text));
}

static void assert_same_base(struct merge_base a, struct merge_base b)
{
    assert_same_text(a.held, b.held);
    assert_same_text(a.sent, b.sent);
}

static void test_a_base_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    for (int first = 0; first < TEXTS; first++)
        for (int second = 0; second < TEXTS; second++) {
            struct merge_base bases[REQUEST_COLUMNS_MAX] = {0}, read[REQUEST_COLUMNS_MAX];
            bases[0] = base_of(cell_with(first), &arena);
            bases[1] = base_of(cell_with(second), &arena);
            bases[3] = base_of(cell_of("a\"b\\c\n\xF0\x9F\x98\x80"), &arena);
            struct buf out;
            buf_init(&out, CEILING);
            assert_int_equal(merge_base_write(&SCHEMA, bases, (struct cell){0}, &arena, &out), 0);
            read_base(buf_text(&out), read, &arena);
            for (size_t f = 0; f < REQUEST_COLUMNS_MAX; f++)
                assert_same_base(read[f], bases[f]);
            buf_release(&out);
        }
    arena_release(&arena);
}

static void test_the_base_column_is_small(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX] = {0};
    bases[1] = base_of(cell_with(T_LONG_A), &arena);
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(merge_base_write(&SCHEMA, bases, (struct cell){0}, &arena, &out), 0);
    assert_true(out.len < 80);
    assert_non_null(strstr(buf_text(&out), "\"description#\":"));
    buf_release(&out);
    buf_init(&out, 10);
    assert_int_equal(merge_base_write(&SCHEMA, bases, (struct cell){0}, &arena, &out), -1);
    buf_release(&out);
    arena_release(&arena);
}

static void test_columns_that_are_not_named(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    read_base(
        "{\"category\":\"x\",\"dropped\":\"y\",\"dat\":\"z\",\"dates\":\"z\",\"Extra\":\"z\"}",
        bases, &arena);
    assert_false(bases[0].held.known);
    assert_false(bases[1].held.known);
    assert_true(bases[2].held.known);
    assert_string_equal(bases[2].held.text.text, "x");
    assert_false(bases[3].held.known);
    arena_release(&arena);
}

static void test_a_damaged_base_is_unknown(void **state)
{
    (void)state;
    static const char *const damaged[] = {NULL,
                                          "",
                                          "{",
                                          "null",
                                          "[]",
                                          "\"date\"",
                                          "{\"date\":5}",
                                          "{\"date\":\"x\",\"category\":[1]}",
                                          "{\"date\":\"x\",\"category\":\"y\"",
                                          "{\"description#\":null}",
                                          "\x80"};
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct merge_base bases[REQUEST_COLUMNS_MAX];
        memset(bases, 0xFF, sizeof bases);
        read_base(damaged[i], bases, &arena);
        for (size_t f = 0; f < REQUEST_COLUMNS_MAX; f++)
            if (bases[f].held.known)
                fail_msg("%s", damaged[i]);
    }
    arena_release(&arena);
}

/* Whole requests */

static void test_a_request(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX] = {0};
    bases[0] = base_of(cell_with(T_A), &arena);
    bases[1] = base_of(cell_with(T_LONG_A), &arena);
    bases[2] = base_of(cell_with(T_A), &arena);
    const struct cell theirs[] = {cell_with(T_A), cell_with(T_LONG_B), cell_with(T_B),
                                  cell_with(T_B)};
    const struct cell ours[] = {cell_with(T_A), cell_with(T_LONG_A), cell_with(T_LOWER),
                                cell_with(T_B)};
    struct merge_result r;
    assert_int_equal(merge_request(&SCHEMA, (struct merge_sides){bases, theirs, ours, NULL},
                                   MERGE_KEEP, &arena, &r),
                     0);
    assert_int_equal(r.columns[0], MERGE_UNCHANGED);
    assert_int_equal(r.columns[1], MERGE_WRITE);
    assert_int_equal(r.columns[2], MERGE_KEPT);
    assert_int_equal(r.columns[3], MERGE_BASE);
    assert_int_equal(r.writes, 1);
    assert_int_equal(r.kept, 1);
    assert_true(r.base_moved);
    assert_same_base(r.bases[0], bases[0]);
    assert_same_base(r.bases[1], base_of(cell_with(T_LONG_B), &arena));
    assert_same_base(r.bases[2], bases[2]);
    assert_same_base(r.bases[3], base_of(cell_with(T_B), &arena));
    for (size_t f = SCHEMA.count; f < REQUEST_COLUMNS_MAX; f++)
        assert_false(r.bases[f].held.known);
    arena_release(&arena);
}

static void test_a_request_where_nothing_moves(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX] = {0};
    struct cell theirs[4], ours[4];
    for (size_t f = 0; f < 4; f++) {
        theirs[f] = cell_with(T_A);
        bases[f] = base_of(theirs[f], &arena);
        ours[f] = cell_with(f == 2 ? T_B : T_A);
    }
    struct merge_result r;
    assert_int_equal(merge_request(&SCHEMA, (struct merge_sides){bases, theirs, ours, NULL},
                                   MERGE_KEEP, &arena, &r),
                     0);
    assert_int_equal(r.writes, 0);
    assert_int_equal(r.kept, 1);
    assert_false(r.base_moved);
    assert_int_equal(merge_request(&SCHEMA, (struct merge_sides){bases, theirs, ours, NULL},
                                   MERGE_OVERWRITE, &arena, &r),
                     0);
    assert_int_equal(r.writes, 1);
    assert_int_equal(r.kept, 0);
    arena_release(&arena);
}

/* Setting an edit back hands the column over again. */
static void test_an_edit_that_is_set_back(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base base = base_of(cell_with(T_A), &arena);
    assert_verdict(base, T_A, T_B, T_LOWER, MERGE_KEEP, MERGE_KEPT);
    assert_verdict(base, T_A, T_B, T_A, MERGE_KEEP, MERGE_WRITE);
    arena_release(&arena);
}

/* A table that makes another value of what is written: no edit, until somebody makes one. */
static void test_a_table_that_alters(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    const struct cell sent[] = {cell_with(T_A_BLANK), cell_with(T_LONG_A), cell_with(T_NULL)};
    const struct cell held[] = {cell_with(T_A), cell_with(T_LONG_B), cell_with(T_EMPTY)};
    for (size_t i = 0; i < 3; i++)
        for (int m = 0; m < 3; m++) {
            struct merge_base base = merge_base_of(sent[i], held[i], &arena);
            assert_int_equal(merge_column(base, sent[i], held[i], MODES[m]), MERGE_UNCHANGED);
            assert_int_equal(merge_column(base, cell_with(T_B), held[i], MODES[m]), MERGE_WRITE);
            assert_int_equal(merge_column(base, sent[i], cell_with(T_B), MODES[m]),
                             MODES[m] == MERGE_OVERWRITE ? MERGE_WRITE : MERGE_KEPT);
            /* The base as it is stored. */
            struct merge_base bases[REQUEST_COLUMNS_MAX] = {0}, read[REQUEST_COLUMNS_MAX];
            struct buf out;
            bases[1] = base;
            buf_init(&out, CEILING);
            assert_int_equal(merge_base_write(&SCHEMA, bases, (struct cell){0}, &arena, &out), 0);
            read_base(buf_text(&out), read, &arena);
            assert_same_base(read[1], base);
            buf_release(&out);
        }
    arena_release(&arena);
}

/* A column that was mapped once may be mapped again. */
static void test_other_columns_are_kept(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    static const char before[] = "{\"category\":\"x\",\"gone\":\"y\",\"long#\":\"z\",\"made\":"
                                 "\"1\",\"made>\":\"01\",\"void\":null}";
    read_base(before, bases, &arena);
    bases[2] = base_of(cell_of("new"), &arena);
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(merge_base_write(&SCHEMA, bases, cell_of(before), &arena, &out), 0);
    assert_string_equal(buf_text(&out), "{\"category\":\"new\",\"gone\":\"y\",\"long#\":\"z\","
                                        "\"made\":\"1\",\"made>\":\"01\",\"void\":null}");
    buf_clear(&out);
    assert_int_equal(merge_base_write(&SCHEMA, bases, cell_of("{broken"), &arena, &out), 0);
    assert_string_equal(buf_text(&out), "{\"category\":\"new\"}");
    buf_release(&out);
    arena_release(&arena);
}

/* A column of [map.fields] without a base is filled where nobody filled it. */
static void test_newly_mapped(void **state)
{
    (void)state;
    static const struct {
        const char *path, *fallback, *ours;
        enum merge_verdict keep;
    } cases[] = {
        {"a.path", NULL, NULL, MERGE_WRITE}, {"a.path", "0.50", "0.50", MERGE_WRITE},
        {"a.path", "", "", MERGE_WRITE},     {"a.path", "0.50", NULL, MERGE_WRITE},
        {"a.path", NULL, "", MERGE_KEPT},    {"a.path", "0.50", "0.5", MERGE_KEPT},
        {"a.path", "0.50", "x", MERGE_KEPT}, {NULL, "MEDIUM", "MEDIUM", MERGE_KEPT},
        {NULL, NULL, NULL, MERGE_KEPT},
    };
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request_schema schema = {.count = 1, .fields = {{.name = "extra"}}};
        schema.fields[0].path = cases[i].path;
        schema.fields[0].has_default = cases[i].fallback != NULL;
        snprintf(schema.fields[0].fallback, sizeof schema.fields[0].fallback, "%s",
                 cases[i].fallback ? cases[i].fallback : "");
        const struct cell theirs = cell_of("theirs"), ours = cell_of(cases[i].ours);
        struct merge_base none[REQUEST_COLUMNS_MAX] = {0};
        struct merge_result r;
        assert_int_equal(merge_request(&schema, (struct merge_sides){none, &theirs, &ours, NULL},
                                       MERGE_KEEP, &arena, &r),
                         0);
        assert_int_equal(r.columns[0], cases[i].keep);
        /* Not where there is a base: emptied by a person. */
        none[0] = base_of(cell_of("before"), &arena);
        assert_int_equal(merge_request(&schema, (struct merge_sides){none, &theirs, &ours, NULL},
                                       MERGE_KEEP, &arena, &r),
                         0);
        assert_int_equal(r.columns[0], MERGE_KEPT);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_a_base),
        cmocka_unit_test(test_without_a_base),
        cmocka_unit_test(test_a_hash_is_no_text),
        cmocka_unit_test(test_bytes_behind_a_nul_count),
        cmocka_unit_test(test_only_long_texts_are_hashed),
        cmocka_unit_test(test_a_base_is_read_as_it_was_written),
        cmocka_unit_test(test_the_base_column_is_small),
        cmocka_unit_test(test_columns_that_are_not_named),
        cmocka_unit_test(test_a_damaged_base_is_unknown),
        cmocka_unit_test(test_a_request),
        cmocka_unit_test(test_a_request_where_nothing_moves),
        cmocka_unit_test(test_an_edit_that_is_set_back),
        cmocka_unit_test(test_a_table_that_alters),
        cmocka_unit_test(test_other_columns_are_kept),
        cmocka_unit_test(test_newly_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
