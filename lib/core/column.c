/* column: what a column holds of a value: as its type stores and returns it. */
#include "core/column.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "core/filter.h"

enum { NUMBER_MAX = 30 /* the longest text that is read as a number */ };

/* Numbers */

static const char DIGITS[] = "0123456789";
enum { SCALE_MAX = 38 };

enum number { NUMBER_WHOLE, NUMBER_WITH_FRACTION };

static bool is_number(const char *text, enum number number)
{
    const char *p = text + (*text == '-' || *text == '+');
    size_t whole = strspn(p, DIGITS), part = 0;
    p += whole;
    if (number == NUMBER_WITH_FRACTION && *p == '.') {
        part = strspn(++p, DIGITS);
        p += part;
    }
    return whole + part > 0 && *p == '\0';
}

/* The digits of a number, `scale` of them after the point, rounded as MySQL does; the first digit
 * takes what rounding carries. Returns how many there are. */
static size_t round_digits(const char *number, size_t scale, char *digits)
{
    size_t n = 0, whole = strspn(number, DIGITS);
    const char *fraction = number + whole + (number[whole] == '.');
    size_t part = strlen(fraction);
    digits[n++] = '0';
    memcpy(digits + n, number, whole);
    n += whole;
    for (size_t i = 0; i < scale; i++)
        digits[n++] = i < part ? fraction[i] : '0';
    bool carry = part > scale && fraction[scale] >= '5';
    for (size_t i = n; carry && i-- > 0;) {
        carry = digits[i] == '9';
        digits[i] = (char)(carry ? '0' : digits[i] + 1);
    }
    return n;
}

/* The largest number of an integer column, and how far below zero it reaches. */
static uint64_t above(const struct request_field *field)
{
    return UINT64_MAX >> (64 - field->bits + !field->is_unsigned);
}

static uint64_t below(const struct request_field *field)
{
    return field->is_unsigned ? 0 : above(field) + 1;
}

static bool fits_integer(const struct request_field *field, bool negative, const char *digits,
                         size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t digit = (uint64_t)(digits[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    return value <= (negative ? below(field) : above(field));
}

static bool fits_decimal(const struct request_field *field, bool negative, size_t whole)
{
    return !(negative && field->is_unsigned) && whole <= (size_t)(field->digits - field->scale);
}

/* A number as an integer or decimal column returns it; NULL: it does not fit. With digits instead
 * of floating point, as DECIMAL is exact. */
static char *number_value(const struct request_field *field, const char *text, struct arena *arena)
{
    char digits[1 + NUMBER_MAX + SCALE_MAX];
    if (!is_number(text, field->type == FIELD_DECIMAL ? NUMBER_WITH_FRACTION : NUMBER_WHOLE) ||
        strlen(text) > NUMBER_MAX || field->scale > SCALE_MAX)
        return NULL;
    size_t scale = (size_t)field->scale;
    size_t n = round_digits(text + (*text == '-' || *text == '+'), scale, digits);
    size_t point = n - scale, zeros = 0;
    while (zeros < n && digits[zeros] == '0')
        zeros++;
    size_t first = zeros < point ? zeros : point - 1;
    bool negative = *text == '-' && zeros < n;
    size_t whole = zeros < point ? point - zeros : 0;
    if (field->type == FIELD_INTEGER ? !fits_integer(field, negative, digits, n)
                                     : !fits_decimal(field, negative, whole))
        return NULL;
    return arena_printf(arena, "%s%.*s%s%.*s", negative ? "-" : "", (int)(point - first),
                        digits + first, scale ? "." : "", (int)scale, digits + point);
}

bool column_is_whole(const char *text)
{
    return !text || (is_number(text, NUMBER_WHOLE) && strlen(text) <= NUMBER_MAX);
}

bool column_takes_whole(const struct request_field *field, const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+');
    return column_is_whole(text) && fits_integer(field, *text == '-', digits, strlen(digits));
}

/* Other types */

/* The value of an ENUM as the column spells it; NULL when the column does not have it. */
static const char *enum_value(const struct request_field *field, const char *text, size_t *len)
{
    size_t n = strlen(text);
    for (const char *option = field->options; *option; option += strcspn(option, "\n") + 1) {
        *len = strcspn(option, "\n");
        if (*len == n && strncasecmp(option, text, n) == 0)
            return option;
    }
    return NULL;
}

/* As a TIME or DATETIME column with this scale returns it: TIME(3) ends in ".000". */
static const char *to_scale(const struct request_field *field, const char *text, size_t n,
                            struct arena *arena)
{
    if (field->scale <= 0)
        return arena_copy(arena, text, n);
    return arena_printf(arena, "%.*s.%0*d", (int)n, text, field->scale, 0);
}

static const char *instant(struct evaluation *e, const struct request_field *field,
                           const char *date)
{
    int64_t seconds;
    char iso[25];
    if (!zone_parse(e->site, date, &seconds) || !zone_iso(seconds, iso))
        return NULL;
    iso[10] = ' ';
    return to_scale(field, iso, 19, &e->scratch);
}

/* "HH:MM:SS"? */
static bool is_time(const char *text)
{
    static const char form[] = "00:00:00";
    size_t i = 0;
    while (form[i] && (form[i] == ':' ? text[i] == ':' : text[i] >= '0' && text[i] <= '9'))
        i++;
    return !form[i] && !text[i];
}

/* A date, a time, or both, of a date and time of the site, or of what `date` and `time` give. */
static const char *wall(struct evaluation *e, const struct request_field *field, const char *text)
{
    bool day = zone_is_day(text), time = is_time(text);
    if (day && field->type != FIELD_TIME)
        return text;
    if (time && field->type == FIELD_TIME)
        return to_scale(field, text, strlen(text), &e->scratch);
    const char *moment = day || time ? NULL : evaluate_wall(e, text);
    if (!moment)
        return NULL;
    return field->type == FIELD_DATE   ? arena_copy(&e->scratch, moment, 10)
           : field->type == FIELD_TIME ? to_scale(field, moment + 11, 8, &e->scratch)
                                       : to_scale(field, moment, strlen(moment), &e->scratch);
}

static bool is_date(enum field_type type)
{
    return type == FIELD_DATE || type == FIELD_TIME || type == FIELD_DATETIME ||
           type == FIELD_INSTANT;
}

/* A text keeps its length, as it may be cut. */
bool column_value(struct evaluation *e, const struct request_field *field, struct cell *value)
{
    const char *text = value->text, *held = NULL;
    size_t len;
    if (field->type == FIELD_TEXT)
        return true;
    if (is_date(field->type) && evaluate_is_never(text)) {
        *value = (struct cell){0};
        return true;
    }
    if (field->type == FIELD_ENUM && (held = enum_value(field, text, &len)) != NULL)
        held = arena_copy(&e->scratch, held, len);
    else if (field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL)
        held = number_value(field, text, &e->scratch);
    else if (field->type == FIELD_INSTANT && !zone_is_day(text))
        held = instant(e, field, text);
    else if (is_date(field->type))
        held = wall(e, field, text);
    *value = held ? cell_of(held) : *value;
    return held != NULL;
}

bool column_accepts_fixed(const struct request_field *field, const char *value)
{
    struct arena scratch = ARENA_INIT;
    size_t len, n = strlen(value);
    bool fits = true;
    if (field->type == FIELD_ENUM)
        fits = enum_value(field, value, &len) != NULL;
    else if (field->type == FIELD_TEXT)
        fits = text_length(value, n) <= field->chars;
    else if (field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL)
        fits = number_value(field, value, &scratch) != NULL;
    else if (field->type == FIELD_TIME)
        fits = is_time(value);
    else if (is_date(field->type))
        fits = zone_is_day(value);
    arena_release(&scratch);
    return fits;
}

int column_kinds(const struct request_field *field)
{
    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
        return VALUE_NUMBER;
    case FIELD_DATE:
    case FIELD_DATETIME:
    case FIELD_INSTANT:
        return VALUE_DAY | VALUE_MOMENT;
    case FIELD_TIME:
        return VALUE_TIME | VALUE_MOMENT;
    case FIELD_TEXT:
    case FIELD_ENUM:
    case FIELD_OTHER:
        break;
    }
    return VALUE_ANY;
}

void column_range(const struct request_field *field, char range[COLUMN_RANGE_SIZE])
{
    static const char *const kinds[] = {[FIELD_TEXT] = "text",
                                        [FIELD_ENUM] = "one of its values",
                                        [FIELD_INTEGER] = "",
                                        [FIELD_DECIMAL] = "",
                                        [FIELD_DATE] = "a date",
                                        [FIELD_TIME] = "a time",
                                        [FIELD_DATETIME] = "a date and time",
                                        [FIELD_INSTANT] = "a date and time",
                                        [FIELD_OTHER] = "nothing mapped"};
    int whole = field->digits - field->scale, fraction = field->scale;
    if (field->type == FIELD_INTEGER)
        snprintf(range, COLUMN_RANGE_SIZE, "whole numbers from %s%" PRIu64 " to %" PRIu64,
                 field->is_unsigned ? "" : "-", below(field), above(field));
    else if (field->type == FIELD_DECIMAL)
        snprintf(range, COLUMN_RANGE_SIZE,
                 "numbers %s with up to %d digits before and %d after the point",
                 field->is_unsigned ? "from 0" : "of either sign", whole, fraction);
    else
        snprintf(range, COLUMN_RANGE_SIZE, "%s", kinds[field->type]);
}
