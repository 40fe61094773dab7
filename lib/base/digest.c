/* digest: SHA-256 by GLib, and comparing secrets by it. */
#include "base/digest.h"

#include <glib.h>
#include <string.h>

void digest_bytes(const void *bytes, size_t n, unsigned char digest[DIGEST_SIZE])
{
    gsize size = DIGEST_SIZE;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, bytes, (gssize)n);
    g_checksum_get_digest(checksum, digest, &size);
    g_checksum_free(checksum);
}

bool digest_same(const char *text, size_t n, const char *secret)
{
    unsigned char given[DIGEST_SIZE], wanted[DIGEST_SIZE], differ = 0;
    digest_bytes(text, n, given);
    digest_bytes(secret, strlen(secret), wanted);
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        differ |= given[i] ^ wanted[i];
    return differ == 0;
}
