/* config: the whole configuration: which source goes before which, and what is missing. */
#include "config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/environment.h"
#include "config/file.h"
#include "config/keys.h"
#include "config/lines.h"
#include "config/password.h"
#include "config/problems.h"
#include "config/settings.h"
#include "config/suggest.h"
#include "config/url.h"
#include "config/value.h"
#include "core/lookup.h"
#include "model/row.h"

enum { WARNINGS_MAX = 16384, SHOWN_CELLS = 60, HINT_MAX = 256 };

/* What is given for a key; the default, when its origin is neither a line nor a variable. */
struct given {
    struct config_origin origin;
    const char *text; /* in the file or the environment */
    bool unused;      /* the same password is given in another way that goes before it */
};

struct loader {
    struct config *config;
    const struct config_source *source;
    struct config_file file;
    struct config_problems problems;
    struct given *given;             /* one per key */
    struct config_settings repeated; /* of keys that can be given more than once */
    int64_t mailbox;                 /* of the section being read */
    const char *section;             /* its name; NULL: none is */
    struct arena arena;              /* for names and values that stood in quotes */
    char **credentials;              /* one per key: the path of its credential, or NULL */
    bool secrets_inside;             /* the file contains a password */
    struct error ended;              /* the run had to end */
};

/* Values, from the weakest source to the strongest */

/* Is it more than the default? */
static bool was_given(const struct given *given)
{
    return given->origin.line || given->origin.variable;
}

/* Does an empty text count as given? */
enum empty { EMPTY_COUNTS, EMPTY_DOES_NOT_COUNT };

static bool is_given(const struct loader *load, size_t index, enum empty empty)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (config_keys_are_alike(i, index) && was_given(&load->given[i]) &&
            (empty == EMPTY_COUNTS || *load->given[i].text))
            return true;
    return false;
}

/* A section [map.NAME] has many names. */
static const char *section_of(const struct loader *load, const struct config_key *key)
{
    return key->type == TYPE_LOOKUP_PAIR && load->section ? load->section : key->section;
}

static struct config_value value_of(struct loader *load, size_t index)
{
    return (struct config_value){.config = load->config,
                                 .problems = &load->problems,
                                 .key = &CONFIG_KEYS[index],
                                 .section = section_of(load, &CONFIG_KEYS[index]),
                                 .name = CONFIG_KEYS[index].name,
                                 .text = load->given[index].text,
                                 .mailbox = load->mailbox,
                                 .origin = load->given[index].origin};
}

/* What somebody who is used to a shell takes for something else. */
static void warn_quoted(struct loader *load, const struct config_key *key, const char *text,
                        const struct config_origin *origin)
{
    struct buf *out = &load->config->warnings;
    if (config_key_is_repeated(key) || !config_is_quoted(text))
        return;
    if (origin->variable)
        buf_printf(out, "%s: ", origin->variable);
    else
        buf_printf(out, "%s:%d: ", origin->file, origin->line);
    buf_printf(out, "the quotes around the value of %s are taken as a part of it\n", key->name);
}

/* `name` as written: that of the key, or what stands for its "*". */
static void put(struct loader *load, size_t index, const char *name, const char *text,
                const struct config_origin *origin)
{
    load->given[index] = (struct given){.origin = *origin, .text = text};
    struct config_value value = value_of(load, index);
    value.name = name;
    warn_quoted(load, value.key, text, origin);
    if (config_key_is_secret(value.key))
        return;
    if (config_key_is_repeated(value.key) && config_settings_add(&load->repeated, &value) < 0)
        load->problems.no_memory = true;
    config_put(&value);
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
        if (!text && key->legacy && !is_given(load, i, EMPTY_COUNTS)) {
            origin.variable = key->legacy;
            text = config_environment(load->source->environment, key->legacy);
        }
        if (text && !config_key_is_secret(key) && !text_valid(text, strlen(text)))
            config_problem(&load->problems, &origin, "is not valid UTF-8");
        else if (text)
            put(load, i, key->name, text, &origin);
    }
}

/* A credential of the systemd service gives a password that nothing else gives. */
static void put_credentials(struct loader *load)
{
    static const char DIRECTORY[] = "CREDENTIALS_DIRECTORY";
    const char *directory = config_environment(load->source->environment, DIRECTORY);
    for (size_t i = 0; directory && i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (!key->credential || is_given(load, i, EMPTY_DOES_NOT_COUNT))
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

static bool take_heading(void *user, const char *section, const struct config_origin *origin)
{
    static const char MAILBOX[] = "mailbox.";
    struct loader *load = user;
    load->mailbox = 0;
    load->section = section;
    if (strncmp(section, MAILBOX, strlen(MAILBOX)) == 0) {
        if (config_mailbox_id(section + strlen(MAILBOX), &load->mailbox))
            return true;
        config_problem(&load->problems, origin, "[%s]: a mailbox's id is a whole number above 0",
                       section);
        return false;
    }
    if (config_key_find(section, NULL) < CONFIG_KEYS_COUNT)
        return true;
    struct buf hint;
    buf_init(&hint, HINT_MAX);
    config_suggest_section(&hint, section);
    config_problem(&load->problems, origin, "there is no section [%s]%s", section, buf_text(&hint));
    buf_release(&hint);
    return false;
}

static void refuse_name(struct loader *load, const struct config_line *line)
{
    struct buf name, hint;
    buf_init(&name, 1024);
    buf_init(&hint, HINT_MAX);
    config_suggest_key(&hint, load->mailbox ? "mailbox.ID" : line->section, line->name);
    text_show(&name, line->name, strlen(line->name), SHOWN_CELLS);
    if (!*line->section)
        config_problem(&load->problems, &line->origin, "this comes before the first [section]");
    else if (line->indented)
        /* Not shown: it may be the second line of a password. */
        config_problem(
            &load->problems, &line->origin,
            "this is not a key of [%s]; an indented line does not continue the one above",
            line->section);
    else
        config_problem(&load->problems, &line->origin, "there is no key \"%s\" in [%s]%s",
                       buf_text(&name), line->section, buf_text(&hint));
    buf_release(&name);
    buf_release(&hint);
}

/* `password =` in the file, or a proxy's. */
static bool holds_secret(const struct config_key *key, const char *text)
{
    return (key->type == TYPE_SECRET && *text) || (key->type == TYPE_PROXY && strchr(text, '@'));
}

/* In a section of names and values both may stand in quotes; a rule reads its own. false: what
 * begins with a quote is no text in quotes. */
static bool unquote(struct loader *load, const char **text)
{
    struct cell inside;
    if (**text != '"')
        return true;
    size_t n = rule_quoted(*text, &load->arena, &inside);
    load->problems.no_memory |= load->arena.failed;
    if (!n || (*text)[n] || strlen(inside.text) != inside.len)
        return false;
    *text = inside.text;
    return true;
}

static void take_line(void *user, const struct config_line *line)
{
    struct loader *load = user;
    size_t i = config_key_find(load->mailbox ? "mailbox.ID" : line->section, line->name);
    if (i == CONFIG_KEYS_COUNT) {
        refuse_name(load, line);
        return;
    }
    const struct config_key *key = &CONFIG_KEYS[i];
    const struct config_origin *earlier = &load->given[i].origin;
    bool once = load->mailbox == 0 && strcmp(key->name, "*") != 0;
    const char *text = config_line_text(line->value, key);
    const char *name = line->name;
    load->secrets_inside |= holds_secret(key, text);
    if (once && earlier->line)
        config_problem(&load->problems, &line->origin, "%s is given a second time, after line %d",
                       key->name, earlier->line);
    else if (config_section_is_map(line->section) &&
             (!unquote(load, &name) || (key->type != TYPE_RULE && !unquote(load, &text))))
        config_problem(&load->problems, &line->origin,
                       "[%s] a text in quotes ends with one, and \\ stands only before \", \\, n "
                       "and t",
                       line->section);
    else
        put(load, i, name, text, &line->origin);
}

/* Whoever can write to the file decides where the passwords are sent, and which commands run. */
static void check_writers(struct loader *load)
{
    const struct config_file *file = &load->file;
    struct buf *warnings = &load->config->warnings;
    if (file->bytes.mode & S_IWOTH)
        config_problem(&load->problems, &(struct config_origin){.file = file->path},
                       "everyone can write to it: chmod 600 it");
    else if (file->bytes.mode & S_IWGRP)
        buf_printf(warnings,
                   "the group of %s can write to it: chmod g-w it, unless that is intended\n",
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
                       "it contains a password and everyone can read it: chmod 600 it, or 640 if "
                       "its group must read it");
    else if ((file->bytes.mode & S_IRGRP) && !file->bytes.shared)
        buf_printf(&load->config->warnings,
                   "%s contains a password and its group can read it: chmod 600 it, unless that is "
                   "intended\n",
                   file->path);
}

/* Passwords */

/* Of the ways to give the password of `index`, the one that is taken; CONFIG_KEYS_COUNT: it is not
 * given. A variable goes before the file, where only one of them may stand. */
static size_t choose_secret(struct loader *load, size_t index)
{
    size_t chosen = CONFIG_KEYS_COUNT;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        struct given *given = &load->given[i];
        if (!config_keys_are_alike(i, index) || !was_given(given) || !*given->text)
            continue;
        given->unused = chosen != CONFIG_KEYS_COUNT;
        if (!given->unused)
            chosen = i;
        else if (!load->given[chosen].origin.variable)
            config_problem(&load->problems, &given->origin,
                           "%s: the password is already given by %s in line %d",
                           CONFIG_KEYS[i].name, CONFIG_KEYS[chosen].name,
                           load->given[chosen].origin.line);
    }
    return chosen;
}

static bool is_wanted(const struct loader *load, const struct config_key *key)
{
    if (key->need == NEED_SITE)
        return load->source->need_site;
    return key->need != NEED_WEB || load->source->for_web;
}

/* For a command that does not need a secret, no file with it is read, and no command run for it. */
static void take_secrets(struct loader *load)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        if (CONFIG_KEYS[i].type != TYPE_SECRET)
            continue;
        size_t chosen = choose_secret(load, i);
        bool wanted = is_wanted(load, &CONFIG_KEYS[i]);
        if (chosen == CONFIG_KEYS_COUNT || (!wanted && chosen != i))
            continue;
        const struct config_value value = value_of(load, chosen);
        config_password(&value, load->source, &load->ended);
    }
}

/* The whole */

static void check_url(struct loader *load)
{
    const struct config *c = load->config;
    if (!c->site.url || c->allow_http || config_url_is_protected(c->site.url))
        return;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (CONFIG_KEYS[i].type == TYPE_URL)
            config_problem(&load->problems, &load->given[i].origin,
                           "[fluent] api_url begins with http://, which sends the password "
                           "in clear text: use https://, or set allow_http = yes");
}

/* Appends the keys with this need for which nothing was given: "[a] b (VARIABLE), ...". */
static void print_missing(const struct loader *load, enum config_need need, struct buf *out)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (key->need != need || is_given(load, i, EMPTY_DOES_NOT_COUNT))
            continue;
        buf_puts(out, out->len ? ", " : "");
        buf_printf(out, "[%s] %s", key->section, key->name);
        buf_printf(out, " (or %s%s)", key->environment,
                   key->type == TYPE_SECRET ? ", or api_password_file, api_password_command" : "");
    }
}

/* Where the key was given; the line is 0 when it was not. */
static const struct config_origin *origin_of(const struct loader *load, const char *section,
                                             const char *name)
{
    return &load->given[config_key_find(section, name)].origin;
}

/* What is dropped is not there to be judged by. */
static void check_drop(struct loader *load)
{
    const struct config *c = load->config;
    bool category = push_sends_edits(&c->push, OUTBOX_PRODUCT);
    const struct {
        const char *path, *key;
        bool needed;
    } paths[] = {
        {"status", "[scope] tickets = closed", c->scope.tickets == SCOPE_CLOSED},
        {"resolved_at", "[scope] date_of = resolved_at", c->scope.date_of == SCOPE_RESOLVED_AT},
        {"priority", "[push] fields = urgency", push_sends_edits(&c->push, OUTBOX_PRIORITY)},
        {"product_id", "[push] fields = category", category},
        {"product", "[push] fields = category", category},
        {"product.title", "[push] fields = category", category},
    };
    const struct config_origin *origin = origin_of(load, "privacy", "drop");
    for (size_t i = 0; i < c->mapping.drop.count; i++)
        for (size_t p = 0; p < sizeof paths / sizeof *paths; p++)
            if (paths[p].needed && strcmp(c->mapping.drop.items[i].key, paths[p].path) == 0)
                config_problem(&load->problems, origin,
                               "[privacy] drop must not contain %s, which %s goes by",
                               paths[p].path, paths[p].key);
}

/* A section that chooses values of a field whose edits are not sent has no effect. */
static void check_chosen(struct loader *load, enum outbox_field field, const char *column,
                         const struct mapping_pairs *lines)
{
    const struct config_origin origin = {.file = load->file.path,
                                         .line = lines->count ? lines->items[0].line : 0};
    if (lines->count && !push_sends_edits(&load->config->push, field))
        config_problem(&load->problems, &origin,
                       "[push.%s] has no effect: [push] fields does not have %s",
                       field == OUTBOX_PRIORITY ? "priority" : "product", column);
}

/* A priority that becomes another urgency would never be sent. */
static void check_priorities(struct loader *load)
{
    const struct config *c = load->config;
    for (size_t i = 0; i < c->mapping.fields.count; i++)
        if (request_built_in(c->mapping.fields.items[i].key) == REQUEST_URGENCY)
            return; /* by a rule, which needs a ticket */
    const struct lookup *urgency = lookup_new("urgency", &c->mapping.urgency, &load->arena);
    for (size_t i = 0; urgency && i < c->push.priority.count; i++) {
        const struct mapping_pair *pair = &c->push.priority.items[i];
        const char *found = lookup_find(urgency, pair->value, strlen(pair->value), &load->arena);
        const struct config_origin origin = {.file = load->file.path, .line = pair->line};
        if (!found)
            found = urgency->rest ? urgency->rest->value : "";
        if (strcmp(found, pair->key) != 0)
            config_problem(&load->problems, &origin,
                           "[push.priority] %s = %s: by [map.urgency] that becomes %s", pair->key,
                           pair->value, found);
    }
    load->problems.no_memory |= load->arena.failed;
}

static void check_push(struct loader *load)
{
    const struct config *c = load->config;
    if (c->push.fields && c->local_edits == EDITS_OVERWRITE)
        config_problem(&load->problems, origin_of(load, "push", "fields"),
                       "[push] fields needs local_edits = keep: with overwrite there are no edits "
                       "that could be sent");
    check_chosen(load, OUTBOX_PRIORITY, "urgency", &c->push.priority);
    check_chosen(load, OUTBOX_PRODUCT, "category", &c->push.product);
    check_priorities(load);
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
    if ((site.len || always.len) && (!load->file.path || (site.len && always.len)))
        load->problems.advice = "`fluent-sync setup` asks for all of it, and writes the file";
    load->problems.no_memory |= site.failed || always.failed;
    buf_release(&site);
    buf_release(&always);
    buf_release(&places);
}

/* Notes where every value comes from, in the order of the table of keys. */
static void note_settings(struct loader *load)
{
    struct config_settings *settings = &load->config->settings;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_value value = value_of(load, i);
        if (value.text && !load->given[i].unused && !config_key_is_repeated(value.key) &&
            config_settings_add(settings, &value) < 0)
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

/* Of a command that lists the site's tickets; for the others it is of no interest. */
static void check_future(struct loader *load)
{
    const struct scope *scope = &load->config->scope;
    char what[HINT_MAX];
    if (!load->source->need_site)
        return;
    config_warn_future(load->config, "[fluent] date_filter", scope->since);
    for (size_t i = 0; i < scope->count; i++) {
        snprintf(what, sizeof what, "[mailbox.%" PRId64 "] date_filter", scope->mailboxes[i].id);
        config_warn_future(load->config, what, scope->mailboxes[i].since);
    }
}

static void report_rule(void *context, int line, const char *text)
{
    struct loader *load = context;
    const struct config_origin origin = {.file = load->file.path, .line = line};
    config_problem(&load->problems, &origin, "%s", text);
}

static void read_rules(struct loader *load)
{
    struct config *c = load->config;
    c->mapping.file = c->file;
    if (load->problems.no_memory) /* a line may be there in part */
        return;
    c->rules = rules_new(&c->mapping, report_rule, load);
    load->problems.no_memory |= !c->rules;
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
        config_lines_read(&load->file, &handler, &load->problems);
        check_mode(load);
        load->mailbox = 0;
        load->section = NULL;
    }
    put_credentials(load);
    put_environment(load);
    config_warn_variables(load->source->environment, &load->config->warnings);
    take_secrets(load);
    check_url(load);
    check_drop(load);
    check_push(load);
    check_future(load);
    if (!load->source->partial)
        check_missing(load);
    read_rules(load);
    note_settings(load);
}

int config_load(struct config *config, const struct config_source *source, struct error *error)
{
    struct loader load = {.config = config, .source = source};
    memset(config, 0, sizeof *config);
    buf_init(&config->warnings, WARNINGS_MAX);
    config_problems_init(&load.problems);
    load.given = calloc(CONFIG_KEYS_COUNT, sizeof *load.given);
    load.credentials = calloc(CONFIG_KEYS_COUNT, sizeof *load.credentials);
    if (load.given && load.credentials)
        load_all(&load);
    else
        load.problems.no_memory = true;
    int result = load.ended.code ? error_copy(error, &load.ended)
                                 : config_problems_error(&load.problems, error);
    if (result < 0)
        config_release(config);
    config_file_release(&load.file);
    config_problems_release(&load.problems);
    free_credentials(&load);
    arena_release(&load.arena);
    config_settings_release(&load.repeated);
    free(load.given);
    return result;
}

void config_release(struct config *config)
{
    rules_free(config->rules);
    config->rules = NULL;
    config_free_values(config);
    config_settings_release(&config->settings);
    free(config->file);
    config->file = NULL;
    buf_release(&config->warnings);
}
