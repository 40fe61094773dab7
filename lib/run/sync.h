/* sync: one run, from the lease to the run row. */
#ifndef FLUENT_SYNC_SYNC_H
#define FLUENT_SYNC_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "store/store.h"

/* Told now and then, while the site is waited for too, how far a full walk is. `share` 0..1. */
typedef void sync_progress(void *context, int64_t tickets, double share);

/* What a dry run would do with a ticket. Texts belong to the caller; `old` and `new_text` may be
 * long, hold customers' words, and be NULL. */
struct sync_decision {
    const char *fluent_id;
    enum { DECISION_ADD, DECISION_UPDATE, DECISION_COLUMN, DECISION_KEPT, DECISION_REJECT } what;
    const char *column; /* of requests: DECISION_COLUMN, DECISION_KEPT */
    const char *old,
        *new_text;      /* DECISION_COLUMN; DECISION_KEPT: what the site has is `new_text` */
    const char *reason; /* DECISION_REJECT */
};
typedef void sync_decide(void *context, const struct sync_decision *decision);

struct sync_options {
    bool full, dry_run, adopt, accept_site, log_bodies;
    const int64_t *tickets; /* --ticket: just these; NULL: none */
    size_t ticket_count;
    const struct config_limit *max_deletes; /* --max-deletes; NULL: not given */
    const char *version;
    sync_progress *progress; /* NULL: none */
    void *progress_context;
    sync_decide *decide; /* told of each ticket in a dry run; NULL: nobody */
    void *decide_context;
};

struct sync_report {
    bool counted; /* the run got as far as counting: the numbers below mean something */
    struct run_row run;
    char mode[24], date_filter[DAY_SIZE];
    char message[ERROR_TEXT_MAX]; /* error_text; "" for a complete run */
    int64_t last_full_walk;       /* seconds since 1970; 0: never */
};

/*
 * One run. 0: done and complete. -1: `error` says why not, its code is the exit code; with
 * ERR_PARTIAL the run went through to its end. `report` is filled as far as the run came, in every
 * case. A run that got its lease leaves a finished run row behind, unless the database is gone.
 */
int sync_run(const struct config *config, const struct sync_options *options,
             const struct limits *limits, const struct log *log, struct sync_report *report,
             struct error *error);

#endif
