/* options: what a run is asked to do, beside its configuration. */
#ifndef FLUENT_SYNC_RUN_OPTIONS_H
#define FLUENT_SYNC_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

/* Called now and then, also while the program waits for the site: how far a full walk is. `share`
 * is 0..1. */
typedef void sync_progress(void *context, int64_t tickets, double share);

/* What a dry run would do with a ticket. The texts belong to the caller of sync_decide; `old` and
 * `new_text` may be long, may hold customers' words, and may be NULL. */
struct sync_decision {
    const char *fluent_id;
    enum { DECISION_ADD, DECISION_UPDATE, DECISION_COLUMN, DECISION_KEPT, DECISION_REJECT } what;
    const char *column; /* of requests: DECISION_COLUMN, DECISION_KEPT */
    const char *old,
        *new_text;      /* DECISION_COLUMN; DECISION_KEPT: what the site has is `new_text` */
    const char *reason; /* DECISION_REJECT */
};
typedef void sync_decide(void *context, const struct sync_decision *decision);

/* A request that a push would send, or sends: for people. The texts belong to the caller of
 * sync_pushed. */
struct sync_push {
    const char *fluent_id;
    const char *change;        /* "priority normal -> critical" */
    const char *method, *path; /* "PUT", "/tickets/4711/property" */
    const char *body;          /* JSON */
};
typedef void sync_pushed(void *context, const struct sync_push *push);

struct sync_options {
    bool full, dry_run, adopt, accept_site, log_bodies;
    const char *since; /* --since, "YYYY-MM-DD": this run stores tickets from that day on too; NULL:
                          not given, as is a day later than the configured one */
    const int64_t *tickets; /* --ticket: only these; NULL: not given */
    size_t ticket_count;
    const struct config_limit *max_deletes; /* --max-deletes; NULL: not given */
    const char *version;
    sync_progress *progress; /* NULL: none */
    void *progress_context;
    sync_decide *decide; /* called for each ticket of a dry run; NULL: none */
    void *decide_context;
    bool push_only;          /* `push`: nothing is pulled but what is sent */
    const int64_t *push_max; /* push --max; NULL: not given */
    bool accept_database;    /* push --accept-database */
    sync_pushed *pushed;     /* called for each request of a push in a dry run; NULL: none */
    void *pushed_context;
};

#endif
