/* versions: the versions of the libraries in use. */
#ifndef FLUENT_SYNC_VERSIONS_H
#define FLUENT_SYNC_VERSIONS_H

#include "base/buf.h"

/*
 * Appends a line "NAME VERSION" per library, as each says itself at run time; inih, which does not,
 * as it was built with. What a library stands on follows: "libcurl 7.88.1 OpenSSL/3.0.20 ...".
 */
void versions_print(struct buf *out);

#endif
