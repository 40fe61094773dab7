/*
 * error: an error is a value: the exit code it ends in, its cause, a message, and what to do.
 *
 * Programs decide by the code and the cause, people by the message and the advice. No code looks
 * into the texts: test/check_messages.py sees to it.
 */
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

/* A cause is a value of the enum of the module that knows it; these are the numbers at which each
 * enum begins, so that no two modules share one. Where the code says it all there is no cause. */
enum error_causes {
    ERROR_SITE = 100, /* enum site_cause in site/site.h */
    ERROR_DB = 200,   /* enum db_failure in io/db.h */
    ERROR_WEB = 400,  /* enum web_status in web/status.h */
};

enum {
    ERROR_MESSAGE_MAX = 4096,
    ERROR_ADVICE_MAX = 512,
    ERROR_TEXT_MAX = ERROR_MESSAGE_MAX + ERROR_ADVICE_MAX + 2, /* both, and "; " between them */
};

struct error {
    enum error_code code;
    int cause;                       /* see enum error_causes; 0: none that matters to a caller */
    char message[ERROR_MESSAGE_MAX]; /* one sentence without its full stop: what failed, and where.
                                        UTF-8. Several failures stand on lines of their own */
    char advice[ERROR_ADVICE_MAX];   /* one line: what to do; "" when there is nothing to say */
};

/* An initialiser: no error. */
#define ERROR_INIT                                                                                 \
    {                                                                                              \
        .code = ERR_NONE                                                                           \
    }

/* All of an error but its message. `advice` may be NULL. */
struct error_kind {
    enum error_code code;
    int cause;
    const char *advice;
};

/*
 * Fills `e`, unless it is filled already: the first error tells the cause. A text that is too long
 * is cut between two characters. The macros and the functions below that return a number always
 * return -1, so that `return error_set(...)` reads well.
 */
void error_fill(struct error *e, struct error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline int error_failed(void)
{
    return -1;
}
#define error_raise(e, kind, ...) (error_fill((e), (kind), __VA_ARGS__), error_failed())
/* Without a cause, and without or with advice. */
#define error_set(e, number, ...)                                                                  \
    error_raise((e), ((struct error_kind){.code = (number)}), __VA_ARGS__)
#define error_advise(e, number, text, ...)                                                         \
    error_raise((e), ((struct error_kind){.code = (number), .advice = (text)}), __VA_ARGS__)

/* The error of an allocation that failed. */
#define error_no_memory(e) error_set((e), ERR_INTERNAL, "out of memory")

/* Fills `e` with all of `from`, unless it is filled already. */
void error_take(struct error *e, const struct error *from);
static inline int error_copy(struct error *e, const struct error *from)
{
    error_take(e, from);
    return -1;
}

/* The kind of `e`, for an error that says more than `e` does; its advice is that of `e` itself. */
struct error_kind error_kind_of(const struct error *e);

/* Message and advice in one, for those who have one place for both. */
void error_text(const struct error *e, char text[ERROR_TEXT_MAX]);

/* Makes `e` empty again. */
void error_clear(struct error *e);

#endif
