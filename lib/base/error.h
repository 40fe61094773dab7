/* error: an error is a value: the exit code it ends in, and one complete message. */
#ifndef FLUENT_SYNC_ERROR_H
#define FLUENT_SYNC_ERROR_H

/* The codes are the program's exit codes; README "Exit codes" is their contract. */
enum error_code {
    ERR_NONE = 0,
    ERR_INTERNAL = 1,
    ERR_USAGE = 2,       /* usage or configuration; nothing was contacted */
    ERR_PARTIAL = 3,     /* finished, but not everything is in the mirror, or it cannot be shown */
    ERR_REFUSED = 4,     /* the site refused; a person must act */
    ERR_UNAVAILABLE = 5, /* the site did not answer properly; the next run may succeed */
    ERR_DATABASE = 6,
    ERR_BUSY = 7, /* another run holds the lease */
    ERR_DEADLINE = 8,
    ERR_SIGINT = 130,
    ERR_SIGTERM = 143,
};

enum { ERROR_MESSAGE_MAX = 4096 };

struct error {
    enum error_code code;
    char message[ERROR_MESSAGE_MAX]; /* UTF-8, no line break at the end; may hold several lines */
};

/* An initialiser: no error. */
#define ERROR_INIT                                                                                 \
    {                                                                                              \
        .code = ERR_NONE                                                                           \
    }

/*
 * Fills `e`, unless it is filled already: the one who knew first knows best. A message longer than
 * ERROR_MESSAGE_MAX is cut. error_set is -1 always, so that `return error_set(...)` reads well.
 */
void error_fill(struct error *e, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline int error_failed(void)
{
    return -1;
}
#define error_set(e, code, ...) (error_fill((e), (code), __VA_ARGS__), error_failed())

/* The error of an allocation that failed; -1. */
#define error_no_memory(e) error_set((e), ERR_INTERNAL, "out of memory")

/* Makes `e` empty again. */
void error_clear(struct error *e);

#endif
