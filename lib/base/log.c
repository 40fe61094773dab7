/* log: formats a message and hands it to the sink. */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_wanted(const struct log *log, enum log_level level)
{
    return log && log->sink && level <= log->most;
}

static void __attribute__((format(printf, 3, 0)))
hand_on(const struct log *log, struct log_message *message, const char *format, va_list args)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, args);
    message->text = text;
    message->run_id = log->run_id;
    log->sink(log->context, message);
}

void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
    if (!is_wanted(log, level))
        return;
    struct log_message message = {.level = level};
    va_list args;
    va_start(args, format);
    hand_on(log, &message, format, args);
    va_end(args);
}

void log_advise(const struct log *log, enum log_level level, const char *advice, const char *format,
                ...)
{
    if (!is_wanted(log, level))
        return;
    struct log_message message = {.level = level, .advice = advice};
    va_list args;
    va_start(args, format);
    hand_on(log, &message, format, args);
    va_end(args);
}

void log_fields(const struct log *log, enum log_level level, const struct log_field *fields,
                size_t count, const char *format, ...)
{
    if (!is_wanted(log, level))
        return;
    struct log_message message = {.level = level, .fields = fields, .count = count};
    va_list args;
    va_start(args, format);
    hand_on(log, &message, format, args);
    va_end(args);
}
