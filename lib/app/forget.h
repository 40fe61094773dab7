/* forget: removes all that the tables hold of a site. */
#ifndef FLUENT_SYNC_APP_FORGET_H
#define FLUENT_SYNC_APP_FORGET_H

#include "store/forget.h"

struct forget_options {
    const char *site_key;
    int lease_s;
    bool keep_requests; /* of the dashboard */
    const struct limits *limits;
};

/* May the account remove rows of every table that has to do with it? -1 with ERR_DATABASE: not of
 * those that the message names. */
int forget_allowed(struct db *db, bool keep_requests, struct error *error);

/*
 * Removes the site, some hundred rows a transaction, so that nobody else has to wait, and holds the
 * site's lease meanwhile. -1: ERR_BUSY when a run is active or takes over; as limits_check; or
 * ERR_DATABASE. What was removed by then stays so, each ticket with its request; the next call
 * goes on, and a run would compare everything anew.
 */
int forget_site(struct db *db, const struct forget_options *options, struct error *error);

#endif
