/* bytes: the bytes of a file or of a command's output, wiped when they are released. */
#ifndef FLUENT_SYNC_CONFIG_BYTES_H
#define FLUENT_SYNC_CONFIG_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The largest password that is read. */
enum { CONFIG_SECRET_MAX = 64 * 1024 };

struct config_bytes {
    char *data; /* NUL-terminated */
    size_t len;
    mode_t mode; /* a file's */
    uid_t owner;
    bool shared; /* it is root's, and its group, which is not root's, is meant to read it */
};

/* Reads a regular file of at most `max` bytes. Returns NULL, or what is wrong with it; `*absent`:
 * it is that nothing has this name. */
const char *config_bytes_read(struct config_bytes *bytes, const char *path, size_t max,
                              bool *absent);
void config_bytes_release(struct config_bytes *bytes);

#endif
