/* filter_choice: the filters that choose between values, and those that read dates. */
#include <string.h>

#include "core/filter.h"
#include "core/lookup.h"

bool filter_then(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    return rule_operand(e, step->arguments, value);
}

bool filter_or(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    return value->text || rule_operand(e, step->arguments, value);
}

/* Looking up */

bool filter_listed(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    *value = cell_of(lookup_find(step->lookup, value->text, value->len, &e->scratch));
    return true;
}

bool filter_map(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    const struct lookup_entry *rest = step->lookup->rest;
    if (value->text && !filter_listed(e, step, value))
        return false;
    if (!value->text && rest)
        *value = cell_of(rest->value);
    return true;
}

/* Dates */

/* The wall time of a date that the site wrote; NULL when it says "never". */
static bool read_wall(struct evaluation *e, const struct rule_step *step, struct cell value,
                      const char **wall)
{
    *wall = evaluate_is_never(value.text) ? NULL : evaluate_wall(e, value.text);
    return *wall || evaluate_is_never(value.text) ||
           evaluate_fail(e, step->filter->name, "a date and time as the site writes them", value);
}

bool filter_date(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    const char *wall;
    if (!read_wall(e, step, *value, &wall))
        return false;
    *value = cell_of(wall ? arena_copy(&e->scratch, wall, strlen("YYYY-MM-DD")) : NULL);
    return true;
}

bool filter_time(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    const char *wall;
    if (!read_wall(e, step, *value, &wall))
        return false;
    *value = cell_of(wall ? wall + strlen("YYYY-MM-DD ") : NULL);
    return true;
}
