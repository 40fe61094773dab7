/* int64: the smaller and the larger of two whole numbers, and their digits. */
#ifndef FLUENT_SYNC_INT64_H
#define FLUENT_SYNC_INT64_H

#include <stddef.h>
#include <stdint.h>

static inline int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Writes the number as text, with a NUL behind it, at most INT64_SIZE bytes; returns its length.
 * snprintf takes ten times as long, and every ticket has several numbers. */
enum { INT64_SIZE = 21 };
static inline size_t int64_text(int64_t number, char *text)
{
    char digits[INT64_SIZE];
    size_t n = 0, len = 0;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        digits[n++] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0)
        text[len++] = '-';
    while (n > 0)
        text[len++] = digits[--n];
    text[len] = '\0';
    return len;
}

#endif
