/* db_sql: the statements about the session and the server, which know no table. */
#ifndef FLUENT_SYNC_DB_SQL_H
#define FLUENT_SYNC_DB_SQL_H

#include "io/db.h"

#define SQL_SESSION SQL_SESSION_SERVER_WAIT ", wait_timeout = ?"
#define SQL_SESSION_SERVER_WAIT                                                                    \
    "SET NAMES utf8mb4, SESSION time_zone = '+00:00', sql_mode = '" DB_SQL_MODE "', "              \
    "autocommit = 1, completion_type = 0, sql_select_limit = 18446744073709551615, "               \
    "innodb_lock_wait_timeout = ?, lock_wait_timeout = ?" ROWS_AS_THEY_ARE
/* By default MariaDB 11.6.2 and later refuses (1020) a row that was changed since the transaction
 * began, as the lease's is by the page before. Other servers take this for a comment. */
#define ROWS_AS_THEY_ARE " /*M!110602 , innodb_snapshot_isolation = OFF */"
#define SQL_SERVER_LIMITS "SELECT @@max_allowed_packet, @@auto_increment_increment, CURRENT_USER()"
/* A secondary of a group, a replica, a server that is on its way out. */
#define SQL_READ_ONLY "SELECT @@global.read_only, @@global.innodb_read_only"
#define SQL_BEGIN "START TRANSACTION"
#define SQL_COMMIT "COMMIT"
#define SQL_ROLLBACK "ROLLBACK"

#endif
