/* cgi_body: reads what the client sent. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi.h"

/* What CONTENT_LENGTH says; -1: it is no number. */
static int64_t parse_length(const char *text)
{
    errno = 0;
    long long length = strtoll(text, NULL, 10);
    return text[strspn(text, "0123456789")] || errno ? -1 : length;
}

/* The next piece, at most `n` bytes: how many; 0 at the end; -1 with the error. */
static ssize_t read_piece(char *piece, size_t n, const struct limits *limits, int64_t until,
                          struct error *error)
{
    for (;;) {
        if (limits_check(limits, error) < 0)
            return -1;
        int64_t left = until - clock_monotonic_ms();
        if (left <= 0)
            return error_raise(error, WEB_REFUSAL(WEB_REQUEST_TIMEOUT),
                               "the body of the request did not come in time");
        if (!limits_await(limits, STDIN_FILENO, POLLIN, left))
            continue;
        ssize_t got = read(STDIN_FILENO, piece, n);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN)
            return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST),
                               "the body of the request could not be read");
    }
}

int cgi_read_body(struct buf *body, const char *length, const struct limits *limits,
                  struct error *error)
{
    char piece[16384];
    int64_t until = clock_monotonic_ms() + CGI_PATIENCE_MS, total = 0;
    int64_t announced = length ? parse_length(length) : INT64_MAX;
    if (announced < 0)
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the content length is no number");
    while (total < announced && total < CGI_DRAIN_MAX) {
        int64_t most = announced - total;
        ssize_t got = read_piece(piece, most < (int64_t)sizeof piece ? (size_t)most : sizeof piece,
                                 limits, until, error);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        total += got;
        if (total <= CGI_BODY_MAX)
            buf_append(body, piece, (size_t)got);
    }
    if (total > CGI_BODY_MAX)
        return error_raise(error, WEB_REFUSAL(WEB_TOO_LARGE),
                           "the body of the request is longer than 64 KB");
    if (length && total < announced)
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST),
                           "the body of the request is shorter than its content length");
    return body->failed ? error_no_memory(error) : 0;
}
