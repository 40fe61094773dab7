/* zones: chooses the site's time zone from what the site, the state and the configuration say. */
#include "core/zones.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The configured zone; NULL: it is to be the site's. */
static const char *configured_zone(const struct zones_facts *facts)
{
    return strcmp(facts->configured, "site") == 0 ? NULL : facts->configured;
}

/* Some sites close the index. */
static int choose_without_index(struct zones *zones, const struct zones_facts *facts,
                                struct error *error)
{
    const char *configured = configured_zone(facts);
    const char *name =
        facts->before && (facts->before_told || !configured) ? facts->before : configured;
    zones->told = facts->before && facts->before_told;
    if (name) {
        snprintf(zones->name, sizeof zones->name, "%s", name);
        return 0;
    }
    return error_advise(error, facts->index->code ? facts->index->code : ERR_UNAVAILABLE,
                        "set [sync] timezone to the site's zone to do without",
                        "the site's time zone is not known: %s",
                        facts->index->code ? facts->index->message
                                           : "the index of its REST API does not tell it");
}

static int choose_name(struct zones *zones, const struct zones_facts *facts, struct error *error)
{
    zones->told_now =
        facts->index->code == ERR_NONE && (facts->timezone_string || !isnan(facts->gmt_offset));
    if (!zones->told_now)
        return choose_without_index(zones, facts, error);
    zones->told = true;
    return zone_site_name(zones->name, sizeof zones->name, facts->timezone_string,
                          facts->gmt_offset, error);
}

/* That this system does not have the site's zone is no error of the configuration. */
static int open_site_zone(struct zones *zones, struct error *error)
{
    struct error why = ERROR_INIT;
    if (zone_open(&zones->site, zones->name, &why) == 0)
        return 0;
    if (why.code != ERR_USAGE)
        return error_copy(error, &why);
    return error_advise(error, ERR_REFUSED, ZONE_ADVICE,
                        "this system does not know the site's time zone, \"%.64s\"", zones->name);
}

int zones_open(struct zones *zones, const struct zones_facts *facts, struct error *error)
{
    *zones = (struct zones){.site = NULL};
    const char *configured = configured_zone(facts);
    if (choose_name(zones, facts, error) == 0 && open_site_zone(zones, error) == 0 &&
        zone_open(&zones->tables, configured ? configured : zones->name, error) == 0)
        return 0;
    zones_close(zones);
    return -1;
}

void zones_close(struct zones *zones)
{
    zone_close(zones->site);
    zone_close(zones->tables);
    *zones = (struct zones){.site = NULL};
}
