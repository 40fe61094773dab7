/* thread: a thread that no signal is delivered to: signals are for the one that waits for them. */
#ifndef FLUENT_SYNC_THREAD_H
#define FLUENT_SYNC_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts `body(context)` with all signals blocked. false: the thread could not be started. */
bool thread_start(pthread_t *thread, void *(*body)(void *context), void *context);

#endif
