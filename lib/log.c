/* log: formats a message and hands it to the sink. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
    if (!log || !log->sink || level > log->most)
        return;
    char message[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    log->sink(log->context, level, message, log->run_id);
}
