/* database: the server, the schema, and what the account may do with each table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/findings.h"
#include "check/subjects.h"
#include "store/dashboard.h"
#include "store/migrate.h"
#include "store/sql.h"

enum {
    PACKET_SMALL = 4 << 20,
    CLOCK_OFF_S = 60,
    MISSING_MAX = 1024,
    CONNECTION_MAX = 8192,
};

/* The server */

static void check_connection(struct check *c)
{
    struct buf how;
    buf_init(&how, CONNECTION_MAX);
    db_describe(c->db, &how);
    check_ok(c, "database.connection", "%s, %s, database %s", db_server(c->db), buf_text(&how),
             c->config->mysql.database ? c->config->mysql.database : "-");
    buf_release(&how);
}

static const char *text_of(const struct db_value *value)
{
    return value->text ? value->text : "";
}

static void check_time(struct check *c, const struct db_value *row)
{
    int64_t off = db_number(&row[6]) - clock_wall_ms() / 1000;
    const char *zone =
        strcasecmp(text_of(&row[2]), "SYSTEM") == 0 ? text_of(&row[3]) : text_of(&row[2]);
    if (llabs(off) > CLOCK_OFF_S)
        check_warn(c, "database.clock", "set both by NTP; `status --max-age` compares them",
                   "%" PRId64 " s %s this machine's", (int64_t)llabs(off),
                   off > 0 ? "ahead of" : "behind");
    else
        check_ok(c, "database.clock",
                 "as this machine's, within %d s; its zone is %s, a sync's session is in UTC",
                 CLOCK_OFF_S, zone);
}

static void check_settings(struct check *c, const struct db_value *row)
{
    static const char name[] = "database.settings";
    int64_t packet = (int64_t)db_packet_max(c->db);
    if (packet < PACKET_SMALL)
        check_warn(c, name,
                   "SET GLOBAL max_allowed_packet = 67108864, and in the server's "
                   "configuration",
                   "max_allowed_packet is %" PRId64 " KiB: a larger ticket becomes a reject",
                   packet / 1024);
    else
        check_ok(c, name, "max_allowed_packet %" PRId64 " MiB", packet >> 20);
    check_detail(c, "account %s", text_of(&row[5]));
    check_detail(c, "server: %s", text_of(&row[0]));
    check_detail(c,
                 "sql_mode of the server: %s; of a sync's session: STRICT_ALL_TABLES,"
                 "NO_ENGINE_SUBSTITUTION",
                 text_of(&row[1]));
    check_detail(c, "auto_increment_increment %s", text_of(&row[4]));
}

/* A group in multi-primary mode refuses to write to a table with a foreign key that cascades. */
static void check_group(struct check *c)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct error why = ERROR_INIT;
    if (db_query(c->db, SQL_CHECK_CASCADES, NULL, 0, NULL, 0, &result, &why) < 0) {
        check_warn_error(c, "database.cluster", &why);
        return;
    }
    const struct db_value *row = db_row(result);
    if (!row) {
        check_ok(c, "database.cluster", "group replication, several primaries");
        return;
    }
    char *advice = arena_printf(&c->arena, "ALTER TABLE fluent_tickets DROP FOREIGN KEY `%s`",
                                text_of(&row[0]));
    check_fail(c, "database.cluster", RANK_WRITING, ERR_DATABASE, advice,
               "group replication with several primaries refuses the foreign key of fluent_tickets "
               "that cascades; it is not relied on");
}

static void check_cluster(struct check *c)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct error why = ERROR_INIT;
    const char *galera = NULL, *group = NULL, *name = "";
    bool everywhere = false;
    if (db_query(c->db, SQL_CHECK_CLUSTER, NULL, 0, NULL, 0, &result, &why) < 0) {
        check_warn_error(c, "database.cluster", &why);
        return;
    }
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        const char *value = arena_printf(&c->arena, "%s", text_of(&row[1]));
        if (strcasecmp(text_of(&row[0]), "wsrep_on") == 0 && value && strcasecmp(value, "ON") == 0)
            galera = value;
        else if (strcasecmp(text_of(&row[0]), "wsrep_cluster_name") == 0 && value)
            name = value;
        else if (strcasecmp(text_of(&row[0]),
                            "group_replication_enforce_update_everywhere_checks") == 0)
            everywhere = value && strcasecmp(value, "ON") == 0;
        else if (strncasecmp(text_of(&row[0]), "group_", 6) == 0 && value && *value)
            group = value;
    }
    if (galera)
        check_ok(c, "database.cluster", "Galera, \"%s\"", name);
    else if (group && everywhere)
        check_group(c);
    else
        check_ok(c, "database.cluster", group ? "group replication" : "none");
}

static void check_server(struct check *c)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct error why = ERROR_INIT;
    if (db_query(c->db, SQL_CHECK_SERVER, NULL, 0, NULL, 0, &result, &why) < 0) {
        check_warn_error(c, "database.settings", &why);
        return;
    }
    const struct db_value *row = db_row(result);
    if (!row)
        return;
    check_settings(c, row);
    check_time(c, row);
    check_cluster(c);
}

/* The schema */

static void check_schema(struct check *c)
{
    struct error ignored = ERROR_INIT;
    if (c->schema_error.code)
        check_fail_error(c, "database.schema", RANK_DATABASE, &c->schema_error);
    else
        check_ok(c, "database.schema", "version %d, as this program needs it",
                 migrate_version(c->db, &ignored));
}

/* Rights */

enum right { RIGHT_SELECT = 1, RIGHT_INSERT = 2, RIGHT_UPDATE = 4, RIGHT_DELETE = 8 };

/* What a run does with each table; `early`: before it asks the site. */
static const struct {
    const char *table, *column; /* any column that is updated */
    int rights;
    bool early;
} TABLES[] = {
    {"requests", "status", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE, false},
    {"fluent_tickets", "title", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE, false},
    {"fluent_sync_state", "lease_owner", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE, true},
    {"fluent_sync_status", "error_message",
     RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE | RIGHT_DELETE, true},
    {"fluent_walk_pages", "row_count", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE | RIGHT_DELETE,
     false},
    {"fluent_rejects", "reason", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE | RIGHT_DELETE, true},
    {"fluent_schema_version", "", RIGHT_SELECT, true},
};
enum { TABLES_COUNT = sizeof TABLES / sizeof *TABLES };

/* DB_FAILURE_NONE: it may; else why not, with `why` set. */
static enum db_failure ask_right(struct check *c, size_t table, enum right right, struct error *why)
{
    const char *t = TABLES[table].table, *column = TABLES[table].column;
    char sql[256];
    switch (right) {
    case RIGHT_SELECT:
        snprintf(sql, sizeof sql, SQL_CHECK_SELECT, t);
        break;
    case RIGHT_INSERT:
        snprintf(sql, sizeof sql, SQL_CHECK_INSERT, t);
        break;
    case RIGHT_UPDATE:
        snprintf(sql, sizeof sql, SQL_CHECK_UPDATE, t, column);
        break;
    case RIGHT_DELETE:
        snprintf(sql, sizeof sql, SQL_CHECK_DELETE, t);
        break;
    }
    error_clear(why);
    db_exec(c->db, sql, NULL, 0, why);
    return db_failure(c->db);
}

/* The names of the rights on a table that are missing, comma-separated, in `missing`. false when
 * the questions themselves failed: `why` says how. */
static bool ask_table(struct check *c, size_t table, struct buf *missing, struct error *why)
{
    static const struct {
        enum right right;
        const char *name;
    } rights[] = {{RIGHT_SELECT, "SELECT"},
                  {RIGHT_INSERT, "INSERT"},
                  {RIGHT_UPDATE, "UPDATE"},
                  {RIGHT_DELETE, "DELETE"}};
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        if (!(TABLES[table].rights & (int)rights[i].right))
            continue;
        enum db_failure failure = ask_right(c, table, rights[i].right, why);
        if (failure == DB_FAILURE_RIGHT)
            buf_printf(missing, "%s%s", missing->len ? ", " : "", rights[i].name);
        else if (failure != DB_FAILURE_NONE)
            return false;
    }
    return true;
}

static void check_rights(struct check *c)
{
    static const char name[] = "database.rights";
    struct buf missing;
    char *grants[TABLES_COUNT];
    size_t count = 0;
    enum check_rank rank = RANK_WRITING;
    struct dashboard requests;
    struct error ignored = ERROR_INIT; /* database.engine meets it again */
    dashboard_look(c->db, &requests, &ignored);
    buf_init(&missing, MISSING_MAX);
    for (size_t i = 0; i < TABLES_COUNT; i++) {
        struct error why = ERROR_INIT;
        buf_clear(&missing);
        /* EXPLAIN asks for rights on what is behind a view, which a run does not need. */
        if (requests.view && strcmp(TABLES[i].table, "requests") == 0)
            continue;
        if (!ask_table(c, i, &missing, &why)) {
            check_fail_error(c, name, RANK_DATABASE, &why);
            goto out;
        }
        if (!missing.len)
            continue;
        rank = TABLES[i].early ? RANK_DATABASE : rank;
        grants[count] =
            arena_printf(&c->arena, "missing: %s on %s", buf_text(&missing), TABLES[i].table);
        count += grants[count] != NULL;
    }
    if (count)
        check_fail(c, name, rank, ERR_DATABASE,
                   "grant them to this account; the GRANT statements are in the README",
                   "the account lacks rights on %zu of %d tables", count, (int)TABLES_COUNT);
    else
        check_ok(c, name, "all that a run needs, on %d tables", (int)TABLES_COUNT);
    for (size_t i = 0; i < count; i++)
        check_detail(c, "%s", grants[i]);
out:
    buf_release(&missing);
}

void check_database(struct check *c)
{
    if (!c->db) {
        check_fail_error(c, "database.connection", RANK_DATABASE, &c->db_error);
        return;
    }
    check_connection(c);
    check_server(c);
    check_schema(c);
    if (c->store)
        check_rights(c);
    else
        check_skip(c, "database.rights", "the tables are not there yet");
}
