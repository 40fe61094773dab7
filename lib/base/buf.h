/* buf: byte buffers that grow up to a limit, and an arena for what lives as long as a page. */
#ifndef FLUENT_SYNC_BUF_H
#define FLUENT_SYNC_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * `data` is NULL or NUL-terminated behind `len`. Once an append fails, because memory ran out or
 * because it would pass `max`, `failed` stays set and later appends do nothing: check once, at the
 * end. `starved`: memory ran out.
 */
struct buf {
    char *data;
    size_t len, size, max;
    bool failed, starved;
};

/* Makes an empty buffer that will hold at most `max` bytes, not counting the final NUL. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; `b` is then as after buf_init with the same limit. */
void buf_release(struct buf *b);
/* Empties the buffer, keeps its memory, and forgets a failure. */
void buf_clear(struct buf *b);

/* Shortens it to its first `len` bytes, which it has. */
void buf_cut(struct buf *b, size_t len);

/* Makes room for `n` more bytes, but not beyond `max`, so that appending them moves nothing. When
 * there is no memory, only the append fails. */
void buf_expect(struct buf *b, size_t n);
/* Makes it `n` bytes longer, which hold anything until the caller has written there; NULL when the
 * buffer has failed (now or before). */
static inline char *buf_extend(struct buf *b, size_t n);
/* Each appends and returns 0, or -1 when the buffer has failed (now or before). */
static inline int buf_append(struct buf *b, const void *bytes, size_t n);
static inline int buf_puts(struct buf *b, const char *text);
static inline int buf_putc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* buf_extend where there is no room yet. */
char *buf_grow_and_extend(struct buf *b, size_t n);

static inline char *buf_extend(struct buf *b, size_t n)
{
    if (b->failed || n >= b->size - b->len)
        return buf_grow_and_extend(b, n);
    char *end = b->data + b->len;
    end[n] = '\0';
    b->len += n;
    return end;
}

static inline int buf_append(struct buf *b, const void *bytes, size_t n)
{
    char *end = buf_extend(b, n);
    if (end && n)
        memcpy(end, bytes, n);
    return end ? 0 : -1;
}

static inline int buf_puts(struct buf *b, const char *text)
{
    return buf_append(b, text, strlen(text));
}

static inline int buf_putc(struct buf *b, char c)
{
    return buf_append(b, &c, 1);
}

/* The text, "" when empty. It belongs to `b`, and is valid until the next call that changes it. */
const char *buf_text(const struct buf *b);

/*
 * An arena: many small pieces that are freed together. Pieces are aligned for pointers and 64-bit
 * numbers, and never move. An initialised arena is all zero (ARENA_INIT). Once there is no memory
 * for a piece, `failed` stays set and there are no more pieces: check once, at the end.
 */
enum { ARENA_UNIT = _Alignof(int64_t) };
struct arena_chunk;
struct arena {
    struct arena_chunk *chunks;
    char *at; /* `left` bytes are free there, a multiple of ARENA_UNIT */
    size_t left;
    bool failed;
};
#define ARENA_INIT                                                                                 \
    {                                                                                              \
        .chunks = NULL                                                                             \
    }

/* `n` zeroed bytes, or NULL when there is no memory. They belong to the arena. */
void *arena_alloc(struct arena *a, size_t n);
/* The same, but the bytes are not zeroed. */
static inline void *arena_room(struct arena *a, size_t n);
/* A copy of `n` bytes with a NUL behind them, or NULL when there is no memory. */
char *arena_copy(struct arena *a, const char *bytes, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees the pieces that were made before `piece`, as far as they fill whole chunks. */
void arena_release_before(struct arena *a, const void *piece);
/* Frees everything and forgets a failure; the arena can be used again. */
void arena_release(struct arena *a);

/* arena_room where the last chunk has no room. */
void *arena_grow(struct arena *a, size_t n);

static inline void *arena_room(struct arena *a, size_t n)
{
    if (n >= a->left)
        return arena_grow(a, n);
    size_t used = (n + ARENA_UNIT - 1) / ARENA_UNIT * ARENA_UNIT;
    char *piece = a->at;
    a->at += used;
    a->left -= used;
    return piece;
}

#endif
