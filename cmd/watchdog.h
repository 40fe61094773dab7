/*
 * watchdog: the last resort. The library gives up all waiting when the run has to end. If the
 * program is still there a second after its deadline or a signal, because something holds it up
 * that nobody thought of (a disk that hangs, a reader of the standard output that never reads), it
 * is ended here. It then leaves behind what kill -9 would, from which the next run goes on.
 */
#ifndef FLUENT_SYNC_WATCHDOG_H
#define FLUENT_SYNC_WATCHDOG_H

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"
#include "messages.h"

struct watchdog {
    struct messages *messages; /* for its last message */
    bool running;
    pthread_t thread;
    int ended;             /* an eventfd: `stop` is set */
    pthread_mutex_t mutex; /* protects what follows */
    struct limits limits;
    int settled; /* the exit code that is already certain; -1: that of the limit that passed */
    bool owes_document; /* --json: there is no document on the standard output yet */
    bool stop;
    int64_t left_ms;
};

/* Without a descriptor, or memory for a thread, there is no watchdog. `limits` is copied. */
void watchdog_start(struct watchdog *dog, const struct limits *limits, struct messages *messages);
/* To be called once the deadline is known. */
void watchdog_deadline(struct watchdog *dog, int64_t deadline_ms);
/* The outcome is known, and what remains to be done does not change it. -1: it may change. */
void watchdog_settle(struct watchdog *dog, int exit_code);
/* With --json: whoever ends the program prints a document, until one was printed. */
void watchdog_owe_document(struct watchdog *dog);
void watchdog_document_printed(struct watchdog *dog);
/* How long the program has until it is ended; INT64_MAX while it need not end. */
int64_t watchdog_left_ms(struct watchdog *dog);
void watchdog_stop(struct watchdog *dog);

#endif
