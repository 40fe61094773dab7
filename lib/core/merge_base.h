/* merge_base: the merge base in the form in which fluent_tickets.base holds it. Pure: no I/O. */
#ifndef FLUENT_SYNC_MERGE_BASE_H
#define FLUENT_SYNC_MERGE_BASE_H

#include "base/buf.h"
#include "core/merge.h"
#include "model/row.h"

/* Reads the base column of fluent_tickets (NULL: none). Columns that it does not name, and all of
 * them when it is damaged, are unknown. -1 only when memory ran out. */
int merge_base_read(const struct request_schema *schema, struct cell json,
                    struct merge_base bases[REQUEST_COLUMNS_MAX], struct arena *arena);

/* Writes the base, and with it what `before`, the column as it was (NULL: none), says of columns
 * that are not mapped now, since they may be mapped again. -1 when `out` has failed, or memory ran
 * out. */
int merge_base_write(const struct request_schema *schema,
                     const struct merge_base bases[REQUEST_COLUMNS_MAX], struct cell before,
                     struct arena *arena, struct buf *out);

#endif
