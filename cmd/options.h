/* options: the command line, from a table that drives parsing, validation and help. */
#ifndef FLUENT_SYNC_OPTIONS_H
#define FLUENT_SYNC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "config/answer.h"
#include "config/config.h"

/* Every command in one row: its bit, its word (cmd_WORD in command.h runs it), whether it asks the
 * site, and so has a deadline, and what it does. */
#define COMMANDS(ROW)                                                                              \
    ROW(CMD_SYNC, sync, true, "mirror the site's tickets into the database (the default command)") \
    ROW(CMD_STATUS, status, false,                                                                 \
        "show whether all is well, how old the mirror is, the last run, and what to do")           \
    ROW(CMD_TICKETS, tickets, false, "list stored tickets with their requests, newest first")      \
    ROW(CMD_SHOW, show, false, "show one ticket with its request, and what people edited")         \
    ROW(CMD_MAP, map, true, "show what the rules make of one ticket of the site, step by step")    \
    ROW(CMD_REJECTS, rejects, false, "list the tickets that could not be stored, and why")         \
    ROW(CMD_PUSH, push, true, "send what people changed in the dashboard to the site")             \
    ROW(CMD_OUTBOX, outbox, false, "list what waits to be sent to the site; add, retry, cancel")   \
    ROW(CMD_EDITS, edits, false, "list what people changed in requests, column by column")         \
    ROW(CMD_REPORT, report, false, "write the page: one HTML file of runs, tickets and requests")  \
    ROW(CMD_CGI, cgi, false, "answer a request of a web server, which starts it by CGI")           \
    ROW(CMD_SETUP, setup, false, "ask for what is needed, try it, and write the configuration")    \
    ROW(CMD_MIGRATE, migrate, false, "create or upgrade the tables")                               \
    ROW(CMD_FORGET, forget, false,                                                                 \
        "remove one site with its tickets and requests from the tables")                           \
    ROW(CMD_CHECK, check, true, "examine configuration, site and database; change nothing")        \
    ROW(CMD_HELP, help, false, "print this help, or that of the command that follows")

/* A command's place in the tables that are made of COMMANDS. */
#define COMMAND_INDEX(bit, word, asks_site, summary) INDEX_OF_##bit,
enum command_index { COMMANDS(COMMAND_INDEX) COMMAND_COUNT };

/* Commands as bits: an option says which of them take it. */
#define COMMAND_BIT(bit, word, asks_site, summary) bit = 1 << INDEX_OF_##bit,
enum command_bit { COMMANDS(COMMAND_BIT) CMD_EVERY = (1 << COMMAND_COUNT) - 1 };

struct args {
    enum command_bit command;
    bool help, version, quiet, json, csv, log_json, log_bodies, syslog;
    enum command_bit topic; /* of the help; CMD_EVERY: all of it */
    int verbose;
    const char *config;
    /* sync, check, tickets */
    const char *since; /* what config_moment takes; NULL: not given */
    bool full, dry_run, adopt, accept_site, no_progress, has_max_deletes;
    struct config_limit max_deletes;
    int64_t *tickets; /* owned */
    size_t ticket_count;
    /* status, tickets, rejects */
    int64_t limit, offset, mailbox, max_age; /* -1: not given */
    const char *status;
    const char **accept; /* owned; the texts are not */
    size_t accept_count;
    bool edited, all_sources;
    bool all, accept_database; /* outbox; push */
    const char *id;            /* show, map: of the ticket */
    int64_t max;               /* push; -1: not given */
    /* outbox */
    const char **words; /* behind the command; owned, the texts are not */
    size_t word_count;
    /* report */
    const char *output; /* NULL: the standard output */
    int64_t days;       /* -1: not given */
    bool no_text;
    /* setup, forget */
    bool yes;
    /* forget */
    const char *site; /* its key */
    bool keep_requests;
    /* setup */
    const char *admin_user, *admin_password_file, *migrate_user, *migrate_password_file;
    const char *
        *keys; /* by the position in CONFIG_KEYS, NULL: not given; owned, the texts are not */
};

/* Nothing is given. */
#define ARGS_INIT                                                                                  \
    {                                                                                              \
        .limit = -1, .offset = -1, .mailbox = -1, .max_age = -1, .days = -1, .max = -1             \
    }

/*
 * Parses the command line. Texts belong to `argv`. -1 with ERR_USAGE; the message is one line that
 * names the argument at fault, and `args->json` is right even then. args_release in every case.
 */
int args_parse(struct args *args, int argc, char **argv, struct error *error);
void args_release(struct args *args);

/* The rows of the tables, for completions; NULL and false after the last row. */
struct command_text {
    const char *name, *summary;
    enum command_bit bit;
    bool asks_site;
};
const struct command_text *args_command(size_t index);
/* The row of a command. */
const struct command_text *args_command_of(enum command_bit command);

/* The help of one command; with CMD_EVERY the general one. */
void args_help(FILE *out, enum command_bit command);

struct option_text {
    char name[CONFIG_OPTION_SIZE];
    char letter; /* 0: none */
    int commands;
    const char *value; /* what the help calls it, "text|json" for a choice; NULL: it takes none */
    const char *help;
    bool repeats;
};
/* After the options of the table come those of `setup` that are keys of the configuration. */
bool args_option(size_t index, struct option_text *option);
/* Is an option that these `commands` take to be listed under `command`? Those of all commands are
 * under CMD_EVERY alone. */
bool args_option_belongs(int commands, enum command_bit command);

#endif
