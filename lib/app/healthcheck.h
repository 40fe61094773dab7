/* healthcheck: tells a watcher of scheduled jobs (healthchecks.io, and what understands its pings)
 * that a run begins, and how it ended. */
#ifndef FLUENT_SYNC_HEALTHCHECK_H
#define FLUENT_SYNC_HEALTHCHECK_H

#include "base/clock.h"
#include "base/log.h"

struct healthcheck {
    const char *url; /* http or https; NULL: nobody watches. Only its host is ever logged */
    const char *proxy, *user_agent; /* as in struct http_options */
};

enum { HEALTHCHECK_START = -1 };

/*
 * Sends a ping: GET url/start, url for exit code 0, url/CODE for another. Nothing but the exit code
 * is told. A ping lasts 5 s at most and is tried twice. That the watcher was not reached is a
 * warning in the log and nothing else: it is no part of the run. `limits` may end it earlier, with
 * none.
 */
void healthcheck_ping(const struct healthcheck *check, int exit_code, const struct limits *limits,
                      const struct log *log);

#endif
