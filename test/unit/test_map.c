/* test_map: the field mapping row by row, the configuration's rules, and what is rejected. */
#include "core/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define EURO "\xE2\x82\xAC"
#define ELLIPSIS "\xE2\x80\xA6"

enum { CEILING = 64 << 20 };

/* What a test maps with; it changes what it is about. */
struct fixture {
    struct mapping mapping;
    struct scope scope;
    struct request_schema schema;
    struct map_rules rules;
    struct rules *set;
    struct zone *site, *target;
    struct arena arena;
    struct page page;
    struct row row;
    const char *reason; /* of row; "" when there is none */
};

/* The columns of requests as `migrate` makes them. */
static const struct request_schema REQUESTS = {
    .count = REQUEST_BUILT_IN,
    .fields =
        {[REQUEST_DATE] = {.name = "date", .type = FIELD_DATE},
         [REQUEST_TIME] = {.name = "time", .type = FIELD_TIME},
         [REQUEST_CATEGORY] = {.name = "category", .type = FIELD_TEXT, .chars = 50, .bytes = 200},
         [REQUEST_DESCRIPTION] =
             {.name = "description", .type = FIELD_TEXT, .chars = 65535, .bytes = 65535},
         [REQUEST_URGENCY] = {.name = "urgency",
                              .type = FIELD_ENUM,
                              .options = "LOW\nMEDIUM\nHIGH\nPROMOTION\n"}},
    .numbers = {[TICKET_MAILBOX_ID] = {.bits = 32}, [TICKET_RESPONSE_COUNT] = {.bits = 32}},
};

static void set_zones(struct fixture *f, const char *site, const char *target)
{
    struct error error = ERROR_INIT;
    zone_close(f->site);
    zone_close(f->target);
    assert_int_equal(zone_open(&f->site, site, &error), 0);
    assert_int_equal(zone_open(&f->target, target, &error), 0);
    f->rules.site = f->site;
    f->rules.target = f->target;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    f->scope = (struct scope){.since = "2025-09-20", .all_mailboxes = true};
    f->schema = REQUESTS;
    f->rules = (struct map_rules){.mapping = &f->mapping,
                                  .scope = &f->scope,
                                  .site_key = "",
                                  .schema = &f->schema,
                                  .config_hash = "hash"};
    set_zones(f, "America/New_York", "UTC");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    page_release(&f->page);
    arena_release(&f->arena);
    rules_free(f->set);
    zone_close(f->site);
    zone_close(f->target);
    free(f);
    return 0;
}

static void fail_problem(void *context, int line, const char *text)
{
    (void)context;
    fail_msg("%d: %s", line, text);
}

/* Reads the rules of the mapping as it is now. */
static void read_rules(struct fixture *f)
{
    rules_free(f->set);
    f->rules.set = f->set = rules_new(&f->mapping, fail_problem, NULL);
    assert_non_null(f->set);
}

static int map_whole(struct fixture *f, const struct ticket *t, struct error *error)
{
    read_rules(f);
    int outcome = map_identity(&f->rules, t, &f->arena, &f->row, error);
    if (outcome == MAP_ROW)
        outcome = map_ticket(&f->rules, t, &f->arena, &f->row, error);
    f->reason = f->row.reject ? f->row.reject : "";
    return outcome;
}

/* Maps the only ticket of a page with these items. */
static enum map_outcome map_item(struct fixture *f, const char *item)
{
    struct buf text;
    buf_init(&text, CEILING);
    buf_printf(&text, "{\"tickets\":{\"data\":[%s]}}", item);
    char *body = strdup(buf_text(&text)), why[200];
    assert_non_null(body);
    page_release(&f->page);
    if (decode_page(&f->page, body, text.len, NULL, why, sizeof why) != DECODE_OK)
        fail_msg("%s: %s", why, item);
    free(body);
    buf_release(&text);
    struct error error = ERROR_INIT;
    int outcome = map_whole(f, &f->page.tickets[0], &error);
    assert_int_equal(error.code, ERR_NONE);
    return (enum map_outcome)outcome;
}

/* The same with a good id and date, to which come `members`. */
static void map_members(struct fixture *f, const char *members)
{
    struct buf item;
    buf_init(&item, CEILING);
    buf_printf(&item, "{\"id\":7,\"created_at\":\"2025-10-06T14:30:00+00:00\"%s%s}",
               *members ? "," : "", members);
    if (map_item(f, buf_text(&item)) != MAP_ROW)
        fail_msg("%s: %s", f->reason, members);
    buf_release(&item);
}

static void assert_cell(struct cell cell, const char *expected)
{
    if (!expected) {
        assert_null(cell.text);
        return;
    }
    assert_non_null(cell.text);
    if (cell.len != strlen(expected) || memcmp(cell.text, expected, cell.len) != 0)
        fail_msg("\"%.*s\" instead of \"%s\"", (int)cell.len, cell.text, expected);
}

static void assert_rejected(struct fixture *f, const char *item, const char *says)
{
    if (map_item(f, item) != MAP_REJECT)
        fail_msg("not rejected: %s", item);
    if (!strstr(f->reason, says))
        fail_msg("\"%s\" is not in: %s", says, f->reason);
}

static void use_pairs(struct mapping_pairs *pairs, struct mapping_pair *items, size_t count)
{
    *pairs = (struct mapping_pairs){.items = items, .count = count};
}

/* Literals where a char * is asked for. */
#define PAIR(k, v)                                                                                 \
    {                                                                                              \
        .key = (char[]){k}, .value = (char[])                                                      \
        {                                                                                          \
            v                                                                                      \
        }                                                                                          \
    }

/* The table */

static void test_every_column(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        map_item(f,
                 "{\"id\":42,\"hash\":\"h1\",\"title\":\"My\\u0007 title\",\"content\":"
                 "\"<p>One<br>two &amp; three</p>\",\"status\":\"on-hold\",\"priority\":\"High\","
                 "\"created_at\":\"2025-10-06T14:30:00+00:00\",\"updated_at\":"
                 "\"2025-10-07T00:00:01Z\",\"resolved_at\":\"2025-10-08 09:10:11\","
                 "\"response_count\":\"3\",\"customer_id\":\"17\",\"agent_id\":\"2\","
                 "\"mailbox_id\":\"4\",\"product_id\":\"5\",\"customer\":{\"full_name\":"
                 "\"Mil\\u00e9s\",\"email\":\"a@b.test\"},\"agent\":{\"full_name\":\"Ann\"},"
                 "\"product\":{\"title\":\"hosting\"},\"preview_response\":{\"x\":1},"
                 "\"extra\":[1]}"),
        MAP_ROW);
    const struct cell *t = f->row.ticket, *r = f->row.request;
    assert_int_equal(f->row.id, 42);
    assert_string_equal(f->row.fluent_id, "42");
    assert_true(f->row.in_scope);
    assert_cell(t[TICKET_NUMBER], "h1");
    assert_cell(t[TICKET_CREATED_AT], "2025-10-06 14:30:00");
    assert_cell(t[TICKET_UPDATED_AT], "2025-10-07 00:00:01");
    assert_cell(t[TICKET_RESOLVED_AT], "2025-10-08 13:10:11"); /* New York is four hours behind */
    assert_cell(t[TICKET_STATUS], "on-hold");
    assert_cell(t[TICKET_CUSTOMER_ID], "17");
    assert_cell(t[TICKET_CUSTOMER_NAME], "Mil\xC3\xA9s");
    assert_cell(t[TICKET_CUSTOMER_EMAIL], "a@b.test");
    assert_cell(t[TICKET_MAILBOX_ID], "4");
    assert_cell(t[TICKET_TITLE], "My title");
    assert_cell(t[TICKET_CUSTOMER_MESSAGE], "<p>One<br>two &amp; three</p>");
    assert_cell(t[TICKET_PRIORITY], "High");
    assert_cell(t[TICKET_PRODUCT_ID], "5");
    assert_cell(t[TICKET_PRODUCT_NAME], "hosting");
    assert_cell(t[TICKET_AGENT_ID], "2");
    assert_cell(t[TICKET_AGENT_NAME], "Ann");
    assert_cell(t[TICKET_RESPONSE_COUNT], "3");
    assert_cell(r[REQUEST_DATE], "2025-10-06");
    assert_cell(r[REQUEST_TIME], "14:30:00");
    assert_cell(r[REQUEST_CATEGORY], "Hosting");
    assert_cell(r[REQUEST_URGENCY], "HIGH");
    assert_cell(r[REQUEST_DESCRIPTION], "My title\n\nOne\ntwo & three");
    assert_non_null(strstr(t[TICKET_RAW_DATA].text, "\"extra\":[1]"));
    assert_null(strstr(t[TICKET_RAW_DATA].text, "preview_response"));
}

static void test_null_stays_null(void **state)
{
    struct fixture *f = *state;
    static const enum ticket_column filled[] = {TICKET_CREATED_AT, TICKET_RAW_DATA};
    map_members(f, "");
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        if (c != filled[0] && c != filled[1])
            assert_cell(f->row.ticket[c], NULL);
    map_members(f, "\"title\":null,\"customer\":null,\"agent\":null,\"product\":null,"
                   "\"resolved_at\":null,\"updated_at\":\"0000-00-00 00:00:00\",\"hash\":null");
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        if (c != filled[0] && c != filled[1])
            assert_cell(f->row.ticket[c], NULL);
    assert_cell(f->row.request[REQUEST_CATEGORY], "Support");
    assert_cell(f->row.request[REQUEST_URGENCY], "MEDIUM");
    assert_cell(f->row.request[REQUEST_DESCRIPTION], "(no subject)");
}

static void test_descriptions(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *members, *description;
    } cases[] = {
        {"\"title\":\"T\",\"content\":\"C\"", "T\n\nC"},
        {"\"title\":\"T\",\"content\":null", "T"},
        {"\"title\":\"T\",\"content\":\"\"", "T"},
        {"\"title\":\"T\",\"content\":\"<p> </p><script>x()</script>\"", "T"},
        {"\"title\":null,\"content\":\"C\"", "C"},
        {"\"title\":\"\",\"content\":\"C\"", "C"},
        {"\"title\":\"\\u0007\",\"content\":\"C\"", "C"},
        {"\"title\":null,\"content\":null", "(no subject)"},
        {"\"title\":null,\"content\":\"<br>\"", "(no subject)"},
        {"\"title\":\"\\u0001\",\"content\":\"\"", "(no subject)"},
        {"\"title\":\"a\\r\\nb\\tc\\u2028d\",\"content\":null", "a b c d"},
        {"\"subject\":\"S\",\"customer_message\":\"M\"", "S\n\nM"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        map_members(f, cases[i].members);
        assert_cell(f->row.request[REQUEST_DESCRIPTION], cases[i].description);
    }
}

static void assert_urgency(struct fixture *f, const char *priority, const char *expected)
{
    char members[100];
    snprintf(members, sizeof members, "\"priority\":%s", priority);
    map_members(f, members);
    assert_cell(f->row.request[REQUEST_URGENCY], expected);
}

static void test_urgency_by_default(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"\"critical\"", "HIGH"}, {"\"high\"", "HIGH"},     {"\"urgent\"", "HIGH"},
        {"\"CRITICAL\"", "HIGH"}, {"\"medium\"", "MEDIUM"}, {"\"normal\"", "MEDIUM"},
        {"\"weird\"", "MEDIUM"},  {"\"\"", "MEDIUM"},       {"null", "MEDIUM"},
        {"\"low\"", "LOW"},       {"\"Low\"", "LOW"},       {"\"critical \"", "MEDIUM"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_urgency(f, cases[i][0], cases[i][1]);
}

static void test_urgency_by_rule(void **state)
{
    struct fixture *f = *state;
    struct mapping_pair rules[] = {PAIR("weird", "PROMOTION"), PAIR("critical", "LOW"),
                                   PAIR("\xC3\x89lev\xC3\xA9", "high")};
    use_pairs(&f->mapping.urgency, rules, 3);
    assert_urgency(f, "\"Weird\"", "PROMOTION");
    assert_urgency(f, "\"critical\"", "LOW");
    assert_urgency(f, "\"\\u00e9LEV\\u00c9\"", "HIGH"); /* as the column spells it */
    assert_urgency(f, "\"high\"", "HIGH");
    assert_urgency(f, "\"other\"", "MEDIUM");
    struct mapping_pair all[] = {PAIR("*", "LOW"), PAIR("urgent", "HIGH")};
    use_pairs(&f->mapping.urgency, all, 2);
    assert_urgency(f, "\"urgent\"", "HIGH");
    assert_urgency(f, "\"critical\"", "LOW");
    assert_urgency(f, "\"*\"", "LOW");
    assert_urgency(f, "null", "LOW");
}

/* What MySQL returns is compared byte by byte with what we wrote. */
static void test_urgency_is_spelled_as_the_column_does(void **state)
{
    struct fixture *f = *state;
    struct request_field *field = &f->schema.fields[REQUEST_URGENCY];
    snprintf(field->options, sizeof field->options, "Low\nMedium\nHigh\n");
    assert_urgency(f, "\"critical\"", "High");
    assert_urgency(f, "\"low\"", "Low");
    assert_urgency(f, "null", "Medium");
}

static void assert_category(struct fixture *f, const char *product, const char *mailbox,
                            const char *expected)
{
    char members[300];
    snprintf(members, sizeof members, "\"product\":{\"title\":%s},\"mailbox_id\":%s", product,
             mailbox);
    map_members(f, members);
    assert_cell(f->row.request[REQUEST_CATEGORY], expected);
}

static void test_category_by_default(void **state)
{
    struct fixture *f = *state;
    static const char *const own[] = {"Support", "Hosting", "Migration", "Website", "Email",
                                      "Forms",   "Scripts", "Advisory",  "General"};
    char product[40];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        snprintf(product, sizeof product, "\"%s\"", own[i]);
        assert_category(f, product, "null", own[i]);
        product[1] = (char)(product[1] + 'a' - 'A');
        assert_category(f, product, "null", own[i]);
    }
    assert_category(f, "\"Project\"", "null", "General");
    assert_category(f, "\"PROJECT\"", "null", "General");
    assert_category(f, "\"Widget Pro!\"", "null", "Support");
    assert_category(f, "\"Hosting plus\"", "null", "Support");
    assert_category(f, "null", "null", "Support");
}

static void test_category_by_rule(void **state)
{
    struct fixture *f = *state;
    struct mapping_pair rules[] = {PAIR("Widget Pro!", "Widgets"), PAIR("hosting", "Other"),
                                   PAIR("STRA\xC3\x9F\x45", "Streets")};
    struct mapping_pair mailboxes[] = {PAIR("3", "Third")};
    use_pairs(&f->mapping.category, rules, 3);
    assert_category(f, "\"widget PRO!\"", "null", "Widgets");
    assert_category(f, "\"Hosting\"", "null", "Other");
    assert_category(f, "\"stra\\u00dfe\"", "null", "Streets");
    assert_category(f, "\"Email\"", "null", "Email");
    use_pairs(&f->mapping.mailbox_category, mailboxes, 1);
    assert_category(f, "\"hosting\"", "\"3\"", "Other"); /* the product's own rule comes first */
    assert_category(f, "\"Email\"", "\"3\"", "Third");
    assert_category(f, "null", "\"3\"", "Third");
    assert_category(f, "\"Email\"", "\"4\"", "Email");
    struct mapping_pair all[] = {PAIR("*", "Rest"), PAIR("hosting", "Other")};
    use_pairs(&f->mapping.category, all, 2);
    assert_category(f, "\"hosting\"", "null", "Other");
    assert_category(f, "\"Email\"", "\"3\"", "Third");
    assert_category(f, "\"Email\"", "null", "Rest");
    assert_category(f, "null", "null", "Rest");
}

/* Ids and dates */

static void test_fluent_ids(void **state)
{
    struct fixture *f = *state;
    char out[FLUENT_ID_SIZE], key[65];
    map_fluent_id("", 1, out);
    assert_string_equal(out, "1");
    map_fluent_id("shop", 9007199254740991, out);
    assert_string_equal(out, "shop:9007199254740991");
    memset(key, 'k', 64);
    key[64] = '\0';
    map_fluent_id(key, 9007199254740991, out);
    assert_int_equal(strlen(out), 64 + 1 + 16);
    f->rules.site_key = key;
    map_members(f, "");
    assert_int_equal(strncmp(f->row.fluent_id, "kkkk", 4), 0);
    assert_string_equal(f->row.fluent_id + 64, ":7");
}

static void test_zones_and_both_forms_of_dates(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *site, *target, *date, *wall;
    } cases[] = {
        {"America/New_York", "UTC", "2025-10-06T23:30:00+00:00", "2025-10-06 23:30:00"},
        {"America/New_York", "UTC", "2025-10-06 23:30:00", "2025-10-07 03:30:00"},
        {"America/New_York", "America/New_York", "2025-10-06T23:30:00Z", "2025-10-06 19:30:00"},
        {"America/New_York", "America/New_York", "2025-10-06 23:30:00", "2025-10-06 23:30:00"},
        {"+06:00", "Europe/Berlin", "2026-01-01 03:00:00", "2025-12-31 22:00:00"},
        {"+06:00", "Europe/Berlin", "2026-07-01T00:00:00+00:00", "2026-07-01 02:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char item[200];
        set_zones(f, cases[i].site, cases[i].target);
        snprintf(item, sizeof item, "{\"id\":1,\"created_at\":\"%s\",\"updated_at\":\"%s\"}",
                 cases[i].date, cases[i].date);
        assert_int_equal(map_item(f, item), MAP_ROW);
        assert_cell(f->row.ticket[TICKET_CREATED_AT], cases[i].wall);
        assert_cell(f->row.ticket[TICKET_UPDATED_AT], cases[i].wall);
        assert_memory_equal(f->row.request[REQUEST_DATE].text, cases[i].wall, 10);
        assert_int_equal(f->row.request[REQUEST_DATE].len, 10);
        assert_cell(f->row.request[REQUEST_TIME], cases[i].wall + 11);
    }
}

/* MySQL returns TIME(3) so. */
static void test_a_finer_time(void **state)
{
    struct fixture *f = *state;
    f->schema.fields[REQUEST_TIME].scale = 3;
    map_members(f, "");
    assert_cell(f->row.request[REQUEST_TIME], "14:30:00.000");
    assert_cell(f->row.ticket[TICKET_CREATED_AT], "2025-10-06 14:30:00");
}

static void test_scope(void **state)
{
    struct fixture *f = *state;
    set_zones(f, "UTC", "America/New_York");
    assert_int_equal(map_item(f, "{\"id\":1,\"created_at\":\"2025-09-20T04:00:00Z\"}"), MAP_ROW);
    assert_true(f->row.in_scope);
    assert_int_equal(map_item(f, "{\"id\":1,\"created_at\":\"2025-09-20T03:59:59Z\"}"), MAP_ROW);
    assert_false(f->row.in_scope);
    assert_cell(f->row.ticket[TICKET_CREATED_AT], "2025-09-19 23:59:59");
    f->scope.all_mailboxes = false;
    scope_mailbox(&f->scope, 3)->listed = true;
    map_members(f, "\"mailbox_id\":\"3\"");
    assert_true(f->row.in_scope);
    map_members(f, "\"mailbox_id\":\"2\"");
    assert_false(f->row.in_scope);
    map_members(f, "\"mailbox_id\":null");
    assert_false(f->row.in_scope);
}

/* Rejects */

static void test_rejects(void **state)
{
    struct fixture *f = *state;
    static const char *const items[][2] = {
        {"{\"id\":1}", "created_at"},
        {"{\"id\":1,\"created_at\":null}", "created_at"},
        {"{\"id\":1,\"created_at\":\"\"}", "created_at"},
        {"{\"id\":1,\"created_at\":\"0000-00-00 00:00:00\"}", "created_at"},
        {"{\"id\":1,\"created_at\":\"-001-11-30T04:56:02+00:00\"}", "created_at"},
        {"{\"id\":1,\"created_at\":\"2025-02-30 00:00:00\"}", "created_at"},
        {"{\"id\":1,\"created_at\":1759761000}", "created_at"},
        {"{\"id\":\"1\",\"created_at\":\"2025-10-06T14:30:00Z\"}", "id"},
        {"{\"id\":0,\"created_at\":\"2025-10-06T14:30:00Z\"}", "id"},
        {"null", "object"},
        {"[]", "object"},
        {"{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\",\"mailbox_id\":\"x\"}", "mailbox_id"},
        {"{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\",\"mailbox_id\":1.5}", "mailbox_id"},
        {"{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\",\"mailbox_id\":\"2147483648\"}",
         "mailbox_id"},
        {"{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\",\"mailbox_id\":1e400}", "mailbox_id"},
        {"{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\",\"response_count\":\"many\"}",
         "response_count"},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        assert_rejected(f, items[i][0], items[i][1]);
}

static void assert_row_holds_identity_alone(const struct fixture *f)
{
    static const struct row none;
    assert_false(f->row.in_scope);
    assert_memory_equal(f->row.ticket, none.ticket, sizeof none.ticket);
    assert_memory_equal(f->row.request, none.request, sizeof none.request);
    assert_int_equal(strlen(f->row.fingerprint), HASH_SIZE - 1);
}

static void test_a_reject_holds_its_identity_alone(void **state)
{
    struct fixture *f = *state;
    assert_rejected(f, "{\"id\":5,\"title\":\"secret words\",\"created_at\":null}", "created_at");
    assert_int_equal(f->row.id, 5);
    assert_string_equal(f->row.fluent_id, "5");
    assert_row_holds_identity_alone(f);
    assert_null(strstr(f->reason, "secret"));
    assert_rejected(f, "{\"id\":5,\"created_at\":\"2025-10-06T14:30:00Z\",\"mailbox_id\":\"z9\"}",
                    "mailbox_id");
    assert_row_holds_identity_alone(f);
    assert_null(strstr(f->reason, "z9"));
}

static void test_the_fingerprint_takes_the_config_hash(void **state)
{
    struct fixture *f = *state;
    map_members(f, "");
    char before[HASH_SIZE], expected[HASH_SIZE];
    memcpy(before, f->row.fingerprint, HASH_SIZE);
    snprintf(f->rules.config_hash, sizeof f->rules.config_hash, "other");
    map_members(f, "");
    assert_string_not_equal(f->row.fingerprint, before);
    ticket_fingerprint(&f->page.tickets[0], "other", expected);
    assert_string_equal(f->row.fingerprint, expected);
}

/* Long texts */

static char *repeat(const char *text, size_t times)
{
    struct buf out;
    buf_init(&out, CEILING);
    for (size_t i = 0; i < times; i++)
        buf_puts(&out, text);
    char *copy = strdup(buf_text(&out));
    assert_non_null(copy);
    buf_release(&out);
    return copy;
}

/* Maps `member` as the text `unit` so many times over. */
static void map_long(struct fixture *f, const char *before, const char *unit, size_t times,
                     const char *after)
{
    char *text = repeat(unit, times);
    struct buf members;
    buf_init(&members, CEILING);
    buf_printf(&members, "%s\"%s\"%s", before, text, after);
    map_members(f, buf_text(&members));
    buf_release(&members);
    free(text);
}

static void assert_cut(struct cell cell, size_t chars)
{
    assert_int_equal(text_length(cell.text, cell.len), chars);
    assert_true(text_valid(cell.text, cell.len));
    assert_memory_equal(cell.text + cell.len - 3, ELLIPSIS, 3);
}

/* 7 MB that become 70: each line gets 48 bytes of "> " before it. */
static void test_a_body_that_swells_is_cut(void **state)
{
    struct fixture *f = *state;
    char *quotes = repeat("<blockquote>", 30), *lines = repeat("x<br>", 1400000);
    struct buf members;
    buf_init(&members, CEILING);
    buf_printf(&members, "\"title\":\"t\",\"content\":\"%s%s\"", quotes, lines);
    map_members(f, buf_text(&members));
    struct cell cell = f->row.request[REQUEST_DESCRIPTION];
    assert_in_range(cell.len, 65000, 65535);
    assert_memory_equal(cell.text, "t\n\n> > >", 8);
    assert_memory_equal(cell.text + cell.len - 3, ELLIPSIS, 3);
    buf_release(&members);
    free(lines);
    free(quotes);
}

/* 34 MB of bytes that become two each. */
static void test_json_that_swells_is_a_reject(void **state)
{
    struct fixture *f = *state;
    char *text = repeat("\n", 34000000);
    struct buf item;
    buf_init(&item, CEILING);
    buf_printf(&item, "{\"id\":7,\"created_at\":\"2025-10-06T14:30:00+00:00\",\"x\":\"%s\"}", text);
    assert_int_equal(map_item(f, buf_text(&item)), MAP_REJECT);
    assert_string_equal(f->reason, "it is longer than 64 MB as JSON");
    assert_null(f->row.request[REQUEST_DESCRIPTION].text);
    f->mapping.raw_data = RAW_MAPPED;
    assert_int_equal(map_item(f, buf_text(&item)), MAP_ROW);
    buf_release(&item);
    free(text);
}

static void test_long_texts_are_cut_at_a_character(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum ticket_column column;
        size_t chars;
        const char *before, *after;
    } columns[] = {
        {TICKET_NUMBER, 50, "\"hash\":", ""},
        {TICKET_STATUS, 50, "\"status\":", ""},
        {TICKET_CUSTOMER_ID, 100, "\"customer_id\":", ""},
        {TICKET_CUSTOMER_NAME, 255, "\"customer\":{\"full_name\":", "}"},
        {TICKET_CUSTOMER_EMAIL, 255, "\"customer\":{\"email\":", "}"},
        {TICKET_TITLE, 255, "\"title\":", ""},
        {TICKET_PRIORITY, 20, "\"priority\":", ""},
        {TICKET_PRODUCT_ID, 100, "\"product_id\":", ""},
        {TICKET_PRODUCT_NAME, 255, "\"product\":{\"title\":", "}"},
        {TICKET_AGENT_ID, 100, "\"agent_id\":", ""},
        {TICKET_AGENT_NAME, 255, "\"agent\":{\"full_name\":", "}"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        map_long(f, columns[i].before, EURO, columns[i].chars, columns[i].after);
        const struct cell *cell = &f->row.ticket[columns[i].column];
        assert_int_equal(cell->len, 3 * columns[i].chars);
        assert_memory_equal(cell->text + cell->len - 3, EURO, 3);
        map_long(f, columns[i].before, EURO, columns[i].chars + 1, columns[i].after);
        assert_cut(*cell, columns[i].chars);
        assert_memory_equal(cell->text + cell->len - 6, EURO, 3);
    }
}

static void test_a_long_body(void **state)
{
    struct fixture *f = *state;
    map_long(f, "\"title\":\"T\",\"content\":", EURO, 60000, "");
    assert_int_equal(f->row.ticket[TICKET_CUSTOMER_MESSAGE].len, 180000);
    struct cell description = f->row.request[REQUEST_DESCRIPTION];
    assert_in_range(description.len, 65533, 65535);
    assert_memory_equal(description.text, "T\n\n" EURO, 6);
    assert_memory_equal(description.text + description.len - 3, ELLIPSIS, 3);
    assert_true(text_valid(description.text, description.len));
}

static void test_a_long_category(void **state)
{
    struct fixture *f = *state;
    struct mapping_pair rule[] = {PAIR("*", EURO EURO EURO EURO)};
    use_pairs(&f->mapping.category, rule, 1);
    f->schema.fields[REQUEST_CATEGORY].chars = 3;
    map_members(f, "");
    assert_cell(f->row.request[REQUEST_CATEGORY], EURO EURO ELLIPSIS);
}

static void test_raw_data(void **state)
{
    struct fixture *f = *state;
    f->mapping.raw_data = RAW_MAPPED;
    map_members(f, "\"slug\":\"s\"");
    assert_cell(f->row.ticket[TICKET_RAW_DATA],
                "{\"id\":7,\"created_at\":\"2025-10-06T14:30:00+00:00\"}");
    f->mapping.raw_data = RAW_NONE;
    map_members(f, "\"slug\":\"s\"");
    assert_cell(f->row.ticket[TICKET_RAW_DATA], NULL);
    f->mapping.raw_data = RAW_FULL;
    map_members(f, "\"slug\":\"s\"");
    assert_cell(f->row.ticket[TICKET_RAW_DATA],
                "{\"id\":7,\"created_at\":\"2025-10-06T14:30:00+00:00\",\"slug\":\"s\"}");
}

/* [map.fields] */

static void use_field(struct fixture *f, struct request_field field)
{
    f->schema = REQUESTS;
    snprintf(field.name, sizeof field.name, "extra");
    static char name[] = "extra", path[] = "x.y";
    static struct mapping_pair rule = {.key = name, .value = path};
    use_pairs(&f->mapping.fields, &rule, 1);
    f->schema.fields[f->schema.count++] = field;
}

static struct cell *extra(struct fixture *f)
{
    return &f->row.request[REQUEST_BUILT_IN];
}

/* NULL as `expected`: a reject. */
static void assert_field(struct fixture *f, struct request_field field, const char *json,
                         const char *expected)
{
    char item[400];
    use_field(f, field);
    snprintf(item, sizeof item,
             "{\"id\":7,\"created_at\":\"2025-10-06T14:30:00+00:00\",\"x\":{\"y\":%s}}", json);
    if (!expected) {
        assert_rejected(f, item, "requests.extra");
        assert_row_holds_identity_alone(f);
        return;
    }
    if (map_item(f, item) != MAP_ROW)
        fail_msg("%s: %s", json, f->reason);
    assert_cell(*extra(f), expected);
}

/* An empty text is NULL, whatever the column's type. */
static void assert_empty_field(struct fixture *f, struct request_field field)
{
    use_field(f, field);
    map_members(f, "\"x\":{\"y\":\"\"}");
    assert_cell(*extra(f), NULL);
}

static void test_fields_that_are_absent(void **state)
{
    struct fixture *f = *state;
    static const char *const values[] = {"null", "{}", "[]"};
    for (int type = FIELD_TEXT; type < FIELD_OTHER; type++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char members[40];
            use_field(f, (struct request_field){.type = (enum field_type)type});
            snprintf(members, sizeof members, "\"x\":{\"y\":%s}", values[i]);
            map_members(f, members);
            assert_cell(*extra(f), NULL);
        }
}

static void test_text_fields(void **state)
{
    struct fixture *f = *state;
    const struct request_field five = {.type = FIELD_TEXT, .chars = 5, .bytes = 20};
    const struct request_field bytes = {.type = FIELD_TEXT, .chars = 5, .bytes = 7};
    assert_field(f, five, "\"abcde\"", "abcde");
    assert_field(f, five, "\"abcdef\"", "abcd" ELLIPSIS);
    assert_empty_field(f, five);
    assert_field(f, five, "12", "12");
    assert_field(f, five, "true", "1");
    assert_field(f, five, "false", "0");
    assert_field(f, bytes, "\"" EURO EURO EURO "\"", EURO ELLIPSIS);
}

static void test_enum_fields(void **state)
{
    struct fixture *f = *state;
    const struct request_field effort = {.type = FIELD_ENUM,
                                         .options = "Small\nMedium\nLarge\nSmall and\n"};
    assert_field(f, effort, "\"Small\"", "Small");
    assert_field(f, effort, "\"LARGE\"", "Large");
    assert_field(f, effort, "\"small and\"", "Small and");
    assert_field(f, effort, "\"Smal\"", NULL);
    assert_empty_field(f, effort);
    assert_field(f, effort, "\"Small\\nMedium\"", NULL);
    assert_field(f, effort, "1", NULL);
    assert_int_equal(extra(f)->len, 0);
    assert_field(f, effort, "\"medium\"", "Medium");
    assert_string_equal(extra(f)->text, "Medium"); /* it is also stored as the base */
}

static void test_integer_fields(void **state)
{
    struct fixture *f = *state;
    const struct request_field plain = {.type = FIELD_INTEGER, .bits = 16};
    const struct request_field positive = {.type = FIELD_INTEGER, .bits = 16, .is_unsigned = true};
    assert_field(f, plain, "\"0\"", "0");
    assert_field(f, plain, "9999", "9999");
    assert_field(f, plain, "\"-9999\"", "-9999");
    assert_field(f, plain, "\"+5\"", "5");
    assert_field(f, plain, "\"007\"", "7");
    assert_field(f, plain, "\"-0\"", "0");
    assert_field(f, plain, "true", "1");
    assert_field(f, plain, "32768", NULL);
    assert_field(f, plain, "\"-32769\"", NULL);
    assert_field(f, plain, "1.5", NULL);
    assert_empty_field(f, plain);
    assert_field(f, plain, "\"-\"", NULL);
    assert_field(f, plain, "\" 5\"", NULL);
    assert_field(f, plain, "\"5 \"", NULL);
    assert_field(f, plain, "\"0x10\"", NULL);
    assert_field(f, plain, "\"1e2\"", NULL);
    assert_field(f, plain, "1e400", NULL);
    assert_field(f, positive, "\"-1\"", NULL);
    assert_field(f, positive, "\"1\"", "1");
}

/* Each type to its ends, and no further. */
static void test_integer_ranges(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int bits;
        bool is_unsigned;
        const char *least, *most, *too_little, *too_much;
    } ranges[] = {
        {8, false, "-128", "127", "-129", "128"},
        {8, true, "0", "255", "-1", "256"},
        {16, false, "-32768", "32767", "-32769", "32768"},
        {24, true, "0", "16777215", "-1", "16777216"},
        {24, false, "-8388608", "8388607", "-8388609", "8388608"},
        {32, false, "-2147483648", "2147483647", "-2147483649", "2147483648"},
        {32, true, "0", "4294967295", "-1", "4294967296"},
        {64, false, "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
         "9223372036854775808"},
        {64, true, "0", "18446744073709551615", "-1", "18446744073709551616"},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const struct request_field field = {
            .type = FIELD_INTEGER, .bits = ranges[i].bits, .is_unsigned = ranges[i].is_unsigned};
        const char *const fit[] = {ranges[i].least, ranges[i].most};
        const char *const not [] = {ranges[i].too_little, ranges[i].too_much};
        for (size_t n = 0; n < 2; n++) {
            char text[32];
            snprintf(text, sizeof text, "\"%s\"", fit[n]);
            assert_field(f, field, text, fit[n]);
            snprintf(text, sizeof text, "\"%s\"", not [n]);
            assert_field(f, field, text, NULL);
            assert_non_null(strstr(f->reason, ranges[i].least));
            assert_non_null(strstr(f->reason, ranges[i].most));
        }
    }
}

/* The numbers in fluent_tickets likewise, by the columns' real types. */
static void test_ticket_numbers(void **state)
{
    struct fixture *f = *state;
    static const char beyond[] =
        "{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\",\"mailbox_id\":\"2147483648\"}";
    assert_int_equal(map_item(f, beyond), MAP_REJECT);
    assert_string_equal(f->reason, "fluent_tickets.mailbox_id (whole numbers from -2147483648 to "
                                   "2147483647) cannot hold the value of mailbox_id: "
                                   "\"2147483648\"");
    f->schema.numbers[TICKET_MAILBOX_ID].bits = 64;
    assert_int_equal(map_item(f, beyond), MAP_ROW);
    assert_cell(f->row.ticket[TICKET_MAILBOX_ID], "2147483648");
    f->schema.numbers[TICKET_RESPONSE_COUNT] = (struct ticket_number){.bits = 8};
    assert_int_equal(map_item(f, "{\"id\":1,\"created_at\":\"2025-10-06T14:30:00Z\","
                                 "\"response_count\":\"200\"}"),
                     MAP_REJECT);
    assert_null(strstr(f->reason, "mailbox"));
}

static void test_decimal_fields(void **state)
{
    struct fixture *f = *state;
    const struct request_field hours = {.type = FIELD_DECIMAL, .digits = 5, .scale = 2};
    const struct request_field positive = {
        .type = FIELD_DECIMAL, .digits = 5, .scale = 2, .is_unsigned = true};
    assert_field(f, hours, "\"1.5\"", "1.50");
    assert_field(f, hours, "0.25", "0.25");
    assert_field(f, hours, "\".5\"", "0.50");
    assert_field(f, hours, "\"5.\"", "5.00");
    assert_field(f, hours, "7", "7.00");
    assert_field(f, hours, "\"-999.99\"", "-999.99");
    assert_field(f, hours, "\"999.99\"", "999.99");
    assert_field(f, hours, "\"999.994\"", "999.99");
    assert_field(f, hours, "\"1.005\"", "1.01");
    assert_field(f, hours, "\"-9.995\"", "-10.00");
    assert_field(f, hours, "\"00000000000000000000000000001.5\"", NULL); /* beyond all sense */
    assert_field(f, hours, "\"999.996\"", NULL);                         /* 1000.00 does not fit */
    assert_field(f, hours, "\"-999.996\"", NULL);
    assert_field(f, hours, "1000", NULL);
    assert_field(f, hours, "\"-0.001\"", "0.00"); /* as MySQL returns it */
    assert_field(f, hours, "\".\"", NULL);
    assert_field(f, hours, "\"1,5\"", NULL);
    assert_field(f, hours, "\"1.2.3\"", NULL);
    assert_field(f, hours, "\"nan\"", NULL);
    assert_field(f, positive, "\"-0.01\"", NULL);
    assert_field(f, positive, "\"0.01\"", "0.01");
    const struct request_field money = {.type = FIELD_DECIMAL, .digits = 20, .scale = 2};
    assert_field(f, money, "\"12345678901234567.89\"", "12345678901234567.89");
}

static void test_date_fields(void **state)
{
    struct fixture *f = *state;
    const struct request_field date = {.type = FIELD_DATE}, time = {.type = FIELD_TIME},
                               both = {.type = FIELD_DATETIME};
    set_zones(f, "America/New_York", "Europe/Berlin");
    assert_field(f, date, "\"2025-10-06T23:30:00Z\"", "2025-10-07");
    assert_field(f, time, "\"2025-10-06T23:30:00Z\"", "01:30:00");
    assert_field(f, both, "\"2025-10-06T23:30:00Z\"", "2025-10-07 01:30:00");
    assert_field(f, both, "\"2025-10-06 12:00:00\"", "2025-10-06 18:00:00");
    const struct request_field fine_time = {.type = FIELD_TIME, .scale = 3};
    const struct request_field fine = {.type = FIELD_DATETIME, .scale = 6};
    assert_field(f, fine_time, "\"2025-10-06 12:00:00\"", "18:00:00.000");
    assert_field(f, fine, "\"2025-10-06 12:00:00\"", "2025-10-06 18:00:00.000000");
    assert_field(f, date, "\"tomorrow\"", NULL);
    map_members(f, "\"x\":{\"y\":\"0000-00-00 00:00:00\"}"); /* never */
    assert_cell(*extra(f), NULL);
    assert_field(f, both, "5", NULL);
}

static void test_a_field_that_cannot_be_mapped_says_which(void **state)
{
    struct fixture *f = *state;
    assert_field(f, (struct request_field){.type = FIELD_INTEGER, .bits = 16}, "\"secret words\"",
                 NULL);
    assert_non_null(strstr(f->reason, "x.y"));
    assert_null(strstr(f->reason, "secret"));
}

/* The hash of the configuration */

static void hash_of(struct fixture *f, char hash[HASH_SIZE])
{
    read_rules(f);
    map_hash_config(&f->rules);
    assert_int_equal(strlen(f->rules.config_hash), HASH_SIZE - 1);
    memcpy(hash, f->rules.config_hash, HASH_SIZE);
}

static void assert_new_hash(struct fixture *f, char hashes[][HASH_SIZE], size_t *count)
{
    hash_of(f, hashes[*count]);
    for (size_t i = 0; i < *count; i++)
        assert_string_not_equal(hashes[i], hashes[*count]);
    ++*count;
}

static void test_the_config_hash_changes_with_everything(void **state)
{
    struct fixture *f = *state;
    char hashes[20][HASH_SIZE];
    size_t count = 0;
    struct mapping_pair one[] = {PAIR("a", "b"), PAIR("c", "d")}, swapped[] = {PAIR("b", "a")};
    struct mapping_pair joined[] = {PAIR("ab", "")}, path[] = {{.key = (char[]){"a"}}};
    struct mapping_pair left[] = {PAIR("category", "x")}, right[] = {PAIR("x", "category")};
    assert_new_hash(f, hashes, &count);
    set_zones(f, "Europe/Berlin", "UTC");
    assert_new_hash(f, hashes, &count);
    set_zones(f, "Europe/Berlin", "Europe/Berlin");
    assert_new_hash(f, hashes, &count);
    set_zones(f, "UTC", "Europe/Berlin");
    assert_new_hash(f, hashes, &count);
    f->mapping.raw_data = RAW_MAPPED;
    assert_new_hash(f, hashes, &count);
    f->mapping.raw_data = RAW_NONE;
    assert_new_hash(f, hashes, &count);
    struct mapping_pairs *const all[] = {&f->mapping.urgency, &f->mapping.category,
                                         &f->mapping.fields, &f->mapping.mailbox_category,
                                         &f->mapping.drop};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        use_pairs(all[i], one, 1);
        assert_new_hash(f, hashes, &count);
        use_pairs(all[i], NULL, 0);
    }
    use_pairs(&f->mapping.category, one, 2);
    assert_new_hash(f, hashes, &count);
    use_pairs(&f->mapping.category, swapped, 1);
    assert_new_hash(f, hashes, &count);
    use_pairs(&f->mapping.category, joined, 1);
    assert_new_hash(f, hashes, &count);
    use_pairs(&f->mapping.category, right, 1);
    assert_new_hash(f, hashes, &count);
    use_pairs(&f->mapping.category, NULL, 0);
    use_pairs(&f->mapping.urgency, left, 1);
    assert_new_hash(f, hashes, &count);
    use_pairs(&f->mapping.urgency, NULL, 0);
    use_pairs(&f->mapping.drop, path, 1);
    hash_of(f, hashes[count]);
    char again[HASH_SIZE];
    hash_of(f, again);
    assert_string_equal(hashes[count], again);
}

/* Which tickets a run is about has nothing to do with how one is stored. */
static void test_the_config_hash_stays_under_another_scope(void **state)
{
    struct fixture *f = *state;
    char before[HASH_SIZE], after[HASH_SIZE];
    hash_of(f, before);
    snprintf(f->scope.since, sizeof f->scope.since, "2020-01-01");
    hash_of(f, after);
    assert_string_equal(before, after);
}

/* Checks */

static void assert_check(struct fixture *f, const char *const *says)
{
    struct error error = ERROR_INIT;
    read_rules(f);
    assert_int_equal(map_check(&f->rules, &error), says ? -1 : 0);
    assert_int_equal(error.code, says ? ERR_USAGE : ERR_NONE);
    for (; says && *says; says++)
        if (!strstr(error.message, *says))
            fail_msg("\"%s\" is not in: %s", *says, error.message);
}

static void test_check_of_what_fits(void **state)
{
    struct fixture *f = *state;
    struct mapping_pair urgency[] = {PAIR("a", "promotion"), PAIR("*", "LOW")};
    struct mapping_pair category[] = {PAIR("a", "Category"), PAIR("b", EURO EURO EURO)};
    assert_check(f, NULL);
    use_pairs(&f->mapping.urgency, urgency, 2);
    use_pairs(&f->mapping.category, category, 2);
    use_pairs(&f->mapping.mailbox_category, category, 1);
    use_field(f, (struct request_field){.type = FIELD_DATE});
    f->schema.fields[REQUEST_CATEGORY].chars = 8;
    assert_check(f, NULL);
}

static void test_check_names_all_that_does_not_fit(void **state)
{
    struct fixture *f = *state;
    struct mapping_pair urgency[] = {PAIR("low", "LOW"), PAIR("weird", "SOON")};
    struct mapping_pair category[] = {PAIR("Widget", "Widgets")};
    struct mapping_pair mailbox[] = {PAIR("3", EURO EURO EURO EURO EURO)};
    use_pairs(&f->mapping.urgency, urgency, 2);
    use_pairs(&f->mapping.category, category, 1);
    use_pairs(&f->mapping.mailbox_category, mailbox, 1);
    use_field(f, (struct request_field){.type = FIELD_OTHER});
    f->schema.fields[REQUEST_CATEGORY].chars = 4;
    assert_check(f, (const char *const[]){"[map.urgency] weird", "requests.urgency", "SOON",
                                          "[map.category] Widget", "requests.category", "mailbox",
                                          "3", "[map.fields] extra", NULL});
    struct error error = ERROR_INIT;
    map_check(&f->rules, &error);
    assert_null(strstr(error.message, "[map.urgency] low"));
    size_t lines = 1;
    for (const char *p = error.message; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 4);
}

static void test_check_of_a_category_that_is_an_enum(void **state)
{
    struct fixture *f = *state;
    struct mapping_pair category[] = {PAIR("a", "SUPPORT"), PAIR("b", "Widgets")};
    use_pairs(&f->mapping.category, category, 2);
    f->schema.fields[REQUEST_CATEGORY] = (struct request_field){.name = "category",
                                                                .type = FIELD_ENUM,
                                                                .chars = 7,
                                                                .bytes = 28,
                                                                .options = "Support\nHosting\n"};
    assert_check(f, (const char *const[]){"[map.category] b", NULL});
    assert_category(f, "\"a\"", "null", "Support"); /* as the column spells it */
    assert_category(f, "\"hosting\"", "null", "Hosting");
}

static void test_recorded_tickets(void **state)
{
    struct fixture *f = *state;
    size_t rows = 0, rejects = 0;
    for (int p = 1; p <= 3; p++) {
        char path[300], why[200];
        snprintf(path, sizeof path,
                 FIXTURES "/fluent-support-2.0.1/tickets_per100_id_asc_page%d.json", p);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        char *body = malloc(CEILING);
        assert_non_null(body);
        size_t n = fread(body, 1, CEILING, file);
        fclose(file);
        page_release(&f->page);
        assert_int_equal(decode_page(&f->page, body, n, NULL, why, sizeof why), DECODE_OK);
        free(body);
        for (size_t i = 0; i < f->page.count; i++) {
            struct error error = ERROR_INIT;
            int outcome = map_whole(f, &f->page.tickets[i], &error);
            assert_int_equal(outcome, f->page.tickets[i].created_at ? MAP_ROW : MAP_REJECT);
            rows += outcome == MAP_ROW;
            rejects += outcome == MAP_REJECT;
        }
    }
    assert_int_equal(rows, 249);
    assert_int_equal(rejects, 1);
}

#define MAP_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MAP_TEST(test_every_column),
        MAP_TEST(test_null_stays_null),
        MAP_TEST(test_descriptions),
        MAP_TEST(test_urgency_by_default),
        MAP_TEST(test_urgency_by_rule),
        MAP_TEST(test_urgency_is_spelled_as_the_column_does),
        MAP_TEST(test_category_by_default),
        MAP_TEST(test_category_by_rule),
        MAP_TEST(test_fluent_ids),
        MAP_TEST(test_zones_and_both_forms_of_dates),
        MAP_TEST(test_a_finer_time),
        MAP_TEST(test_scope),
        MAP_TEST(test_rejects),
        MAP_TEST(test_a_reject_holds_its_identity_alone),
        MAP_TEST(test_the_fingerprint_takes_the_config_hash),
        MAP_TEST(test_a_body_that_swells_is_cut),
        MAP_TEST(test_json_that_swells_is_a_reject),
        MAP_TEST(test_long_texts_are_cut_at_a_character),
        MAP_TEST(test_a_long_body),
        MAP_TEST(test_a_long_category),
        MAP_TEST(test_raw_data),
        MAP_TEST(test_fields_that_are_absent),
        MAP_TEST(test_text_fields),
        MAP_TEST(test_enum_fields),
        MAP_TEST(test_integer_fields),
        MAP_TEST(test_integer_ranges),
        MAP_TEST(test_ticket_numbers),
        MAP_TEST(test_decimal_fields),
        MAP_TEST(test_date_fields),
        MAP_TEST(test_a_field_that_cannot_be_mapped_says_which),
        MAP_TEST(test_the_config_hash_changes_with_everything),
        MAP_TEST(test_the_config_hash_stays_under_another_scope),
        MAP_TEST(test_check_of_what_fits),
        MAP_TEST(test_check_names_all_that_does_not_fit),
        MAP_TEST(test_check_of_a_category_that_is_an_enum),
        MAP_TEST(test_recorded_tickets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
