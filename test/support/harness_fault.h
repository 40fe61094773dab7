/*
 * harness_fault: a start that can be gone back to, the program under a shim that harms it, and what
 * the tables hold afterwards but for ids and times of writing.
 */
#ifndef HARNESS_FAULT_H
#define HARNESS_FAULT_H

#include "harness_sync.h"

/* Keeps the rows of the test's database as they are now; goes back to them. */
void fault_keep(struct harness *h);
void fault_restore(struct harness *h);

/*
 * Runs the program with these options (separated by spaces; NULL: none) under the shim called
 * `shim` (NULL: none), with variables for it, "NAME=value" separated by spaces. Fails the test when
 * the program does not end by itself: within seconds, though nobody measures them.
 */
struct outcome fault_run(struct harness *h, const char *shim, const char *variables,
                         const char *options);
/* Waits for the end of a program that must end by itself, as that does; `what` says when. */
struct outcome fault_wait(struct harness *h, struct process *process, const char *what);
/* The same run as fault_run's, started. */
struct process *fault_start(struct harness *h, const char *shim, const char *variables,
                            const char *options);
/* How many steps the shim counted, told by a run that came to its end; 0: it did not. */
long fault_steps(struct harness *h);

/* The tickets with their requests, other requests, rejects and the state, a line each. */
char *fault_tables(struct harness *h);
/* What a run makes of the tables as they are now, which are kept and gone back to. */
char *fault_undisturbed(struct harness *h);
/* The definitions of all tables. */
char *fault_schema(struct harness *h);
/* Fails the test, naming the lines that differ, unless the two are the same; `what` says when. */
void fault_same(const char *found, const char *expected, const char *what);
/* Fails the test unless no run is in progress or holds the lease, and no walk is. */
void fault_tidy(struct harness *h, const char *what);

/* Random numbers from the seed that the variable `name` gives, else 1: a sample that is the same
 * everywhere. It is printed. */
uint64_t fault_seed(const char *name);
long fault_random(uint64_t *seed, long from, long to);

#endif
