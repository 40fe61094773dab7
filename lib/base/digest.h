/* digest: SHA-256, by which secrets are compared. Not for content: that is hash.h's, and faster. */
#ifndef FLUENT_SYNC_DIGEST_H
#define FLUENT_SYNC_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_SIZE = 32 };

/* SHA-256 (FIPS 180-4). */
void digest_bytes(const void *bytes, size_t n, unsigned char digest[DIGEST_SIZE]);

/* Are the texts the same? How long it takes tells nothing about where they differ. */
bool digest_same(const char *text, size_t n, const char *secret);

#endif
