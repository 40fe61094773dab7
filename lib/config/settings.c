/* settings: where each value comes from, in words that may be shown. */
#include "config/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/url.h"

void config_settings_release(struct config_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->items[i].name);
        free(settings->items[i].value);
        free(settings->items[i].origin);
    }
    free(settings->items);
    *settings = (struct config_settings){.items = NULL};
}

/* A command may contain the password that it prints; the path of a file does not. */
static bool is_hidden(const struct config_key *key)
{
    return key->type == TYPE_SECRET || key->type == TYPE_SECRET_COMMAND;
}

/* Only the host of the address: whoever knows the whole of it can ping. */
static char *shown_ping(const char *text)
{
    struct url url = url_split(text);
    char *value;
    int n = asprintf(&value, "%.*s://%.*s%.*s/...", (int)url.scheme.length, url.scheme.at,
                     (int)url.host.length, url.host.at, (int)url.port.length, url.port.at);
    return n < 0 ? NULL : value;
}

/* The text as it may be shown: a proxy's without its user and password. */
static char *shown_value(const struct config_key *key, const char *text)
{
    if (is_hidden(key))
        return strdup(*text ? "set" : "");
    if (key->type == TYPE_PING_URL && *text)
        return shown_ping(text);
    const char *at = key->type == TYPE_PROXY ? strrchr(text, '@') : NULL;
    if (!at)
        return strdup(text);
    struct url url = url_split(text); /* a password may hold what ends the host */
    char *value;
    int n = asprintf(&value, "%.*s...%s", (int)(url.user.at - text), text, at);
    return n < 0 ? NULL : value;
}

static char *shown_name(const struct config_value *value)
{
    char *name;
    int n = value->mailbox
                ? asprintf(&name, "[mailbox.%" PRId64 "] %s", value->mailbox, value->name)
                : asprintf(&name, "[%s] %s", value->section, value->name);
    return n < 0 ? NULL : name;
}

static char *origin_text(const struct config_key *key, const struct config_origin *origin)
{
    char *text = NULL;
    int n;
    if (origin->variable && key->legacy && strcmp(origin->variable, key->legacy) == 0)
        n = asprintf(&text, "$%s, a name of the replaced service", origin->variable);
    else if (origin->variable)
        n = asprintf(&text, "$%s", origin->variable);
    else if (origin->line)
        n = asprintf(&text, "%s:%d", origin->file, origin->line);
    else
        n = asprintf(&text, "%s", origin->file);
    return n < 0 ? NULL : text;
}

int config_settings_add(struct config_settings *settings, const struct config_value *value)
{
    struct config_setting *items =
        realloc(settings->items, (settings->count + 1) * sizeof *settings->items);
    if (!items)
        return -1;
    settings->items = items;
    struct config_setting *s = &items[settings->count++];
    *s = (struct config_setting){.name = shown_name(value),
                                 .value = shown_value(value->key, value->text),
                                 .origin = origin_text(value->key, &value->origin),
                                 .built_in = !value->origin.variable && !value->origin.line};
    return s->name && s->value && s->origin ? 0 : -1;
}

int config_since(struct config *config, const char *day, const char *option, struct error *error)
{
    snprintf(config->scope.since, sizeof config->scope.since, "%s", day);
    for (size_t i = 0; i < config->settings.count; i++) {
        struct config_setting *s = &config->settings.items[i];
        if (strcmp(s->name, "[fluent] date_filter") != 0)
            continue;
        char *value = strdup(day), *origin = strdup(option);
        if (!value || !origin) {
            free(value);
            free(origin);
            return error_no_memory(error);
        }
        free(s->value);
        free(s->origin);
        s->value = value;
        s->origin = origin;
        s->built_in = false;
    }
    return 0;
}
