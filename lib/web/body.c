/*
 * body: reads the few forms of JSON that requests have. cJSON would also take what is no JSON: text
 * behind the object, invalid UTF-8, numbers such as 01, names whatever their case.
 */
#include "web/body.h"

#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "web/status.h"

enum { MEMBERS_MAX = 8 };
static const int64_t ID_END = INT64_C(1) << 53;

struct reader {
    const char *at, *end;
    struct arena *arena;
    struct error *error;
};

static int malformed(struct reader *r)
{
    if (r->arena->failed)
        return error_no_memory(r->error);
    return error_raise(r->error, WEB_REFUSAL(WEB_BAD_REQUEST), "the body is not one JSON object");
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n'))
        r->at++;
}

static bool is_next(struct reader *r, char c)
{
    skip_space(r);
    return r->at < r->end && *r->at == c;
}

/* Is it the next character? Then it is behind us. */
static bool take(struct reader *r, char c)
{
    bool found = is_next(r, c);
    r->at += found;
    return found;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    bool found = is_next(r, *word) && (size_t)(r->end - r->at) >= n && memcmp(r->at, word, n) == 0;
    r->at += found ? n : 0;
    return found;
}

/* Texts */

/* The four digits of \uXXXX; -1: there are none. */
static int32_t take_unit(struct reader *r)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        int digit = r->at < r->end ? text_hex_digit(*r->at) : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The character of an escape, behind its backslash; 0: it is none that a text may hold. */
static uint32_t take_escape(struct reader *r)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char letter = r->at < r->end ? *r->at++ : '\0';
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known)
        return (uint32_t)meant[known - letters];
    int32_t unit = letter == 'u' ? take_unit(r) : -1;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit < 0 ? 0 : (uint32_t)unit;
    if (unit > 0xDBFF || r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
        return 0;
    r->at += 2;
    int32_t low = take_unit(r);
    return low < 0xDC00 || low > 0xDFFF
               ? 0
               : 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
}

/* A text of the arena, never longer than what it is read from; NULL: there is none. */
static const char *take_text(struct reader *r)
{
    if (!take(r, '"'))
        return NULL;
    char *text = arena_alloc(r->arena, (size_t)(r->end - r->at) + 1), *to = text;
    while (text && r->at < r->end && *r->at != '"') {
        char c = *r->at++;
        if ((unsigned char)c < ' ')
            return NULL;
        if (c != '\\') {
            *to++ = c;
            continue;
        }
        uint32_t code = take_escape(r);
        if (!code)
            return NULL;
        to += text_encode(code, to);
    }
    return text && take(r, '"') ? text : NULL;
}

/* Values */

static bool take_flag(struct reader *r, bool *flag)
{
    *flag = take_word(r, "true");
    return *flag || take_word(r, "false");
}

static bool take_day(struct reader *r, const char **day)
{
    *day = take_text(r);
    return *day && zone_is_day(*day);
}

/* A whole number without sign, fraction, exponent and leading zero. */
static bool take_id(struct reader *r, int64_t *id)
{
    bool quoted = take(r, '"');
    const char *first = r->at;
    *id = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if ((*id = *id * 10 + (*r->at - '0')) >= ID_END)
            return false;
    if (quoted && (r->at == r->end || *r->at++ != '"'))
        return false;
    return *id > 0 && *first != '0';
}

static bool take_ids(struct reader *r, struct web_ids *ids)
{
    if (!take(r, '['))
        return false;
    /* Each has at least a digit and what ends it. */
    ids->items = arena_alloc(r->arena, ((size_t)(r->end - r->at) / 2 + 1) * sizeof *ids->items);
    ids->count = 0;
    if (!ids->items || take(r, ']'))
        return ids->items != NULL;
    do {
        skip_space(r);
        if (!take_id(r, &ids->items[ids->count++]))
            return false;
    } while (take(r, ','));
    return take(r, ']');
}

static int take_value(struct reader *r, const struct web_member *member)
{
    static const char *const expected[] = {
        [WEB_MEMBER_FLAG] = "true or false",
        [WEB_MEMBER_DAY] = "a day, YYYY-MM-DD",
        [WEB_MEMBER_IDS] = "an array of ids",
    };
    bool good = take_word(r, "null");
    if (!good && member->type == WEB_MEMBER_FLAG)
        good = take_flag(r, member->to);
    else if (!good && member->type == WEB_MEMBER_DAY)
        good = take_day(r, member->to);
    else if (!good)
        good = take_ids(r, member->to);
    if (good)
        return 0;
    if (r->arena->failed)
        return error_no_memory(r->error);
    return error_raise(r->error, WEB_REFUSAL(WEB_BAD_REQUEST), "%s must be %s", member->name,
                       expected[member->type]);
}

/* The object */

static int take_member(struct reader *r, const struct web_member *members, size_t count, bool *seen)
{
    const char *name = take_text(r);
    size_t i = 0;
    if (!name || !take(r, ':'))
        return malformed(r);
    while (i < count && strcmp(members[i].name, name) != 0)
        i++;
    if (i == count)
        return error_raise(r->error, WEB_REFUSAL(WEB_BAD_REQUEST),
                           "the body has a member that is not known here");
    if (seen[i])
        return error_raise(r->error, WEB_REFUSAL(WEB_BAD_REQUEST), "the body has %s twice",
                           members[i].name);
    seen[i] = true;
    return take_value(r, &members[i]);
}

int web_body_read(const char *bytes, size_t n, const struct web_member *members, size_t count,
                  struct arena *arena, struct error *error)
{
    struct reader r = {.at = bytes, .end = bytes + n, .arena = arena, .error = error};
    bool seen[MEMBERS_MAX] = {false};
    if (n == 0)
        return 0;
    if (!text_valid(bytes, n) || !take(&r, '{'))
        return malformed(&r);
    if (!take(&r, '}')) {
        do
            if (take_member(&r, members, count, seen) < 0)
                return -1;
        while (take(&r, ','));
        if (!take(&r, '}'))
            return malformed(&r);
    }
    skip_space(&r);
    return r.at == r.end ? 0 : malformed(&r);
}
