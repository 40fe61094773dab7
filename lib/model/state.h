/* state: what a run remembers for the next one: the row of fluent_sync_state, without its lease. */
#ifndef FLUENT_SYNC_STATE_H
#define FLUENT_SYNC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

/* Instants are seconds since 1970; 0: none. Texts are NULL where there is none; they belong to the
 * arena that they were read into. */

/* The walk in progress. */
struct walk_state {
    int64_t id;      /* the number of the newest walk; 0: there never was one */
    int64_t started; /* 0: none is in progress */
    int64_t watermark, total, max_id;
    const char *scope, *api_user;
    char config_hash[HASH_SIZE];
};

struct state {
    const char *home, *address, *zone, *scope, *api_user;
    bool zone_told; /* by the site itself; else it was the configured one */
    char config_hash[HASH_SIZE];
    int url_form;
    int64_t watermark;      /* the site's clock when the last comparison began */
    int64_t compared_at;    /* this machine's clock at the same instant */
    int64_t newest;         /* the newest updated_at that it saw, or that a run stored which was
                               killed then */
    int64_t total, max_id;  /* tickets, and the largest id, that are known; -1 when unknown */
    int64_t last_full_walk; /* since then all of the list was read, at once or in parts; 0: it is to
                               be walked */
    int64_t last_total_walk;
    int64_t log_in_vain; /* when the activity log was last of no use: see run/hint.h */
    int64_t page_cap;  /* the site gives so many tickets a page at most; 0: as many as asked for */
    int64_t head_rows; /* the next head is to have so many rows; 0: that is not known */
    struct walk_state walk;
};

#endif
