/* web_options: who may ask the program what by way of a web server. */
#ifndef FLUENT_SYNC_WEB_OPTIONS_H
#define FLUENT_SYNC_WEB_OPTIONS_H

#include <stdbool.h>

#include "base/secret.h"

/* What can be allowed, as bits: a bit's position is that of its word in [web] allow. */
enum web_right {
    WEB_STATUS = 1 << 0,
    WEB_TICKETS = 1 << 1,
    WEB_PAGE = 1 << 2,
    WEB_SYNC = 1 << 3,
    WEB_WEBHOOK = 1 << 4,
};
#define WEB_RIGHTS "status|tickets|page|sync|webhook"

struct web_options {
    struct secret token;          /* for `Authorization: Bearer`; not set: nobody may by that */
    struct secret webhook_secret; /* one or two: see base/signing.h; not set: no webhook counts */
    bool trust_remote_user;       /* whoever the web server has let in may */
    unsigned allow;               /* of enum web_right */
    char *origins; /* "https://a.example, https://b.example:8443"; NULL: no other than our own */
    int wait_s;    /* how long a request waits for its run */
};

#endif
