/* decimal: exact decimal numbers. */
#include "core/decimal.h"

#include <inttypes.h>
#include <stdio.h>

/* Holds the product of two numbers. */
__extension__ typedef __int128 wide;

static const int64_t MOST = INT64_C(999999999999999999); /* DECIMAL_DIGITS nines */

bool decimal_parse(const char *text, size_t n, struct decimal *number)
{
    bool negative = n && *text == '-', point = false;
    size_t seen = 0;
    *number = (struct decimal){0};
    for (size_t i = n && (*text == '-' || *text == '+'); i < n; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || number->digits > MOST / 10 ||
            number->scale == DECIMAL_DIGITS)
            return false;
        number->digits = number->digits * 10 + (text[i] - '0');
        number->scale += point;
        seen++;
    }
    number->digits *= negative ? -1 : 1;
    return seen > 0;
}

size_t decimal_print(struct decimal number, char text[DECIMAL_SIZE])
{
    char digits[DECIMAL_SIZE];
    while (number.scale && number.digits % 10 == 0) {
        number.digits /= 10;
        number.scale--;
    }
    int64_t magnitude = number.digits < 0 ? -number.digits : number.digits;
    int n = snprintf(digits, sizeof digits, "%0*" PRId64, number.scale + 1, magnitude);
    int whole = n - number.scale;
    return (size_t)snprintf(text, DECIMAL_SIZE, "%s%.*s%s%s", number.digits < 0 ? "-" : "", whole,
                            digits, number.scale ? "." : "", digits + whole);
}

/* Without the last digit, which is rounded. */
static wide shorten(wide digits)
{
    return (digits + (digits < 0 ? -5 : 5)) / 10;
}

bool decimal_times(struct decimal a, struct decimal b, struct decimal *product)
{
    wide digits = (wide)a.digits * b.digits;
    int scale = a.scale + b.scale;
    for (; scale && digits % 10 == 0; scale--)
        digits /= 10;
    for (; scale && (scale > DECIMAL_DIGITS || digits > MOST || digits < -MOST); scale--)
        digits = shorten(digits);
    *product = (struct decimal){.digits = (int64_t)digits, .scale = scale};
    return digits <= MOST && digits >= -MOST;
}

struct decimal decimal_round(struct decimal number, int places)
{
    int64_t unit = 1;
    for (int i = places; i < number.scale; i++)
        unit *= 10;
    int64_t half = number.digits < 0 ? -(unit / 2) : unit / 2;
    if (unit == 1)
        return number;
    return (struct decimal){.digits = (number.digits + half) / unit, .scale = places};
}

int decimal_compare(struct decimal a, struct decimal b)
{
    wide left = a.digits, right = b.digits;
    for (int i = a.scale; i < b.scale; i++)
        left *= 10;
    for (int i = b.scale; i < a.scale; i++)
        right *= 10;
    return (left > right) - (left < right);
}
