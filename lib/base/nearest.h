/* nearest: the known word that somebody may have meant who wrote another one. */
#ifndef FLUENT_SYNC_NEAREST_H
#define FLUENT_SYNC_NEAREST_H

#include <stddef.h>

/* A search among words that are known. */
struct nearest {
    const char *word;  /* as it was written */
    const char *found; /* the nearest so far; NULL: none is near */
    size_t distance;   /* of `found` */
};

/* Begins a search. `word`, and each word that is known, must outlive `n`. */
void nearest_begin(struct nearest *n, const char *word);
/*
 * Looks at a word that is known: `n->found` becomes it when it is nearer than those before. The
 * distance counts letters that are missing, added, wrong, or swapped with their neighbour; case
 * does not matter. More than a third of the letters is not near. What begins with the word is.
 */
void nearest_try(struct nearest *n, const char *known);

/* Room for nearest_ask. */
enum { NEAREST_SIZE = 128 };
/* "did you mean PREFIX WORD?", with nothing between the two; `otherwise` when none is near. */
const char *nearest_ask(const struct nearest *n, const char *prefix, const char *otherwise,
                        char text[NEAREST_SIZE]);

#endif
