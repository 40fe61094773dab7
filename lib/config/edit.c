/* edit: finds the lines of the keys, and writes the file anew line by line. */
#include "config/edit.h"

#include <stdlib.h>
#include <string.h>

#include "config/file.h"
#include "config/keys.h"
#include "config/lines.h"

enum { EDIT_MAX = 4 << 20, NO_KEY = -1 };

/* Instead of a password. */
#define STARS "********"

static const char FIRST_LINE[] =
    "# Written by fluent-sync setup; fluent-sync.ini(5) has all keys.\n";

/* Where things stand in the file. Of a key: lines, counted from 1; 0: none. */
struct map {
    struct place {
        int active;  /* `key = value` */
        int asleep;  /* the same as a comment */
        int section; /* the last line of the key's section that is its heading or a value */
        char *value; /* of the active line */
    } * places;
    int *sections; /* of a line that is a heading: a key of its section, or NO_KEY; else 0 */
    int lines;
    bool starved;
};

static int count_lines(const char *text)
{
    int count = 1;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static bool is_section(size_t key, const char *section)
{
    return strcmp(CONFIG_KEYS[key].section, section) == 0;
}

static void extend_section(struct map *map, const char *section, int line)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (is_section(i, section))
            map->places[i].section = line;
}

static bool take_heading(void *user, const char *section, const struct config_origin *origin)
{
    struct map *map = user;
    size_t key = config_key_find(section, NULL);
    map->sections[origin->line] = key < CONFIG_KEYS_COUNT ? (int)key + 1 : NO_KEY;
    extend_section(map, section, origin->line);
    return true;
}

static void take_line(void *user, const struct config_line *line)
{
    struct map *map = user;
    size_t key = config_key_find(line->section, line->name);
    extend_section(map, line->section, line->origin.line);
    if (key == CONFIG_KEYS_COUNT || config_key_is_repeated(&CONFIG_KEYS[key]))
        return;
    struct place *place = &map->places[key];
    place->active = line->origin.line;
    free(place->value);
    place->value = strdup(config_line_text(line->value, &CONFIG_KEYS[key]));
    map->starved |= !place->value;
}

/* "; key = ..." below a heading of `section`. */
static void take_comment(struct map *map, const char *line, int section, int number)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz_";
    char name[64] = "";
    line += 1 + strspn(line + 1, " ");
    size_t n = strspn(line, LETTERS);
    if (n == 0 || n >= sizeof name || line[n + strspn(line + n, " ")] != '=')
        return;
    memcpy(name, line, n);
    size_t key = config_key_find(CONFIG_KEYS[section - 1].section, name);
    if (key < CONFIG_KEYS_COUNT && strcmp(CONFIG_KEYS[key].name, name) == 0 &&
        !map->places[key].asleep)
        map->places[key].asleep = number;
}

static void take_comments(struct map *map, const char *text)
{
    int section = 0;
    for (int number = 1; *text; number++) {
        if (map->sections[number])
            section = map->sections[number];
        if (section > 0 && strchr(";#", *text))
            take_comment(map, text, section, number);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

static void map_release(struct map *map)
{
    for (size_t i = 0; map->places && i < CONFIG_KEYS_COUNT; i++) {
        char *value = map->places[i].value;
        if (value && config_key_is_secret(&CONFIG_KEYS[i]))
            explicit_bzero(value, strlen(value));
        free(value);
    }
    free(map->places);
    free(map->sections);
}

/* What cannot be read stays as it is: config_load says what is wrong with it. */
static int map_make(struct map *map, const char *text)
{
    struct config_file file = {.bytes = {.data = strdup(text), .len = strlen(text)}};
    struct config_problems problems;
    const struct config_handler handler = {map, take_heading, take_line};
    *map = (struct map){.lines = count_lines(text)};
    map->places = calloc(CONFIG_KEYS_COUNT, sizeof *map->places);
    map->sections = calloc((size_t)map->lines + 1, sizeof *map->sections);
    map->starved = !map->places || !map->sections || !file.bytes.data;
    if (!map->starved) {
        config_problems_init(&problems);
        config_lines_read(&file, &handler, &problems);
        config_problems_release(&problems);
        take_comments(map, text);
    }
    config_file_release(&file);
    return map->starved ? -1 : 0;
}

/* Writing */

struct writer {
    struct config_edit *edit;
    const struct map *map;
    const struct config_change *changes;
    size_t count;
    const char *shown; /* the section under which the diff stands */
};

static bool is_hidden(const struct config_key *key, const char *value)
{
    return key->type == TYPE_SECRET || key->type == TYPE_SECRET_COMMAND ||
           (key->type == TYPE_PROXY && strchr(value, '@'));
}

/* Appends a line to the diff, below its section. */
static void show(struct writer *w, size_t key, char sign, const char *line, size_t n)
{
    struct buf *diff = &w->edit->diff;
    const char *section = CONFIG_KEYS[key].section;
    if (!w->shown || strcmp(w->shown, section) != 0)
        buf_printf(diff, "  [%s]\n", section);
    w->shown = section;
    buf_printf(diff, "%c ", sign);
    buf_append(diff, line, n);
    buf_putc(diff, '\n');
    w->edit->changed = true;
}

static void show_value(struct writer *w, size_t key, char sign, const char *value)
{
    struct buf line;
    buf_init(&line, CONFIG_LINE_MAX);
    buf_printf(&line, "%s = %s", CONFIG_KEYS[key].name,
               is_hidden(&CONFIG_KEYS[key], value) ? STARS : value);
    show(w, key, sign, buf_text(&line), line.len);
    buf_release(&line);
}

/* A comment that gives way to a value. It may be a password that somebody keeps. */
static void show_comment(struct writer *w, size_t key, const char *line, size_t n)
{
    struct buf text;
    bool secret = config_key_is_secret(&CONFIG_KEYS[key]);
    buf_init(&text, CONFIG_LINE_MAX);
    buf_append(&text, line, secret ? strcspn(line, "=") : n);
    buf_puts(&text, secret ? "= " STARS : "");
    show(w, key, '-', buf_text(&text), text.len);
    buf_release(&text);
}

static void put_value(struct writer *w, const struct config_change *change)
{
    buf_printf(&w->edit->text, "%s = %s\n", CONFIG_KEYS[change->key].name, change->value);
    show_value(w, change->key, '+', change->value);
}

/* A line of a section that has none of the key, not even as a comment. */
static void put_new(struct writer *w, const struct config_change *change)
{
    buf_printf(&w->edit->text, "# %s\n", CONFIG_KEYS[change->key].doc);
    put_value(w, change);
}

/* The line that the change replaces; 0: none. */
static int line_of(const struct map *map, const struct config_change *change)
{
    const struct place *place = &map->places[change->key];
    if (place->active || !change->value)
        return place->active;
    return place->asleep;
}

static bool is_needed(const struct map *map, const struct config_change *change)
{
    const char *before = map->places[change->key].value;
    if (!before || !change->value)
        return before || change->value;
    return strcmp(before, change->value) != 0;
}

static const struct config_change *change_at(const struct writer *w, int line)
{
    for (size_t i = 0; i < w->count; i++)
        if (line_of(w->map, &w->changes[i]) == line && is_needed(w->map, &w->changes[i]))
            return &w->changes[i];
    return NULL;
}

/* The line, or what takes its place. */
static void put_line(struct writer *w, int number, const char *line, size_t n)
{
    const struct config_change *change = change_at(w, number);
    const char *before = change ? w->map->places[change->key].value : NULL;
    if (!change) {
        buf_append(&w->edit->text, line, n);
        buf_putc(&w->edit->text, '\n');
    } else if (before) {
        show_value(w, change->key, '-', before);
    } else {
        show_comment(w, change->key, line, n);
    }
    if (change && change->value)
        put_value(w, change);
}

/* The values that have no line, whose section ends with this one. */
static void put_below(struct writer *w, int number)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct config_change *change = &w->changes[i];
        if (change->value && !line_of(w->map, change) &&
            w->map->places[change->key].section == number)
            put_new(w, change);
    }
}

/* The sections that the file does not have, in the order of the table. */
static void put_sections(struct writer *w)
{
    const char *section = NULL;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        for (size_t j = 0; j < w->count; j++) {
            const struct config_change *change = &w->changes[j];
            if (change->key != i || !change->value || w->map->places[i].section)
                continue;
            if (!section || !is_section(i, section))
                buf_printf(&w->edit->text, "\n[%s]\n", CONFIG_KEYS[i].section);
            section = CONFIG_KEYS[i].section;
            put_new(w, change);
        }
}

int config_edit(struct config_edit *edit, const char *text, const struct config_change *changes,
                size_t count, struct error *error)
{
    struct map map;
    *edit = (struct config_edit){.changed = false};
    buf_init(&edit->text, EDIT_MAX);
    buf_init(&edit->diff, EDIT_MAX);
    /* Large enough not to be moved, which would leave a copy of the passwords behind. */
    buf_expect(&edit->text, strlen(text) + (count + 1) * 2 * CONFIG_LINE_MAX);
    int done = map_make(&map, text);
    if (done == 0) {
        struct writer w = {edit, &map, changes, count, NULL};
        if (!*text)
            buf_puts(&edit->text, FIRST_LINE);
        for (int number = 1; *text; number++) {
            size_t n = strcspn(text, "\n");
            put_line(&w, number, text, n);
            put_below(&w, number);
            text += n + (text[n] == '\n');
        }
        put_sections(&w);
        done = edit->text.failed || edit->diff.failed ? -1 : 0;
    }
    map_release(&map);
    return done == 0 ? 0 : error_no_memory(error);
}

void config_edit_release(struct config_edit *edit)
{
    if (edit->text.data)
        explicit_bzero(edit->text.data, edit->text.len);
    buf_release(&edit->text);
    buf_release(&edit->diff);
}

char *config_edit_value(const char *text, size_t key)
{
    struct map map;
    char *value = NULL;
    if (map_make(&map, text) == 0) {
        value = map.places[key].value;
        map.places[key].value = NULL;
    }
    map_release(&map);
    return value;
}
