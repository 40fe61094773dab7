/* dashboard_columns: what information_schema says of the table requests, for the statements that
 * ask for it. */
#ifndef FLUENT_SYNC_STORE_DASHBOARD_COLUMNS_H
#define FLUENT_SYNC_STORE_DASHBOARD_COLUMNS_H

#include "store/columns.h"
#include "store/dashboard.h"

/* The columns of struct dashboard, which is the member `in` of `type`, if not `type` itself: of
 * `t`, the table, `e`, its engine, and `c`, a column of it, which takes our source if it is no
 * other. */
#define DASHBOARD_COLUMNS(type, in)                                                                \
    COLUMN("t.table_name IS NOT NULL", type, in there),                                            \
        COLUMN("t.table_type = 'VIEW'", type, in view),                                            \
        COLUMN("t.table_type = 'VIEW' OR e.transactions = 'YES'", type, in transactions),          \
        COLUMN("t.create_options LIKE '%partitioned%'", type, in partitioned),                     \
        COLUMN("c.column_name IS NULL OR c.column_name <> 'source' OR "                            \
               "c.column_type NOT LIKE 'enum(%' OR c.column_type LIKE '%''fluent''%'",             \
               type, in takes_source),                                                             \
        COLUMN("t.engine", type, in engine)

#endif
