/* hash: XXH3, 128 bits, in canonical (big-endian) digits. */
#include "base/hash.h"

#include <pthread.h>
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

/* The CRC-32 remainders of a byte with 0 to 7 zero bytes behind it, so that eight bytes are summed
 * at once ("slicing by 8"). */
static uint32_t crc32_of[8][256];
static pthread_once_t crc32_once = PTHREAD_ONCE_INIT;

static void make_crc32(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
        crc32_of[0][byte] = crc;
    }
    for (size_t zeros = 1; zeros < 8; zeros++)
        for (size_t byte = 0; byte < 256; byte++) {
            uint32_t crc = crc32_of[zeros - 1][byte];
            crc32_of[zeros][byte] = crc >> 8 ^ crc32_of[0][crc & 255];
        }
}

static uint32_t four_bytes(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t hash_crc32(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    pthread_once(&crc32_once, make_crc32);
    for (crc = ~crc; n >= 8; n -= 8, p += 8) {
        uint32_t a = crc ^ four_bytes(p), b = four_bytes(p + 4);
        crc = crc32_of[7][a & 255] ^ crc32_of[6][a >> 8 & 255] ^ crc32_of[5][a >> 16 & 255] ^
              crc32_of[4][a >> 24] ^ crc32_of[3][b & 255] ^ crc32_of[2][b >> 8 & 255] ^
              crc32_of[1][b >> 16 & 255] ^ crc32_of[0][b >> 24];
    }
    for (; n > 0; n--, p++)
        crc = crc >> 8 ^ crc32_of[0][(crc ^ *p) & 255];
    return ~crc;
}

void hash_version(struct buf *out)
{
    unsigned number = XXH_versionNumber();
    buf_printf(out, "xxHash %u.%u.%u", number / 10000, number / 100 % 100, number % 100);
}
