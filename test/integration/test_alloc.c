/*
 * test_alloc: no allocation that fails (support/failalloc.c) crashes a run or gets anything
 * half-written or wrong into the tables, and the next run puts everything right.
 *
 * Of the allocations of each scenario a sample is tried; ALLOC_ALL=1: every one. ALLOC_SEED=N
 * repeats a sample.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "harness_fault.h"

enum { SAMPLE = 60, TRIES = 10, STATES_MAX = 4096 };

/* Tables from which a run is known to end right. */
struct states {
    char hashes[STATES_MAX][HASH_SIZE];
    size_t count;
};

struct scenario {
    const char *name;
    const char *options;
    int code;
    long allocations;     /* of an undisturbed run */
    char *start, *tables; /* before and after it */
    struct states states;
    int tried, codes[256];
};

static bool is_known(struct states *states, const char *tables)
{
    char hash[HASH_SIZE];
    hash_bytes(tables, strlen(tables), hash);
    for (size_t i = 0; i < states->count; i++)
        if (strcmp(states->hashes[i], hash) == 0)
            return true;
    if (states->count < STATES_MAX)
        memcpy(states->hashes[states->count++], hash, sizeof hash);
    return false;
}

/* Every line of the tables, except the state's, is as it was before the run or as it is after a
 * complete one. */
static void expect_nothing_wrong(const struct scenario *s, const char *found, const char *what)
{
    for (const char *p = found; *p; p += strcspn(p, "\n") + 1) {
        char *line = strndup(p, strcspn(p, "\n") + 1);
        assert_non_null(line);
        bool right = strncmp(p, "state\t", 6) == 0 || strstr(s->start, line) != NULL ||
                     strstr(s->tables, line) != NULL;
        if (!right)
            print_error("%s", line);
        free(line);
        if (!right)
            fail_msg("%s: this got into the tables", what);
    }
}

/* A run that did without the newest page has another watermark. */
static char *without_state(struct harness *h, const char *tables)
{
    const char *state = strstr(tables, "\nstate\t");
    return harness_text(h, "%.*s", state ? (int)(state - tables) : 0, tables);
}

/* Only a run that has everything is a success; if the configuration cannot be read, the error must
 * say why. */
static bool is_clean(const struct scenario *s, const struct outcome *outcome)
{
    int code = outcome->code;
    return code == 1 || code == 3 || code == 5 || code == 6 || code == s->code ||
           (code == 2 && strstr(outcome->err, "memory"));
}

static void recover(struct harness *h, struct scenario *s, const char *what)
{
    sync_rejects_due(h);
    struct outcome outcome = fault_run(h, NULL, NULL, s->options);
    if (outcome.code != s->code)
        fail_msg("%s: the next run ended with %d: %s", what, outcome.code, outcome.err);
    fault_tidy(h, what);
    fault_same(fault_tables(h), s->tables, what);
}

/* Returns false if there were only *number allocations this time. */
static bool fail_at(struct harness *h, struct scenario *s, long *number)
{
    char *what = harness_text(h, "%s, allocation %ld", s->name, *number);
    fault_restore(h);
    struct outcome outcome =
        fault_run(h, "failalloc", harness_text(h, "FAILALLOC_AT=%ld", *number), s->options);
    if (outcome.code == s->code && fault_steps(h) < *number) {
        *number = fault_steps(h);
        return false;
    }
    if (!is_clean(s, &outcome) || strstr(outcome.err, "Sanitizer"))
        fail_msg("%s: ended with %d: %s", what, outcome.code, outcome.err);
    char *tables = fault_tables(h);
    expect_nothing_wrong(s, tables, what);
    if (outcome.code == s->code)
        fault_same(without_state(h, tables), without_state(h, s->tables), what);
    char *rest = harness_table(h, "SELECT lease_owner FROM fluent_sync_state; SELECT walk_id, low, "
                                  "high, row_count, HEX(ids) FROM fluent_walk_pages; SELECT "
                                  "last_sync_status FROM fluent_sync_status");
    if (!is_known(&s->states, harness_text(h, "%s%s", tables, rest)))
        recover(h, s, what);
    s->tried++;
    s->codes[outcome.code & 255]++;
    return true;
}

static void run_scenario(struct harness *h, struct scenario *s)
{
    fault_keep(h);
    s->start = fault_tables(h);
    sync_expect(fault_run(h, "failalloc", NULL, s->options), s->code);
    s->allocations = fault_steps(h);
    s->tables = fault_tables(h);
    assert_true(s->allocations > SAMPLE);
    uint64_t seed = fault_seed("ALLOC_SEED");
    long count = getenv("ALLOC_ALL") ? s->allocations : SAMPLE, all = s->allocations;
    for (long i = 0; i < count; i++) {
        long number =
            count == all ? i + 1 : fault_random(&seed, 1 + all * i / count, all * (i + 1) / count);
        int tries = 0;
        while (!fail_at(h, s, &number))
            if (++tries == TRIES)
                fail_msg("%s: allocation %ld is never asked for", s->name, number);
    }
    recover(h, s, "the last one");
    print_message("tried: %s: %ld allocations, %d failed; ended", s->name, s->allocations,
                  s->tried);
    for (int code = 0; code < 256; code++)
        if (s->codes[code])
            print_message(" with %d: %d;", code, s->codes[code]);
    print_message(" recovered from %zu states of the tables\n", s->states.count);
}

/* Bodies with everything that the HTML reader handles, texts that are cut, and one item that is no
 * ticket. */
static void begin(struct harness *h)
{
    sync_prepare(h, 3, "per_page = 3\nconnections = 1\nretries = 0\n", NULL,
                 "[map.category]\nWidget Pro! = Forms\n[map.urgency]\nCritical = LOW\n"
                 "[map.fields]\nwebsite_url = content | form \"A*\", \"B\" | or (content | text | "
                 "first_url except a.test | host) | join \" \" (title | clean | trim | cut 9)\n"
                 "estimated_hours = response_count | or 0 | times 0.25 | at_least 0.25 | round 2\n"
                 "description = title | or (content | text) | lower | or \"(none)\"\n");
    harness_control(
        h, "[{\"do\":\"create\",\"ticket\":{\"title\":\"Ä table\",\"priority\":\"critical\","
           "\"content\":\"<table><tr><th>A&amp;B<\\/th><td>1<br>2<\\/td><\\/tr><tr><td "
           "colspan=2>x<\\/td><\\/tr><\\/table><ol start=3><li>a<ul><li>b<\\/ul><\\/ol>"
           "<a href='https:\\/\\/example.test\\/?a=1&amp;b=2'>link<\\/a><blockquote>q "
           "&eacute;&#8364;<\\/blockquote><pre> p\\n q<\\/pre><script>no<\\/script>\"}},"
           "{\"do\":\"create\",\"ticket\":{\"content\":null,\"title\":null}},"
           "{\"do\":\"create\",\"ticket\":{\"created_at\":null}}]");
}

static void test_import(void **state)
{
    static struct scenario s = {.name = "first import", .options = "", .code = 3};
    begin(*state);
    run_scenario(*state, &s);
}

static void test_changes(void **state)
{
    struct harness *h = *state;
    static struct scenario s = {.name = "incremental run", .options = "", .code = 3};
    begin(h);
    sync_expect(harness_sync(h, NULL), 3);
    sync_edit(h, 1, "urgency = 'PROMOTION'");
    sync_rejects_due(h);
    harness_control(h, "[{'do':'update','id':1,'set':{'title':'New'}},"
                       "{'do':'update','id':4,'set':{'content':'<p>New<\\/p>'}},"
                       "{'do':'create','ticket':{'title':'Next'}}]");
    run_scenario(h, &s);
}

static void test_deletions(void **state)
{
    struct harness *h = *state;
    static struct scenario s = {.name = "full walk", .options = "--full", .code = 0};
    begin(h);
    sync_expect(harness_sync(h, NULL), 3);
    harness_control(h, "[{'do':'delete','id':2},{'do':'hide','id':5},{'do':'delete','id':6}]");
    sync_rejects_due(h);
    run_scenario(h, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_import),
        SYNC_TEST(test_changes),
        SYNC_TEST(test_deletions),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
