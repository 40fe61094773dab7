/* history: runs of lib/run/sync.h one after another over the model, and what has to hold after
 * each. */
#ifndef FLUENT_SYNC_HISTORY_H
#define FLUENT_SYNC_HISTORY_H

#include "model.h"
#include "run/sync.h"

/* The promises. A run that says complete is one that ends with 0. */
extern const char FULL_RUN_SHOWS_ALL[], CHANGES_ARE_FOUND[], NUMBERS_ARE_EXPLAINED[],
    NAMED_TICKETS_ARE_STORED[], SCOPE_IS_THE_CONFIGURED_ONE[], LEAVING_IS_BY_STATUS[],
    COUNTERS_ADD_UP[], NOTHING_GONE_COUNTS_AS_THERE[], SOUND_SITE_IS_COMPLETE[],
    QUIET_SITE_COSTS_TWO_PAGES[], EACH_RUN_IS_FURTHER[], FULL_EVERY_HOLDS[], VANISHED_ARE_FOUND[],
    NO_CALL_IS_LOST[], CALLS_ARE_ANSWERED[], WITHIN_FULL_EVERY[];

/* How the next run is begun. Zero: as cron does. */
struct history_run {
    bool full, accept_site;
    int date;    /* date_filter, days before now; 0: as ever */
    int rescope; /* 1: `[scope] tickets` is the other one; 2: date_of is; 3: both */
    int since;   /* --since, days before now; 0: not given */
    int mapping; /* another number: another mapping */
    int ticket;  /* --ticket of this slot + 1; 0: none */
    int deadline_ms;
    int kill_after; /* steps; 0: never */
};

/* What the history is about; set after model_reset. */
struct history {
    int per_page, connections;
    int64_t full_every_s;
    bool at_once;        /* by a walk, not by a part in each run */
    int64_t max_deletes; /* 0: any number is believed */
    int date;            /* date_filter as ever, days before the history began; 0: all tickets */
    enum scope_tickets tickets;
    enum scope_date date_of;
    struct config config;
    bool shifted;              /* a run had another clock of the machine */
    struct scope scope;        /* of the last run: the configured one, and --since */
    struct sync_report report; /* of the last run */
    struct error error;
    bool complete;    /* said the last run */
    int64_t replaced; /* moment from which on the site is another one; 0: it is not, or compared */
    int64_t restored; /* moment of a backup that no full run has seen; 0: none */
    int64_t newest_seen, largest_seen; /* by the last complete run */
    int64_t compared;                  /* moment at which the last complete full run began */
};
extern struct history history;

void history_reset(int64_t seed);
/* One run; checks what it promised. Returns whether it said complete. */
bool history_go(const struct history_run *run);
/* Goes on with a sound site and clocks that are right until everything has to be in the tables;
 * `answers`: each run is out of time after so many, 0: none is. */
void history_recover(int answers);
/* Is every ticket in scope that is shown stored as it is, every stored one too, and nothing else in
 * scope there? */
bool history_is_right(void);

#endif
