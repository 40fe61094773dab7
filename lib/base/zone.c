/* zone: time zones (GLib reads the tz database) and the dates of the API and of MySQL. */
#include "base/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/int64.h"
#include "base/text.h"
#include "base/zone_alias.h"

#define DATABASE "/usr/share/zoneinfo/"

enum {
    MINUTE = 60,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR,
    OFFSET_MAX = 18 * HOUR,
    EPOCH_JULIAN = 719163, /* GDate's day number of 1970-01-01; 1 is 0001-01-01 */
    NAME_MAX_BYTES = 64,
};

/* 0001-01-01 00:00:00 and 9999-12-31 23:59:59 UTC. */
static const int64_t FIRST_INSTANT = INT64_C(-62135596800), LAST_INSTANT = INT64_C(253402300799);

struct zone {
    GTimeZone *history; /* NULL: a fixed offset */
    unsigned number;    /* no other zone of this process has or had it */
    int offset;
    char name[NAME_MAX_BYTES];
};

/* Two digits at `s`, or -1. */
static int two_digits(const char *s)
{
    if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]))
        return -1;
    return (s[0] - '0') * 10 + (s[1] - '0');
}

/* "+HH:MM" or "-HH:MM", and nothing behind it. */
static bool parse_offset(const char *s, int *offset)
{
    if (strlen(s) != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
        return false;
    int hours = two_digits(s + 1), minutes = two_digits(s + 4);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset = (hours * HOUR + minutes * MINUTE) * (s[0] == '-' ? -1 : 1);
    return true;
}

/*
 * Names of the database start with a capital; "right/...", "localtime" and its other files do not.
 * Without a '.' no name leads out of it.
 */
static bool is_database_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";
    size_t n = strlen(name);
    return isupper((unsigned char)name[0]) && n < NAME_MAX_BYTES && strspn(name, allowed) == n;
}

/* GLib takes a name that it does not know for a POSIX rule, so we look for the file first. */
static bool in_database(const char *name)
{
    char path[sizeof DATABASE + NAME_MAX_BYTES];
    snprintf(path, sizeof path, "%s%s", DATABASE, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    char magic[4];
    bool found = read(fd, magic, sizeof magic) == sizeof magic && !memcmp(magic, "TZif", 4);
    close(fd);
    return found;
}

/* The name that the database has it under: its own, or the one that it is an alias of; NULL:
 * none. */
static const char *database_name(const char *name)
{
    if (!is_database_name(name))
        return NULL;
    if (in_database(name))
        return name;
    const char *zone = zone_alias(name);
    return zone && in_database(zone) ? zone : NULL;
}

static int unknown_zone(const char *name, struct error *error)
{
    struct buf shown;
    buf_init(&shown, ERROR_MESSAGE_MAX);
    text_show(&shown, name, strlen(name), NAME_MAX_BYTES);
    error_set(error, ERR_USAGE,
              "unknown time zone \"%s\" (wanted: UTC, a name of the tz database such as "
              "Europe/Berlin, or an offset such as +05:45)",
              buf_text(&shown));
    buf_release(&shown);
    return -1;
}

static atomic_uint zones; /* that were opened so far */

int zone_open(struct zone **zone, const char *name, struct error *error)
{
    *zone = NULL;
    int offset = 0;
    bool fixed = !strcmp(name, "UTC") || parse_offset(name, &offset);
    const char *kept = fixed ? NULL : database_name(name);
    if (fixed ? abs(offset) > OFFSET_MAX : !kept)
        return unknown_zone(name, error);
    struct zone *z = calloc(1, sizeof *z);
    if (!z)
        return error_no_memory(error);
    memcpy(z->name, name, strlen(name) + 1);
    z->offset = offset;
    z->number = atomic_fetch_add(&zones, 1) + 1;
    if (!fixed && !(z->history = g_time_zone_new_identifier(kept))) {
        zone_close(z);
        return unknown_zone(name, error);
    }
    *zone = z;
    return 0;
}

void zone_close(struct zone *zone)
{
    if (!zone)
        return;
    if (zone->history)
        g_time_zone_unref(zone->history);
    free(zone);
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

int zone_site_name(char *name, unsigned long size, const char *timezone_string, double gmt_offset,
                   struct error *error)
{
    int n;
    if (timezone_string && timezone_string[0]) {
        n = snprintf(name, size, "%s", timezone_string);
    } else {
        double minutes = round(gmt_offset * 60);
        if (!(fabs(minutes) * MINUTE <= OFFSET_MAX))
            return error_set(error, ERR_UNAVAILABLE,
                             "the site's gmt_offset is %g, which is not a time zone", gmt_offset);
        int all = (int)fabs(minutes);
        n = all == 0
                ? snprintf(name, size, "UTC")
                : snprintf(name, size, "%c%02d:%02d", minutes < 0 ? '-' : '+', all / 60, all % 60);
    }
    if (n < 0 || (unsigned long)n >= size)
        return error_set(error, ERR_UNAVAILABLE, "the name of the site's time zone is too long");
    return 0;
}

/* What is known of an interval of a zone: both instants are in it, and so is all between them. */
struct known_interval {
    int64_t low, high;
    unsigned zone; /* its number; 0: nothing */
    int interval;
};

/* GLib goes through a century of intervals for each instant, and instants come close together. So
 * each thread remembers what it was told last of each span of 12 days, a few years of them. */
static int interval_at(const struct zone *zone, int64_t instant)
{
    enum { SPAN_BITS = 20, SPANS = 256, APART = 97 /* places between two zones */ };
    static _Thread_local struct known_interval known[SPANS];
    struct known_interval *k =
        &known[(((uint64_t)instant >> SPAN_BITS) + APART * zone->number) % SPANS];
    if (k->zone == zone->number && k->low <= instant && instant <= k->high)
        return k->interval;
    int interval = g_time_zone_find_interval(zone->history, G_TIME_TYPE_UNIVERSAL, instant);
    if (k->zone == zone->number && k->interval == interval) {
        k->low = min64(k->low, instant);
        k->high = max64(k->high, instant);
    } else {
        *k = (struct known_interval){instant, instant, zone->number, interval};
    }
    return interval;
}

static int offset_of(const struct zone *zone, int interval)
{
    return g_time_zone_get_offset(zone->history, interval);
}

/* A civil date and time, without a zone. */
struct civil {
    int year, month, day, hour, minute, second;
};

/* `seconds` since 1970-01-01 00:00:00, both by the same clock without a zone. */
static bool to_civil(int64_t seconds, struct civil *c)
{
    if (seconds < FIRST_INSTANT || seconds > LAST_INSTANT)
        return false;
    int64_t since_first = seconds - FIRST_INSTANT;
    int rest = (int)(since_first % DAY);
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(since_first / DAY) + 1);
    *c = (struct civil){g_date_get_year(&date), (int)g_date_get_month(&date),
                        g_date_get_day(&date),  rest / HOUR,
                        rest % HOUR / MINUTE,   rest % MINUTE};
    return true;
}

static bool is_date(int year, int month, int day)
{
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

static bool from_civil(const struct civil *c, int64_t *seconds)
{
    if (!is_date(c->year, c->month, c->day) || c->hour < 0 || c->hour > 23 || c->minute < 0 ||
        c->minute > 59 || c->second < 0 || c->second > 59)
        return false;
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)c->day, (GDateMonth)c->month, (GDateYear)c->year);
    int64_t days = (int64_t)g_date_get_julian(&date) - EPOCH_JULIAN;
    *seconds = days * DAY + c->hour * HOUR + c->minute * MINUTE + c->second;
    return true;
}

/* Writes the lowest `n` digits of `value`. */
static void write_digits(char *at, int n, int value)
{
    for (; n--; value /= 10)
        at[n] = (char)('0' + value % 10);
}

static void write_civil(char *text, const struct civil *c)
{
    memcpy(text, "YYYY-MM-DD HH:MM:SS", ZONE_TEXT_SIZE);
    write_digits(text, 4, c->year);
    write_digits(text + 5, 2, c->month);
    write_digits(text + 8, 2, c->day);
    write_digits(text + 11, 2, c->hour);
    write_digits(text + 14, 2, c->minute);
    write_digits(text + 17, 2, c->second);
}

bool zone_wall(const struct zone *zone, int64_t instant, char *text)
{
    if (instant < FIRST_INSTANT - 2 * DAY || instant > LAST_INSTANT + 2 * DAY)
        return false;
    int offset = zone->history ? offset_of(zone, interval_at(zone, instant)) : zone->offset;
    struct civil c;
    if (!to_civil(instant + offset, &c))
        return false;
    write_civil(text, &c);
    return true;
}

/* "YYYY-MM-DD" at `s`; anything may follow. */
static bool read_date(const char *s, struct civil *c)
{
    if (strnlen(s, 10) < 10 || s[4] != '-' || s[7] != '-')
        return false;
    int century = two_digits(s), year = two_digits(s + 2);
    c->year = century < 0 || year < 0 ? -1 : century * 100 + year;
    c->month = two_digits(s + 5);
    c->day = two_digits(s + 8);
    return is_date(c->year, c->month, c->day);
}

/* "HH:MM:SS" at `s`; anything may follow. */
static bool read_time(const char *s, struct civil *c)
{
    if (strnlen(s, 8) < 8 || s[2] != ':' || s[5] != ':')
        return false;
    c->hour = two_digits(s);
    c->minute = two_digits(s + 3);
    c->second = two_digits(s + 6);
    return true;
}

/*
 * Tries every interval of the zone around the wall time, the earliest first. Where no interval
 * contains it, the clocks skipped it: then the last interval that had ended by then counts.
 */
static int64_t resolve(const struct zone *zone, int64_t wall)
{
    if (!zone->history)
        return wall - zone->offset;
    int last = interval_at(zone, wall + 2 * DAY);
    int64_t before = wall;
    for (int i = interval_at(zone, wall - 2 * DAY); i <= last; i++) {
        int64_t instant = wall - offset_of(zone, i);
        int found = interval_at(zone, instant);
        if (found == i)
            return instant;
        if (found > i)
            before = instant;
    }
    return before;
}

bool zone_instant(const struct zone *zone, const char *text, int64_t *instant)
{
    struct civil c = {0};
    int64_t wall;
    if (!text || strnlen(text, ZONE_TEXT_SIZE) != ZONE_TEXT_SIZE - 1 || text[10] != ' ' ||
        !read_date(text, &c) || !read_time(text + 11, &c) || !from_civil(&c, &wall))
        return false;
    *instant = resolve(zone, wall);
    return true;
}

static bool parse_rfc3339(const char *text, int64_t *instant)
{
    struct civil c = {0};
    int64_t wall;
    if (!read_date(text, &c) || (text[10] != 'T' && text[10] != 't') || !read_time(text + 11, &c) ||
        !from_civil(&c, &wall))
        return false;
    const char *rest = text + 19;
    if (*rest == '.') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (!digits)
            return false;
        rest += 1 + digits;
    }
    int offset = 0;
    if (strcmp(rest, "Z") != 0 && strcmp(rest, "z") != 0 && !parse_offset(rest, &offset))
        return false;
    *instant = wall - offset;
    return true;
}

bool zone_parse(const struct zone *site, const char *text, int64_t *instant)
{
    int64_t parsed;
    if (!text || (!parse_rfc3339(text, &parsed) && !zone_instant(site, text, &parsed)))
        return false;
    if (parsed < FIRST_INSTANT || parsed > LAST_INSTANT)
        return false;
    *instant = parsed;
    return true;
}

bool zone_is_day(const char *text)
{
    struct civil c;
    return text && read_date(text, &c) && text[10] == '\0';
}

/* The position in `names`, from 1, of the three letters at `s`; 0: they are not there. */
bool zone_iso(int64_t instant, char *text)
{
    struct civil c;
    if (!to_civil(instant, &c))
        return false;
    write_civil(text, &c);
    text[10] = 'T';
    memcpy(text + 19, ".000Z", sizeof ".000Z");
    return true;
}
