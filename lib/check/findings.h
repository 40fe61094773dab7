/* findings: adds what was found to the report, and the exit code that follows from it. */
#ifndef FLUENT_SYNC_CHECK_FINDINGS_H
#define FLUENT_SYNC_CHECK_FINDINGS_H

#include "base/error.h"
#include "check/check.h"

struct check; /* context.h */
struct site_answer;

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
    RANK_PARTIAL, /* it runs to its end, but not everything is in the mirror */
    RANK_NONE,
};

void check_report_init(struct check_report *report);

/* Each adds a finding. `name` is a constant; `advice` may be NULL. A text for which there is no
 * memory ends the examination. */
void check_ok(struct check *c, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_skip(struct check *c, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Skips each of `names`: our tables are not there, or the database was not reached. */
void check_skip_stored(struct check *c, const char *const *names, size_t count);
void check_warn(struct check *c, const char *name, const char *advice, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void check_fail(struct check *c, const char *name, enum check_rank rank, enum error_code code,
                const char *advice, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Adds an error as a finding: one that a sync would end with, or one despite which it goes on. */
void check_fail_error(struct check *c, const char *name, enum check_rank rank,
                      const struct error *why);
void check_warn_error(struct check *c, const char *name, const struct error *why);
/* The same for an answer of the site: without what was asked for, and where. */
void check_fail_answer(struct check *c, const char *name, enum check_rank rank,
                       const struct site_answer *answer);
void check_warn_answer(struct check *c, const char *name, const struct site_answer *answer);
/* Adds a line to the details of the newest finding. */
void check_detail(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
