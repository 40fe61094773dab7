/* out: escapes texts, and hands the page over in pieces. */
#include "page/out.h"

#include <string.h>

#include "base/text.h"

enum { PIECE = 64 * 1024, PENDING_MAX = 16 * 1024 * 1024 };

#define ELLIPSIS "\xE2\x80\xA6"

void out_init(struct out *out, page_sink *sink, void *context, struct error *error)
{
    *out = (struct out){.sink = sink, .context = context, .error = error};
    buf_init(&out->buf, PENDING_MAX);
}

static void hand_over(struct out *out)
{
    if (out->buf.failed && !out->failed) {
        error_no_memory(out->error);
        out->failed = true;
    }
    if (!out->failed && out->sink(out->context, buf_text(&out->buf), out->buf.len, out->error) < 0)
        out->failed = true;
    buf_clear(&out->buf);
}

int out_finish(struct out *out)
{
    hand_over(out);
    buf_release(&out->buf);
    return out->failed ? -1 : 0;
}

void out_pass_on(struct out *out)
{
    if (out->buf.len >= PIECE || out->buf.failed)
        hand_over(out);
}

void out_bytes(struct out *out, const char *bytes, size_t n)
{
    buf_append(&out->buf, bytes, n);
    out_pass_on(out);
}

static const char *reference(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Controls, embeddings, overrides and isolates: they have no shape, only effects. */
static bool is_control(uint32_t code)
{
    if (code < ' ' || code == 0x7F)
        return code != '\n' && code != '\t';
    return (code >= 0x80 && code < 0xA0) || code == 0x61C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xFEFF;
}

/* Whole characters of valid UTF-8, as many as `most` bytes hold. */
static size_t escape(struct buf *to, const char *text, size_t n, size_t most)
{
    size_t i = 0, before = to->len;
    for (size_t step; i < n; i += step) {
        uint32_t code = text_next(text + i, &step);
        const char *as = reference(code);
        size_t bytes = as ? strlen(as) : step;
        if (to->len - before + bytes > most || to->failed)
            break;
        if (as)
            buf_append(to, as, bytes);
        else if (!is_control(code))
            buf_append(to, text + i, step);
    }
    return i;
}

void out_text_cut(struct out *out, const char *text, size_t most, bool *cut)
{
    struct buf valid;
    size_t n = text ? strlen(text) : 0, before = out->buf.len;
    buf_init(&valid, n * 3); /* U+FFFD for a byte */
    if (n && !text_valid(text, n)) {
        buf_append(&valid, text, n);
        text_repair(&valid);
        text = buf_text(&valid);
        n = valid.len;
    }
    bool whole = escape(&out->buf, text, n, most) == n;
    if (!whole)
        buf_puts(&out->buf, ELLIPSIS);
    if (cut)
        *cut = !whole;
    out->written += out->buf.len - before;
    out->buf.failed |= valid.failed;
    buf_release(&valid);
    out_pass_on(out);
}

void out_text(struct out *out, const char *text)
{
    out_text_cut(out, text, SIZE_MAX / 2, NULL);
}

/* A command: an option in it is not broken behind its hyphens. */
static void write_code(struct out *out, char *words)
{
    out_markup(out, "<code>");
    for (char *word = words, *next; word; word = next) {
        next = strchr(word, ' ');
        if (next)
            *next++ = '\0';
        bool option = *word == '-';
        out_markup(out, "%s", option ? "<span>" : "");
        out_text(out, word);
        out_markup(out, "%s%s", option ? "</span>" : "", next ? " " : "");
    }
    out_markup(out, "</code>");
}

void out_prose(struct out *out, const char *text)
{
    struct buf piece;
    buf_init(&piece, PIECE);
    for (bool code = false; *text; code = !code) {
        size_t n = strcspn(text, "`");
        bool closed = text[n] == '`';
        buf_clear(&piece);
        buf_append(&piece, text, n);
        if (code && piece.data)
            write_code(out, piece.data);
        else
            out_text(out, buf_text(&piece));
        text += closed ? n + 1 : n;
    }
    out->buf.failed |= piece.failed;
    buf_release(&piece);
}

void out_query(struct out *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    for (; *text; text++) {
        if (strchr(plain, *text))
            out_bytes(out, text, 1);
        else
            out_markup(out, "%%%02X", (unsigned char)*text);
    }
}
