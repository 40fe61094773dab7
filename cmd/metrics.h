/* metrics: the last run and what is stored, for Prometheus: the file that the textfile collector of
 * its node exporter reads. docs/watching.md names the metrics. */
#ifndef FLUENT_SYNC_METRICS_H
#define FLUENT_SYNC_METRICS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "run/sync.h"
#include "store/report.h"

struct metrics {
    const char *site, *version; /* A-Z a-z 0-9 _ - . */
    int64_t ended;              /* seconds since 1970 */
    int exit_code;
    const struct run_row *run;
    struct report_gauges gauges; /* -1: not known, and left out */
};

/* Appends the file's text; -1 when `out` has failed. */
int metrics_print(struct buf *out, const struct metrics *metrics);
/* Replaces the file by one of this text: at every moment there is a whole one, readable by
 * everybody, or as before. On -1 (ERR_INTERNAL) nothing is left of the new one. */
int metrics_write(const char *path, const char *text, struct error *error);
/* The time of the last success in the file as it is; -1 when there is none for this site. */
int64_t metrics_last_success(const char *path, const char *site);

#endif
