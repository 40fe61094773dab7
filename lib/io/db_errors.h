/* db_errors: what the error numbers of MySQL and MariaDB speak of, and how they are told. Without
 * the client library. */
#ifndef FLUENT_SYNC_DB_ERRORS_H
#define FLUENT_SYNC_DB_ERRORS_H

#include <stdbool.h>

#include "io/db.h"

/* Numbers that db.c raises itself. */
enum {
    DB_ERROR_READ_ONLY = 1290,
    DB_ERROR_LOST = 2006,
    DB_ERROR_TOO_BIG = 2020,
    DB_ERROR_TLS = 2026
};

/* What a server, or the client library, answered to a statement. */
struct db_answer {
    unsigned number;
    const char *state; /* the SQLSTATE, five characters */
    const char *text;
    enum db_product { DB_UNKNOWN, DB_MYSQL, DB_MARIADB } product; /* above 1877 they differ */
    bool values;          /* values of rows went with the statement: the text may quote them */
    const char *account;  /* as it stands in a GRANT; NULL or "" when it is not known */
    const char *database; /* NULL: not known */
};

/* "user@host", as CURRENT_USER() gives it, as it stands in a GRANT: 'user'@'host'. */
enum { DB_ACCOUNT_SIZE = 384 };
void db_account_quote(const char *text, char account[DB_ACCOUNT_SIZE]);

/* Where the client library tells of a server's error inside an error of its own, as it does of one
 * that comes before TLS is spoken ("too many connections"), `answer` becomes the server's. */
void db_error_unwrap(struct db_answer *answer);

/*
 * The error of it: ERR_DATABASE, an enum db_failure as the cause, and what to do. The message says
 * what is wrong, the name of the column, key or constraint when the answer has one, and the number.
 * Never a row's value: of what is said of a row the server's text is not used (a trigger's holds
 * whatever it likes), of anything else without what it quotes. The
 * advice about a missing right is the GRANT that gives it.
 */
void db_error_fill(const struct db_answer *answer, struct error *error);

#endif
