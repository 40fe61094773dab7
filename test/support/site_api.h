/* site_api: what the sample site answers: WordPress's addresses and FluentSupport's routes. */
#ifndef SITE_API_H
#define SITE_API_H

#include "site_http.h"

/* Where the request leads. The site is locked. */
enum route api_route(const struct request *request);

/* Keeps a change that is to be carried out later: the request has no answer then. */
bool api_keep(struct request *request);

void api_answer(struct request *request, struct answer *answer);

#endif
