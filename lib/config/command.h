/* command: running a password command: its words, its environment, its time limit. */
#ifndef FLUENT_SYNC_CONFIG_COMMAND_H
#define FLUENT_SYNC_CONFIG_COMMAND_H

#include "base/buf.h"
#include "base/clock.h"
#include "config/bytes.h"

/* Splits shell words, without expansions, into a NULL-terminated array for one free(). NULL with
 * `*why` set. */
char **config_split_words(const char *text, const char **why);

/*
 * Runs a command without a shell and reads what it prints, CONFIG_SECRET_MAX bytes at most, within
 * the limits; then it is killed. Its environment is PATH and HOME of `environment`, nothing else.
 * -1: `why` has the reason, and nothing of what was printed.
 */
int config_command(struct config_bytes *output, const char *command, const char *const *environment,
                   const struct limits *limits, struct buf *why);

#endif
