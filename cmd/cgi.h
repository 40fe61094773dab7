/* cgi: one request of a web server while it is answered. */
#ifndef FLUENT_SYNC_CGI_H
#define FLUENT_SYNC_CGI_H

#include "base/buf.h"
#include "command.h"
#include "web/answer.h"
#include "web/route.h"

struct cgi {
    const struct command *command;
    struct web_request request;
    const struct web_route *route;
    struct buf sent; /* the request's body */
    struct web_answer answer;
    FILE *out; /* the answer's body; in memory, so that a failure can still change the head */
    struct arena arena;
};

/* The body of a request, in bytes: what is taken, and what is read away before more is refused. */
enum { CGI_BODY_MAX = 64 * 1024, CGI_DRAIN_MAX = 8 * 1024 * 1024, CGI_PATIENCE_MS = 30000 };

/*
 * Reads the body from the standard input: CONTENT_LENGTH bytes, or to the end where `length` is
 * NULL. Servers take no answer before they have got rid of it, so that what is too long is read
 * away. -1 with a WEB_REFUSAL of 400, 408 or 413, or with the error of limits_check.
 */
int cgi_read_body(struct buf *body, const char *length, const struct limits *limits,
                  struct error *error);

/*
 * What answers the requests of the table. Each fills `answer` and writes the body to `out`. -1 with
 * the error that becomes the answer: a WEB_REFUSAL is told to the caller as it is, of anything else
 * only what kind it is.
 */
#define CGI_ANSWER(word, ...) int answer_##word(struct cgi *cgi, struct error *error);
WEB_ROUTES(CGI_ANSWER)

#endif
