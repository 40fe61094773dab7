/* access: the token, the web server's login, and where a browser's request comes from. */
#include "web/access.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/url.h"
#include "web/status.h"

/* Who */

static bool has_token(const struct web_request *request, const struct web_options *options)
{
    static const char SCHEME[] = "Bearer";
    enum { LENGTH = sizeof SCHEME - 1 };
    const char *given = request->authorization;
    if (!given || !secret_is_set(&options->token) || strncasecmp(given, SCHEME, LENGTH) != 0)
        return false;
    size_t spaces = strspn(given + LENGTH, " ");
    given += LENGTH + spaces;
    return spaces > 0 && digest_same(given, strlen(given), secret_reveal(&options->token));
}

int web_access_judge(const struct web_request *request, const struct web_options *options,
                     enum web_right right, struct error *error)
{
    bool let_in = options->trust_remote_user && request->remote_user;
    if (!let_in && !has_token(request, options))
        return error_raise(error, WEB_REFUSAL(WEB_UNAUTHORIZED), "a valid token is needed");
    if (!(options->allow & right))
        return error_raise(error, WEB_REFUSAL(WEB_FORBIDDEN), "this is not allowed here");
    return 0;
}

/* From where */

bool web_origin_is_listed(const struct web_request *request, const struct web_options *options)
{
    static const char BETWEEN[] = ", \t";
    const char *at = options->origins ? options->origins : "";
    if (!request->origin)
        return false;
    size_t length = strlen(request->origin);
    for (size_t n; *(at += strspn(at, BETWEEN)); at += n) {
        n = strcspn(at, BETWEEN);
        if (n == length && strncasecmp(at, request->origin, n) == 0)
            return true;
    }
    return false;
}

/* Is it the host that the client asked? TLS may have ended before us, so that the scheme, and with
 * it a port that is left out, tell nothing. */
static bool is_own_host(const char *origin, const char *host)
{
    struct url url = url_split(origin), own = url_split(host ? host : "");
    return url.scheme.length > 0 && url.host.length > 0 && url.host.length == own.host.length &&
           strncasecmp(url.host.at, own.host.at, own.host.length) == 0 &&
           url.port.length == own.port.length &&
           memcmp(url.port.at, own.port.at, own.port.length) == 0;
}

int web_origin_judge(const struct web_request *request, const struct web_options *options,
                     struct error *error)
{
    bool ours = web_origin_is_listed(request, options);
    if (!ours && !request->fetch_site && !request->origin && !web_is_json(request))
        return error_raise(error, WEB_REFUSAL(WEB_UNSUPPORTED_TYPE),
                           "the content type must be application/json");
    if (!ours && request->fetch_site)
        ours = strcasecmp(request->fetch_site, "same-origin") == 0;
    else if (!ours)
        ours = !request->origin || is_own_host(request->origin, request->host);
    if (ours)
        return 0;
    return error_raise(error, WEB_REFUSAL(WEB_FORBIDDEN),
                       "a page of another site may not ask for this");
}

bool web_is_json(const struct web_request *request)
{
    static const char JSON[] = "application/json", CHARSET[] = "charset=";
    const char *type = request->content_type ? request->content_type : "";
    size_t n = strcspn(type, "; \t");
    if (n != sizeof JSON - 1 || strncasecmp(type, JSON, n) != 0)
        return false;
    type += n + strspn(type + n, "; \t");
    if (!*type)
        return true;
    if (strncasecmp(type, CHARSET, sizeof CHARSET - 1) != 0)
        return false;
    type += sizeof CHARSET - 1;
    return strcasecmp(type, "utf-8") == 0 || strcasecmp(type, "\"utf-8\"") == 0;
}
