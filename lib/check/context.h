/* context: what the subjects share: the configuration, the database, the site. */
#ifndef FLUENT_SYNC_CHECK_CONTEXT_H
#define FLUENT_SYNC_CHECK_CONTEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "check/check.h"
#include "core/map.h"
#include "core/zones.h"
#include "io/db.h"
#include "site/site.h"
#include "store/state.h"

struct check {
    const struct config *config;
    const struct check_options *options;
    const struct limits *limits;
    const struct log *log;
    struct check_report *report;
    struct error *error; /* why the examination itself ended */
    struct arena arena;

    /* The database, as far as it could be opened, with the configuration's options and within the
     * limits. */
    struct db_options mysql;
    struct db *db;
    struct store *store; /* NULL: our tables are not there */
    struct state state;
    struct error db_error, schema_error;

    /* The site. An answer is NULL when it was not asked for. */
    struct site *site;
    struct site_answer *index, *me, *head;
    struct zones zones; /* empty, with zones_error set, when they are not known */
    struct error zones_error;
};

/* Has the examination itself ended? */
bool check_ended(const struct check *c);

/* Connects and reads the state, without a finding yet, as the site is judged by what is stored. */
void check_open_database(struct check *c);
/* Asks the site for its index, for /me and for the newest tickets. */
void check_open_site(struct check *c);
/* The answer to a request, even if it is a failure; NULL when the examination ended. */
struct site_answer *check_ask(struct check *c, const struct site_request *request);
/* Did the site not answer at all, not even with a failure? */
bool check_no_answer(const struct check *c);
/* How a run would map tickets, in the zones of the site and the tables. `schema`: of requests;
 * NULL: only map_identity is called. */
struct map_rules check_rules(const struct check *c, const struct request_schema *schema);
/* Closes and frees all that was opened. */
void check_close(struct check *c);

#endif
