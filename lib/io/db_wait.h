/* db_wait: what waits for a database server is given up when the run has to end. A part of db. */
#ifndef FLUENT_SYNC_DB_WAIT_H
#define FLUENT_SYNC_DB_WAIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct st_mysql; /* the client library's MYSQL */

/*
 * One for each struct db. The client library waits in calls that nothing interrupts. So a
 * connection is watched by a thread, which shuts its socket down LIMITS_ENDING_MS after the run had
 * to end: whatever is sent or received then fails at once, as if the server were gone. While
 * connecting there is no socket to be had, and the name service has none: that is done in a thread
 * which can be left behind.
 */
struct db_wait {
    const struct limits *limits; /* NULL: nothing is ever given up, and there are no threads */
    int fd;                      /* of the connection that is watched, a duplicate of our own */
    bool watching;
    pthread_t watcher;
    atomic_bool cut;
    int64_t noticed; /* when the signal came; while there is a watcher, it alone uses this */
};

void db_wait_init(struct db_wait *wait, const struct limits *limits);

/* As for mysql_real_connect. Texts may be NULL. */
struct db_login {
    const char *host, *user, *password, *database, *socket;
    unsigned port;
    unsigned long flags;
};

enum db_wait_outcome {
    DB_WAIT_CONNECTED,
    DB_WAIT_REFUSED, /* `mysql` knows why */
    DB_WAIT_LEFT,    /* the run has to end; `mysql` belongs to the thread that was left behind */
};
/* `login` is copied. Without memory or a thread it waits like mysql_real_connect. */
enum db_wait_outcome db_wait_connect(struct db_wait *wait, struct st_mysql *mysql,
                                     const struct db_login *login);

bool db_wait_left_any(void);

/* Watches the connection from now on. Where there can be no thread it is not watched. */
void db_wait_watch(struct db_wait *wait, struct st_mysql *mysql);
/* No more; to be called after mysql_close, which may wait too. */
void db_wait_unwatch(struct db_wait *wait);
/* Was the connection shut down? Then limits_check says why. */
bool db_wait_cut(const struct db_wait *wait);

#endif
