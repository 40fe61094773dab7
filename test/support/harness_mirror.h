/*
 * harness_mirror: runs whose report must be true, and the proof that the mirror is complete: the
 * tables are compared with the tickets of the sample site.
 */
#ifndef HARNESS_MIRROR_H
#define HARNESS_MIRROR_H

#include "harness_sync.h"

/*
 * Sets the scene: a site with this many generated tickets, a configuration for it, and migrated
 * tables. Unless `fluent` says otherwise, all dates are in scope, pages have 50 tickets, and there
 * is one retry.
 */
void mirror_prepare(struct harness *h, int tickets, const char *fluent, const char *sync,
                    const char *sections);
/* The same, followed by a first run, a full walk, which has stored all tickets. */
void mirror_import(struct harness *h, int tickets, const char *fluent, const char *sync);
/* Writes only that configuration, for a site that is already running. */
void mirror_configure(struct harness *h, const char *fluent, const char *sync,
                      const char *sections);

/*
 * Runs fluent-sync with these options, separated by spaces, or NULL. It must end with `code`, in
 * `mode` unless that is NULL. Its run row and its JSON must agree: only exit code 0 is a success,
 * and a run that is not complete gives a reason.
 */
struct outcome mirror_run(struct harness *h, int code, const char *mode, const char *options);
/* The same for a run that has already been started, with --json. */
struct outcome mirror_wait(struct harness *h, struct process *process, int code, const char *mode);

/* Fails the test unless the stored tickets that are neither deleted nor invisible are exactly those
 * that the API user can see on the site, each with its request, column by column. */
void mirror_same(struct harness *h);
/* The same for the tickets created on or after a day, in one mailbox (0: in all of them). */
void mirror_same_scope(struct harness *h, const char *since, int mailbox);
/* Returns the number of tickets in which the tables and the site differ. */
int mirror_differences(struct harness *h);

/* A command for the site: it imports five tickets with old dates, which the newest page does not
 * show. */
#define MIRROR_OLD_TICKETS                                                                         \
    "{'do':'create','ticket':{'created_at':'2025-10-01T08:00:00+00:00',"                           \
    "'updated_at':'2025-10-01T08:00:00+00:00'},'count':5}"
/* Returns the instant this many hours from now, in the form of the site. */
char *mirror_hours_from_now(struct harness *h, int hours);
/* Waits until the site has received this many requests for ticket lists. */
void mirror_wait_lists(struct harness *h, int64_t count);
/* Moves an instant of the state row back by this many seconds. */
void mirror_turn_back(struct harness *h, const char *column, int seconds);
/* The id of a stored ticket, by its place in the order of ids: 0 is the smallest. */
int mirror_id_on(struct harness *h, int row);
/* The site deletes it. */
void mirror_delete_on(struct harness *h, int row);
/* Returns checksums of all tables that hold tickets. */
char *mirror_sums(struct harness *h);

#endif
