/* text: UTF-8: validity, cutting, folding, what may be shown on a terminal, and how wide it is. */
#ifndef FLUENT_SYNC_TEXT_H
#define FLUENT_SYNC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF)? */
bool text_valid(const char *bytes, size_t n);

/* How many bytes there are at `text` before the first of ASCII's control characters. */
size_t text_plain(const char *text, size_t n);
/* How many bytes there are before the first one that JSON escapes, or that ends a string of it: a
 * control character but DEL, a quote, a backslash. */
size_t text_plain_json(const char *text, size_t n);
/* Where the JSON string whose text begins at `at` has ended: behind its quote. A quote behind an
 * odd number of backslashes is a part of it. `end` when it does not end before. */
const char *text_behind_json_string(const char *at, const char *end);

/*
 * How many bytes there are at `text`, which is valid UTF-8, of visible characters with at most one
 * blank between two of them. It may end before a visible character that is not ASCII, where telling
 * it from others would take longer.
 */
size_t text_words(const char *text, size_t n);

/* The value of a hexadecimal digit; -1: it is none. */
static inline int text_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Are they the same text, or both NULL? */
bool text_same(const char *a, const char *b);

/* Replaces each byte that is not part of valid UTF-8 by U+FFFD; -1 when the buffer has failed. */
int text_repair(struct buf *b);

/* The code point at `text` (valid UTF-8, not its end), and its length in bytes. */
uint32_t text_next(const char *text, size_t *length);
/* Writes the code point as UTF-8 (no NUL behind it). Returns how many bytes, 0 for no character. */
size_t text_encode(uint32_t code, char bytes[4]);
/* A blank of any width (Unicode category Zs)? */
bool text_is_blank(uint32_t code);

/* The number of code points in `n` bytes of valid UTF-8. */
size_t text_length(const char *text, size_t n);

/*
 * Cuts a text as a database column needs it: to at most `chars` code points and at most `bytes`
 * bytes. Appends `text` to `out`; where it does not fit, the longest prefix that ends at a code
 * point and leaves room for the "…" (U+2026) appended behind it. A limit too small for "…" cuts
 * without it. Returns 0, or -1 when `out` has failed.
 */
int text_fit(struct buf *out, const char *text, size_t n, size_t chars, size_t bytes);

/* Appends `text` without control characters (C0, DEL, C1, U+2028, U+2029; a tab or a line break
 * becomes a space). -1 when `out` has failed. */
int text_clean(struct buf *out, const char *text, size_t n);

/*
 * Appends what may be shown on a terminal, in at most `width` cells: control characters, escape
 * sequences, bidi controls, invalid bytes and other invisible code points become spaces or are
 * dropped, so that nothing in `text` can move the cursor or reorder a line. Longer text ends in
 * "…". Returns the number of cells used (wide characters take two, combining ones none).
 */
size_t text_show(struct buf *out, const char *text, size_t n, size_t width);

/* Appends a JSON text with DEL, C1, line separators and Unicode's format characters (bidi controls,
 * U+FEFF) as \\u escapes: the same document, harmless on a terminal. -1 when `out` has failed. */
int text_escape(struct buf *out, const char *json, size_t n);

/* The case-folded form of valid UTF-8, appended to `out`; -1 when `out` has failed. */
int text_fold(struct buf *out, const char *text, size_t n);

/* The lower-case form of valid UTF-8 without U+0000, appended likewise. */
int text_lower(struct buf *out, const char *text, size_t n);

/* Appends the name and version of the library in use: "GLib 2.74.6". */
void text_version(struct buf *out);

#endif
