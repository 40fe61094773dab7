/* detach: starts the program again, as a run that outlives whoever asked for it. */
#ifndef FLUENT_SYNC_DETACH_H
#define FLUENT_SYNC_DETACH_H

#include <stdbool.h>
#include <sys/types.h>

#include "command.h"

struct detached {
    pid_t pid;
    int out; /* where what it prints can be read; -1: closed */
};

enum { DETACH_OPTIONS_MAX = 8 };

/*
 * Starts `fluent-sync sync --syslog` with our configuration and these further options
 * (NULL-terminated, at most DETACH_OPTIONS_MAX). It is in a session of its own, where no signal for
 * us or for our terminal reaches it, has nothing of ours open, and none of the variables of a web
 * server's request. -1 with ERR_INTERNAL. The caller calls detach_end, at any time: the run goes
 * on.
 */
int detach_start(struct detached *run, const struct command *command, const char *const *options,
                 struct error *error);

/* Waits for the run's exit code, once its output has ended; -1: it was killed. */
int detach_exit_code(const struct detached *run);
void detach_end(struct detached *run);

#endif
