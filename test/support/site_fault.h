/* site_fault: the ways in which the sample site was told to misbehave, and when. */
#ifndef SITE_FAULT_H
#define SITE_FAULT_H

#include "site_json.h"

enum fault_kind {
    FAULT_REPLAY,
    FAULT_STATUS,
    FAULT_HTML200,
    FAULT_RESET,
    FAULT_TRUNCATE,
    FAULT_STALL,
    FAULT_DRIP,
    FAULT_ENDLESS,
    FAULT_BOMB,
    FAULT_WRONG_TYPE,
    FAULT_PREFIX,
    FAULT_SUFFIX,
    FAULT_TOTAL,
    FAULT_CUT,
    FAULT_IGNORE_PAGE,
    FAULT_SAME_PAGE,
    FAULT_UNORDERED,
    FAULT_BROKEN,
    FAULT_MEMBER,
    FAULT_DATE,
    FAULT_DELAY_MS,
    FAULT_CACHE,
    FAULT_LAG,
    FAULT_SPOIL,
    FAULT_LATER,
    FAULT_KINDS,
};

/* Faults of one slot exclude each other: the oldest that matches is the one that happens. */
enum fault_slot {
    SLOT_ANSWER,    /* what is answered: replay, status, html200, later */
    SLOT_TRANSPORT, /* how it travels: reset, truncate, stall, drip, endless, bomb */
    SLOT_TYPE,
    SLOT_PREFIX,
    SLOT_SUFFIX,
    SLOT_TOTAL,
    SLOT_CUT,
    SLOT_PAGE, /* ignore_page, same_page */
    SLOT_ORDER,
    SLOT_BROKEN,
    SLOT_MEMBER,
    SLOT_DATE,
    SLOT_DELAY,
    SLOT_CACHE,
    SLOT_LAG,
    SLOT_SPOIL,
    FAULT_SLOTS,
};

struct fault {
    struct fault *next;
    enum fault_kind kind;
    char *match;   /* a part of path?query */
    char *command; /* the whole command, for the kind's own arguments */
    int64_t times; /* left; negative: no end */
    int64_t skip;  /* left */
};

struct faults {
    struct fault *first;
};

/* What happens to one request: copies of commands, by slot; NULL for nothing. */
struct fault_plan {
    struct planned {
        char *command;
        enum fault_kind kind;
    } slot[FAULT_SLOTS];
};

/* Obeys {"do":"fault",...}; false when the kind is unknown. */
bool faults_command(struct faults *faults, struct span command);
void faults_free(struct faults *faults);

/* Counts the request `uri` and decides what happens to it. */
void faults_plan(struct faults *faults, const char *uri, struct fault_plan *plan);
void fault_plan_free(struct fault_plan *plan);

/* The command planned of this kind; `p` is NULL when there is none. */
struct span planned(const struct fault_plan *plan, enum fault_kind kind);

#endif
