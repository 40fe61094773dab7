/* harness_sql: statements to the server and their rows, through the client library and no code of
 * the program's; by one connection, whose session is reset after each call. */
#include "harness_sql.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_process.h"

enum { ROWS_MAX = 1 << 30, EMPTY_QUERY = 1065, NO_SUCH_THREAD = 1094 };

/* The connection */

void sql_close(struct harness *h)
{
    if (h->sql)
        mysql_close(h->sql);
    h->sql = NULL;
}

static void reconnect(struct harness *h)
{
    sql_close(h);
    h->sql = mysql_init(NULL);
    assert_non_null(h->sql);
    mysql_options(h->sql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(h->sql, NULL, "root", NULL, NULL, 0, h->socket,
                            CLIENT_MULTI_STATEMENTS))
        fail_msg("the server: %s", mysql_error(h->sql));
}

/* A connection that uses this database; the last one may have been killed, or its server. */
static void use_database(struct harness *h, const char *database)
{
    if (!h->sql || mysql_ping(h->sql) != 0)
        reconnect(h);
    if (database && mysql_select_db(h->sql, database) != 0)
        fail_msg("%s: %s", database, mysql_error(h->sql));
}

/* Rows */

static void put_escaped(struct buf *out, const char *value, size_t n)
{
    for (const char *p = value; p < value + n; p++) {
        const char *escape = *p == '\t'   ? "\\t"
                             : *p == '\n' ? "\\n"
                             : *p == '\\' ? "\\\\"
                             : *p == '\0' ? "\\0"
                                          : NULL;
        if (escape)
            buf_puts(out, escape);
        else
            buf_putc(out, *p);
    }
}

static void put_rows(MYSQL_RES *result, struct buf *out, bool raw)
{
    unsigned columns = mysql_num_fields(result);
    for (MYSQL_ROW row; (row = mysql_fetch_row(result)) != NULL;) {
        const unsigned long *lengths = mysql_fetch_lengths(result);
        for (unsigned i = 0; i < columns; i++) {
            if (!row[i])
                buf_puts(out, "NULL");
            else if (raw)
                buf_append(out, row[i], lengths[i]);
            else
                put_escaped(out, row[i], lengths[i]);
            buf_putc(out, i + 1 < columns ? '\t' : '\n');
        }
    }
}

/* The rows of all results. What follows the last semicolon may be nothing. */
static void put_results(struct harness *h, struct buf *out, bool raw)
{
    int next;
    do {
        MYSQL_RES *result = mysql_store_result(h->sql);
        if (result)
            put_rows(result, out, raw);
        mysql_free_result(result);
    } while ((next = mysql_next_result(h->sql)) == 0);
    if (next > 0 && mysql_errno(h->sql) != EMPTY_QUERY)
        fail_msg("%s", mysql_error(h->sql));
}

char *sql_query(struct harness *h, const char *database, bool raw, const char *sql)
{
    struct buf out;
    use_database(h, database);
    if (mysql_real_query(h->sql, sql, strlen(sql)) != 0)
        fail_msg("%s: %s", sql, mysql_error(h->sql));
    buf_init(&out, ROWS_MAX);
    put_results(h, &out, raw);
    char *text = out.failed ? NULL : arena_copy(&h->arena, buf_text(&out), out.len);
    buf_release(&out);
    if (!text)
        fail_msg("%s: too many rows", sql);
    if (mysql_reset_connection(h->sql) != 0) /* it may be this session that was killed */
        sql_close(h);
    harness_no_secrets(text);
    return text;
}

/* What tests ask for */

void harness_new_database(struct harness *h)
{
    sql_query(h, NULL, false,
              harness_text(h, "DROP DATABASE IF EXISTS %s; CREATE DATABASE %s CHARACTER SET latin1",
                           h->database, h->database));
}

void harness_sql(struct harness *h, const char *sql)
{
    sql_query(h, h->database, false, sql);
}

char *harness_table(struct harness *h, const char *sql)
{
    return sql_query(h, h->database, false, sql);
}

char *harness_value(struct harness *h, const char *sql)
{
    char *text = sql_query(h, h->database, true, sql);
    size_t n = strlen(text);
    if (n == 0)
        fail_msg("no value: %s", sql);
    text[n - 1] = '\0';
    return text;
}

int64_t harness_number(struct harness *h, const char *sql)
{
    char *text = harness_value(h, sql), *end;
    int64_t number = strtoll(text, &end, 10);
    if (end == text || *end)
        fail_msg("%s: not a number: %s", sql, text);
    return number;
}

int64_t harness_count(struct harness *h, const char *rows)
{
    return harness_number(h, harness_text(h, "SELECT COUNT(*) FROM %s", rows));
}

int64_t harness_counter(struct harness *h, const char *name)
{
    const char *row = harness_table(h, harness_text(h, "SHOW GLOBAL STATUS LIKE '%s'", name));
    const char *value = strchr(row, '\t');
    if (!value)
        fail_msg("the server does not count %s", name);
    return strtoll(value, NULL, 10);
}

/* INNODB_TRX shows a copy that is not made anew while it is read more often than every 0.1 s;
 * MySQL's cannot be read while a statement in it has characters beyond utf8mb3. */
void harness_await_lock_wait(struct harness *h)
{
    const char *waits =
        harness_dialect(h, "information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'",
                        "performance_schema.data_lock_waits");
    while (!harness_count(h, waits))
        harness_value(h, "SELECT SLEEP(0.2)");
}

void harness_kill_sessions(struct harness *h)
{
    char *kills = harness_table(h, "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST "
                                   "WHERE DB = DATABASE() AND ID <> CONNECTION_ID()");
    for (char *kill; (kill = strsep(&kills, "\n")) != NULL && *kill;)
        if (mysql_query(h->sql, kill) != 0 && mysql_errno(h->sql) != NO_SUCH_THREAD)
            fail_msg("%s: %s", kill, mysql_error(h->sql));
}

void harness_await_no_sessions(struct harness *h)
{
    while (harness_count(h, "information_schema.PROCESSLIST "
                            "WHERE DB = DATABASE() AND ID <> CONNECTION_ID()"))
        process_pause();
}

/* The server's own client */

void harness_load(struct harness *h, const char *path)
{
    const char *const argv[] = {harness_text(h, "%s/db/client", h->dir),
                                "--default-character-set=utf8mb4", h->database, NULL};
    struct outcome outcome = harness_wait(h, process_start(h, argv, path));
    if (outcome.code != 0)
        fail_msg("%s: %s", path, outcome.err);
}

struct process *harness_session(struct harness *h, const char *sql)
{
    const char *const argv[] = {harness_text(h, "%s/db/client", h->dir), h->database, NULL};
    return harness_start(h, argv, sql);
}
