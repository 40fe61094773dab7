/* test_rights: the GRANT statements of the README give what the table of rights says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/rights.h"

enum { README_MAX = 1 << 16, STATEMENT_MAX = 1024 };

static void assert_in_readme(const char *statement)
{
    static char readme[README_MAX];
    FILE *file = fopen(SOURCE_DIR "/README.md", "r");
    assert_non_null(file);
    size_t n = fread(readme, 1, sizeof readme - 1, file);
    fclose(file);
    readme[n] = '\0';
    if (!strstr(readme, statement))
        fail_msg("the README does not have: %s", statement);
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
        assert_in_readme(buf_text(&line));
        buf_release(&line);
    }
}

static void test_migrate(void **state)
{
    (void)state;
    assert_in_readme("GRANT " RIGHTS_TO_MIGRATE " ON dashboard.* TO 'fluent_migrate'@'localhost';");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs), cmocka_unit_test(test_migrate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
