/* suggest: looks for the nearest names in the table of keys. */
#include "config/suggest.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "config/environment.h"
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

/* Variables */

static const char PREFIX[] = "FLUENT_";
/* Those that are no key's. */
static const char *const OTHERS[] = {"FLUENT_SYNC_CONFIG", CONFIG_ADMIN_VARIABLE,
                                     CONFIG_MIGRATE_VARIABLE};
static const char PROGRAM[] = "FLUENT_SYNC"; /* what a script may call it */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Of a service whose name begins with "fluent": NAME_SERVICE_HOST, NAME_SERVICE_PORT,
 * NAME_SERVICE_PORT_HTTP, NAME_PORT=tcp://..., NAME_PORT_80_TCP_ADDR. */
static bool is_of_kubernetes(const char *name, const char *value)
{
    const char *port = strstr(name, "_PORT_");
    return ends_with(name, "_SERVICE_HOST") || ends_with(name, "_SERVICE_PORT") ||
           strstr(name, "_SERVICE_PORT_") || (port && strchr("0123456789", port[6]) && port[6]) ||
           (ends_with(name, "_PORT") && strstr(value, "://"));
}

/* false: it is known. */
static bool find_nearest(const char *name, struct nearest *near)
{
    nearest_begin(near, name);
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (strcmp(OTHERS[i], name) == 0)
            return false;
        nearest_try(near, OTHERS[i]);
    }
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (CONFIG_KEYS[i].environment) {
            if (strcmp(CONFIG_KEYS[i].environment, name) == 0)
                return false;
            nearest_try(near, CONFIG_KEYS[i].environment);
        }
    return true;
}

void config_warn_variables(const char *const *environment, struct buf *warnings)
{
    enum { NAME_SIZE = 128 };
    char name[NAME_SIZE], ask[NEAREST_SIZE];
    struct nearest near;
    for (; environment && *environment; environment++) {
        size_t n = strcspn(*environment, "=");
        if (strncmp(*environment, PREFIX, sizeof PREFIX - 1) != 0 || n >= NAME_SIZE ||
            !(*environment)[n])
            continue;
        snprintf(name, sizeof name, "%.*s", (int)n, *environment);
        if (strcmp(name, PROGRAM) == 0 || is_of_kubernetes(name, *environment + n + 1) ||
            !find_nearest(name, &near))
            continue;
        buf_printf(warnings, "%s: there is no such variable, and it has no effect", name);
        if (near.found)
            buf_printf(warnings, "; %s", nearest_ask(&near, "", "", ask));
        buf_putc(warnings, '\n');
    }
}
