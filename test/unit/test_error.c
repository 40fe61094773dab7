/* test_error: filling, cutting and copying error values. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void test_error_first_one_stays(void **state)
{
    (void)state;
    struct error e = ERROR_INIT;
    assert_int_equal(e.code, ERR_NONE);
    assert_string_equal(e.message, "");
    assert_int_equal(error_set(&e, ERR_DATABASE, "%s %d", "first", 1), -1);
    assert_int_equal(error_set(&e, ERR_USAGE, "second"), -1);
    assert_int_equal(error_no_memory(&e), -1);
    assert_int_equal(e.code, ERR_DATABASE);
    assert_string_equal(e.message, "first 1");
    error_clear(&e);
    assert_int_equal(e.code, ERR_NONE);
    assert_string_equal(e.message, "");
    assert_int_equal(error_no_memory(&e), -1);
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_string_equal(e.message, "out of memory");
}

/* A message of `before` bytes and then of one character over and over, more than fits. */
static void assert_error_cut(size_t before, const char *character)
{
    static char text[2 * ERROR_MESSAGE_MAX];
    size_t n = before, step = strlen(character);
    memset(text, 'x', before);
    for (; n + step < sizeof text; n += step)
        memcpy(text + n, character, step + 1);
    struct error e = ERROR_INIT;
    error_set(&e, ERR_USAGE, "%s", text);
    assert_int_equal(strlen(e.message), (ERROR_MESSAGE_MAX - 1 - before) / step * step + before);
    assert_true(text_valid(e.message, strlen(e.message)));
}

static void test_error_long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t before = 0; before < 5; before++)
        for (size_t i = 0; i < 4; i++)
            assert_error_cut(before, characters[i]);
}

static void test_error_messages_that_just_fit(void **state)
{
    (void)state;
    for (size_t n = ERROR_MESSAGE_MAX - 2; n <= ERROR_MESSAGE_MAX; n++) {
        char text[ERROR_MESSAGE_MAX + 1];
        struct error e = ERROR_INIT;
        memset(text, 'x', n);
        memcpy(text + n - 2, "\xC3\xA9", 3);
        error_set(&e, ERR_USAGE, "%s", text);
        assert_int_equal(strlen(e.message), n < ERROR_MESSAGE_MAX ? n : n - 2);
        assert_memory_equal(e.message, text, strlen(e.message));
    }
}

static void test_error_codes_are_the_exit_codes(void **state)
{
    (void)state;
    static const int codes[][2] = {{ERR_NONE, 0},     {ERR_INTERNAL, 1}, {ERR_USAGE, 2},
                                   {ERR_PARTIAL, 3},  {ERR_REFUSED, 4},  {ERR_UNAVAILABLE, 5},
                                   {ERR_DATABASE, 6}, {ERR_BUSY, 7},     {ERR_DEADLINE, 8},
                                   {ERR_SIGINT, 130}, {ERR_SIGTERM, 143}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(codes[i][0], codes[i][1]);
}

/* Cause and advice belong to the message: those of a second error do not come to the first. */
static void test_error_kinds_stay_with_their_message(void **state)
{
    (void)state;
    const struct error_kind kind = {.code = ERR_REFUSED, .cause = ERROR_SITE + 7, .advice = "act"};
    struct error e = ERROR_INIT;
    error_set(&e, ERR_BUSY, "without");
    assert_int_equal(error_raise(&e, kind, "second"), -1);
    assert_int_equal(error_advise(&e, ERR_USAGE, "wait", "third"), -1);
    assert_int_equal(e.cause, 0);
    assert_string_equal(e.advice, "");
    error_clear(&e);
    error_raise(&e, kind, "of %s", "the site");
    assert_int_equal(e.code, ERR_REFUSED);
    assert_int_equal(e.cause, ERROR_SITE + 7);
    assert_string_equal(e.message, "of the site");
    assert_string_equal(e.advice, "act");
    error_clear(&e);
    assert_int_equal(e.cause, 0);
    assert_string_equal(e.advice, "");
}

static void test_error_copies_are_whole(void **state)
{
    (void)state;
    const struct error_kind kind = {.code = ERR_DATABASE, .cause = ERROR_DB + 3, .advice = "act"};
    struct error from = ERROR_INIT, to = ERROR_INIT;
    assert_int_equal(error_copy(&to, &from), -1);
    assert_int_equal(to.code, ERR_NONE);
    error_raise(&from, kind, "told");
    assert_int_equal(error_copy(&to, &from), -1);
    assert_int_equal(to.code, ERR_DATABASE);
    assert_int_equal(to.cause, ERROR_DB + 3);
    assert_string_equal(to.message, "told");
    assert_string_equal(to.advice, "act");
    error_clear(&from);
    error_set(&from, ERR_USAGE, "later");
    error_copy(&to, &from);
    assert_string_equal(to.message, "told");
}

/* Of an error within another one, all but the words goes on. */
static void test_error_kind_of_another(void **state)
{
    (void)state;
    struct error inner = ERROR_INIT, outer = ERROR_INIT, bare = ERROR_INIT;
    error_raise(&inner, ((struct error_kind){ERR_UNAVAILABLE, ERROR_SITE + 1, "wait"}),
                "no answer");
    error_raise(&outer, error_kind_of(&inner), "not stored: %s", inner.message);
    assert_int_equal(outer.code, ERR_UNAVAILABLE);
    assert_int_equal(outer.cause, ERROR_SITE + 1);
    assert_string_equal(outer.message, "not stored: no answer");
    assert_string_equal(outer.advice, "wait");
    error_set(&bare, ERR_USAGE, "bare");
    assert_null(error_kind_of(&bare).advice);
}

static void test_error_text_has_both(void **state)
{
    (void)state;
    char text[ERROR_TEXT_MAX];
    struct error e = ERROR_INIT;
    error_text(&e, text);
    assert_string_equal(text, "");
    error_set(&e, ERR_USAGE, "message");
    error_text(&e, text);
    assert_string_equal(text, "message");
    error_clear(&e);
    error_advise(&e, ERR_USAGE, "act", "message");
    error_text(&e, text);
    assert_string_equal(text, "message; act");
}

static void test_error_long_advice_is_cut(void **state)
{
    (void)state;
    char text[2 * ERROR_ADVICE_MAX];
    struct error e = ERROR_INIT;
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    error_advise(&e, ERR_USAGE, text, "message");
    assert_int_equal(strlen(e.advice), ERROR_ADVICE_MAX - 2);
    assert_true(text_valid(e.advice, strlen(e.advice)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_first_one_stays),
        cmocka_unit_test(test_error_long_messages_are_cut_between_characters),
        cmocka_unit_test(test_error_messages_that_just_fit),
        cmocka_unit_test(test_error_codes_are_the_exit_codes),
        cmocka_unit_test(test_error_kinds_stay_with_their_message),
        cmocka_unit_test(test_error_copies_are_whole),
        cmocka_unit_test(test_error_kind_of_another),
        cmocka_unit_test(test_error_text_has_both),
        cmocka_unit_test(test_error_long_advice_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
