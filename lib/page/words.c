/* words: the calendar, and rounding to figures that can be read at a glance. */
#include "page/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/zone.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, DAY_CHARS = 10 };

static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char WEEKDAYS[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

/* Howard Hinnant's days_from_civil and its inverse. */
bool words_day_number(const char *text, int64_t *day)
{
    char copy[DAY_CHARS + 1];
    int y, m, d;
    if (!text || strlen(text) < DAY_CHARS)
        return false;
    memcpy(copy, text, DAY_CHARS);
    copy[DAY_CHARS] = '\0';
    if (!zone_is_day(copy) || sscanf(copy, "%4d-%2d-%2d", &y, &m, &d) != 3)
        return false;
    y -= m <= 2;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    *day = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return true;
}

char *words_day_text(char words[WORDS_SIZE], int64_t day)
{
    int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153, date = of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    snprintf(words, WORDS_SIZE, "%04" PRId64 "-%02" PRId64 "-%02" PRId64,
             year + era * 400 + (month <= 2), month, date);
    return words;
}

enum { WEEKDAY = 1, CLOCK = 2, COMMA = 4 };

static char *date_words(char words[WORDS_SIZE], const char *wall, const char *now, int parts)
{
    int64_t day;
    if (!words_day_number(wall, &day)) {
        snprintf(words, WORDS_SIZE, "%s", wall ? wall : "");
        return words;
    }
    int month = (wall[5] - '0') * 10 + wall[6] - '0', date = (wall[8] - '0') * 10 + wall[9] - '0';
    bool other_year = strncmp(wall, now, 4) != 0, clock = (parts & CLOCK) && strlen(wall) >= 16;
    snprintf(words, WORDS_SIZE, "%s%s%d %s%s%.4s%s%.5s",
             parts & WEEKDAY ? WEEKDAYS[(day % 7 + 7) % 7] : "", parts & WEEKDAY ? " " : "", date,
             MONTHS[month - 1], other_year ? " " : "", other_year ? wall : "",
             !clock          ? ""
             : parts & COMMA ? ", "
                             : " ",
             clock ? wall + 11 : "");
    return words;
}

char *words_when(char words[WORDS_SIZE], const char *wall, const char *now)
{
    return date_words(words, wall, now, WEEKDAY | CLOCK | COMMA);
}

char *words_clock(char words[WORDS_SIZE], const char *wall, const char *now)
{
    if (strncmp(wall, now, DAY_CHARS) != 0 || strlen(wall) < 16)
        return words_when(words, wall, now);
    snprintf(words, WORDS_SIZE, "%.5s", wall + 11);
    return words;
}

char *words_weekday(char words[WORDS_SIZE], const char *wall, const char *now)
{
    return date_words(words, wall, now, WEEKDAY);
}

char *words_day(char words[WORDS_SIZE], const char *wall, const char *now)
{
    return date_words(words, wall, now, 0);
}

char *words_short(char words[WORDS_SIZE], const char *wall, const char *now)
{
    bool other_year = strncmp(wall, now, 4) != 0; /* the year takes the clock's place */
    return date_words(words, wall, now, other_year ? 0 : CLOCK);
}

char *words_age(char words[WORDS_SIZE], int64_t s)
{
    if (s < MINUTE)
        snprintf(words, WORDS_SIZE, "%" PRId64 " s", s < 0 ? 0 : s);
    else if (s < HOUR)
        snprintf(words, WORDS_SIZE, "%" PRId64 " min", s / MINUTE);
    else if (s < 10 * HOUR && s % HOUR >= MINUTE)
        snprintf(words, WORDS_SIZE, "%" PRId64 " h %" PRId64 " min", s / HOUR, s % HOUR / MINUTE);
    else if (s < 2 * DAY)
        snprintf(words, WORDS_SIZE, "%" PRId64 " h", s / HOUR);
    else
        snprintf(words, WORDS_SIZE, "%" PRId64 " days", s / DAY);
    return words;
}

char *words_took(char words[WORDS_SIZE], int64_t ms)
{
    double s = (double)ms / 1000;
    if (ms < 60000)
        snprintf(words, WORDS_SIZE, "%.*f s", ms < 1000 ? 2 : ms < 10000 ? 1 : 0, s);
    else if (ms < HOUR * INT64_C(1000))
        snprintf(words, WORDS_SIZE, "%" PRId64 " min %" PRId64 " s", ms / 60000, ms / 1000 % 60);
    else
        words_age(words, ms / 1000);
    return words;
}

char *words_number(char words[WORDS_SIZE], int64_t number)
{
    char digits[WORDS_SIZE / 2];
    int n = snprintf(digits, sizeof digits, "%" PRId64, number), at = 0;
    for (int i = 0; i < n; i++) {
        if (i > (digits[0] == '-') && (n - i) % 3 == 0)
            words[at++] = ',';
        words[at++] = digits[i];
    }
    words[at] = '\0';
    return words;
}

char *words_brief(char words[WORDS_SIZE], int64_t number)
{
    enum { K = 1000, TENTH = K / 10 };
    int64_t tenths = (number + TENTH / 2) / TENTH;
    if (number < K)
        return words_number(words, number);
    if (tenths < 100 && tenths % 10)
        snprintf(words, WORDS_SIZE, "%" PRId64 ".%" PRId64 "k", tenths / 10, tenths % 10);
    else {
        words_number(words, (number + K / 2) / K);
        snprintf(words + strlen(words), WORDS_SIZE - strlen(words), "k");
    }
    return words;
}

char *words_count(char words[WORDS_SIZE], int64_t number, const char *noun)
{
    words_number(words, number);
    size_t n = strlen(words);
    snprintf(words + n, WORDS_SIZE - n, " %s%s", noun, number == 1 ? "" : "s");
    return words;
}

char *words_without_queries(char *text)
{
    char *address = text;
    while ((address = strstr(address, "://"))) {
        char *end = address + strcspn(address, " \n"),
             *query = memchr(address, '?', (size_t)(end - address));
        while (end > address && strchr(":;,.)", end[-1])) /* of the sentence */
            end--;
        if (query && query < end)
            memmove(query, end, strlen(end) + 1);
        address += strcspn(address, " \n");
    }
    return text;
}

const char *words_outbox(char words[WORDS_OUTBOX_SIZE], const int64_t counts[OUTBOX_STATES])
{
    static const char *const names[OUTBOX_STATES] = {[OUTBOX_PENDING] = "waiting",
                                                     [OUTBOX_SENDING] = "being sent",
                                                     [OUTBOX_FAILED] = "failed",
                                                     [OUTBOX_HELD] = "held"};
    size_t n = 0;
    words[0] = '\0';
    for (size_t i = 0; i < OUTBOX_STATES; i++)
        if (names[i] && counts[i] && n < WORDS_OUTBOX_SIZE)
            n += (size_t)snprintf(words + n, WORDS_OUTBOX_SIZE - n, "%s%" PRId64 " %s",
                                  n ? ", " : "", counts[i], names[i]);
    return words;
}
