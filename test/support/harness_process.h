/* harness_process: starting and ending programs; the harness's own affairs. */
#ifndef HARNESS_PROCESS_H
#define HARNESS_PROCESS_H

#include "harness.h"

/* The account of the sample site that the programs are given. */
#define SITE_USER "api"
#define SITE_PASSWORD "abcd efgh ijkl mnop qrst uvwx"

/* Starts a child that dies with us; `in` NULL: nothing to read. */
pid_t process_spawn(struct harness *h, const char *const *argv, const char *in, const char *out,
                    const char *err);
/* Ends a child, if there is one, and waits for it. */
void process_end(pid_t *pid, int signal);
/* Ends all that the test started and did not wait for. */
void process_end_all(struct harness *h);
/* A few milliseconds. */
void process_pause(void);

/* A program reading from the file `in`. */
struct process *process_start(struct harness *h, const char *const *argv, const char *in);
/* A file to read from, with this text. */
const char *process_input(struct harness *h, const char *text);
/* The name of the INI file of the site that we have turned to. */
const char *process_ini(const struct harness *h);

#endif
