/*
 * http_age: how old a response is, as its headers say.
 *
 * Caches and replicas repeat what a site once said. No two requests of this program have the same
 * address, so an answer out of a cache means that the cache ignores a part of the address.
 */
#ifndef FLUENT_SYNC_HTTP_AGE_H
#define FLUENT_SYNC_HTTP_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the headers of a response say of its age. */
struct http_age {
    int64_t age_s; /* the largest Age (RFC 9111 5.1), seconds; -1: there was none */
    bool cached;   /* a cache says that it gave a stored answer */
};
#define HTTP_AGE_INIT ((struct http_age){.age_s = -1})

/* Takes in one header of the response; most say nothing of its age. `value` of `n` bytes. */
void http_age_header(struct http_age *age, const char *name, size_t name_n, const char *value,
                     size_t n);

#endif
