/* model_clock: replaces lib/base/clock.h and thread.h: clocks that a test sets, and no threads. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "model.h"

int64_t clock_monotonic_ms(void)
{
    return model.now_ms;
}

int64_t clock_wall_ms(void)
{
    return model.now_ms + model.machine_shift_s * 1000;
}

int limits_check(const struct limits *limits, struct error *error)
{
    if (limits->signal && limits->signal->number)
        return error_set(error, ERR_SIGTERM, "terminated");
    if (clock_monotonic_ms() >= limits->deadline_ms)
        return error_set(error, ERR_DEADLINE, "the deadline passed");
    return 0;
}

int64_t limits_left_ms(const struct limits *limits, int64_t most)
{
    int64_t left = limits->deadline_ms == INT64_MAX ? most : limits->deadline_ms - model.now_ms;
    return left < 0 ? 0 : left < most ? left : most;
}

int limits_sleep_ms(const struct limits *limits, int64_t ms, struct error *error)
{
    int64_t left = limits_left_ms(limits, ms);
    if (limits_check(limits, error) < 0)
        return -1;
    model.now_ms += left;
    return left < ms ? limits_check(limits, error) : 0;
}

/* Nothing that a model has waits for an answer. */
bool limits_await(const struct limits *limits, int fd, short events, int64_t ms)
{
    (void)limits;
    (void)fd;
    (void)events;
    (void)ms;
    return true;
}

int64_t limits_ending_ms(const struct limits *limits, int64_t *noticed)
{
    (void)limits;
    (void)noticed;
    return INT64_MAX;
}

struct limits limits_ending(const struct limits *limits)
{
    (void)limits;
    return (struct limits){.deadline_ms = INT64_MAX};
}

/* A page is stored by the thread that asks for the next one: histories can be repeated. */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *context)
{
    (void)thread;
    (void)attributes;
    (void)start;
    (void)context;
    return EAGAIN;
}

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    (void)how;
    (void)set;
    (void)before;
    return 0;
}
