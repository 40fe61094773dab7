/* decode_text: reads JSON in the form in which raw_data holds it. */
#include "codec/decode_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { WHOLE_DIGITS = 16 };

static const char *skip_value(const char *at, const char *end)
{
    int depth = 0;
    do {
        if (*at == '"') {
            at = text_behind_json_string(at + 1, end);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (at < end && (depth > 0 || (*at != ',' && *at != '}' && *at != ']')));
    return at;
}

bool part_next(struct part of, struct part_item *item)
{
    if (of.length < 2 || (*of.text != '{' && *of.text != '['))
        return false;
    const char *end = of.text + of.length;
    const char *at = item->value.text ? item->value.text + item->value.length : of.text;
    if (at == of.text || *at == ',')
        at++;
    if (*at == '}' || *at == ']')
        return false;
    if (*of.text == '{') {
        const char *behind = text_behind_json_string(at + 1, end);
        item->key = (struct part){at + 1, (size_t)(behind - at) - 2};
        at = behind + 1;
    }
    item->value = (struct part){at, (size_t)(skip_value(at, end) - at)};
    return true;
}

bool part_is_named(struct part key, const char *name, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (k >= key.length || key.text[k] != name[i])
            return false;
        k += name[i] == '\\' ? 2 : 1;
    }
    return k == key.length;
}

struct part part_member(struct part object, const char *name, size_t n)
{
    struct part_item item = {0};
    while (part_next(object, &item))
        if (item.key.text && part_is_named(item.key, name, n))
            return item.value;
    return (struct part){0};
}

struct part part_element(struct part array, size_t index)
{
    struct part_item item = {0};
    while (part_next(array, &item))
        if (!item.key.text && index-- == 0)
            return item.value;
    return (struct part){0};
}

const char *part_text(struct part value, struct arena *arena)
{
    if (!value.text)
        return NULL;
    if (*value.text == '-' || (*value.text >= '0' && *value.text <= '9'))
        return arena_copy(arena, value.text, value.length);
    if (*value.text != '"')
        return NULL;
    const char *at = value.text + 1, *end = value.text + value.length;
    char *text = arena_room(arena, value.length - 1);
    if (text)
        *part_unescape(&at, end, text) = '\0';
    return text;
}

int64_t part_whole(struct part value)
{
    int64_t number = 0;
    if (!value.text || value.length > WHOLE_DIGITS)
        return -1;
    for (size_t i = 0; i < value.length; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return -1;
        number = number * 10 + (value.text[i] - '0');
    }
    return number < INT64_C(1) << 53 ? number : -1;
}

/* The character whose escape has this letter. */
static char escaped(char letter)
{
    static const char characters[] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r',
                                      ['t'] = '\t', ['"'] = '"',  ['\\'] = '\\'};
    return characters[(unsigned char)letter];
}

char *part_unescape(const char **at, const char *end, char *to)
{
    for (;;) {
        size_t plain = text_plain_json(*at, (size_t)(end - *at));
        memcpy(to, *at, plain);
        to += plain;
        const char *stop = *at + plain;
        *at = stop + 1;
        if (stop == end || *stop == '"')
            return to;
        bool unit = stop[1] == 'u';
        *to++ = unit ? (char)(text_hex_digit(stop[4]) * 16 + text_hex_digit(stop[5]))
                     : escaped(stop[1]);
        *at = stop + (unit ? 6 : 2);
    }
}
