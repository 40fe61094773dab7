/* csv: rows as comma-separated values, RFC 4180. */
#ifndef FLUENT_SYNC_CSV_H
#define FLUENT_SYNC_CSV_H

#include <stdio.h>

#include "store/report.h"

/*
 * Prints the report's rows under a line with the names of its columns. Lines end in CR LF; a NULL
 * is an empty field, an empty text is "". Texts stand as they are, with their line breaks; on a
 * terminal they are made safe, each on one line.
 */
void csv_print(FILE *out, const struct report *report);

#endif
