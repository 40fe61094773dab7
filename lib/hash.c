/* hash: XXH3, 128 bits, in canonical (big-endian) digits. */
#include "hash.h"

#include <stdio.h>
#include <xxhash.h>

struct hash *hash_new(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state)
        XXH3_128bits_reset(state);
    return (struct hash *)state;
}

void hash_add(struct hash *hash, const void *bytes, size_t n)
{
    XXH3_128bits_update((XXH3_state_t *)hash, bytes, n);
}

static void print(XXH128_hash_t value, char digits[HASH_SIZE])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    for (size_t i = 0; i < sizeof canonical.digest; i++)
        snprintf(digits + 2 * i, 3, "%02x", canonical.digest[i]);
}

void hash_finish(struct hash *hash, char digits[HASH_SIZE])
{
    print(XXH3_128bits_digest((XXH3_state_t *)hash), digits);
    XXH3_freeState((XXH3_state_t *)hash);
}

void hash_bytes(const void *bytes, size_t n, char digits[HASH_SIZE])
{
    print(XXH3_128bits(bytes, n), digits);
}

void hash_version(struct buf *out)
{
    unsigned number = XXH_versionNumber();
    buf_printf(out, "xxHash %u.%u.%u", number / 10000, number / 100 % 100, number % 100);
}
