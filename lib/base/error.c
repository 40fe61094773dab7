/* error: filling and clearing of error values. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Takes away the beginning of a character whose rest did not fit. */
static void cut_at_character(char *text)
{
    size_t n = strlen(text), tail = n;
    while (tail > 0 && n - tail < 3 && ((unsigned char)text[tail - 1] & 0xC0) == 0x80)
        tail--;
    if (tail == 0)
        return;
    unsigned char lead = (unsigned char)text[tail - 1];
    size_t wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (n - tail < wanted)
        text[tail - 1] = '\0';
}

void error_fill(struct error *e, enum error_code code, const char *format, ...)
{
    if (e->code != ERR_NONE)
        return;
    e->code = code;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
    if (n >= (int)sizeof e->message)
        cut_at_character(e->message);
}

void error_clear(struct error *e)
{
    e->code = ERR_NONE;
    e->message[0] = '\0';
}
