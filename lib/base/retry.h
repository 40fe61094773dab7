/*
 * retry: when to ask again. Pure: no I/O, no clock and no randomness of its own.
 *
 * Exponential back-off with full jitter: before retry n the wait is drawn evenly from
 * [0, base * 2^(n-1)), at most `cap`. A Retry-After of the site is honoured when it is longer. A
 * wait that would reach the deadline, or make all waits of the request longer than `total`, is not
 * begun: coming back earlier than the site asked would only be refused again. Nor is one of more
 * than a minute that the site asks for: the next run comes anyway, and this one holds the lease.
 */
#ifndef FLUENT_SYNC_RETRY_H
#define FLUENT_SYNC_RETRY_H

#include <stdint.h>

struct retry_policy {
    int retries;      /* attempts after the first */
    int64_t base_ms;  /* of the back-off */
    int64_t cap_ms;   /* of one back-off, and of what a Retry-After may ask for */
    int64_t total_ms; /* of all waits of one request */
};

enum { RETRY_BASE_MS = 500, RETRY_CAP_MS = 60 * 1000, RETRY_TOTAL_MS = 10 * 60 * 1000 };

/* Whether asking again can help. */
enum retry_kind {
    RETRY_NO,  /* it cannot: a refusal, a wrong address */
    RETRY_FEW, /* hardly: asking for less is better, so at most RETRY_FEW_MAX retries */
    RETRY_ALL, /* it can: the network, 429, 503 and the like */
};
enum { RETRY_FEW_MAX = 2 };

struct retry_try {
    enum retry_kind kind;
    int attempt;       /* attempts made, this one included: 1 and up */
    int64_t after_ms;  /* what the site asked for (http_response.retry_after_ms), or -1 */
    int64_t waited_ms; /* all waits of this request so far */
    int64_t left_ms;   /* until the deadline */
    double random;     /* in [0, 1) */
};

/* Milliseconds to wait before the next attempt, or -1: give up. */
int64_t retry_wait_ms(const struct retry_policy *policy, const struct retry_try *last);

#endif
