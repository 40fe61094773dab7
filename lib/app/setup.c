/* setup: the answers, and the configuration that they make. */
#include "app/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/answer.h"
#include "config/bytes.h"
#include "config/environment.h"
#include "config/file.h"
#include "config/keys.h"

static const char *const OWN_VARIABLES[SETUP_OWN] = {
    [SETUP_ADMIN_PASSWORD] = CONFIG_ADMIN_VARIABLE,
    [SETUP_MIGRATE_PASSWORD] = CONFIG_MIGRATE_VARIABLE,
};

static size_t answer_count(void)
{
    return CONFIG_KEYS_COUNT + SETUP_OWN;
}

void setup_forget(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

/* What cron has of the environment, and commands that print passwords need. */
static void plain_environment(const struct setup *setup, const char *plain[3])
{
    static const char *const kept[] = {"PATH=", "HOME="};
    size_t count = 0;
    for (const char *const *at = setup->environment; *at; at++)
        for (size_t i = 0; i < 2 && count < 2; i++)
            if (strncmp(*at, kept[i], strlen(kept[i])) == 0)
                plain[count++] = *at;
    plain[count] = NULL;
}

/* The file */

/* The directory nearest to the file that is there must take new files. */
static int check_directory(const char *path, struct error *error)
{
    char *directory = strdup(path), *slash;
    if (!directory)
        return error_no_memory(error);
    while ((slash = strrchr(directory, '/')) != NULL) {
        slash[slash == directory] = '\0';
        if (slash == directory || access(directory, F_OK) == 0)
            break;
    }
    const char *where = slash ? directory : ".";
    int done = access(where, W_OK | X_OK) == 0
                   ? 0
                   : error_advise(error, ERR_USAGE,
                                  "choose another file with --config, or run setup as a user who "
                                  "may write there",
                                  "%s could not be written: %s: %s", path, where, strerror(errno));
    free(directory);
    return done;
}

static int read_before(struct setup *setup, struct error *error)
{
    struct config_bytes bytes;
    bool absent = false;
    const char *why = config_bytes_read(&bytes, setup->path, CONFIG_FILE_MAX, &absent);
    if (!why && strlen(bytes.data) != bytes.len) {
        config_bytes_release(&bytes);
        why = "it contains a NUL byte"; /* what stands behind it would be lost */
    }
    if (why && !absent)
        return error_set(error, ERR_USAGE, "%s: cannot read the configuration: %s", setup->path,
                         why);
    setup->exists = !why;
    setup->before = strdup(why ? "" : bytes.data);
    config_bytes_release(&bytes);
    return setup->before ? check_directory(setup->path, error) : error_no_memory(error);
}

int setup_check_before(const struct setup *setup, struct error *error)
{
    struct config_bytes bytes;
    bool absent = false;
    const char *why = config_bytes_read(&bytes, setup->path, CONFIG_FILE_MAX, &absent);
    bool same =
        why ? absent && !setup->exists : setup->exists && strcmp(bytes.data, setup->before) == 0;
    config_bytes_release(&bytes);
    return same ? 0
                : error_advise(error, ERR_USAGE, "begin again with `fluent-sync setup`",
                               "%s has been changed by somebody else meanwhile", setup->path);
}

/* Would a run find it, to which nobody says where it is? */
static int look_where(struct setup *setup, struct error *error)
{
    const char *plain[3];
    char *usual = NULL;
    plain_environment(setup, plain);
    const struct config_source source = {.environment = plain};
    if (config_file_target(&source, &usual) < 0)
        return error_no_memory(error);
    setup->found = usual && strcmp(usual, setup->path) == 0;
    setup->systems = strcmp(setup->path, CONFIG_SYSTEM_FILE) == 0;
    free(usual);
    return 0;
}

int setup_open(struct setup *setup, const char *file, struct error *error)
{
    const struct config_source source = {.file = file, .environment = setup->environment};
    setup->answers = calloc(answer_count(), sizeof *setup->answers);
    setup->given = calloc(answer_count(), sizeof *setup->given);
    if (!setup->answers || !setup->given || config_file_target(&source, &setup->path) < 0)
        return error_no_memory(error);
    if (!setup->path)
        return error_advise(error, ERR_USAGE, "name it with --config FILE",
                            "there is no place for the file, as $HOME is not set");
    const char *slash = strrchr(setup->path, '/');
    int directory = slash ? (int)(slash - setup->path) + 1 : 0;
    if (asprintf(&setup->migrate_path, "%.*smigrate.ini", directory, setup->path) < 0) {
        setup->migrate_path = NULL;
        return error_no_memory(error);
    }
    return look_where(setup, error) < 0 ? -1 : read_before(setup, error);
}

void setup_close(struct setup *setup)
{
    for (size_t i = 0; setup->answers && i < answer_count(); i++)
        setup_forget(setup->answers[i]);
    free(setup->answers);
    free(setup->given);
    setup_forget(setup->before);
    free(setup->path);
    free(setup->migrate_path);
}

/* Answers */

bool setup_is_secret(size_t what)
{
    return what < CONFIG_KEYS_COUNT ? CONFIG_KEYS[what].type == TYPE_SECRET
                                    : what == CONFIG_KEYS_COUNT + SETUP_ADMIN_PASSWORD ||
                                          what == CONFIG_KEYS_COUNT + SETUP_MIGRATE_PASSWORD;
}

/* The same answer, or another way to give the same password? */
static bool is_alike(size_t one, size_t other)
{
    bool keys = one < CONFIG_KEYS_COUNT && other < CONFIG_KEYS_COUNT;
    return keys ? config_keys_are_alike(one, other) : one == other;
}

static int put(struct setup *setup, size_t what, const char *text, struct error *error)
{
    char *copy = strdup(text);
    if (!copy)
        return error_no_memory(error);
    setup_forget(setup->answers[what]);
    setup->answers[what] = copy;
    return 0;
}

int setup_answer(struct setup *setup, size_t what, const char *text, struct error *error)
{
    char url[SETUP_TEXT_SIZE];
    if (what < CONFIG_KEYS_COUNT && CONFIG_KEYS[what].type == TYPE_URL && *text &&
        !strstr(text, "://")) { /* as people write it */
        snprintf(url, sizeof url, "https://%s", text);
        text = url;
    }
    if (what < CONFIG_KEYS_COUNT && *text && config_answer(what, text, error) < 0)
        return -1;
    for (size_t i = 0; *text && i < answer_count(); i++)
        if (i != what && is_alike(what, i) && put(setup, i, "", error) < 0)
            return -1;
    return put(setup, what, text, error);
}

char *setup_value(const struct setup *setup, size_t what)
{
    const char *answer = setup->answers[what];
    if (answer)
        return *answer ? strdup(answer) : NULL;
    return what < CONFIG_KEYS_COUNT ? config_edit_value(setup->before, what) : NULL;
}

bool setup_has(const struct setup *setup, size_t what)
{
    bool has = false;
    for (size_t i = 0; i < answer_count() && !has; i++) {
        if (!is_alike(what, i))
            continue;
        char *value = setup_value(setup, i);
        has = value && *value;
        setup_forget(value);
    }
    return has;
}

/* Giving */

int setup_give(struct setup *setup, size_t what, const char *text, struct error *error)
{
    if (setup_answer(setup, what, text, error) < 0)
        return -1;
    for (size_t i = 0; i < answer_count(); i++)
        setup->given[i] |= is_alike(what, i);
    return 0;
}

int setup_give_file(struct setup *setup, size_t what, const char *path, struct error *error)
{
    struct config_bytes bytes;
    bool absent;
    const char *why = config_bytes_read(&bytes, path, CONFIG_SECRET_MAX, &absent);
    if (why)
        return error_set(error, ERR_USAGE, "%s: cannot read the password: %s", path, why);
    while (bytes.len && strchr("\r\n", bytes.data[bytes.len - 1]))
        bytes.data[--bytes.len] = '\0';
    int done = setup_give(setup, what, bytes.data, error);
    config_bytes_release(&bytes);
    return done;
}

static const char *variable_of(const struct setup *setup, size_t what)
{
    const char *name = what < CONFIG_KEYS_COUNT ? CONFIG_KEYS[what].environment
                                                : OWN_VARIABLES[what - CONFIG_KEYS_COUNT];
    return name ? config_environment(setup->environment, name) : NULL;
}

int setup_give_variables(struct setup *setup, struct error *error)
{
    for (size_t i = 0; i < answer_count(); i++) {
        union {
            const char *in;
            char *out;
        } text = {.in = variable_of(setup, i)};
        if (text.in && setup_give(setup, i, text.in, error) < 0)
            return -1;
        if (text.in && i >= CONFIG_KEYS_COUNT) /* config_forget knows only those of keys */
            explicit_bzero(text.out, strlen(text.out));
    }
    return 0;
}

/* The configuration */

/* `text` NULL: the file is read. */
static int load(const struct setup *setup, const char *text, bool partial, struct config *config,
                struct error *error)
{
    const char *plain[3];
    plain_environment(setup, plain);
    const struct config_source source = {.file = setup->path,
                                         .text = text,
                                         .partial = partial,
                                         .environment = plain,
                                         .need_site = true,
                                         .signal = setup->limits->signal};
    return config_load(config, &source, error);
}

int setup_load(const struct setup *setup, struct config *config, struct error *error)
{
    return load(setup, NULL, false, config, error);
}

int setup_config(const struct setup *setup, bool partial, struct config *config,
                 struct error *error)
{
    struct config_edit edit;
    int done = setup_edit(setup, SETUP_MAIN_FILE, &edit, error);
    if (done == 0)
        done = load(setup, buf_text(&edit.text), partial, config, error);
    config_edit_release(&edit);
    return done;
}

/* The database's keys but those of the account, as the other file has them. */
static size_t server_changes(const struct setup *setup, struct config_change *changes,
                             char **values)
{
    size_t count = 0;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (strcmp(key->section, "mysql") != 0 || config_key_is_secret(key) ||
            strcmp(key->name, "user") == 0)
            continue;
        values[count] = setup_value(setup, i);
        changes[count] = (struct config_change){i, values[count]};
        count++;
    }
    return count;
}

static int edit_migrate(const struct setup *setup, struct config_change *changes,
                        struct config_edit *edit, struct error *error)
{
    char **values = calloc(answer_count(), sizeof *values);
    if (!values)
        return error_no_memory(error);
    size_t count = server_changes(setup, changes, values);
    changes[count] = (struct config_change){config_key_find("mysql", "user"),
                                            setup->answers[CONFIG_KEYS_COUNT + SETUP_MIGRATE_USER]};
    changes[count + 1] =
        (struct config_change){config_key_find("mysql", "password"),
                               setup->answers[CONFIG_KEYS_COUNT + SETUP_MIGRATE_PASSWORD]};
    int done = config_edit(edit, "", changes, count + 2, error);
    for (size_t i = 0; i < count; i++)
        free(values[i]);
    free(values);
    return done;
}

int setup_edit(const struct setup *setup, enum setup_file file, struct config_edit *edit,
               struct error *error)
{
    struct config_change *changes = calloc(answer_count(), sizeof *changes);
    size_t count = 0;
    *edit = (struct config_edit){.changed = false};
    if (!changes)
        return error_no_memory(error);
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (setup->answers[i])
            changes[count++] =
                (struct config_change){i, *setup->answers[i] ? setup->answers[i] : NULL};
    int done = file == SETUP_MIGRATE_FILE ? edit_migrate(setup, changes, edit, error)
                                          : config_edit(edit, setup->before, changes, count, error);
    free(changes);
    return done;
}
