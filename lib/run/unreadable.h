/* unreadable: pages of the list that the site cannot give: split into halves, down to single
 * positions, which are skipped. */
#ifndef FLUENT_SYNC_UNREADABLE_H
#define FLUENT_SYNC_UNREADABLE_H

#include "core/walk.h"
#include "run/writer.h"
#include "site/site.h"

/*
 * After a request that `failed`, perhaps by what it was for: may that be at fault? Asks, once in a
 * run (*probed), for a single ticket at either end of the list of `total` (0: not known); -1 with
 * the request's own error when the site gives none, so that a site which is down costs two requests
 * more.
 */
int probe_site(struct site *site, int64_t total, const struct error *failed, bool *probed,
               struct error *error);

enum { UNREADABLE_MAX = WALK_AT_ONCE_MAX, SKIPPED_MAX = 20, SKIP_REASON_MAX = 400 };

struct unreadable {
    struct site *site;
    struct walk *walk;
    const struct log *log;
    bool *probed;  /* see probe_site */
    int64_t total; /* likewise */
    /* Failed windows wait until nothing else is outstanding: the probe needs the site for itself.
     */
    struct site_answer *failed[UNREADABLE_MAX];
    size_t failed_count;
    struct skip {
        int64_t position;
        char reason[SKIP_REASON_MAX];
    } skips[SKIPPED_MAX];
    size_t skip_count;
    char advice[ERROR_ADVICE_MAX]; /* about the last of them */
};

/* Takes over an answer that failed, if it is splittable and there is room; else -1 with its error.
 */
int unreadable_take(struct unreadable *u, struct site_answer **answer, struct error *error);
/* Has the walk ask for the halves of the windows that were taken. Nothing is outstanding. */
int unreadable_split(struct unreadable *u, struct error *error);
/* Puts the positions that were skipped on record: the ids of their tickets are not known. */
int unreadable_record(struct writer *writer, struct unreadable *u, struct error *error);
void unreadable_release(struct unreadable *u);

#endif
