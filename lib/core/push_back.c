/* push_back: tries the values that the site is known to have, through the mapping itself. */
#include "core/push_back.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The plugin's own priorities, which a site has before any ticket shows them. */
static const struct known_value BUILT_IN_PRIORITIES[] = {
    {"normal", NULL}, {"medium", NULL}, {"critical", NULL}};
static const struct known_values BUILT_IN[OUTBOX_FIELDS] = {
    [OUTBOX_PRIORITY] = {BUILT_IN_PRIORITIES, 3}};

static int __attribute__((format(printf, 2, 3)))
refuse(char why[PUSH_BACK_WHY_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, PUSH_BACK_WHY_SIZE, format, args);
    va_end(args);
    return 0;
}

static const char *section_of(enum outbox_field field)
{
    return field == OUTBOX_PRODUCT ? "push.product" : "push.priority";
}

static const struct known_value *find(const struct known_values *values, const char *value)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->rows[i].value, value) == 0)
            return &values->rows[i];
    return NULL;
}

/* Is it the first with this value? A product may have had several titles. */
static bool is_first(const struct known_values *values, size_t i)
{
    return find(values, values->rows[i].value) == &values->rows[i];
}

/* What the ticket would map to with this value. *gives: that is `wanted`. -1 without memory. */
static int map_forward(const struct push_back *back, const struct known_value *known,
                       const char *wanted, bool *gives)
{
    struct ticket ticket = *back->ticket;
    struct arena arena = ARENA_INIT;
    struct row row;
    struct map_column column = {0};
    const struct map_trace silent = {0};
    struct error error = ERROR_INIT;
    if (back->field == OUTBOX_PRIORITY)
        ticket.priority = known->value;
    if (back->field == OUTBOX_PRODUCT) {
        ticket.product_id = known->value;
        ticket.product_title = known->title;
    }
    int outcome = map_identity(back->rules, &ticket, &arena, &row, &error);
    if (outcome == MAP_ROW && map_column_at(back->rules, &row, outbox_column(back->field), &column))
        outcome = map_one(back->rules, &ticket, &column, &silent, &arena, &row);
    *gives = outcome == MAP_ROW && column.cell && column.cell->text &&
             strcmp(column.cell->text, wanted) == 0;
    arena_release(&arena);
    return outcome < 0 ? -1 : 0;
}

static const struct mapping_pair *choice(const struct push_back *back, const char *wanted)
{
    for (size_t i = 0; i < back->chosen->count; i++)
        if (strcasecmp(back->chosen->items[i].key, wanted) == 0)
            return &back->chosen->items[i];
    return NULL;
}

static int take_choice(const struct push_back *back, const struct mapping_pair *pair,
                       const char *wanted, const char **value, char why[PUSH_BACK_WHY_SIZE])
{
    const char *section = section_of(back->field);
    const struct known_value *known = find(back->known, pair->value);
    bool gives;
    if (!known)
        known = find(&BUILT_IN[back->field], pair->value);
    if (!known)
        return refuse(why, "[%s] %s: no ticket of the site has \"%.60s\"", section, pair->key,
                      pair->value);
    if (map_forward(back, known, wanted, &gives) < 0)
        return -1;
    if (!gives)
        return refuse(why, "[%s] %s: a ticket with \"%.60s\" would not become \"%.60s\"", section,
                      pair->key, pair->value, wanted);
    *value = known->value;
    return 0;
}

struct candidates {
    const char *first;
    size_t count;
    char names[PUSH_BACK_WHY_SIZE / 2];
};

static void add_candidate(struct candidates *c, const struct known_value *known)
{
    size_t n = strlen(c->names);
    if (!c->count++)
        c->first = known->value;
    snprintf(c->names + n, sizeof c->names - n, "%s%s%s%s%s", n ? ", " : "", known->value,
             known->title ? " (" : "", known->title ? known->title : "", known->title ? ")" : "");
}

static int collect(const struct push_back *back, const struct known_values *values,
                   const struct known_values *but, const char *wanted, struct candidates *c)
{
    for (size_t i = 0; i < values->count; i++) {
        bool gives;
        if (!is_first(values, i) || (but && find(but, values->rows[i].value)))
            continue;
        if (map_forward(back, &values->rows[i], wanted, &gives) < 0)
            return -1;
        if (gives)
            add_candidate(c, &values->rows[i]);
    }
    return 0;
}

int push_back_map(const struct push_back *back, const char *wanted, const char **value,
                  char why[PUSH_BACK_WHY_SIZE])
{
    const char *field = outbox_field_words[back->field], *section = section_of(back->field);
    const struct mapping_pair *pair = choice(back, wanted);
    struct candidates c = {0};
    *value = NULL;
    why[0] = '\0';
    if (pair)
        return take_choice(back, pair, wanted, value, why);
    if (collect(back, back->known, NULL, wanted, &c) < 0 ||
        collect(back, &BUILT_IN[back->field], back->known, wanted, &c) < 0)
        return -1;
    if (!c.count)
        return refuse(why, "no %s that the site is known to have becomes \"%.60s\"", field, wanted);
    if (c.count > 1)
        return refuse(why, "several become \"%.40s\", choose one in [%s]: %s", wanted, section,
                      c.names);
    *value = c.first;
    return 0;
}
