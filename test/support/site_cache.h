/* site_cache: a cache in front of the sample site: the first answer of an address is repeated. */
#ifndef SITE_CACHE_H
#define SITE_CACHE_H

#include "site_answer.h"

struct cache {
    struct cached *first;
};

void cache_clear(struct cache *cache);

/* Fills `answer` with what is stored for the address, if anything is. `command` is that of a fault
 * of the kind "cache": see site.c. */
bool cache_find(const struct cache *cache, const char *uri, struct span command,
                struct answer *answer);

/* Stores a copy. */
void cache_keep(struct cache *cache, const char *uri, struct span command,
                const struct answer *answer);

#endif
