/* clock: the time, and what ends a run early: its deadline or a signal. */
#ifndef FLUENT_SYNC_CLOCK_H
#define FLUENT_SYNC_CLOCK_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"

/* Milliseconds of a clock that never runs back. */
int64_t clock_monotonic_ms(void);
/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);
struct limits {
    int64_t deadline_ms; /* on the monotonic clock; INT64_MAX: none */
    /* 0, SIGINT or SIGTERM; NULL: no signal is watched. Atomic, as a handler may set it in any
     * thread. */
    const atomic_int *signal;
};

/* 0, or -1 with ERR_SIGINT, ERR_SIGTERM or ERR_DEADLINE once the run has to end. */
int limits_check(const struct limits *limits, struct error *error);
/* Milliseconds until the deadline: 0 when it has passed, at most `most`. */
int64_t limits_left_ms(const struct limits *limits, int64_t most);

/* Sleeps. -1 as limits_check once the run has to end, at most LIMITS_LOOK_MS later. */
int limits_sleep_ms(const struct limits *limits, int64_t ms, struct error *error);

/* How often a wait checks whether the run has to end. */
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
