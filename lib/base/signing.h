/* signing: the secrets and the signatures of Standard Webhooks (standardwebhooks.com). */
#ifndef FLUENT_SYNC_SIGNING_H
#define FLUENT_SYNC_SIGNING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

enum { SIGNING_KEYS_MAX = 2, SIGNING_KEY_LEAST = 24, SIGNING_KEY_MOST = 64 };
enum { SIGNATURE_SIZE = 45 }; /* the base64 of a SHA-256, and a NUL */

struct signing_keys {
    struct signing_key {
        unsigned char bytes[SIGNING_KEY_MOST];
        size_t size;
    } keys[SIGNING_KEYS_MAX];
    size_t count;
};

/* Reads one secret, or two with white space between them, both of which count then. Each is the
 * base64 of 24 to 64 bytes, with or without "whsec_" before it. -1 for anything else. */
int signing_keys_read(struct signing_keys *keys, const char *text);
/* Wipes them. */
void signing_keys_forget(struct signing_keys *keys);

/* What is signed: "id.timestamp.body". */
struct signed_message {
    const char *id, *timestamp, *body;
    size_t body_size;
};

/* The signature by a key: base64 of HMAC-SHA256 (RFC 2104). */
void signing_sign(const struct signing_key *key, const struct signed_message *message,
                  char signature[SIGNATURE_SIZE]);

/* Is one of the signatures of `list` ("v1,BASE64 v1,BASE64 v1a,..."; other versions do not count)
 * one by one of the keys? How long it takes tells nothing about a key. */
bool signing_is_signed(const struct signing_keys *keys, const struct signed_message *message,
                       const char *list);

#endif
