/* dashboard_columns: the columns of a dashboard's tables, for mapping without a database. */
#ifndef DASHBOARD_COLUMNS_H
#define DASHBOARD_COLUMNS_H

#include "core/rules.h"
#include "model/row.h"

/* The columns that these rules are for, with their types: what a run reads from the database. */
struct request_schema dashboard_columns(const struct rules *rules);

#endif
