/* route: finds the row of a request by its path and its method. */
#include "web/route.h"

#include <string.h>

#include "web/status.h"

#define WEB_ROUTE_ROW(word, method, path, right, body, parameters)                                 \
    {WEB_ROUTE_##word, method, path, right, body, parameters},
static const struct web_route ROUTES[] = {WEB_ROUTES(WEB_ROUTE_ROW)};

static bool matches(const char *pattern, const char *path)
{
    size_t fixed = strcspn(pattern, "*");
    if (!pattern[fixed])
        return strcmp(pattern, path) == 0;
    return strncmp(pattern, path, fixed) == 0 && path[fixed] && !strchr(path + fixed, '/');
}

int web_route_find(const struct web_request *request, const struct web_route **route,
                   unsigned *methods, struct error *error)
{
    *methods = 0;
    *route = NULL;
    for (size_t i = 0; i < WEB_ROUTE_COUNT; i++) {
        if (!matches(ROUTES[i].path, request->path))
            continue;
        unsigned taken = ROUTES[i].method | (ROUTES[i].method == WEB_GET ? WEB_HEAD : 0);
        *methods |= taken | WEB_OPTIONS;
        if (!*route && ((taken | WEB_OPTIONS) & request->method))
            *route = &ROUTES[i];
    }
    if (*route)
        return 0;
    if (*methods)
        return error_raise(error, WEB_REFUSAL(WEB_METHOD_NOT_ALLOWED),
                           "this method is not for this path");
    return error_raise(error, WEB_REFUSAL(WEB_NOT_FOUND), "there is no such path");
}

const char *web_route_rest(const struct web_route *route, const struct web_request *request)
{
    return request->path + strcspn(route->path, "*");
}
