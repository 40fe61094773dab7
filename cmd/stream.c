/* stream: writes what the reader takes, and checks the deadline and the signals in between. */
#include "stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

/* POLLOUT promises that so much fits into a pipe. Writing more might block, and the reader's pipe
 * is not ours to make non-blocking. */
enum { PIECE = PIPE_BUF, LAST_MS = 20 };

static bool takes(int fd, int wait_ms)
{
    struct pollfd out = {.fd = fd, .events = POLLOUT};
    return poll(&out, 1, wait_ms) > 0;
}

bool stream_ready(FILE *out)
{
    return takes(fileno(out), 0);
}

/* Waits until something can be written. false: there is no time left for that. */
static bool await(int fd, const struct limits *limits)
{
    struct error ignored = ERROR_INIT;
    while (!takes(fd, LAST_MS))
        if (limits && limits_check(limits, &ignored) < 0)
            return false;
    return true;
}

bool stream_write(FILE *out, const char *text, size_t n, const struct limits *limits)
{
    int fd = fileno(out);
    if (fd < 0) /* in memory */
        return fwrite(text, 1, n, out) == n;
    while (n > 0 && await(fd, limits)) {
        ssize_t done = write(fd, text, n < PIECE ? n : PIECE);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        text += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return n == 0;
}
