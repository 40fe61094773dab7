/* lines: takes the INI file apart line by line. The only module that knows inih. */
#ifndef FLUENT_SYNC_CONFIG_LINES_H
#define FLUENT_SYNC_CONFIG_LINES_H

#include <stdbool.h>

#include "config/file.h"
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

/* Whether ` ;comment` ends a value. */
enum config_comments { COMMENTS_CUT, COMMENTS_KEPT, COMMENTS_OUTSIDE_QUOTES };
/* The text of a value without the white space around it, and without a comment. */
char *config_line_text(char *value, enum config_comments comments);

#endif
