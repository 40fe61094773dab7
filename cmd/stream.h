/* stream: writes to a standard stream without waiting longer than the run may. */
#ifndef FLUENT_SYNC_STREAM_H
#define FLUENT_SYNC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"

/* Would a few bytes be taken at once? */
bool stream_ready(FILE *out);

/*
 * Writes all of it. It waits for the reader, but not once the run has to end; `limits` NULL: as
 * long as it takes. Nothing may be buffered in `out`. false: not all of it was written.
 */
bool stream_write(FILE *out, const char *text, size_t n, const struct limits *limits);

#endif
