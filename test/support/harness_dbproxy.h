/*
 * harness_dbproxy: the proxy of dbproxy.c between the program and the MariaDB; and what runs left
 * in the tables, to be compared with what an undisturbed one does.
 */
#ifndef HARNESS_DBPROXY_H
#define HARNESS_DBPROXY_H

#include "harness.h"

struct dbproxy {
    struct process *process;
    int port;
    const char *report, *log;
};

struct dbproxy_report {
    long commands, matched, faults;
};

/* Starts one with these options of its (NULL: none; the last is NULL), and lets the INIs that
 * harness_config has written lead through it; dbproxy_direct leads to the server again. */
void dbproxy_start(struct harness *h, struct dbproxy *proxy, const char *const *options);
void dbproxy_direct(struct harness *h);
/* Ends it and reads what it counted. */
struct dbproxy_report dbproxy_stop(struct harness *h, struct dbproxy *proxy);
/* Waits until the fault has happened. */
void dbproxy_wait_fault(struct harness *h, const struct dbproxy *proxy);

#endif
