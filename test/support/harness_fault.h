/*
 * harness_fault: tables that can be restored, the program under a shim that harms it, and what the
 * tables hold afterwards, apart from ids and times of writing.
 */
#ifndef HARNESS_FAULT_H
#define HARNESS_FAULT_H

#include "harness_sync.h"

/* Saves the rows of the test's database; restores them. */
void fault_keep(struct harness *h);
void fault_restore(struct harness *h);

/*
 * Runs the program with these options (separated by spaces, or NULL) under the shim called `shim`
 * (or NULL), with variables for it: "NAME=value", separated by spaces. Fails the test if the
 * program does not end by itself, which takes seconds at most.
 */
struct outcome fault_run(struct harness *h, const char *shim, const char *variables,
                         const char *options);
/* Waits in the same way for a program that must end by itself; `what` is for the message. */
struct outcome fault_wait(struct harness *h, struct process *process, const char *what);
/* Only starts what fault_run runs. */
struct process *fault_start(struct harness *h, const char *shim, const char *variables,
                            const char *options);
/* Returns how many steps the shim has counted; 0 if the run did not reach its end. */
long fault_steps(struct harness *h);

/* What a run says that had no time left to record how it ended: to the next run it is a killed one.
 */
#define FAULT_UNRECORDED "the run's row may stay in progress: the database did not answer in time"

/* Returns the tickets with their requests, other requests, rejects and the state, a line each. */
char *fault_tables(struct harness *h);
/* Returns what a run makes of the present tables, which are saved and restored. */
char *fault_undisturbed(struct harness *h);
/* Returns the definitions of all tables. */
char *fault_schema(struct harness *h);
/* Fails the test and shows the lines that differ, unless both are the same; `what` is for the
 * message.
 */
void fault_same(const char *found, const char *expected, const char *what);
/* Fails the test if a run is in progress or holds the lease, or if a walk is in progress. */
void fault_tidy(struct harness *h, const char *what);

/* Random numbers from the seed that the variable `name` gives, else 1: a sample that is the same
 * everywhere. It is printed. */
uint64_t fault_seed(const char *name);
long fault_random(uint64_t *seed, long from, long to);

#endif
