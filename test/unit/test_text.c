/* test_text: UTF-8, columns of a database, and what a terminal may get to see. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CEILING = 1 << 20 };

/* A literal and its length, NULs included. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void assert_holds(struct buf *out, const char *expected, size_t n)
{
    assert_false(out->failed);
    assert_int_equal(out->len, n);
    assert_memory_equal(buf_text(out), expected, n);
    assert_true(text_valid(buf_text(out), out->len));
    buf_release(out);
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(text_valid(BYTES("")));
    assert_true(text_valid(BYTES("a\0b")));
    assert_true(text_valid(BYTES("\x7F \xC2\x80 \xDF\xBF \xE0\xA0\x80 \xEF\xBF\xBF")));
    assert_true(text_valid(BYTES("\xED\x9F\xBF \xEE\x80\x80 \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF")));
}

/* ASCII is read in blocks: a character and half a one at each place, in texts of each length. */
static void test_valid_at_each_place(void **state)
{
    (void)state;
    for (size_t n = 2; n < 150; n++) {
        char *text = test_malloc(n);
        for (size_t at = 0; at + 1 < n; at++) {
            memset(text, 'x', n);
            memcpy(text + at, "ü", 2);
            assert_true(text_valid(text, n));
            text[at + 1] = 'x';
            assert_false(text_valid(text, n));
        }
        test_free(text);
    }
}

static void test_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",
        "\xED\xBF\xBF", /* surrogates */
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xC3",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC3(",
        "\xE2\x28\xA1",
        "ab\xE2\x82z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (text_valid(bad[i], strlen(bad[i])))
            fail_msg("number %zu was taken", i);
}

static void test_nothing_is_read_behind_the_end(void **state)
{
    (void)state;
    /* The rest of the character stands behind the end, and does not count. */
    assert_false(text_valid("\xE2\x82\xAC", 2));
    assert_false(text_valid("\xF0\x9F\x98\x80", 3));
}

static void test_length(void **state)
{
    (void)state;
    assert_int_equal(text_length(BYTES("")), 0);
    assert_int_equal(text_length(BYTES("a\0b")), 3);
    assert_int_equal(text_length(BYTES("żółć 😀")), 6);
    assert_int_equal(text_length(BYTES("e\xCC\x81")), 2);
}

static void assert_fit(const char *text, size_t chars, size_t bytes, const char *expected)
{
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(text_fit(&out, text, strlen(text), chars, bytes), 0);
    assert_holds(&out, expected, strlen(expected));
}

static void test_fit(void **state)
{
    (void)state;
    assert_fit("", 0, 0, "");
    assert_fit("hello", 5, 5, "hello");
    assert_fit("hello", 4, 100, "hel…");
    assert_fit("hello", 100, 4, "h…");
    assert_fit("hello", 1, 100, "…");
    assert_fit("hello", 100, 3, "…");
    assert_fit("żółć", 4, 8, "żółć");
    assert_fit("żółć", 3, 100, "żó…");
    assert_fit("żółć", 100, 7, "żó…");
    assert_fit("żółć", 100, 6, "ż…");
    assert_fit("😀😀", 2, 7, "😀…");
    assert_fit("😀😀", 2, 6, "…");
}

static void test_fit_without_room_for_the_ellipsis(void **state)
{
    (void)state;
    assert_fit("hello", 100, 2, "he");
    assert_fit("hello", 0, 100, "");
    assert_fit("hello", 100, 0, "");
    assert_fit("żółć", 100, 2, "ż");
    assert_fit("żółć", 100, 1, "");
    assert_fit("żółć", 1, 2, "ż");
}

static void test_fit_tells_of_a_full_buffer(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 3);
    assert_int_equal(text_fit(&out, BYTES("hello"), 100, 100), -1);
    assert_true(out.failed);
    buf_release(&out);
}

static void assert_clean(const char *text, size_t n, const char *expected)
{
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(text_clean(&out, text, n), 0);
    assert_holds(&out, expected, strlen(expected));
}

static void test_clean(void **state)
{
    (void)state;
    assert_clean(BYTES(""), "");
    assert_clean(BYTES("żółć 😀 \xD7\xA9"), "żółć 😀 \xD7\xA9");
    assert_clean(BYTES("a\tb\nc\rd"), "a b c d");
    assert_clean(BYTES("a\r\nb\n\nc"), "a b  c");
    assert_clean(BYTES("a\0\a\b\x1B\x1F\x7F\xC2\x80\xC2\x9F"
                       "b"),
                 "ab");
    assert_clean(BYTES("a\xE2\x80\xA8"
                       "b\xE2\x80\xA9"
                       "c\xC2\x85"
                       "d"),
                 "a b c d");
    assert_clean(BYTES("a\x80\xE2\x82"), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void assert_show(const char *text, size_t n, size_t width, const char *expected,
                        size_t cells)
{
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(text_show(&out, text, n, width), cells);
    assert_holds(&out, expected, strlen(expected));
}

static void test_show_cuts_at_the_width(void **state)
{
    (void)state;
    assert_show(BYTES("hello"), 10, "hello", 5);
    assert_show(BYTES("hello"), 5, "hello", 5);
    assert_show(BYTES("hello"), 4, "hel…", 4);
    assert_show(BYTES("hello"), 1, "…", 1);
    assert_show(BYTES("hello"), 0, "", 0);
    assert_show(BYTES(""), 5, "", 0);
}

static void test_show_counts_cells(void **state)
{
    (void)state;
    assert_show(BYTES("漢字"), 4, "漢字", 4);
    assert_show(BYTES("漢字"), 3, "漢…", 3);
    assert_show(BYTES("漢字"), 2, "…", 1);
    assert_show(BYTES("ａb"), 3, "ａb", 3);
    assert_show(BYTES("😀😀"), 4, "😀😀", 4);
    assert_show(BYTES("e\xCC\x81t"), 2, "e\xCC\x81t", 2);
    assert_show(BYTES("שלום"), 4, "שלום", 4);
    assert_show(BYTES("½ é"), 3, "½ é", 3);
}

static void test_show_moves_no_cursor(void **state)
{
    (void)state;
    assert_show(BYTES("a\x1B[31mred\x1B[0m"), 20, "a [31mred [0m", 13);
    assert_show(BYTES("a\nb\rc\td\be\0f\x7Fg"), 20, "a b c d e f g", 13);
    assert_show(BYTES("a\xC2\x9B"
                      "31mb\xC2\x85"
                      "c"),
                20, "a 31mb c", 8);
    assert_show(BYTES("a\xE2\x80\xA8"
                      "b\xE2\x80\xA9"
                      "c"),
                20, "a b c", 5);
}

static void test_show_reorders_nothing(void **state)
{
    (void)state;
    assert_show(BYTES("a\u202Eb\u202Cc\u202Ad\u202Be\u202Df"), 20, "abcdef", 6);
    assert_show(BYTES("a\u2066b\u2067c\u2068d\u2069e\u200Ef\u200Fg\u061Ch"), 20, "abcdefgh", 8);
}

static void test_show_drops_the_invisible(void **state)
{
    (void)state;
    assert_show(BYTES("a\uFEFFb\u00ADc\u200Bd\u2060e\u180Ef\u3164g\u034Fh"), 20, "abcdefgh", 8);
    assert_show(BYTES("a\U000E0041b\U000E007Fc"), 20, "abc", 3);
    assert_show(BYTES("a\uE000b\U0010FFFDc\U000E5000d\u0378e"), 20, "abcde", 5);
    assert_show(BYTES("a\u00A0b\u2003c\u3000d"), 20, "a b c d", 7);
}

static void test_escape(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"{\"a\":\"caf\u00E9 \u4F60 \U0001F600 e\u0301\"}",
         "{\"a\":\"caf\u00E9 \u4F60 \U0001F600 e\u0301\"}"},
        {"a\x7F\xC2\x9B"
         "31m\xC2\x85",
         "a\\u007f\\u009b31m\\u0085"},
        {"\u202Egnp\u2066\u200F\u061C\uFEFF\u2028x",
         "\\u202egnp\\u2066\\u200f\\u061c\\ufeff\\u2028x"},
        {"\U000E0041", "\\udb40\\udc41"},
        {"\U000110BD\xC2\xA0", "\\ud804\\udcbd\xC2\xA0"},
        {"\xFF\xE2\x80", "\xFF\xE2\x80"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(text_escape(&out, texts[i][0], strlen(texts[i][0])), 0);
        assert_string_equal(buf_text(&out), texts[i][1]);
        buf_release(&out);
    }
}

static void test_show_takes_emoji_apart(void **state)
{
    (void)state;
    assert_show(BYTES("👩\u200D💻"), 10, "👩💻", 4);
    assert_show(BYTES("❤\uFE0F!"), 10, "❤!", 2);
}

static void test_show_bounds_combining_marks(void **state)
{
    (void)state;
#define MARK "\xCC\x81"
    assert_show(BYTES(MARK MARK "a" MARK MARK MARK MARK MARK MARK "b" MARK), 10,
                "a" MARK MARK MARK MARK "b" MARK, 2);
#undef MARK
}

static void test_show_replaces_invalid_bytes(void **state)
{
    (void)state;
    assert_show(BYTES("a\xFF"
                      "b\xE2\x82"),
                10, "a\uFFFDb\uFFFD\uFFFD", 5);
    assert_show(BYTES("\xED\xA0\x80"), 2, "\uFFFD…", 2);
}

static void assert_fold(const char *text, size_t n, const char *expected, size_t m)
{
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(text_fold(&out, text, n), 0);
    assert_holds(&out, expected, m);
}

static void test_fold(void **state)
{
    (void)state;
    assert_fold(BYTES(""), BYTES(""));
    assert_fold(BYTES("URGENT ŻÓŁĆ"), BYTES("urgent żółć"));
    assert_fold(BYTES("Straße ΣΊΣΥΦΟΣ"), BYTES("strasse σίσυφοσ"));
    assert_fold(BYTES("A\0\0B\0"), BYTES("a\0\0b\0"));
    assert_fold("ABC", 2, BYTES("ab"));
}

static void test_fold_tells_of_a_full_buffer(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 2);
    assert_int_equal(text_fold(&out, BYTES("ABC")), -1);
    buf_release(&out);
}

/* Whatever the bytes: valid UTF-8 comes out, within the width, without a control character. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = (char)(seed >> 33 & (seed >> 60 ? 0xFF : 0x3F));
        }
        struct buf shown, clean;
        buf_init(&shown, CEILING);
        buf_init(&clean, CEILING);
        assert_true(text_show(&shown, bytes, sizeof bytes, 11) <= 11);
        text_clean(&clean, bytes, sizeof bytes);
        assert_true(text_valid(buf_text(&shown), shown.len));
        assert_true(text_valid(buf_text(&clean), clean.len));
        for (size_t i = 0; i < shown.len; i++)
            assert_true((unsigned char)shown.data[i] >= 0x20 && shown.data[i] != 0x7F);
        buf_release(&shown);
        buf_release(&clean);
    }
}

/* Wherever the end is, in texts of each length up to some blocks. */
static void test_plain(void **state)
{
    static const char ends[] = {'"', '\\', '\n', '\0', '\x1F'};
    (void)state;
    for (size_t n = 0; n <= 53; n++) {
        char text[53];
        memset(text, '\xBF', sizeof text);
        memset(text, '!', n / 2);
        assert_int_equal(text_plain_json(text, n), n);
        for (size_t at = 0; at < n; at++)
            for (size_t e = 0; e < sizeof ends; e++) {
                char before = text[at];
                text[at] = ends[e];
                assert_int_equal(text_plain_json(text, n), at);
                text[at] = before;
            }
    }
    assert_int_equal(text_plain_json(BYTES("a\x7F\n")), 2);
    assert_int_equal(text_plain(BYTES("a \"\\\x7F\n")), 4);
    assert_int_equal(text_plain(BYTES("a \x1F\x7F")), 2);
}

static size_t words_by_byte(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strchr("\n\x1F\x7F\xC2\xE2\xFF", text[i]) ||
            (i + 1 < n && text[i] == ' ' && text[i + 1] == ' '))
            return i;
    return n;
}

/* Blanks and other characters at each place in texts of each length, between what is read at once.
 */
static void test_words(void **state)
{
    (void)state;
    static const char others[] = {' ',    '!',    '~',    '\0',   '\n',
                                  '\x1F', '\x7F', '\x80', '\xA0', '\xFF'};
    for (size_t n = 0; n < 70; n++) {
        char *text = test_malloc(n);
        for (size_t i = 0; i < n; i++)
            text[i] = i % 5 < 4 ? 'x' : ' ';
        assert_int_equal(text_words(text, n), n);
        for (size_t at = 0; at < n * sizeof others; at++) {
            char before = text[at / sizeof others];
            text[at / sizeof others] = others[at % sizeof others];
            assert_int_equal(text_words(text, n), words_by_byte(text, n));
            text[at / sizeof others] = before;
        }
        test_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_valid_at_each_place),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_nothing_is_read_behind_the_end),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_fit_without_room_for_the_ellipsis),
        cmocka_unit_test(test_fit_tells_of_a_full_buffer),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_show_cuts_at_the_width),
        cmocka_unit_test(test_show_counts_cells),
        cmocka_unit_test(test_show_moves_no_cursor),
        cmocka_unit_test(test_show_reorders_nothing),
        cmocka_unit_test(test_show_drops_the_invisible),
        cmocka_unit_test(test_show_takes_emoji_apart),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_show_bounds_combining_marks),
        cmocka_unit_test(test_show_replaces_invalid_bytes),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_fold_tells_of_a_full_buffer),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
