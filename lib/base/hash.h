/* hash: 128-bit content hashes (XXH3), and CRC-32. The only module that knows xxhash and zlib. */
#ifndef FLUENT_SYNC_HASH_H
#define FLUENT_SYNC_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* 32 hexadecimal digits and a NUL. */
enum { HASH_SIZE = 33 };

struct hash;

/* A new hash, NULL when there is no memory. */
struct hash *hash_new(void);
void hash_add(struct hash *hash, const void *bytes, size_t n);
/* Writes the digits of the hash of all that was added, and frees the hash. */
void hash_finish(struct hash *hash, char digits[HASH_SIZE]);

/* The hash of one piece. */
void hash_bytes(const void *bytes, size_t n, char digits[HASH_SIZE]);

/* MySQL's CRC32() of bytes that come in pieces: begin with 0. */
uint32_t hash_crc32(uint32_t crc, const void *bytes, size_t n);

/* Appends the names and versions of the libraries in use, a line each: "xxHash 0.8.1". */
void hash_version(struct buf *out);

#endif
