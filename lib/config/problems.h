/* problems: what is wrong with a configuration, collected so that all of it is told at once. */
#ifndef FLUENT_SYNC_CONFIG_PROBLEMS_H
#define FLUENT_SYNC_CONFIG_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Where a value stands: a line of the file (0: the file as a whole), or a variable. */
struct config_origin {
    const char *file;
    int line;
    const char *variable;
};

/* The problems, a line each; those that an error's message has no room for are only counted. */
struct config_problems {
    struct buf text;
    size_t left_out;
    bool no_memory;
    const char *advice; /* a constant: what to do about all of them; NULL: they say it themselves */
};

void config_problems_init(struct config_problems *problems);
void config_problems_release(struct config_problems *problems);
/* Adds "FILE:LINE: ...", "VARIABLE: ..." or, with `origin` NULL, the text alone. */
void config_problem(struct config_problems *problems, const struct config_origin *origin,
                    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* 0 when there are none, else -1 with `error` set. */
int config_problems_error(const struct config_problems *problems, struct error *error);

#endif
