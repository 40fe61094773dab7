/* decimal: exact decimal numbers, as DECIMAL columns hold them. Pure: no I/O. */
#ifndef FLUENT_SYNC_DECIMAL_H
#define FLUENT_SYNC_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* digits / 10^scale, with at most DECIMAL_DIGITS digits. */
enum { DECIMAL_DIGITS = 18, DECIMAL_SIZE = 24 };
struct decimal {
    int64_t digits;
    int scale; /* 0 .. DECIMAL_DIGITS */
};

/* Reads "12", "-0.25" or ".5"; blanks, exponents and more digits are refused. */
bool decimal_parse(const char *text, size_t n, struct decimal *number);
/* Writes it without superfluous zeros ("1.5"), and returns the length. */
size_t decimal_print(struct decimal number, char text[DECIMAL_SIZE]);

/* The product; digits behind the point that have no room are rounded off. false when it has more
 * digits before the point than there is room for. */
bool decimal_times(struct decimal a, struct decimal b, struct decimal *product);
/* Rounded to `places` behind the point, halves away from zero, as MySQL does. */
struct decimal decimal_round(struct decimal number, int places);
/* Below, equal to or above 0, as a is to b. */
int decimal_compare(struct decimal a, struct decimal b);

#endif
