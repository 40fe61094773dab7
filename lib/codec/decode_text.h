/* decode_text: JSON in the form in which raw_data holds it. It has no white space, and a character
 * has an escape only where it must: \" \\ \b \f \n \r \t, and \u001f in lower case for other
 * control characters. Only such text is given to these functions: it is not checked again. */
#ifndef FLUENT_SYNC_DECODE_TEXT_H
#define FLUENT_SYNC_DECODE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/* A value, or a key without its quotes; it belongs to the text that it is part of. NULL: none. */
struct part {
    const char *text;
    size_t length;
};
struct part_item {
    struct part key; /* none in an array */
    struct part value;
};

/* A constant name and its length, as the functions below take them. */
#define PART_NAME(literal) (literal), sizeof(literal) - 1

/* The next item of an object or array; the first one when `item` is all zero. false: there is no
 * other, or `of` is neither. */
bool part_next(struct part of, struct part_item *item);
/* Is it these `n` bytes? */
static inline bool part_is(struct part key, const char *name, size_t n)
{
    return key.length == n && memcmp(key.text, name, n) == 0;
}
/* The same for a name with backslashes in it: the key has two for each. */
bool part_is_named(struct part key, const char *name, size_t n);
/* The first member with this name. `text` is NULL where there is none, and `object` may be such. */
struct part part_member(struct part object, const char *name, size_t n);
/* What an array holds at `index`. */
struct part part_element(struct part array, size_t index);

/* A string's text, or a number's digits, in the arena; NULL for anything else, or when memory ran
 * out and the arena has failed. */
const char *part_text(struct part value, struct arena *arena);
/* A whole number from 0 to 2^53 - 1, else -1. */
int64_t part_whole(struct part value);

/* Writes the text of a string of which `*at` is behind the first quote, as many bytes at most, and
 * sets `*at` behind the last one. Returns where what it wrote ends. */
char *part_unescape(const char **at, const char *end, char *to);

#endif
