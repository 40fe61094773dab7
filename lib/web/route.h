/* route: every request that is answered, in one table. */
#ifndef FLUENT_SYNC_WEB_ROUTE_H
#define FLUENT_SYNC_WEB_ROUTE_H

#include "model/web_options.h"
#include "web/request.h"

enum web_body { WEB_BODY_NONE, WEB_BODY_JSON };

/*
 * A request a row: the word of its handler (answer_WORD in cmd/cgi_answers.h), method, path (a '*'
 * at the end stands for one more part), the right that it needs, what its body is, and the
 * parameters that its query may have. GET stands for HEAD too.
 */
#define WEB_ROUTES(ROW)                                                                            \
    ROW(page, WEB_GET, "/", WEB_PAGE, WEB_BODY_NONE, "")                                           \
    ROW(status, WEB_GET, "/status", WEB_STATUS, WEB_BODY_NONE, "limit")                            \
    ROW(tickets, WEB_GET, "/tickets", WEB_TICKETS, WEB_BODY_NONE,                                  \
        "limit|offset|status|mailbox|all_sources")                                                 \
    ROW(ticket, WEB_GET, "/tickets/*", WEB_TICKETS, WEB_BODY_NONE, "")                             \
    ROW(sync, WEB_POST, "/sync", WEB_SYNC, WEB_BODY_JSON, "")                                      \
    ROW(webhook, WEB_POST, "/webhook", WEB_WEBHOOK, WEB_BODY_JSON, "")

#define WEB_ROUTE_INDEX(word, ...) WEB_ROUTE_##word,
enum web_route_index { WEB_ROUTES(WEB_ROUTE_INDEX) WEB_ROUTE_COUNT };

struct web_route {
    enum web_route_index index;
    enum web_method method;
    const char *path;
    enum web_right right;
    enum web_body body;
    const char *parameters;
};

/*
 * Finds the row of a request. `*methods`: those that its path has, as bits; 0: there is no such
 * path. -1 with a WEB_REFUSAL of 404 or 405. OPTIONS finds the first row of its path.
 */
int web_route_find(const struct web_request *request, const struct web_route **route,
                   unsigned *methods, struct error *error);
/* What stands for the '*' of the row's path. */
const char *web_route_rest(const struct web_route *route, const struct web_request *request);

#endif
