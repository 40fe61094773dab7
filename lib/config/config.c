/* config: the configuration as a whole: what goes before what, what is missing, what is wrong. */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/config_private.h"

enum {
    PROBLEM_MAX = 1000, /* bytes of one */
    TAIL_MAX = 40,      /* "... and N more" */
    WARNINGS_MAX = 16384,
    SHOWN_CELLS = 60
};

/* What stands for a key. Without an origin: its default. */
struct row {
    struct config_origin origin;
    const char *text; /* in the file or the environment */
    bool unused;      /* another way to give the same password goes before */
};

struct loader {
    struct config *config;
    const struct config_source *source;
    struct config_file file;
    struct config_problems problems;
    struct row *rows;                /* one per key */
    struct config_settings repeated; /* of keys that stand for many */
    int64_t mailbox;                 /* of the section being read */
    char **credentials;              /* one per key: the path of its credential, or NULL */
    bool secrets_inside;             /* the file holds a password */
    struct error ended;              /* the run had to end */
};

/* Problems */

void config_problems_init(struct config_problems *problems)
{
    *problems = (struct config_problems){.left_out = 0};
    buf_init(&problems->text, ERROR_MESSAGE_MAX - 1 - TAIL_MAX);
}

void config_problems_release(struct config_problems *problems)
{
    buf_release(&problems->text);
}

static void print_origin(struct buf *out, const struct config_origin *origin)
{
    if (origin && origin->variable)
        buf_printf(out, "%s: ", origin->variable);
    else if (origin && origin->line)
        buf_printf(out, "%s:%d: ", origin->file, origin->line);
    else if (origin && origin->file)
        buf_printf(out, "%s: ", origin->file);
}

void config_problem(struct config_problems *problems, const struct config_origin *origin,
                    const char *format, ...)
{
    struct buf line, cut;
    char *message = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&message, format, args);
    va_end(args);
    buf_init(&line, SIZE_MAX / 2);
    buf_init(&cut, PROBLEM_MAX);
    if (n >= 0) {
        print_origin(&line, origin);
        buf_puts(&line, message);
        free(message);
    }
    if (n < 0 || line.failed || text_fit(&cut, line.data, line.len, PROBLEM_MAX, PROBLEM_MAX) < 0)
        problems->no_memory = true;
    else if (problems->left_out > 0 || problems->text.len + 1 + cut.len > problems->text.max)
        problems->left_out++;
    else
        buf_printf(&problems->text, "%s%s", problems->text.len ? "\n" : "", cut.data);
    buf_release(&line);
    buf_release(&cut);
}

int config_problems_error(const struct config_problems *problems, struct error *error)
{
    if (problems->no_memory || problems->text.failed)
        return error_no_memory(error);
    if (problems->left_out > 0)
        return error_set(error, ERR_USAGE, "%s\n... and %zu more", buf_text(&problems->text),
                         problems->left_out);
    if (problems->text.len > 0)
        return error_set(error, ERR_USAGE, "%s", buf_text(&problems->text));
    return 0;
}

/* Values, from the weakest source to the strongest */

static bool is_secret(const struct config_key *key)
{
    return key->type == TYPE_SECRET || key->type == TYPE_SECRET_FILE ||
           key->type == TYPE_SECRET_COMMAND;
}

static bool row_given(const struct row *row)
{
    return row->origin.line || row->origin.variable;
}

/* Are the two keys the same, or two ways to give the same password? */
static bool is_alike(size_t left, size_t right)
{
    const struct config_key *a = &CONFIG_KEYS[left], *b = &CONFIG_KEYS[right];
    return left == right || (is_secret(a) && is_secret(b) && a->offset == b->offset);
}

/* Does anything stand for the key; with `filled`, more than an empty text? */
static bool is_given(const struct loader *load, size_t index, bool filled)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (is_alike(i, index) && row_given(&load->rows[i]) && (!filled || *load->rows[i].text))
            return true;
    return false;
}

/* Does it stand for many: lines of a [map.*], or of each [mailbox.ID]? */
static bool is_repeated(const struct config_key *key)
{
    return strcmp(key->name, "*") == 0 || strcmp(key->section, "mailbox.ID") == 0;
}

static void note_repeated(struct loader *load, const struct config_key *key, const char *name,
                          const char *text, const struct config_origin *origin)
{
    char section[64];
    snprintf(section, sizeof section, "%s", key->section);
    if (load->mailbox)
        snprintf(section, sizeof section, "mailbox.%lld", (long long)load->mailbox);
    if (config_settings_add(&load->repeated, key, section, name, text, origin) < 0)
        load->problems.no_memory = true;
}

static void put(struct loader *load, size_t index, const char *name, const char *text,
                const struct config_origin *origin)
{
    const struct config_key *key = &CONFIG_KEYS[index];
    load->rows[index] = (struct row){.origin = *origin, .text = text};
    if (is_secret(key))
        return;
    if (is_repeated(key))
        note_repeated(load, key, name, text, origin);
    config_put(&(struct config_value){.config = load->config,
                                      .problems = &load->problems,
                                      .key = key,
                                      .name = name,
                                      .text = text,
                                      .mailbox = load->mailbox,
                                      .origin = *origin});
}

static void put_defaults(struct loader *load)
{
    static const struct config_origin built_in = {.file = "default"};
    load->config->scope.all_mailboxes = true;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (CONFIG_KEYS[i].initial)
            put(load, i, CONFIG_KEYS[i].name, CONFIG_KEYS[i].initial, &built_in);
}

static void put_environment(struct loader *load)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        struct config_origin origin = {.variable = key->environment};
        const char *text = NULL;
        if (key->environment)
            text = config_environment(load->source->environment, key->environment);
        if (!text && key->legacy && !is_given(load, i, false)) {
            origin.variable = key->legacy;
            text = config_environment(load->source->environment, key->legacy);
        }
        if (text && !is_secret(key) && !text_valid(text, strlen(text)))
            config_problem(&load->problems, &origin, "is not valid UTF-8");
        else if (text)
            put(load, i, key->name, text, &origin);
    }
}

/* Where nothing else gives a password, a credential of the systemd service does, if there is one.
 */
static void put_credentials(struct loader *load)
{
    static const char DIRECTORY[] = "CREDENTIALS_DIRECTORY";
    const char *directory = config_environment(load->source->environment, DIRECTORY);
    for (size_t i = 0; directory && i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (!key->credential || is_given(load, i, true))
            continue;
        char **path = &load->credentials[i];
        if (asprintf(path, "%s/%s", directory, key->credential) < 0) {
            *path = NULL;
            load->problems.no_memory = true;
        } else if (access(*path, F_OK) == 0) {
            put(load, i, key->name, *path, &(struct config_origin){.variable = DIRECTORY});
        }
    }
}

static void free_credentials(struct loader *load)
{
    for (size_t i = 0; load->credentials && i < CONFIG_KEYS_COUNT; i++)
        free(load->credentials[i]);
    free(load->credentials);
}

/* The file */

/* The key `name` of `section`; `name` NULL: any of it. CONFIG_KEYS_COUNT: none. */
static size_t find_key(const char *section, bool mailbox, const char *name)
{
    size_t i = 0;
    for (; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (strcmp(key->section, mailbox ? "mailbox.ID" : section) == 0 &&
            (!name || strcmp(key->name, name) == 0 || (strcmp(key->name, "*") == 0 && *name)))
            break;
    }
    return i;
}

static bool take_heading(void *user, const char *section, const struct config_origin *origin)
{
    static const char MAILBOX[] = "mailbox.";
    struct loader *load = user;
    load->mailbox = 0;
    if (strncmp(section, MAILBOX, strlen(MAILBOX)) == 0) {
        if (config_mailbox_id(section + strlen(MAILBOX), &load->mailbox))
            return true;
        config_problem(&load->problems, origin, "[%s]: a mailbox's id is a whole number above 0",
                       section);
        return false;
    }
    if (find_key(section, false, NULL) < CONFIG_KEYS_COUNT)
        return true;
    config_problem(&load->problems, origin, "there is no section [%s]", section);
    return false;
}

static void refuse_name(struct loader *load, const struct config_line *line)
{
    struct buf name;
    buf_init(&name, 1024);
    text_show(&name, line->name, strlen(line->name), SHOWN_CELLS);
    if (!*line->section)
        config_problem(&load->problems, &line->origin, "this stands before the first [section]");
    else if (line->indented)
        /* Not shown: it may be the second line of a password. */
        config_problem(&load->problems, &line->origin,
                       "this is no key of [%s]; indented lines do not continue the one above",
                       line->section);
    else
        config_problem(&load->problems, &line->origin, "there is no key \"%s\" in [%s]",
                       buf_text(&name), line->section);
    buf_release(&name);
}

/* `password =` in the file, or a proxy's. */
static bool holds_secret(const struct config_key *key, const char *text)
{
    return (key->type == TYPE_SECRET && *text) || (key->type == TYPE_PROXY && strchr(text, '@'));
}

static void take_line(void *user, const struct config_line *line)
{
    struct loader *load = user;
    size_t i = find_key(line->section, load->mailbox != 0, line->name);
    if (i == CONFIG_KEYS_COUNT) {
        refuse_name(load, line);
        return;
    }
    const struct config_key *key = &CONFIG_KEYS[i];
    const struct config_origin *earlier = &load->rows[i].origin;
    bool once = load->mailbox == 0 && strcmp(key->name, "*") != 0;
    char *text = config_line_text(line->value, is_secret(key));
    load->secrets_inside |= holds_secret(key, text);
    if (once && earlier->line)
        config_problem(&load->problems, &line->origin, "%s is given a second time, after line %d",
                       key->name, earlier->line);
    else
        put(load, i, line->name, text, &line->origin);
}

/* Who can write to it says where the passwords go, and which command is run for them. */
static void check_writers(struct loader *load)
{
    const struct config_file *file = &load->file;
    struct buf *warnings = &load->config->warnings;
    if (file->bytes.mode & S_IWOTH)
        config_problem(&load->problems, &(struct config_origin){.file = file->path},
                       "everybody can write to it: chmod 600 it");
    else if (file->bytes.mode & S_IWGRP)
        buf_printf(warnings,
                   "the group of %s can write to it: chmod g-w it, unless that is meant\n",
                   file->path);
    if (file->bytes.owner != 0 && file->bytes.owner != geteuid())
        buf_printf(warnings, "%s belongs to another user (uid %lu), who can change it\n",
                   file->path, (unsigned long)file->bytes.owner);
}

static void check_mode(struct loader *load)
{
    const struct config_file *file = &load->file;
    const struct config_origin origin = {.file = file->path};
    check_writers(load);
    if (!load->secrets_inside)
        return;
    if (file->bytes.mode & S_IROTH)
        config_problem(&load->problems, &origin,
                       "it holds a password and everybody can read it: chmod 600 it, or 640 when "
                       "its group must read it");
    else if ((file->bytes.mode & S_IRGRP) && !file->bytes.shared)
        buf_printf(&load->config->warnings,
                   "%s holds a password and its group can read it: chmod 600 it, unless that is "
                   "meant\n",
                   file->path);
}

/* Passwords */

static void print_key(struct buf *out, const struct config_key *key)
{
    buf_printf(out, "[%s] %s", key->section, key->name);
}

/* Stores a password's bytes. White space around and in the API's does not count; of the other's
 * the last line break alone does not. */
static void store_secret(struct loader *load, size_t index, const char *bytes, size_t len)
{
    const struct config_key *key = &CONFIG_KEYS[index];
    struct config_origin origin = load->rows[index].origin;
    struct secret *secret = (struct secret *)(void *)((char *)load->config + key->offset);
    bool strip = secret == &load->config->api_password;
    if (!strip && key->type != TYPE_SECRET && len > 0 && bytes[len - 1] == '\n')
        len -= len > 1 && bytes[len - 2] == '\r' ? 2 : 1;
    if (memchr(bytes, '\0', len))
        config_problem(&load->problems, &origin, "%s: there is a NUL byte in it", key->name);
    else if (secret_set(secret, bytes, len, strip) < 0)
        load->problems.no_memory = true;
    else if (!*secret_reveal(secret) && key->type != TYPE_SECRET)
        config_problem(&load->problems, &origin, "%s: there is nothing in it", key->name);
    if (!*secret_reveal(secret))
        secret_release(secret);
}

static void read_secret_file(struct loader *load, size_t index)
{
    const struct row *row = &load->rows[index];
    struct config_bytes bytes;
    bool absent;
    const char *why = config_bytes_read(&bytes, row->text, CONFIG_SECRET_MAX, &absent);
    if (why) {
        config_problem(&load->problems, &row->origin, "%s: %s: %s", CONFIG_KEYS[index].name,
                       row->text, why);
        return;
    }
    mode_t others = bytes.shared ? S_IROTH : S_IRGRP | S_IROTH;
    if ((bytes.mode & others) && !row->origin.variable) /* credentials are systemd's care */
        buf_printf(&load->config->warnings,
                   "%s holds a password and others than its owner can read it: chmod 600 it, "
                   "unless that is meant\n",
                   row->text);
    store_secret(load, index, bytes.data, bytes.len);
    config_bytes_release(&bytes);
}

/* Those of the run that is to come: its deadline is known by now. */
static struct limits limits_of(const struct loader *load)
{
    const struct config_source *source = load->source;
    bool timed = source->need_site && source->began_ms;
    return (struct limits){.deadline_ms =
                               timed ? source->began_ms + (int64_t)load->config->deadline_s * 1000
                                     : INT64_MAX,
                           .signal = source->signal};
}

static void run_secret_command(struct loader *load, size_t index)
{
    const struct row *row = &load->rows[index];
    struct config_bytes output;
    struct buf why;
    buf_init(&why, ERROR_MESSAGE_MAX);
    const struct limits limits = limits_of(load);
    struct limits patience = limits;
    patience.deadline_ms =
        clock_monotonic_ms() + limits_left_ms(&limits, CONFIG_COMMAND_TIMEOUT_MS);
    if (config_command(&output, row->text, load->source->environment, &patience, &why) == 0)
        store_secret(load, index, output.data, output.len);
    else if (limits_check(&limits, &load->ended) == 0)
        config_problem(&load->problems, &row->origin, "%s: %s", CONFIG_KEYS[index].name,
                       buf_text(&why));
    config_bytes_release(&output);
    buf_release(&why);
}

/* Takes the password from where row `index` says. */
static void take_secret(struct loader *load, size_t index)
{
    const struct row *row = &load->rows[index];
    if (CONFIG_KEYS[index].type == TYPE_SECRET)
        store_secret(load, index, row->text, strlen(row->text));
    else if (CONFIG_KEYS[index].type == TYPE_SECRET_FILE)
        read_secret_file(load, index);
    else
        run_secret_command(load, index);
}

/* Of the rows that give the password of row `inline_row` one at most may stand in the file; a
 * variable goes before them all. Unless `wanted`, no file is read and no command run for it. */
static void resolve_secret(struct loader *load, size_t inline_row, bool wanted)
{
    size_t chosen = CONFIG_KEYS_COUNT;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct row *row = &load->rows[i];
        if (!is_alike(i, inline_row) || !row_given(row) || !*row->text)
            continue;
        load->rows[i].unused = chosen != CONFIG_KEYS_COUNT;
        if (chosen == CONFIG_KEYS_COUNT)
            chosen = i;
        else if (!load->rows[chosen].origin.variable)
            config_problem(&load->problems, &row->origin,
                           "%s: the password is given already, by %s in line %d",
                           CONFIG_KEYS[i].name, CONFIG_KEYS[chosen].name,
                           load->rows[chosen].origin.line);
    }
    if (chosen < CONFIG_KEYS_COUNT && (wanted || chosen == inline_row))
        take_secret(load, chosen);
}

static void resolve_secrets(struct loader *load)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (CONFIG_KEYS[i].type == TYPE_SECRET)
            resolve_secret(load, i, CONFIG_KEYS[i].need != NEED_SITE || load->source->need_site);
}

/* The whole */

static void check_url(struct loader *load)
{
    const struct config *c = load->config;
    if (!c->api_url || c->allow_http || strncmp(c->api_url, "https:", 6) == 0 ||
        config_url_is_loopback(c->api_url))
        return;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (CONFIG_KEYS[i].type == TYPE_URL)
            config_problem(&load->problems, &load->rows[i].origin,
                           "[fluent] api_url begins with http://, which sends the password "
                           "readable: use https://, or say allow_http = yes");
}

/* Appends the keys of need `need` that nothing was given for: "[a] b (VARIABLE), ...". */
static void print_missing(const struct loader *load, enum config_need need, struct buf *out)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (key->need != need || is_given(load, i, true))
            continue;
        buf_puts(out, out->len ? ", " : "");
        print_key(out, key);
        buf_printf(out, " (or %s%s)", key->environment,
                   key->type == TYPE_SECRET ? ", or api_password_file, api_password_command" : "");
    }
}

static void check_missing(struct loader *load)
{
    struct buf site, always, places;
    buf_init(&site, ERROR_MESSAGE_MAX);
    buf_init(&always, ERROR_MESSAGE_MAX);
    buf_init(&places, ERROR_MESSAGE_MAX);
    if (load->source->need_site)
        print_missing(load, NEED_SITE, &site);
    print_missing(load, NEED_ALWAYS, &always);
    const struct config_origin file = {.file = load->file.path};
    if (site.len)
        config_problem(&load->problems, &file,
                       "FluentSupport API credentials not configured: set %s", buf_text(&site));
    if (always.len)
        config_problem(&load->problems, &file, "the database is not configured: set %s",
                       buf_text(&always));
    if ((site.len || always.len) && !load->file.path) {
        config_file_places(load->source, &places);
        config_problem(&load->problems, NULL, "there is no configuration file; looked for: %s",
                       buf_text(&places));
    }
    load->problems.no_memory |= site.failed || always.failed;
    buf_release(&site);
    buf_release(&always);
    buf_release(&places);
}

/* Where everything comes from, in the order of the table. */
static void note_settings(struct loader *load)
{
    struct config_settings *settings = &load->config->settings;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        const struct row *row = &load->rows[i];
        if (row->text && !row->unused && !is_repeated(key) &&
            config_settings_add(settings, key, key->section, key->name, row->text, &row->origin) <
                0)
            load->problems.no_memory = true;
    }
    size_t all = settings->count + load->repeated.count;
    struct config_setting *items = realloc(settings->items, (all + 1) * sizeof *items);
    if (!items) {
        load->problems.no_memory = true;
        return;
    }
    if (load->repeated.count)
        memcpy(items + settings->count, load->repeated.items, load->repeated.count * sizeof *items);
    settings->items = items;
    settings->count = all;
    load->repeated.count = 0;
}

static void load_all(struct loader *load)
{
    const struct config_handler handler = {
        .user = load, .heading = take_heading, .line = take_line};
    put_defaults(load);
    if (config_file_open(&load->file, load->source, &load->problems, &load->config->warnings) < 0)
        return;
    if (load->file.path) {
        load->config->file = strdup(load->file.path);
        load->config->file_mode = load->file.bytes.mode & 07777;
        load->problems.no_memory |= !load->config->file;
        config_file_parse(&load->file, &handler, &load->problems);
        check_mode(load);
        load->mailbox = 0;
    }
    put_credentials(load);
    put_environment(load);
    resolve_secrets(load);
    check_url(load);
    check_missing(load);
    note_settings(load);
}

int config_load(struct config *config, const struct config_source *source, struct error *error)
{
    struct loader load = {.config = config, .source = source};
    memset(config, 0, sizeof *config);
    buf_init(&config->warnings, WARNINGS_MAX);
    config_problems_init(&load.problems);
    load.rows = calloc(CONFIG_KEYS_COUNT, sizeof *load.rows);
    load.credentials = calloc(CONFIG_KEYS_COUNT, sizeof *load.credentials);
    if (load.rows && load.credentials)
        load_all(&load);
    else
        load.problems.no_memory = true;
    if (load.ended.code != ERR_NONE)
        error_copy(error, &load.ended);
    int result = load.ended.code != ERR_NONE ? -1 : config_problems_error(&load.problems, error);
    if (result < 0)
        config_release(config);
    config_file_release(&load.file);
    config_problems_release(&load.problems);
    free_credentials(&load);
    config_settings_release(&load.repeated);
    free(load.rows);
    return result;
}

/* Overwrites the value of "NAME=value" if that is the variable's name. */
static void forget(char *variable, const char *name)
{
    size_t n = name ? strlen(name) : 0;
    if (n && strncmp(variable, name, n) == 0 && variable[n] == '=')
        explicit_bzero(variable + n + 1, strlen(variable + n + 1));
}

void config_forget(char *const *environment)
{
    for (; *environment; environment++)
        for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
            if (CONFIG_KEYS[i].type == TYPE_SECRET) {
                forget(*environment, CONFIG_KEYS[i].environment);
                forget(*environment, CONFIG_KEYS[i].legacy);
            }
}

void config_release(struct config *config)
{
    config_free_values(config);
    config_settings_release(&config->settings);
    free(config->file);
    config->file = NULL;
    buf_release(&config->warnings);
}
