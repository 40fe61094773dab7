/* dashboard: the table requests, which somebody else made: can runs rely on it? */
#ifndef FLUENT_SYNC_DASHBOARD_H
#define FLUENT_SYNC_DASHBOARD_H

#include <stdbool.h>

#include "base/error.h"
#include "io/db.h"

struct dashboard {
    bool there;        /* requests is there; all else is false or "" without it */
    bool view;         /* a view, not a table; what table is behind it is not known */
    bool transactions; /* its engine has them, or it is a view */
    bool partitioned;
    bool takes_source; /* `source` takes 'fluent' */
    char engine[64];
};

/* Looks at it. -1 with ERR_DATABASE when it cannot be asked for. */
int dashboard_look(struct db *db, struct dashboard *dashboard, struct error *error);

/* 0: runs can rely on it, or it is not there yet. -1 with ERR_DATABASE: its engine has no
 * transactions, so that a page would not be stored as a whole; or it is a view over a `source`
 * without 'fluent', which `migrate` cannot add there. */
int dashboard_judge(const struct dashboard *dashboard, struct error *error);
/* Looks at it and judges. */
int dashboard_check(struct db *db, struct error *error);

#endif
