/* lease: one run at a time per site, by a row of fluent_sync_state, fenced by an epoch. */
#ifndef FLUENT_SYNC_LEASE_H
#define FLUENT_SYNC_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/columns.h"

enum { LEASE_OWNER_SIZE = 192 };

struct lease {
    char site_key[65];
    char owner[LEASE_OWNER_SIZE]; /* boot id, pid namespace, pid, start time, host */
    int64_t epoch;                /* 0: not held */
    int seconds;                  /* how long without a heartbeat until others may take it over */
    bool was_free;                /* its row was there when it was taken, and nobody held it */
    int64_t newest;               /* its row notes it, unless 0: see store_note_newest */
};

/* What its row says. */
struct lease_holder {
    char owner[LEASE_OWNER_SIZE]; /* "": nobody */
    int64_t epoch;
    bool beats;     /* there is a heartbeat, */
    int64_t age_us; /* and how old it is, by the database's clock */
};
/* Its columns, where it is the member `in` of `type`. */
#define LEASE_HOLDER_COLUMNS(type, in)                                                             \
    COLUMN("lease_owner", type, in owner), COLUMN("lease_epoch", type, in epoch),                  \
        COLUMN("lease_heartbeat IS NOT NULL", type, in beats),                                     \
        COLUMN("TIMESTAMPDIFF(MICROSECOND, lease_heartbeat, UTC_TIMESTAMP(6))", type, in age_us)

/*
 * Takes the lease of `site_key` (its row is made when missing), at once or not at all. On 0 it is
 * held. -1 with ERR_BUSY (naming holder and age of its heartbeat), ERR_DATABASE with an enum
 * db_failure, or as limits_check while it waited. A lease that
 * expired by the database's clock (or is from its future: the clock was set back), or whose holder
 * was a process of this machine that is gone, is taken over with a new epoch.
 */
int lease_acquire(struct lease *lease, struct db *db, const char *site_key, int seconds,
                  struct error *error);

/*
 * The same, where the caller reads the row, and what else it needs of the same moment. `read`
 * returns 0 with *holder filled, 1 when there is no row, or -1. If the lease `was_free`,
 * nobody could write between reading and taking, so that what was read holds. If somebody had it,
 * and died, that one's last statement may have been carried out in between: read again.
 */
struct lease_reader {
    int (*read)(void *context, struct lease_holder *holder, struct error *error);
    void *context;
};
int lease_acquire_reading(struct lease *lease, struct db *db, const char *site_key, int seconds,
                          const struct lease_reader *reader, struct error *error);

/* 0 when lease_acquire would succeed now; as far as can be told without taking it. -1 as there. */
int lease_look(struct db *db, const char *site_key, int seconds, struct error *error);
/* The same, once whoever is changing the row has committed: a holder that is still there afterwards
 * has yet to see what the caller committed before. */
int lease_look_settled(struct db *db, const char *site_key, int seconds, struct error *error);

/* Was the owner of a lease a process of this very machine (same boot, same pid namespace) that is
 * gone? A host's name proves nothing. */
bool lease_owner_is_gone(const char *owner);

/*
 * Begins a transaction, locks the lease's row, verifies that it is still ours and renews the
 * heartbeat. On -1 nothing is open: ERR_BUSY when somebody took over, else ERR_DATABASE with
 * db_failure saying whether to try again.
 */
int lease_begin(struct lease *lease, struct db *db, struct error *error);

/* Renews the heartbeat in a transaction of its own. As lease_begin. */
int lease_renew(struct lease *lease, struct db *db, struct error *error);

/* The error of a lease that is not ours any more: -1. */
int lease_lost(struct error *error);

/* Within a transaction that lease_begin began: gives it back with the commit. */
int lease_give_back(const struct lease *lease, struct db *db, struct error *error);
/* Gives it back, if it is still ours; failures are ignored (it will expire). */
void lease_release(struct lease *lease, struct db *db);

#endif
