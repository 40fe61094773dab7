/* options: the command line, from one table that drives parsing, validation and help. */
#ifndef FLUENT_SYNC_OPTIONS_H
#define FLUENT_SYNC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "config/config.h"

/* Commands, as bits: an option says which of them take it. */
enum command_bit {
    CMD_SYNC = 1,
    CMD_STATUS = 2,
    CMD_TICKETS = 4,
    CMD_REJECTS = 8,
    CMD_MIGRATE = 16,
    CMD_CHECK = 32,
    CMD_EVERY = 63
};

struct args {
    enum command_bit command;
    bool help, version, quiet, json, log_json, log_bodies;
    int verbose;
    const char *config;
    /* sync, check */
    const char *since; /* a real day; NULL: not given */
    bool full, dry_run, adopt, accept_site, no_progress, has_max_deletes;
    struct config_limit max_deletes;
    int64_t *tickets; /* owned */
    size_t ticket_count;
    /* status, tickets, rejects */
    int64_t limit, offset, mailbox, max_age; /* -1: not given */
    const char *status;
    const char **accept; /* owned; the texts are not */
    size_t accept_count;
    bool edited;
};

/*
 * Parses the command line. Texts belong to `argv`. -1 with ERR_USAGE, the message one line that
 * names the argument at fault; `args->json` is right even then. args_release in every case.
 */
int args_parse(struct args *args, int argc, char **argv, struct error *error);
void args_release(struct args *args);

/* The help of a command, or the general one. */
void args_help(FILE *out, const struct args *args, bool general);

/* The command's name. */
const char *command_name(enum command_bit command);

/* The tables, for what else is made of them; NULL and false behind the last row. */
struct command_text {
    enum command_bit bit;
    const char *name, *summary;
};
const struct command_text *args_command(size_t index);

struct option_text {
    const char *name;
    char letter; /* 0: none */
    int commands;
    const char *value; /* what the help calls it, "text|json" for a choice; NULL: it takes none */
    const char *help;
    bool repeats;
};
bool args_option(size_t index, struct option_text *option);

#endif
