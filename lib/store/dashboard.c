/* dashboard: what kind of table requests is. */
#include "store/dashboard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "store/sql.h"

static const char *text_of(const struct db_value *value)
{
    return value->text ? value->text : "";
}

void dashboard_read(struct db_result *result, struct dashboard *dashboard)
{
    const struct db_value *row = db_row(result);
    *dashboard = (struct dashboard){0};
    if (!row)
        return;
    const char *source = text_of(&row[4]);
    dashboard->there = true;
    dashboard->view = strcasecmp(text_of(&row[0]), "VIEW") == 0;
    dashboard->transactions = dashboard->view || strcasecmp(text_of(&row[2]), "YES") == 0;
    dashboard->partitioned = strstr(text_of(&row[3]), "partitioned") != NULL;
    dashboard->takes_source =
        strncasecmp(source, "enum(", 5) != 0 || strstr(source, "'fluent'") != NULL;
    snprintf(dashboard->engine, sizeof dashboard->engine, "%s", text_of(&row[1]));
}

int dashboard_look(struct db *db, struct dashboard *dashboard, struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    *dashboard = (struct dashboard){0};
    if (db_query(db, SQL_REQUESTS_TABLE, NULL, 0, NULL, 0, &result, error) < 0)
        return -1;
    dashboard_read(result, dashboard);
    return 0;
}

int dashboard_judge(const struct dashboard *d, struct error *error)
{
    if (d->there && !d->transactions)
        return error_set(error, ERR_DATABASE,
                         "database: the table requests is %s, an engine without transactions: a "
                         "run that is killed or repeated would leave tickets with two requests or "
                         "none; ALTER TABLE requests ENGINE = InnoDB (after a backup)",
                         d->engine);
    if (d->view && !d->takes_source)
        return error_set(error, ERR_DATABASE,
                         "database: requests is a view, and its source does not take 'fluent'; add "
                         "that value to the column of the table behind it, and make the view anew");
    return 0;
}

int dashboard_check(struct db *db, struct error *error)
{
    struct dashboard d;
    return dashboard_look(db, &d, error) < 0 ? -1 : dashboard_judge(&d, error);
}
