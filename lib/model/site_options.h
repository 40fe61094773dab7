/* site_options: which FluentSupport site to ask, and how. */
#ifndef FLUENT_SYNC_SITE_OPTIONS_H
#define FLUENT_SYNC_SITE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "model/mapping.h"

/* The two forms of a WordPress REST URL. */
enum site_form {
    SITE_FORM_UNKNOWN, /* try pretty, then plain */
    SITE_FORM_PRETTY,  /* /wp-json/fluent-support/v2/... */
    SITE_FORM_PLAIN,   /* /?rest_route=/fluent-support/v2/...: plain permalinks */
};

/* Called at least once a second while the site is waited for; -1 with `error` ends the wait. */
typedef int site_tick(void *context, struct error *error);

struct site_options {
    /* What the configuration says. */
    char *url; /* without a slash at the end, without /wp-json */
    char *user;
    struct secret password;
    char *ca_file, *proxy;   /* NULL: libcurl's own */
    int timeout_s;           /* of silence; a request as a whole may last ten times that */
    int connections;         /* at most, 1..8 */
    int requests_per_second; /* across all connections; 0: no limit */
    int retries;             /* attempts after the first */

    /* What whoever opens the site adds. */
    const char *user_agent;
    bool log_bodies;
    bool certificates; /* look at those that the site shows: http_trip.certificates */
    size_t body_max;   /* bytes of a decoded body; 0: 64 MiB */
    int backoff_ms;    /* the base of the waits between attempts; 0: the default of retry.h */
    int patience_ms;   /* of all waits of one request; 0: the default of retry.h */
    bool known; /* it has given a ticket list before: HTML is then a fault, not a wrong URL */
    enum site_form form; /* the one that worked last time, which is tried first */
    bool try_other;      /* the other one is tried first instead, and this one where that fails */
    const struct mapping_pairs *drop; /* paths removed from every ticket; NULL: none */
    site_tick *tick;                  /* NULL: none */
    void *tick_context;
};

#endif
