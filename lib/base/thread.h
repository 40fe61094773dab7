/* thread: a thread that receives no signals: they are for the thread that waits for them. */
#ifndef FLUENT_SYNC_THREAD_H
#define FLUENT_SYNC_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts `body(context)` with all signals blocked. false: the thread could not be started. */
bool thread_start(pthread_t *thread, void *(*body)(void *context), void *context);

#endif
