/* site_cause: the table of causes: exit code, whether to ask again, and what to do. */
#include "site/site_cause.h"

#define REFUSED ERR_REFUSED, RETRY_NO
#define LATER ERR_UNAVAILABLE, RETRY_ALL

static const char SMALLER[] = "set a smaller [fluent] per_page",
                  LOOK_BEFORE[] = "look for a cache, a proxy or a plugin that changes the answers "
                                  "of the site's REST API",
                  NEXT_RUN[] =
                      "the next run tries again; if it lasts, look at the site in a browser",
                  LET_THROUGH[] = "have it let the answers to this program through";

#define AT(cause) [SITE_##cause - ERROR_SITE]
static const struct site_meaning MEANINGS[] = {
    AT(NO_CONNECTION) = {LATER, "see whether the site is up, and reachable from this machine"},
    AT(UNFINISHED) = {LATER, "see whether the site is up, and reachable from this machine"},
    AT(NO_THREAD) = {LATER, "raise this machine's limit of processes: ulimit -u, TasksMax of the "
                            "systemd unit, pids of the container"},
    AT(BAD_CERTIFICATE) = {REFUSED, "renew the certificate, or, if it comes from an authority of "
                                    "your own, name that one in [fluent] ca_file"},
    AT(NO_TLS) = {REFUSED,
                  "check scheme and port of [fluent] api_url: https is mostly at port 443, "
                  "which need not be written"},
    AT(BAD_ENCODING) = {ERR_UNAVAILABLE, RETRY_FEW,
                        "correct the header Content-Encoding, which a plugin or the web server of "
                        "the site sets wrongly: it does not say how the body is compressed"},
    AT(TOO_LARGE) = {ERR_UNAVAILABLE, RETRY_NO, SMALLER},

    AT(NO_API) = {REFUSED, "check [fluent] api_url, and that no cache, security plugin or login "
                           "page stands in front of the site's REST API"},
    AT(REDIRECTED) = {REFUSED, "check [fluent] api_url; a login page or a security plugin in front "
                               "of the REST API redirects too"},
    AT(NO_ROUTE) = {REFUSED, "check that the plugin FluentSupport is active, and that [fluent] "
                             "api_url is the address of that site"},
    AT(BLOCKED) = {REFUSED, "have it let this machine reach the REST API"},
    AT(BLOCKED_PAGE) = {REFUSED, LET_THROUGH},
    AT(BLOCKED_TICKET) = {ERR_UNAVAILABLE, RETRY_NO, LET_THROUGH},

    AT(CLOSED_INDEX) = {REFUSED, "have the security plugin that does so make an exception"},
    AT(BAD_PASSWORD) = {REFUSED, "create an Application Password (Users > Profile) and set it as "
                                 "[fluent] api_password: this one is mistyped, revoked or the "
                                 "login password"},
    AT(NO_USER) = {REFUSED, "check [fluent] api_username"},
    AT(TOKEN_PLUGIN) = {REFUSED, "have it let Application Passwords through (exclude "
                                 "/fluent-support/v2), or switch it off: it takes every "
                                 "Authorization header for a token"},
    AT(SERVER_PASSWORD) = {REFUSED, "have the web server let the REST API through (a protected "
                                    "staging site?)"},
    AT(BAD_CREDENTIALS) = {REFUSED, "check [fluent] api_username and api_password; `fluent-sync "
                                    "check` tells apart the causes that look alike"},
    AT(NO_PERMISSION) = {REFUSED, "add the user under FluentSupport > Settings > Support Staff, "
                                  "with View Tickets (Read Only); before FluentSupport 2.0.5, with "
                                  "Manage Other Tickets"},

    AT(RATE_LIMIT) = {LATER, "set [fluent] requests_per_second, or fewer connections"},
    AT(MAINTENANCE) = {LATER, NEXT_RUN},
    AT(DOWN) = {LATER, "see the site's error log"},
    AT(SERVER_ERROR) = {LATER,
                        "see the site's PHP error log; a smaller [fluent] per_page may help"},
    AT(ODD_STATUS) = {LATER, NEXT_RUN},
    AT(BAD_REQUEST) = {REFUSED, "look for a proxy or a security plugin that changes the request, "
                                "or for a setting of FluentSupport that refuses it"},

    AT(CHANGE_REFUSED) = {REFUSED, "see in FluentSupport whether the ticket is there, and whether "
                                   "the API user may change it"},

    AT(PAGE_INSTEAD) = {LATER, "see the site's PHP error log, or its address in a browser"},
    AT(UNREADABLE) = {LATER, "see the site's PHP error log"},
    AT(OTHER_ANSWER) = {LATER, LOOK_BEFORE},
};

struct site_meaning site_meaning(enum site_cause cause)
{
    return MEANINGS[(int)cause - ERROR_SITE];
}
