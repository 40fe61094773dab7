/* error: filling and clearing of error values. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

void error_fill(struct error *e, enum error_code code, const char *format, ...)
{
    if (e->code != ERR_NONE)
        return;
    e->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
}

void error_clear(struct error *e)
{
    e->code = ERR_NONE;
    e->message[0] = '\0';
}
