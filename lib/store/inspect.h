/* inspect: what `check` asks the server about itself, the account and the columns of requests. */
#ifndef FLUENT_SYNC_STORE_INSPECT_H
#define FLUENT_SYNC_STORE_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/db.h"
#include "store/rights.h"

/* Of all of these: texts are in `arena`, or NULL; -1 with ERR_DATABASE and an enum db_failure when
 * it cannot be asked for. */

struct inspect_server {
    const char *comment, *sql_mode, *zone, *system_zone, *id_step, *account;
    int64_t now; /* seconds since 1970 */
};
int inspect_server(struct db *db, struct inspect_server *server, struct arena *arena,
                   struct error *error);

/* Of a cluster; NULL or false where it is none. */
struct inspect_cluster {
    const char *galera; /* its name */
    const char *group;  /* of group replication */
    bool everywhere;    /* that group has several primaries */
};
int inspect_cluster(struct db *db, struct inspect_cluster *cluster, struct arena *arena,
                    struct error *error);

/* *name: a foreign key of fluent_tickets that cascades; NULL: there is none. */
int inspect_cascade(struct db *db, const char **name, struct arena *arena, struct error *error);

/* The newest requests are listed by date, time and id. */
struct inspect_order {
    bool indexed;   /* by date and time, so that they need not be sorted */
    int64_t newest; /* the largest id: about how many rows there are at most */
};
int inspect_order(struct db *db, struct inspect_order *order, struct error *error);

/* May the account do this with a table? Nothing is changed. `column`: any column, for asking about
 * UPDATE. 0: it may. -1: it may not when the error's cause is DB_FAILURE_RIGHT; any other cause
 * says why that could not be found out. */
int inspect_right(struct db *db, enum right right, const char *table, const char *column,
                  struct error *error);

/* A column of requests. */
struct inspect_column {
    const char *name, *type, *charset, *fallback, *extra;
    int64_t bytes; /* of a text */
    bool nullable;
};
struct inspect_columns {
    struct inspect_column *rows;
    size_t count;
};
int inspect_columns(struct db *db, struct inspect_columns *columns, struct arena *arena,
                    struct error *error);

#endif
