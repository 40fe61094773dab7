/* signature: is a request signed as Standard Webhooks says, and now? */
#ifndef FLUENT_SYNC_WEB_SIGNATURE_H
#define FLUENT_SYNC_WEB_SIGNATURE_H

#include <stdint.h>

#include "model/web_options.h"
#include "web/request.h"

enum { WEB_SIGNATURE_SKEW_S = 300 };

/*
 * Judges webhook-id, webhook-timestamp and webhook-signature of a request with this body, at `now`
 * (seconds since 1970). -1 with a WEB_REFUSAL of 401: it is not signed, by none of the configured
 * secrets, or more than 300 s before or after `now`; that is told only of what is validly signed,
 * so that nobody else learns the clock. 403: it is signed, and webhooks are not allowed.
 */
int web_signature_judge(const struct web_request *request, const struct buf *body,
                        const struct web_options *options, int64_t now, struct error *error);

#endif
