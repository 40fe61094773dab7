/* test_rights: the GRANT statements of docs/by-hand.md give what the table of rights says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/rights.h"

enum { PAGE_MAX = 1 << 16, STATEMENT_MAX = 1024 };

static void assert_documented(const char *statement)
{
    static char page[PAGE_MAX];
    FILE *file = fopen(SOURCE_DIR "/docs/by-hand.md", "r");
    assert_non_null(file);
    size_t n = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[n] = '\0';
    if (!strstr(page, statement))
        fail_msg("docs/by-hand.md does not have: %s", statement);
}

static void test_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < RIGHTS_COUNT; i++) {
        struct buf line;
        buf_init(&line, STATEMENT_MAX);
        buf_puts(&line, "GRANT ");
        rights_print(&line, RIGHTS[i].needed);
        buf_printf(&line, " ON dashboard.%s TO 'fluent_sync'@'localhost';", RIGHTS[i].table);
        assert_documented(buf_text(&line));
        buf_release(&line);
    }
}

static void test_migrate(void **state)
{
    (void)state;
    assert_documented("GRANT " RIGHTS_TO_MIGRATE
                      " ON dashboard.* TO 'fluent_migrate'@'localhost';");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs), cmocka_unit_test(test_migrate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
