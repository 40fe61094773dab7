/* site_json: JSON as text, so that what cJSON cannot hold (\u0000, lone surrogates) stays intact.
 */
#include "site_json.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

enum { DEPTH_MAX = 100 };

struct cursor {
    const char *p, *end;
};

struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

bool span_is(struct span span, const char *text)
{
    return span.p && span.n == strlen(text) && memcmp(span.p, text, span.n) == 0;
}

static void *checked(void *memory)
{
    if (!memory) {
        fputs("sample-site: out of memory\n", stderr);
        abort();
    }
    return memory;
}

FILE *text_open(struct text *text)
{
    return checked(open_memstream(&text->p, &text->n));
}

char *text_copy(struct span span)
{
    return checked(strndup(span.p ? span.p : "", span.n));
}

char *text_format(const char *format, ...)
{
    struct text text;
    FILE *out = text_open(&text);
    va_list args;
    va_start(args, format);
    vfprintf(out, format, args);
    va_end(args);
    fclose(out);
    return text.p;
}

char *text_read(const char *dir, const char *name, size_t *size)
{
    char *path = text_format("%s%s%s", dir, *dir ? "/" : "", name);
    FILE *in = fopen(path, "rb");
    free(path);
    if (!in)
        return NULL;

    struct text text;
    FILE *out = text_open(&text);
    char block[65536];
    size_t n;
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        fwrite(block, 1, n, out);
    fclose(in);
    fclose(out);
    *size = text.n;
    return text.p;
}

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && strchr(" \t\r\n", *c->p) && *c->p)
        c->p++;
}

static bool skip_char(struct cursor *c, char expected)
{
    if (c->p == c->end || *c->p != expected)
        return false;
    c->p++;
    return true;
}

static bool skip_string(struct cursor *c)
{
    if (!skip_char(c, '"'))
        return false;
    while (c->p < c->end && *c->p != '"')
        c->p += *c->p == '\\' && c->p + 1 < c->end ? 2 : 1;
    return skip_char(c, '"');
}

/* A number, true, false or null. */
static bool skip_word(struct cursor *c)
{
    char word[64];
    size_t n = 0;
    while (c->p < c->end && n < sizeof word - 1 &&
           (isalnum((unsigned char)*c->p) || strchr("+-.", *c->p)) && *c->p)
        word[n++] = *c->p++;
    word[n] = '\0';
    if (n == 0 || !strcmp(word, "true") || !strcmp(word, "false") || !strcmp(word, "null"))
        return n > 0;
    char *end;
    strtod(word, &end);
    return !*end && (isdigit((unsigned char)word[0]) || word[0] == '-');
}

static bool skip_value(struct cursor *c, int depth);

static bool skip_key(struct cursor *c)
{
    skip_space(c);
    if (!skip_string(c))
        return false;
    skip_space(c);
    return skip_char(c, ':');
}

/* What stands between the brackets, and the closing one. */
static bool skip_items(struct cursor *c, bool keyed, int depth)
{
    char close = keyed ? '}' : ']';
    skip_space(c);
    if (skip_char(c, close))
        return true;
    do {
        if ((keyed && !skip_key(c)) || !skip_value(c, depth + 1))
            return false;
        skip_space(c);
    } while (skip_char(c, ','));
    return skip_char(c, close);
}

static bool skip_value(struct cursor *c, int depth)
{
    skip_space(c);
    if (c->p == c->end || depth > DEPTH_MAX)
        return false;
    switch (*c->p) {
    case '"':
        return skip_string(c);
    case '{':
    case '[': {
        bool keyed = *c->p++ == '{';
        return skip_items(c, keyed, depth);
    }
    default:
        return skip_word(c);
    }
}

bool json_valid(struct span text)
{
    struct cursor c = {text.p, text.p + text.n};
    if (!text.p || !skip_value(&c, 0))
        return false;
    skip_space(&c);
    return c.p == c.end;
}

/* To the next item: past the opening bracket or a comma. */
static bool next_item(struct cursor *c, char open)
{
    skip_space(c);
    return skip_char(c, open) || skip_char(c, ',');
}

static bool take_value(struct cursor *c, struct span whole, size_t *at, struct span *value)
{
    skip_space(c);
    const char *start = c->p;
    if (!skip_value(c, 0))
        return false;
    *value = (struct span){start, (size_t)(c->p - start)};
    *at = (size_t)(c->p - whole.p);
    return true;
}

bool json_member(struct span object, size_t *at, struct span *key, struct span *value)
{
    if (!object.p)
        return false;
    struct cursor c = {object.p + *at, object.p + object.n};
    if (!next_item(&c, '{'))
        return false;
    skip_space(&c);
    const char *start = c.p + 1;
    if (!skip_string(&c))
        return false;
    *key = (struct span){start, (size_t)(c.p - 1 - start)};
    skip_space(&c);
    return skip_char(&c, ':') && take_value(&c, object, at, value);
}

bool json_element(struct span array, size_t *at, struct span *value)
{
    if (!array.p)
        return false;
    struct cursor c = {array.p + *at, array.p + array.n};
    return next_item(&c, '[') && take_value(&c, array, at, value);
}

struct span json_get(struct span object, const char *key)
{
    struct span name, value;
    for (size_t at = 0; json_member(object, &at, &name, &value);) {
        if (span_is(name, key))
            return value;
    }
    return (struct span){NULL, 0};
}

bool json_is_null(struct span value)
{
    return !value.p || span_is(value, "null");
}

bool json_is_true(struct span value)
{
    return span_is(value, "true");
}

int64_t json_get_int(struct span object, const char *key, int64_t fallback)
{
    struct span value = json_get(object, key);
    if (!value.p || !(isdigit((unsigned char)*value.p) || *value.p == '-'))
        return fallback;
    return strtoll(value.p, NULL, 10);
}

char *json_get_string(struct span object, const char *key)
{
    struct span value = json_get(object, key);
    if (!value.p || *value.p != '"')
        return NULL;
    cJSON *decoded = cJSON_ParseWithLength(value.p, value.n);
    const char *string = cJSON_GetStringValue(decoded);
    char *copy = string ? text_copy(span_of(string)) : NULL;
    cJSON_Delete(decoded);
    return copy;
}

/* The code point at `*p`, which moves past it; U+FFFD for what is not UTF-8. */
static uint32_t next_utf8(const char **p, const char *end)
{
    unsigned char lead = (unsigned char)*(*p)++;
    int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (more == 0 || end - *p < more)
        return 0xfffd;
    uint32_t c = lead & (0x3fU >> more);
    for (int i = 0; i < more; i++) {
        if (((unsigned char)(*p)[i] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | ((unsigned char)(*p)[i] & 0x3f);
    }
    *p += more;
    return c;
}

static void put_code_point(FILE *out, uint32_t c)
{
    if (c < 0x10000) {
        fprintf(out, "\\u%04x", c);
        return;
    }
    c -= 0x10000;
    fprintf(out, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

/* One character of a string's inside, escapes taken as they are. */
static void put_php(FILE *out, const char **p, const char *end)
{
    char c = **p;
    if ((unsigned char)c >= 0x80) {
        put_code_point(out, next_utf8(p, end));
        return;
    }
    if (c == '\\' || c == '/')
        putc_unlocked('\\', out);
    if (c == '\\' && *p + 1 < end)
        c = *++*p;
    putc_unlocked(c, out);
    ++*p;
}

char *json_php(struct span text)
{
    struct text result;
    FILE *out = text_open(&result);
    const char *p = text.p, *end = text.p + text.n;
    bool inside = false;
    while (p < end) {
        if (*p == '"') {
            inside = !inside;
            putc_unlocked(*p++, out);
        } else if (inside) {
            put_php(out, &p, end);
        } else {
            if (!isspace((unsigned char)*p))
                putc_unlocked(*p, out);
            p++;
        }
    }
    fclose(out);
    return result.p;
}

void json_write_string(FILE *out, const char *utf8)
{
    const char *end = utf8 + strlen(utf8);
    putc_unlocked('"', out);
    while (utf8 < end) {
        unsigned char c = (unsigned char)*utf8;
        if (c >= 0x80)
            put_code_point(out, next_utf8(&utf8, end));
        else if (c == '"' || c == '\\' || c == '/')
            fprintf(out, "\\%c", *utf8++);
        else if (c < 0x20)
            put_code_point(out, (uint32_t)(unsigned char)*utf8++);
        else
            putc_unlocked(*utf8++, out);
    }
    putc_unlocked('"', out);
}

static void put_member(FILE *out, bool *first, struct span key, struct span value)
{
    fprintf(out, "%s\"%.*s\":", *first ? "" : ",", (int)key.n, key.p);
    fwrite(value.p, 1, value.n, out);
    *first = false;
}

/* The member that `path` begins with, changed; `inner` is what follows the dot, NULL without one.
 */
static void put_changed(FILE *out, bool *first, struct span key, struct span old, const char *inner,
                        struct span value)
{
    if (inner) {
        char *nested = json_set(old, inner, value);
        put_member(out, first, key, span_of(nested));
        free(nested);
    } else if (value.p) {
        put_member(out, first, key, value);
    }
}

char *json_set(struct span object, const char *path, struct span value)
{
    struct span target = {path, strcspn(path, ".")};
    const char *inner = path[target.n] ? path + target.n + 1 : NULL;
    struct text result;
    FILE *out = text_open(&result);
    bool first = true, found = false;
    struct span key, old;

    putc('{', out);
    for (size_t at = 0; json_member(object, &at, &key, &old);) {
        if (key.n != target.n || memcmp(key.p, target.p, key.n) != 0) {
            put_member(out, &first, key, old);
            continue;
        }
        found = true;
        put_changed(out, &first, key, old, inner, value);
    }
    if (!found && value.p)
        put_changed(out, &first, target, span_of("{}"), inner, value);
    putc('}', out);
    fclose(out);
    return result.p;
}

char *json_set_all(char *object, struct span set)
{
    struct span key, value;
    for (size_t at = 0; json_member(set, &at, &key, &value);) {
        char *path = text_copy(key), *php = json_php(value);
        char *changed = json_set(span_of(object), path, span_of(php));
        free(object);
        object = changed;
        free(path);
        free(php);
    }
    return object;
}
