/* plan: incremental run or full walk, and the next watermark. Pure: no I/O. */
#ifndef FLUENT_SYNC_PLAN_H
#define FLUENT_SYNC_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "scope.h"
#include "store.h"

/* What the head page showed: the list by updated_at, newest first. Instants: 0 for null. */
struct plan_head {
    int64_t newest, oldest; /* updated_at of its first and its last row */
    int64_t rows, asked;    /* rows on it; per_page */
    int64_t total;          /* as the site says */
    int64_t max_id;         /* the highest id on it; 0: no rows */
    int64_t new_ids;        /* ids on it above the state's max_id */
    int64_t date;           /* the response's Date, or ours when it has none */
    bool unordered;         /* it does not run from the newest change to the oldest */
};

struct plan_facts {
    const struct state *state;
    const struct scope *scope;
    const char *config_hash, *zone;
    int64_t full_every_s; /* EVERY_ALWAYS, EVERY_NEVER, or seconds */
    bool full;            /* --full */
    int64_t now;
    struct plan_head head;
    int64_t head_max; /* the largest head that may be asked for */
};

enum plan {
    PLAN_INCREMENTAL, /* the head holds every change */
    PLAN_LARGER_HEAD, /* ask for a head of `head_max` rows, and decide again */
    PLAN_WALK,
};

/* How far updated_at may run back: an hour when daylight saving ends, and room to spare. */
enum { PLAN_OVERLAP_S = 3 * 3600, PLAN_TOTAL_EVERY_S = 3600 };

/* `*why` becomes the reason, a constant phrase ("the first run", ...). `*for_total`: the walk is
 * because of `total` alone. */
enum plan plan_run(const struct plan_facts *facts, const char **why, bool *for_total);

/* The earlier of the head's newest updated_at and the response's Date: importers write times in the
 * future. 0 when neither is known. */
int64_t plan_watermark(const struct plan_head *head);

/* May the walk in progress be gone on with? */
bool plan_resume(const struct plan_facts *facts, const char *scope, const char *api_user);

#endif
