/* request: a request as a CGI program gets it (RFC 3875), checked and taken apart. */
#ifndef FLUENT_SYNC_WEB_REQUEST_H
#define FLUENT_SYNC_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum web_method {
    WEB_OTHER = 0,
    WEB_GET = 1 << 0,
    WEB_HEAD = 1 << 1,
    WEB_POST = 1 << 2,
    WEB_OPTIONS = 1 << 3,
};

enum { WEB_PATH_MAX = 1024, WEB_QUERY_MAX = 8192, WEB_PARAMETERS_MAX = 16 };

struct web_parameter {
    const char *name, *value; /* UTF-8 without control characters */
};

/* Texts belong to the environment or to the arena. */
struct web_request {
    enum web_method method;
    /* Where the program is found ("" or "/fluent"), and what stands behind that ("", "/",
     * "/tickets/17"): UTF-8 without control characters. */
    const char *script, *path;
    const char *query;                                   /* as it was sent; "" when there is none */
    struct web_parameter parameters[WEB_PARAMETERS_MAX]; /* those with a value */
    size_t parameter_count;

    /* What the client said of itself; NULL: nothing. */
    const char *authorization, *content_type, *host, *origin, *fetch_site;
    const char *webhook_id, *webhook_timestamp, *webhook_signature;
    bool respond_async;      /* RFC 7240 4.1 */
    const char *remote_user; /* whom the web server let in: NULL unless AUTH_TYPE says how */
};

/*
 * Fills the request from `environment` ("NAME=value", NULL-terminated). -1 with a WEB_REFUSAL of
 * 400 when path or query is not what it must be; everything else is filled even then. ERR_INTERNAL
 * when there is no memory.
 */
int web_request_read(struct web_request *request, const char *const *environment,
                     struct arena *arena, struct error *error);

/* The parameter's value; NULL: it was not given, or empty. */
const char *web_parameter(const struct web_request *request, const char *name);
/* Its value as a whole number within the limits; `*number` stays as it is when it was not given.
 * -1 with 400 for anything else. */
int web_parameter_number(const struct web_request *request, const char *name, int64_t least,
                         int64_t most, int64_t *number, struct error *error);
/* Likewise: true, yes and 1, or false, no and 0. */
int web_parameter_flag(const struct web_request *request, const char *name, bool *flag,
                       struct error *error);
/* -1 with 400 when there is a parameter that is not among `names` ("limit|offset"; "": none). */
int web_parameters_known(const struct web_request *request, const char *names, struct error *error);

/* Appends a text as a part of a path or of a query, percent-encoded (RFC 3986 2.1); '/' stays. */
void web_encode(struct buf *out, const char *text);

#endif
