/* requests: can the dashboard's table hold what the tickets say? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "check/findings.h"
#include "check/subjects.h"
#include "core/map.h"
#include "store/dashboard.h"
#include "store/inspect.h"
#include "store/request_schema.h"

/* The longest description; a shorter column gets it cut. */
enum { DESCRIPTION_BYTES = 65535, LIST_MAX = 1024 };

struct column_check {
    struct check *c;
    struct request_schema schema;
    struct dashboard requests;
    struct buf narrow;   /* columns that cannot store every character */
    struct buf unfilled; /* NOT NULL, without a default, and not written by a run */
    struct buf lines;    /* for the details */
    char charset[64];    /* of the first narrow one */
    int64_t description; /* bytes */
};

/* Does a run write this column? */
static bool is_written(const struct column_check *l, const char *column)
{
    static const char *const constants[] = {"request_type", "source", "status"};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcasecmp(column, constants[i]) == 0)
            return true;
    for (size_t f = 0; f < l->schema.count; f++)
        if (strcasecmp(column, l->schema.fields[f].name) == 0)
            return true;
    return false;
}

/* Does it take a text that comes from a ticket? */
static bool takes_text(const struct column_check *l, const char *column)
{
    for (size_t f = 0; f < l->schema.count; f++)
        if (strcasecmp(column, l->schema.fields[f].name) == 0)
            return l->schema.fields[f].type == FIELD_TEXT;
    return false;
}

static void append_name(struct buf *names, const char *name)
{
    buf_printf(names, "%s%s", names->len ? ", " : "", name);
}

static bool is_filled(const struct inspect_column *column)
{
    const char *extra = column->extra ? column->extra : "";
    return column->nullable || column->fallback || strcasecmp(column->name, "id") == 0 ||
           strcasestr(extra, "auto_increment") || strcasestr(extra, "generated") ||
           strcasestr(extra, "stored");
}

static void check_column(struct column_check *l, const struct inspect_column *column)
{
    const char *name = column->name, *charset = column->charset;
    if (!is_written(l, name)) {
        if (!is_filled(column))
            append_name(&l->unfilled, name);
        return;
    }
    buf_printf(&l->lines, "%s%s %s", l->lines.len ? "\n" : "", name, column->type);
    if (charset)
        buf_printf(&l->lines, ", %s, %" PRId64 " bytes", charset, column->bytes);
    if (takes_text(l, name) && charset && strcasecmp(charset, "utf8mb4") != 0) {
        append_name(&l->narrow, name);
        if (!l->charset[0])
            snprintf(l->charset, sizeof l->charset, "%s", charset);
    }
    if (strcasecmp(name, "description") == 0)
        l->description = column->bytes;
}

static int query_columns(struct column_check *l, struct error *why)
{
    struct inspect_columns columns;
    const struct mapping *m = &l->c->config->mapping;
    if (store_request_schema(l->c->store, &m->fields, &l->schema, &l->requests, why) < 0 ||
        store_ticket_fields(l->c->store, &m->ticket_fields, &l->schema, why) < 0 ||
        inspect_columns(l->c->db, &columns, &l->c->arena, why) < 0)
        return -1;
    for (size_t i = 0; i < columns.count; i++)
        check_column(l, &columns.rows[i]);
    return 0;
}

static void check_columns(struct column_check *l)
{
    static const char name[] = "database.requests";
    struct check *c = l->c;
    if (l->unfilled.len)
        check_fail(c, name, RANK_WRITING, ERR_DATABASE,
                   "give them a default, or fill them through [map.fields]",
                   "columns that are NOT NULL, have no default, and are not filled: %s",
                   buf_text(&l->unfilled));
    else if (l->description < DESCRIPTION_BYTES)
        check_warn(c, name, "ALTER TABLE requests MODIFY description TEXT",
                   "description holds %" PRId64
                   " bytes: what is longer is cut and ends in \xE2\x80\xA6",
                   l->description);
    else
        check_ok(c, name, "its columns are as needed");
    check_detail(c, "%s", buf_text(&l->lines));
}

static void check_charset(struct column_check *l)
{
    static const char name[] = "database.charset";
    if (l->narrow.len)
        check_fail(l->c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "ALTER TABLE requests CONVERT TO CHARACTER SET utf8mb4 COLLATE "
                   "utf8mb4_unicode_ci (after a backup, and while nobody uses it: the table is "
                   "rewritten)",
                   "requests is %s (%s): a ticket with a character outside of it, such as an "
                   "emoji, is rejected",
                   l->charset, buf_text(&l->narrow));
    else
        check_ok(l->c, name, "requests is utf8mb4: every character fits");
}

static void check_engine(struct check *c, const struct dashboard *d)
{
    static const char name[] = "database.engine";
    if (!d->transactions)
        check_fail(c, name, RANK_WRITING, ERR_DATABASE,
                   "ALTER TABLE requests ENGINE = InnoDB (after a backup)",
                   "requests is %s, an engine without transactions, which runs refuse", d->engine);
    else if (d->view && !d->takes_source)
        check_fail(c, name, RANK_WRITING, ERR_DATABASE,
                   "add 'fluent' to that column of the table behind it, and create the view again",
                   "requests is a view, whose column source cannot hold 'fluent'");
    else if (d->view)
        check_warn(c, name, "make sure that the engine of the table behind it has transactions",
                   "requests is a view: nothing can refer to it by a foreign key");
    else
        check_ok(c, name, "requests is %s%s", d->engine, d->partitioned ? ", partitioned" : "");
}

/* Sorting is not felt before there are many of them. */
static void check_order(struct check *c, const struct dashboard *d)
{
    static const char name[] = "database.index";
    enum { MANY = 50000 };
    struct inspect_order order;
    struct error why = ERROR_INIT;
    if (inspect_order(c->db, &order, &why) < 0)
        check_warn_error(c, name, &why);
    else if (order.indexed)
        check_ok(c, name, "the newest requests are found by an index on date and time");
    else if (d->view || order.newest < MANY)
        check_ok(c, name, "requests needs none on date and time, %s",
                 d->view ? "as it is a view" : "with so few rows");
    else
        check_warn(c, name, "ALTER TABLE requests ADD KEY idx_date_time (date, time)",
                   "requests has no index on date and time: its newest rows, which dashboards and "
                   "`tickets --all-sources` list, are sorted out of all rows");
}

/* Compares the configured mapping with the columns, as a run does. */
static void check_mapping(struct column_check *l)
{
    struct check *c = l->c;
    struct zone *utc = NULL;
    struct error why = ERROR_INIT;
    struct map_rules rules = {
        .mapping = &c->config->mapping, .set = c->config->rules, .schema = &l->schema};
    if (zone_open(&utc, "UTC", c->error) < 0)
        return;
    rules.site = rules.target = utc;
    map_hash_config(&rules);
    if (map_check(&rules, &why) < 0)
        check_fail(c, "database.mapping", RANK_MAPPING, why.code,
                   "correct the configuration, or the table requests", "%s", why.message);
    else
        check_ok(c, "database.mapping", "every mapped value fits its column");
    zone_close(utc);
}

void check_requests(struct check *c)
{
    static const char *const names[] = {"database.requests", "database.charset", "database.engine",
                                        "database.index", "database.mapping"};
    struct column_check l = {.c = c};
    struct error why = ERROR_INIT;
    if (!c->store) {
        check_skip_stored(c, names, sizeof names / sizeof *names);
        return;
    }
    buf_init(&l.narrow, LIST_MAX);
    buf_init(&l.unfilled, LIST_MAX);
    buf_init(&l.lines, 4 * LIST_MAX);
    if (query_columns(&l, &why) < 0) {
        check_fail_error(c, "database.requests", RANK_DATABASE, &why);
    } else {
        check_columns(&l);
        check_charset(&l);
        check_engine(c, &l.requests);
        check_order(c, &l.requests);
        check_mapping(&l);
    }
    buf_release(&l.narrow);
    buf_release(&l.unfilled);
    buf_release(&l.lines);
}
