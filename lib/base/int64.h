/* int64: the smaller and the larger of two whole numbers. */
#ifndef FLUENT_SYNC_INT64_H
#define FLUENT_SYNC_INT64_H

#include <stdint.h>

static inline int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
