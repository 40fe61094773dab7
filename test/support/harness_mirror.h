/*
 * harness_mirror: runs that must keep their word, and the oracle of completeness: the tables
 * against the tickets that the sample site holds.
 */
#ifndef HARNESS_MIRROR_H
#define HARNESS_MIRROR_H

#include "harness_sync.h"

/*
 * A site of so many generated tickets, its configuration, and migrated tables. Unless `fluent` says
 * otherwise: every date, pages of 50, one retry.
 */
void mirror_prepare(struct harness *h, int tickets, const char *fluent, const char *sync,
                    const char *sections);
/* The same, and a first run, a full walk, that has stored all of its tickets. */
void mirror_import(struct harness *h, int tickets, const char *fluent, const char *sync);
/* The configuration alone, for a site that runs. */
void mirror_configure(struct harness *h, const char *fluent, const char *sync,
                      const char *sections);

/*
 * A run with these options (separated by spaces; NULL: none), which must end with `code`, in `mode`
 * (NULL: any). Its run row and its JSON must say so too: only exit code 0 is a success, and a run
 * that is not complete gives a reason.
 */
struct outcome mirror_run(struct harness *h, int code, const char *mode, const char *options);
/* The same of a run that was started before (with --json). */
struct outcome mirror_wait(struct harness *h, struct process *process, int code, const char *mode);

/* Fails the test unless the tickets stored, neither deleted nor invisible, are those of the site
 * that the API user can see, each with its request, column by column. */
void mirror_same(struct harness *h);
/* The same of the tickets created on or after a day, in one mailbox (0: in all). */
void mirror_same_scope(struct harness *h, const char *since, int mailbox);
/* The number of tickets, of all of them, in which tables and site differ. */
int mirror_differences(struct harness *h);

/* A command: five tickets imported with old dates, which no head shows. */
#define MIRROR_OLD_TICKETS                                                                         \
    "{'do':'create','ticket':{'created_at':'2025-10-01T08:00:00+00:00',"                           \
    "'updated_at':'2025-10-01T08:00:00+00:00'},'count':5}"
/* So many hours from now, as the site writes dates. */
char *mirror_hours_from_now(struct harness *h, int hours);
/* Waits until the site has had so many requests for ticket lists. */
void mirror_wait_lists(struct harness *h, int64_t count);
/* Turns an instant of the state row back by so many seconds. */
void mirror_turn_back(struct harness *h, const char *column, int seconds);
/* Checksums of all that a ticket may be stored in. */
char *mirror_sums(struct harness *h);

#endif
