/* config: the file, its permissions, and where each value comes from. */
#include <stdio.h>
#include <string.h>

#include "check/findings.h"
#include "check/subjects.h"

static void check_file(struct check *c)
{
    const struct config *config = c->config;
    const char *warnings = buf_text(&config->warnings);
    char file[1024] = "none: the environment is enough";
    if (config->file)
        snprintf(file, sizeof file, "%s, mode %04o", config->file, config->file_mode);
    if (!*warnings) {
        check_ok(c, "config.file", "%s", file);
        return;
    }
    check_warn(c, "config.file", NULL, "%s", file);
    for (size_t n; *warnings; warnings += n + (warnings[n] == '\n')) {
        n = strcspn(warnings, "\n");
        check_detail(c, "%.*s", (int)n, warnings);
    }
}

static void check_values(struct check *c)
{
    const struct config_settings *settings = &c->config->settings;
    size_t given = 0;
    for (size_t i = 0; i < settings->count; i++)
        given += !settings->items[i].built_in;
    check_ok(c, "config.values", "%zu given, %zu by default%s", given, settings->count - given,
             c->options->all_settings ? "" : " (-v lists them)");
    for (size_t i = 0; i < settings->count; i++) {
        const struct config_setting *s = &settings->items[i];
        if (!s->built_in || c->options->all_settings)
            check_detail(c, "%s = %s (%s)", s->name, s->value, s->origin);
    }
}

void check_config(struct check *c)
{
    check_file(c);
    check_values(c);
}
