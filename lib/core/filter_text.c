/* filter_text: the filters that make texts of texts. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/url.h"
#include "codec/html.h"
#include "core/filter.h"

enum { CONTENT_MAX = 64 << 20 /* far more than a column holds */ };

#define ELLIPSIS "\xE2\x80\xA6"

/* Takes over what is in `out`, and releases it. */
static bool take(struct evaluation *e, struct buf *out, struct cell *value)
{
    e->scratch.failed |= out->starved;
    *value =
        (struct cell){.text = arena_copy(&e->scratch, buf_text(out), out->len), .len = out->len};
    buf_release(out);
    return value->text != NULL;
}

static bool take_part(struct evaluation *e, const char *from, size_t n, struct cell *value)
{
    *value = (struct cell){.text = arena_copy(&e->scratch, from, n), .len = n};
    return value->text != NULL;
}

/* HTML */

bool filter_text(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    (void)step;
    if (e->readable.html.text == value->text && e->readable.html.len == value->len) {
        *value = e->readable.text;
        return true;
    }
    struct cell html = *value;
    struct buf out;
    buf_init(&out, CONTENT_MAX);
    html_to_text(&out, html.text, html.len);
    if (out.failed && !out.starved) { /* nested quotes swell: cut them */
        out.failed = false;
        out.max += strlen(ELLIPSIS);
        buf_puts(&out, ELLIPSIS);
    }
    if (!take(e, &out, value))
        return false;
    e->readable.html = html;
    e->readable.text = *value;
    return true;
}

/* The form that the value is, which is read once. */
static const struct html_form *form_of(struct evaluation *e, struct cell value)
{
    if (e->form.html != value.text || !e->form.read) {
        html_form_free(e->form.read);
        e->form.html = value.text;
        e->form.read = html_form_read(value.text, value.len);
        e->scratch.failed |= !e->form.read;
    }
    return e->form.read;
}

bool filter_form(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    const struct html_form *form = form_of(e, *value);
    struct buf out;
    buf_init(&out, CONTENT_MAX);
    for (size_t i = 0; form && i < step->count && !out.len; i++)
        html_form_value(form, step->arguments[i].text.text, &out);
    return take(e, &out, value);
}

/* Addresses */

static bool is_blank_at(const char *at)
{
    size_t length;
    return (unsigned char)*at >= 0x80 && text_is_blank(text_next(at, &length));
}

/* Is the last parenthesis of these `n` bytes opened within them? */
static bool closes_own(const char *at, size_t n)
{
    size_t opened = 0, closed = 0;
    for (size_t i = 0; i < n; i++) {
        opened += at[i] == '(';
        closed += at[i] == ')';
    }
    return closed <= opened;
}

static size_t address_length(const char *at)
{
    size_t n = 0;
    while ((unsigned char)at[n] > ' ' && !strchr("<>\"|\\^`", at[n]) && at[n] != 0x7F &&
           !is_blank_at(at + n))
        n++;
    /* What ends a sentence, or closes what was opened before the address, is not part of it. */
    for (; n && strchr(".,;:!?'*_)]}", at[n - 1]); n--)
        if (at[n - 1] == ')' && closes_own(at, n))
            break;
    return n;
}

/* The first address in the text, or NULL. A word that begins with "www." counts as one. */
static const char *find_address(const char *text)
{
    for (const char *at = text; (at = strpbrk(at, "hHwW")) != NULL; at++) {
        bool inside = at > text && (((unsigned char)at[-1] | 0x20) >= 'a' || at[-1] == '.' ||
                                    (at[-1] >= '0' && at[-1] <= '9') || at[-1] == '@');
        if (!inside && (!strncasecmp(at, "http://", 7) || !strncasecmp(at, "https://", 8) ||
                        !strncasecmp(at, "www.", 4)))
            return at;
    }
    return NULL;
}

static bool is_within(struct url_part host, struct cell domain)
{
    size_t rest = host.length - domain.len;
    return host.length >= domain.len && strncasecmp(host.at + rest, domain.text, domain.len) == 0 &&
           (rest == 0 || host.at[rest - 1] == '.');
}

/* Is the address, with a NUL behind it, on one of the hosts behind `except`? */
static bool is_excepted(const struct rule_step *step, const char *address)
{
    struct url url = url_split(address);
    for (size_t i = 1; i < step->count; i++)
        if (is_within(url.host, step->arguments[i].text))
            return true;
    return false;
}

bool filter_first_url(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct cell fallback = {0};
    size_t n;
    for (const char *at = value->text; (at = find_address(at)) != NULL; at += n ? n : 1) {
        struct cell found;
        n = address_length(at);
        if (!take_part(e, at, n, &found))
            return false;
        struct url url = url_split(found.text);
        if (!url.host.length || (!url.scheme.length && !memchr(url.host.at, '.', url.host.length)))
            continue;
        if (!is_excepted(step, found.text)) {
            *value = found;
            return true;
        }
        if (!fallback.text)
            fallback = found;
    }
    *value = fallback;
    return true;
}

bool filter_host(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct url_part host = url_split(value->text).host;
    bool is_host = host.length && memchr(host.at, '.', host.length);
    for (size_t i = 0; i < host.length; i++)
        is_host &= (unsigned char)host.at[i] > ' ';
    *value = (struct cell){0};
    return !is_host || (take_part(e, host.at, host.length, value) && filter_lower(e, step, value));
}

/* Letters */

bool filter_lower(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct buf out;
    (void)step;
    buf_init(&out, CONTENT_MAX);
    text_lower(&out, value->text, value->len);
    return take(e, &out, value);
}

/* Can it hold what text_clean removes? */
static bool may_be_unclean(struct cell value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.text[i] < ' ' || (unsigned char)value.text[i] >= 0x7F)
            return true;
    return false;
}

bool filter_clean(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct buf out;
    (void)step;
    if (!may_be_unclean(*value))
        return true;
    buf_init(&out, CONTENT_MAX);
    text_clean(&out, value->text, value->len);
    return take(e, &out, value);
}

/* White space of any width and line breaks. */
static bool is_space(const char *at)
{
    return (*at && strchr(" \t\n\r\v\f", *at)) || is_blank_at(at);
}

bool filter_trim(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    const char *from = value->text, *end = from + value->len, *last;
    size_t length = 1;
    (void)step;
    while (from < end && is_space(from)) {
        text_next(from, &length);
        from += length;
    }
    last = from;
    for (const char *at = from; at < end; at += length) {
        text_next(at, &length);
        if (!is_space(at))
            last = at + length;
    }
    return take_part(e, from, (size_t)(last - from), value);
}

bool filter_cut(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    size_t most = (size_t)step->arguments->number.digits, end = 0, length;
    for (size_t i = 0; i < most && end < value->len; i++) {
        text_next(value->text + end, &length);
        end += length;
    }
    return end >= value->len || take_part(e, value->text, end, value);
}

bool filter_join(struct evaluation *e, const struct rule_step *step, struct cell *value)
{
    struct cell first = *value, between = step->arguments[0].text, second;
    if (!rule_operand(e, &step->arguments[1], &second))
        return false;
    if (!second.text)
        return true;
    char *joined = arena_alloc(&e->scratch, first.len + between.len + second.len + 1);
    if (!joined)
        return false;
    memcpy(joined, first.text, first.len);
    memcpy(joined + first.len, between.text, between.len);
    memcpy(joined + first.len + between.len, second.text, second.len);
    *value = (struct cell){.text = joined, .len = first.len + between.len + second.len};
    return true;
}
