/* hash: XXH3, 128 bits, in canonical (big-endian) digits; and CRC-32. */
#include "base/hash.h"

#define XXH_INLINE_ALL /* its code is compiled in: one library less to load */
#include <xxhash.h>
#include <zlib.h>

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
    static const char hexadecimal[] = "0123456789abcdef";
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    for (size_t i = 0; i < sizeof canonical.digest; i++) {
        *digits++ = hexadecimal[canonical.digest[i] >> 4];
        *digits++ = hexadecimal[canonical.digest[i] & 15];
    }
    *digits = '\0';
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

uint32_t hash_crc32(uint32_t crc, const void *bytes, size_t n)
{
    return (uint32_t)crc32_z(crc, bytes, n);
}

void hash_version(struct buf *out)
{
    unsigned number = XXH_versionNumber();
    buf_printf(out, "xxHash %u.%u.%u", number / 10000, number / 100 % 100, number % 100);
    buf_printf(out, "\nzlib %s", zlibVersion());
}
