/* filter: the filters of rules: one row each. Pure: no I/O. */
#ifndef FLUENT_SYNC_FILTER_H
#define FLUENT_SYNC_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/evaluate.h"
#include "core/rule.h"

/* What a filter is given behind its name. */
enum filter_arguments {
    ARGUMENTS_NONE,
    ARGUMENTS_COUNT,   /* a whole number */
    ARGUMENTS_NUMBER,  /* a number, or what gives one */
    ARGUMENTS_VALUE,   /* anything that gives a value */
    ARGUMENTS_JOIN,    /* "text", and what gives a value */
    ARGUMENTS_LABELS,  /* texts */
    ARGUMENTS_EXCEPT,  /* nothing, or `except` and hosts */
    ARGUMENTS_SECTION, /* the name of a section */
};

/* What a value may be, as bits. */
enum value_kind {
    VALUE_TEXT = 1,
    VALUE_NUMBER = 2,
    VALUE_DAY = 4,     /* of the filter `date` */
    VALUE_TIME = 8,    /* of the filter `time` */
    VALUE_MOMENT = 16, /* a date and time as the site writes them */
    VALUE_ANY = VALUE_TEXT | VALUE_NUMBER | VALUE_DAY | VALUE_TIME | VALUE_MOMENT,
    /* What a filter gives: */
    VALUE_SAME = 32,     /* what it was given */
    VALUE_ARGUMENT = 64, /* what its argument gives */
};

/* Makes the value another one. false: that is impossible, and evaluation->why says why; or memory
 * ran out. */
typedef bool filter_function(struct evaluation *e, const struct rule_step *step,
                             struct cell *value);

struct filter {
    const char *name, *usage; /* usage: its arguments, as the manual has them */
    enum filter_arguments arguments;
    int takes, gives; /* bits of value_kind */
    bool takes_null;
    filter_function *run;
};

/* NULL: there is none of this name. */
const struct filter *filter_find(const char *name, size_t n);
/* By number from 0 on; NULL behind the last. */
const struct filter *filter_at(size_t index);

filter_function filter_text, filter_form, filter_first_url, filter_host, filter_lower, filter_clean,
    filter_trim, filter_cut, filter_join, filter_date, filter_time, filter_times, filter_at_least,
    filter_at_most, filter_round, filter_below, filter_then, filter_or, filter_map, filter_listed;

#endif
