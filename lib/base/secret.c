/* secret: passwords, wiped after use. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

struct secret_bytes {
    size_t size;
    char text[];
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int secret_set(struct secret *s, const char *bytes, size_t n, enum secret_space space)
{
    secret_release(s);
    s->bytes = calloc(1, sizeof *s->bytes + n + 1);
    if (!s->bytes)
        return -1;
    s->bytes->size = n + 1;
    char *to = s->bytes->text;
    for (size_t i = 0; i < n; i++)
        if (space == SECRET_KEEP_SPACE || !is_space(bytes[i]))
            *to++ = bytes[i];
    return 0;
}

bool secret_is_set(const struct secret *s)
{
    return s->bytes != NULL;
}

const char *secret_reveal(const struct secret *s)
{
    return s->bytes ? s->bytes->text : "";
}

void secret_release(struct secret *s)
{
    if (!s->bytes)
        return;
    explicit_bzero(s->bytes->text, s->bytes->size);
    free(s->bytes);
    s->bytes = NULL;
}
