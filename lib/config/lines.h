/* lines: takes the INI file apart line by line. The only module that knows inih. */
#ifndef FLUENT_SYNC_CONFIG_LINES_H
#define FLUENT_SYNC_CONFIG_LINES_H

#include <stdbool.h>

#include "config/file.h"
#include "config/keys.h"
#include "config/problems.h"

enum { CONFIG_LINE_MAX = 4096 };

/* A `name = value` line. `value` is everything after the separator. */
struct config_line {
    const char *section, *name;
    char *value;
    bool indented;
    struct config_origin origin;
};

struct config_handler {
    void *user;
    /* A heading; false: the lines below it are not wanted. */
    bool (*heading)(void *user, const char *section, const struct config_origin *origin);
    void (*line)(void *user, const struct config_line *line);
};

/* Hands on every line of the file, which it changes; malformed ones become problems. */
void config_lines_read(struct config_file *file, const struct config_handler *handler,
                       struct config_problems *problems);

/* The text of the key's value, without the white space around it and without a ` ;comment`. None
 * ends a password, and where a text may stand in quotes, none begins within them. */
char *config_line_text(char *value, const struct config_key *key);

#endif
