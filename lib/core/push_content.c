/* push_content: escaping for the plugin, and markers. */
#include "core/push_content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool is_all_blank(const char *text)
{
    while (*text) {
        size_t n;
        uint32_t code = text_next(text, &n);
        if (!text_is_blank(code) && code != '\t' && code != '\n' && code != '\r')
            return false;
        text += n;
    }
    return true;
}

const char *push_content_problem(const char *content)
{
    if (content && !text_valid(content, strlen(content)))
        return "its text is no valid UTF-8";
    if (!content || is_all_blank(content))
        return "its text is empty";
    if (strcmp(content, "0") == 0)
        return "the site takes the text \"0\" for an empty one";
    struct buf sent;
    buf_init(&sent, PUSH_CONTENT_MAX);
    bool fits = push_content_escape(content, &sent) == 0;
    buf_release(&sent);
    return fits ? NULL : "its text is longer than 60000 bytes";
}

int push_content_escape(const char *content, struct buf *out)
{
    static const char *const escapes[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['\\'] = "\\\\"};
    for (const char *p = content; *p; p++) {
        unsigned char c = (unsigned char)*p;
        const char *escape = c < sizeof escapes / sizeof *escapes ? escapes[c] : NULL;
        if (c == '{' && p[1] == '{')
            buf_puts(out, "{&#123;"), p++;
        else if (escape)
            buf_puts(out, escape);
        else
            buf_putc(out, *p);
    }
    return out->failed ? -1 : 0;
}

static void add(struct hash *hash, const char *text)
{
    hash_add(hash, text, strlen(text) + 1);
}

bool push_marker(const struct outbox_row *row, char marker[PUSH_MARKER_SIZE])
{
    char numbers[80], digits[HASH_SIZE];
    struct hash *hash = hash_new();
    if (!hash)
        return false;
    snprintf(numbers, sizeof numbers, "%" PRId64 " %" PRId64 " %" PRId64, row->id, row->created,
             row->ticket);
    add(hash, numbers);
    add(hash, outbox_action_words[row->action]);
    add(hash, row->content);
    hash_finish(hash, digits);
    snprintf(marker, PUSH_MARKER_SIZE, "fs-%s@fluent-sync", digits);
    return true;
}
