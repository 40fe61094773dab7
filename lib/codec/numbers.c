/* numbers: reads numbers as decimals, and compares them with what a double makes of them. */
#include "codec/numbers.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    DOUBLE_DIGITS = 17, /* a double may keep so many of a number's own digits */
    PRINTED_SIZE = 32,
};

/* digits * 10^exponent; neither begins nor ends in a zero. */
struct decimal {
    char digits[DOUBLE_DIGITS];
    size_t count;
    long exponent;
};

/* Reads a number without its sign; false when it has more digits than a double keeps. */
static bool read_decimal(const char *text, struct decimal *d)
{
    bool fraction = false;
    size_t zeros = 0; /* these may turn out to be the last digits */
    *d = (struct decimal){0};
    for (; *text == '.' || (*text >= '0' && *text <= '9'); text++) {
        if (*text == '.') {
            fraction = true;
            continue;
        }
        d->exponent -= fraction;
        if (*text == '0') {
            zeros += d->count > 0;
            continue;
        }
        if (d->count + zeros >= DOUBLE_DIGITS)
            return false;
        for (; zeros > 0; zeros--)
            d->digits[d->count++] = '0';
        d->digits[d->count++] = *text;
    }
    d->exponent += (long)zeros;
    if (*text == 'e' || *text == 'E') {
        long power = strtol(text + 1, NULL, 10);
        if (labs(power) > 10000) /* no double */
            return d->count == 0;
        d->exponent += power;
    }
    if (d->count == 0)
        d->exponent = 0;
    return true;
}

static bool is_integer(const char *number)
{
    errno = 0;
    if (strpbrk(number, ".eE"))
        return false;
    if (*number == '-')
        strtoll(number, NULL, 10);
    else
        strtoull(number, NULL, 10);
    return errno == 0;
}

static bool is_double(const char *number)
{
    struct decimal own, its;
    char printed[PRINTED_SIZE];
    const char *digits = number + (*number == '-');
    double value = fabs(strtod(number, NULL));
    if (!isfinite(value) || !read_decimal(digits, &own))
        return false;
    snprintf(printed, sizeof printed, "%.*e", own.count ? (int)own.count - 1 : 0, value);
    return read_decimal(printed, &its) && its.count == own.count && its.exponent == own.exponent &&
           memcmp(its.digits, own.digits, own.count) == 0;
}

/* Longer than any number that is held, but for one that ends in a great many zeros. */
enum { NUMBER_MAX = 400 };

static bool is_held(const char *at, size_t n)
{
    char number[NUMBER_MAX + 1];
    if (n > NUMBER_MAX)
        return false;
    memcpy(number, at, n);
    number[n] = '\0';
    return is_integer(number) || is_double(number);
}

int numbers_as_texts(const char *json, struct buf *out)
{
    const char *rest = json, *end = json + strlen(json);
    while (json < end) {
        size_t n = 1;
        if (*json == '"') {
            json = text_behind_json_string(json + 1, end);
            continue;
        }
        if (*json == '-' || (*json >= '0' && *json <= '9')) {
            n = strspn(json, "+-.0123456789eE");
            if (!is_held(json, n)) {
                buf_append(out, rest, (size_t)(json - rest));
                buf_putc(out, '"');
                buf_append(out, json, n);
                buf_putc(out, '"');
                rest = json + n;
            }
        }
        json += n;
    }
    return buf_puts(out, rest);
}
