/* test_push_back: from what a person set back to a value of the site's. */
#include "core/push_back.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dashboard_columns.h"

struct fixture {
    struct mapping mapping;
    struct scope scope;
    struct zone *utc;
    struct rules *set;
    struct request_schema schema;
    struct map_rules rules;
    struct page page;
    struct push_back back;
    char why[PUSH_BACK_WHY_SIZE];
};

static void forbid_problem(void *context, int line, const char *text)
{
    (void)context;
    fail_msg("%d: %s", line, text);
}

static int setup(void **state)
{
    static char body[] = "{\"tickets\":{\"data\":[{\"id\":1,\"title\":\"t\",\"status\":\"new\","
                         "\"priority\":\"normal\",\"product_id\":\"1\",\"product\":{\"title\":"
                         "\"Support\"},\"created_at\":\"2026-01-01T00:00:00+00:00\"}]}}";
    struct fixture *f = calloc(1, sizeof *f);
    struct error error = ERROR_INIT;
    char why[100], copy[sizeof body];
    assert_non_null(f);
    memcpy(copy, body, sizeof body);
    assert_int_equal(decode_page(&f->page, copy, strlen(copy), NULL, why, sizeof why), DECODE_OK);
    assert_int_equal(zone_open(&f->utc, "UTC", &error), 0);
    f->scope = (struct scope){.since = "2000-01-01", .all_mailboxes = true};
    f->set = rules_new(&f->mapping, forbid_problem, NULL);
    f->schema = dashboard_columns(f->set);
    f->rules = (struct map_rules){.mapping = &f->mapping,
                                  .set = f->set,
                                  .scope = &f->scope,
                                  .site_key = "",
                                  .schema = &f->schema,
                                  .site = f->utc,
                                  .target = f->utc,
                                  .config_hash = "x"};
    f->back = (struct push_back){.rules = &f->rules, .ticket = &f->page.tickets[0]};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    page_release(&f->page);
    rules_free(f->set);
    zone_close(f->utc);
    free(f);
    return 0;
}

/* What the site is known to have, and what [push.*] chooses: "WANTED=VALUE", or NULL. */
static const char *map_back(struct fixture *f, enum outbox_field field,
                            const struct known_value *known, size_t count, const char *chosen,
                            const char *wanted)
{
    char key[40] = "", value[40] = "";
    struct mapping_pair pair = {.key = key, .value = value};
    struct mapping_pairs pairs = {&pair, chosen ? 1 : 0};
    struct known_values values = {known, count};
    const char *found;
    if (chosen)
        assert_int_equal(sscanf(chosen, "%39[^=]=%39s", key, value), 2);
    f->back.field = field;
    f->back.known = &values;
    f->back.chosen = &pairs;
    assert_int_equal(push_back_map(&f->back, wanted, &found, f->why), 0);
    assert_int_equal(found == NULL, f->why[0] != '\0');
    return found;
}

#define PRIORITY(known, chosen, wanted)                                                            \
    map_back(f, OUTBOX_PRIORITY, known, sizeof(known) / sizeof *(known), chosen, wanted)
#define PRODUCT(known, chosen, wanted)                                                             \
    map_back(f, OUTBOX_PRODUCT, known, sizeof(known) / sizeof *(known), chosen, wanted)

static void test_the_only_one(void **state)
{
    static const struct known_value known[] = {{"normal", NULL}, {"low", NULL}};
    struct fixture *f = *state;
    assert_string_equal(PRIORITY(known, NULL, "LOW"), "low");
    assert_string_equal(PRIORITY(known, NULL, "HIGH"), "critical"); /* the plugin's own */
    assert_null(PRIORITY(known, NULL, "PROMOTION"));
    assert_non_null(strstr(f->why, "no priority that the site is known to have"));
}

static void test_several(void **state)
{
    static const struct known_value known[] = {{"Urgent", NULL}, {"normal", NULL}};
    struct fixture *f = *state;
    assert_null(PRIORITY(known, NULL, "HIGH"));
    assert_non_null(strstr(f->why, "[push.priority]: Urgent, critical"));
    assert_string_equal(PRIORITY(known, "HIGH=Urgent", "HIGH"), "Urgent");
    assert_string_equal(PRIORITY(known, "high=critical", "HIGH"), "critical");
}

static void test_only_what_the_site_has(void **state)
{
    static const struct known_value known[] = {{"urgent", NULL}};
    struct fixture *f = *state;
    assert_null(PRIORITY(known, "HIGH=Urgent", "HIGH")); /* the site would store it */
    assert_non_null(strstr(f->why, "no ticket of the site has \"Urgent\""));
    assert_null(PRIORITY(known, "HIGH=normal", "HIGH"));
    assert_non_null(strstr(f->why, "would not become \"HIGH\""));
}

static void test_products(void **state)
{
    static const struct known_value known[] = {
        {"1", "Support"}, {"7", "Hosting"}, {"9", "Forms"}, {"9", "Hosting"}};
    struct fixture *f = *state;
    assert_string_equal(PRODUCT(known, NULL, "Hosting"), "7"); /* 9 had that title once */
    assert_string_equal(PRODUCT(known, NULL, "Forms"), "9");
    assert_null(PRODUCT(known, NULL, "Scripts"));
    assert_null(PRODUCT(known, "Hosting=Hosting", "Hosting")); /* not by its title */
}

/* A mailbox's category hides the product. */
static void test_what_another_rule_hides(void **state)
{
    static const struct known_value known[] = {{"1", "Support"}, {"7", "Hosting"}};
    static char any[] = "*", advisory[] = "Advisory";
    struct fixture *f = *state;
    struct mapping_pair pair = {.key = any, .value = advisory};
    f->mapping.category = (struct mapping_pairs){&pair, 1};
    rules_free(f->set);
    f->set = rules_new(&f->mapping, forbid_problem, NULL);
    f->rules.set = f->set;
    assert_null(PRODUCT(known, NULL, "Hosting"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_only_one),
        TEST(test_several),
        TEST(test_only_what_the_site_has),
        TEST(test_products),
        TEST(test_what_another_rule_hides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
