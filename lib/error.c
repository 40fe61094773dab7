/* error: filling and clearing of error values. */
#include "error.h"

#include <stdio.h>

int error_vset(struct error *e, enum error_code code, const char *format, va_list args)
{
    if (e->code != ERR_NONE)
        return -1;
    e->code = code;
    vsnprintf(e->message, sizeof e->message, format, args);
    return -1;
}

int error_set(struct error *e, enum error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(e, code, format, args);
    va_end(args);
    return -1;
}

int error_no_memory(struct error *e)
{
    return error_set(e, ERR_INTERNAL, "out of memory");
}

void error_clear(struct error *e)
{
    e->code = ERR_NONE;
    e->message[0] = '\0';
}
