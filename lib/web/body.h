/* body: the JSON object that a request sends, read strictly: what we do not know is a mistake. */
#ifndef FLUENT_SYNC_WEB_BODY_H
#define FLUENT_SYNC_WEB_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct web_ids {
    int64_t *items; /* of the arena */
    size_t count;
};

enum web_member_type {
    WEB_MEMBER_FLAG, /* true or false: a bool */
    WEB_MEMBER_DAY,  /* a text that is a real day, YYYY-MM-DD: a const char * */
    WEB_MEMBER_IDS,  /* an array of whole numbers from 1 to below 2^53, or of such texts */
};

/* A member that the object may have: where its value goes, which stays as it is for null and when
 * the member is missing. */
struct web_member {
    const char *name;
    enum web_member_type type;
    void *to;
};

/*
 * Reads `n` bytes, which must be exactly one JSON object (RFC 8259, in UTF-8) with no other members
 * than these, none of them twice. No bytes count as an empty object. -1 with a WEB_REFUSAL of 400,
 * or ERR_INTERNAL when there is no memory.
 */
int web_body_read(const char *bytes, size_t n, const struct web_member *members, size_t count,
                  struct arena *arena, struct error *error);

#endif
