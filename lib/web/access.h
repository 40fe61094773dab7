/* access: who may ask what, and from which other sites a browser may ask it. */
#ifndef FLUENT_SYNC_WEB_ACCESS_H
#define FLUENT_SYNC_WEB_ACCESS_H

#include "model/web_options.h"
#include "web/request.h"

/*
 * May whoever sent the request have this right? By `Authorization: Bearer` (RFC 6750 2.1) with the
 * token, or, where that is trusted, as somebody whom the web server let in. -1 with a WEB_REFUSAL:
 * 401, or 403 when nobody has the right.
 */
int web_access_judge(const struct web_request *request, const struct web_options *options,
                     enum web_right right, struct error *error);

/* Is the request's Origin another site that may read our answers and call us? */
bool web_origin_is_listed(const struct web_request *request, const struct web_options *options);

/*
 * Does a request that changes something come from our own pages, from a listed site, or from no
 * browser? A browser sends Sec-Fetch-Site or Origin, and asks before it sends JSON to another site,
 * so that without either only JSON is taken, of an empty body too. -1 with a WEB_REFUSAL: 403 or
 * 415.
 */
int web_origin_judge(const struct web_request *request, const struct web_options *options,
                     struct error *error);

/* Is the body said to be JSON? Its charset, if any, must be UTF-8. */
bool web_is_json(const struct web_request *request);

#endif
