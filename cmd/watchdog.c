/* watchdog: a thread that measures the time since the program had to end. */
#include "watchdog.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "json.h"
#include "stream.h"

enum { PATIENCE_MS = 1000, STEP_MS = 50, ROUND_MS = 1000 };

/* Without stdio, as whatever is stuck may hold its locks. */
static void print_document(const struct error *error)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);
    if (!memory)
        return;
    json_print_error(error, memory);
    fclose(memory);
    stream_write(stdout, text, n, &LIMITS_PASSED);
    free(text);
}

/* Called with the mutex held, so that whatever is stuck can change nothing any more. */
static void end_program(const struct watchdog *dog)
{
    struct error why = ERROR_INIT, error = ERROR_INIT;
    limits_check(&dog->limits, &why);
    int code = dog->settled >= 0 ? dog->settled : (int)why.code;
    if (dog->settled < 0)
        error_raise(
            &error, error_kind_of(&why),
            "%s; it was broken off, because something it was waiting for kept it from ending",
            why.message);
    const struct log_message message = {
        .level = LOG_ERROR, .text = error.message, .advice = error.advice};
    if (error.code != ERR_NONE)
        messages_last(dog->messages, &message);
    if (error.code != ERR_NONE && dog->owes_document)
        print_document(&error);
    _exit(code);
}

/* Sleeps with the mutex given back: until the limits are over, or the program ends by itself. */
static void nap(struct watchdog *dog, struct limits limits, int64_t ms)
{
    pthread_mutex_unlock(&dog->mutex);
    limits_await(&limits, dog->ended, POLLIN, ms);
    pthread_mutex_lock(&dog->mutex);
}

/*
 * A deadline that is set later is seen in the next round. The time that is left is counted in short
 * sleeps instead of being read from a clock: a process that was stopped, or a machine too busy to
 * run it, still gets its whole second.
 */
static void *watch(void *context)
{
    struct watchdog *dog = context;
    struct error ignored = ERROR_INIT;
    pthread_mutex_lock(&dog->mutex);
    while (!dog->stop && limits_check(&dog->limits, &ignored) == 0)
        nap(dog, dog->limits, ROUND_MS);
    for (dog->left_ms = PATIENCE_MS; !dog->stop && dog->left_ms > 0; dog->left_ms -= STEP_MS)
        nap(dog, LIMITS_NONE, STEP_MS);
    if (!dog->stop)
        end_program(dog);
    pthread_mutex_unlock(&dog->mutex);
    return NULL;
}

void watchdog_start(struct watchdog *dog, const struct limits *limits, struct messages *messages)
{
    *dog = (struct watchdog){
        .messages = messages, .limits = *limits, .settled = -1, .left_ms = INT64_MAX};
    pthread_mutex_init(&dog->mutex, NULL);
    dog->ended = eventfd(0, EFD_CLOEXEC);
    dog->running = dog->ended >= 0 && thread_start(&dog->thread, watch, dog);
}

void watchdog_deadline(struct watchdog *dog, int64_t deadline_ms)
{
    pthread_mutex_lock(&dog->mutex);
    dog->limits.deadline_ms = deadline_ms;
    pthread_mutex_unlock(&dog->mutex);
}

void watchdog_settle(struct watchdog *dog, int exit_code)
{
    pthread_mutex_lock(&dog->mutex);
    dog->settled = exit_code;
    pthread_mutex_unlock(&dog->mutex);
}

static void set_document(struct watchdog *dog, bool owed)
{
    pthread_mutex_lock(&dog->mutex);
    dog->owes_document = owed;
    pthread_mutex_unlock(&dog->mutex);
}

void watchdog_owe_document(struct watchdog *dog)
{
    set_document(dog, true);
}

void watchdog_document_printed(struct watchdog *dog)
{
    set_document(dog, false);
}

int64_t watchdog_left_ms(struct watchdog *dog)
{
    pthread_mutex_lock(&dog->mutex);
    int64_t left = dog->left_ms;
    pthread_mutex_unlock(&dog->mutex);
    return left;
}

void watchdog_stop(struct watchdog *dog)
{
    pthread_mutex_lock(&dog->mutex);
    dog->stop = true;
    pthread_mutex_unlock(&dog->mutex);
    eventfd_write(dog->ended, 1);
    if (dog->running)
        pthread_join(dog->thread, NULL);
}
