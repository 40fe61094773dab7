/* counters: the table of the counters. */
#include "model/counters.h"

#define COUNTER(member, name, ...)                                                                 \
    {.offset = offsetof(struct counters, member), .column = (name), __VA_ARGS__},
const struct counter counter_table[COUNTERS] = {COUNTER_LIST(COUNTER)};

int64_t counter_value(const struct counter *counter, const struct counters *counts)
{
    return *(const int64_t *)((const char *)counts + counter->offset);
}
