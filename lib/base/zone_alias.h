/* zone_alias: old names of time zones. Private to zone.c. */
#ifndef FLUENT_SYNC_ZONE_ALIAS_H
#define FLUENT_SYNC_ZONE_ALIAS_H

/* The zone that `name` is an alias of ("US/Eastern": "America/New_York"); NULL: of none. */
const char *zone_alias(const char *name);

#endif
