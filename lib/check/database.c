/* database: the server, the schema, and what the account may do with each table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/findings.h"
#include "check/subjects.h"
#include "store/dashboard.h"
#include "store/inspect.h"
#include "store/migrate.h"

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

static const char *shown(const char *text)
{
    return text ? text : "";
}

static void check_time(struct check *c, const struct inspect_server *server)
{
    int64_t off = server->now - clock_wall_ms() / 1000;
    bool system = server->zone && strcasecmp(server->zone, "SYSTEM") == 0;
    const char *zone = shown(system ? server->system_zone : server->zone);
    if (llabs(off) > CLOCK_OFF_S)
        check_warn(c, "database.clock", "set both by NTP; `status --max-age` compares them",
                   "%" PRId64 " s %s this machine's", (int64_t)llabs(off),
                   off > 0 ? "ahead of" : "behind");
    else
        check_ok(c, "database.clock",
                 "agrees with this machine's within %d s; its zone is %s, a sync's session is in "
                 "UTC",
                 CLOCK_OFF_S, zone);
}

static void check_settings(struct check *c, const struct inspect_server *server)
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
    check_detail(c, "account %s", shown(server->account));
    check_detail(c, "server: %s", shown(server->comment));
    check_detail(c, "sql_mode of the server: %s; of a sync's session: " DB_SQL_MODE,
                 shown(server->sql_mode));
    check_detail(c, "auto_increment_increment %s", shown(server->id_step));
}

/* A group with several primaries refuses to write to a table with a foreign key that cascades. */
static void check_group(struct check *c)
{
    const char *cascade;
    struct error why = ERROR_INIT;
    if (inspect_cascade(c->db, &cascade, &c->arena, &why) < 0) {
        check_warn_error(c, "database.cluster", &why);
        return;
    }
    if (!cascade) {
        check_ok(c, "database.cluster", "group replication, several primaries");
        return;
    }
    char *advice =
        arena_printf(&c->arena, "ALTER TABLE fluent_tickets DROP FOREIGN KEY `%s`", cascade);
    check_fail(c, "database.cluster", RANK_WRITING, ERR_DATABASE, advice,
               "group replication with several primaries refuses the foreign key of fluent_tickets "
               "that cascades; it is not relied on");
}

static void check_cluster(struct check *c)
{
    struct inspect_cluster cluster;
    struct error why = ERROR_INIT;
    if (inspect_cluster(c->db, &cluster, &c->arena, &why) < 0)
        check_warn_error(c, "database.cluster", &why);
    else if (cluster.galera)
        check_ok(c, "database.cluster", "Galera, \"%s\"", cluster.galera);
    else if (cluster.group && cluster.everywhere)
        check_group(c);
    else
        check_ok(c, "database.cluster", cluster.group ? "group replication" : "none");
}

static void check_server(struct check *c)
{
    struct inspect_server server;
    struct error why = ERROR_INIT;
    if (inspect_server(c->db, &server, &c->arena, &why) < 0) {
        check_warn_error(c, "database.settings", &why);
        return;
    }
    check_settings(c, &server);
    check_time(c, &server);
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

/* What a run does with each table; `early`: before it asks the site. */
static const struct {
    const char *table, *column; /* one of the columns that a run updates */
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

/* Lists in `missing` the rights on a table that are missing, comma-separated. false when asking
 * itself failed, with `why` set. */
static bool ask_table(struct check *c, size_t table, struct buf *missing, struct error *why)
{
    static const struct {
        enum inspect_right right;
        const char *name;
    } rights[] = {{RIGHT_SELECT, "SELECT"},
                  {RIGHT_INSERT, "INSERT"},
                  {RIGHT_UPDATE, "UPDATE"},
                  {RIGHT_DELETE, "DELETE"}};
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        if (!(TABLES[table].rights & (int)rights[i].right))
            continue;
        error_clear(why);
        if (inspect_right(c->db, rights[i].right, TABLES[table].table, TABLES[table].column, why) ==
            0)
            continue;
        if (why->cause != DB_FAILURE_RIGHT)
            return false;
        buf_printf(missing, "%s%s", missing->len ? ", " : "", rights[i].name);
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
    struct error ignored = ERROR_INIT; /* database.engine reports it */
    dashboard_look(c->db, &requests, &ignored);
    buf_init(&missing, MISSING_MAX);
    for (size_t i = 0; i < TABLES_COUNT; i++) {
        struct error why = ERROR_INIT;
        buf_clear(&missing);
        /* For a view EXPLAIN asks for rights on the tables behind it, which a run does not need. */
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
        check_ok(c, name, "everything that a run needs, on %d tables", (int)TABLES_COUNT);
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
