/* edit: the text of a configuration file with some values set, and everything else as it was. */
#ifndef FLUENT_SYNC_CONFIG_EDIT_H
#define FLUENT_SYNC_CONFIG_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* One value to set. */
struct config_change {
    size_t key;        /* its position in CONFIG_KEYS; no key that can be given more than once */
    const char *value; /* one that config_answer takes; NULL: no line of the key is to be there */
};

struct config_edit {
    struct buf text; /* the new file; passwords are in it */
    struct buf diff; /* its lines that differ, below their section, with "-" and "+" before them;
                        instead of a password it shows stars */
    bool changed;
};

/*
 * Makes the new text of the file out of `text`, "" for a new one. A value replaces the key's line;
 * where there is none, the line that shows it as a comment (`;key = ...`, as in the example file);
 * where there is none either, it becomes the last line of its section, below a comment that
 * describes it. A value that already stands there changes nothing. -1 when there is no memory.
 * config_edit_release in every case.
 */
int config_edit(struct config_edit *edit, const char *text, const struct config_change *changes,
                size_t count, struct error *error);
void config_edit_release(struct config_edit *edit);

/* The key's value in a file's text, for wiping and free(); NULL: there is none, or no memory. */
char *config_edit_value(const char *text, size_t key);

#endif
