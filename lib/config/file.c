/* file: finding and reading the configuration file. */
#include "config/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/environment.h"

enum { PLACES = 3 };

/* The places to search without --config; NULL where one does not apply. A relative directory does
 * not count: nothing is ever read from the current one. */
static bool search_places(const struct config_source *source, char *places[PLACES])
{
    const char *named = config_environment(source->environment, "FLUENT_SYNC_CONFIG");
    const char *xdg = config_environment(source->environment, "XDG_CONFIG_HOME");
    const char *home = config_environment(source->environment, "HOME");
    bool ok = true;
    memset(places, 0, PLACES * sizeof *places);
    if (named)
        ok = (places[0] = strdup(named)) != NULL;
    if (xdg && *xdg == '/')
        ok = asprintf(&places[1], "%s/fluent-sync/fluent-sync.ini", xdg) >= 0 && ok;
    else if (home && *home == '/')
        ok = asprintf(&places[1], "%s/.config/fluent-sync/fluent-sync.ini", home) >= 0 && ok;
    places[2] = strdup(CONFIG_SYSTEM_FILE);
    return ok && places[2];
}

static void free_places(char *places[PLACES])
{
    for (size_t i = 0; i < PLACES; i++)
        free(places[i]);
}

/* May the file be missing? */
enum missing { MISSING_IS_FINE, MISSING_IS_A_PROBLEM };

/* Takes the file at `path`, if there is one. */
static int try_place(struct config_file *file, const char *path, enum missing missing,
                     struct config_problems *problems)
{
    bool absent = false;
    const char *why = config_bytes_read(&file->bytes, path, CONFIG_FILE_MAX, &absent);
    if (absent && missing == MISSING_IS_FINE)
        return 0;
    if (why) {
        config_problem(problems, &(struct config_origin){.file = path},
                       "cannot read the configuration: %s", why);
        return -1;
    }
    file->path = strdup(path);
    problems->no_memory |= !file->path;
    return file->path ? 0 : -1;
}

/* A file that is yet to be written, by us and for us alone. */
static int take_text(struct config_file *file, const struct config_source *source,
                     struct config_problems *problems)
{
    file->path = strdup(source->file);
    file->bytes.data = strdup(source->text);
    file->bytes.len = strlen(source->text);
    file->bytes.mode = S_IFREG | S_IRUSR | S_IWUSR;
    file->bytes.owner = geteuid();
    problems->no_memory |= !file->path || !file->bytes.data;
    if (file->path && file->bytes.data)
        return 0;
    config_file_release(file);
    return -1;
}

int config_file_open(struct config_file *file, const struct config_source *source,
                     struct config_problems *problems, struct buf *warnings)
{
    *file = (struct config_file){.path = NULL};
    if (source->text)
        return take_text(file, source, problems);
    if (source->file)
        return try_place(file, source->file, MISSING_IS_A_PROBLEM, problems);

    char *places[PLACES];
    int result = 0;
    if (!search_places(source, places)) {
        problems->no_memory = true;
        result = -1;
    }
    for (size_t i = 0; i < PLACES && result == 0 && !file->path; i++) {
        if (!places[i])
            continue;
        result = try_place(file, places[i], MISSING_IS_FINE, problems);
        if (i == 0 && result == 0 && !file->path)
            buf_printf(warnings, "FLUENT_SYNC_CONFIG names %s, which does not exist\n", places[i]);
    }
    free_places(places);
    return result;
}

int config_file_target(const struct config_source *source, char **path)
{
    char *places[PLACES];
    bool ok = search_places(source, places);
    const char *target = source->file;
    /* A named one is read, or made, before all others. */
    for (size_t i = 0; ok && !target && i < PLACES; i++)
        if (places[i] && (access(places[i], F_OK) == 0 ||
                          config_environment(source->environment, "FLUENT_SYNC_CONFIG")))
            target = places[i];
    if (!target)
        target = places[geteuid() == 0 ? PLACES - 1 : 1];
    *path = ok && target ? strdup(target) : NULL;
    ok = ok && (!target || *path);
    free_places(places);
    return ok ? 0 : -1;
}

void config_file_release(struct config_file *file)
{
    free(file->path);
    file->path = NULL;
    config_bytes_release(&file->bytes);
}

void config_file_places(const struct config_source *source, struct buf *out)
{
    char *places[PLACES];
    const char *comma = "";
    search_places(source, places);
    for (size_t i = 0; i < PLACES; i++) {
        if (!places[i])
            continue;
        buf_printf(out, "%s%s", comma, places[i]);
        comma = ", ";
    }
    free_places(places);
}
