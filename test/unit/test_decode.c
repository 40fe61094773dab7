/* test_decode: the site's recorded answers, and what broken or hostile ones become. */
#include "codec/decode.h"

#include <endian.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/text.h"

#define RECORDED FIXTURES "/fluent-support-2.0.1/"
#define FFFD "\xEF\xBF\xBD"

enum { CEILING = 8 << 20, LARGE = 64 << 20, WHY_SIZE = 200, LAST_ID = 260 };

/* A body, which decoding changes: always exactly `n` bytes of its own, so that a step behind them
 * is seen. */
struct body {
    char *bytes;
    size_t n;
};

static struct body body_of(const char *bytes, size_t n)
{
    struct body body = {.bytes = malloc(n ? n : 1), .n = n};
    assert_non_null(body.bytes);
    memcpy(body.bytes, bytes, n);
    return body;
}

static struct body read_body(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, RECORDED "%s", name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s: cannot be read", path);
    struct buf text;
    buf_init(&text, CEILING);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_append(&text, chunk, n);
    fclose(file);
    assert_false(text.failed);
    struct body body = body_of(buf_text(&text), text.len);
    buf_release(&text);
    return body;
}

static enum decode_fault decode_body(struct page *page, struct body body)
{
    char why[WHY_SIZE] = "";
    enum decode_fault fault = decode_page(page, body.bytes, body.n, NULL, why, sizeof why);
    free(body.bytes);
    if (fault != DECODE_OK) {
        assert_true(why[0] != '\0');
        assert_null(page->tickets);
        assert_null(page->arena.chunks);
        assert_int_equal(page->count, 0);
    }
    return fault;
}

static enum decode_fault decode_text(struct page *page, const char *text)
{
    return decode_body(page, body_of(text, strlen(text)));
}

static void assert_fault(const char *text, enum decode_fault fault)
{
    struct page page;
    enum decode_fault found = decode_text(&page, text);
    if (found != fault)
        fail_msg("%d instead of %d: %.200s", (int)found, (int)fault, text);
    page_release(&page);
}

/* As [privacy] drop gives them; until the next call. */
static const struct mapping_pairs *dropping(const char *const *paths, size_t count)
{
    static char texts[8][32];
    static struct mapping_pair items[8];
    static struct mapping_pairs pairs = {.items = items};
    assert_true(count <= 8);
    pairs.count = count;
    for (size_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[i], "%s", paths[i]);
        items[i].key = texts[i];
    }
    return &pairs;
}

/* A page whose data is `items`. */
static struct page page_with(const char *items, const struct mapping_pairs *drop)
{
    struct buf text;
    buf_init(&text, CEILING);
    buf_printf(&text, "{\"tickets\":{\"data\":[%s],\"total\":1}}", items);
    struct body body = body_of(buf_text(&text), text.len);
    buf_release(&text);
    struct page page;
    char why[WHY_SIZE];
    if (decode_page(&page, body.bytes, body.n, drop, why, sizeof why) != DECODE_OK)
        fail_msg("%s: %.200s", why, items);
    free(body.bytes);
    return page;
}

static struct page page_of(const char *items)
{
    return page_with(items, NULL);
}

static struct page recorded(const char *name)
{
    struct page page;
    assert_int_equal(decode_body(&page, read_body(name)), DECODE_OK);
    return page;
}

/* The ticket's JSON, the caller's. */
static char *json_of(const struct ticket *ticket, enum ticket_keys keys)
{
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(ticket_json(ticket, keys, &out), 0);
    assert_true(text_valid(buf_text(&out), out.len));
    char *copy = strdup(buf_text(&out));
    assert_non_null(copy);
    buf_release(&out);
    return copy;
}

static void assert_ticket_json(const struct ticket *ticket, enum ticket_keys keys,
                               const char *expected)
{
    char *json = json_of(ticket, keys);
    assert_string_equal(json, expected);
    free(json);
}

/* What the site really sends */

static const struct ticket *ticket_of(const struct page *page, int64_t id)
{
    for (size_t i = 0; i < page->count; i++)
        if (page->tickets[i].id == id)
            return &page->tickets[i];
    fail_msg("no ticket %lld", (long long)id);
    return NULL;
}

static void assert_text(const char *text, bool may_be_null)
{
    if (!text && may_be_null)
        return;
    assert_non_null(text);
    assert_true(text_valid(text, strlen(text)));
}

/* The recorded site: ticket 96 has no title and no content, 169 no customer, 103 and 209 lack a
 * date. */
static void assert_recorded_ticket(const struct ticket *t)
{
    int64_t id = t->id;
    assert_null(t->defect);
    assert_text(t->title, id == 96);
    assert_text(t->content, id == 96);
    assert_text(t->created_at, id == 103);
    assert_text(t->updated_at, id == 209);
    assert_text(t->resolved_at, true);
    assert_text(t->agent_name, true);
    assert_text(t->product_title, true);
    assert_text(t->status, false);
    assert_text(t->priority, false);
    assert_text(t->customer_name, id == 169);
    assert_text(t->customer_email, id == 169);
    assert_in_range(strlen(t->hash), 9, 10);
    assert_true(strspn(t->customer_id, "0123456789") == strlen(t->customer_id));
    assert_true(strspn(t->response_count, "0123456789") == strlen(t->response_count));
    char *json = json_of(t, false);
    assert_null(strstr(json, "\"preview_response\""));
    assert_null(strstr(json, "\"live_activity\""));
    free(json);
}

static void test_the_recorded_site(void **state)
{
    (void)state;
    int64_t id = 0;
    for (int p = 1; p <= 3; p++) {
        char name[64];
        snprintf(name, sizeof name, "tickets_per100_id_asc_page%d.json", p);
        struct page page = recorded(name);
        assert_int_equal(page.count, p < 3 ? 100 : 50);
        assert_int_equal(page.total, 250);
        assert_int_equal(page.last_page, 3);
        assert_int_equal(page.current_page, p);
        assert_int_equal(page.per_page, 100);
        for (size_t i = 0; i < page.count; i++) {
            assert_true(page.tickets[i].id > id);
            id = page.tickets[i].id;
            assert_recorded_ticket(&page.tickets[i]);
        }
        page_release(&page);
    }
    assert_int_equal(id, LAST_ID);
}

static void test_a_recorded_ticket_in_full(void **state)
{
    (void)state;
    struct page page = recorded("tickets_per100_id_asc_page1.json");
    const struct ticket *t = &page.tickets[0];
    assert_string_equal(t->title, "Plain text");
    assert_string_equal(t->content, "Hello,\n\nmy device is broken.\n\nThanks");
    assert_string_equal(t->hash, "91fd87b650");
    assert_string_equal(t->status, "new");
    assert_string_equal(t->priority, "normal");
    assert_string_equal(t->created_at, "2025-07-30T06:31:13+00:00");
    assert_string_equal(t->updated_at, "2025-08-12T06:31:13+00:00");
    assert_null(t->resolved_at);
    assert_string_equal(t->response_count, "0");
    assert_string_equal(t->customer_id, "17");
    assert_null(t->agent_id);
    assert_string_equal(t->mailbox_id, "2");
    assert_string_equal(t->product_id, "2");
    assert_string_equal(t->customer_name, "Miles O'Brien");
    assert_string_equal(t->customer_email, "cust12@client2.test");
    assert_null(t->agent_name);
    assert_string_equal(t->product_title, "Widget Lite");
    page_release(&page);
}

static void test_a_long_body_and_a_nul_are_not_cut(void **state)
{
    (void)state;
    struct page page = recorded("tickets_per100_id_asc_page1.json");
    assert_int_equal(strlen(ticket_of(&page, 18)->content), 211510);
    assert_non_null(strstr(ticket_of(&page, 8)->content, "double " FFFD " n literal; -- comm"));
    page_release(&page);
}

static void test_the_exact_bytes_say_the_same(void **state)
{
    (void)state;
    struct page raw = recorded("tickets_per100_id_asc_page1.raw");
    struct page printed = recorded("tickets_per100_id_asc_page1.json");
    assert_int_equal(raw.count, 100);
    for (size_t i = 0; i < raw.count; i++) {
        char a[HASH_SIZE], b[HASH_SIZE];
        ticket_fingerprint(&raw.tickets[i], "", a);
        ticket_fingerprint(&printed.tickets[i], "", b);
        assert_string_equal(a, b);
    }
    page_release(&raw);
    page_release(&printed);
}

static void assert_as_cjson_prints(const struct ticket *ticket)
{
    cJSON *tree = cJSON_ParseWithLength(ticket->json, ticket->json_length);
    char *expected = cJSON_PrintUnformatted(tree);
    assert_non_null(expected);
    assert_ticket_json(ticket, TICKET_ALL_KEYS, expected);
    cJSON_free(expected);
    cJSON_Delete(tree);
}

static void test_tickets_are_printed_as_cjson_prints_them(void **state)
{
    (void)state;
    struct page page = recorded("tickets_per100_id_asc_page1.json");
    for (size_t i = 0; i < page.count; i++)
        assert_as_cjson_prints(&page.tickets[i]);
    page_release(&page);
    page = page_of("{\"id\":1,\"n\":[0,1.50,1e5,-1e-7,2147483648,123456789012345,1e300,0.1]}");
    assert_as_cjson_prints(&page.tickets[0]);
    page_release(&page);
}

static void test_a_recorded_conversation(void **state)
{
    (void)state;
    struct body body = read_body("ticket_single.json");
    struct conversation c;
    struct arena arena = ARENA_INIT;
    assert_int_equal(decode_conversation(&c, body.bytes, body.n, &arena), 0);
    assert_int_equal(c.count, 16);
    const struct response *newest = &c.rows[0], *note = &c.rows[11];
    assert_int_equal(newest->id, 271);
    assert_string_equal(newest->type, "response");
    assert_string_equal(newest->person_type, "agent");
    assert_string_equal(newest->person_name, "Api Agentx");
    assert_string_equal(newest->person_email, "api@example.test");
    assert_string_equal(newest->content, "<p>bulk</p>\n");
    assert_string_equal(newest->created_at, "2026-11-22T07:34:52+00:00");
    assert_null(newest->attachments);
    assert_int_equal(note->id, 260);
    assert_string_equal(note->type, "note");
    arena_release(&arena);
    free(body.bytes);
}

static void test_what_is_no_conversation(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "\"No query results\"",
        "{\"ticket\":{}}",
        "{\"ticket\":{},\"responses\":{}}",
        "{\"ticket\":{},\"responses\":[{\"content\":\"without an id\"}]}",
        "{\"ticket\":{},\"responses\":[{\"id\":1},7]}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct body body = body_of(bodies[i], strlen(bodies[i]));
        struct conversation c;
        struct arena arena = ARENA_INIT;
        assert_int_equal(decode_conversation(&c, body.bytes, body.n, &arena), -1);
        assert_int_equal(c.count, 0);
        assert_false(arena.failed);
        arena_release(&arena);
        free(body.bytes);
    }
}

/* Of the newest entry, which may be an internal note, nothing but number and time is kept. */
static void test_the_preview_is_only_a_mark(void **state)
{
    (void)state;
    struct page page = recorded("tickets_per100_id_asc_page1.json");
    size_t marked = 0;
    for (size_t i = 0; i < page.count; i++) {
        char *json = json_of(&page.tickets[i], TICKET_ALL_KEYS);
        assert_null(strstr(json, "preview_response"));
        marked += page.tickets[i].newest_id && page.tickets[i].newest_at;
        free(json);
    }
    assert_true(marked > 0);
    page_release(&page);
}

/* Each character in each place among eight, which are looked at at once. */
static void test_each_character_is_escaped_wherever_it_is(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 128; c++) {
        for (int before = 0; before < 9; before++) {
            char item[64];
            snprintf(item, sizeof item, "{\"id\":1,\"x\":\"%.*s\\u%04x\u00e9%.*s\"}", before,
                     "abcdefghi", c, 9 - before, "\x7f!#[]~xyz");
            struct page page = page_of(item);
            assert_as_cjson_prints(&page.tickets[0]);
            page_release(&page);
        }
    }
}

static void test_empty_pages(void **state)
{
    (void)state;
    struct page page = recorded("tickets_empty.json");
    assert_int_equal(page.count, 0);
    assert_int_equal(page.total, 0);
    assert_int_equal(page.last_page, 1);
    page_release(&page);
    page = recorded("tickets_beyond_last_page.json");
    assert_int_equal(page.count, 0);
    assert_int_equal(page.total, 250);
    page_release(&page);
}

static void test_counters_that_are_missing(void **state)
{
    (void)state;
    struct page page;
    assert_int_equal(decode_text(&page, "{\"tickets\":{\"data\":[]}}"), DECODE_OK);
    assert_int_equal(page.total, -1);
    assert_int_equal(page.last_page, -1);
    assert_int_equal(page.current_page, -1);
    assert_int_equal(page.per_page, -1);
    page_release(&page);
    assert_int_equal(decode_text(&page, "{\"tickets\":{\"data\":[],\"total\":\"7\",\"last_page\":"
                                        "null,\"current_page\":1.5,\"per_page\":1e400}}"),
                     DECODE_OK);
    assert_int_equal(page.total, -1);
    assert_int_equal(page.last_page, -1);
    assert_int_equal(page.current_page, -1);
    assert_int_equal(page.per_page, -1);
    page_release(&page);
}

/* Bodies that are no page */

static void test_json_that_is_no_page(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "[]",
        "\"No query results for model [...] 51\"",
        "null",
        "{\"tickets\":null}",
        "{\"tickets\":[]}",
        "{\"tickets\":{}}",
        "{\"tickets\":{\"data\":null}}",
        "{\"tickets\":{\"data\":{}}}",
        "{\"tickets\":{\"data\":\"[]\"}}",
        "{\"data\":[]}",
        "{\"Tickets\":{\"data\":[]}}",
        "{\"tickets\":{\"DATA\":[]}}",
        "[{\"tickets\":1}]",
        "{\"code\":\"rest_forbidden\",\"message\":\"tickets\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_fault(bodies[i], DECODE_NOT_TICKETS);
}

static void test_bodies_that_are_no_json(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        " ",
        "<!DOCTYPE html><html><body>tickets</body></html>",
        "{\"tickets\":{\"data\":[]}",
        "{\"tickets\":{\"data\":[{]}}",
        "{\"tickets\":{\"data\":[],}}",
        "{'tickets':{'data':[]}}",
        "{",
        "\"",
        "<b>Warning</b>: {\"tickets\" in x.php",
        "500 Internal Server Error",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_fault(bodies[i], DECODE_NOT_JSON);
}

static void test_recorded_html_is_no_json(void **state)
{
    (void)state;
    static const char *const names[] = {
        "err_db_connection_no_accept.body", "err_maintenance_no_accept.body",
        "err_permalinks_off_port8113.body", "err_permalinks_off_wpjson.body",
        "err_php_fatal_no_accept.body",     "err_rate_limited.body",
        "err_redirect_to_https.body"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct page page;
        assert_int_equal(decode_body(&page, read_body(names[i])), DECODE_NOT_JSON);
    }
}

static void test_a_recorded_ticket_alone_is_no_page(void **state)
{
    (void)state;
    struct page page;
    assert_int_equal(decode_body(&page, read_body("ticket_single.json")), DECODE_NOT_TICKETS);
    assert_int_equal(decode_body(&page, read_body("me.json")), DECODE_NOT_TICKETS);
}

/* Whole up to the last brace, which only line breaks follow; else not. */
static void assert_cut(struct body whole, size_t n, size_t from, const char *before)
{
    struct buf text;
    buf_init(&text, CEILING);
    buf_puts(&text, before);
    buf_append(&text, whole.bytes + from, n - from);
    struct page page;
    assert_int_equal(decode_body(&page, body_of(buf_text(&text), text.len)), DECODE_NOT_JSON);
    buf_release(&text);
}

static void test_truncated_bodies(void **state)
{
    (void)state;
    struct body whole = read_body("tickets_per100_id_asc_page1.raw");
    assert_int_equal(whole.bytes[whole.n - 1], '}');
    for (size_t n = 0; n < whole.n; n += 997)
        assert_cut(whole, n, 0, "");
    for (size_t n = whole.n - 300; n < whole.n; n++)
        assert_cut(whole, n, 0, "");
    for (size_t n = 1000; n < whole.n; n += 9973)
        assert_cut(whole, n, 0, "<b>Notice</b>: x\n");
    free(whole.bytes);
}

static void test_php_warnings_around(void **state)
{
    (void)state;
    static const char *const around[][2] = {
        {"\n\r\t ", " \n"},
        {"\xEF\xBB\xBF", ""},
        {"<br />\n<b>Warning</b>:  Undefined array key \"id\" in <b>/x.php</b> on line <b>3</b>\n",
         ""},
        {"", "<br />\n<b>Deprecated</b>: {closure}(): in /x.php on line 3"},
        {"<br />Warning: {closure}(): {\"tickets\" is {\"tickets\": none\n",
         "\n{\"tickets\":{\"data\":null}}"},
        {"Warning: [1,2,{\"a\":3}] \n", "}}}"},
        {"Warning: \x80\xFF\n", "\xC3"},
    };
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        struct buf text;
        buf_init(&text, CEILING);
        buf_printf(&text, "%s{ \"tickets\":{\"data\":[{\"id\":7,\"title\":\"{\"}],\"total\":1}}%s",
                   around[i][0], around[i][1]);
        struct page page;
        if (decode_text(&page, buf_text(&text)) != DECODE_OK)
            fail_msg("%s", buf_text(&text));
        assert_int_equal(page.count, 1);
        assert_int_equal(page.total, 1);
        assert_int_equal(page.tickets[0].id, 7);
        assert_string_equal(page.tickets[0].title, "{");
        page_release(&page);
        buf_release(&text);
    }
}

static void test_nesting(void **state)
{
    (void)state;
    struct buf text;
    for (int depth = 100; depth <= 1000000; depth *= 100) {
        buf_init(&text, CEILING);
        buf_puts(&text, "{\"tickets\":{\"data\":[{\"id\":1,\"x\":");
        for (int i = 0; i < depth; i++)
            buf_putc(&text, '[');
        for (int i = 0; i < depth; i++)
            buf_putc(&text, ']');
        buf_puts(&text, "}]}}");
        struct page page;
        enum decode_fault fault = decode_body(&page, body_of(buf_text(&text), text.len));
        assert_int_equal(fault, depth == 100 ? DECODE_OK : DECODE_NOT_JSON);
        page_release(&page);
        buf_release(&text);
    }
}

/* `unit` so many times between these. */
static struct body many(const char *start, const char *unit, size_t times, const char *end)
{
    struct buf text;
    buf_init(&text, LARGE);
    buf_puts(&text, start);
    for (size_t i = 0; i < times; i++)
        buf_puts(&text, unit);
    buf_puts(&text, end);
    struct body body = body_of(buf_text(&text), text.len);
    buf_release(&text);
    return body;
}

/* A few bytes each, and a hundred in memory: 15 MB that would be 400. */
static void test_more_than_memory_should_hold(void **state)
{
    (void)state;
    static const char start[] = "{\"tickets\":{\"data\":[{\"id\":1,\"x\":[";
    struct body body = many(start, "[],", 5000000, "0]}]}}");
    struct page page;
    char why[WHY_SIZE];
    assert_int_equal(decode_page(&page, body.bytes, body.n, NULL, why, sizeof why),
                     DECODE_TOO_LARGE);
    assert_string_equal(why, "it would take more than 256 MB of memory");
    assert_null(page.arena.chunks);
    free(body.bytes);
    /* Nothing is left of it. */
    assert_int_equal(decode_text(&page, "{\"tickets\":{\"data\":[{\"id\":1}]}}"), DECODE_OK);
    page_release(&page);
    assert_int_equal(decode_body(&page, many(start, "[],", 500000, "0]}]}}")), DECODE_OK);
    page_release(&page);
    struct site_rights rights;
    body = many("{\"user_id\":1,\"permissions\":[", "[],", 5000000, "0]}");
    assert_int_equal(decode_me(&rights, body.bytes, body.n), -1);
    free(body.bytes);
}

/* Text */

static void assert_title(const char *json, const char *expected)
{
    struct page page = page_of(json);
    assert_string_equal(page.tickets[0].title, expected);
    page_release(&page);
}

static void test_nul_escapes(void **state)
{
    (void)state;
    assert_title("{\"id\":1,\"title\":\"a\\u0000b\"}", "a" FFFD "b");
    assert_title("{\"id\":1,\"title\":\"\\u0000\\u0000\"}", FFFD FFFD);
    assert_title("{\"id\":1,\"title\":\"a\\\\u0000b\"}", "a\\u0000b");
    assert_title("{\"id\":1,\"title\":\"a\\\\\\u0000b\"}", "a\\" FFFD "b");
    assert_title("{\"id\":1,\"title\":\"a\\\\\\\\u0000b\"}", "a\\\\u0000b");
    assert_title("{\"id\":1,\"title\":\"\\\"\\u0000\"}", "\"" FFFD);
    assert_title("{\"id\":1,\"title\":\"\\u00001 \\u0001\"}", FFFD "1 \x01");
    assert_title("{\"id\":1,\"title\":\"u0000\"}", "u0000");
}

static void test_a_nul_byte_cuts_nothing_short(void **state)
{
    (void)state;
    static const char json[] = "{\"tickets\":{\"data\":[{\"id\":1,\"title\":\"a\0b\"}]}}";
    struct page page;
    enum decode_fault fault = decode_body(&page, body_of(json, sizeof json - 1));
    if (fault == DECODE_OK)
        assert_int_equal(strlen(page.tickets[0].title), 3);
    page_release(&page);
}

static void test_control_bytes(void **state)
{
    (void)state;
    assert_title("{\"id\":1,\r\n\t \"title\":\"a\x01\x1F\x7F\tb\nc\\u0001\"}", "a??\x7F\tb\nc\x01");
}

static void test_escapes(void **state)
{
    (void)state;
    assert_title("{\"id\":1,\"title\":\"\\ud83d\\ude00 \\u652f \\/ \\u2028\"}",
                 "\xF0\x9F\x98\x80 \xE6\x94\xAF / \xE2\x80\xA8");
}

static void test_invalid_bytes(void **state)
{
    (void)state;
    assert_title("{\"id\":1,\"title\":\"a\xFF\x80z\"}", "a??z");
    assert_title("{\"id\":1,\"title\":\"\xC3\xA9\xC3\"}", "\xC3\xA9?");
    assert_title("{\"id\":1,\"title\":\"\xE2\x82\"}", "??");
    assert_title("{\"id\":1,\"title\":\"\xED\xA0\xBD\"}", "???");
    assert_title("{\"id\":1,\"title\":\"\xC0\x80\"}", "??");
    assert_title("{\"id\":1,\"title\":\"\xF0\x9F\x98\x80\xF4\x90\x80\x80\"}",
                 "\xF0\x9F\x98\x80????");
}

static void test_lone_surrogates(void **state)
{
    (void)state;
    static const char *const titles[][2] = {
        {"\\ud83d", FFFD},
        {"\\uDE00", FFFD},
        {"\\ud83d\\ud83d", FFFD FFFD},
        {"\\ud83d\\uD83D\\ude00", FFFD "\xF0\x9F\x98\x80"},
        {"\\ud83dx", FFFD "x"},
        {"\\ude00\\ud83d", FFFD FFFD},
        {"\\ud83d\\u0041", FFFD "A"},
        {"\\ud83d\\u0000z", FFFD FFFD "z"},
        {"\\ud83d\\n", FFFD "\n"},
        {"\\\\ud83d\\\\u0000", "\\ud83d\\u0000"}, /* no escapes but text */
        {"\\\\\\ud83d", "\\" FFFD},
    };
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        char text[200];
        snprintf(text, sizeof text, "{\"id\":1,\"title\":\"%s\"}", titles[i][0]);
        assert_title(text, titles[i][1]);
    }
    static const char *const cut[] = {"\\ud83d", "\\ud83d\\", "\\ud83d\\ude0", "\\ud8", "\\u"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        assert_fault(cut[i], DECODE_NOT_JSON);
}

static void test_numbers_become_text(void **state)
{
    (void)state;
    struct page page = page_of(
        "{\"id\":1,\"title\":12,\"content\":-3,\"hash\":1.5,\"status\":0,\"mailbox_id\":3,"
        "\"customer_id\":2147483648,\"agent_id\":999999999999999,\"customer\":{\"full_name\":7}}");
    const struct ticket *t = &page.tickets[0];
    assert_string_equal(t->title, "12");
    assert_string_equal(t->content, "-3");
    assert_string_equal(t->hash, "1.5");
    assert_string_equal(t->status, "0");
    assert_string_equal(t->mailbox_id, "3");
    assert_string_equal(t->customer_id, "2147483648");
    assert_string_equal(t->agent_id, "999999999999999");
    assert_string_equal(t->customer_name, "7");
    page_release(&page);
}

static void test_texts_that_are_none(void **state)
{
    (void)state;
    struct page page =
        page_of("{\"id\":1,\"title\":null,\"content\":true,\"hash\":{},\"status\":[\"new\"],"
                "\"priority\":false,\"customer\":\"x\",\"agent\":[{\"full_name\":\"y\"}],"
                "\"product\":null}");
    const struct ticket *t = &page.tickets[0];
    assert_null(t->defect);
    assert_null(t->title);
    assert_null(t->content);
    assert_null(t->hash);
    assert_null(t->status);
    assert_null(t->priority);
    assert_null(t->created_at);
    assert_null(t->customer_name);
    assert_null(t->customer_email);
    assert_null(t->agent_name);
    assert_null(t->product_title);
    page_release(&page);
}

static void test_other_names(void **state)
{
    (void)state;
    struct page page = page_of("{\"id\":1,\"subject\":\"s\",\"customer_message\":\"m\"},"
                               "{\"id\":2,\"subject\":\"s\",\"title\":\"t\",\"content\":\"c\","
                               "\"customer_message\":\"m\"}");
    assert_string_equal(page.tickets[0].title, "s");
    assert_string_equal(page.tickets[0].content, "m");
    assert_string_equal(page.tickets[1].title, "t");
    assert_string_equal(page.tickets[1].content, "c");
    page_release(&page);
}

/* Items that are no ticket */

static void test_ids(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int64_t value; /* 0: a defect */
    } ids[] = {{"1", 1},
               {"250", 250},
               {"1e3", 1000},
               {"9007199254740991", 9007199254740991},
               {"9007199254740990.6", 0},
               {"1.0000000000000000000001", 0},
               {"9007199254740992", 0},
               {"9007199254740993", 0},
               {"1e400", 0},
               {"-1e400", 0},
               {"9223372036854775808", 0},
               {"0", 0},
               {"-1", 0},
               {"1.5", 0},
               {"\"1\"", 0},
               {"null", 0},
               {"true", 0},
               {"[1]", 0},
               {"{\"id\":1}", 0}};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char item[200];
        snprintf(item, sizeof item, "{\"id\":%s,\"title\":\"t\",\"hash\":\"h\"}", ids[i].id);
        struct page page = page_of(item);
        assert_int_equal(page.count, 1);
        if (page.tickets[0].id != ids[i].value)
            fail_msg("id %s became %lld", ids[i].id, (long long)page.tickets[0].id);
        assert_true((page.tickets[0].defect != NULL) == (ids[i].value == 0));
        assert_string_equal(page.tickets[0].hash, "h");
        page_release(&page);
    }
}

static void test_items_that_are_no_objects(void **state)
{
    (void)state;
    struct page page = page_of("null,5,\"x\",[],true,[{\"id\":3}],{},{\"id\":4}");
    assert_int_equal(page.count, 8);
    for (size_t i = 0; i < 7; i++) {
        char digits[HASH_SIZE];
        assert_int_equal(page.tickets[i].id, 0);
        assert_non_null(page.tickets[i].defect);
        assert_null(page.tickets[i].title);
        ticket_fingerprint(&page.tickets[i], "", digits);
        assert_int_equal(strlen(digits), HASH_SIZE - 1);
        free(json_of(&page.tickets[i], true));
    }
    assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS, "null");
    assert_ticket_json(&page.tickets[2], TICKET_ALL_KEYS, "\"x\"");
    assert_int_equal(page.tickets[7].id, 4);
    assert_null(page.tickets[7].defect);
    page_release(&page);
}

/* What is removed */

static void test_drop(void **state)
{
    (void)state;
    static const char *const drop[] = {"customer.email", "tags.title", "secret", "a.b.c",
                                       "title.x",        "none",       "product"};
    struct page page = page_with("{\"id\":1,\"title\":\"t\",\"secret\":[1],"
                                 "\"customer\":{\"email\":\"e\",\"full_name\":\"n\"},"
                                 "\"tags\":[{\"id\":1,\"title\":\"x\"},{\"title\":\"y\"},[],5],"
                                 "\"a\":[{\"b\":{\"c\":1,\"d\":2}},{\"b\":[{\"c\":3}]}],"
                                 "\"product\":{\"title\":\"p\"},\"email\":\"kept\"}",
                                 dropping(drop, sizeof drop / sizeof *drop));
    const struct ticket *t = &page.tickets[0];
    assert_null(t->customer_email);
    assert_null(t->product_title);
    assert_string_equal(t->customer_name, "n");
    assert_ticket_json(t, TICKET_ALL_KEYS,
                       "{\"id\":1,\"title\":\"t\",\"customer\":{\"full_name\":\"n\"},"
                       "\"tags\":[{\"id\":1},{},[],5],\"a\":[{\"b\":{\"d\":2}},{\"b\":[{}]}],"
                       "\"email\":\"kept\"}");
    page_release(&page);
}

static void test_paths_with_a_backslash(void **state)
{
    (void)state;
    static const char *const drop[] = {"a\\b", "c.d\\"};
    struct arena arena = ARENA_INIT;
    struct page page = page_with(
        "{\"id\":1,\"a\\\\b\":1,\"a\\\\\\\\b\":2,\"ab\":3,\"c\":{\"d\\\\\":4}}", dropping(drop, 2));
    assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS,
                       "{\"id\":1,\"a\\\\\\\\b\":2,\"ab\":3,\"c\":{}}");
    assert_string_equal(ticket_at(&page.tickets[0], "a\\\\b", &arena), "2");
    assert_null(ticket_at(&page.tickets[0], "a\\b", &arena));
    page_release(&page);
    arena_release(&arena);
}

static void test_drop_of_the_id_is_a_defect(void **state)
{
    (void)state;
    static const char *const drop[] = {"id"};
    struct page page = page_with("{\"id\":1}", dropping(drop, 1));
    assert_non_null(page.tickets[0].defect);
    page_release(&page);
}

static void test_drop_leaves_no_trace(void **state)
{
    (void)state;
    static const char *const drop[] = {"customer", "content", "tags.title"};
    struct body body = read_body("tickets_per100_id_asc_page1.raw");
    struct page page;
    char why[WHY_SIZE];
    assert_int_equal(decode_page(&page, body.bytes, body.n, dropping(drop, 3), why, sizeof why),
                     DECODE_OK);
    free(body.bytes);
    for (size_t i = 0; i < page.count; i++) {
        char *json = json_of(&page.tickets[i], false);
        assert_null(strstr(json, "\"customer\":"));
        assert_null(strstr(json, "\"content\":"));
        assert_null(page.tickets[i].customer_email);
        assert_null(page.tickets[i].content);
        struct arena arena = ARENA_INIT;
        assert_null(ticket_at(&page.tickets[i], "tags.0.title", &arena));
        arena_release(&arena);
        free(json);
    }
    page_release(&page);
}

static void test_notes_are_gone_everywhere(void **state)
{
    (void)state;
    struct page page = page_of("{\"preview_response\":{\"content\":\"internal\"},\"id\":1,"
                               "\"live_activity\":[{\"x\":1}]},{\"id\":1}");
    char with[HASH_SIZE], without[HASH_SIZE];
    struct arena arena = ARENA_INIT;
    assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS, "{\"id\":1}");
    assert_ticket_json(&page.tickets[0], TICKET_MAPPED_KEYS, "{\"id\":1}");
    assert_null(ticket_at(&page.tickets[0], "preview_response.content", &arena));
    assert_null(ticket_at(&page.tickets[0], "live_activity.0.x", &arena));
    ticket_fingerprint(&page.tickets[0], "", with);
    ticket_fingerprint(&page.tickets[1], "", without);
    assert_string_equal(with, without);
    arena_release(&arena);
    page_release(&page);
}

/* JSON may say a key twice, and privacy must not depend on which one counts. */
static void test_what_is_there_twice_is_dropped_twice(void **state)
{
    (void)state;
    static const char *const drop[] = {"customer.email", "secret"};
    struct page page =
        page_with("{\"preview_response\":{\"a\":1},\"id\":1,\"secret\":1,\"preview_response\":2,"
                  "\"customer\":{\"email\":\"a\",\"id\":\"9\",\"email\":\"b\"},\"secret\":2,"
                  "\"live_activity\":[],\"x\":{\"email\":1},\"live_activity\":[1],\"secret\":3}",
                  dropping(drop, 2));
    assert_null(page.tickets[0].customer_email);
    assert_null(page.tickets[0].defect);
    assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS,
                       "{\"id\":1,\"customer\":{\"id\":\"9\"},\"x\":{\"email\":1}}");
    page_release(&page);
    page = page_with("{\"customer\":{\"email\":\"a\"},\"customer\":{\"email\":\"b\"}}",
                     dropping(drop, 2));
    assert_null(page.tickets[0].customer_email);
    assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS, "{\"customer\":{},\"customer\":{}}");
    page_release(&page);
}

/* Nobody can say which of the two is meant. */
static void test_a_key_twice_is_a_defect(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        int64_t id;
    } items[] = {
        {"{\"id\":1,\"id\":2}", 0},
        {"{\"id\":1,\"title\":\"a\",\"title\":\"a\"}", 1},
        {"{\"id\":1,\"created_at\":null,\"x\":1,\"created_at\":\"2026-01-01 00:00:00\"}", 1},
        {"{\"id\":1,\"customer\":{},\"customer\":{\"full_name\":\"n\"}}", 1},
        {"{\"id\":1,\"agent\":{\"full_name\":\"a\",\"full_name\":\"b\"}}", 1},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        struct page page = page_of(items[i].item);
        assert_int_equal(page.tickets[0].id, items[i].id);
        assert_string_equal(page.tickets[0].defect, "a key occurs in it twice");
        assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS, items[i].item);
        page_release(&page);
    }
    /* What is not mapped may be there as often as it likes. */
    struct page page = page_of("{\"id\":1,\"x\":1,\"x\":2,\"tags\":[{\"title\":1,\"title\":2}]}");
    assert_null(page.tickets[0].defect);
    page_release(&page);
}

/* Numbers that a double cannot hold, or that would be printed with fewer digits. */
static void test_numbers_are_kept_digit_by_digit(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0",
        "-7",
        "0.1",
        "1.25",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1e400",
        "-1e400",
        "1E-400",
        "0.30000000000000004",
        "3.14159265358979323846",
        "1.0000000000000000000001",
        "4503599627370497",
        "1234567890123456",
    };
    char previous[HASH_SIZE] = "", digits[HASH_SIZE];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char item[200];
        struct arena arena = ARENA_INIT;
        snprintf(item, sizeof item, "{\"a\":[\"5\\\"6\",%s],\"id\":8,\"customer_id\":%s}",
                 numbers[i], numbers[i]);
        struct page page = page_of(item);
        assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS, item);
        assert_int_equal(page.tickets[0].id, 8);
        assert_string_equal(page.tickets[0].customer_id, numbers[i]);
        assert_string_equal(ticket_at(&page.tickets[0], "a.1", &arena), numbers[i]);
        ticket_fingerprint(&page.tickets[0], "", digits);
        assert_string_not_equal(digits, previous);
        memcpy(previous, digits, sizeof previous);
        arena_release(&arena);
        page_release(&page);
    }
}

/* cJSON takes them; MySQL would not. */
static void test_numbers_that_json_does_not_know(void **state)
{
    (void)state;
    static const char *const numbers[] = {"01", "-01", "1.", "-.5", "1.e5", "00000000000000001"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char body[200];
        snprintf(body, sizeof body, "{\"tickets\":{\"data\":[{\"id\":1,\"x\":%s}]}}", numbers[i]);
        assert_fault(body, DECODE_NOT_JSON);
    }
}

/* Paths */

static void assert_at(const struct ticket *t, const char *path, const char *expected)
{
    struct arena arena = ARENA_INIT;
    const char *text = ticket_at(t, path, &arena);
    bool same = text && expected ? strcmp(text, expected) == 0 : !text && !expected;
    if (!same)
        fail_msg("%s is \"%s\"", path, text ? text : "(null)");
    arena_release(&arena);
}

static void test_paths(void **state)
{
    (void)state;
    struct page page = page_of("{\"id\":7,\"product\":{\"title\":\"p\",\"id\":3,\"x\":null},"
                               "\"tags\":[{\"title\":\"a\"},{\"title\":\"b\"}],\"n\":1.5,\"yes\":"
                               "true,\"no\":false,\"0\":\"zero\",\"matrix\":[[1,2],[3,4]]}");
    static const struct {
        const char *path, *text;
    } paths[] = {{"product.title", "p"},
                 {"product.id", "3"},
                 {"product.x", NULL},
                 {"product", NULL},
                 {"product.none", NULL},
                 {"none.title", NULL},
                 {"Product.title", NULL},
                 {"id", "7"},
                 {"id.x", NULL},
                 {"tags", NULL},
                 {"tags.0", NULL},
                 {"tags.0.title", "a"},
                 {"tags.1.title", "b"},
                 {"tags.2.title", NULL},
                 {"tags.-1.title", NULL},
                 {"tags.4294967296.title", NULL},
                 {"tags.x.title", NULL},
                 {"tags.0x.title", NULL},
                 {"tags..title", NULL},
                 {"tags.title", NULL},
                 {"matrix.1.0", "3"},
                 {"n", "1.5"},
                 {"yes", "1"},
                 {"no", "0"},
                 {"0", "zero"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_at(&page.tickets[0], paths[i].path, paths[i].text);
    char path[400];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_at(&page.tickets[0], path, NULL);
    page_release(&page);
}

/* JSON */

static void test_mapped_json(void **state)
{
    (void)state;
    static const char kept[] =
        "{\"id\":1,\"hash\":\"h\",\"title\":\"t\",\"subject\":\"u\",\"content\":\"c\","
        "\"status\":\"s\",\"priority\":\"p\",\"created_at\":\"1\",\"updated_at\":\"2\","
        "\"resolved_at\":null,\"customer_id\":\"3\",\"agent_id\":null,\"mailbox_id\":\"4\","
        "\"product_id\":\"5\",\"response_count\":\"6\",\"customer_message\":\"m\","
        "\"customer\":{\"full_name\":\"f\",\"email\":\"e\"},\"agent\":{\"full_name\":\"a\"},"
        "\"product\":{\"title\":\"w\"}}";
    char item[2000];
    snprintf(item, sizeof item,
             "%.*s,\"slug\":\"x\",\"tags\":[{\"title\":\"y\"}],\"mailbox\":{\"name\":\"z\"},"
             "\"secret_content\":\"q\"}",
             (int)(sizeof kept - 2), kept);
    struct page page = page_of(item);
    assert_ticket_json(&page.tickets[0], TICKET_MAPPED_KEYS, kept);
    assert_ticket_json(&page.tickets[0], TICKET_ALL_KEYS, item);
    page_release(&page);
    page = page_of("{\"id\":1,\"customer\":{\"full_name\":\"f\",\"photo\":\"x\"},\"agent\":null}");
    assert_ticket_json(&page.tickets[0], TICKET_MAPPED_KEYS,
                       "{\"id\":1,\"customer\":{\"full_name\":\"f\"}}");
    page_release(&page);
}

static void test_json_tells_of_a_full_buffer(void **state)
{
    (void)state;
    struct page page = page_of("{\"id\":1}");
    for (size_t max = 0; max <= 8; max++) {
        struct buf out;
        buf_init(&out, max);
        assert_int_equal(ticket_json(&page.tickets[0], TICKET_ALL_KEYS, &out), max < 8 ? -1 : 0);
        buf_release(&out);
    }
    page_release(&page);
}

/* A ticket's JSON, decoded again, is the same ticket. */
static void test_json_round_trip(void **state)
{
    (void)state;
    struct page page = recorded("tickets_per100_id_asc_page1.json");
    for (size_t i = 0; i < page.count; i++) {
        char *json = json_of(&page.tickets[i], false);
        struct page again = page_of(json);
        char a[HASH_SIZE], b[HASH_SIZE];
        ticket_fingerprint(&page.tickets[i], "s", a);
        ticket_fingerprint(&again.tickets[0], "s", b);
        assert_string_equal(a, b);
        assert_ticket_json(&again.tickets[0], TICKET_ALL_KEYS, json);
        page_release(&again);
        free(json);
    }
    page_release(&page);
}

/* Fingerprints */

static void fingerprint(const char *item, const char *config_hash, char digits[HASH_SIZE])
{
    struct page page = page_of(item);
    ticket_fingerprint(&page.tickets[0], config_hash, digits);
    page_release(&page);
}

static bool same_fingerprint(const char *a, const char *b)
{
    char x[HASH_SIZE], y[HASH_SIZE];
    fingerprint(a, "", x);
    fingerprint(b, "", y);
    return strcmp(x, y) == 0;
}

static void test_what_moves_by_itself(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"{\"id\":1,\"customer\":{\"photo\":\"https://www.gravatar.com/avatar/1?s=128\"}}",
         "{\"id\":1,\"customer\":{\"photo\":\"https://secure.gravatar.com/avatar/2\"}}"},
        {"{\"id\":1,\"agent\":{\"avatar\":\"https://www.gravatar.com/avatar/1\"}}",
         "{\"id\":1,\"agent\":{\"avatar\":\"https://www.gravatar.com/avatar/2\"}}"},
        {"{\"id\":1,\"created_at\":\"2026-11-20T07:31:26+00:00\"}",
         "{\"id\":1,\"created_at\":\"2026-11-20T07:31:26Z\"}"},
        {"{\"id\":1,\"mailbox\":{\"updated_at\":\"2026-11-20T07:31:26+00:00\"}}",
         "{\"id\":1,\"mailbox\":{\"updated_at\":\"2026-11-20T07:31:26Z\"}}"},
        {"{\"id\":1,\"title\":\"\\u00e9\\/\"}", "{\"id\":1, \"title\" : \"\xC3\xA9/\"}"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (!same_fingerprint(same[i][0], same[i][1]))
            fail_msg("%s and %s differ", same[i][0], same[i][1]);
}

static void test_what_is_a_change(void **state)
{
    (void)state;
    static const char *const differ[][2] = {
        {"{\"id\":1,\"customer\":{\"photo\":\"https://www.gravatar.com/avatar/1\"}}",
         "{\"id\":1,\"customer\":{\"photo\":\"https://own.test/1.png\"}}"},
        {"{\"id\":1,\"customer\":{\"photo\":\"https://own.test/2.png\"}}",
         "{\"id\":1,\"customer\":{\"photo\":\"https://own.test/1.png\"}}"},
        {"{\"id\":1,\"content\":\"see https://www.gravatar.com/avatar/1\"}",
         "{\"id\":1,\"content\":\"see https://www.gravatar.com/avatar/2\"}"},
        {"{\"id\":1,\"created_at\":\"2026-11-20T07:31:26+00:00\"}",
         "{\"id\":1,\"created_at\":\"2026-11-20T07:31:26+01:00\"}"},
        {"{\"id\":1,\"created_at\":\"2026-11-20T07:31:26Z\"}",
         "{\"id\":1,\"created_at\":\"2026-11-20T07:31:27Z\"}"},
        {"{\"id\":1,\"x\":null}", "{\"id\":1}"},
        {"{\"id\":1,\"x\":null}", "{\"id\":1,\"x\":\"\"}"},
        {"{\"id\":1,\"x\":1}", "{\"id\":1,\"x\":\"1\"}"},
        {"{\"id\":1,\"x\":true}", "{\"id\":1,\"x\":false}"},
        {"{\"id\":1,\"x\":[]}", "{\"id\":1,\"x\":{}}"},
        {"{\"id\":1,\"x\":[1,[2]]}", "{\"id\":1,\"x\":[[1],2]}"},
        {"{\"id\":1,\"x\":[\"a\",\"b\"]}", "{\"id\":1,\"x\":[\"ab\"]}"},
        {"{\"id\":1,\"x\":{\"a\":1},\"b\":2}", "{\"id\":1,\"x\":{\"a\":1,\"b\":2}}"},
        {"{\"id\":1,\"tags\":[{\"id\":1},{\"id\":2}]}", "{\"id\":1,\"tags\":[{\"id\":1}]}"},
    };
    for (size_t i = 0; i < sizeof differ / sizeof *differ; i++)
        if (same_fingerprint(differ[i][0], differ[i][1]))
            fail_msg("%s and %s are the same", differ[i][0], differ[i][1]);
}

static void test_the_config_hash_goes_in(void **state)
{
    (void)state;
    char a[HASH_SIZE], b[HASH_SIZE], c[HASH_SIZE];
    fingerprint("{\"id\":1}", "", a);
    fingerprint("{\"id\":1}", "x", b);
    fingerprint("{\"id\":1}", "y", c);
    assert_string_not_equal(a, b);
    assert_string_not_equal(b, c);
    assert_int_equal(strlen(a), HASH_SIZE - 1);
}

/* They are stored: with others, each ticket would count as changed once. In them is the length of
 * each text, as this machine writes it. */
static void test_fingerprints_stay_what_they_are(void **state)
{
    (void)state;
    static const char start[] = "{\"id\":7,\"title\":\"a\\u00e9\\/\\\"\\n\\u001f\",\"n\":[0,-1,";
    static const char end[] = "true,null],\"updated_at\":\"2026-11-20T07:31:26+00:00\",\"photo\":"
                              "\"https:\\/\\/www.gravatar.com\\/avatar\\/1\",\"customer\":"
                              "{\"avatar\":\"x\",\"\":{}},\"preview_response\":{\"id\":1}}";
    char item[512], found[HASH_SIZE];
    if (sizeof(size_t) != 8 || htole32(1) != 1)
        skip();
    snprintf(item, sizeof item, "%s%s", start, end);
    fingerprint(item, "hash", found);
    assert_string_equal(found, "74180867b3b9c4378f1ddd78fc0851da");
    snprintf(item, sizeof item, "%s1.5,1e400,%s", start, end); /* read by cJSON */
    fingerprint(item, "hash", found);
    assert_string_equal(found, "01f76c5eaf1c251ea8f56cdaccbf2d60");
}

/* What is read of a ticket stays until the tickets behind it are used. */
static void test_tickets_are_forgotten_one_by_one(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    struct buf items;
    char id[24];
    buf_init(&items, CEILING);
    for (int i = 1; i <= COUNT; i++)
        buf_printf(&items, "%s{\"id\":%d,\"title\":\"%0*d\",\"preview_response\":{\"id\":%d}}",
                   i > 1 ? "," : "", i, 100 + 7 * i, i, i);
    struct page page = page_of(buf_text(&items));
    for (int i = 0; i < COUNT; i++) {
        const struct ticket *t = &page.tickets[i];
        page_forget(&page, (size_t)i);
        snprintf(id, sizeof id, "%d", i + 1);
        assert_int_equal(t->id, i + 1);
        assert_string_equal(t->newest_id, id);
        assert_int_equal(strlen(t->title), 100 + 7 * (i + 1));
        assert_string_equal(ticket_at(t, "id", &page.arena), id);
    }
    page_release(&page);
    buf_release(&items);
}

/* The end of the token of JSON at `at`: a string, a number or a word. */
static size_t token_end(const char *json, size_t at)
{
    if (json[at] != '"')
        return at + strcspn(json + at, ",:]}");
    for (at++; json[at] != '"'; at++)
        at += json[at] == '\\';
    return at + 1;
}

/* `json` with the token at `from` changed a little. */
static void change_token(struct buf *out, const char *json, size_t from, size_t to)
{
    buf_append(out, json, from);
    if (json[from] == '"')
        buf_puts(out, "\"x");
    else if (json[from] == 'n')
        buf_puts(out, "true");
    else if (json[from] == 't')
        buf_puts(out, "false");
    else if (json[from] == 'f')
        buf_puts(out, "null");
    else
        buf_printf(out, "1%.*s", (int)(to - from), json + from);
    buf_puts(out, json + (json[from] == '"' ? from + 1 : to));
}

/* Changes each key and each value in turn; every change but one of a gravatar address tells. */
static size_t assert_each_change_tells(const char *json)
{
    size_t changes = 0;
    for (size_t at = 0; json[at];) {
        if (strchr("{}[],:", json[at])) {
            at++;
            continue;
        }
        size_t end = token_end(json, at);
        const char *gravatar = memmem(json + at, end - at, "gravatar.com", 12);
        struct buf changed;
        buf_init(&changed, CEILING);
        change_token(&changed, json, at, end);
        if (same_fingerprint(json, buf_text(&changed)) != (gravatar != NULL))
            fail_msg("change of %.*s", (int)(end - at), json + at);
        buf_release(&changed);
        changes++;
        at = end;
    }
    return changes;
}

static void test_every_single_change_tells(void **state)
{
    (void)state;
    struct page page = recorded("tickets_per100_id_asc_page2.json");
    size_t changes = 0;
    for (size_t i = 0; i < page.count; i += 5) {
        char *json = json_of(&page.tickets[i], false);
        changes += assert_each_change_tells(json);
        free(json);
    }
    assert_true(changes > 20 * 100);
    page_release(&page);
}

/* The other answers */

static int index_of(struct site_index *index, const char *text, struct arena *arena)
{
    struct body body = body_of(text, strlen(text));
    int done = decode_index(index, body.bytes, body.n, arena);
    free(body.bytes);
    return done;
}

static void test_the_recorded_index(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct site_index index;
    struct body body = read_body("wp_index_fields.json");
    assert_int_equal(decode_index(&index, body.bytes, body.n, &arena), 0);
    free(body.bytes);
    assert_string_equal(index.name, "Acme Support A");
    assert_null(index.home);
    assert_string_equal(index.timezone_string, "America/New_York");
    assert_true(index.gmt_offset == -5.0);
    assert_true(index.has_namespaces);
    assert_true(index.has_plugin);
    assert_true(index.application_passwords);
    arena_release(&arena);
}

static void test_variants_of_the_index(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct site_index i;
    assert_int_equal(index_of(&i,
                              "{\"name\":\"N\",\"home\":\"https:\\/\\/x.test\",\"gmt_offset\":"
                              "\"5.75\",\"timezone_string\":\"\",\"namespaces\":[\"wp/v2\","
                              "\"fluent-support/v20\"],\"authentication\":[]}",
                              &arena),
                     0);
    assert_string_equal(i.home, "https://x.test");
    assert_string_equal(i.timezone_string, "");
    assert_true(i.gmt_offset == 5.75);
    assert_true(i.has_namespaces);
    assert_false(i.has_plugin);
    assert_false(i.application_passwords);
    assert_int_equal(index_of(&i, "{\"name\":\"N\",\"gmt_offset\":-3.5}", &arena), 0);
    assert_true(i.gmt_offset == -3.5);
    assert_false(i.has_namespaces);
    assert_false(i.has_plugin);
    assert_true(i.application_passwords);
    assert_null(i.timezone_string);
    assert_int_equal(index_of(&i, "{\"namespaces\":[\"fluent-support/v2\"],\"name\":null}", &arena),
                     0);
    assert_null(i.name);
    assert_true(isnan(i.gmt_offset));
    assert_true(i.has_plugin);
    static const char *const no_offset[] = {"\"\"", "null", "\"x\"", "\"5h\"", "[]", "true"};
    for (size_t n = 0; n < sizeof no_offset / sizeof *no_offset; n++) {
        char text[100];
        snprintf(text, sizeof text, "{\"name\":\"N\",\"gmt_offset\":%s}", no_offset[n]);
        assert_int_equal(index_of(&i, text, &arena), 0);
        assert_true(isnan(i.gmt_offset));
    }
    arena_release(&arena);
}

static void test_answers_that_are_no_index(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",     "<html>",     "{}",    "[]",
        "null", "{\"name\":", "\"x\"", "{\"code\":\"rest_no_route\",\"message\":\"No\"}"};
    struct arena arena = ARENA_INIT;
    for (size_t n = 0; n < sizeof bodies / sizeof *bodies; n++) {
        struct site_index index;
        assert_int_equal(index_of(&index, bodies[n], &arena), -1);
        assert_false(index.has_plugin);
    }
    arena_release(&arena);
}

static void assert_me(struct body body, int done, bool sees_all, bool any)
{
    struct site_rights rights = {true, true, true, true};
    assert_int_equal(decode_me(&rights, body.bytes, body.n), done);
    assert_int_equal(rights.sees_all, sees_all);
    assert_int_equal(rights.any, any);
    free(body.bytes);
}

static void test_me(void **state)
{
    (void)state;
    assert_me(read_body("me.json"), 0, true, true);
    assert_me(read_body("me_limited.json"), 0, false, true);
    assert_me(read_body("me_subscriber.json"), 0, false, false);
    assert_me(read_body("err_wrong_password.json"), -1, false, false);
    assert_me(read_body("err_rate_limited.body"), -1, false, false);
    assert_me(body_of("", 0), -1, false, false);
    assert_me(body_of("{}", 2), -1, false, false);
    /* PHP makes an object of an array whose keys have gaps. */
    static const char gaps[] =
        "{\"user_id\":1,\"permissions\":{\"3\":\"fst_manage_other_tickets\"}}";
    assert_me(body_of(gaps, sizeof gaps - 1), 0, true, true);
    static const struct {
        const char *permission;
        bool writes, reads_log;
    } cases[] = {
        {"fst_manage_own_tickets", true, false},   {"fst_manage_unassigned_tickets", true, false},
        {"fst_manage_other_tickets", true, false}, {"fst_view_tickets", false, false},
        {"fst_view_activity_logs", false, true},   {"fst_view_dashboard", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        struct site_rights rights;
        int n = snprintf(text, sizeof text, "{\"permissions\":[\"%s\"]}", cases[i].permission);
        struct body body = body_of(text, (size_t)n);
        assert_int_equal(decode_me(&rights, body.bytes, body.n), 0);
        assert_int_equal(rights.writes, cases[i].writes);
        assert_int_equal(rights.reads_log, cases[i].reads_log);
        free(body.bytes);
    }
    static const char foreign[] = "{\"permissions\":[\"other_manage_other_tickets\",5,null]}";
    assert_me(body_of(foreign, sizeof foreign - 1), 0, false, false);
}

/* The activity log */

#define ENTRY(event, id)                                                                           \
    "{\"id\":\"7\",\"person_id\":\"1\",\"person_type\":\"agent\",\"event_type\":\"fluent_"         \
    "support\\/" event "\",\"object_id\":" id                                                      \
    ",\"object_type\":\"ticket\",\"description\":\"A deleted \\u0000 T(#9)\","                     \
    "\"created_at\":\"2026-11-20 02:31:26\",\"person\":null}"
#define LOG(entries, rest) "{\"activities\":{\"current_page\":1,\"data\":[" entries "]}" rest "}"

/* The ids that the body names, each followed by a space; NULL: it is no such answer. */
static const char *deleted_by(const char *text, bool *off, char ids[64])
{
    struct body body = body_of(text, strlen(text));
    struct arena arena = ARENA_INIT;
    struct activity_log log;
    int done = decode_activity_log(&log, body.bytes, body.n, &arena);
    size_t n = 0;
    ids[0] = '\0';
    for (size_t i = 0; i < log.count; i++)
        n += (size_t)snprintf(ids + n, 64 - n, "%lld ", (long long)log.deleted[i]);
    assert_false(arena.failed);
    *off = log.off;
    arena_release(&arena);
    free(body.bytes);
    return done < 0 ? NULL : ids;
}

static void test_activity_log(void **state)
{
    (void)state;
    static const struct {
        const char *body, *ids;
        bool off;
    } cases[] = {
        {LOG("", ""), "", false},
        {LOG(ENTRY("ticket_deleted", "\"12\"") "," ENTRY("ticket_created", "13") "," ENTRY(
                 "ticket_deleted", "11") "," ENTRY("ticket_deleted", "\"12\""),
             ",\"settings\":{\"delete_days\":14,\"disable_logs\":\"no\"}"),
         "12 11 12 ", false},
        {LOG(ENTRY("ticket_closed", "4"), ",\"settings\":{\"disable_logs\":\"yes\"}"), "", true},
        {LOG(ENTRY("ticket_deleted", "null") "," ENTRY("ticket_deleted", "-4") "," ENTRY(
                 "ticket_deleted",
                 "\"4x\"") "," ENTRY("ticket_deleted",
                                     "0") "," ENTRY("ticket_deleted",
                                                    "{}") "," ENTRY("ticket_deleted",
                                                                    "\"12345678901234567890"
                                                                    "\"") ",null,5,[]",
             ",\"settings\":[]"),
         "", false},
        {"Warning: x\n" LOG(ENTRY("ticket_deleted", "8"), ""), "8 ", false},
        {"{\"activities\":[" ENTRY("ticket_deleted", "8") "]}", NULL, false},
        {"{\"activities\":null}", NULL, false},
        {"{\"tickets\":{\"data\":[]}}", NULL, false},
        {"\"no\"", NULL, false},
        {"[]", NULL, false},
        {"<html>", NULL, false},
        {"", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        bool off;
        const char *ids = deleted_by(cases[i].body, &off, text);
        if (!ids || !cases[i].ids)
            assert_ptr_equal(ids, cases[i].ids);
        else
            assert_string_equal(ids, cases[i].ids);
        assert_int_equal(off, cases[i].off);
    }
}

/* Messages */

static void assert_message(struct body body, bool json, const char *code, const char *says)
{
    struct site_message message;
    assert_int_equal(decode_message(&message, body.bytes, body.n), json);
    free(body.bytes);
    assert_string_equal(message.code, code);
    if (*says ? !strstr(message.message, says) : message.message[0])
        fail_msg("\"%s\" is not in: %s", says, message.message);
    assert_true(text_valid(message.message, strlen(message.message)));
}

static void test_recorded_messages(void **state)
{
    (void)state;
    static const char sorry[] = "Sorry, you are not allowed to do that.";
    static const struct {
        const char *name, *code, *says;
    } answers[] = {
        {"err_admin_not_agent.json", "", "getMeta() on null"},
        {"err_authorization_header_stripped.json", "rest_forbidden", sorry},
        {"err_bearer_auth.json", "rest_forbidden", sorry},
        {"err_db_connection.json", "wp_die", "Error establishing a database connection"},
        {"err_docs_ticket_singular.json", "rest_no_route", "No route was found"},
        {"err_empty_password.json", "rest_forbidden", sorry},
        {"err_http_production.json", "rest_forbidden", sorry},
        {"err_login_password.json", "rest_forbidden", sorry},
        {"err_maintenance.json", "wp_die", "Briefly unavailable"},
        {"err_no_auth.json", "rest_forbidden", sorry},
        {"err_no_fs_permission_subscriber.json", "rest_forbidden", sorry},
        {"err_php_fatal.json", "internal_server_error", "critical error"},
        {"err_plugin_deactivated.json", "rest_no_route", "No route was found"},
        {"err_single_deleted.json", "", "No query results for model"},
        {"err_ticket_not_found.json", "", "No query results for model"},
        {"err_unknown_route.json", "rest_no_route", "No route was found"},
        {"err_wrong_password.json", "rest_forbidden", sorry},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        assert_message(read_body(answers[i].name), true, answers[i].code, answers[i].says);
    }
}

static void test_recorded_html_is_no_message(void **state)
{
    (void)state;
    assert_message(read_body("err_db_connection_no_accept.body"), false, "", "");
    assert_message(read_body("err_maintenance_no_accept.body"), false, "", "");
    assert_message(read_body("err_permalinks_off_port8113.body"), false, "", "");
    assert_message(read_body("err_php_fatal_no_accept.body"), false, "", "");
    assert_message(read_body("err_rate_limited.body"), false, "", "");
    assert_message(read_body("err_redirect_to_https.body"), false, "", "");
    assert_message(body_of("", 0), false, "", "");
    assert_message(body_of("429 Too Many Requests", 21), false, "", "");
}

static void test_messages_that_lack_something(void **state)
{
    (void)state;
    assert_message(body_of("{}", 2), true, "", "");
    assert_message(body_of("[1]", 3), true, "", "");
    assert_message(body_of("{\"code\":5,\"message\":{\"a\":1}}", 29), true, "", "");
    assert_message(body_of("{\"message\":\"only\"}", 18), true, "", "only");
}

static void test_long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        struct buf text;
        buf_init(&text, CEILING);
        buf_printf(&text, "{\"code\":\"%.*s", (int)shift, "xx");
        for (int i = 0; i < 1000; i++)
            buf_puts(&text, "\xE2\x82\xAC");
        buf_printf(&text, "\",\"message\":\"%.*s", (int)shift, "xx");
        for (int i = 0; i < 1000; i++)
            buf_puts(&text, "\xE2\x82\xAC");
        buf_puts(&text, "\"}");
        struct body body = body_of(buf_text(&text), text.len);
        struct site_message m;
        assert_true(decode_message(&m, body.bytes, body.n));
        assert_in_range(strlen(m.code), sizeof m.code - 4, sizeof m.code - 1);
        assert_in_range(strlen(m.message), sizeof m.message - 4, sizeof m.message - 1);
        assert_true(text_valid(m.code, strlen(m.code)));
        assert_true(text_valid(m.message, strlen(m.message)));
        free(body.bytes);
        buf_release(&text);
    }
}

/* Flat objects */

static void test_objects_round_trip(void **state)
{
    (void)state;
    static const struct decode_member members[] = {
        {"date", "2026-11-20", 10},
        {"description#", "0123", 4},
        {"nothing", NULL, 0},
        {"empty", "", 0},
        {"odd \"name\"\n", "\xF0\x9F\x98\x80 \" \\ / \t \x01 \xE2\x80\xA8", 18},
    };
    enum { COUNT = sizeof members / sizeof *members };
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(encode_object(members, COUNT, &out), 0);
    struct arena arena = ARENA_INIT;
    struct decode_member *read;
    size_t count;
    assert_int_equal(decode_object(buf_text(&out), out.len, &read, &count, &arena), 0);
    assert_int_equal(count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(read[i].name, members[i].name);
        assert_int_equal(read[i].length, members[i].text ? strlen(members[i].text) : 0);
        if (members[i].text)
            assert_string_equal(read[i].text, members[i].text);
        else
            assert_null(read[i].text);
    }
    arena_release(&arena);
    buf_release(&out);
}

/* A member's text is `length` bytes, whatever is behind them. */
static void test_a_member_ends_at_its_length(void **state)
{
    (void)state;
    static const struct decode_member member = {"urgency", "HIGH\nLOW\n", 4};
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(encode_object(&member, 1, &out), 0);
    assert_string_equal(buf_text(&out), "{\"urgency\":\"HIGH\"}");
    buf_release(&out);
}

static void test_objects_are_appended(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 10);
    buf_puts(&out, "x");
    assert_int_equal(encode_object(NULL, 0, &out), 0);
    assert_string_equal(buf_text(&out), "x{}");
    static const struct decode_member member = {"name", "text", 4};
    assert_int_equal(encode_object(&member, 1, &out), -1);
    assert_true(out.failed);
    buf_release(&out);
}

static void test_what_is_no_flat_object(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "null",
                                        "[]",
                                        "\"x\"",
                                        "{",
                                        "{\"a\":1}",
                                        "{\"a\":true}",
                                        "{\"a\":{}}",
                                        "{\"a\":\"b\",\"c\":[]}",
                                        "{\"a\":\"b\"",
                                        "x"};
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct decode_member *members = (struct decode_member *)&arena;
        size_t count = 5;
        if (decode_object(texts[i], strlen(texts[i]), &members, &count, &arena) != -1)
            fail_msg("%s", texts[i]);
        assert_null(members);
        assert_int_equal(count, 0);
    }
    struct decode_member *members;
    size_t count = 5;
    assert_int_equal(decode_object("{}", 2, &members, &count, &arena), 0);
    assert_int_equal(count, 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_recorded_site),
        cmocka_unit_test(test_a_recorded_ticket_in_full),
        cmocka_unit_test(test_a_long_body_and_a_nul_are_not_cut),
        cmocka_unit_test(test_the_exact_bytes_say_the_same),
        cmocka_unit_test(test_tickets_are_printed_as_cjson_prints_them),
        cmocka_unit_test(test_each_character_is_escaped_wherever_it_is),
        cmocka_unit_test(test_a_recorded_conversation),
        cmocka_unit_test(test_what_is_no_conversation),
        cmocka_unit_test(test_the_preview_is_only_a_mark),
        cmocka_unit_test(test_empty_pages),
        cmocka_unit_test(test_counters_that_are_missing),
        cmocka_unit_test(test_json_that_is_no_page),
        cmocka_unit_test(test_bodies_that_are_no_json),
        cmocka_unit_test(test_recorded_html_is_no_json),
        cmocka_unit_test(test_a_recorded_ticket_alone_is_no_page),
        cmocka_unit_test(test_truncated_bodies),
        cmocka_unit_test(test_php_warnings_around),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_more_than_memory_should_hold),
        cmocka_unit_test(test_nul_escapes),
        cmocka_unit_test(test_a_nul_byte_cuts_nothing_short),
        cmocka_unit_test(test_control_bytes),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_invalid_bytes),
        cmocka_unit_test(test_lone_surrogates),
        cmocka_unit_test(test_numbers_become_text),
        cmocka_unit_test(test_texts_that_are_none),
        cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_items_that_are_no_objects),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_paths_with_a_backslash),
        cmocka_unit_test(test_drop_of_the_id_is_a_defect),
        cmocka_unit_test(test_drop_leaves_no_trace),
        cmocka_unit_test(test_notes_are_gone_everywhere),
        cmocka_unit_test(test_what_is_there_twice_is_dropped_twice),
        cmocka_unit_test(test_a_key_twice_is_a_defect),
        cmocka_unit_test(test_numbers_are_kept_digit_by_digit),
        cmocka_unit_test(test_numbers_that_json_does_not_know),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_mapped_json),
        cmocka_unit_test(test_json_tells_of_a_full_buffer),
        cmocka_unit_test(test_json_round_trip),
        cmocka_unit_test(test_what_moves_by_itself),
        cmocka_unit_test(test_what_is_a_change),
        cmocka_unit_test(test_the_config_hash_goes_in),
        cmocka_unit_test(test_fingerprints_stay_what_they_are),
        cmocka_unit_test(test_tickets_are_forgotten_one_by_one),
        cmocka_unit_test(test_every_single_change_tells),
        cmocka_unit_test(test_the_recorded_index),
        cmocka_unit_test(test_variants_of_the_index),
        cmocka_unit_test(test_answers_that_are_no_index),
        cmocka_unit_test(test_me),
        cmocka_unit_test(test_activity_log),
        cmocka_unit_test(test_recorded_messages),
        cmocka_unit_test(test_recorded_html_is_no_message),
        cmocka_unit_test(test_messages_that_lack_something),
        cmocka_unit_test(test_long_messages_are_cut_between_characters),
        cmocka_unit_test(test_objects_round_trip),
        cmocka_unit_test(test_a_member_ends_at_its_length),
        cmocka_unit_test(test_objects_are_appended),
        cmocka_unit_test(test_what_is_no_flat_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
