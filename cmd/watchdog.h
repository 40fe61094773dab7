/*
 * watchdog: the last resort. Whatever waits in the library is given up when the run has to end; a
 * program that has not ended a second after its deadline or a signal all the same, because
 * something keeps it that nobody thought of (a disk that hangs, a reader of the standard output who
 * never reads), is ended here. What it leaves behind is what kill -9 leaves: the next run goes on.
 */
#ifndef FLUENT_SYNC_WATCHDOG_H
#define FLUENT_SYNC_WATCHDOG_H

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"
#include "messages.h"

struct watchdog {
    struct messages *messages; /* for its last words */
    bool running;
    pthread_t thread;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    struct limits limits;
    int settled;   /* the exit code that stands already; -1: that of the limit that passed */
    bool document; /* --json: there is no document on the standard output yet */
    bool stop;
    int64_t left_ms;
};

/* Without memory for a thread there is no watchdog. `limits`, with the signal, are copied. */
void watchdog_start(struct watchdog *dog, const struct limits *limits, struct messages *messages);
/* Once the deadline is known. */
void watchdog_deadline(struct watchdog *dog, int64_t deadline_ms);
/* The outcome is known, and what is still to be done does not change it. -1: it may. */
void watchdog_settle(struct watchdog *dog, int exit_code);
/* Is the document of --json still to be printed, by whoever ends the program? */
void watchdog_document(struct watchdog *dog, bool wanted);
/* How long the program has until it is ended; INT64_MAX while it need not end. */
int64_t watchdog_left_ms(struct watchdog *dog);
void watchdog_stop(struct watchdog *dog);

#endif
