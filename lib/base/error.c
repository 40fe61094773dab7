/* error: filling, copying and clearing of error values. */
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

void error_fill(struct error *e, struct error_kind kind, const char *format, ...)
{
    if (e->code != ERR_NONE)
        return;
    e->code = kind.code;
    e->cause = kind.cause;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
    if (n >= (int)sizeof e->message)
        cut_at_character(e->message);
    n = snprintf(e->advice, sizeof e->advice, "%s", kind.advice ? kind.advice : "");
    if (n >= (int)sizeof e->advice)
        cut_at_character(e->advice);
}

void error_take(struct error *e, const struct error *from)
{
    if (e->code == ERR_NONE)
        *e = *from;
}

struct error_kind error_kind_of(const struct error *e)
{
    return (struct error_kind){
        .code = e->code, .cause = e->cause, .advice = e->advice[0] ? e->advice : NULL};
}

void error_text(const struct error *e, char text[ERROR_TEXT_MAX])
{
    snprintf(text, ERROR_TEXT_MAX, "%s%s%s", e->message, e->advice[0] ? "; " : "", e->advice);
}

void error_clear(struct error *e)
{
    e->code = ERR_NONE;
    e->cause = 0;
    e->message[0] = e->advice[0] = '\0';
}
