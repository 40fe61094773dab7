/* rules: what fills the columns: the built-in rules, and those of the configuration in their place.
 * Pure: no I/O. */
#ifndef FLUENT_SYNC_RULES_H
#define FLUENT_SYNC_RULES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/hash.h"
#include "core/lookup.h"
#include "core/rule.h"
#include "model/mapping.h"
#include "model/row.h"

/* The rule of a column. */
struct column_rule {
    const char *name; /* of the column */
    const char *text; /* of the rule, as it was written */
    struct rule *rule;
    int line; /* of the configuration file; 0: it is built in */
};

enum { RULES_LOOKUPS_MAX = MAPPING_SECTIONS_MAX + 4 }; /* with the four that are always there */
struct rules {
    struct arena arena;
    const char *file; /* the configuration's; NULL: none was read */
    /* As many as a request_schema has fields, in its order. */
    struct column_rule requests[REQUEST_COLUMNS_MAX];
    size_t request_count;
    struct column_rule tickets[TICKET_FIELDS_MAX];
    size_t ticket_count;
    struct lookup *lookups[RULES_LOOKUPS_MAX]; /* those that a rule uses */
    size_t lookup_count;
};

/* Told of each error: the line at fault, and what is wrong with it. */
typedef void rules_problem(void *context, int line, const char *text);

/*
 * Reads all rules. Errors that need no table to be found are reported: a rule that is none, an
 * unknown filter or section, a filter that cannot take what comes before it, and a section that no
 * rule uses. `mapping` must outlive the rules, which the caller frees. NULL when memory ran out.
 */
struct rules *rules_new(const struct mapping *mapping, rules_problem *report, void *context);
void rules_free(struct rules *rules);

/* Adds all that decides what the rules give. -1 when memory ran out. */
int rules_hash(const struct rules *rules, struct hash *hash);

/* The text of a built-in rule. */
const char *rules_built_in(enum request_column column);

#endif
