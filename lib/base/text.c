/* text: UTF-8: validity, cutting, folding, and what may be shown on a terminal. */
#include "base/text.h"

#include <endian.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>

#define ELLIPSIS "\xE2\x80\xA6"
#define REPLACEMENT "\xEF\xBF\xBD"

enum {
    ELLIPSIS_BYTES = 3,
    LINE_SEPARATOR = 0x2028,
    PARAGRAPH_SEPARATOR = 0x2029,
    NEXT_LINE = 0x85,
    MARKS_MAX = 4, /* combining marks on one character; writing systems need no more */
};

/* Reads the code point at `s` (n > 0). Returns its length in bytes, 0 when it is malformed. */
static size_t decode(const char *s, size_t n, gunichar *c)
{
    if ((unsigned char)*s < 0x80) {
        *c = (unsigned char)*s;
        return 1;
    }
    *c = g_utf8_get_char_validated(s, n < 4 ? (gssize)n : 4);
    if (*c >= 0x110000)
        return 0;
    return *c < 0x800 ? 2 : *c < 0x10000 ? 3 : 4;
}

/* Sixteen bytes at once. Comparing them makes -1 of those for which it holds, and 0 of the others.
 */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef signed char marks16 __attribute__((vector_size(16)));
enum { STEP = sizeof(bytes16) };

/* Loads a text of fewer bytes, with zeros behind it. It is no part of load, whose callers would
 * then all need memory on the stack. */
__attribute__((noinline)) static bytes16 load_short(const char *text, size_t n)
{
    bytes16 bytes = {0};
    memcpy(&bytes, text, n);
    return bytes;
}

/* Loads the bytes from `*i` on. Where fewer are left, it sets `*i` back, to the last sixteen of the
 * text; a shorter text has zeros behind it. */
static bytes16 load(const char *text, size_t n, size_t *i)
{
    bytes16 bytes;
    if (n < STEP)
        return load_short(text, n);
    *i = *i < n - STEP ? *i : n - STEP;
    memcpy(&bytes, text + *i, STEP);
    return bytes;
}

/* The index of the first byte that is marked; STEP: none is. */
static size_t first_marked(marks16 marks)
{
    uint64_t half[2];
    memcpy(half, &marks, sizeof half);
    if (half[0])
        return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
    return half[1] ? 8 + (size_t)__builtin_ctzll(le64toh(half[1])) / 8 : STEP;
}

/* How many bytes there are of ASCII, or of other characters, at the beginning. */
static size_t run_length(const char *text, size_t n, bool ascii)
{
    const unsigned char ends = ascii ? 0 : 0x80;
    size_t i = 0;
    for (bytes16 four[4]; ascii && n - i >= sizeof four; i += sizeof four) {
        memcpy(four, text + i, sizeof four);
        if (first_marked((four[0] | four[1] | four[2] | four[3]) >= 0x80) < STEP)
            break;
    }
    for (; i < n; i += STEP) {
        size_t first = first_marked((load(text, n, &i) ^ ends) >= 0x80);
        if (first < STEP)
            return i + first;
    }
    return n;
}

/* How many bytes there are before the first one that is not valid. */
static size_t valid_length(const char *bytes, size_t n)
{
    size_t run;
    for (size_t i = 0; i < n; i += run) {
        const char *end;
        bool ascii = (unsigned char)bytes[i] < 0x80;
        run = run_length(bytes + i, n - i, ascii);
        if (!ascii && !g_utf8_validate_len(bytes + i, run, &end))
            return (size_t)(end - bytes);
    }
    return n;
}

/* How many bytes there are before a control character below ' ', `a` or `b`. */
static inline size_t length_to(const char *text, size_t n, unsigned char a, unsigned char b)
{
    for (size_t i = 0; i < n; i += STEP) {
        bytes16 bytes = load(text, n, &i);
        size_t first = first_marked((bytes < ' ') | (bytes == a) | (bytes == b));
        if (first < STEP)
            return i + first;
    }
    return n;
}

size_t text_plain(const char *text, size_t n)
{
    return length_to(text, n, 0x7F, 0x7F);
}

size_t text_plain_json(const char *text, size_t n)
{
    return length_to(text, n, '"', '\\');
}

const char *text_behind_json_string(const char *at, const char *end)
{
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(end - at)), *before = quote;
        if (!quote)
            return end;
        while (before > at && before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return quote + 1;
        at = quote + 1;
    }
}

/* Marks first bytes of UTF-8 behind which there are blanks, controls or invisible characters: those
 * of U+0080 to U+00BF, U+0340 to U+037F, U+1000 to U+2FFF, U+3000 to U+303F, and from U+F000 on. */
static marks16 doubtful(bytes16 bytes, bytes16 next)
{
    return (bytes == 0xC2) | (bytes == 0xCD) | (bytes == 0xE1) | (bytes == 0xE2) |
           ((bytes == 0xE3) & (next == 0x80)) | (bytes >= 0xEF);
}

size_t text_words(const char *text, size_t n)
{
    size_t i = 0;
    do {
        bytes16 padded[2] = {load(text, n, &i)}, bytes = padded[0], next;
        memcpy(&next, (const char *)padded + 1, STEP); /* gcc 11 has no builtin for it */
        marks16 ends = (bytes < ' ') | (bytes == 0x7F) | ((bytes == ' ') & (next == ' '));
        if (first_marked(bytes >= 0x80) < STEP)
            ends |= doubtful(bytes, next);
        size_t first = first_marked(ends);
        if (first < STEP)
            return i + first;
        i += STEP - 1; /* the last one is looked at again, beside the one behind it */
    } while (i + 1 < n);
    return n;
}

bool text_valid(const char *bytes, size_t n)
{
    return valid_length(bytes, n) == n;
}

bool text_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool starts_code_point(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

int text_repair(struct buf *b)
{
    size_t valid = valid_length(buf_text(b), b->len);
    if (b->failed || valid == b->len)
        return b->failed ? -1 : 0;
    struct buf repaired;
    buf_init(&repaired, b->max);
    for (size_t i = 0; i < b->len; i += valid) {
        valid = valid_length(b->data + i, b->len - i);
        buf_append(&repaired, b->data + i, valid);
        if (i + valid < b->len) {
            buf_puts(&repaired, REPLACEMENT);
            valid++;
        }
    }
    buf_release(b);
    *b = repaired;
    return b->failed ? -1 : 0;
}

uint32_t text_next(const char *text, size_t *length)
{
    *length = (size_t)g_utf8_skip[(unsigned char)*text];
    return g_utf8_get_char(text);
}

size_t text_encode(uint32_t code, char bytes[4])
{
    char room[6];
    if (!g_unichar_validate(code))
        return 0;
    size_t n = (size_t)g_unichar_to_utf8(code, room);
    memcpy(bytes, room, n);
    return n;
}

bool text_is_blank(uint32_t code)
{
    return g_unichar_type(code) == G_UNICODE_SPACE_SEPARATOR;
}

size_t text_length(const char *text, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        length += starts_code_point(text[i]);
    return length;
}

/* The longest prefix of whole code points within both limits, in bytes. */
static size_t prefix(const char *text, size_t n, size_t chars, size_t bytes)
{
    size_t end = 0;
    for (size_t i = 0; i < n && i < bytes && chars; chars--) {
        do
            i++;
        while (i < n && !starts_code_point(text[i]));
        if (i <= bytes)
            end = i;
    }
    return end;
}

int text_fit(struct buf *out, const char *text, size_t n, size_t chars, size_t bytes)
{
    if (prefix(text, n, chars, bytes) == n)
        return buf_append(out, text, n);
    if (chars < 1 || bytes < ELLIPSIS_BYTES)
        return buf_append(out, text, prefix(text, n, chars, bytes));
    buf_append(out, text, prefix(text, n, chars - 1, bytes - ELLIPSIS_BYTES));
    return buf_puts(out, ELLIPSIS);
}

static bool is_line_break(gunichar c)
{
    return (c >= '\n' && c <= '\r') || c == NEXT_LINE || c == LINE_SEPARATOR ||
           c == PARAGRAPH_SEPARATOR;
}

static bool is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR;
}

int text_clean(struct buf *out, const char *text, size_t n)
{
    size_t start = 0, i = 0;
    while (i < n) {
        gunichar c;
        size_t step = decode(text + i, n - i, &c);
        if (step && !is_control(c)) {
            i += step;
            continue;
        }
        buf_append(out, text + start, i - start);
        if (!step)
            buf_puts(out, REPLACEMENT);
        else if (c == '\t' || is_line_break(c))
            buf_putc(out, ' ');
        if (c == '\r' && i + 1 < n && text[i + 1] == '\n')
            step = 2;
        start = i += step ? step : 1;
    }
    return buf_append(out, text + start, n - start);
}

/* Invisible (Default_Ignorable_Code_Point), which their general category does not tell. */
static bool is_invisible(gunichar c)
{
    return c == 0x34F || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 ||
           (c >= 0x180B && c <= 0x180F) || c == 0x3164 || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0xFFA0 || (c >= 0xE0000 && c <= 0xE0FFF);
}

/* How a code point is shown. */
enum look { DROPPED, BLANK, MARK, NARROW, WIDE };

/*
 * Joiners and variation selectors are dropped too: terminals disagree on the width of what they
 * produce, and agree on that of its parts.
 */
static enum look look_of(gunichar c)
{
    if (c >= 0x20 && c < 0x7F)
        return NARROW;
    if (is_control(c))
        return BLANK;
    if (is_invisible(c))
        return DROPPED;
    switch (g_unichar_type(c)) {
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
        return DROPPED;
    case G_UNICODE_SPACE_SEPARATOR:
        return BLANK;
    default:
        if (g_unichar_iszerowidth(c))
            return MARK;
        return g_unichar_iswide(c) ? WIDE : NARROW;
    }
}

/*
 * Appends as much of `text` as fits into `width` cells, or nothing when `out` is NULL. Returns how
 * many bytes of `text` that was, and the cells.
 */
static size_t show(struct buf *out, const char *text, size_t n, size_t width, size_t *cells)
{
    size_t i = 0;
    int marks = MARKS_MAX; /* a mark at the beginning has no character of ours to stand on */
    *cells = 0;
    while (i < n) {
        gunichar c;
        size_t step = decode(text + i, n - i, &c);
        enum look look = step ? look_of(c) : NARROW;
        size_t wide = look == WIDE ? 2 : look == NARROW || look == BLANK ? 1 : 0;
        if (wide > width - *cells)
            break;
        if (wide)
            marks = 0;
        bool shown = wide || (look == MARK && marks++ < MARKS_MAX);
        if (out && look == BLANK)
            buf_putc(out, ' ');
        else if (out && !step)
            buf_puts(out, REPLACEMENT);
        else if (out && shown)
            buf_append(out, text + i, step);
        *cells += wide;
        i += step ? step : 1;
    }
    return i;
}

size_t text_show(struct buf *out, const char *text, size_t n, size_t width)
{
    size_t cells;
    if (width == 0)
        return 0;
    if (show(NULL, text, n, width, &cells) == n) {
        show(out, text, n, width, &cells);
        return cells;
    }
    show(out, text, n, width - 1, &cells);
    buf_puts(out, ELLIPSIS);
    return cells + 1;
}

/* Control characters, and what reorders a line or joins its neighbours. */
static bool is_hidden(gunichar c)
{
    return c >= 0x7F && (is_control(c) || g_unichar_type(c) == G_UNICODE_FORMAT);
}

int text_escape(struct buf *out, const char *json, size_t n)
{
    size_t start = 0;
    for (size_t i = 0, step; i < n; i += step) {
        gunichar c;
        step = decode(json + i, n - i, &c);
        bool hidden = step && is_hidden(c);
        step += !step;
        if (!hidden)
            continue;
        buf_append(out, json + start, i - start);
        if (c >= 0x10000)
            buf_printf(out, "\\u%04x\\u%04x", 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF));
        else
            buf_printf(out, "\\u%04x", c);
        start = i + step;
    }
    return buf_append(out, json + start, n - start);
}

int text_fold(struct buf *out, const char *text, size_t n)
{
    size_t i = 0;
    while (i < n) {
        size_t run = strnlen(text + i, n - i);
        char *folded = g_utf8_casefold(text + i, (gssize)run);
        buf_puts(out, folded);
        g_free(folded);
        i += run;
        /* GLib stops at a NUL, which is a code point like any other. */
        for (; i < n && text[i] == '\0'; i++)
            buf_putc(out, '\0');
    }
    return out->failed ? -1 : 0;
}

int text_lower(struct buf *out, const char *text, size_t n)
{
    char *lower = g_utf8_strdown(text, (gssize)n);
    buf_puts(out, lower);
    g_free(lower);
    return out->failed ? -1 : 0;
}

void text_version(struct buf *out)
{
    buf_printf(out, "GLib %u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
}
