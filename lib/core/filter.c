/* filter: the table of the filters. */
#include "core/filter.h"

#include <string.h>

static const struct filter FILTERS[] = {
    {"text", "", ARGUMENTS_NONE, VALUE_ANY, VALUE_TEXT, false, filter_text},
    {"form", "\"LABEL\", ...", ARGUMENTS_LABELS, VALUE_ANY, VALUE_ANY, false, filter_form},
    {"first_url", "[except HOST, ...]", ARGUMENTS_EXCEPT, VALUE_ANY, VALUE_TEXT, false,
     filter_first_url},
    {"host", "", ARGUMENTS_NONE, VALUE_ANY, VALUE_TEXT, false, filter_host},
    {"lower", "", ARGUMENTS_NONE, VALUE_ANY, VALUE_SAME, false, filter_lower},
    {"clean", "", ARGUMENTS_NONE, VALUE_ANY, VALUE_SAME, false, filter_clean},
    {"trim", "", ARGUMENTS_NONE, VALUE_ANY, VALUE_SAME, false, filter_trim},
    {"cut", "N", ARGUMENTS_COUNT, VALUE_ANY, VALUE_ANY, false, filter_cut},
    {"join", "\"TEXT\" X", ARGUMENTS_JOIN, VALUE_ANY, VALUE_TEXT, false, filter_join},
    {"date", "", ARGUMENTS_NONE, VALUE_MOMENT, VALUE_DAY, false, filter_date},
    {"time", "", ARGUMENTS_NONE, VALUE_MOMENT, VALUE_TIME, false, filter_time},
    {"times", "X", ARGUMENTS_NUMBER, VALUE_NUMBER, VALUE_NUMBER, false, filter_times},
    {"at_least", "X", ARGUMENTS_NUMBER, VALUE_NUMBER, VALUE_NUMBER, false, filter_at_least},
    {"at_most", "X", ARGUMENTS_NUMBER, VALUE_NUMBER, VALUE_NUMBER, false, filter_at_most},
    {"round", "N", ARGUMENTS_COUNT, VALUE_NUMBER, VALUE_NUMBER, false, filter_round},
    {"below", "X", ARGUMENTS_NUMBER, VALUE_NUMBER, VALUE_NUMBER, false, filter_below},
    {"then", "X", ARGUMENTS_VALUE, VALUE_ANY, VALUE_ARGUMENT, false, filter_then},
    {"or", "X", ARGUMENTS_VALUE, VALUE_ANY, VALUE_SAME | VALUE_ARGUMENT, true, filter_or},
    {"map", "SECTION", ARGUMENTS_SECTION, VALUE_ANY, VALUE_ANY, true, filter_map},
    {"listed", "SECTION", ARGUMENTS_SECTION, VALUE_ANY, VALUE_ANY, false, filter_listed},
};
enum { FILTER_COUNT = sizeof FILTERS / sizeof *FILTERS };

const struct filter *filter_at(size_t index)
{
    return index < FILTER_COUNT ? &FILTERS[index] : NULL;
}

const struct filter *filter_find(const char *name, size_t n)
{
    for (size_t i = 0; i < FILTER_COUNT; i++)
        if (strlen(FILTERS[i].name) == n && memcmp(FILTERS[i].name, name, n) == 0)
            return &FILTERS[i];
    return NULL;
}
