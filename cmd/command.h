/* command: what the commands share, and the commands themselves. */
#ifndef FLUENT_SYNC_COMMAND_H
#define FLUENT_SYNC_COMMAND_H

#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "io/db.h"
#include "options.h"
#include "progress.h"
#include "watchdog.h"

struct command {
    const struct args *args;
    struct config *config; /* loaded */
    char since[DAY_SIZE];  /* the day of --since; "" : not given */
    struct log *log;
    struct progress *progress;   /* for commands that take some time; it begins switched off */
    const struct limits *limits; /* with a deadline when the command asks the site */
    struct watchdog *watchdog;
    struct db_options mysql; /* the configuration's, within the limits */
    FILE *out;               /* where documents go: the standard output, but in `cgi` */
};

/*
 * Each prints its results on stdout, or on `out` when it is a document, and returns the exit code.
 * A failure is in `error`, for the caller to print on stderr; with --json the document about it is
 * on `out` already.
 */
#define COMMAND_FUNCTION(bit, word, asks_site, summary)                                            \
    int cmd_##word(const struct command *command, struct error *error);
COMMANDS(COMMAND_FUNCTION)
/* `check` with a configuration that could not be loaded: `error` says why, and is cleared. */
int cmd_check_unconfigured(const struct args *args, struct error *error);
/* `cgi` likewise: `error` is for the server's log alone. */
int cmd_cgi_unconfigured(const struct error *error);

/* Writes the page as `report` does without options: to this file; or as a web server serves it.
 * Not 0: with the error. */
int report_served(const struct command *command, struct error *error);
int report_to_file(const struct command *command, const char *path, struct error *error);

/* `tickets`; `*total`: how many there are, whatever limit and offset. */
enum { TICKETS_LIMIT = 100 };
int tickets_list(const struct command *command, int64_t *total, struct error *error);

/* Opens the database and checks the schema. The caller closes `*db`, also after -1. */
int command_open(const struct command *command, struct db **db, struct error *error);
/* A ticket's fluent_id: what the user calls it, with the site's key before it where there is one.
 */
enum { FLUENT_ID_TEXT = 256 };
void command_fluent_id(const struct command *command, const char *id, char full[FLUENT_ID_TEXT]);
/* Ends a command that reads: prints the error's document with --json, and returns the exit code. */
int command_end(const struct command *command, const struct error *error);

#endif
