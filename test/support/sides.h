/*
 * sides: what a push meets, in memory: a site whose agents change tickets, a dashboard whose people
 * change requests and fill the outbox, the tables, and the clocks. sides.c answers for lib/store,
 * lib/site and the writer; lib/run/push*.c and the modules of lib/core are the real ones.
 */
#ifndef FLUENT_SYNC_SIDES_H
#define FLUENT_SYNC_SIDES_H

#include "core/push_content.h"
#include "run/run.h"
#include "store/outbox.h"

enum {
    SIDES_TICKETS = 3,
    SIDES_ROWS = 200,    /* of the outbox */
    SIDES_ENTRIES = 400, /* of conversations */
    SIDES_FLIGHTS = 400, /* requests that arrive later */
    SIDES_VALUES = 5,    /* priorities */
    SIDES_TEXT = 24,
    SIDES_BEGAN_S = 1700000000,
};
extern const char *const sides_priorities[SIDES_VALUES];

/* A ticket on the site. */
struct sides_ticket {
    int priority;
    bool closed, hidden;
};

/* What the tables hold of it, and its request. */
struct sides_row {
    int priority; /* fluent_tickets */
    bool gone;
    char urgency[SIDES_TEXT]; /* requests */
    bool removed;
    int64_t updated_at;
    char base[512];
};

struct sides_tables {
    struct sides_row rows[SIDES_TICKETS];
    struct outbox_row outbox[SIDES_ROWS];
    char values[SIDES_ROWS][3][SIDES_TEXT]; /* of the outbox: value, wanted, before */
    char errors[SIDES_ROWS][160], contents[SIDES_ROWS][SIDES_TEXT];
    int outbox_count;
    int64_t next_id;
    struct push_state state;
};

struct sides_entry {
    int ticket;
    char marker[PUSH_MARKER_SIZE];
};

/* A request that the site has not worked on yet. */
struct sides_flight {
    int64_t at_ms;
    enum outbox_action action;
    int ticket, priority;
    char marker[PUSH_MARKER_SIZE];
};

/* What is true of a ticket, whatever the tables say. */
struct sides_truth {
    int agreed;              /* the site's priority when both sides last agreed, */
    char held[SIDES_TEXT];   /* and what the request held then */
    bool sent[SIDES_VALUES]; /* which priorities were sent since then */
    bool person; /* the request holds what a person set, and the site was not seen to agree */
    int looked;  /* the priority that the last look before a request showed */
};

struct sides {
    uint64_t random;
    bool trace;
    int64_t now_ms, site_shift_s;
    int64_t steps_left; /* until the process is killed; -1: it is not */
    bool dead;

    struct sides_ticket tickets[SIDES_TICKETS], stale[SIDES_TICKETS];
    struct sides_entry entries[SIDES_ENTRIES];
    int entry_count;
    struct sides_flight flights[SIDES_FLIGHTS];
    int flight_count;
    bool sound;     /* nothing fails any more */
    bool names_ids; /* entries name their message_id */
    int events;     /* edits still to come while a push goes on */

    struct push_options push;
    int mapping; /* 1: medium becomes HIGH */
    struct sides_tables tables, before, backup;
    bool in_transaction, has_backup;
    struct sides_truth truth[SIDES_TICKETS], truth_backup[SIDES_TICKETS];
    const char *broken; /* the first promise that did not hold */
    int64_t sent, arrived, held, kills, lost, again,
        restored; /* how many, to show that it happens */
};
extern struct sides sides;

int sides_pick(int n);
__attribute__((format(printf, 1, 2))) void sides_trace(const char *format, ...);
void sides_broken(const char *promise);

void sides_reset(int64_t seed);
void sides_configure(void); /* after a change of push or mapping */

/* What people and agents do. */
void sides_agent(int ticket);
void sides_person(int ticket);
void sides_ask(int ticket, enum outbox_action action);
/* Cancels or retries a row. */
void sides_settle(void);
void sides_any(void);

/* A pull of all tickets, as they are now. */
void sides_pull(void);
/* A push: a run with the lease. `kill_after`: steps; 0: it is not killed. */
void sides_push(int kill_after);
/* What is under way arrives, as far as its time has come. */
void sides_arrive(void);

const char *sides_urgency(int priority);
int sides_entries(const char *marker);

#endif
