/* rule_types: kinds of values, from the source through the filters. */
#include "core/rule_types.h"

#include <stdio.h>
#include <string.h>

#include "core/filter.h"

/* Kinds */

static int fixed_kinds(const char *text)
{
    struct decimal number;
    return decimal_parse(text, strlen(text), &number) ? VALUE_TEXT | VALUE_NUMBER
                                                      : VALUE_ANY & ~VALUE_NUMBER;
}

static int lookup_kinds(const struct lookup *lookup)
{
    int kinds = lookup && lookup->count ? 0 : VALUE_ANY;
    for (size_t i = 0; lookup && i < lookup->count; i++)
        kinds |= fixed_kinds(lookup->entries[i].value);
    return kinds;
}

static int operand_kinds(const struct operand *operand, char why[RULE_WHY_SIZE])
{
    if (operand->kind == OPERAND_RULE)
        return rule_kinds(operand->rule, why);
    return operand->kind == OPERAND_PATH ? VALUE_ANY : fixed_kinds(operand->text.text);
}

static const char *name_of(int kinds)
{
    return kinds & VALUE_DAY ? "a day" : kinds & VALUE_TIME ? "a time of day" : "a text";
}

/* What the step gives when it is given `kinds`. */
static int step_kinds(const struct rule_step *step, int kinds, char why[RULE_WHY_SIZE])
{
    const struct filter *filter = step->filter;
    bool has_value = filter->arguments == ARGUMENTS_NUMBER ||
                     filter->arguments == ARGUMENTS_VALUE || filter->arguments == ARGUMENTS_JOIN;
    int argument = has_value ? operand_kinds(&step->arguments[step->count - 1], why) : VALUE_ANY;
    int given = kinds & filter->takes ? argument : kinds;
    if (!argument)
        return 0;
    if (!(kinds & filter->takes) ||
        (filter->arguments == ARGUMENTS_NUMBER && !(argument & VALUE_NUMBER))) {
        snprintf(why, RULE_WHY_SIZE, "%s needs a %s, and is given %s", filter->name,
                 filter->takes & VALUE_MOMENT ? "date and time of the site" : "number",
                 name_of(given));
        return 0;
    }
    if (filter->arguments == ARGUMENTS_SECTION)
        return lookup_kinds(step->lookup);
    int gives = filter->gives & VALUE_ANY;
    gives |= filter->gives & VALUE_SAME ? kinds : 0;
    return gives | (filter->gives & VALUE_ARGUMENT ? argument : 0);
}

int rule_kinds(const struct rule *rule, char why[RULE_WHY_SIZE])
{
    int kinds = operand_kinds(&rule->source, why);
    for (size_t i = 0; kinds && i < rule->count; i++)
        kinds = step_kinds(&rule->steps[i], kinds, why);
    return kinds;
}

/* Results */

static void visit_operand(const struct operand *operand, rule_result *visit, void *context)
{
    if (operand->kind == OPERAND_RULE)
        rule_results(operand->rule, visit, context);
    else if (operand->kind != OPERAND_PATH && operand->text.len)
        visit(context, operand->text.text, NULL);
}

static void visit_step(const struct rule_step *step, rule_result *visit, void *context)
{
    if (step->filter->gives & VALUE_ARGUMENT)
        visit_operand(step->arguments, visit, context);
    if (step->filter->arguments != ARGUMENTS_SECTION)
        return;
    for (size_t i = 0; i < step->lookup->count; i++) {
        const struct lookup_entry *entry = &step->lookup->entries[i];
        if (entry != step->lookup->rest || step->filter->takes_null)
            visit(context, entry->value, entry);
    }
}

void rule_results(const struct rule *rule, rule_result *visit, void *context)
{
    size_t from = rule->count; /* what stands before it, a filter changes */
    while (from && rule->steps[from - 1].filter->gives & VALUE_ARGUMENT &&
           rule->steps[from - 1].filter->gives & VALUE_SAME)
        from--;
    if (!from)
        visit_operand(&rule->source, visit, context);
    for (size_t i = from ? from - 1 : 0; i < rule->count; i++)
        visit_step(&rule->steps[i], visit, context);
}
