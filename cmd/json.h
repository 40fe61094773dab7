/* json: our documents on stdout. The only module of the program that knows cJSON. */
#ifndef FLUENT_SYNC_JSON_H
#define FLUENT_SYNC_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/report.h"

/* A document under construction: an object whose members come in the order of the calls. */
struct json;
/* A document that json_print printed, to be changed; NULL: it is none. */
struct json *json_read(const char *text);
/* Puts a text in the place of a member, or leaves a member out; nothing, where there is none. */
void json_replace_text(struct json *json, const char *name, const char *text);
void json_remove(struct json *json, const char *name);

/* NULL when there is no memory; the other calls then do nothing. */
struct json *json_new(void);
void json_text(struct json *json, const char *name, const char *text); /* NULL: null */
void json_number(struct json *json, const char *name, int64_t number);
void json_bool(struct json *json, const char *name, bool value);
/* The rows of a report as an array of objects; a row as an object; null. */
void json_rows(struct json *json, const char *name, const struct report *report);
void json_row(struct json *json, const char *name, const struct report *report, size_t row);
/* The members of `inner` as an object; takes `inner`. */
void json_object(struct json *json, const char *name, struct json *inner);
/* Adds the members of `item` as an object to the array `name`, which the first one makes. Takes
 * `item`. */
void json_append(struct json *json, const char *name, struct json *item);
/* The lines of `text` as an array; NULL: an empty one. */
void json_lines(struct json *json, const char *name, const char *text);
/* Prints the document and a line break, and frees it. */
void json_print(struct json *json, FILE *out);
/* The same, appended. */
void json_append_line(struct json *json, struct buf *out);

/* Prints the rows of a report as an array, a row a line. */
void json_print_rows(const struct report *report, FILE *out);

/* The members "error" and, where there is one, "advice". */
void json_error(struct json *json, const struct error *error);
/* Prints {"success":false,"error":...,"advice":...,"exitCode":...}. */
void json_print_error(const struct error *error, FILE *out);

#endif
