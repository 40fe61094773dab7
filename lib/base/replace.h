/* replace: replaces a file by a new one, so that readers find one of the two whole at any
 * moment. */
#ifndef FLUENT_SYNC_REPLACE_H
#define FLUENT_SYNC_REPLACE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

struct replacement {
    const char *path; /* the caller's */
    struct buf name;  /* of the new file, beside it */
    int fd;
};

/* Makes the new file, with these permissions. On -1 (ERR_INTERNAL) there is nothing to end. */
int replace_begin(struct replacement *file, const char *path, mode_t mode, struct error *error);
int replace_write(struct replacement *file, const char *bytes, size_t n, struct error *error);
/* Puts it in the other's place, unless `error` is set or that fails: then nothing is left of it,
 * and -1 is returned. */
int replace_end(struct replacement *file, struct error *error);

#endif
