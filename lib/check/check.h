/* check: examines everything that a sync needs, and changes nothing. */
#ifndef FLUENT_SYNC_CHECK_H
#define FLUENT_SYNC_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"

enum check_level { CHECK_OK, CHECK_WARNING, CHECK_FAILED, CHECK_SKIPPED };

/* What one check found. Texts belong to the report; `advice` and `details` (lines) may be NULL.
 * They contain words of the site and of the database: whoever shows them makes them safe. */
struct check_finding {
    const char *name; /* "net.tls": a subject, and what about it */
    enum check_level level;
    const char *found, *advice, *details;
};

enum { CHECK_FINDINGS_MAX = 48 };

struct check_report {
    struct check_finding findings[CHECK_FINDINGS_MAX];
    size_t count;
    enum error_code code; /* what a sync would end with now; ERR_NONE: it would work */
    size_t decisive;      /* the finding that `code` follows from */
    int rank;             /* its enum check_rank: see findings.h */
    struct arena arena;
};

struct check_options {
    bool all_settings; /* list the default values too */
    bool log_bodies;
    const char *version;
};

/*
 * Examines configuration, site, database and the last run. Nothing is written, and no lease is
 * taken; the site is asked for a few small pages. 0, also when checks failed; -1 when the
 * examination itself ended early: a signal, the deadline, no memory. `report` is the caller's in
 * every case (check_report_release).
 */
int check_run(const struct config *config, const struct check_options *options,
              const struct limits *limits, const struct log *log, struct check_report *report,
              struct error *error);

/* Makes the report about a configuration that config_load refused with `why`. */
void check_unconfigured(struct check_report *report, const struct error *why);

void check_report_release(struct check_report *report);

#endif
