/* zones: which time zones a run uses: that of the site, and that of the tables. */
#ifndef FLUENT_SYNC_ZONES_H
#define FLUENT_SYNC_ZONES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/zone.h"

struct zones_facts {
    /* The index of the site's API: why there is none (ERR_NONE: there is one), and what it says. */
    const struct error *index;
    const char *timezone_string; /* NULL: nothing */
    double gmt_offset;           /* NaN: nothing */
    const char *before;          /* the site's zone as it is stored; NULL: none is */
    bool before_told;            /* the site itself told that one */
    const char *configured;      /* [sync] timezone: "site", or the name of a zone */
};

enum { ZONES_NAME_SIZE = 128 };

struct zones {
    char name[ZONES_NAME_SIZE]; /* of the site's zone; to be stored */
    bool told;                  /* the site told it, now or before; to be stored */
    bool told_now;
    struct zone *site;   /* of the dates that the site writes without an offset */
    struct zone *tables; /* of the wall times in the tables */
};

/*
 * Chooses and opens both. The site's zone is what its index tells; else what it told before; else
 * the configured one; else whatever was used before. -1 with `zones` empty: nobody tells it
 * (ERR_UNAVAILABLE, or the code of facts->index), or this system does not have it (ERR_REFUSED). On
 * 0 the caller closes them (zones_close).
 */
int zones_open(struct zones *zones, const struct zones_facts *facts, struct error *error);
void zones_close(struct zones *zones);

#endif
