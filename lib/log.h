/* log: messages on their way to whoever runs the library. The library never prints. */
#ifndef FLUENT_SYNC_LOG_H
#define FLUENT_SYNC_LOG_H

#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DETAIL, LOG_TRACE };

/* `message` is one line of UTF-8 without a line break; it belongs to the caller. */
typedef void log_sink(void *context, enum log_level level, const char *message, int64_t run_id);

struct log {
    log_sink *sink;      /* NULL: messages go nowhere */
    void *context;       /* handed to `sink` */
    enum log_level most; /* messages above this level are not even formatted */
    int64_t run_id;      /* the id of the run row, 0 before there is one */
};

/* Formats and hands on. No secret and no ticket text may be among the arguments. */
void log_write(const struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
