/* test_decode_copy: tickets are copied out of answers in the usual form, and out of no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/decode.h"
#include "codec/decode_copy.h"

enum { CEILING = 64 << 20 };

/* What was taken: each ticket's JSON, and behind "!" each outermost name that is left out. */
static void note_member(void *context, struct part name, struct part value, enum copy_fate fate)
{
    assert_true(value.length > 0);
    if (fate == COPY_LEFT_OUT)
        buf_printf(context, "!%.*s ", (int)name.length, name.text);
}

static int note_ticket(void *context, struct part json)
{
    return buf_printf(context, "%.*s\n", (int)json.length, json.text);
}

static bool copy(const char *body, const struct mapping_pairs *drop, struct buf *frame,
                 struct buf *tickets)
{
    struct copy_taker taker = {note_member, note_ticket, tickets};
    size_t n = strlen(body);
    char *exact = malloc(n + 1); /* a byte read behind it is found by AddressSanitizer */
    assert_non_null(exact);
    memcpy(exact, body, n);
    exact = realloc(exact, n ? n : 1);
    assert_non_null(exact);
    buf_clear(frame);
    buf_clear(tickets);
    bool copied = copy_answer(exact, n, drop, frame, &taker);
    free(exact);
    return copied;
}

static void test_tickets_and_frame(void **state)
{
    (void)state;
    struct buf frame, tickets;
    buf_init(&frame, CEILING);
    buf_init(&tickets, CEILING);
    assert_true(copy("{\"tickets\":{\"current_page\":1,\"data\":[{\"id\":1},{\"id\":2,\"x\":[]}"
                     ",7],\"links\":[{\"url\":\"a\\/b\"}],\"total\":2},\"more\":null}\n<br>",
                     NULL, &frame, &tickets));
    assert_string_equal(
        buf_text(&frame),
        "{\"tickets\":{\"current_page\":1,\"data\":[],\"links\":[{\"url\":\"a/b\"}],"
        "\"total\":2},\"more\":null}");
    assert_string_equal(buf_text(&tickets), "{\"id\":1}\n{\"id\":2,\"x\":[]}\n7\n");
    assert_true(copy("{\"tickets\":{\"data\":[]}}", NULL, &frame, &tickets));
    assert_string_equal(buf_text(&frame), "{\"tickets\":{\"data\":[]}}");
    assert_string_equal(buf_text(&tickets), "");
    buf_release(&frame);
    buf_release(&tickets);
}

/* The only ticket {"x":VALUE} becomes `expected`; NULL: it is left to cJSON. */
static void assert_value(const char *value, const char *expected)
{
    struct buf body, frame, tickets, wanted;
    buf_init(&body, CEILING);
    buf_init(&frame, CEILING);
    buf_init(&tickets, CEILING);
    buf_init(&wanted, CEILING);
    buf_printf(&body, "{\"tickets\":{\"data\":[{\"x\":%s}]}}", value);
    buf_printf(&wanted, "{\"x\":%s}\n", expected ? expected : "");
    bool copied = copy(buf_text(&body), NULL, &frame, &tickets);
    if (copied != (expected != NULL))
        fail_msg("%s: %s", value, copied ? "copied" : "not copied");
    if (expected)
        assert_string_equal(buf_text(&tickets), buf_text(&wanted));
    buf_release(&body);
    buf_release(&frame);
    buf_release(&tickets);
    buf_release(&wanted);
}

/* Copied as they are. */
static const char *const same[] = {
    "\"\"",
    "\"a\"",
    "\"\\\"\\\\\\b\\f\\n\\r\\t\"",
    "\"\\u0001\\u001f\\u000b\"",
    "\"\xC3\xA9\"",
    "\"\x7F\"",
    "0",
    "7",
    "-7",
    "123456789012345",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[1,[2,{\"a\":{}}],\"b\"]",
    "{\"\":\"\",\"\":0}",
};

/* Not copied. */
static const char *const left[] = {
    "",
    "\"",
    "\"a",
    "\"\\",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u0000\"",
    "\"\\u0041\"",
    "\"\\u000B\"",
    "\"\\u000a\"",
    "\"\\u007f\"",
    "\"\\ud83d\"",
    "\"\\ud83dx\"",
    "\"\\ud83d\\ud83d\"",
    "\"\\ude00\"",
    "\"a\nb\"",
    "\"\x01\"",
    "\"\xFF\"",
    "-",
    "-0",
    "00",
    "01",
    "1.0",
    "1e5",
    "1234567890123456",
    "-123456789012345",
    "tru",
    "True",
    "nul",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 ]",
    "{",
    "{1:2}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\":1",
    "{\"a\" :1}",
    "1,",
    "1}",
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_value(same[i], same[i]);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        assert_value(left[i], NULL);
    assert_value("\"a\\/\\/b\"", "\"a//b\"");
    assert_value("\"\\u00e9\\u20AC\\ud83d\\ude00\"", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    assert_value("{\"\\u00e9\\/\":\"\\/\"}", "{\"\xC3\xA9/\":\"/\"}");
}

static void test_answers_that_are_left_to_cjson(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "{\"ticket\":{\"data\":[]}}",
        "{\"tickets\":[]}",
        "{\"tickets\":{}}",
        "{ \"tickets\":{\"data\":[]}}",
        "{\"tickets\": {\"data\":[]}}",
        "{\"a\":1,\"tickets\":{\"data\":[]}}",
        "x{\"tickets\":{\"data\":[]}}",
        "\xEF\xBB\xBF{\"tickets\":{\"data\":[]}}",
        "{\"tickets\":{\"data\":[]}",
        "{\"tickets\":{\"data\":[]",
        "{\"tickets\":{\"data\":[",
        "{\"tickets\":{\"data\":[]},}",
        "{\"tickets\":{\"data\":[],}}",
        "{\"tickets\":{\"data\":[{}],\"data\":[{}]}}",
        "{\"tickets\":{\"data\":[{},]}}",
        "{\"tickets\":{\"data\":[{}{}]}}",
        "{\"tickets\":{\"data\":[],\"total\":1.5}}",
    };
    struct buf frame, tickets;
    buf_init(&frame, CEILING);
    buf_init(&tickets, CEILING);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        if (copy(bodies[i], NULL, &frame, &tickets))
            fail_msg("copied: %s", bodies[i]);
    buf_release(&frame);
    buf_release(&tickets);
}

/* The ticket without what is at `path`; NULL: it is left to cJSON. */
static void assert_without(const char *path, const char *ticket, const char *expected)
{
    char text[64], body[512];
    struct mapping_pair pair = {.key = text};
    struct mapping_pairs drop = {&pair, 1};
    struct buf frame, tickets;
    buf_init(&frame, CEILING);
    buf_init(&tickets, CEILING);
    snprintf(text, sizeof text, "%s", path);
    snprintf(body, sizeof body, "{\"tickets\":{\"data\":[%s]}}", ticket);
    bool copied = copy(body, &drop, &frame, &tickets);
    assert_int_equal(copied, expected != NULL);
    if (copied)
        assert_string_equal(buf_text(&tickets), expected);
    buf_release(&frame);
    buf_release(&tickets);
}

static void test_what_is_left_out(void **state)
{
    (void)state;
    assert_without("a", "{\"a\":1}", "!a {}\n");
    assert_without("a", "{\"a\":1,\"b\":2}", "!a {\"b\":2}\n");
    assert_without("a", "{\"b\":2,\"a\":[1,{\"c\":\"\\/\"}]}", "!a {\"b\":2}\n");
    assert_without("a", "{\"b\":2,\"a\":1,\"c\":3}", "!a {\"b\":2,\"c\":3}\n");
    assert_without("a", "{\"a\":1,\"a\":2,\"c\":3,\"a\":4,\"a\":5}", "!a !a !a !a {\"c\":3}\n");
    assert_without("a", "{\"b\":{\"a\":1}}", "{\"b\":{\"a\":1}}\n");
    assert_without("a.b", "{\"a\":{\"b\":1,\"c\":2},\"b\":3}", "{\"a\":{\"c\":2},\"b\":3}\n");
    assert_without("a.b", "{\"a\":[{\"b\":1},{\"c\":2,\"b\":1},[{\"b\":{}}]],\"a.b\":3}",
                   "{\"a\":[{},{\"c\":2},[{}]],\"a.b\":3}\n");
    assert_without("a.b.c", "{\"a\":{\"b\":{\"c\":1}},\"b\":{\"c\":1}}",
                   "{\"a\":{\"b\":{}},\"b\":{\"c\":1}}\n");
    assert_without("x", "{\"preview_response\":{\"x\":1},\"id\":1,\"live_activity\":[]}",
                   "!preview_response !live_activity {\"id\":1}\n");
    assert_without("x", "{\"a\":{\"preview_response\":1}}", "{\"a\":{\"preview_response\":1}}\n");
    /* It might be the name. */
    assert_without("\xC3\xA9", "{\"\\u00e9\":1}", NULL);
    assert_without("\xC3\xA9", "{\"\xC3\xA9\":1}", "!\xC3\xA9 {}\n");
}

static void test_nesting(void **state)
{
    (void)state;
    struct buf value;
    buf_init(&value, CEILING);
    for (int depth = 996; depth <= 997; depth++) { /* three around the ticket, and the ticket */
        buf_clear(&value);
        for (int i = 0; i < depth; i++)
            buf_putc(&value, '[');
        for (int i = 0; i < depth; i++)
            buf_putc(&value, ']');
        assert_value(buf_text(&value), depth == 996 ? buf_text(&value) : NULL);
    }
    buf_release(&value);
}

static void test_a_large_ticket_is_left_to_cjson(void **state)
{
    (void)state;
    struct buf value;
    buf_init(&value, CEILING);
    buf_putc(&value, '"');
    for (int i = 0; i < 1 << 20; i++)
        buf_putc(&value, 'x');
    buf_putc(&value, '"');
    assert_value(buf_text(&value), NULL);
    buf_release(&value);
}

static int refuse(void *context, struct part json)
{
    (void)json;
    return --*(int *)context > 0 ? 0 : -1;
}

static void ignore(void *context, struct part name, struct part value, enum copy_fate fate)
{
    (void)context, (void)name, (void)value, (void)fate;
}

static void test_the_taker_ends_it(void **state)
{
    (void)state;
    static const char body[] = "{\"tickets\":{\"data\":[{},{},{},{}]}}";
    int wanted = 2;
    struct copy_taker taker = {ignore, refuse, &wanted};
    struct buf frame;
    buf_init(&frame, CEILING);
    assert_false(copy_answer(body, sizeof body - 1, NULL, &frame, &taker));
    assert_int_equal(wanted, 0);
    buf_release(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets_and_frame),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_answers_that_are_left_to_cjson),
        cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_a_large_ticket_is_left_to_cjson),
        cmocka_unit_test(test_the_taker_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
