/* test_numbers: which numbers of a JSON text a 64-bit integer or a double holds; the others become
 * texts, and nothing else changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/numbers.h"

enum { MOST = 128 };

static void assert_becomes(const char *json, const char *expected)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    assert_int_equal(numbers_as_texts(json, &out), 0);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void test_held(void **state)
{
    (void)state;
    static const char *const held[] = {
        "0",
        "-0",
        "-0.0",
        "1",
        "1.50",
        "1e2",
        "1E+2",
        "100e-2",
        "0.1",
        "0.30000000000000004",
        "0.10000000000000001",
        "1000000000000000000000000",
        "9007199254740993",
        "9223372036854775808",
        "18446744073709551615",
        "-9223372036854775808",
        "1.7976931348623157e308",
        "5e-324",
        "0e99999",
        "0.000000000000000000000000000000000000000001",
        "1.00000000000000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        assert_becomes(held[i], held[i]);
}

static void test_not_held(void **state)
{
    (void)state;
    static const char *const lost[] = {
        "1e400",
        "-1e400",
        "1e-400",
        "1e99999999999999999999",
        "18446744073709551616",
        "18446744073709551617",
        "-9223372036854775809",
        "1000000000000000000000001",
        "3.14159265358979323846",
        "0.1000000000000000055511151231257827",
        "9007199254740993.0",
        "1.7976931348623159e308",
    };
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        char text[MOST], list[8 * MOST], texts[8 * MOST];
        snprintf(text, sizeof text, "\"%s\"", lost[i]);
        assert_becomes(lost[i], text);
        snprintf(list, sizeof list, "{\"a\":[1,%s,{\"b\":%s}],\"c\":%s}", lost[i], lost[i],
                 lost[i]);
        snprintf(texts, sizeof texts, "{\"a\":[1,%s,{\"b\":%s}],\"c\":%s}", text, text, text);
        assert_becomes(list, texts);
    }
}

/* What looks like a number within a string is none. */
static void test_strings(void **state)
{
    (void)state;
    static const char *const same[] = {
        "\"1e400\"",
        "{\"1e400\":\"\\\" 1e400 \\\\\"}",
        "[\"\\\\\",\"a\\\"1e400\"]",
        "[true,false,null,\"\"]",
        "",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_becomes(same[i], same[i]);
    assert_becomes("[\"\\\\\",1e400,\"1e400\"]", "[\"\\\\\",\"1e400\",\"1e400\"]");
}

/* Of what is printed with 17 digits or fewer, all are held; more digits never are. */
static void test_random(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 100000; i++) {
        union {
            uint64_t bits;
            double number;
        } value;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        value.bits = seed ^ seed >> 31;
        if (!(value.number - value.number == 0)) /* none */
            continue;
        char text[MOST], longer[2 * MOST], expected[3 * MOST];
        snprintf(text, sizeof text, "%.16e", value.number);
        assert_becomes(text, text);
        const char *exponent = strchr(text, 'e');
        snprintf(longer, sizeof longer, "%.*s123%s", (int)(exponent - text), text, exponent);
        snprintf(expected, sizeof expected, "\"%s\"", longer);
        assert_becomes(longer, expected);
    }
}

static void test_no_room(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 8);
    assert_int_equal(numbers_as_texts("[1e400,1]", &out), -1);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held),    cmocka_unit_test(test_not_held),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_random),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
