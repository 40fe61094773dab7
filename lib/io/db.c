/* db: connecting, running statements, and saying what a failure means. */
#include "io/db.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/int64.h"
#include "io/db_errors.h"
#include "io/db_sql.h"
#include "io/db_tls.h"
#include "io/db_wait.h"

enum {
    PREPARED_MAX = 8,
    TIMEOUT_S = 30,
    LOCK_WAIT_S = 10,
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 1000,
    STATEMENT_MAX = 1 << 30,
    PACKET_MARGIN = 4096,
};

struct prepared {
    const char *head, *tail; /* the constants themselves are the key */
    size_t columns, rows;
    MYSQL_STMT *stmt;
    uint64_t used; /* when, in executions of such statements */
};

struct db {
    MYSQL *mysql; /* NULL: not connected */
    struct db_wait wait;
    const struct db_options *options;
    const struct log *log;
    int session_s;
    enum db_tls tls; /* what is asked of the connection */
    struct prepared prepared[PREPARED_MAX];
    uint64_t prepared_uses;
    MYSQL_BIND *binds; /* zero but for what bind_values sets */
    size_t binds_room;
    struct buf statement;
    size_t packet_max;
    int64_t id_step, affected, insert_id, statements;
    char account[DB_ACCOUNT_SIZE];
    bool read_only, reading_does; /* while connecting: a host cannot be written to; one that can be
                                     read is enough */
    bool spent;                   /* see db_exec_last */
    bool values;                  /* the statement under way has values of rows */
    enum db_failure failure;
    unsigned number;
};

struct db_result {
    MYSQL_RES *res;
    struct db_value *row;
};

struct db_value db_text(const char *text)
{
    return (struct db_value){.text = text, .len = text ? strlen(text) : 0};
}

struct db_value db_int(int64_t number, char digits[DB_DIGITS])
{
    return (struct db_value){.text = digits, .len = int64_text(number, digits), .number = true};
}

/* What a failure means */

static enum db_product product_of(const struct db *db)
{
    const char *version = db_server(db);
    return !version || !*version ? DB_UNKNOWN : strstr(version, "MariaDB") ? DB_MARIADB : DB_MYSQL;
}

static void note_failure(struct db *db, unsigned number, const char *state, const char *text,
                         struct error *error)
{
    struct db_answer answer = {.number = number,
                               .state = state,
                               .text = text,
                               .product = product_of(db),
                               .account = db->account,
                               .database = db->options->database,
                               .values = db->values};
    struct error why = ERROR_INIT;
    db_error_unwrap(&answer);
    db_error_fill(&answer, &why);
    db->number = answer.number;
    db->failure = (enum db_failure)why.cause;
    log_write(db->log, LOG_DETAIL, "%s", why.message);
    if (db_wait_cut(&db->wait))
        limits_check(db->options->limits, error);
    error_copy(error, &why); /* unless the limits were the reason */
}
/* -1 always, as error_set. */
#define fail(...) (note_failure(__VA_ARGS__), error_failed())

static int fail_mysql(struct db *db, struct error *error)
{
    return fail(db, mysql_errno(db->mysql), mysql_sqlstate(db->mysql), mysql_error(db->mysql),
                error);
}

static int fail_lost(struct db *db, struct error *error)
{
    return fail(db, DB_ERROR_LOST, "HY000", "no connection", error);
}

static void succeeded(struct db *db)
{
    db->failure = DB_FAILURE_NONE;
    db->number = 0;
}

/* Connecting */

static int timeout_of(const struct db_options *o)
{
    return o->timeout_s > 0 ? o->timeout_s : TIMEOUT_S;
}

/* The server gives up waiting for a lock before this program gives up waiting for the server. */
static int lock_wait_of(const struct db_options *o)
{
    int most = timeout_of(o) > 1 ? timeout_of(o) - 1 : 1;
    return most < LOCK_WAIT_S ? most : LOCK_WAIT_S;
}

static void set_options(MYSQL *mysql, const struct db_options *o)
{
    unsigned timeout = (unsigned)timeout_of(o), off = 0;
    my_bool no = 0;
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    if (o->defaults_file)
        mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, o->defaults_file);
    if (o->defaults_file || o->defaults_group)
        mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP,
                      o->defaults_group ? o->defaults_group : "client");
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

static int fail_tls(struct db *db, const char *wrong, struct error *error)
{
    return fail(db, DB_ERROR_TLS, "HY000", wrong, error);
}

/* Before the first statement. */
static int require_tls(struct db *db, struct error *error)
{
    const char *missing = db_tls_missing(db->mysql, db->tls);
    return missing ? fail_tls(db, missing, error) : 0;
}

static int fail_connecting(struct db *db, struct error *error)
{
    const char *refused = db_tls_refused(db->mysql, db->tls);
    return refused ? fail_tls(db, refused, error) : fail_mysql(db, error);
}

/* Overrides what a defaults file may have set. SQL_SESSION sets the character set of the session.
 */
static int override_defaults(struct db *db, struct error *error)
{
    unsigned off = 0;
    mysql_options(db->mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    if (strcmp(mysql_character_set_name(db->mysql), "utf8mb4") == 0)
        return 0;
    return mysql_set_character_set(db->mysql, "utf8mb4") ? fail_mysql(db, error) : 0;
}

static int set_session(struct db *db, struct error *error)
{
    char lock[DB_DIGITS], wait[DB_DIGITS];
    int lock_s = lock_wait_of(db->options);
    struct db_value values[] = {db_int(lock_s, lock), db_int(lock_s, lock),
                                db_int(db->session_s, wait)};
    if (db_exec(db, db->session_s ? SQL_SESSION : SQL_SESSION_SERVER_WAIT, values,
                db->session_s ? 3 : 2, error) < 0)
        return -1;
    struct db_result *result = NULL;
    if (db_query(db, SQL_SERVER_LIMITS, NULL, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    db->packet_max = row ? (size_t)db_number(&row[0]) : 0;
    db->id_step = row ? db_number(&row[1]) : 1;
    if (row && row[2].text)
        db_account_quote(row[2].text, db->account);
    db_result_free(result);
    return 0;
}

static bool has_others(const struct db *db)
{
    return db->options->hosts && strchr(db->options->hosts, ',');
}

/* Of several hosts: does this one answer questions about tables? Whether the table exists does not
 * matter here. */
static int check_serving(struct db *db, struct error *error)
{
    struct error why = ERROR_INIT;
    if (!has_others(db) || !db->options->probe)
        return 0;
    if (db_exec(db, db->options->probe, NULL, 0, &why) < 0 && db_lost(db))
        return error_copy(error, &why);
    succeeded(db);
    return 0;
}

/* Of several hosts: can this one be written to? When none can, one that can be read is enough to
 * look at the tables, and to wait until the group has elected a primary. */
static int check_writable(struct db *db, struct error *error)
{
    struct db_result *result = NULL;
    if (!has_others(db) || db->reading_does)
        return 0;
    if (db_query(db, SQL_READ_ONLY, NULL, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    bool writable = true;
    for (size_t i = 0; row && i < 2; i++)
        writable &=
            row[i].text && (strcmp(row[i].text, "0") == 0 || strcmp(row[i].text, "OFF") == 0);
    db_result_free(result);
    db->read_only |= !writable;
    return writable ? 0 : fail(db, DB_ERROR_READ_ONLY, "HY000", "the server is read-only", error);
}

static void close_connection(struct db *db)
{
    if (db->mysql)
        mysql_close(db->mysql);
    db_wait_unwatch(&db->wait);
    db->mysql = NULL;
}

static enum db_wait_outcome log_in(struct db *db, const char *host)
{
    const struct db_options *o = db->options;
    const struct db_login login = {
        .host = host && *host ? host : NULL,
        .user = o->user,
        .password = secret_is_set(&o->password) ? secret_reveal(&o->password) : NULL,
        .database = o->database,
        .port = (unsigned)o->port,
        .socket = o->socket,
        .flags = CLIENT_FOUND_ROWS};
    enum db_wait_outcome outcome = db_wait_connect(&db->wait, db->mysql, &login);
    if (outcome == DB_WAIT_LEFT)
        db->mysql = NULL;
    else if (outcome == DB_WAIT_CONNECTED)
        db_wait_watch(&db->wait, db->mysql);
    return outcome;
}

/* The hosts that were tried without success. */
struct tried {
    struct buf lines;   /* what each of them answered */
    struct error worst; /* of these, the failure that most needs a person */
};

static void note_tried(struct tried *tried, const char *host, const struct error *why)
{
    buf_printf(&tried->lines, "%s%s: %s", tried->lines.len ? "\n" : "", host, why->message);
    if (tried->worst.code == ERR_NONE || why->cause > tried->worst.cause)
        tried->worst = *why;
}

/* Tries one host. On -1 what it answered is added to `tried`; `error` is filled only when trying
 * other hosts is of no use. */
static int connect_host(struct db *db, const char *host, struct tried *tried, struct error *error)
{
    const struct db_options *o = db->options;
    db->mysql = mysql_init(NULL);
    if (!db->mysql)
        return error_no_memory(error);
    set_options(db->mysql, o);
    struct error why = ERROR_INIT;
    db->tls = db_tls_wanted(o, host);
    const char *impossible = db_tls_prepare(db->mysql, o, db->tls);
    int64_t began = clock_monotonic_ms();
    enum db_wait_outcome outcome = impossible ? DB_WAIT_REFUSED : log_in(db, host);
    if (outcome == DB_WAIT_LEFT) {
        limits_check(o->limits, error);
        return -1;
    }
    if (impossible) {
        fail_tls(db, impossible, &why);
    } else if (outcome == DB_WAIT_CONNECTED) {
        const struct log_field field = {"duration_ms", clock_monotonic_ms() - began};
        log_fields(db->log, LOG_DETAIL, &field, 1, "database: connected to %s (%s, %lld ms)",
                   mysql_get_host_info(db->mysql), mysql_get_server_info(db->mysql),
                   (long long)field.number);
        if (require_tls(db, &why) == 0 && override_defaults(db, &why) == 0 &&
            set_session(db, &why) == 0 && check_serving(db, &why) == 0 &&
            check_writable(db, &why) == 0)
            return 0;
    } else {
        fail_connecting(db, &why);
    }
    note_tried(tried, host && *host ? host : (o->socket ? o->socket : "the default host"), &why);
    if (db_wait_cut(&db->wait))
        limits_check(o->limits, error);
    close_connection(db);
    return -1;
}

/* Tries the hosts in turn. */
static int connect_first(struct db *db, struct tried *tried, struct error *error)
{
    char *hosts = strdup(db->options->hosts ? db->options->hosts : "");
    int done = -1;
    if (!hosts)
        return error_no_memory(error);
    char *rest = hosts;
    for (char *host; done < 0 && error->code == ERR_NONE && (host = strsep(&rest, ",")) != NULL;) {
        host += strspn(host, " \t");
        host[strcspn(host, " \t")] = '\0';
        done = connect_host(db, host, tried, error);
    }
    free(hosts);
    return done;
}

static int connect_any(struct db *db, struct error *error)
{
    struct tried tried = {.worst = ERROR_INIT};
    buf_init(&tried.lines, ERROR_MESSAGE_MAX);
    db->read_only = db->reading_does = false;
    int done = connect_first(db, &tried, error);
    if (done < 0 && db->read_only && error->code == ERR_NONE) {
        db->reading_does = true;
        done = connect_first(db, &tried, error);
    }
    if (done < 0)
        error_raise(error, error_kind_of(&tried.worst), "%s", buf_text(&tried.lines));
    buf_release(&tried.lines);
    return done;
}

static void disconnect(struct db *db)
{
    for (size_t i = 0; i < PREPARED_MAX; i++) {
        if (db->prepared[i].stmt)
            mysql_stmt_close(db->prepared[i].stmt);
        db->prepared[i] = (struct prepared){0};
    }
    close_connection(db);
    db->spent = false;
}

/* Others that begin at the same minute will have gone soon. */
static int open_patiently(struct db *db, struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        if (connect_any(db, &why) == 0)
            return 0;
        if (why.cause != DB_FAILURE_CROWDED)
            return error_copy(error, &why);
        if (db_retry(db, db_limits(db), &tries, &why, error) < 0)
            return -1;
    }
}

int db_open(struct db **out, const struct db_options *options, int session_s, const struct log *log,
            struct error *error)
{
    *out = NULL;
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return error_no_memory(error);
    db->options = options;
    db->session_s = session_s;
    db->log = log;
    db_wait_init(&db->wait, options->limits);
    buf_init(&db->statement, STATEMENT_MAX);
    if (open_patiently(db, error) < 0) {
        db_close(db);
        return -1;
    }
    *out = db;
    return 0;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    disconnect(db);
    buf_release(&db->statement);
    free(db->binds);
    free(db);
}

bool db_left_behind(void)
{
    return db_wait_left_any();
}

void db_drop(struct db *db)
{
    disconnect(db);
}

int db_reconnect(struct db *db, struct error *error)
{
    disconnect(db);
    return connect_any(db, error);
}

/* Statements */

static int append_hexadecimal(struct buf *b, const char *text, size_t len)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    buf_puts(b, "_utf8mb4 X'");
    for (size_t i = 0; i < len; i++) {
        buf_putc(b, DIGITS[(unsigned char)text[i] >> 4]);
        buf_putc(b, DIGITS[text[i] & 15]);
    }
    return buf_putc(b, '\'');
}

/* Whether a backslash escapes what follows it depends on the session's sql_mode. No literal has
 * one, so that each means the same in every session. In UTF-8 a quote is no part of another
 * character. */
static int append_text(struct buf *b, const char *text, size_t len)
{
    if (memchr(text, '\\', len) || memchr(text, '\0', len))
        return append_hexadecimal(b, text, len);
    buf_putc(b, '\'');
    for (const char *quote; (quote = memchr(text, '\'', len)) != NULL;) {
        size_t n = (size_t)(quote - text) + 1;
        buf_append(b, text, n);
        buf_putc(b, '\'');
        text += n;
        len -= n;
    }
    buf_append(b, text, len);
    return buf_putc(b, '\'');
}

static int append_value(struct buf *b, const struct db_value *value)
{
    if (!value->text)
        return buf_puts(b, "NULL");
    if (value->number)
        return buf_append(b, value->text, value->len);
    return value->len > STATEMENT_MAX / 2 ? -1 : append_text(b, value->text, value->len);
}

static int compose(struct db *db, const char *sql, const struct db_parameters *given,
                   struct error *error)
{
    struct buf *b = &db->statement;
    buf_clear(b);
    db->values = given->count > 0;
    int done = 0;
    size_t used = 0;
    for (const char *p = sql; done == 0;) {
        size_t plain = strcspn(p, "?");
        done = buf_append(b, p, plain);
        p += plain;
        if (!*p)
            break;
        if (p[1] == '*') {
            for (size_t i = 0; i < given->list_count && done == 0; i++)
                done = (i && buf_putc(b, ',') < 0) ? -1 : append_value(b, &given->list[i]);
            p += 2;
        } else if (used == given->count) {
            return error_set(error, ERR_INTERNAL, "a statement lacks a value: %.60s", sql);
        } else {
            done = done < 0 ? -1 : append_value(b, &given->values[used++]);
            p++;
        }
    }
    if (done < 0)
        return error_no_memory(error);
    if (db->packet_max && b->len + PACKET_MARGIN > db->packet_max)
        return fail(db, DB_ERROR_TOO_BIG, "HY000", "the statement is too long", error);
    return 0;
}

/* Logs a statement that was sent, by its constant text, which contains no values. */
static void log_statement(const struct db *db, const char *sql, size_t rows, size_t bytes,
                          int64_t began, bool failed)
{
    enum { SHOWN = 60 };
    char count[32] = "";
    const struct log_field fields[] = {{"duration_ms", clock_monotonic_ms() - began},
                                       {"bytes", (int64_t)bytes},
                                       {"rows", (int64_t)rows}};
    if (rows)
        snprintf(count, sizeof count, " %zu rows", rows);
    log_fields(db->log, LOG_TRACE, fields, rows ? 3 : 2,
               "database: %.*s%s%s%s (%zu bytes, %lld ms)", SHOWN, sql,
               strlen(sql) > SHOWN ? "..." : "", count, failed ? " failed" : "", bytes,
               (long long)fields[0].number);
}

static int run(struct db *db, const char *sql, struct error *error)
{
    db->statements++;
    int64_t began = clock_monotonic_ms();
    bool failed = mysql_real_query(db->mysql, db->statement.data, db->statement.len) != 0;
    log_statement(db, sql, 0, db->statement.len, began, failed);
    return failed ? fail_mysql(db, error) : 0;
}

int db_change(struct db *db, const char *sql, const struct db_parameters *parameters,
              struct error *error)
{
    if (!db->mysql)
        return fail_lost(db, error);
    if (compose(db, sql, parameters, error) < 0 || run(db, sql, error) < 0)
        return -1;
    /* The result of a SELECT, or of a PREPARE ... EXECUTE of one, must be read even if unused. */
    MYSQL_RES *res = mysql_store_result(db->mysql);
    if (res)
        mysql_free_result(res);
    else if (mysql_errno(db->mysql))
        return fail_mysql(db, error);
    db->affected = (int64_t)mysql_affected_rows(db->mysql);
    db->insert_id = (int64_t)mysql_insert_id(db->mysql);
    succeeded(db);
    return 0;
}

int db_exec(struct db *db, const char *sql, const struct db_value *values, size_t count,
            struct error *error)
{
    return db_change(db, sql, &(struct db_parameters){.values = values, .count = count}, error);
}

int db_query(struct db *db, const char *sql, const struct db_parameters *parameters,
             struct db_result **result, struct error *error)
{
    static const struct db_parameters none = {.values = NULL};
    *result = NULL;
    if (!db->mysql)
        return fail_lost(db, error);
    if (compose(db, sql, parameters ? parameters : &none, error) < 0 || run(db, sql, error) < 0)
        return -1;
    MYSQL_RES *res = mysql_store_result(db->mysql);
    if (!res)
        return fail_mysql(db, error);
    struct db_result *r = calloc(1, sizeof *r);
    struct db_value *row = calloc(mysql_num_fields(res), sizeof *row);
    if (!r || !row) {
        free(r);
        free(row);
        mysql_free_result(res);
        return error_no_memory(error);
    }
    *r = (struct db_result){.res = res, .row = row};
    *result = r;
    succeeded(db);
    return 0;
}

const struct db_value *db_row(struct db_result *result)
{
    MYSQL_ROW row = mysql_fetch_row(result->res);
    if (!row)
        return NULL;
    unsigned long *lengths = mysql_fetch_lengths(result->res);
    for (size_t i = 0; i < db_columns(result); i++)
        result->row[i] = (struct db_value){.text = row[i], .len = row[i] ? lengths[i] : 0};
    return result->row;
}

size_t db_rows(const struct db_result *result)
{
    return (size_t)mysql_num_rows(result->res);
}

size_t db_columns(const struct db_result *result)
{
    return mysql_num_fields(result->res);
}

const char *db_column_name(const struct db_result *result, size_t column)
{
    return mysql_fetch_field_direct(result->res, (unsigned)column)->name;
}

void db_result_free(struct db_result *result)
{
    if (!result)
        return;
    mysql_free_result(result->res);
    free(result->row);
    free(result);
}

void db_result_cleanup(struct db_result **result)
{
    db_result_free(*result);
    *result = NULL;
}

/* Prepared multi-row inserts */

static int compose_rows(struct db *db, const char *head, const char *tail, size_t columns,
                        size_t rows)
{
    struct buf *b = &db->statement;
    buf_clear(b);
    buf_puts(b, head);
    for (size_t r = 0; r < rows; r++) {
        buf_puts(b, r ? ",(" : " (");
        for (size_t c = 0; c < columns; c++)
            buf_puts(b, c ? ",?" : "?");
        buf_putc(b, ')');
    }
    buf_putc(b, ' ');
    return buf_puts(b, tail);
}

static int fail_stmt(struct db *db, MYSQL_STMT *stmt, struct error *error)
{
    return fail(db, mysql_stmt_errno(stmt), mysql_stmt_sqlstate(stmt), mysql_stmt_error(stmt),
                error);
}

/* Where this statement is in the small cache; else the place of the one that has not been used for
 * the longest time. Full batches come again, the rest of a page hardly ever. */
static struct prepared *prepared_slot(struct db *db, const char *head, const char *tail,
                                      size_t columns, size_t rows)
{
    struct prepared *oldest = &db->prepared[0];
    for (size_t i = 0; i < PREPARED_MAX; i++) {
        struct prepared *p = &db->prepared[i];
        if (p->head == head && p->tail == tail && p->columns == columns && p->rows == rows)
            return p;
        if (p->used < oldest->used)
            oldest = p;
    }
    if (oldest->stmt)
        mysql_stmt_close(oldest->stmt);
    *oldest = (struct prepared){0};
    return oldest;
}

/* Returns the prepared statement for so many rows, from the cache or made now. */
static MYSQL_STMT *prepare(struct db *db, const char *head, const char *tail, size_t columns,
                           size_t rows, struct error *error)
{
    struct prepared *slot = prepared_slot(db, head, tail, columns, rows);
    slot->used = ++db->prepared_uses;
    if (slot->stmt)
        return slot->stmt;
    MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
    if (!stmt || compose_rows(db, head, tail, columns, rows) < 0) {
        if (stmt)
            mysql_stmt_close(stmt);
        error_no_memory(error);
        return NULL;
    }
    if (mysql_stmt_prepare(stmt, db->statement.data, db->statement.len) != 0) {
        fail_stmt(db, stmt, error);
        mysql_stmt_close(stmt);
        return NULL;
    }
    *slot = (struct prepared){.head = head,
                              .tail = tail,
                              .columns = columns,
                              .rows = rows,
                              .stmt = stmt,
                              .used = slot->used};
    return stmt;
}

static void forget(struct db *db, MYSQL_STMT *stmt)
{
    for (size_t i = 0; i < PREPARED_MAX; i++)
        if (db->prepared[i].stmt == stmt) {
            mysql_stmt_close(stmt);
            db->prepared[i] = (struct prepared){0};
        }
}

/* Makes room for so many values. */
static bool reserve_binds(struct db *db, size_t count)
{
    if (count <= db->binds_room)
        return true;
    free(db->binds);
    db->binds = calloc(count, sizeof *db->binds);
    db->binds_room = db->binds ? count : 0;
    return db->binds;
}

/* MariaDB counts the characters of each text that is bound, which is a sixth of its work in an
 * import. What is bound as bytes it does not count, and a utf8mb4 column checks it all the same.
 * MySQL counts neither, and its JSON columns refuse bytes. */
static void bind_values(struct db *db, const struct db_value *values, size_t count)
{
    union {
        const char *in;
        void *out;
    } text; /* the client library only reads, though its type says otherwise */
    bool mariadb = product_of(db) == DB_MARIADB;
    for (size_t i = 0; i < count; i++) {
        MYSQL_BIND *bind = &db->binds[i];
        text.in = values[i].text;
        bind->buffer_type = !text.in                       ? MYSQL_TYPE_NULL
                            : mariadb && values[i].utf8mb4 ? MYSQL_TYPE_BLOB
                                                           : MYSQL_TYPE_STRING;
        bind->buffer = text.out;
        bind->buffer_length = values[i].len;
    }
}

int db_insert(struct db *db, const char *head, const char *tail, const struct db_rows *rows,
              struct error *error)
{
    if (!db->mysql)
        return fail_lost(db, error);
    size_t count = rows->columns * rows->rows, size = PACKET_MARGIN;
    db->values = true;
    for (size_t i = 0; i < count; i++)
        size += rows->values[i].len + 9;
    if (db->packet_max && size > db->packet_max)
        return fail(db, DB_ERROR_TOO_BIG, "HY000", "the rows are too long", error);
    int64_t began = clock_monotonic_ms();
    MYSQL_STMT *stmt = prepare(db, head, tail, rows->columns, rows->rows, error);
    if (!stmt) {
        log_statement(db, head, rows->rows, size, began, true);
        return -1;
    }
    if (!reserve_binds(db, count))
        return error_no_memory(error);
    bind_values(db, rows->values, count);
    db->statements++;
    int done = mysql_stmt_bind_param(stmt, db->binds) || mysql_stmt_execute(stmt) ? -1 : 0;
    log_statement(db, head, rows->rows, size, began, done < 0);
    if (done < 0) {
        fail_stmt(db, stmt, error);
        forget(db, stmt);
        return -1;
    }
    db->affected = (int64_t)mysql_stmt_affected_rows(stmt);
    db->insert_id = (int64_t)mysql_stmt_insert_id(stmt);
    succeeded(db);
    return 0;
}

int db_exec_last(struct db *db, const char *sql, const struct db_value *values, size_t count,
                 struct error *error)
{
    if (!db->mysql)
        return fail_lost(db, error);
    MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
    int done = stmt && reserve_binds(db, count) ? 0 : error_no_memory(error);
    db->values = true;
    if (done == 0) {
        bind_values(db, values, count);
        db->statements++;
        if (mysql_stmt_prepare(stmt, sql, strlen(sql)) != 0 ||
            mysql_stmt_bind_param(stmt, db->binds) || mysql_stmt_execute(stmt) != 0)
            done = fail_stmt(db, stmt, error);
    }
    if (stmt)
        mysql_stmt_close(stmt);
    return done;
}

/* Transactions */

int db_begin(struct db *db, struct error *error)
{
    return db_exec(db, SQL_BEGIN, NULL, 0, error);
}

int db_commit(struct db *db, struct error *error)
{
    return db_exec(db, SQL_COMMIT, NULL, 0, error);
}

void db_rollback(struct db *db)
{
    if (!db->mysql)
        return;
    enum db_failure failure = db->failure;
    unsigned number = db->number;
    struct error ignored = ERROR_INIT;
    if (failure == DB_FAILURE_ACCOUNT && mysql_reset_connection(db->mysql) == 0)
        db->spent = true; /* a ROLLBACK may be one statement too many */
    else if (db_lost(db) || db_exec(db, SQL_ROLLBACK, NULL, 0, &ignored) < 0)
        disconnect(db);
    db->failure = failure;
    db->number = number;
}

int64_t db_affected(const struct db *db)
{
    return db->affected;
}

int64_t db_insert_id(const struct db *db)
{
    return db->insert_id;
}

enum db_failure db_failure(const struct db *db)
{
    return db->failure;
}

bool db_again(const struct db *db, int tries, int64_t began)
{
    int64_t patience = (int64_t)timeout_of(db->options) * 1000;
    if (db->failure == DB_FAILURE_DUPLICATE)
        return tries == 1;
    if (db->failure == DB_FAILURE_ACCOUNT) /* it would cost the connection of db_exec_last */
        return false;
    bool passes =
        db->failure == DB_FAILURE_RETRY || db->failure == DB_FAILURE_LOCKED || db_lost(db);
    return passes && (tries == 1 || clock_monotonic_ms() - began < patience);
}

int64_t db_pause_ms(int tries)
{
    int64_t pause = (int64_t)FIRST_PAUSE_MS << (tries < 16 ? tries - 1 : 15);
    return pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS;
}

int db_retry(const struct db *db, const struct limits *limits, struct db_tries *tries,
             const struct error *why, struct error *error)
{
    if (why->code != ERR_DATABASE || !db_again(db, ++tries->count, tries->began))
        return error_copy(error, why);
    return limits_sleep_ms(limits, db_pause_ms(tries->count), error);
}

bool db_lost(const struct db *db)
{
    return !db->mysql || db->spent || db->failure == DB_FAILURE_CONNECTION ||
           db->failure == DB_FAILURE_CROWDED || db->failure == DB_FAILURE_READ_ONLY;
}

unsigned db_errno(const struct db *db)
{
    return db->number;
}

const struct limits *db_limits(const struct db *db)
{
    return db->options->limits ? db->options->limits : &LIMITS_NONE;
}

const char *db_server(const struct db *db)
{
    return db->mysql ? mysql_get_server_info(db->mysql) : "";
}

bool db_binary_json(const struct db *db)
{
    return product_of(db) == DB_MYSQL;
}

void db_describe(const struct db *db, struct buf *out)
{
    buf_printf(out, "%s, ", mysql_get_host_info(db->mysql));
    db_tls_describe(db->mysql, db->options, db->tls, out);
}

int64_t db_statements(const struct db *db)
{
    return db->statements;
}

const char *db_account(const struct db *db)
{
    return db->account;
}

size_t db_packet_max(const struct db *db)
{
    return db->packet_max;
}

int64_t db_id_step(const struct db *db)
{
    return db->id_step;
}

int64_t db_number(const struct db_value *value)
{
    return value->text ? strtoll(value->text, NULL, 10) : 0;
}

void db_version(struct buf *out)
{
    buf_printf(out, "libmariadb %s", mysql_get_client_info());
}
