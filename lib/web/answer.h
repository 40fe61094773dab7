/* answer: the head of an answer, as a CGI program writes it (RFC 3875 6). */
#ifndef FLUENT_SYNC_WEB_ANSWER_H
#define FLUENT_SYNC_WEB_ANSWER_H

#include "base/buf.h"
#include "model/web_options.h"
#include "web/request.h"
#include "web/status.h"

struct web_answer {
    enum web_status status;
    const char *type;   /* of the body; NULL: JSON */
    const char *policy; /* the Content-Security-Policy; NULL: nothing at all is allowed */
    struct buf fields;  /* further lines of the head */
};

enum { WEB_HEAD_MAX = 16384 };
void web_answer_init(struct web_answer *answer);
void web_answer_release(struct web_answer *answer);

/* Adds a line. Control characters in the value are left out, so that it remains one. */
void web_answer_field(struct web_answer *answer, const char *name, const char *value);

/* Adds a line that lists methods, which are bits: "Allow: GET, HEAD, OPTIONS". */
void web_answer_methods(struct web_answer *answer, const char *name, unsigned methods);

/* Adds what lets pages of listed sites read the answer (the Fetch standard's CORS protocol);
 * `methods` of the path: for the question that a browser asks before, 0: it is another request. */
void web_answer_share(struct web_answer *answer, const struct web_request *request,
                      const struct web_options *options, unsigned methods);

/* Appends the head, to the empty line behind it. -1 when the buffer has failed. */
int web_answer_head(const struct web_answer *answer, struct buf *out);

#endif
