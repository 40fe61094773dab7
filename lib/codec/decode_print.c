/* decode_print: prints trees as JSON, as cJSON does, but several times faster. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/decode_tree.h"

/* The letter of a character's escape; 0: it stands for itself. */
static char escape_of(char c)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    unsigned char code = (unsigned char)c;
    if (code >= sizeof letters)
        return 0;
    return code < ' ' && !letters[code] ? 'u' : letters[code];
}

void tree_print_text(const char *text, size_t length, struct buf *out)
{
    buf_putc(out, '"');
    for (;;) {
        size_t plain = text_plain(text, length, '"', '\\');
        buf_append(out, text, plain);
        if (plain == length)
            break;
        char letter = escape_of(text[plain]);
        if (letter == 'u')
            buf_printf(out, "\\u%04x", (unsigned)text[plain]);
        else
            buf_append(out, (const char[]){'\\', letter}, 2);
        text += plain + 1;
        length -= plain + 1;
    }
    buf_putc(out, '"');
}

/* "2026-11-20T07:31:26+00:00" and "...Z" are one instant in two notations. */
static size_t without_utc_offset(const char *text, size_t n)
{
    if (n < 20 || text[4] != '-' || text[10] != 'T')
        return n;
    if (n == 20 && text[19] == 'Z')
        return 19;
    return n == 25 && memcmp(text + 19, "+00:00", 6) == 0 ? 19 : n;
}

/* Is it the address of an image that changes by itself? */
static bool moves(const cJSON *node, size_t n)
{
    static const char gravatar[] = "gravatar.com/avatar/";
    return n + 1 >= sizeof gravatar && node->string &&
           (!strcmp(node->string, "photo") || !strcmp(node->string, "avatar")) &&
           strstr(node->valuestring, gravatar);
}

/* Text that is only compared needs no escapes, as its length says where it ends. */
static void print_text(const char *text, size_t n, enum tree_form form, struct buf *out)
{
    if (form == TREE_AS_IT_IS) {
        tree_print_text(text, n, out);
        return;
    }
    char *to = buf_extend(out, 1 + sizeof n + n);
    if (!to)
        return;
    *to++ = '"';
    memcpy(to, &n, sizeof n);
    memcpy(to + sizeof n, text, n);
}

static void print_string(const cJSON *node, enum tree_form form, struct buf *out)
{
    size_t n = strlen(node->valuestring);
    if (form == TREE_TO_COMPARE)
        n = moves(node, n) ? 0 : without_utc_offset(node->valuestring, n);
    print_text(node->valuestring, n, form, out);
}

/* Most numbers are ids and counts. */
static void print_integer(long long number, struct buf *out)
{
    char digits[24], *first = digits + sizeof digits;
    for (long long rest = llabs(number); rest > 0 || first == digits + sizeof digits; rest /= 10)
        *--first = (char)('0' + rest % 10);
    if (number < 0)
        *--first = '-';
    buf_append(out, first, (size_t)(digits + sizeof digits - first));
}

/* Numbers of more digits than a double holds are cJSON_Raw. */
static void print_number(double number, struct buf *out)
{
    if (number == floor(number) && fabs(number) < 1e15)
        print_integer((long long)number, out);
    else
        buf_printf(out, "%.15g", number);
}

static void print_children(const cJSON *node, const char *brackets, enum tree_form form,
                           struct buf *out)
{
    buf_putc(out, brackets[0]);
    for (const cJSON *child = node->child; child; child = child->next) {
        if (child->string) {
            print_text(child->string, strlen(child->string), form, out);
            buf_putc(out, ':');
        }
        tree_print(child, form, out);
        if (child->next)
            buf_putc(out, ',');
    }
    buf_putc(out, brackets[1]);
}

void tree_print(const cJSON *node, enum tree_form form, struct buf *out)
{
    switch (node->type & 0xff) {
    case cJSON_String:
        print_string(node, form, out);
        break;
    case cJSON_Number:
        print_number(node->valuedouble, out);
        break;
    case cJSON_Raw:
        buf_puts(out, node->valuestring);
        break;
    case cJSON_Object:
        print_children(node, "{}", form, out);
        break;
    case cJSON_Array:
        print_children(node, "[]", form, out);
        break;
    case cJSON_True:
        buf_puts(out, "true");
        break;
    case cJSON_False:
        buf_puts(out, "false");
        break;
    default:
        buf_puts(out, "null");
    }
}
