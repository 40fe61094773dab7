/* inspect: what `check` asks the database server. */
#include "store/inspect.h"

#include <stdio.h>
#include <strings.h>

#include "store/columns.h"

static const struct column SERVER[] = {
    COLUMN("@@version_comment", struct inspect_server, comment),
    COLUMN("@@global.sql_mode", struct inspect_server, sql_mode),
    COLUMN("@@global.time_zone", struct inspect_server, zone),
    COLUMN("@@system_time_zone", struct inspect_server, system_zone),
    COLUMN("@@auto_increment_increment", struct inspect_server, id_step),
    COLUMN("CURRENT_USER()", struct inspect_server, account),
    COLUMN("UNIX_TIMESTAMP()", struct inspect_server, now),
};
static const struct select READ_SERVER = SELECT(SERVER, struct inspect_server, "");

struct variable {
    const char *name, *value;
};
/* As SHOW gives them. */
static const struct column VARIABLE[] = {
    COLUMN("Variable_name", struct variable, name),
    COLUMN("Value", struct variable, value),
};
static const char SHOW_CLUSTER[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_cluster_name', "
    "'group_replication_group_name', 'group_replication_enforce_update_everywhere_checks')";

struct foreign_key {
    const char *name;
};
static const struct column FOREIGN_KEY[] = {COLUMN("constraint_name", struct foreign_key, name)};
static const struct select FIND_CASCADE = SELECT(
    FOREIGN_KEY, struct foreign_key,
    "FROM information_schema.referential_constraints "
    "WHERE constraint_schema = DATABASE() AND table_name = 'fluent_tickets' "
    "AND (delete_rule IN ('SET NULL', 'CASCADE') OR update_rule IN ('SET NULL', 'CASCADE'))");

static const struct column ORDER[] = {
    COLUMN("EXISTS (SELECT 1 FROM information_schema.STATISTICS d "
           "JOIN information_schema.STATISTICS t ON t.TABLE_SCHEMA = d.TABLE_SCHEMA "
           "AND t.TABLE_NAME = d.TABLE_NAME AND t.INDEX_NAME = d.INDEX_NAME "
           "WHERE d.TABLE_SCHEMA = DATABASE() AND d.TABLE_NAME = 'requests' "
           "AND d.COLUMN_NAME = 'date' AND d.SEQ_IN_INDEX = 1 "
           "AND t.COLUMN_NAME = 'time' AND t.SEQ_IN_INDEX = 2)",
           struct inspect_order, indexed),
    COLUMN("COALESCE((SELECT MAX(id) FROM requests), 0)", struct inspect_order, newest),
};
static const struct select READ_ORDER = SELECT(ORDER, struct inspect_order, "");

/* EXPLAIN asks for the rights of the statement behind it, and runs nothing. */
#define TRY_SELECT "EXPLAIN SELECT 1 FROM %s LIMIT 1"
#define TRY_INSERT "EXPLAIN INSERT INTO %s () VALUES ()"
#define TRY_UPDATE "EXPLAIN UPDATE %s SET %s = 1 WHERE 1 = 0"
#define TRY_DELETE "EXPLAIN DELETE FROM %s WHERE 1 = 0"

static const struct column REQUEST_COLUMN[] = {
    COLUMN("column_name", struct inspect_column, name),
    COLUMN("column_type", struct inspect_column, type),
    COLUMN("character_set_name", struct inspect_column, charset),
    COLUMN("column_default", struct inspect_column, fallback),
    COLUMN("extra", struct inspect_column, extra),
    COLUMN("character_octet_length", struct inspect_column, bytes),
    COLUMN("is_nullable = 'YES'", struct inspect_column, nullable),
};
static const struct select READ_COLUMNS =
    SELECT(REQUEST_COLUMN, struct inspect_column,
           "FROM information_schema.columns WHERE table_schema = DATABASE() "
           "AND table_name = 'requests' ORDER BY ordinal_position");

static const struct db_parameters NONE = {0};

int inspect_server(struct db *db, struct inspect_server *server, struct arena *arena,
                   struct error *error)
{
    struct records found;
    *server = (struct inspect_server){0};
    if (select_records(db, &READ_SERVER, &NONE, &found, arena, error) < 0)
        return -1;
    if (found.count)
        *server = *(const struct inspect_server *)found.rows;
    return 0;
}

static bool is_on(const char *value)
{
    return value && strcasecmp(value, "ON") == 0;
}

int inspect_cluster(struct db *db, struct inspect_cluster *cluster, struct arena *arena,
                    struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    const char *galera = "";
    bool is_galera = false;
    *cluster = (struct inspect_cluster){0};
    if (db_query(db, SHOW_CLUSTER, NULL, &result, error) < 0)
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        struct variable v;
        columns_read(VARIABLE, 2, row, &v, arena);
        if (arena->failed)
            return error_no_memory(error);
        if (strcasecmp(v.name, "wsrep_on") == 0)
            is_galera = is_on(v.value);
        else if (strcasecmp(v.name, "wsrep_cluster_name") == 0)
            galera = v.value;
        else if (strcasecmp(v.name, "group_replication_group_name") == 0)
            cluster->group = v.value && *v.value ? v.value : NULL;
        else
            cluster->everywhere = is_on(v.value);
    }
    cluster->galera = is_galera ? galera : NULL;
    return 0;
}

int inspect_cascade(struct db *db, const char **name, struct arena *arena, struct error *error)
{
    struct records found;
    *name = NULL;
    if (select_records(db, &FIND_CASCADE, &NONE, &found, arena, error) < 0)
        return -1;
    if (found.count)
        *name = ((const struct foreign_key *)found.rows)->name;
    return 0;
}

int inspect_order(struct db *db, struct inspect_order *order, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, &READ_ORDER, &NONE, &found, &arena, error);
    *order = found.count ? *(const struct inspect_order *)found.rows : (struct inspect_order){0};
    arena_release(&arena);
    return done;
}

int inspect_right(struct db *db, enum right right, const char *table, const char *column,
                  struct error *error)
{
    char sql[256];
    switch (right) {
    case RIGHT_SELECT:
        snprintf(sql, sizeof sql, TRY_SELECT, table);
        break;
    case RIGHT_INSERT:
        snprintf(sql, sizeof sql, TRY_INSERT, table);
        break;
    case RIGHT_UPDATE:
        snprintf(sql, sizeof sql, TRY_UPDATE, table, column);
        break;
    case RIGHT_DELETE:
        snprintf(sql, sizeof sql, TRY_DELETE, table);
        break;
    }
    return db_exec(db, sql, NULL, 0, error);
}

int inspect_columns(struct db *db, struct inspect_columns *columns, struct arena *arena,
                    struct error *error)
{
    struct records found;
    int done = select_records(db, &READ_COLUMNS, &NONE, &found, arena, error);
    *columns = (struct inspect_columns){found.rows, found.count};
    return done;
}
