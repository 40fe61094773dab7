/* test_rule: rules: what they give, what is refused at start, and the manual's examples. */
#include "core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/evaluate.h"
#include "core/filter.h"

/* A ticket, and a mapping with sections. */
struct fixture {
    struct zone *utc;
    struct page page;
    struct mapping mapping;
    struct rules *rules;
    struct evaluation e;
    struct buf problems; /* "LINE: TEXT\n" */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error error = ERROR_INIT;
    if (!f || zone_open(&f->utc, "UTC", &error) < 0)
        return -1;
    buf_init(&f->problems, 1 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rules_free(f->rules);
    evaluate_release(&f->e);
    page_release(&f->page);
    zone_close(f->utc);
    buf_release(&f->problems);
    free(f);
    return 0;
}

static void use_ticket(struct fixture *f, const char *members)
{
    char *body, why[200];
    int n =
        asprintf(&body, "{\"tickets\":{\"data\":[{\"id\":7%s%s}]}}", *members ? "," : "", members);
    assert_true(n > 0);
    page_release(&f->page);
    assert_int_equal(decode_page(&f->page, body, (size_t)n, NULL, why, sizeof why), DECODE_OK);
    free(body);
}

static void note_problem(void *context, int line, const char *text)
{
    struct fixture *f = context;
    buf_printf(&f->problems, "%d: %s\n", line, text);
}

static char *copy(const char *text)
{
    char *copied = strdup(text);
    assert_non_null(copied);
    return copied;
}

/* Reads `rule` as that of the column `x`. */
static void read_rule(struct fixture *f, const char *rule)
{
    char *name = copy("x"), *text = copy(rule);
    struct mapping_pair line = {.key = name, .value = text, .line = 12};
    f->mapping.fields = (struct mapping_pairs){&line, 1};
    buf_clear(&f->problems);
    rules_free(f->rules);
    f->rules = rules_new(&f->mapping, note_problem, f);
    assert_non_null(f->rules);
    f->rules->requests[REQUEST_BUILT_IN].text = NULL;
    free(name);
    free(text);
}

/* The value of the rule; -1: it has none. */
static int evaluate(struct fixture *f, const char *rule, struct cell *value)
{
    read_rule(f, rule);
    if (f->problems.len)
        fail_msg("%s: %s", rule, buf_text(&f->problems));
    if (!f->page.count)
        use_ticket(f, "");
    evaluate_release(&f->e);
    f->e = (struct evaluation){
        .ticket = &f->page.tickets[0], .site = f->utc, .target = f->utc, .why = ""};
    return rule_evaluate(&f->e, f->rules->requests[REQUEST_BUILT_IN].rule, value) ? 0 : -1;
}

/* `expected` NULL: NULL. */
static void assert_gives(struct fixture *f, const char *rule, const char *expected)
{
    struct cell value;
    if (evaluate(f, rule, &value) < 0)
        fail_msg("%s: %s", rule, f->e.why);
    if (!expected ? value.text != NULL : !value.text || strcmp(value.text, expected) != 0)
        fail_msg("%s gives %s", rule, value.text ? value.text : "NULL");
}

static void assert_cannot(struct fixture *f, const char *rule, const char *why)
{
    struct cell value;
    assert_int_equal(evaluate(f, rule, &value), -1);
    assert_false(f->e.scratch.failed);
    if (!strstr(f->e.why, why))
        fail_msg("%s: \"%s\" is not in: %s", rule, why, f->e.why);
}

static void assert_refused(struct fixture *f, const char *rule, const char *why)
{
    read_rule(f, rule);
    const char *text = buf_text(&f->problems);
    if (strncmp(text, "12: [map.fields] x: ", 20) != 0 || !strstr(text, why))
        fail_msg("%s: \"%s\" is not in: %s", rule, why, text);
}

/* Sources and NULL */

static void test_sources(void **state)
{
    struct fixture *f = *state;
    use_ticket(f, "\"title\":\"T\",\"product\":{\"title\":\"P\"},\"tags\":[{\"title\":\"first\"}],"
                  "\"n\":12,\"yes\":true,\"none\":null,\"empty\":\"\",\"list\":[1]");
    assert_gives(f, "title", "T");
    assert_gives(f, "product.title", "P");
    assert_gives(f, "tags.0.title", "first");
    assert_gives(f, "tags.1.title", NULL);
    assert_gives(f, "n", "12");
    assert_gives(f, "yes", "1");
    assert_gives(f, "none", NULL);
    assert_gives(f, "empty", NULL);
    assert_gives(f, "list", NULL);
    assert_gives(f, "\"a | b ; \\\"c\\\" \\\\ \\n\\t\"", "a | b ; \"c\" \\ \n\t");
    assert_gives(f, "\"\"", NULL);
    assert_gives(f, "((((title))))", "T");
    assert_gives(f, " ( title|lower ) |or\"x\" ", "t");
}

static void test_null_passes_through(void **state)
{
    struct fixture *f = *state;
    use_ticket(f, "");
    for (size_t i = 0; filter_at(i); i++)
        if (filter_at(i)->arguments == ARGUMENTS_NONE) {
            char rule[100];
            snprintf(rule, sizeof rule, "none | %s", filter_at(i)->name);
            assert_gives(f, rule, NULL);
        }
    assert_gives(f, "none | times 2 | round 1 | below 3 | at_least 1", NULL);
    assert_gives(f, "none | then \"x\"", NULL);
    assert_gives(f, "none | join \"-\" \"x\"", NULL);
    assert_gives(f, "none | or other | or \"x\"", "x");
    assert_gives(f, "none | map urgency", "MEDIUM");
    assert_gives(f, "none | listed urgency", NULL);
    assert_gives(f, "\"x\" | join \"-\" none", "x");
    assert_gives(f, "\"2\" | times none", NULL);
    assert_gives(f, "\"2\" | at_least none", "2");
    assert_gives(f, "\"2\" | below none", NULL);
}

/* Numbers */

static void test_numbers(void **state)
{
    struct fixture *f = *state;
    use_ticket(f, "\"n\":\"5\",\"k\":3");
    assert_gives(f, "n | times k", "15");
    assert_gives(f, "n | times 0.1 | times 0.1", "0.05");
    assert_gives(f, "\"-1.5\" | times -3", "4.5");
    assert_gives(f, "\"999999999999999999\" | times 0.000000000000000001", "0.999999999999999999");
    assert_gives(f, "\"0.000000000000000001\" | times 0.1", "0");
    assert_gives(f, "\"2.5\" | round 0", "3");
    assert_gives(f, "\"-2.5\" | round 0", "-3");
    assert_gives(f, "\"1.005\" | round 2", "1.01");
    assert_gives(f, "\"1.20\" | round 4", "1.2");
    assert_gives(f, "\"0.30\" | at_least .3", "0.30");
    assert_gives(f, "\"10\" | at_most 9.99", "9.99");
    assert_gives(f, "\"1.99\" | below 2", "1.99");
    assert_gives(f, "n | below (k | times 2)", "5");
    assert_cannot(f, "\"999999999999999999\" | times 10", "times needs a product");
    use_ticket(f, "\"n\":\"many\",\"words\":\"call me at home\",\"mail\":\"a@b.c\"");
    assert_cannot(f, "n | times 2", "times needs a number of at most 18 digits, not \"many\"");
    assert_cannot(f, "words | below 2",
                  "below needs a number of at most 18 digits, not a text of 15 "
                  "characters");
    assert_cannot(f, "mail | round 2", "not a text of 5 characters");
    assert_cannot(f, "\"2\" | at_most n", "at_most needs a number");
    assert_cannot(f, "n | date",
                  "date needs a date and time as the site writes them, not \"many\"");
}

/* The hours of the replaced service's later version, by the rule of the manual. */
static void test_the_hours_of_a_ticket(void **state)
{
    struct fixture *f = *state;
    static char names[][9] = {"normal", "medium", "critical"};
    static char first[][5] = {"0.25", "0.5", "1"}, factor[][5] = {"1", "1.5", "2"};
    struct mapping_pair firsts[3], factors[3];
    static char first_name[] = "first", factor_name[] = "factor";
    for (size_t i = 0; i < 3; i++) {
        firsts[i] = (struct mapping_pair){.key = names[i], .value = first[i]};
        factors[i] = (struct mapping_pair){.key = names[i], .value = factor[i]};
    }
    struct mapping_section sections[] = {{first_name, {firsts, 3}}, {factor_name, {factors, 3}}};
    f->mapping.sections = sections;
    f->mapping.section_count = 2;
    static const struct {
        const char *ticket, *hours;
    } cases[] = {
        {"\"priority\":\"normal\",\"response_count\":null", "0.25"},
        {"\"priority\":\"normal\",\"response_count\":\"1\"", "0.25"},
        {"\"priority\":\"critical\",\"response_count\":\"0\"", "1"},
        {"\"priority\":\"normal\",\"response_count\":\"2\"", "0.5"},
        {"\"priority\":\"medium\",\"response_count\":\"3\"", "1.13"}, /* 3 * 0.25 * 1.5 = 1.125 */
        {"\"priority\":\"critical\",\"response_count\":\"8\"", "4"},
        {"\"priority\":\"critical\",\"response_count\":\"400\"", "10"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        use_ticket(f, cases[i].ticket);
        assert_gives(f,
                     "response_count | or 0 | below 2 | then (priority | map first) | or "
                     "(response_count | times 0.25 | times (priority | map factor) | at_least 0.25 "
                     "| at_most 10 | round 2)",
                     cases[i].hours);
    }
    f->mapping.section_count = 0;
}

/* Texts */

static void test_addresses(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"see https://a.test/x.", "https://a.test/x"},
        {"(https://a.test/x_(y))", "https://a.test/x_(y)"},
        {"link (https://a.test/?a=1&b=2)", "https://a.test/?a=1&b=2"},
        {"HTTP://A.test", "HTTP://A.test"},
        {"at WWW.a.test, or", "WWW.a.test"},
        {"https://loom.com/1 https://www.loom.com/2", "https://loom.com/1"},
        {"https://www.loom.com/1 http://b.test", "http://b.test"},
        {"https://notloom.com/", "https://notloom.com/"},
        {"https://a.test\xC2\xA0x", "https://a.test"},
        {"https:// x www. http://", NULL},
        {"mail a@www.b.test, xhttps://c.test", NULL},
        {"nothing", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char members[200];
        snprintf(members, sizeof members, "\"content\":\"%s\"", cases[i][0]);
        use_ticket(f, members);
        assert_gives(f, "content | first_url except loom.com, youtu.be", cases[i][1]);
    }
    assert_gives(f, "\"a@B.test\" | host", "b.test");
    assert_gives(f, "\"https://u:p@x.test:8080/a?b\" | host", "x.test");
    assert_gives(f, "\"www.Example.com/a\" | host", "www.example.com");
    assert_gives(f, "\"no host. here\" | host", NULL);
    assert_gives(f, "\"localhost\" | host", NULL);
}

static void test_forms(void **state)
{
    struct fixture *f = *state;
    static const char two[] =
        "\"content\":\"<p>New</p><table><tr><td><b>Subject *</b></td><td>Shop is down</td></tr>"
        "<tr><td>Describe your request (as well as you can):</td><td>It<br>fails</td></tr>"
        "<tr><td>Phone</td><td></td></tr><tr><th>Name</th><td>Anna &amp; Bob</td></tr></table>\"";
    static const char stacked[] =
        "\"content\":\"<table><tr><td colspan='2'><strong>Message</strong></td></tr>"
        "<tr><td>&nbsp;</td><td>Hello</td></tr></table>\"";
    use_ticket(f, two);
    assert_gives(f, "content | form \"Subject\"", "Shop is down");
    assert_gives(f, "content | form \"SUBJECT:\", \"x\"", NULL);
    assert_gives(f, "content | form \"Message\", \"Describe your request*\"", "It\nfails");
    assert_gives(f, "content | form \"phone\", \"name\"", "Anna & Bob");
    assert_gives(f, "content | form \"name\", \"subject\"", "Anna & Bob");
    assert_gives(f, "content | form \"Phone\"", NULL);
    use_ticket(f, stacked);
    assert_gives(f, "content | form \"Message\"", "Hello");
    use_ticket(f, "\"content\":\"Subject: no table\"");
    assert_gives(f, "content | form \"Subject\"", NULL);
    use_ticket(f, "\"content\":\"<table><tr><td><table><tr><td>A</td><td>inner</td></tr></table>"
                  "</td><td>outer</td></tr></table>\"");
    assert_gives(f, "content | form \"A\"", "inner");
}

static void test_texts(void **state)
{
    struct fixture *f = *state;
    assert_gives(f, "\"\xC3\x84\xC3\x96 X\" | lower", "\xC3\xA4\xC3\xB6 x");
    assert_gives(f, "\"\xC2\xA0\\n x y \\t\" | trim", "x y");
    assert_gives(f, "\" \\n\" | trim", NULL);
    assert_gives(f, "\"\xC3\x84\xC3\x96X\" | cut 2", "\xC3\x84\xC3\x96");
    assert_gives(f, "\"abc\" | cut 0", NULL);
    assert_gives(f, "\"a\\nb\" | clean", "a b");
    assert_gives(f, "\"<p>a<p>b\" | text", "a\n\nb");
    use_ticket(f, "\"content\":\"<b>x</b>\",\"title\":\"<i>y</i>\"");
    assert_gives(f, "content | text | join \"/\" (title | text) | join \"/\" (content | text)",
                 "x/y/x");
    use_ticket(f, "\"resolved_at\":\"0000-00-00 00:00:00\"");
    assert_gives(f, "resolved_at | date", NULL);
    assert_gives(f, "resolved_at | time", NULL);
}

/* What is refused at start */

static void test_bad_rules(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"", "begins with a path"},
        {"| lower", "begins with a path"},
        {"title |", "a filter stands behind each |"},
        {"title | lowr", "there is no filter lowr; did you mean lower?"},
        {"title | first_ulr", "did you mean first_url?"},
        {"title | banana", "there is no filter banana"},
        {"title lower", "| is missing before lower"},
        {"title | lower x", "it is used as: lower"},
        {"title | cut", "it is used as: cut N"},
        {"title | cut 1.5", "it is used as: cut N"},
        {"title | cut -1", "it is used as: cut N"},
        {"title | times", "it is used as: times X"},
        {"title | times \"two\"", "it is used as: times X"},
        {"title | times 2 3", "it is used as: times X"},
        {"title | join title", "it is used as: join \"TEXT\" X"},
        {"title | form Subject", "it is used as: form \"LABEL\", ..."},
        {"title | form \"a\",", "a comma stands between two arguments"},
        {"title | form , \"a\"", "a comma stands between two arguments"},
        {"title | first_url but a.test", "it is used as: first_url [except HOST, ...]"},
        {"title | first_url except", "it is used as: first_url [except HOST, ...]"},
        {"title | or a..b", "it is used as: or X"},
        {"title | map", "it is used as: map SECTION"},
        {"title | map nowhere", "there is no section [map.nowhere]"},
        {"\"open", "no text in quotes"},
        {"\"a\\x\"", "no text in quotes"},
        {"(title", "a closing parenthesis is missing"},
        {"title)", "closed that was not opened"},
        {"(((((title)))))", "at most 4 deep"},
        {"customer.", "is no path"},
        {"'title'", "is no path"},
        {"5", "a fixed value stands in quotes: \"5\""},
        {"content | text | times 2", "times needs a number, and is given a text"},
        {"created_at | date | date", "date needs a date and time of the site, and is given a day"},
        {"created_at | time | below 3", "below needs a number, and is given a time of day"},
        {"\"2\" | times (content | host)", "times needs a number"},
        {"title | then (title | host | times 2)", "times needs a number"},
        {"priority | map urgency | times 2", "times needs a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(f, cases[i][0], cases[i][1]);
}

static void test_a_section_that_no_rule_uses(void **state)
{
    struct fixture *f = *state;
    static char key[] = "3", value[] = "17", name[] = "clients";
    struct mapping_pair line = {.key = key, .value = value, .line = 30};
    struct mapping_section section = {.name = name, .lines = {&line, 1}};
    f->mapping.sections = &section;
    f->mapping.section_count = 1;
    assert_gives(f, "\"3\" | map clients", "17");
    read_rule(f, "title");
    assert_string_equal(buf_text(&f->problems),
                        "30: no rule uses [map.clients]: one would by `| map clients`\n");
    f->mapping.section_count = 0;
    static char urgency[] = "urgency", rule[] = "\"LOW\"";
    struct mapping_pair fixed = {.key = urgency, .value = rule, .line = 12};
    f->mapping.fields = (struct mapping_pairs){&fixed, 1};
    f->mapping.urgency = f->mapping.mailbox_category = (struct mapping_pairs){&line, 1};
    buf_clear(&f->problems);
    rules_free(f->rules);
    f->rules = rules_new(&f->mapping, note_problem, f);
    assert_string_equal(buf_text(&f->problems),
                        "30: no rule uses [map.urgency]: one would by `| map urgency`\n");
}

/* The manual */

static char *manual(void)
{
    FILE *file = fopen(SOURCE_DIR "/cmd/dist/fluent-sync.ini.5", "r");
    char *text = NULL;
    size_t size = 0;
    assert_non_null(file);
    assert_true(getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    char *from = strstr(text, ".Sh RULES"), *end = strstr(text, ".Sh PASSWORDS");
    assert_non_null(from);
    assert_non_null(end);
    *end = '\0';
    memmove(text, from, strlen(from) + 1);
    return text;
}

/* `RULE   gives   RESULT`; false: the line is none. */
static bool try_example(struct fixture *f, char *line)
{
    static const char between[] = "   gives   ";
    char *gives = strstr(line, between);
    if (!gives)
        return false;
    const char *result = gives + strlen(between);
    *gives = '\0';
    assert_gives(f, line, strcmp(result, "NULL") == 0 ? NULL : result);
    return true;
}

/* Each filter of the table is an item of the manual, with examples that are true; and no other. */
static void test_examples_of_the_manual(void **state)
{
    struct fixture *f = *state;
    char *text = manual(), *rest = text;
    const struct filter *item = NULL;
    size_t items = 0, filters = 0, examples = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, ".It Ic ", 7) == 0) {
            if (item && !examples)
                fail_msg("the manual has no example for %s", item->name);
            item = filter_find(line + 7, strcspn(line + 7, " "));
            if (!item)
                fail_msg("the manual has a filter that is none: %s", line);
            items++;
            examples = 0;
        } else if (item && strstr(line, item->name)) {
            examples += try_example(f, line);
        }
    }
    while (filter_at(filters))
        filters++;
    assert_int_equal(items, filters);
    free(text);
}

#define RULE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(test_sources),
        RULE_TEST(test_null_passes_through),
        RULE_TEST(test_numbers),
        RULE_TEST(test_the_hours_of_a_ticket),
        RULE_TEST(test_addresses),
        RULE_TEST(test_forms),
        RULE_TEST(test_texts),
        RULE_TEST(test_bad_rules),
        RULE_TEST(test_a_section_that_no_rule_uses),
        RULE_TEST(test_examples_of_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
