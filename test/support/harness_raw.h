/*
 * harness_raw: a TCP server on loopback that says exactly what a test tells it to, in processes of
 * its own, a process per connection.
 */
#ifndef HARNESS_RAW_H
#define HARNESS_RAW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

enum { RAW_REQUESTS = 64, RAW_REQUEST_SIZE = 2048 };

/* What the server has seen so far; shared with its processes. */
struct raw_seen {
    _Atomic int connections;
    _Atomic int requests;
    _Atomic int active, most_active;              /* requests being answered at once */
    char request[RAW_REQUESTS][RAW_REQUEST_SIZE]; /* the heads, in order of arrival */
};

struct raw {
    pid_t pid;
    int port;
    struct raw_seen *seen;
};

/* One request to be answered; what begins a TLS handshake counts as one, too. */
struct raw_call {
    int fd;
    int n; /* the first is 1 */
    const char *request;
    struct raw_seen *seen;
};

/* Answers a request; false: close the connection. */
typedef bool raw_reply(const struct raw_call *call);

/* Starts the server; it dies with the test program. */
void raw_start(struct raw *raw, raw_reply *reply);
void raw_stop(struct raw *raw);

/* Says these bytes; true. */
bool raw_say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool raw_bytes(int fd, const void *bytes, size_t n);
/* A whole response; `headers` are lines ending in \r\n, or "". */
bool raw_answer(int fd, int status, const char *headers, const char *body);
bool raw_json(int fd, int status, const char *body);
/* Closes with a TCP reset; false. */
bool raw_reset(int fd);
/* The number behind `name=` in the request line; 0 when there is none. */
int64_t raw_number(const char *request, const char *name);
/* Sleeps: for servers only, never for a test's own patience. */
void raw_sleep_ms(int ms);

#endif
