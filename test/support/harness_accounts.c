/* harness_accounts: the database accounts of docs/by-hand.md, made with the rights that stand
 * there. */
#include "harness_accounts.h"

#include <stdio.h>
#include <string.h>

enum { SQL_MAX = 1 << 16 };

static const char *const REPLACED[][2] = {
    {"dashboard.", NULL},     /* the test's database */
    {"@'localhost'", "@'%'"}, /* through the socket and the proxy alike */
};

/* Appends a statement of that page, as a test needs it. */
static void put_statement(struct buf *sql, const char *database, const char *from, size_t n)
{
    for (const char *end = from + n; from < end;) {
        size_t i = 0, count = sizeof REPLACED / sizeof *REPLACED;
        while (i < count && strncmp(from, REPLACED[i][0], strlen(REPLACED[i][0])) != 0)
            i++;
        if (i == count) {
            buf_putc(sql, *from++);
            continue;
        }
        from += strlen(REPLACED[i][0]);
        if (REPLACED[i][1])
            buf_puts(sql, REPLACED[i][1]);
        else
            buf_printf(sql, "%s.", database);
    }
}

/* "GRANT ... ON table TO account;" of a table that does not exist yet takes the right to create it,
 * which is taken back. */
static void put_grant(struct buf *sql, const char *database, const char *grant, size_t n)
{
    static const char VERB[] = "GRANT ";
    const char *on = strstr(grant, " ON "), *to = strstr(grant, " TO ");
    assert_true(on && to && on < to && to < grant + n);
    if (strncmp(to - 2, ".*", 2) == 0) {
        put_statement(sql, database, grant, n);
        return;
    }
    buf_puts(sql, "GRANT CREATE, ");
    put_statement(sql, database, grant + strlen(VERB), n - strlen(VERB));
    buf_puts(sql, "REVOKE CREATE");
    put_statement(sql, database, on, (size_t)(to - on));
    buf_puts(sql, " FROM ");
    put_statement(sql, database, to + 4, n - (size_t)(to + 4 - grant));
}

char *accounts_sql(struct harness *h, const char *database)
{
    const char *line = harness_read(h, SOURCE_DIR "/docs/by-hand.md");
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_puts(&sql, "DROP USER IF EXISTS '" ACCOUNT_SYNC "'@'%', '" ACCOUNT_MIGRATE "'@'%';\n");
    int users = 0, grants = 0;
    for (; *line; line += *line == '\n') {
        size_t n = strcspn(line, "\n");
        if (strncmp(line, "CREATE USER ", 12) == 0) {
            put_statement(&sql, database, line, n);
            users++;
        } else if (strncmp(line, "GRANT ", 6) == 0) {
            put_grant(&sql, database, line, n);
            grants++;
        }
        line += n;
    }
    char *text = harness_text(h, "%s", buf_text(&sql));
    assert_false(sql.failed);
    buf_release(&sql);
    assert_int_equal(users, 2);
    assert_true(grants > 2);
    return text;
}

void accounts_may_forget(struct harness *h)
{
    harness_sql(h, harness_text(h,
                                "GRANT DELETE ON %1$s.requests TO " ACCOUNT_SYNC
                                ";GRANT DELETE ON %1$s.fluent_tickets TO " ACCOUNT_SYNC
                                ";GRANT DELETE ON %1$s.fluent_sync_state TO " ACCOUNT_SYNC,
                                h->database));
}
