/* migrate_rewrite: how long the upgrade of a table of the replaced service keeps others from
 * writing. */
#include <stdio.h>
#include <string.h>

#include "store/columns.h"
#include "store/migrate.h"

struct size {
    int64_t bytes;
};
static const struct column SIZE[] = {COLUMN("t.DATA_LENGTH", struct size, bytes)};
/* What makes a server copy the table: see 001_first. */
static const struct select LOOK =
    SELECT(SIZE, struct size,
           "FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = DATABASE() "
           "AND t.TABLE_NAME = 'fluent_tickets' AND (t.ENGINE <> 'InnoDB' OR "
           "t.TABLE_COLLATION NOT LIKE 'utf8mb4%' OR EXISTS (SELECT 1 FROM "
           "information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA "
           "AND c.TABLE_NAME = t.TABLE_NAME AND (c.COLUMN_NAME = 'customer_message' "
           "AND c.DATA_TYPE NOT IN ('mediumtext', 'longtext') OR c.CHARACTER_SET_NAME <> 'utf8mb4' "
           "AND c.COLUMN_NAME <> 'fingerprint' OR c.COLUMN_NAME = 'fluent_id' "
           "AND c.COLLATION_NAME <> 'utf8mb4_bin')))");

/* Measured on two cores: 100,000 rows of 520 MB in 11.5 s. A server may not know yet how large a
 * table is. */
enum { BYTES_A_SECOND = 45000000, ROWS_A_SECOND = 8700 };

/* MariaDB 11.2 Release Notes: "ALTER TABLE can do most operations with ALGORITHM=COPY, LOCK=NONE".
 */
static bool copies_online(const char *server)
{
    int major = 0, minor = 0;
    return strstr(server, "MariaDB") && sscanf(server, "%d.%d", &major, &minor) == 2 &&
           (major > 11 || (major == 11 && minor >= 2));
}

int migrate_look(struct db *db, struct migrate_rewrite *rewrite, struct error *error)
{
    static const struct db_parameters none = {.values = NULL};
    struct arena arena = ARENA_INIT;
    struct records found;
    *rewrite = (struct migrate_rewrite){.rows = 0};
    int version = migrate_version(db, error);
    if (version != 0) /* 001_first is done, and is not run again */
        return version < 0 ? -1 : 0;
    int done = select_records(db, &LOOK, &none, &found, &arena, error);
    if (done == 0 && found.count)
        done = select_count(db, "FROM fluent_tickets", &none, &rewrite->rows, error);
    if (rewrite->rows) {
        int64_t by_bytes = ((const struct size *)found.rows)->bytes / BYTES_A_SECOND;
        rewrite->seconds = rewrite->rows / ROWS_A_SECOND;
        if (by_bytes > rewrite->seconds)
            rewrite->seconds = by_bytes;
        rewrite->online = copies_online(db_server(db));
    }
    arena_release(&arena);
    return done;
}
