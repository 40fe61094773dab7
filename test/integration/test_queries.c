/* test_queries: the queries for a dashboard in docs/tables.md, as they are printed there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

enum { QUERIES = 6, TICKETS = 60 };

/* The page's SQL, one text for each query. */
static void read_queries(struct harness *h, char *queries[QUERIES])
{
    static const char begin[] = "```sql\n", end[] = "```";
    FILE *file = fopen(SOURCE_DIR "/docs/tables.md", "r");
    char *text = NULL;
    size_t size = 0, count = 0;
    assert_non_null(file);
    assert_true(getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    for (char *at = text; (at = strstr(at, begin)) != NULL; count++) {
        at += strlen(begin);
        char *stop = strstr(at, end);
        assert_non_null(stop);
        assert_true(count < QUERIES);
        queries[count] = harness_text(h, "%.*s", (int)(stop - at), at);
        at = stop + strlen(end);
    }
    free(text);
    assert_int_equal(count, QUERIES);
}

static size_t rows_of(const char *table)
{
    size_t rows = 0;
    for (; *table; table++)
        rows += *table == '\n';
    return rows;
}

/* The sum of the numbers in a column, counted from 0. */
static int64_t sum_of(const char *table, int column)
{
    int64_t sum = 0;
    while (*table) {
        for (int c = 0; c < column; c++)
            table += strcspn(table, "\t") + 1;
        sum += strtoll(table, NULL, 10);
        table += strcspn(table, "\n") + 1;
    }
    return sum;
}

static void assert_sum(struct harness *h, const char *table, int column, const char *sql)
{
    assert_int_equal(sum_of(table, column), harness_number(h, sql));
}

static void test_queries(void **state)
{
    struct harness *h = *state;
    char *queries[QUERIES];
    read_queries(h, queries);
    sync_prepare(h, TICKETS, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "INSERT INTO requests (date, time, source, description) VALUES "
                   "('2026-01-01', '10:00:00', 'phone', 'Called')");

    char *open = harness_table(h, queries[0]);
    assert_int_equal(rows_of(open), harness_number(h, "SELECT LEAST(50, COUNT(*)) FROM "
                                                      "fluent_tickets WHERE ticket_status <> "
                                                      "'closed'"));
    assert_int_equal(strncmp(open,
                             harness_value(h, "SELECT CONCAT(fluent_id, CHAR(9)) FROM "
                                              "fluent_tickets WHERE ticket_status <> 'closed' "
                                              "ORDER BY created_at, id LIMIT 1"),
                             2),
                     0);

    char *all = harness_table(h, queries[1]);
    assert_int_equal(rows_of(all), TICKETS + 1);
    sync_says(all, "\tphone\t");

    char *months = harness_table(h, queries[2]);
    assert_sum(h, months, 1, "SELECT COUNT(*) FROM fluent_tickets");
    assert_sum(h, months, 2,
               "SELECT COUNT(*) FROM fluent_tickets WHERE ticket_status = 'closed' AND resolved_at "
               "IS NOT NULL");

    char *hours = harness_table(h, queries[3]);
    assert_sum(h, hours, 1,
               "SELECT COUNT(*) FROM fluent_tickets WHERE ticket_status = 'closed' AND resolved_at "
               "IS NOT NULL");
    assert_true(rows_of(hours) > 0);

    char *age = harness_table(h, queries[4]);
    assert_int_equal(rows_of(age), 1);
    sync_says(age, "\tsuccess\n");

    harness_sql(h, "INSERT INTO fluent_ticket_changes (site_key, ticket_row, fluent_id, run_id, "
                   "seen_at, column_name, old_value, new_value, cause) VALUES "
                   "('', 1, '1', 1, '2026-01-01 10:00:00', '', NULL, '{}', 'site'), "
                   "('', 1, '1', 1, '2026-01-01 12:00:00', 'ticket_status', 'new', 'active', "
                   "'site'), ('', 1, '1', 1, '2026-01-01 13:00:00', 'title', 'A', 'B', 'site'), "
                   "('', 1, '1', 1, '2026-01-01 18:00:00', 'ticket_status', 'active', 'closed', "
                   "'site')");
    char *statuses = harness_table(h, queries[5]);
    sync_says(statuses, "new\t2.0");
    sync_says(statuses, "active\t6.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {SYNC_TEST(test_queries)};
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
