/* messages: what the library says, on stderr or in the system's log, as text or as JSON lines. */
#ifndef FLUENT_SYNC_MESSAGES_H
#define FLUENT_SYNC_MESSAGES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "progress.h"

struct messages {
    FILE *out;
    bool json;
    bool syslog;                 /* to the system's log instead of `out` */
    struct progress *progress;   /* it makes room for each message; NULL: there is none */
    const struct limits *limits; /* how long a message waits to be read; NULL: for ever */
    bool deaf;                   /* nobody read the last message in time */
};

/* A log_sink; `context` is a struct messages. */
void messages_print(void *context, const struct log_message *message);

/* The same, for a caller that has no time and trusts no other thread: a message that cannot be
 * written at once is lost. */
void messages_last(const struct messages *messages, const struct log_message *message);

/* Writes each line of `text` as a message, the last one with the advice; "": none. */
void messages_lines(const struct log *log, enum log_level level, const char *text,
                    const char *advice);

#endif
