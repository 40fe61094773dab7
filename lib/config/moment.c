/* moment: since when, as people write it; and whether a day is still to come. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "config/config.h"

enum { DAY_S = 86400, EARLIEST_ZONE_S = 14 * 3600 /* where a day begins first: UTC+14 */ };

/* The beginning of the day so many days ago. */
static bool day_ago(const struct zone *zone, int64_t now, int days, char *wall)
{
    static const char midnight[] = "00:00:00";
    char today[ZONE_TEXT_SIZE];
    int64_t noon;
    if (!zone_wall(zone, now, today))
        return false;
    memcpy(today + ZONE_TEXT_SIZE - sizeof midnight, "12:00:00", sizeof midnight);
    if (!zone_instant(zone, today, &noon) || !zone_wall(zone, noon - (int64_t)days * DAY_S, wall))
        return false;
    memcpy(wall + ZONE_TEXT_SIZE - sizeof midnight, midnight, sizeof midnight);
    return true;
}

/* A number without a unit may be meant as a day. */
static bool is_age(const char *text, int64_t *seconds)
{
    size_t n = strlen(text);
    return n && !strchr("0123456789", text[n - 1]) && config_duration(text, seconds);
}

bool config_moment(const char *text, const struct zone *zone, int64_t now,
                   char wall[ZONE_TEXT_SIZE])
{
    int64_t seconds, instant;
    if (zone_is_day(text)) {
        snprintf(wall, ZONE_TEXT_SIZE, "%.10s 00:00:00", text);
        return true;
    }
    if (strcasecmp(text, "today") == 0 || strcasecmp(text, "yesterday") == 0)
        return day_ago(zone, now, strcasecmp(text, "yesterday") == 0, wall);
    if (is_age(text, &seconds))
        return zone_wall(zone, now - seconds, wall);
    return zone_parse(zone, text, &instant) && zone_wall(zone, instant, wall);
}

void config_warn_future(struct config *config, const char *what, const char *day)
{
    struct error ignored = ERROR_INIT;
    struct zone *utc = NULL;
    char today[ZONE_TEXT_SIZE];
    if (zone_open(&utc, "UTC", &ignored) == 0 &&
        zone_wall(utc, clock_wall_ms() / 1000 + EARLIEST_ZONE_S, today) &&
        strncmp(day, today, DAY_SIZE - 1) > 0)
        buf_printf(&config->warnings, "%s: %s is in the future, and no ticket is that new\n", what,
                   day);
    zone_close(utc);
}
