/* numbers: the numbers of a JSON text that a binary JSON type would change. */
#ifndef FLUENT_SYNC_NUMBERS_H
#define FLUENT_SYNC_NUMBERS_H

#include "base/buf.h"

/*
 * Appends a valid JSON text in which every number is either one that a 64-bit integer, signed or
 * not, or a double's 17 digits represent exactly, or a string with the number's own text: 1e400
 * becomes "1e400". Everything else stays as it is. -1 when `out` has failed.
 */
int numbers_as_texts(const char *json, struct buf *out);

#endif
