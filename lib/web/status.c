/* status: the words of the status codes, and the code of an error. */
#include "web/status.h"

#include <stddef.h>

static const struct {
    enum web_status status;
    const char *reason;
} REASONS[] = {
    {WEB_OK, "OK"},
    {WEB_ACCEPTED, "Accepted"},
    {WEB_NO_CONTENT, "No Content"},
    {WEB_PERMANENT_REDIRECT, "Permanent Redirect"},
    {WEB_BAD_REQUEST, "Bad Request"},
    {WEB_UNAUTHORIZED, "Unauthorized"},
    {WEB_FORBIDDEN, "Forbidden"},
    {WEB_NOT_FOUND, "Not Found"},
    {WEB_METHOD_NOT_ALLOWED, "Method Not Allowed"},
    {WEB_REQUEST_TIMEOUT, "Request Timeout"},
    {WEB_CONFLICT, "Conflict"},
    {WEB_TOO_LARGE, "Content Too Large"},
    {WEB_UNSUPPORTED_TYPE, "Unsupported Media Type"},
    {WEB_INTERNAL_ERROR, "Internal Server Error"},
    {WEB_UNAVAILABLE, "Service Unavailable"},
};

const char *web_reason(enum web_status status)
{
    size_t i = 0;
    while (i + 1 < sizeof REASONS / sizeof *REASONS && REASONS[i].status != status)
        i++;
    return REASONS[i].reason;
}

bool web_is_refusal(const struct error *error)
{
    return error->code == ERR_USAGE && error->cause >= ERROR_WEB;
}

enum web_status web_status_of(const struct error *error)
{
    if (web_is_refusal(error))
        return (enum web_status)error->cause;
    return error->code == ERR_DATABASE ? WEB_UNAVAILABLE : WEB_INTERNAL_ERROR;
}
