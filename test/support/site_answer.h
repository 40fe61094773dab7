/* site_answer: an answer of the sample site, before it travels. */
#ifndef SITE_ANSWER_H
#define SITE_ANSWER_H

#include "site_json.h"

enum { ANSWER_HEADERS = 12 };

struct answer {
    unsigned status;
    char *body; /* malloc'ed */
    size_t size;
    struct header {
        char *name, *value;
    } headers[ANSWER_HEADERS];
    size_t header_count;
};

void answer_free(struct answer *answer);

/* Takes `value` over; a header of that name is replaced. NULL removes it. */
void answer_header(struct answer *answer, const char *name, char *value);

/* Each of these begins the answer afresh. `body` is taken over. */
void answer_json(struct answer *answer, unsigned status, char *body);
void answer_html(struct answer *answer, unsigned status);

/* A recording: its body, status, Content-Type, Location (on the recorded site itself: moved to
 * `home`) and Retry-After. */
void answer_recorded(struct answer *answer, const char *fixtures, const char *name,
                     const char *home);

/* The body with `prefix` before and `suffix` after it; NULL for nothing. */
void answer_wrap(struct answer *answer, const char *prefix, const char *suffix);

#endif
