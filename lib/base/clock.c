/* clock: the two clocks, the deadline and the signal. */
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/int64.h"

static int64_t read_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

void limits_signal_open(struct limits_signal *signal)
{
    signal->number = 0;
    signal->readable = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void limits_signal_note(struct limits_signal *signal, int number)
{
    int before = errno;
    signal->number = number;
    eventfd_write(signal->readable, 1);
    errno = before;
}

static const char GOES_ON[] = "the next run goes on";

int limits_check(const struct limits *limits, struct error *error)
{
    int signal = limits->signal ? limits->signal->number : 0;
    if (signal == SIGINT)
        return error_advise(error, ERR_SIGINT, GOES_ON, "interrupted (SIGINT)");
    if (signal)
        return error_advise(error, ERR_SIGTERM, GOES_ON, "terminated (SIGTERM)");
    if (clock_monotonic_ms() >= limits->deadline_ms)
        return error_advise(error, ERR_DEADLINE,
                            "what was stored stays, and the next run goes on; [sync] deadline sets "
                            "a longer one",
                            "the deadline passed");
    return 0;
}

int64_t limits_left_ms(const struct limits *limits, int64_t most)
{
    if (limits->deadline_ms == INT64_MAX)
        return most;
    int64_t left = limits->deadline_ms - clock_monotonic_ms();
    if (left < 0)
        return 0;
    return left < most ? left : most;
}

bool limits_await(const struct limits *limits, int fd, short events, int64_t ms)
{
    const struct limits_signal *signal = limits->signal;
    struct pollfd fds[] = {{.fd = fd, .events = events},
                           {.fd = signal ? signal->readable : -1, .events = POLLIN}};
    bool blind = signal && signal->readable < 0;
    int64_t left = limits_left_ms(limits, min64(ms, blind ? LIMITS_LOOK_MS : INT_MAX));
    return poll(fds, 2, (int)max64(left, 0)) > 0 && fds[0].revents;
}

int limits_sleep_ms(const struct limits *limits, int64_t ms, struct error *error)
{
    int64_t until = clock_monotonic_ms() + ms;
    for (;;) {
        if (limits_check(limits, error) < 0)
            return -1;
        int64_t left = until - clock_monotonic_ms();
        if (left <= 0)
            return 0;
        limits_await(limits, -1, 0, left);
    }
}

int64_t limits_ending_ms(const struct limits *limits, int64_t *noticed)
{
    int64_t now = clock_monotonic_ms(), from = limits->deadline_ms;
    if (limits->signal && limits->signal->number && !*noticed)
        *noticed = now;
    if (*noticed && *noticed < from)
        from = *noticed;
    if (now < from)
        return INT64_MAX;
    int64_t left = from + LIMITS_ENDING_MS - now;
    return left > 0 ? left : 0;
}

struct limits limits_ending(const struct limits *limits)
{
    int64_t noticed = 0, left = limits_ending_ms(limits, &noticed);
    if (left != INT64_MAX)
        return (struct limits){.deadline_ms = clock_monotonic_ms() + left};
    bool endless = limits->deadline_ms == INT64_MAX;
    return (struct limits){.deadline_ms =
                               endless ? INT64_MAX : limits->deadline_ms + LIMITS_ENDING_MS};
}
