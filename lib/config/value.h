/* value: the text of a key, checked and stored in the configuration. */
#ifndef FLUENT_SYNC_CONFIG_VALUE_H
#define FLUENT_SYNC_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/problems.h"

/* One value on its way into `config`. */
struct config_value {
    struct config *config;
    struct config_problems *problems;
    const struct config_key *key;
    const char *section; /* as written: that of the key, or what stands for its "map.NAME" */
    const char *name;    /* as written: that of the key, or what stands for its "*" */
    const char *text;
    int64_t mailbox; /* of a [mailbox.ID] section; else 0 */
    struct config_origin origin;
};

/* Checks and stores it, or adds a problem. An empty text is the default of a key that has no
 * other, and a problem elsewhere. */
void config_put(const struct config_value *value);
/* Where the member of `config` is that the key sets. */
void *config_place(const struct config_value *value);
/* Frees what the keys of the table own. */
void config_free_values(struct config *config);
/* Does the text stand in quotes, which are a part of it? */
bool config_is_quoted(const char *text);
/* An id as in [mailbox.ID]: digits, above 0. */
bool config_mailbox_id(const char *text, int64_t *id);
/* Appends what a value of `key` may be, e.g. "a whole number, 1 to 8"; nothing for free text. */
void config_expects(const struct config_key *key, struct buf *out);

#endif
