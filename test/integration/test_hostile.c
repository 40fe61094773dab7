/* test_hostile: answers that are made to use up memory, stack or time, and keys, numbers and ids
 * that mean two things. Each is an error or a reject, in bounded memory, and all other tickets are
 * stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

enum {
    TICKETS = 60,
    HOSTILE = 20,  /* the one that is */
    MOST_MB = 640, /* of memory, whatever the site sends */
};

static void prepare(struct harness *h, const char *sections)
{
    mirror_prepare(h, TICKETS, "retries = 0\n", NULL, sections);
}

static void begin_fault(struct harness *h, const char *fault)
{
    print_message("%.120s\n", fault);
    harness_fault(h, "%s", fault);
}

/* One ticket with a member too much */

struct excess {
    const char *member; /* of the fault */
    int code;
    const char *says; /* in the reason of its reject, or of the run; NULL: the ticket is stored */
    const char *in_mysql; /* the reject that it is there */
};

#define NESTED(open, inner, close, times)                                                          \
    "\"name\":\"x\",\"repeat\":\"" open "\",\"middle\":\"" inner "\",\"repeat_end\":\"" close      \
    "\",\"count\":" times
#define LIST(item, times)                                                                          \
    "\"name\":\"x\",\"start\":\"[\",\"repeat\":\"" item "\",\"end\":\"0]\",\"count\":" times
#define TEXT(name, unit, times)                                                                    \
    "\"name\":\"" name "\",\"start\":\"\\\"\",\"repeat\":\"" unit                                  \
    "\",\"end\":\"\\\"\",\"count\":" times
#define TWICE(name, value) "\"name\":\"" name "\",\"start\":\"" value "\""

static const struct excess excesses[] = {
    {NESTED("[", "", "]", "20"), 0, NULL, NULL},
    /* cJSON's own limit is 1000 levels; that of MariaDB's JSON 32, that of MySQL's 100. */
    {NESTED("[", "", "]", "990"), 3, "raw_data", "3157"},
    {NESTED("{\\\"a\\\":", "1", "}", "990"), 3, "raw_data", "3157"},
    {NESTED("[", "", "]", "1000000"), 3, "it is not JSON", NULL},
    {NESTED("{\\\"a\\\":", "1", "}", "1000000"), 3, "it is not JSON", NULL},
    {NESTED("[", "", "", "10000000"), 3, "it is not JSON", NULL},
    {LIST("{\\\"id\\\":1,\\\"title\\\":\\\"tag\\\"},", "1000000"), 3, "more than 256 MB of memory",
     NULL},
    /* MySQL's JSON takes twice as much, and so is longer than a packet may be. */
    {LIST("{\\\"id\\\":1},", "1000000"), 0, NULL, "max_allowed_packet"},
    {LIST("[],", "20000000"), 3, "more than 256 MB of memory", NULL},
    {LIST("1e5,", "1000000"), 0, NULL, NULL},
    {TEXT("x", "x", "10000000"), 0, NULL, NULL},
    {TEXT("x", "x", "60000000"), 3, "max_allowed_packet", NULL},
    {TEXT("x", "x", "70000000"), 3, "larger than", NULL},
    {TEXT("x", "\\n", "60000000"), 3, "longer than 64 MB", NULL},
    {TEXT("x", "\\\\u0000", "10000000"), 3, "max_allowed_packet", NULL},
    {TEXT("customer_message", "<b>", "10000000"), 3, "max_allowed_packet", NULL},
    {TWICE("title", "\\\"again\\\""), 3, "a key occurs in it twice", NULL},
    {TWICE("customer", "null"), 3, "a key occurs in it twice", NULL},
    {TWICE("slug", "null"), 0, NULL, NULL},
};

/* Returns everything that is reported about it. */
static const char *reasons(struct harness *h)
{
    return harness_text(h, "%s%s", sync_last(h, "IFNULL(error_message, '')"),
                        harness_table(h, "SELECT reason FROM fluent_rejects"));
}

static void test_excess(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_control(h, "{'do':'update','id':%d,'unset':['content']}", HOSTILE);
    for (size_t i = 0; i < sizeof excesses / sizeof *excesses; i++) {
        const struct excess *e = &excesses[i];
        begin_fault(h, harness_text(h, "'kind':'member','id':%d,%s", HOSTILE, e->member));
        const char *says = h->mysql && e->in_mysql ? e->in_mysql : e->says;
        harness_peak(mirror_run(h, says ? 3 : e->code, "full", NULL), MOST_MB);
        assert_int_equal(mirror_differences(h), says ? 1 : 0);
        if (says)
            sync_says(reasons(h), says);
        harness_end_faults(h);
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        sync_forget(h);
    }
}

/* Bodies of any page */

static void expect_no_list(struct harness *h, const char *fault, int code, const char *says)
{
    begin_fault(h, fault);
    struct outcome outcome = mirror_run(h, code, NULL, "--full");
    harness_peak(outcome, MOST_MB);
    sync_says(sync_last(h, "error_message"), says);
    harness_end_faults(h);
    mirror_run(h, 0, NULL, "--full");
    mirror_same(h);
}

/* 158 times as large as what travels. */
static void test_bomb(void **state)
{
    struct harness *h = *state;
    static const char *const matches[] = {"/tickets", "_fields=", "order_by=id"};
    prepare(h, NULL);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        expect_no_list(h, harness_text(h, "'kind':'bomb','match':'%s'", matches[i]), 5,
                       "larger than");
        sync_forget(h);
    }
    harness_control(h, "[{'do':'reset_stats'},{'do':'fault','kind':'bomb'}]");
    mirror_run(h, 5, NULL, NULL);
    assert_true(sync_stat(h, "bytes") < 16 << 20);
}

/* As the answer to /me, which is asked for beside a full walk. */
static void test_hostile_me(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    harness_fault(h, "'kind':'bomb','match':'/me'");
    harness_peak(harness_sync(h, "--json", NULL), MOST_MB);
    assert_int_equal(mirror_differences(h), 0);
}

/* JSON behind a warning is searched for, but not for ever. */
static void test_braces(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    char *braces = harness_text(h, "%*s", 600000, ""), *at = braces;
    for (int i = 0; i < 50000; i++)
        at += sprintf(at, "{\\\"tickets\\\"");
    expect_no_list(
        h,
        harness_text(h, "'kind':'status','status':200,'match':'/tickets','body':'Warning: %.*s'",
                     (int)(at - braces), braces),
        5, "it is not JSON");
}

/* Values */

/* Returns what raw_data has of a member, or "". */
static char *raw_member(struct harness *h, const char *name)
{
    return harness_table(h, harness_text(h,
                                         "SELECT IFNULL(REPLACE(REGEXP_SUBSTR(raw_data, "
                                         "'\"%s\": ?[^,}]*'), ': ', ':'), '') FROM "
                                         "fluent_tickets WHERE fluent_id = '%d'",
                                         name, HOSTILE));
}

static void test_numbers(void **state)
{
    struct harness *h = *state;
    /* What MySQL's JSON would refuse or change is kept as a text there. */
    static const struct {
        const char *number, *in_mysql;
    } numbers[] = {
        {"1e400", "\"1e400\""},
        {"-1e400", "\"-1e400\""},
        {"9007199254740993", "9007199254740993"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551617", "\"18446744073709551617\""},
        {"-9223372036854775809", "\"-9223372036854775809\""},
        {"3.14159265358979323846", "\"3.14159265358979323846\""},
        {"0.30000000000000004", "0.30000000000000004"},
        {"-0.5", "-0.5"},
    };
    prepare(h, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        begin_fault(h, harness_text(h, "'kind':'member','id':%d,'name':'x','start':'%s'", HOSTILE,
                                    numbers[i].number));
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        assert_string_equal(
            raw_member(h, "x"),
            harness_text(h, "\"x\":%s\n", h->mysql ? numbers[i].in_mysql : numbers[i].number));
        /* The next one differs from it, however little. */
        assert_string_equal(sync_last(h, "tickets_added + tickets_updated"), i ? "1" : "60");
        mirror_run(h, 0, "full", "--full");
        assert_string_equal(sync_last(h, "tickets_updated"), "0");
        harness_end_faults(h);
    }
}

/* What must not be stored, said a second time. */
static void test_said_twice(void **state)
{
    struct harness *h = *state;
    prepare(h, "[privacy]\ndrop = secret\n");
    harness_control(h, "{'do':'update','id':%d,'set':{'secret':'one'}}", HOSTILE);
    begin_fault(h, harness_text(h,
                                "\"kind\":\"member\",\"id\":%d,\"name\":\"preview_response\","
                                "\"start\":\"{\\\"content\\\":\\\"internal\\\"},\\\"secret\\\":2\"",
                                HOSTILE));
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_string_equal(raw_member(h, "preview_response"), "\n");
    assert_string_equal(raw_member(h, "secret"), "\n");
}

/* Invalid ids, and one that comes twice: only the valid ticket is stored. */
static void test_ids(void **state)
{
    struct harness *h = *state;
    static const char dates[] = "\\\"created_at\\\":\\\"2026-01-01T00:00:00+00:00\\\","
                                "\\\"updated_at\\\":\\\"2030-01-01T00:00:00+00:00\\\"";
    static const char *const ids[] = {"-5",        "0",
                                      "\\\"7\\\"", "9007199254740993",
                                      "1e400",     "-9223372036854775809",
                                      "[1]",       "8,\\\"id\\\":9"};
    enum { IDS = sizeof ids / sizeof *ids };
    mirror_import(h, 0, "retries = 0\n", NULL);
    char *items = harness_text(h, "{\\\"id\\\":1,%s},{\\\"id\\\":1,%s}", dates, dates);
    for (size_t i = 0; i < IDS; i++)
        items = harness_text(h, "%s,{\\\"id\\\":%s,%s}", items, ids[i], dates);
    begin_fault(
        h, harness_text(h,
                        "\"kind\":\"status\",\"status\":200,\"match\":\"updated_at\","
                        "\"body\":\"{\\\"tickets\\\":{\\\"current_page\\\":1,\\\"per_page\\\":100,"
                        "\\\"total\\\":2,\\\"last_page\\\":1,\\\"data\\\":[%s]}}\"",
                        items));
    /* The tail knows none of them, so a walk follows. */
    mirror_run(h, 3, "full", NULL);
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_tickets"), "1\n");
    assert_int_equal(harness_count(h, "fluent_rejects"), IDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_excess), SYNC_TEST(test_bomb),    SYNC_TEST(test_hostile_me),
        SYNC_TEST(test_braces), SYNC_TEST(test_numbers), SYNC_TEST(test_said_twice),
        SYNC_TEST(test_ids),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
