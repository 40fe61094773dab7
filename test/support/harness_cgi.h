/* harness_cgi: asks `fluent-sync cgi` as a web server does that starts it itself. */
#ifndef HARNESS_CGI_H
#define HARNESS_CGI_H

#include "harness.h"

#define CGI_TOKEN "0123456789abcdef0123456789abcdef"
/* A section that lets this token in. */
#define CGI_SECTION "[web]\ntoken = " CGI_TOKEN "\n"
#define CGI_BEARER "HTTP_AUTHORIZATION=Bearer " CGI_TOKEN
#define CGI_JSON "CONTENT_TYPE=application/json"

struct cgi_answer {
    int status;
    char *head; /* the lines of the head, each with a line feed alone */
    char *body;
    char *err; /* what the server would find in its log */
};

/*
 * Sends a request: method, path ("/status" or "/status?limit=2"), the body (NULL: none is sent),
 * and further variables, the last being NULL. CONTENT_LENGTH is that of the body unless it is among
 * them. Fails the test unless the answer is one that RFC 3875 allows, with the head that every
 * answer has.
 */
struct cgi_answer cgi_ask(struct harness *h, const char *method, const char *path, const char *body,
                          ...) __attribute__((sentinel));
/* The same, without waiting for the answer; and waiting for it. */
struct process *cgi_start(struct harness *h, const char *method, const char *path, const char *body,
                          ...) __attribute__((sentinel));
struct cgi_answer cgi_wait(struct harness *h, struct process *process);

/* Fails the test, and shows the answer, unless it has this status. */
void cgi_expect(struct cgi_answer answer, int status);
/* The value of a line of the head; NULL: there is none. */
const char *cgi_field(struct harness *h, const struct cgi_answer *answer, const char *name);

#endif
