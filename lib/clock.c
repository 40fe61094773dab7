/* clock: the two clocks, the deadline and the signal. */
#include "clock.h"

#include <time.h>

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

void clock_sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

int limits_check(const struct limits *limits, struct error *error)
{
    int signal = limits->signal ? (int)*limits->signal : 0;
    if (signal == SIGINT)
        return error_set(error, ERR_SIGINT, "interrupted (SIGINT); the next run goes on");
    if (signal)
        return error_set(error, ERR_SIGTERM, "terminated (SIGTERM); the next run goes on");
    if (clock_monotonic_ms() >= limits->deadline_ms)
        return error_set(error, ERR_DEADLINE,
                         "the deadline passed; what was stored stays, and the next run goes on "
                         "(a longer one: [sync] deadline)");
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
