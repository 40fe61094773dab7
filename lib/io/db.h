/* db: MySQL and MariaDB. The only module that knows the client library. */
#ifndef FLUENT_SYNC_DB_H
#define FLUENT_SYNC_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/db_options.h"

struct db;

/* What a failure speaks of, and so what can be done about it: see db_errors.c. It is the cause of
 * each error of ERR_DATABASE that a function below gives. They are in order: the later one
 * stands, the more it needs a person. */
enum db_failure {
    DB_FAILURE_NONE = 0,
    /* Trying again can help. */
    DB_FAILURE_RETRY = ERROR_DB, /* the transaction: a deadlock, a conflict between cluster nodes */
    DB_FAILURE_LOCKED,     /* the transaction: it waited too long for another session's lock */
    DB_FAILURE_CONNECTION, /* on a new connection: this one is lost, or none could be made */
    DB_FAILURE_CROWDED,    /* the same, once others have gone: it has too many connections */
    DB_FAILURE_READ_ONLY,  /* on another server, or later: this one takes no writes now */
    /* One row is refused; the others are not affected. */
    DB_FAILURE_ROW,
    DB_FAILURE_DUPLICATE, /* by a unique key; once, as another session may have been faster */
    DB_FAILURE_TOO_BIG,   /* it is longer than max_allowed_packet */
    /* A person must act. */
    DB_FAILURE_STATEMENT,
    DB_FAILURE_MISSING, /* no such table, column or database */
    DB_FAILURE_INDEX,   /* no such index */
    DB_FAILURE_SCHEMA,  /* what is to be made is there already, or what is to be dropped is not */
    DB_FAILURE_TABLE,
    DB_FAILURE_RIGHT, /* the account lacks it */
    DB_FAILURE_ACCOUNT,
    DB_FAILURE_SERVER,
    DB_FAILURE_UNKNOWN, /* a number that the table of errors does not have */
};
/* Does the failure concern one row, so that others can still be stored? */
static inline bool db_refuses_row(enum db_failure failure)
{
    return failure == DB_FAILURE_ROW || failure == DB_FAILURE_DUPLICATE ||
           failure == DB_FAILURE_TOO_BIG;
}

/* A bound value or a column of a result. Text is UTF-8, not necessarily NUL-terminated when bound;
 * in results it is NUL-terminated and belongs to the result. */
struct db_value {
    const char *text; /* NULL: SQL NULL */
    size_t len;
    bool number;  /* made by db_int: stands in a statement without quotes */
    bool utf8mb4; /* goes into a column of that character set, which takes the bytes as they are */
};

/* A text constant or string as a value; NULL gives SQL NULL. */
struct db_value db_text(const char *text);
/* A number as a value; `digits` (DB_DIGITS bytes, the caller's) holds its text. */
enum { DB_DIGITS = 24 };
struct db_value db_int(int64_t number, char digits[DB_DIGITS]);

/* The sql_mode of each session. NO_BACKSLASH_ESCAPES: where a binary log is written, MySQL makes
 * the text of every prepared INSERT with its values in it, and throws it away. To escape
 * backslashes was a fifth of its time. */
#define DB_SQL_MODE "NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"

/*
 * Connects to the first host that answers and is not a node outside its cluster; of several hosts
 * to the first that can be written to, if there is one. The session uses UTF-8 (utf8mb4), the time
 * zone +00:00, DB_SQL_MODE, and `session_s` as its wait_timeout (0: the server's). LOAD DATA
 * LOCAL is off, every statement counts the rows that it matches (CLIENT_FOUND_ROWS), autocommit is
 * on, a COMMIT begins no transaction, and the server limits no result's rows. A server with too
 * many connections is asked again: see db_again. -1 with ERR_DATABASE: a line of the message for
 * each host that was tried, cause and advice of the failure that most needs a person; with the code
 * of limits_check when the limits ended it; or with ERR_INTERNAL when there is no memory. `options`
 * must outlive `*db`.
 */
int db_open(struct db **db, const struct db_options *options, int session_s, const struct log *log,
            struct error *error);
void db_close(struct db *db);
/* Drops the connection and makes a new one, as db_open did. */
int db_reconnect(struct db *db, struct error *error);
/* Was a thread left behind that waits for a server? Then the process must end by _exit, as that
 * thread still uses what exit() would take down. */
bool db_left_behind(void);
/* Drops a connection that is not in the state it should be in. It counts as lost. */
void db_drop(struct db *db);

/*
 * Runs one statement. Each `?` of `sql` stands for the next of the `count` values, quoted so
 * that it means the same under every sql_mode. `sql` is a constant; it has no `?` within a string.
 * On success the affected (matched) rows are in db_affected. On -1 db_failure tells the kind.
 */
int db_exec(struct db *db, const char *sql, const struct db_value *values, size_t count,
            struct error *error);

/* What a statement is given. `list` stands for its one `?*`, comma-separated, in IN (?*). */
struct db_parameters {
    const struct db_value *values;
    size_t count;
    const struct db_value *list;
    size_t list_count; /* at least 1, where the query has a `?*` */
};

/* db_exec with a list. */
int db_change(struct db *db, const char *sql, const struct db_parameters *parameters,
              struct error *error);

/* Runs a statement that returns rows, with `parameters` (NULL: none). The caller owns `*result`,
 * which holds all rows. */
struct db_result;
int db_query(struct db *db, const char *sql, const struct db_parameters *parameters,
             struct db_result **result, struct error *error);

/* The next row: an array of db_columns values, or NULL after the last one. */
const struct db_value *db_row(struct db_result *result);
size_t db_rows(const struct db_result *result);
size_t db_columns(const struct db_result *result);
const char *db_column_name(const struct db_result *result, size_t column);
void db_result_free(struct db_result *result);
/* Frees `*result`, for __attribute__((cleanup)). */
void db_result_cleanup(struct db_result **result);

/* Rows of `columns` values each, one behind the other. */
struct db_rows {
    const struct db_value *values;
    size_t columns, rows;
};

/* Inserts rows with one prepared statement `head (?,..),(?,..) tail`; head and tail are constants.
 * The first automatic id is in db_insert_id. */
int db_insert(struct db *db, const char *head, const char *tail, const struct db_rows *rows,
              struct error *error);

/*
 * Runs one more statement after DB_FAILURE_ACCOUNT and db_rollback: when the account has used up
 * its statements for the hour, servers still accept a prepared one, which they do not count. This
 * is how the end of a run is recorded. The session's settings do not hold for it, and the
 * connection counts as lost afterwards.
 */
int db_exec_last(struct db *db, const char *sql, const struct db_value *values, size_t count,
                 struct error *error);

int db_begin(struct db *db, struct error *error);
int db_commit(struct db *db, struct error *error);
/* Rolls back. A connection that is gone counts as rolled back; one that cannot roll back is
 * dropped, as the next START TRANSACTION would commit what is open. */
void db_rollback(struct db *db);

int64_t db_affected(const struct db *db);
int64_t db_insert_id(const struct db *db);
/* The kind of the last failure on this connection; forgotten at the next success. */
enum db_failure db_failure(const struct db *db);
/*
 * After `tries` failures since `began` (clock_monotonic_ms): is it worth trying again after
 * db_pause_ms? It is for what passes by itself: a deadlock, a lost connection, a server that takes
 * no writes while its cluster elects a primary; and once for a duplicate, which another session may
 * have committed in between, or this one in a commit whose answer was lost. Never after
 * DB_FAILURE_ACCOUNT: connecting anew would end the connection that db_exec_last needs. All tries
 * together do not wait much longer than the options' timeout.
 */
bool db_again(const struct db *db, int tries, int64_t began);
int64_t db_pause_ms(int tries);
/* Counts the tries of one thing, beginning as `{.began = clock_monotonic_ms()}`; `count` failed. */
struct db_tries {
    int64_t began;
    int count;
};
/* To be called after a try that failed with `why`. Returns 0, after a pause, when it is worth
 * trying again; else -1 with `why`, or with the error of limits_check when the run has to end. */
int db_retry(const struct db *db, const struct limits *limits, struct db_tries *tries,
             const struct error *why, struct error *error);
/* Is there no usable connection, because the last failure ended it or showed that it is to the
 * wrong server? Then call db_reconnect before anything else. */
bool db_lost(const struct db *db);
/* MySQL's number of the last error, 0 for none; for tests alone. */
unsigned db_errno(const struct db *db);
/* The limits of the options; limits that never end where there are none. */
const struct limits *db_limits(const struct db *db);
/* "10.11.6-MariaDB" or "8.0.36" */
const char *db_server(const struct db *db);
/* The account as it stands in a GRANT, 'user'@'host'; "" when it is not known. */
const char *db_account(const struct db *db);
/* Is the server's JSON type binary, so that numbers become 64-bit integers and doubles? MySQL's is;
 * MariaDB's is a text. */
bool db_binary_json(const struct db *db);
/* Appends how it is connected: "127.0.0.1 via TCP/IP", the cipher, if any, and how the server was
 * verified. */
void db_describe(const struct db *db, struct buf *out);
/* The statements sent so far; a prepared one counts each time that it is executed. */
int64_t db_statements(const struct db *db);
/* The longest statement that the server takes, in bytes. */
size_t db_packet_max(const struct db *db);
/* The step between the automatic ids of one statement's rows. */
int64_t db_id_step(const struct db *db);
/* The number in a value, 0 for NULL. */
int64_t db_number(const struct db_value *value);

/* Appends the name and version of the library in use: "libmariadb 3.3.8". */
void db_version(struct buf *out);

#endif
