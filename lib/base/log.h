/* log: messages on their way to whoever runs the library. The library never prints. */
#ifndef FLUENT_SYNC_LOG_H
#define FLUENT_SYNC_LOG_H

#include <stddef.h>
#include <stdint.h>

/* A notice is what the caller wants to hear, and no trouble: it is shown as warnings are. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DETAIL, LOG_TRACE };

/* A number in a message, for programs that read the log. Never a text, so that no secret and none
 * of a customer's words can get in. */
struct log_field {
    const char *name;
    int64_t number;
};

/* Belongs to the caller of the sink. */
struct log_message {
    enum log_level level;
    const char *text;   /* one line of UTF-8 without a line break */
    const char *advice; /* likewise: what to do; NULL or "": nothing */
    int64_t run_id;     /* as in struct log */
    const struct log_field *fields;
    size_t count;
};
typedef void log_sink(void *context, const struct log_message *message);

struct log {
    log_sink *sink;      /* NULL: messages go nowhere */
    void *context;       /* handed to `sink` */
    enum log_level most; /* messages above this level are not even formatted */
    int64_t run_id;      /* the id of the run row, 0 before there is one */
};

/* Formats a message and hands it to the sink. No secret and no ticket text may be among the
 * arguments. */
void log_write(const struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, with what to do. */
void log_advise(const struct log *log, enum log_level level, const char *advice, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
/* As log_write, with fields. */
void log_fields(const struct log *log, enum log_level level, const struct log_field *fields,
                size_t count, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
