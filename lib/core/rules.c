/* rules: the rules of all columns, and the sections that they look into. */
#include "core/rules.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/filter.h"
#include "core/rule_types.h"

enum { PROBLEM_SIZE = 512 };

static const char *const BUILT_IN[REQUEST_BUILT_IN] = {
    [REQUEST_DATE] = "created_at | date",
    [REQUEST_TIME] = "created_at | time",
    [REQUEST_CATEGORY] = "product.title | listed category | or (mailbox_id | map mailbox) "
                         "| or (product.title | map category) | or (product.title | map product)",
    [REQUEST_DESCRIPTION] = "title | clean | join \"\\n\\n\" (content | text) "
                            "| or (content | text) | or \"(no subject)\"",
    [REQUEST_URGENCY] = "priority | map urgency",
};

const char *rules_built_in(enum request_column column)
{
    return BUILT_IN[column];
}

/* While they are read. */
struct reading {
    struct rules *rules;
    const struct mapping *mapping;
    rules_problem *report;
    void *context;
    const char *section; /* of the rule being read */
    const struct column_rule *column;
};

static void __attribute__((format(printf, 3, 4)))
report(struct reading *r, int line, const char *format, ...)
{
    char text[PROBLEM_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->report(r->context, line, text);
}

static void report_rule(struct reading *r, const char *why)
{
    report(r, r->column->line, "[%s] %s: %s", r->section, r->column->name, why);
}

/* Sections */

static const struct mapping_pairs nothing = {.count = 0};

/* The lines of a section; NULL: there is none of this name. */
static const struct mapping_pairs *section_lines(const struct mapping *m, const char *name)
{
    for (size_t i = 0; i < m->section_count; i++)
        if (strcmp(m->sections[i].name, name) == 0)
            return &m->sections[i].lines;
    return strcmp(name, "urgency") == 0    ? &m->urgency
           : strcmp(name, "category") == 0 ? &m->category
           : strcmp(name, "mailbox") == 0  ? &m->mailbox_category
           : strcmp(name, "product") == 0  ? &nothing
                                           : NULL;
}

static const struct lookup *used(const struct rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->lookup_count; i++)
        if (strcmp(rules->lookups[i]->name, name) == 0)
            return rules->lookups[i];
    return NULL;
}

/* Connects `map` and `listed` with their section. */
static void connect(void *context, struct rule_step *step)
{
    struct reading *r = context;
    struct rules *rules = r->rules;
    if (step->filter->arguments != ARGUMENTS_SECTION)
        return;
    const char *name = step->arguments->text.text;
    const struct mapping_pairs *lines = section_lines(r->mapping, name);
    step->lookup = used(rules, name);
    if (step->lookup)
        return;
    if (!lines)
        report(r, r->column->line, "[%s] %s: there is no section [map.%s]", r->section,
               r->column->name, name);
    struct lookup *lookup = lookup_new(name, lines ? lines : &nothing, &rules->arena);
    if (lookup && rules->lookup_count < RULES_LOOKUPS_MAX)
        step->lookup = rules->lookups[rules->lookup_count++] = lookup;
}

static void check_used(struct reading *r, const char *name, const struct mapping_pairs *lines)
{
    if (lines->count && !used(r->rules, name))
        report(r, lines->items[0].line, "no rule uses [map.%s]: one would by `| map %s`", name,
               name);
}

static void check_sections(struct reading *r)
{
    const struct mapping *m = r->mapping;
    check_used(r, "urgency", &m->urgency);
    check_used(r, "category", &m->category);
    if (m->mailbox_category.count && !used(r->rules, "mailbox"))
        report(r, m->mailbox_category.items[0].line,
               "no rule uses the category of [mailbox.%s]: one would by `mailbox_id | map mailbox`",
               m->mailbox_category.items[0].key);
    for (size_t i = 0; i < m->section_count; i++)
        check_used(r, m->sections[i].name, &m->sections[i].lines);
}

/* Rules */

static void read_column(struct reading *r, struct column_rule *column)
{
    char why[RULE_WHY_SIZE];
    r->column = column;
    column->rule = rule_parse(column->text, &r->rules->arena, why);
    if (!column->rule) {
        if (!r->rules->arena.failed)
            report_rule(r, why);
        return;
    }
    rule_visit(column->rule, connect, r);
    if (!r->rules->arena.failed && !rule_kinds(column->rule, why))
        report_rule(r, why);
}

static struct column_rule column_of(const struct mapping_pair *line)
{
    return (struct column_rule){.name = line->key, .text = line->value, .line = line->line};
}

static void read_requests(struct reading *r)
{
    struct rules *rules = r->rules;
    const struct mapping_pairs *fields = &r->mapping->fields;
    for (size_t f = 0; f < REQUEST_BUILT_IN; f++)
        rules->requests[f] =
            (struct column_rule){.name = request_built_in_name(f), .text = BUILT_IN[f]};
    rules->request_count = REQUEST_BUILT_IN;
    for (size_t i = 0; i < fields->count; i++) {
        size_t f = request_built_in(fields->items[i].key);
        if (f == REQUEST_BUILT_IN && rules->request_count < REQUEST_COLUMNS_MAX)
            f = rules->request_count++;
        if (f < rules->request_count)
            rules->requests[f] = column_of(&fields->items[i]);
    }
    r->section = "map.fields";
    for (size_t f = 0; f < rules->request_count; f++)
        read_column(r, &rules->requests[f]);
}

static void read_tickets(struct reading *r)
{
    struct rules *rules = r->rules;
    const struct mapping_pairs *fields = &r->mapping->ticket_fields;
    r->section = "map.ticket_fields";
    for (size_t i = 0; i < fields->count && i < TICKET_FIELDS_MAX; i++) {
        rules->tickets[rules->ticket_count] = column_of(&fields->items[i]);
        read_column(r, &rules->tickets[rules->ticket_count++]);
    }
}

struct rules *rules_new(const struct mapping *mapping, rules_problem *report_to, void *context)
{
    struct rules *rules = calloc(1, sizeof *rules);
    struct reading r = {
        .rules = rules, .mapping = mapping, .report = report_to, .context = context};
    if (!rules)
        return NULL;
    rules->file = mapping->file;
    read_requests(&r);
    read_tickets(&r);
    if (!rules->arena.failed)
        check_sections(&r);
    if (!rules->arena.failed)
        return rules;
    rules_free(rules);
    return NULL;
}

void rules_free(struct rules *rules)
{
    if (rules)
        arena_release(&rules->arena);
    free(rules);
}

/* The hash */

/* -1 when memory ran out: what was added is not the rule then. */
static int hash_column(struct hash *hash, const struct column_rule *column)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    rule_print(column->rule, &text);
    hash_add(hash, column->name, strlen(column->name) + 1);
    hash_add(hash, buf_text(&text), text.len + 1);
    int done = text.failed ? -1 : 0;
    buf_release(&text);
    return done;
}

static int hash_columns(struct hash *hash, const struct column_rule *columns, size_t count)
{
    int done = 0;
    hash_add(hash, &count, sizeof count);
    for (size_t i = 0; i < count && done == 0; i++)
        done = hash_column(hash, &columns[i]);
    return done;
}

int rules_hash(const struct rules *rules, struct hash *hash)
{
    for (size_t i = 0; i < rules->lookup_count; i++)
        lookup_hash(rules->lookups[i], hash);
    if (hash_columns(hash, rules->requests, rules->request_count) < 0)
        return -1;
    return hash_columns(hash, rules->tickets, rules->ticket_count);
}
