/* table: rows in columns, for people, and safe whatever a ticket's text contains. */
#ifndef FLUENT_SYNC_TABLE_H
#define FLUENT_SYNC_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "store/report.h"

struct table_column {
    const char *name; /* of the report's column */
    const char *title;
    size_t most; /* cells of the terminal; of the last column 0: what is left of the line */
    int spare;   /* above 0: it is left out of a line that has no room, the lowest number first */
};

/* A line that has no end: nothing is cut. A value longer than `most` shifts those behind it. */
enum { TABLE_UNCUT = 0 };

/*
 * Prints the report's rows under a line of titles. Columns are as wide as their widest value, at
 * most `most`; a NULL is "-". `line` is the width of a line in cells: where the columns have no
 * room in it, the widest texts are cut first, but no number and no date.
 */
void table_print(FILE *out, const struct report *report, const struct table_column *columns,
                 size_t count, size_t line);

/* Appends `n` bytes of a text on one line, so that it is safe on a terminal. */
void table_text(struct buf *out, const char *text, size_t n);

/* Prints a line of a label and a value that is made safe likewise. */
void table_value(FILE *out, const char *label, const char *value);

/* The width of the terminal behind `out`; TABLE_UNCUT when it is not a terminal. */
size_t table_line(FILE *out);

#endif
