/* status: the HTTP status codes of our answers. An error's cause is one of those from 400 on. */
#ifndef FLUENT_SYNC_WEB_STATUS_H
#define FLUENT_SYNC_WEB_STATUS_H

#include <stdbool.h>

#include "base/error.h"

/* RFC 9110 15. */
enum web_status {
    WEB_OK = 200,
    WEB_ACCEPTED = 202,
    WEB_NO_CONTENT = 204,
    WEB_PERMANENT_REDIRECT = 308,
    WEB_BAD_REQUEST = ERROR_WEB,
    WEB_UNAUTHORIZED = 401,
    WEB_FORBIDDEN = 403,
    WEB_NOT_FOUND = 404,
    WEB_METHOD_NOT_ALLOWED = 405,
    WEB_REQUEST_TIMEOUT = 408,
    WEB_CONFLICT = 409,
    WEB_TOO_LARGE = 413,
    WEB_UNSUPPORTED_TYPE = 415,
    WEB_INTERNAL_ERROR = 500,
    WEB_UNAVAILABLE = 503,
};

/* The kind of an error that is the caller's. */
#define WEB_REFUSAL(status) ((struct error_kind){.code = ERR_USAGE, .cause = (status)})
bool web_is_refusal(const struct error *error);

/* The status of the answer to a request that ended in this error. */
enum web_status web_status_of(const struct error *error);
/* "Not Found" */
const char *web_reason(enum web_status status);

#endif
