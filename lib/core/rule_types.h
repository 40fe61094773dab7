/* rule_types: what a rule can give, as far as it shows before any ticket is seen. Pure: no I/O. */
#ifndef FLUENT_SYNC_RULE_TYPES_H
#define FLUENT_SYNC_RULE_TYPES_H

#include "core/lookup.h"
#include "core/rule.h"

/* What the rule's value may be, bits of value_kind; after its sections were looked up. 0: a filter
 * cannot take what comes before it, and `why` says so. */
int rule_kinds(const struct rule *rule, char why[RULE_WHY_SIZE]);

/* Calls `visit` for each fixed value that may be the rule's result; `entry`: where it comes from,
 * NULL: it stands in the rule. */
typedef void rule_result(void *context, const char *value, const struct lookup_entry *entry);
void rule_results(const struct rule *rule, rule_result *visit, void *context);

#endif
