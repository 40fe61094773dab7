/* fuzz_dates: Retry-After, and the dates and zones of the API. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/retry.h"
#include "base/zone.h"
#include "fuzz.h"
#include "io/http_date.h"

static const int64_t NOW = INT64_C(1793000000), LONGEST_MS = INT64_C(1000000000000);

enum { ZONES = 4 };
static struct zone *zones[ZONES];

static void set_up(void)
{
    static const char *const names[ZONES] = {"UTC", "America/New_York", "Australia/Lord_Howe",
                                             "-09:30"};
    struct error error = ERROR_INIT;
    for (size_t i = 0; i < ZONES && !zones[i]; i++)
        DEMAND(zone_open(&zones[i], names[i], &error) == 0);
}

static void check_retry_after(const char *text)
{
    int64_t ms = http_retry_after_ms(text, NOW);
    DEMAND(ms >= -1 && ms <= LONGEST_MS);
    struct retry_policy policy = {
        .retries = 5, .base_ms = RETRY_BASE_MS, .cap_ms = RETRY_CAP_MS, .total_ms = RETRY_TOTAL_MS};
    struct retry_try last = {.kind = RETRY_ALL,
                             .attempt = (int)(strlen(text) % 7),
                             .after_ms = ms,
                             .left_ms = INT64_MAX,
                             .random = 0.999};
    int64_t wait = retry_wait_ms(&policy, &last);
    DEMAND(wait == -1 || (wait >= ms && wait <= RETRY_TOTAL_MS));
}

/* The wall time of an instant leads back to one with the same wall time. */
static void check_instant(const struct zone *zone, int64_t instant)
{
    char wall[ZONE_TEXT_SIZE], same[ZONE_TEXT_SIZE], iso[25];
    int64_t again;
    if (zone_wall(zone, instant, wall)) {
        DEMAND(zone_instant(zone, wall, &again));
        DEMAND(again <= instant && instant - again <= 86400);
        DEMAND(zone_wall(zone, again, same) && !strcmp(wall, same));
    }
    if (zone_iso(instant, iso)) {
        DEMAND(strlen(iso) == 24);
        DEMAND(zone_parse(zone, iso, &again) && again == instant);
    }
}

static void check_dates(const char *text)
{
    int64_t instant;
    for (size_t i = 0; i < ZONES; i++) {
        if (zone_parse(zones[i], text, &instant))
            check_instant(zones[i], instant);
        if (zone_instant(zones[i], text, &instant))
            check_instant(zones[i], instant);
    }
    if (zone_is_day(text))
        DEMAND(strlen(text) == 10);
}

static void check_message(const struct error *error)
{
    DEMAND(error->message[0]);
    fuzz_no_controls(error->message, strlen(error->message), "");
}

static void check_zones(const char *text)
{
    struct zone *zone = NULL;
    struct error error = ERROR_INIT;
    char name[64];
    if (zone_open(&zone, text, &error) == 0) {
        DEMAND(!strcmp(zone_name(zone), text));
        check_instant(zone, NOW);
        check_instant(zone, -NOW);
    } else {
        DEMAND(!zone && error.code == ERR_USAGE);
        check_message(&error);
    }
    zone_close(zone);
    error_clear(&error);
    double hours = strtod(text, NULL);
    if (zone_site_name(name, sizeof name, "", hours, &error) < 0) {
        DEMAND(!(fabs(hours) <= 18));
        check_message(&error);
        return;
    }
    DEMAND(zone_open(&zone, name, &error) == 0);
    zone_close(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    char *text = fuzz_copy(data, size);
    check_retry_after(text);
    check_dates(text);
    check_zones(text);
    free(text);
    if (size >= sizeof(int64_t)) {
        int64_t instant;
        memcpy(&instant, data, sizeof instant);
        for (size_t i = 0; i < ZONES; i++)
            check_instant(zones[i], instant % INT64_C(300000000000));
    }
    return 0;
}
