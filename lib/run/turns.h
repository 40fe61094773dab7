/*
 * turns: who may finish. Pages are written side by side, and finished one after the other: a page
 * is never durable before those in front of it.
 */
#ifndef FLUENT_SYNC_TURNS_H
#define FLUENT_SYNC_TURNS_H

#include <pthread.h>
#include <stdbool.h>

struct turns {
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    long now;    /* the number of the page whose turn it is: the first one's is 1 */
    int open;    /* pages that are written ahead of their turn, in a transaction that is open */
    bool alone;  /* whose turn it is, wants no such transaction beside it */
    bool failed; /* a page was not stored, so no later one is */
};

void turns_init(struct turns *turns);
void turns_release(struct turns *turns);

/* May a page be written ahead of its turn? If so, its transaction counts as open until
 * turns_await. */
bool turns_go_ahead(struct turns *turns);

/* The transaction is no more; *open is cleared. */
void turns_give_up(struct turns *turns, bool *open);

/* Waits for the turn of page `number`. `*open`: it has gone ahead, and its transaction is still
 * open; that is rolled back by `roll_back(context)`, and *open cleared, when the page whose turn
 * it is wants to be alone, fails, or takes seconds. Returns false when a page before it was not
 * stored. */
bool turns_await(struct turns *turns, long number, bool *open, void (*roll_back)(void *context),
                 void *context);

/* To be called by the page whose turn it is: returns when no other transaction is open, nor will
 * be before the turn is passed on. */
void turns_be_alone(struct turns *turns);

/* The turn is the next page's. */
void turns_pass(struct turns *turns, bool stored);

#endif
