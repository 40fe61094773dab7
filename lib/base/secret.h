/* secret: a password. Its type has no member that could be printed by accident. */
#ifndef FLUENT_SYNC_SECRET_H
#define FLUENT_SYNC_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret {
    struct secret_bytes *bytes; /* NULL: not set */
};

/* Whether the ASCII white space in a secret belongs to it. */
enum secret_space { SECRET_KEEP_SPACE, SECRET_STRIP_SPACE };

/* Copies `n` bytes; what was held is wiped. 0, or -1 when there is no memory: `s` is then not set.
 */
int secret_set(struct secret *s, const char *bytes, size_t n, enum secret_space space);
bool secret_is_set(const struct secret *s);
/* The text, NUL-terminated, for the client library that needs it; "" when not set. Never log it. */
const char *secret_reveal(const struct secret *s);
/* Wipes and frees. */
void secret_release(struct secret *s);

#endif
