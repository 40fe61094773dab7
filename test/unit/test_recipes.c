/* test_recipes: the recipes of docs/mapping.md, as they stand there, on recorded tickets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/map.h"
#include "dashboard_columns.h"

enum { PAGES = 3 };

struct fixture {
    char *docs;
    char ini[64];
    struct config config;
    struct zone *zone;
    struct page pages[PAGES];
    struct request_schema schema;
    struct map_rules rules;
    struct arena arena;
    struct row row;
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (!file || getdelim(&text, &size, '\0', file) < 0)
        fail_msg("cannot read %s", path);
    fclose(file);
    return text;
}

static void read_pages(struct fixture *f)
{
    for (int p = 0; p < PAGES; p++) {
        char path[300], why[200];
        snprintf(path, sizeof path,
                 FIXTURES "/fluent-support-2.0.1/tickets_per100_id_asc_page%d.json", p + 1);
        char *body = read_file(path);
        assert_int_equal(decode_page(&f->pages[p], body, strlen(body), NULL, why, sizeof why),
                         DECODE_OK);
        free(body);
    }
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error error = ERROR_INIT;
    if (!f || zone_open(&f->zone, "America/New_York", &error) < 0)
        return -1;
    f->docs = read_file(SOURCE_DIR "/docs/mapping.md");
    snprintf(f->ini, sizeof f->ini, "/tmp/test_recipes.XXXXXX");
    int fd = mkstemp(f->ini);
    if (fd < 0 || close(fd) < 0)
        return -1;
    read_pages(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (int p = 0; p < PAGES; p++)
        page_release(&f->pages[p]);
    config_release(&f->config);
    arena_release(&f->arena);
    zone_close(f->zone);
    unlink(f->ini);
    free(f->docs);
    free(f);
    return 0;
}

/* Loads the configuration below this heading of the page. */
static void use_recipe(struct fixture *f, const char *heading)
{
    static const char minimal[] = "[fluent]\napi_url = https://a.example\napi_username = u\n"
                                  "api_password = p\n[mysql]\ndatabase = d\n";
    struct error error = ERROR_INIT;
    const char *from = strstr(f->docs, heading);
    from = from ? strstr(from, "```ini\n") : NULL;
    assert_non_null(from);
    from += strlen("```ini\n");
    FILE *ini = fopen(f->ini, "w");
    assert_non_null(ini);
    fprintf(ini, "%s%.*s", minimal, (int)(strstr(from, "```") - from), from);
    assert_int_equal(fclose(ini), 0);
    const char *nothing[] = {NULL};
    const struct config_source source = {.file = f->ini, .environment = nothing, .need_site = true};
    if (config_load(&f->config, &source, &error) < 0)
        fail_msg("%s: %s", heading, error.message);
    f->schema = dashboard_columns(f->config.rules);
    f->rules = (struct map_rules){.mapping = &f->config.mapping,
                                  .set = f->config.rules,
                                  .scope = &f->config.scope,
                                  .site_key = "",
                                  .schema = &f->schema,
                                  .site = f->zone,
                                  .target = f->zone};
    map_hash_config(&f->rules);
    if (map_check(&f->rules, &error) < 0)
        fail_msg("%s: %s", heading, error.message);
}

static struct ticket *recorded(struct fixture *f, int64_t id)
{
    for (int p = 0; p < PAGES; p++)
        for (size_t i = 0; i < f->pages[p].count; i++)
            if (f->pages[p].tickets[i].id == id)
                return &f->pages[p].tickets[i];
    fail_msg("ticket %d was not recorded", (int)id);
    return NULL;
}

/* The column of the ticket's rows; NULL: NULL. */
static const char *value_of(struct fixture *f, const struct ticket *ticket, const char *column)
{
    struct error error = ERROR_INIT;
    assert_int_equal(map_identity(&f->rules, ticket, &f->arena, &f->row, &error), MAP_ROW);
    if (map_ticket(&f->rules, ticket, &f->arena, &f->row, &error) != MAP_ROW)
        fail_msg("%s", f->row.reject);
    for (size_t i = 0; i < f->schema.count; i++)
        if (strcmp(f->schema.fields[i].name, column) == 0)
            return f->row.request[i].text;
    for (size_t i = 0; i < f->schema.ticket_field_count; i++)
        if (strcmp(f->schema.ticket_fields[i].name, column) == 0)
            return f->row.ticket_fields[i].text;
    fail_msg("no rule for %s", column);
    return NULL;
}

static void assert_value(struct fixture *f, const struct ticket *ticket, const char *column,
                         const char *expected)
{
    const char *value = value_of(f, ticket, column);
    if (!expected != !value || (value && strcmp(value, expected) != 0))
        fail_msg("ticket %d, %s: %s instead of %s", (int)ticket->id, column, value ? value : "NULL",
                 expected ? expected : "NULL");
}

/* What a ticket's column is. */
struct expected {
    int64_t ticket;
    const char *value;
};

static void assert_values(struct fixture *f, const char *column, const struct expected *expected,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_value(f, recorded(f, expected[i].ticket), column, expected[i].value);
}

/* The recipes */

static void test_urgency_by_priority(void **state)
{
    static const struct expected urgency[] = {
        {3, "LOW"}, {43, "MEDIUM"}, {21, "HIGH"}, {192, "MEDIUM"}};
    use_recipe(*state, "## Urgency by priority");
    assert_values(*state, "urgency", urgency, 4);
}

static void test_effort_by_urgency(void **state)
{
    static const struct expected effort[] = {{3, "Small"}, {43, "Medium"}, {21, "Large"}};
    use_recipe(*state, "## Effort by urgency");
    assert_values(*state, "effort", effort, 3);
}

static void test_hours_by_responses_and_urgency(void **state)
{
    static const struct expected hours[] = {{20, "1.00"}, {43, "0.50"},  {9, "0.50"},
                                            {42, "1.00"}, {241, "2.00"}, {192, "0.25"}};
    use_recipe(*state, "## Hours by responses and urgency");
    assert_values(*state, "estimated_hours", hours, 6);
}

static void test_the_customers_web_site(void **state)
{
    static const struct expected site[] = {{13, "https://example.test/?a=1&b=2"}, {3, NULL}};
    use_recipe(*state, "## The customer's web site");
    assert_values(*state, "website_url", site, 2);
}

static void test_a_forms_submission(void **state)
{
    struct fixture *f = *state;
    use_recipe(f, "## A form's submission");
    assert_value(f, recorded(f, 2), "description",
                 "HTML table\n\nField: Value\nName: Anna & Bob\nModel: X-100");
    char *form = read_file(FIXTURES "/html/form_table.html");
    struct ticket submission = *recorded(f, 2);
    submission.content = form;
    assert_value(f, &submission, "description",
                 "HTML table\n\nHello,\nthe device\n\ndoes not start.");
    char subject[] =
        "<table><tr><td>Subject</td><td>No sound</td></tr>"
        "<tr><td>Describe your request in detail:</td><td>It is mute.</td></tr></table>";
    submission.content = subject;
    assert_value(f, &submission, "description", "No sound\n\nIt is mute.");
    free(form);
}

static void test_the_client_by_mailbox(void **state)
{
    static const struct expected client[] = {{13, "17"}, {20, "18"}, {2, NULL}};
    use_recipe(*state, "## The client by mailbox");
    assert_values(*state, "client_id", client, 3);
}

static void test_closed_tickets_by_their_resolution(void **state)
{
    struct fixture *f = *state;
    use_recipe(f, "## Closed tickets alone");
    assert_value(f, recorded(f, 9), "date", "2025-08-16");
    assert_true(f->row.in_scope);
    assert_value(f, recorded(f, 9), "time", "02:31:26");
    assert_value(f, recorded(f, 3), "date", "2025-08-04");
    assert_false(f->row.in_scope);
    assert_value(f, recorded(f, 20), "date", "2025-09-06"); /* if it were stored */
    assert_false(f->row.in_scope);
}

/* Each recipe of the page is a test here. */
static void test_no_recipe_without_a_test(void **state)
{
    struct fixture *f = *state;
    size_t recipes = 0;
    for (const char *at = f->docs; (at = strstr(at, "```ini\n")) != NULL; at++)
        recipes++;
    assert_int_equal(recipes, 7);
}

#define RECIPE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECIPE_TEST(test_urgency_by_priority),
        RECIPE_TEST(test_effort_by_urgency),
        RECIPE_TEST(test_hours_by_responses_and_urgency),
        RECIPE_TEST(test_the_customers_web_site),
        RECIPE_TEST(test_a_forms_submission),
        RECIPE_TEST(test_the_client_by_mailbox),
        RECIPE_TEST(test_closed_tickets_by_their_resolution),
        RECIPE_TEST(test_no_recipe_without_a_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
