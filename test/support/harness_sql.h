/* harness_sql: SQL through the client library itself; the harness's own affairs. */
#ifndef HARNESS_SQL_H
#define HARNESS_SQL_H

#include "harness.h"

/* Runs statements in this database (NULL: in none) as root, in a session that keeps nothing of
 * earlier ones. The rows as harness_table has them; `raw`: without escapes. */
char *sql_query(struct harness *h, const char *database, bool raw, const char *sql);
/* Ends the connection, if there is one. */
void sql_close(struct harness *h);

#endif
