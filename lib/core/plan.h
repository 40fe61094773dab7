/*
 * plan: what a run decides: to read one page of changes or the whole list, to go on with an earlier
 * walk or not, whether the end of a walk is explained, and what to remember for the next run. Pure:
 * no I/O, no clock.
 *
 * Instants are seconds since 1970, 0 for none. Totals and ids are -1 where they are not known.
 */
#ifndef FLUENT_SYNC_PLAN_H
#define FLUENT_SYNC_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/scope.h"
#include "model/state.h"

/* What the head showed: the first page of the list by updated_at, newest first. */
struct plan_head {
    int64_t newest, oldest; /* updated_at of its first and its last row */
    int64_t rows, asked;    /* rows on it; per_page. asked 0: no head could be read */
    int64_t total;          /* as the site says */
    int64_t max_id;         /* the highest id on it; 0: no rows */
    int64_t new_ids;        /* ids on it above the largest one known before */
    int64_t date;           /* the site's clock when it was asked; 0: it does not tell */
    int64_t missing;  /* tickets in scope that are not stored and are not on record as rejects,
                         though their updated_at is PLAN_SKEW_S or more before the watermark */
    bool has_largest; /* the ticket with the state's max_id is on it */
    bool unordered;   /* it does not run from the newest change to the oldest */
};

/* Is the ticket with the state's max_id still on the site? */
enum plan_largest { PLAN_LARGEST_UNKNOWN, PLAN_LARGEST_THERE, PLAN_LARGEST_GONE };

/* What tells whether the number of tickets is explained: the totals, or the record of the list, see
 * rank.h. */
enum plan_numbers {
    PLAN_BY_TOTAL,
    PLAN_TO_SETTLE, /* once the head is stored, the list is compared with the record */
    PLAN_SETTLED,   /* that was done: they agree */
    PLAN_UNSETTLED, /* they do not, and a few pages did not show where */
};

/* Special values of plan_facts.full_every_s. */
enum { PLAN_EVERY_RUN = 0, PLAN_NEVER = -1 };

struct plan_facts {
    const struct state *state;
    const struct scope *scope;
    const char *config_hash, *zone, *api_user;
    int64_t full_every_s; /* PLAN_EVERY_RUN, PLAN_NEVER, or seconds */
    bool full;            /* --full, or an option that needs a full walk: --adopt, --accept-site */
    int64_t now;          /* this machine's clock */
    struct plan_head head;
    int64_t head_max; /* the largest head that may be asked for */
    enum plan_largest largest;
    enum plan_numbers numbers;
    bool all_due; /* each part of the list is to be read in this run: see rolling.h */
};

enum plan {
    PLAN_INCREMENTAL, /* the head holds every change */
    PLAN_LARGER_HEAD, /* ask for a head of `rows` rows, and decide again */
    PLAN_ASK_LARGEST, /* ask for the ticket with the state's max_id, and decide again */
    PLAN_WALK,
};

struct plan_decision {
    enum plan plan;
    const char *why;     /* a constant phrase: "the first run", ... */
    int64_t rows;        /* PLAN_LARGER_HEAD: PLAN_HEAD_ROWS, and where these do not do, head_max */
    bool for_total;      /* the walk is because of `total` alone */
    int64_t unexplained; /* PLAN_INCREMENTAL: by how many tickets the site's total differs from what
                            the changes explain. The run stores the head, but is not complete */
};

enum {
    PLAN_OVERLAP_S = 3 * 3600, /* how far updated_at may run back: an hour when daylight saving time
                                  ends, and room to spare */
    PLAN_TOTAL_EVERY_S = 3600, /* between two walks because of `total` alone */
    PLAN_SKEW_S = 300,         /* by which clocks of well-kept machines differ at most */
    PLAN_JUMP_S = 3600,        /* a clock that moved so much against another one was set */
    PLAN_HEAD_ROWS = 100,      /* of a run's first head at most, */
    PLAN_HEAD_LEAST = 20,      /* and at least */
};

/* Is a walk due, whatever the head shows? Asked before the site is. */
bool plan_walk_is_due(const struct plan_facts *facts);

/* Is `since` 0 (never), at least `seconds` ago, or in the future, because a clock was wrong? */
bool plan_is_old(int64_t now, int64_t since, int64_t seconds);

struct plan_decision plan_run(const struct plan_facts *facts);

/* The head has to reach back further than this: PLAN_OVERLAP_S before the last comparison. If it
 * shows new changes that are dated before that comparison, then the site does not date changes by
 * the clock that dates its answers, and the newest change that was seen then counts instead. */
int64_t plan_reach_back(const struct plan_facts *facts);

/* How many rows the next run's first head is to have, if `recent` rows of this one were updated at
 * plan_reach_back or later: twice as many, and PLAN_HEAD_LEAST more, so that on most sites a small
 * page is enough. PLAN_HEAD_ROWS at most. */
int64_t plan_head_rows(int64_t recent);

/* How many tickets the site should show: those of the last run, and the head's new ones. 0: that is
 * not known. */
int64_t plan_total(const struct plan_facts *facts);

/* May this run go on with the walk in progress? */
bool plan_resume(const struct plan_facts *facts, const char *scope);

/* The site's clock when the head was asked for; if the site does not tell it, the head's newest
 * updated_at, but not later than `now`. Never 0. */
int64_t plan_watermark(const struct plan_head *head, int64_t now);

/* Does the head hold every change since `watermark`? That a short head is the whole list is only
 * proved by a total. */
bool plan_reaches(const struct plan_head *head, int64_t watermark);

/* After PLAN_INCREMENTAL, once the head is stored: fills in what the next run goes by. */
void plan_after_incremental(const struct plan_facts *facts, struct state *next);

/* The end of a walk whose pages prove the whole list */

struct plan_end_facts {
    bool resumed;           /* pages that an earlier run read are part of it */
    struct plan_head first; /* the head that the run began with */
    int64_t watermark;      /* of the walk */
    int64_t total;          /* as the page that ended the list says */
    int64_t seen;           /* tickets on the walk's pages, each once, those without an id too */
    int64_t seen_max;       /* the largest id on them */
    int64_t unseen;         /* tickets of the first head that no page of the walk held, though the
                               site does not call them deleted; where no first head could be
                               read: tickets of the last one, up to `seen_max` */
    int64_t lagging;        /* tickets that a page of this run showed with an older updated_at than
                               the first head did */
    struct plan_head last;  /* a head asked for after the walk's last page; asked 0: none yet.
                               `new_ids` are those above `seen_max` */
    int64_t head_max;
};

enum plan_end {
    END_COMPLETE,
    END_ASK_HEAD,    /* ask for a head now, and decide again */
    END_LARGER_HEAD, /* the same, of `head_max` rows */
    END_WALK_AGAIN,  /* changes since the walk began are not explained: walk afresh in this run */
    END_UNCONFIRMED, /* all that the site gave is stored, but the run is not complete: the site's
                        total says that there are more tickets, or it gives none */
    END_INCOMPLETE,  /* the run is not complete, and the next one walks again */
};

struct plan_end_decision {
    enum plan_end end;
    const char *why; /* a constant sentence about the site; "" for END_COMPLETE */
};

/* Only the end of a resumed walk is END_WALK_AGAIN, so a run walks again once at most. */
struct plan_end_decision plan_walk_end(const struct plan_end_facts *facts);

/* After END_COMPLETE or END_UNCONFIRMED: fills in what the next run goes by. `walk` is the one that
 * ended. */
void plan_after_walk(const struct plan_end_facts *facts, const struct walk_state *walk, int64_t now,
                     struct state *next);

/* For a run that goes on with a walk and has stored its first head: the walk's new watermark. It
 * moves on if the head reaches back to it, so that only the changes during this run remain to be
 * explained.
 */
int64_t plan_moved_watermark(const struct plan_head *head, const struct walk_state *walk,
                             int64_t now);

#endif
