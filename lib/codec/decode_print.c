/* decode_print: prints trees as JSON, as cJSON does, but several times faster. */
#include <math.h>
#include <string.h>

#include "base/int64.h"
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
        size_t plain = text_plain_json(text, length);
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

/* Most numbers are ids and counts. Those of more digits than a double holds are cJSON_Raw. */
static void print_number(double number, struct buf *out)
{
    char digits[INT64_SIZE];
    if (number == floor(number) && fabs(number) < 1e15)
        buf_append(out, digits, int64_text((int64_t)number, digits));
    else
        buf_printf(out, "%.15g", number);
}

static void print_children(const cJSON *node, const char *brackets, struct buf *out)
{
    buf_putc(out, brackets[0]);
    for (const cJSON *child = node->child; child; child = child->next) {
        if (child->string) {
            tree_print_text(child->string, strlen(child->string), out);
            buf_putc(out, ':');
        }
        tree_print(child, out);
        if (child->next)
            buf_putc(out, ',');
    }
    buf_putc(out, brackets[1]);
}

void tree_print(const cJSON *node, struct buf *out)
{
    switch (node->type & 0xff) {
    case cJSON_String:
        tree_print_text(node->valuestring, strlen(node->valuestring), out);
        break;
    case cJSON_Number:
        print_number(node->valuedouble, out);
        break;
    case cJSON_Raw:
        buf_puts(out, node->valuestring);
        break;
    case cJSON_Object:
        print_children(node, "{}", out);
        break;
    case cJSON_Array:
        print_children(node, "[]", out);
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
