/* filter_number: the filters that compute with exact decimal numbers. */
#include <stdio.h>

#include "core/filter.h"

/* Values */

static bool read_number(struct evaluation *e, const struct rule_step *step, struct cell value,
                        struct decimal *number)
{
    return decimal_parse(value.text, value.len, number) ||
           evaluate_fail(e, step->filter->name, "a number of at most 18 digits", value);
}

/* The filter's value and its argument as numbers. *known: neither is NULL. */
struct numbers {
    struct decimal value, argument;
    bool known;
};

static bool read_numbers(struct evaluation *e, const struct rule_step *step, struct cell value,
                         struct numbers *n)
{
    struct cell argument;
    *n = (struct numbers){.argument = step->arguments->number, .known = true};
    if (!read_number(e, step, value, &n->value))
        return false;
    if (step->arguments->kind == OPERAND_NUMBER)
        return true;
    if (!rule_operand(e, step->arguments, &argument))
        return false;
    n->known = argument.text != NULL;
    return !n->known || read_number(e, step, argument, &n->argument);
}

static bool write_number(struct evaluation *e, struct decimal number, struct cell *value)
{
    char text[DECIMAL_SIZE];
    value->len = decimal_print(number, text);
    value->text = arena_copy(&e->scratch, text, value->len);
    return true;
}

/* Filters */

bool filter_times(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct numbers n;
    struct decimal product;
    if (!read_numbers(e, step, *value, &n))
        return false;
    if (n.known && !decimal_times(n.value, n.argument, &product))
        return evaluate_fail(e, step->filter->name, "a product of at most 18 digits", *value);
    *value = (struct cell){0};
    return !n.known || write_number(e, product, value);
}

/* The value, or the argument where the value is below it (`sign` 1) or above it (-1). */
static bool limit(struct evaluation *e, const struct rule_step *step, struct cell *value, int sign)
{
    struct numbers n;
    if (!read_numbers(e, step, *value, &n))
        return false;
    bool beyond = n.known && decimal_compare(n.argument, n.value) * sign > 0;
    return !beyond || write_number(e, n.argument, value);
}

bool filter_at_least(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    return limit(e, step, value, 1);
}

bool filter_at_most(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    return limit(e, step, value, -1);
}

bool filter_round(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct decimal number;
    int64_t places = step->arguments->number.digits;
    if (!read_number(e, step, *value, &number))
        return false;
    if (places < number.scale)
        number = decimal_round(number, (int)places);
    return write_number(e, number, value);
}

bool filter_below(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct numbers n;
    if (!read_numbers(e, step, *value, &n))
        return false;
    if (!n.known || decimal_compare(n.value, n.argument) >= 0)
        *value = (struct cell){0};
    return true;
}
