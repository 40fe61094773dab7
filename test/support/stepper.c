/*
 * stepper: counts a program's calls that touch the outside, and strikes at one of them. For
 * LD_PRELOAD:
 *
 *   STEPPER_AT=N            strikes at the N-th call; without, the calls are only counted
 *   STEPPER_WHEN=before     before the call is made (the default), `after` it was made, or
 * `during`: a millisecond after it began, so that it is interrupted if it waits STEPPER_SIGNAL=KILL
 * with this signal: KILL (the default), TERM or INT SHIM_COUNT_FILE=F    at the program's exit the
 * number of its calls is written here
 */
#undef _FORTIFY_SOURCE /* its read, recv and poll are macros or inline functions */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const long DURING_NS = 1000000;

static _Atomic long calls;
static long at;
static int signal_number = SIGKILL;
static enum { BEFORE, DURING, AFTER } when;
static const char *count_file;

__attribute__((constructor)) static void begin(void)
{
    const char *step = getenv("STEPPER_AT"), *moment = getenv("STEPPER_WHEN"),
               *name = getenv("STEPPER_SIGNAL");
    at = step ? atol(step) : 0;
    if (moment && *moment != 'b')
        when = *moment == 'd' ? DURING : AFTER;
    if (name && *name != 'K')
        signal_number = *name == 'T' ? SIGTERM : SIGINT;
    count_file = getenv("SHIM_COUNT_FILE");
}

__attribute__((destructor)) static void end(void)
{
    FILE *file = count_file ? fopen(count_file, "we") : NULL;
    if (!file)
        return;
    fprintf(file, "%ld\n", calls);
    fclose(file);
}

static void strike_soon(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal_number};
    struct itimerspec once = {.it_value = {.tv_nsec = DURING_NS}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        timer_settime(timer, 0, &once, NULL);
}

static bool step(void)
{
    bool here = ++calls == at;
    if (here && when == BEFORE)
        kill(getpid(), signal_number);
    else if (here && when == DURING)
        strike_soon();
    return here && when == AFTER;
}

static void stepped(bool strike)
{
    int error = errno;
    if (strike)
        kill(getpid(), signal_number);
    errno = error;
}

/* The C library's function of that name; dlsym has it as a pointer to an object. */
#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

#define STEP(type, name, parameters, arguments)                                                    \
    type name parameters                                                                           \
    {                                                                                              \
        REAL(name);                                                                                \
        bool strike = step();                                                                      \
        type done = real arguments;                                                                \
        stepped(strike);                                                                           \
        return done;                                                                               \
    }

STEP(int, connect, (int fd, __CONST_SOCKADDR_ARG address, socklen_t length), (fd, address, length))
STEP(ssize_t, send, (int fd, const void *bytes, size_t n, int flags), (fd, bytes, n, flags))
STEP(ssize_t, sendto,
     (int fd, const void *bytes, size_t n, int flags, __CONST_SOCKADDR_ARG to, socklen_t length),
     (fd, bytes, n, flags, to, length))
STEP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
STEP(ssize_t, recv, (int fd, void *bytes, size_t n, int flags), (fd, bytes, n, flags))
STEP(ssize_t, recvfrom,
     (int fd, void *bytes, size_t n, int flags, __SOCKADDR_ARG from, socklen_t *length),
     (fd, bytes, n, flags, from, length))
STEP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
STEP(ssize_t, read, (int fd, void *bytes, size_t n), (fd, bytes, n))
STEP(ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))
STEP(ssize_t, writev, (int fd, const struct iovec *pieces, int count), (fd, pieces, count))
STEP(int, fsync, (int fd), (fd))
STEP(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))
STEP(int, ppoll,
     (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
     (fds, count, timeout, mask))
STEP(int, select,
     (int count, fd_set *readable, fd_set *writable, fd_set *odd, struct timeval *timeout),
     (count, readable, writable, odd, timeout))
STEP(int, epoll_wait, (int fd, struct epoll_event *events, int most, int timeout),
     (fd, events, most, timeout))
