/* site_http: the sample site's HTTP server. The only module that knows libmicrohttpd. */
#ifndef SITE_HTTP_H
#define SITE_HTTP_H

#include "site_answer.h"
#include "site_state.h"

struct request {
    struct site *site;
    char *uri;          /* path?query as it came */
    const char *method; /* these two: within the handler alone */
    const char *path;   /* decoded */
    struct MHD_Connection *connection;
    struct fault_plan plan;
    struct text upload;
    FILE *upload_out; /* NULL before the first call of the handler */
    bool in_flight;
};

/* Arguments of the query, decoded; NULL when absent. */
const char *request_argument(const struct request *request, const char *name);
size_t request_arguments(const struct request *request, const char *name, const char **values,
                         size_t max);

const char *request_header(const struct request *request, const char *name);

/* Of Basic authentication, both malloc'ed; false when there are none. */
bool request_credentials(const struct request *request, char **user, char **password);

/* Serves on 127.0.0.1 (site->options.port; site->port is set) until `http_stop`. NULL on failure.
 */
struct MHD_Daemon *http_start(struct site *site, const char *tls_key, const char *tls_cert);
void http_stop(struct site *site, struct MHD_Daemon *daemon);

#endif
