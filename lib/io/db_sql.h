/* db_sql: the statements about the session and the server, which know no table. */
#ifndef FLUENT_SYNC_DB_SQL_H
#define FLUENT_SYNC_DB_SQL_H

/* NO_BACKSLASH_ESCAPES: where a binary log is written, MySQL makes the text of every prepared
 * INSERT with its values in it, and throws it away. To escape backslashes was a fifth of its time.
 */
#define SQL_SESSION SQL_SESSION_SERVER_WAIT ", wait_timeout = ?"
#define SQL_SESSION_SERVER_WAIT                                                                    \
    "SET NAMES utf8mb4, SESSION time_zone = '+00:00', sql_mode = "                                 \
    "'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "                            \
    "autocommit = 1, innodb_lock_wait_timeout = ?, lock_wait_timeout = ?"
#define SQL_SERVER_LIMITS "SELECT @@max_allowed_packet, @@auto_increment_increment"
/* A secondary of a group, a replica, a server that is on its way out. */
#define SQL_READ_ONLY "SELECT @@global.read_only, @@global.innodb_read_only"
#define SQL_BEGIN "START TRANSACTION"
#define SQL_COMMIT "COMMIT"
#define SQL_ROLLBACK "ROLLBACK"

#endif
