/* clock: the time, and what ends a run early: its deadline and a signal. */
#ifndef FLUENT_SYNC_CLOCK_H
#define FLUENT_SYNC_CLOCK_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

#include "error.h"

/* Milliseconds of a clock that never runs back. */
int64_t clock_monotonic_ms(void);
/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);
/* Sleeps; a signal ends it early. */
void clock_sleep_ms(int64_t ms);

struct limits {
    int64_t deadline_ms; /* on the monotonic clock; INT64_MAX: none */
    /* 0, SIGINT or SIGTERM; NULL: none is watched. Atomic: a handler sets it in any thread. */
    const atomic_int *signal;
};

/* 0, or -1 with ERR_SIGINT, ERR_SIGTERM or ERR_DEADLINE once the run has to end. */
int limits_check(const struct limits *limits, struct error *error);
/* Milliseconds until the deadline: 0 when it has passed, at most `most`. */
int64_t limits_left_ms(const struct limits *limits, int64_t most);

#endif
