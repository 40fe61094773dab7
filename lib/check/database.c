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
#include "store/rights.h"

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

/* The rights on a table that are missing, as bits. -1 when asking itself failed, with `why` set. */
static int ask_table(struct check *c, const struct rights *on, struct error *why)
{
    int missing = 0;
    for (int right = 1; right <= on->needed; right <<= 1) {
        error_clear(why);
        if (!(on->needed & right) ||
            inspect_right(c->db, (enum right)right, on->table, on->column, why) == 0)
            continue;
        if (why->cause != DB_FAILURE_RIGHT)
            return -1;
        missing |= right;
    }
    return missing;
}

static void check_rights(struct check *c)
{
    static const char name[] = "database.rights";
    struct buf missing;
    char *grants[RIGHTS_COUNT];
    size_t count = 0;
    enum check_rank rank = RANK_WRITING;
    struct dashboard requests;
    struct error ignored = ERROR_INIT; /* database.engine reports it */
    dashboard_look(c->db, &requests, &ignored);
    buf_init(&missing, MISSING_MAX);
    for (size_t i = 0; i < RIGHTS_COUNT; i++) {
        struct error why = ERROR_INIT;
        buf_clear(&missing);
        /* For a view EXPLAIN asks for rights on the tables behind it, which a run does not need. */
        if (requests.view && strcmp(RIGHTS[i].table, "requests") == 0)
            continue;
        int lacks = ask_table(c, &RIGHTS[i], &why);
        if (lacks < 0) {
            check_fail_error(c, name, RANK_DATABASE, &why);
            goto out;
        }
        if (!lacks)
            continue;
        rights_print(&missing, lacks);
        rank = RIGHTS[i].early ? RANK_DATABASE : rank;
        grants[count] = arena_printf(&c->arena, "GRANT %s ON `%s`.%s TO %s", buf_text(&missing),
                                     c->config->mysql.database, RIGHTS[i].table, db_account(c->db));
        count += grants[count] != NULL;
    }
    if (count)
        check_fail(c, name, rank, ERR_DATABASE,
                   "these statements, run by an administrator, give them",
                   "the account lacks rights on %zu of %d tables", count, RIGHTS_COUNT);
    else
        check_ok(c, name, "everything that a run needs, on %d tables", RIGHTS_COUNT);
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
