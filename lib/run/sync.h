/* sync: one run, from the lease to the run's row. */
#ifndef FLUENT_SYNC_SYNC_H
#define FLUENT_SYNC_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "model/run_row.h"
#include "run/options.h"

struct sync_report {
    bool counted; /* the run got as far as counting: the numbers below mean something */
    struct run_row run;
    char mode[24], date_filter[DAY_SIZE];
    char message[ERROR_TEXT_MAX]; /* error_text; "" for a complete run */
    int64_t last_full_walk;       /* seconds since 1970; 0: never */
};

/*
 * One run. 0: it is finished and complete. -1: `error` says why not, and its code is the exit code;
 * with ERR_PARTIAL the run reached its end. `report` is always filled as far as the run got. A run
 * that got its lease leaves a finished run row behind, unless the database is gone.
 */
int sync_run(const struct config *config, const struct sync_options *options,
             const struct limits *limits, const struct log *log, struct sync_report *report,
             struct error *error);

#endif
