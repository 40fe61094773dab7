/* turns: pages are written side by side, and finished one after the other. */
#include "run/turns.h"

#include <time.h>

#include "base/clock.h"

/* The page in front may be waiting for a row that an open transaction has locked; no server knows
 * that this one waits too. */
enum { PATIENCE_MS = 2000, LOOK_MS = 100 };

void turns_init(struct turns *t)
{
    *t = (struct turns){.now = 1};
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->changed, NULL);
}

void turns_release(struct turns *t)
{
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->mutex);
}

bool turns_go_ahead(struct turns *t)
{
    pthread_mutex_lock(&t->mutex);
    bool may = !t->alone && !t->failed;
    t->open += may;
    pthread_mutex_unlock(&t->mutex);
    return may;
}

static void close_one(struct turns *t, bool *open)
{
    t->open -= *open;
    *open = false;
    pthread_cond_broadcast(&t->changed);
}

void turns_give_up(struct turns *t, bool *open)
{
    pthread_mutex_lock(&t->mutex);
    close_one(t, open);
    pthread_mutex_unlock(&t->mutex);
}

/* The server may take its time, so it is asked without the mutex. */
static void make_way(struct turns *t, bool *open, void (*roll_back)(void *context), void *context)
{
    pthread_mutex_unlock(&t->mutex);
    roll_back(context);
    pthread_mutex_lock(&t->mutex);
    close_one(t, open);
}

static void nap(struct turns *t)
{
    int64_t at = clock_monotonic_ms() + LOOK_MS;
    const struct timespec until = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    pthread_cond_clockwait(&t->changed, &t->mutex, CLOCK_MONOTONIC, &until);
}

bool turns_await(struct turns *t, long number, bool *open, void (*roll_back)(void *context),
                 void *context)
{
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    pthread_mutex_lock(&t->mutex);
    while (t->now != number || (*open && t->failed)) {
        if (*open && (t->alone || t->failed || clock_monotonic_ms() >= until))
            make_way(t, open, roll_back, context);
        else
            nap(t);
    }
    t->open -= *open;
    bool failed = t->failed;
    pthread_mutex_unlock(&t->mutex);
    return !failed;
}

void turns_be_alone(struct turns *t)
{
    pthread_mutex_lock(&t->mutex);
    t->alone = true;
    pthread_cond_broadcast(&t->changed);
    while (t->open > 0)
        pthread_cond_wait(&t->changed, &t->mutex);
    pthread_mutex_unlock(&t->mutex);
}

void turns_pass(struct turns *t, bool stored)
{
    pthread_mutex_lock(&t->mutex);
    t->now++;
    t->alone = false;
    t->failed |= !stored;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->mutex);
}
