/* clock: the time, and what ends a run early: its deadline or a signal. */
#ifndef FLUENT_SYNC_CLOCK_H
#define FLUENT_SYNC_CLOCK_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Milliseconds of a clock that never runs back. */
int64_t clock_monotonic_ms(void);
/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

/* A signal to end, which a handler notes in any thread. What waits for something else waits for the
 * descriptor too, so that nothing has to wake up in order to look. */
struct limits_signal {
    atomic_int number; /* 0, SIGINT or SIGTERM */
    int readable;      /* an eventfd that becomes readable; -1: waits look every LIMITS_LOOK_MS */
};

void limits_signal_open(struct limits_signal *signal);
/* May be called by a handler: it takes no lock, and keeps errno. */
void limits_signal_note(struct limits_signal *signal, int number);

struct limits {
    int64_t deadline_ms;                /* on the monotonic clock; INT64_MAX: none */
    const struct limits_signal *signal; /* NULL: no signal is watched */
};
static const struct limits LIMITS_NONE = {.deadline_ms = INT64_MAX};
/* For what is to be tried once, without waiting. */
static const struct limits LIMITS_PASSED = {.deadline_ms = 0};

/* 0, or -1 with ERR_SIGINT, ERR_SIGTERM or ERR_DEADLINE once the run has to end. */
int limits_check(const struct limits *limits, struct error *error);
/* Milliseconds until the deadline: 0 when it has passed, at most `most`. */
int64_t limits_left_ms(const struct limits *limits, int64_t most);

/* Waits until the descriptor is ready for `events` of poll (or broken), for at most `ms`, and not
 * once the run has to end. `fd` -1: for nothing. false: it is not ready; the wait may have ended
 * early. */
bool limits_await(const struct limits *limits, int fd, short events, int64_t ms);
/* Sleeps. -1 as limits_check once the run has to end. */
int limits_sleep_ms(const struct limits *limits, int64_t ms, struct error *error);

/* How often a wait that no descriptor can end checks whether the run has to end. */
enum { LIMITS_LOOK_MS = 50 };
/* A run that has to end gets this time to finish what it is doing and to record how it ended; waits
 * that last longer are given up. The program has ended within a second. */
enum { LIMITS_ENDING_MS = 700 };

/*
 * Milliseconds left of LIMITS_ENDING_MS: INT64_MAX while the run need not end, 0 when they are
 * over. `noticed` (0 at first) keeps when the signal was first seen here.
 */
int64_t limits_ending_ms(const struct limits *limits, int64_t *noticed);
/* The limits for recording how a run ended, once it has ended or has to: a deadline that includes
 * that time, and no signal. */
struct limits limits_ending(const struct limits *limits);

#endif
