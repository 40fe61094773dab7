/* column: what a column can hold of a value. Pure: no I/O. */
#ifndef FLUENT_SYNC_COLUMN_H
#define FLUENT_SYNC_COLUMN_H

#include <stdbool.h>

#include "core/evaluate.h"
#include "model/row.h"

/* The value becomes what the column would return of it: a number with its scale, an ENUM's own
 * spelling, a date in the zone of the tables. One that says "never" becomes NULL. A text stays,
 * also one that is too long. false: the column cannot hold it; or memory ran out, and e->scratch
 * has failed. */
bool column_value(struct evaluation *e, const struct request_field *field, struct cell *value);

/* The same of a value that needs no ticket: can the column hold it as a whole? */
bool column_accepts_fixed(const struct request_field *field, const char *value);

/* The kinds of values that it may be able to hold, bits of value_kind. */
int column_kinds(const struct request_field *field);

/* What it holds, in words. */
enum { COLUMN_RANGE_SIZE = 128 };
void column_range(const struct request_field *field, char range[COLUMN_RANGE_SIZE]);

/* Is it a whole number of at most 30 characters, or NULL? */
bool column_is_whole(const char *text);
/* Is `text` (not NULL) such a number, and within the range of this integer column? */
bool column_takes_whole(const struct request_field *field, const char *text);

#endif
