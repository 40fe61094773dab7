/* site_json: JSON as text, so that what cJSON cannot hold (\u0000, lone surrogates) stays intact.
 */
#ifndef SITE_JSON_H
#define SITE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A stretch of somebody else's text; `p` is NULL for "there is none". */
struct span {
    const char *p;
    size_t n;
};

struct span span_of(const char *text);
bool span_is(struct span span, const char *text);

/* A growing text. Write to the stream, fclose it, and `p` (malloc'ed) holds the text. */
struct text {
    char *p;
    size_t n;
};

/* These end the program when memory does. */
FILE *text_open(struct text *text);
char *text_copy(struct span span);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The file (`dir` may be "") as a malloc'ed, NUL-terminated text; NULL when it cannot be read. */
char *text_read(const char *dir, const char *name, size_t *size);

/* One JSON value and nothing after it. */
bool json_valid(struct span text);

/* Step through an object or an array, beginning with `*at` = 0; false at the end. Keys are raw. */
bool json_member(struct span object, size_t *at, struct span *key, struct span *value);
bool json_element(struct span array, size_t *at, struct span *value);

/* The member's value as it stands in the text. */
struct span json_get(struct span object, const char *key);
bool json_is_null(struct span value); /* absent or null */
bool json_is_true(struct span value);

/* A member as a C value: `fallback` when it is absent or of another type. */
int64_t json_get_int(struct span object, const char *key, int64_t fallback);
char *json_get_string(struct span object, const char *key); /* malloc'ed; NULL when absent */

/* The same value in the bytes PHP's json_encode would write: no white space, ASCII, `\/`. */
char *json_php(struct span text);
void json_write_string(FILE *out, const char *utf8);

/* The object with the member at `path` ("key" or "key.inner") set, or removed when `value.p` is
 * NULL. malloc'ed. */
char *json_set(struct span object, const char *path, struct span value);
/* The object, which is taken over, with the members of `set` set; their keys may be dotted. */
char *json_set_all(char *object, struct span set);

#endif
