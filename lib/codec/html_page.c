/* html_page: writing text tidily. */
#include "codec/html_page.h"

#include <string.h>

#include "base/text.h"

enum {
    NO_BREAK_SPACE = 0xA0,
    ZERO_WIDTH_NON_JOINER = 0x200C,
    ZERO_WIDTH_JOINER = 0x200D,
    LINE_SEPARATOR = 0x2028,
    PARAGRAPH_SEPARATOR = 0x2029,
    TAB_BLANKS = 4,
};

struct html_page page_at_end_of(struct buf *out)
{
    return (struct html_page){.out = out, .start = out->len, .fresh = true, .mark = NOWHERE};
}

/* The prefix of an empty line: what the lines above and below have in common. */
static size_t common_prefix(const struct html_page *p)
{
    size_t n = 0;
    while (p->prefix[n] && p->prefix[n] == p->last_prefix[n])
        n++;
    while (n && p->prefix[n - 1] == ' ')
        n--;
    return n;
}

static void start_line(struct html_page *p)
{
    if (p->out->len > p->start) {
        buf_putc(p->out, '\n');
        if (p->breaks > 1) {
            buf_append(p->out, p->prefix, common_prefix(p));
            buf_putc(p->out, '\n');
        }
    }
    if (p->marker[0]) {
        buf_append(p->out, p->prefix, p->marker_at);
        buf_puts(p->out, p->marker);
        p->marker[0] = '\0';
    } else if (p->prefix[0]) {
        buf_puts(p->out, p->prefix);
    }
    memcpy(p->last_prefix, p->prefix, sizeof p->prefix);
    p->breaks = 0;
    p->fresh = false;
}

static void visible(struct html_page *p, const char *bytes, size_t n)
{
    if (p->fresh)
        start_line(p);
    for (; p->blanks; p->blanks--)
        buf_putc(p->out, ' ');
    if (p->mark == NOWHERE)
        p->mark = p->out->len;
    buf_append(p->out, bytes, n);
    p->held_open = false;
    p->before = OTHER;
}

static void blanks(struct html_page *p, size_t n)
{
    if (p->verbatim)
        p->blanks += n;
    else if (!p->fresh)
        p->blanks = 1;
}

static void end_line(struct html_page *p, int breaks)
{
    p->breaks = breaks;
    p->fresh = true;
    p->blanks = 0;
    p->held_open = false;
}

void page_boundary(struct html_page *p, int breaks)
{
    int owed = p->breaks + p->held_open;
    end_line(p, owed > breaks ? owed : breaks);
    p->before = OTHER;
}

static void line_break(struct html_page *p)
{
    end_line(p, p->fresh ? p->breaks + 1 : 1);
}

/* In text whose lines are kept, "<br>\n" is one break. */
static void newline(struct html_page *p)
{
    if (!p->verbatim && !p->keep_lines) {
        blanks(p, 1);
    } else if (!p->verbatim && p->before == BREAK_TAG) {
        p->before = OTHER;
    } else {
        line_break(p);
        p->before = NEWLINE;
    }
}

void page_break_tag(struct html_page *p)
{
    if (p->before != NEWLINE || p->verbatim)
        line_break(p);
    p->before = BREAK_TAG;
}

/* Control characters, and invisible ones that reorder, pad or hide text. */
static bool is_dropped(uint32_t c)
{
    return (c >= 0x80 && c < NO_BREAK_SPACE) || c == 0xAD || c == 0x34F || c == 0x180E ||
           c == 0x200B || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

/* Writes the character at `s`, which is not ASCII. Returns its length. */
static size_t write_wide(struct html_page *p, const char *s)
{
    size_t n;
    uint32_t c = text_next(s, &n);
    if (c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR) {
        line_break(p);
    } else if (text_is_blank(c)) {
        p->held_open = p->held_open || (p->fresh && c == NO_BREAK_SPACE);
        blanks(p, 1);
    } else if (c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER) {
        /* Between blanks they join nothing: newsletters pad with them. */
        if (!p->fresh && !p->blanks)
            visible(p, s, n);
    } else if (!is_dropped(c)) {
        visible(p, s, n);
    }
    return n;
}

void page_text(struct html_page *p, const char *s, size_t n)
{
    const char *end = s + n;
    while (s < end) {
        size_t words = *s == ' ' ? 0 : text_words(s, (size_t)(end - s));
        if (words) {
            words -= s[words - 1] == ' '; /* what follows tells whether it is written */
            visible(p, s, words);
            s += words;
        } else if ((unsigned char)*s >= 0x80) {
            s += write_wide(p, s);
        } else if (*s++ == '\n') {
            newline(p);
        } else {
            blanks(p, s[-1] == '\t' ? TAB_BLANKS : 1);
        }
    }
}

void page_verbatim(struct html_page *p, const char *s)
{
    bool verbatim = p->verbatim;
    p->verbatim = true;
    page_text(p, s, strlen(s));
    p->verbatim = verbatim;
}

void page_blank(struct html_page *p)
{
    blanks(p, 1);
}

size_t page_push(struct html_page *p, const char *more)
{
    size_t n = strlen(p->prefix);
    if (n + strlen(more) <= PREFIX_MAX)
        memcpy(p->prefix + n, more, strlen(more) + 1);
    return n;
}

size_t page_push_item(struct html_page *p, const char *marker)
{
    char indent[MARKER_SIZE];
    memset(indent, ' ', sizeof indent);
    indent[strlen(marker)] = '\0';
    memcpy(p->marker, marker, strlen(marker) + 1);
    p->marker_at = page_push(p, indent);
    return p->marker_at;
}

void page_pop(struct html_page *p, size_t outer)
{
    p->prefix[outer] = '\0';
    p->marker[0] = '\0';
}
