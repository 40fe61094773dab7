/* dashboard: finds out what kind of table requests is. */
#include "store/dashboard.h"

#include "store/dashboard_columns.h"

static const struct column DASHBOARD[] = {DASHBOARD_COLUMNS(struct dashboard, )};
static const struct select LOOK =
    SELECT(DASHBOARD, struct dashboard,
           "FROM information_schema.tables t "
           "LEFT JOIN information_schema.engines e ON e.engine = t.engine "
           "LEFT JOIN information_schema.columns c ON c.table_schema = t.table_schema "
           "AND c.table_name = t.table_name AND c.column_name = 'source' "
           "WHERE t.table_schema = DATABASE() AND t.table_name = 'requests'");

int dashboard_look(struct db *db, struct dashboard *dashboard, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, &LOOK, &(struct db_parameters){0}, &found, &arena, error);
    *dashboard = found.count ? *(const struct dashboard *)found.rows : (struct dashboard){0};
    arena_release(&arena);
    return done;
}

int dashboard_judge(const struct dashboard *d, struct error *error)
{
    if (d->there && !d->transactions)
        return error_advise(error, ERR_DATABASE,
                            "ALTER TABLE requests ENGINE = InnoDB (after a backup): a run that is "
                            "killed or repeated would leave tickets with two requests or none",
                            "database: the table requests is %s, an engine without transactions",
                            d->engine);
    if (d->view && !d->takes_source)
        return error_advise(error, ERR_DATABASE,
                            "add 'fluent' to that column of the table behind it, and create the "
                            "view again",
                            "database: requests is a view, whose column source cannot hold "
                            "'fluent'");
    return 0;
}

int dashboard_check(struct db *db, struct error *error)
{
    struct dashboard d;
    return dashboard_look(db, &d, error) < 0 ? -1 : dashboard_judge(&d, error);
}
