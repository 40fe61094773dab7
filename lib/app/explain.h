/* explain: what the rules make of one ticket, step by step, and what stands in the tables. */
#ifndef FLUENT_SYNC_EXPLAIN_H
#define FLUENT_SYNC_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "io/db.h"

/* Who wrote what a column holds. */
enum explain_writer {
    EXPLAIN_NOBODY,  /* the ticket is not stored, or has no request */
    EXPLAIN_PROGRAM, /* it is what the program wrote last */
    EXPLAIN_PERSON,  /* it was changed since */
    EXPLAIN_UNKNOWN, /* the row is inherited, or the column newly mapped */
};

struct explain_step {
    const char *what;  /* a source, or a filter with its arguments */
    int depth;         /* in how many parentheses it stands */
    const char *value; /* NULL: NULL */
};

struct explain_column {
    const char *table, *name, *rule;
    bool built_in; /* the rule is */
    struct explain_step *steps;
    size_t count;
    const char *value;  /* what the column would hold; NULL: NULL */
    const char *reject; /* why it cannot; NULL: it can */
    const char *stored; /* what it holds; NULL: NULL */
    enum explain_writer writer;
};

struct explain {
    struct arena arena; /* what the texts belong to */
    struct explain_column *columns;
    size_t count;
};

/* What is asked, and with what. Everything belongs to the caller. */
struct explain_input {
    const struct config *config;
    struct db *db; /* its schema was checked */
    const struct limits *limits;
    const struct log *log;
    const char *version;
    bool log_bodies;
    int64_t ticket;
};

/* Asks the site for the ticket, and writes nothing. -1: the site's error; the database's; ERR_USAGE
 * when the site does not list such a ticket, or a rule does not fit its table. explain_release in
 * every case. */
int explain_ticket(struct explain *explain, const struct explain_input *in, struct error *error);
void explain_release(struct explain *explain);

#endif
