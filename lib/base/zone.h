/* zone: time zones with their history, and the dates of the API and of MySQL. */
#ifndef FLUENT_SYNC_ZONE_H
#define FLUENT_SYNC_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct zone;

/* "YYYY-MM-DD HH:MM:SS" and a NUL. */
enum { ZONE_TEXT_SIZE = 20 };

/*
 * Opens "UTC", "Area/City" (from the system's tz database, and nothing else that is a file there;
 * old names such as "US/Eastern" also where the system leaves them out), or a fixed offset "+HH:MM"
 * / "-HH:MM" of at most 18 hours. On -1 (ERR_USAGE, naming what was given) `*zone` is NULL. The
 * caller owns the zone.
 */
int zone_open(struct zone **zone, const char *name, struct error *error);
void zone_close(struct zone *zone);

/* What to do about a site's zone that zone_open does not know. */
#define ZONE_ADVICE                                                                                \
    "install the tz database (on Debian and Ubuntu the packages tzdata and tzdata-legacy), or "    \
    "choose a city in WordPress under Settings, General"
/* The name as it was opened. Belongs to the zone. */
const char *zone_name(const struct zone *zone);

/*
 * Writes the name that zone_open takes for a WordPress site: `timezone_string` when not empty,
 * otherwise `gmt_offset` in hours (5.75 -> "+05:45", 0 -> "UTC"). -1 (ERR_UNAVAILABLE) when the
 * offset is beyond 18 hours or not a number, or the name longer than `size`.
 */
int zone_site_name(char *name, unsigned long size, const char *timezone_string, double gmt_offset,
                   struct error *error);

/* The wall time of an instant (seconds since 1970, also negative). `text` has ZONE_TEXT_SIZE bytes.
 * false when the year is outside 1..9999. */
bool zone_wall(const struct zone *zone, int64_t instant, char *text);

/*
 * The instant of a wall time. Of an hour that comes twice, the first counts; a wall time that a
 * change of clocks skips counts with the offset before the change. The answer does not depend on
 * earlier calls. false when `text` is not "YYYY-MM-DD HH:MM:SS" or not a date.
 */
bool zone_instant(const struct zone *zone, const char *text, int64_t *instant);

/*
 * The instant of a date as the API writes it: RFC 3339 with an offset or Z ("2026-11-20T07:31:26
 * +00:00", fractions of a second ignored), or "YYYY-MM-DD HH:MM:SS" in the site's zone `site`.
 * false for NULL, anything else, a zero date ("0000-00-00 00:00:00", "-001-11-30T...") and years
 * outside 1..9999. (fluentsupport: two date formats in one object.)
 */
bool zone_parse(const struct zone *site, const char *text, int64_t *instant);

/* Is `text` a real day of the years 1..9999, "YYYY-MM-DD"? */
bool zone_is_day(const char *text);

/* Writes an instant as "2025-10-06T10:30:00.000Z"; `text` has 25 bytes. false when the year is
 * outside 1..9999. */
bool zone_iso(int64_t instant, char *text);

#endif
