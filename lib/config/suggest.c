/* suggest: looks for the nearest names in the table of keys. */
#include "config/suggest.h"

#include <string.h>

#include "base/nearest.h"
#include "config/keys.h"

void config_suggest_section(struct buf *out, const char *section)
{
    struct nearest near;
    nearest_begin(&near, section);
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        nearest_try(&near, CONFIG_KEYS[i].section);
    if (near.found)
        buf_printf(out, "; did you mean [%s]?", near.found);
}

void config_suggest_key(struct buf *out, const char *section, const char *name)
{
    struct nearest near;
    nearest_begin(&near, name);
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (strcmp(key->name, name) == 0 && strcmp(name, "*") != 0) {
            buf_printf(out, "; it belongs in [%s]", key->section);
            return;
        }
        if (strcmp(key->section, section) == 0)
            nearest_try(&near, key->name);
    }
    if (near.found)
        buf_printf(out, "; did you mean %s?", near.found);
}
