/* check_private: what the files of check share. */
#ifndef FLUENT_SYNC_CHECK_PRIVATE_H
#define FLUENT_SYNC_CHECK_PRIVATE_H

#include "base/zone.h"
#include "check/check.h"
#include "codec/decode.h"
#include "io/db.h"
#include "site/site.h"
#include "store/store.h"

/* A sync ends with the first failure that it meets: these are its steps. */
enum check_rank {
    RANK_CONFIG,
    RANK_DATABASE, /* connecting, the schema, what is read and written before the site is asked */
    RANK_LEASE,
    RANK_SITE, /* the first page of the list */
    RANK_HOME,
    RANK_ZONE,
    RANK_MAPPING,
    RANK_WRITING,
    RANK_PARTIAL, /* it goes through, but not everything is in the mirror */
    RANK_NONE,
};

struct check {
    const struct config *config;
    const struct check_options *options;
    const struct limits *limits;
    const struct log *log;
    struct check_report *report;
    struct error *error; /* why the examination itself ended */
    struct arena arena;

    /* The database, as far as it could be opened; with the configuration's options, within the
     * limits. */
    struct db_options mysql;
    struct db *db;
    struct store *store; /* NULL: no tables of ours */
    struct state state;
    struct error db_error, schema_error;

    /* The site. The answers are NULL where they were not asked for. */
    struct site *site;
    struct site_answer *index, *me, *head;
    struct zone *site_zone, *target_zone; /* NULL: not known */
    bool zone_told;                       /* the site gave one; this system may not have it */
};

/* Findings. `advice` may be NULL. A text that does not fit in memory ends the examination. */
void check_ok(struct check *c, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_skip(struct check *c, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_warn(struct check *c, const char *name, const char *advice, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void check_fail(struct check *c, const char *name, enum check_rank rank, enum error_code code,
                const char *advice, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* An error as a finding: its message holds both what was found and what to do. */
void check_fault(struct check *c, const char *name, enum check_rank rank, const struct error *why);
/* The same of an error that a sync goes on with. */
void check_doubt(struct check *c, const char *name, const struct error *why);
/* Adds a line to the details of the newest finding. */
void check_detail(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Has the examination itself ended? */
bool check_ended(const struct check *c);

/* The subjects, in the order of the report. */
void check_config(struct check *c);
void check_net(struct check *c);
void check_site(struct check *c);
void check_tickets(struct check *c);
void check_cache(struct check *c);
void check_output(struct check *c);
void check_database(struct check *c);
void check_requests(struct check *c);
void check_state(struct check *c);
void check_metrics(struct check *c);

/* Connects and reads the state, without a finding yet: the site is judged by what is stored. */
void check_open_database(struct check *c);
/* Asks the site for its index, for /me and for the newest tickets. */
void check_open_site(struct check *c);
/* The answer to a request, also when it is a failure; NULL when the examination ended. */
struct site_answer *check_ask(struct check *c, const struct site_request *request);

#endif
