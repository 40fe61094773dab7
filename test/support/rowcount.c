/*
 * rowcount: writes down how many rows each statement made the server read. For LD_PRELOAD:
 *
 *   ROWCOUNT_FILE=F      receives a line for each statement: rows read, rows returned or changed,
 *                        and the statement in one line, separated by tabs
 *
 * The server counts for each session (Handler_read_%, and what MariaDB filters within an index).
 * The counters are read before the next statement, when the program no longer needs what the
 * client library knows of the last one.
 */
#include <dlfcn.h>
#include <mysql.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char COUNTERS[] = "SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler\\_read%' OR "
                               "Variable_name = 'Handler_icp_attempts'";

/* The connection whose last statement is not written yet; the program has few, one after the other
 * or side by side. */
enum { CONNECTIONS_MAX = 8, TEXTS_MAX = 64 };
static struct session {
    MYSQL *mysql;
    char *statement;       /* NULL: none */
    long long before, own; /* own: what reading the counters adds to them */
} sessions[CONNECTIONS_MAX];
static struct text {
    MYSQL_STMT *stmt;
    char *statement;
} texts[TEXTS_MAX];

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static long long read_counters(MYSQL *mysql)
{
    long long sum = 0;
    if (REAL(mysql_real_query)(mysql, COUNTERS, sizeof COUNTERS - 1) != 0)
        return -1;
    MYSQL_RES *result = mysql_store_result(mysql);
    for (MYSQL_ROW row; result && (row = mysql_fetch_row(result)) != NULL;)
        sum += strtoll(row[1], NULL, 10);
    mysql_free_result(result);
    return sum;
}

static struct session *session_of(MYSQL *mysql)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (sessions[i].mysql == mysql)
            return &sessions[i];
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (!sessions[i].mysql) {
            sessions[i] = (struct session){.mysql = mysql};
            long long first = read_counters(mysql);
            sessions[i].own = read_counters(mysql) - first;
            return &sessions[i];
        }
    abort();
}

static void write_line(const struct session *s, long long read, long long rows)
{
    FILE *out = fopen(getenv("ROWCOUNT_FILE"), "a");
    if (!out)
        abort();
    for (char *p = s->statement; *p; p++)
        if (*p == '\n' || *p == '\t' || *p == '\r')
            *p = ' ';
    fprintf(out, "%lld\t%lld\t%s\n", read, rows, s->statement);
    fclose(out);
}

/* Writes what the last statement read; -1 as its rows: it failed. */
static void settle(struct session *s)
{
    if (!s->statement)
        return;
    long long rows = (long long)mysql_affected_rows(s->mysql), now = read_counters(s->mysql);
    if (now >= 0)
        write_line(s, now - s->before - s->own, rows);
    free(s->statement);
    s->statement = NULL;
}

static void begin(MYSQL *mysql, const char *statement, size_t length)
{
    struct session *s = session_of(mysql);
    settle(s);
    s->before = read_counters(mysql);
    s->statement = strndup(statement, length);
}

int STDCALL mysql_real_query(MYSQL *mysql, const char *statement, unsigned long length)
{
    begin(mysql, statement, length);
    return REAL(mysql_real_query)(mysql, statement, length);
}

int STDCALL mysql_stmt_prepare(MYSQL_STMT *stmt, const char *statement, unsigned long length)
{
    settle(session_of(stmt->mysql)); /* what was changed is forgotten now */
    for (size_t i = 0; i < TEXTS_MAX; i++)
        if (!texts[i].stmt || texts[i].stmt == stmt) {
            free(texts[i].statement);
            texts[i] = (struct text){stmt, strndup(statement, length)};
            return REAL(mysql_stmt_prepare)(stmt, statement, length);
        }
    abort();
}

int STDCALL mysql_stmt_execute(MYSQL_STMT *stmt)
{
    for (size_t i = 0; i < TEXTS_MAX; i++)
        if (texts[i].stmt == stmt)
            begin(stmt->mysql, texts[i].statement, strlen(texts[i].statement));
    return REAL(mysql_stmt_execute)(stmt);
}

void STDCALL mysql_close(MYSQL *mysql)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (sessions[i].mysql == mysql) {
            settle(&sessions[i]);
            sessions[i].mysql = NULL;
        }
    REAL(mysql_close)(mysql);
}
