/* site_verdict: what an answer of the site means. Pure: no I/O, no clock. Private to site. */
#ifndef FLUENT_SYNC_SITE_VERDICT_H
#define FLUENT_SYNC_SITE_VERDICT_H

#include "base/retry.h"
#include "io/http.h"
#include "site/site.h"

enum site_verdict {
    VERDICT_ANSWER,     /* what was asked for; it is in `answer` */
    VERDICT_FAULT,      /* answer->error says why not */
    VERDICT_OTHER_FORM, /* no REST API under this form of URL; answer->error, should the other form
                           fail in the same way */
};

/* The circumstances of a request. */
struct site_asked {
    const char *base, *url;     /* api_url; the URL that was asked for */
    const char *user, *ca_file; /* NULL: none */
    bool known;                 /* the site has given answers before */
    bool listed;                /* and pages of the list in this run */
    const struct mapping_pairs *drop;
};

/*
 * Judges the response to answer->request and fills `answer`, whose other members are zero. *retry
 * says what asking again can be expected to do; it means nothing for VERDICT_ANSWER. The body of
 * the response is changed.
 */
enum site_verdict site_judge(const struct site_asked *asked, struct http_response *response,
                             struct site_answer *answer, enum retry_kind *retry);

#endif
