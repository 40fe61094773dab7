/* buf: growing byte buffers and the arena. */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = b->starved = false;
    if (b->data)
        b->data[0] = '\0';
}

void buf_cut(struct buf *b, size_t len)
{
    b->len = len;
    if (b->data)
        b->data[len] = '\0';
}

/* Makes room for `n` more bytes and the NUL. */
static int reserve(struct buf *b, size_t n)
{
    if (b->failed || n > b->max || b->len > b->max - n) {
        b->failed = true;
        return -1;
    }
    size_t need = b->len + n + 1;
    if (need <= b->size)
        return 0;
    size_t size = b->size ? b->size : 256;
    while (size < need)
        size = size > SIZE_MAX / 2 ? need : size * 2;
    if (size > b->max) /* what is within it needs no other check */
        size = b->max + 1;
    char *data = realloc(b->data, size);
    if (!data) {
        b->failed = b->starved = true;
        return -1;
    }
    b->data = data;
    b->size = size;
    return 0;
}

void buf_expect(struct buf *b, size_t n)
{
    size_t room = b->len < b->max ? b->max - b->len : 0, size = b->len + (n < room ? n : room) + 1;
    char *data = b->failed || size <= b->size ? NULL : realloc(b->data, size);
    if (!data)
        return;
    b->data = data;
    b->data[b->len] = '\0';
    b->size = size;
}

char *buf_grow_and_extend(struct buf *b, size_t n)
{
    return reserve(b, n) < 0 ? NULL : buf_extend(b, n);
}

int buf_vprintf(struct buf *b, const char *format, va_list args)
{
    va_list again;
    size_t room = b->failed ? 0 : b->size - b->len;
    va_copy(again, args);
    int n = vsnprintf(room ? b->data + b->len : NULL, room, format, args), done = -1;
    if (n >= 0 && reserve(b, (size_t)n) == 0) {
        if ((size_t)n >= room)
            vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
        b->len += (size_t)n;
        done = 0;
    } else if (room) {
        b->data[b->len] = '\0';
    }
    va_end(again);
    return done;
}

int buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int done = buf_vprintf(b, format, args);
    va_end(args);
    return done;
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

enum { CHUNK_SIZE = 64 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    max_align_t bytes[];
};

/* The new chunk has more than `n` bytes, as arena_room asks. */
void *arena_grow(struct arena *a, size_t n)
{
    size_t size = n < CHUNK_SIZE ? CHUNK_SIZE : (n / ARENA_UNIT + 1) * ARENA_UNIT;
    a->failed |= n > SIZE_MAX / 4;
    struct arena_chunk *chunk = a->failed ? NULL : malloc(sizeof *chunk + size);
    a->failed = !chunk;
    a->left = 0;
    if (!chunk)
        return NULL;
    *chunk = (struct arena_chunk){.next = a->chunks, .size = size};
    a->chunks = chunk;
    a->at = (char *)chunk->bytes;
    a->left = size;
    return arena_room(a, n);
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *piece = arena_room(a, n);
    return piece ? memset(piece, 0, n) : NULL;
}

char *arena_copy(struct arena *a, const char *bytes, size_t n)
{
    char *copy = arena_room(a, n + 1);
    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    char shorter[128]; /* most texts fit in here, and are formatted only once */
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(shorter, sizeof shorter, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : arena_room(a, (size_t)n + 1);
    if (text && (size_t)n < sizeof shorter)
        memcpy(text, shorter, (size_t)n + 1);
    else if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_release_before(struct arena *a, const void *piece)
{
    uintptr_t at = (uintptr_t)piece;
    for (struct arena_chunk *chunk = a->chunks; chunk; chunk = chunk->next) {
        uintptr_t bytes = (uintptr_t)chunk->bytes;
        if (at < bytes || at >= bytes + chunk->size)
            continue;
        free_chunks(chunk->next);
        chunk->next = NULL;
    }
}

void arena_release(struct arena *a)
{
    free_chunks(a->chunks);
    *a = (struct arena)ARENA_INIT;
}
