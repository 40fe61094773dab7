/* hash: XXH3, 128 bits, in canonical (big-endian) digits. */
#include "base/hash.h"

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

/* The CRC-32 remainders of the values of four bits, for the reversed polynomial 0xEDB88320. */
static const uint32_t CRC32[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

uint32_t hash_crc32(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (crc = ~crc; n > 0; n--, p++) {
        crc ^= *p;
        crc = crc >> 4 ^ CRC32[crc & 15];
        crc = crc >> 4 ^ CRC32[crc & 15];
    }
    return ~crc;
}

void hash_version(struct buf *out)
{
    unsigned number = XXH_versionNumber();
    buf_printf(out, "xxHash %u.%u.%u", number / 10000, number / 100 % 100, number % 100);
}
