/* marking: changes rows of stored tickets, some in one transaction; where the database refuses a
 * row, the others are changed, and the run is not complete. */
#ifndef FLUENT_SYNC_MARKING_H
#define FLUENT_SYNC_MARKING_H

#include "run/run.h"

/* What one transaction has marked. */
struct marked {
    int64_t deleted, invisible;
};

struct marking {
    const void *rows;
    size_t count;
    /* Within a transaction, which may be tried again: changes number `i` and counts it. */
    int (*mark)(struct writer *writer, const struct marking *marking, size_t i,
                struct marked *marked, struct error *error);
    int64_t (*ticket)(const struct marking *marking, size_t i); /* its id, for a message */
    const char *as;   /* what a refused one "could not be marked as" */
    bool found_again; /* the next run must find a refused one again: it compares the list anew */
};

/* Marks all of them; the run's counters are those of what was marked. */
int marking_run(struct run *run, const struct marking *marking, struct error *error);

#endif
