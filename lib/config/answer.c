/* answer: checks one value as config_load does, and whether a line of the file can hold it. */
#include "config/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/keys.h"
#include "config/lines.h"
#include "config/value.h"

enum { NAME_ROOM = 64 /* for a key's name and " = " */ };

bool config_option(size_t key, char option[CONFIG_OPTION_SIZE])
{
    const struct config_key *k = &CONFIG_KEYS[key];
    bool alone = strcmp(k->section, "fluent") == 0 || strcmp(k->section, "sync") == 0;
    if (k->type == TYPE_SECRET || config_key_is_repeated(k))
        return false;
    snprintf(option, CONFIG_OPTION_SIZE, "%s%s%s", alone ? "" : k->section, alone ? "" : "-",
             k->name);
    for (char *at = option; (at = strchr(at, '_')) != NULL;)
        *at = '-';
    return true;
}

/* Is it read back as it is? The file has no quotes. */
static bool fits_line(const struct config_key *key, const char *text)
{
    size_t n = strlen(text);
    if (n > CONFIG_LINE_MAX - NAME_ROOM || strpbrk(text, "\n") || !text_valid(text, n))
        return false;
    char *line; /* what stands behind the `=` */
    if (asprintf(&line, " %s", text) < 0)
        return false;
    char *read = config_line_text(line, key);
    bool same = strcmp(read, text) == 0;
    explicit_bzero(line, n + 1);
    free(line);
    return same;
}

int config_answer(size_t key, const char *text, struct error *error)
{
    const struct config_key *k = &CONFIG_KEYS[key];
    struct config *config = calloc(1, sizeof *config);
    struct config_problems problems;
    int done;
    config_problems_init(&problems);
    const struct config_value value = {.config = config,
                                       .problems = &problems,
                                       .key = k,
                                       .section = k->section,
                                       .name = k->name,
                                       .text = text};
    if (!config)
        problems.no_memory = true;
    else if (!fits_line(k, text))
        config_problem(&problems, NULL,
                       "[%s] %s cannot stand in the file: it is too long, or has a line break, "
                       "` ;`, or white space at its ends",
                       k->section, k->name);
    else if (!config_key_is_secret(k))
        config_put(&value);
    done = config_problems_error(&problems, error);
    config_problems_release(&problems);
    if (config)
        config_free_values(config);
    free(config);
    return done;
}
