/* net: the way to the site: name, connection, certificates. */
#include <inttypes.h>
#include <stdio.h>

#include "base/url.h"
#include "check/findings.h"
#include "check/subjects.h"

enum { EXPIRY_SOON_DAYS = 14, DAY_S = 24 * 3600 };

static bool is_https(const struct check *c)
{
    struct url url = url_split(c->config->site.url);
    return url_has_scheme(&url, "https");
}

/* Did the request end at this step, or before it? */
static bool ended_at(const struct check *c, enum http_step step)
{
    return check_no_answer(c) && c->index->trip.step == step;
}

static bool ended_before(const struct check *c, enum http_step step)
{
    return check_no_answer(c) && c->index->trip.step < step;
}

static void check_name(struct check *c)
{
    const struct http_trip *trip = &c->index->trip;
    struct url_part host = url_split(c->config->site.url).host;
    if (ended_at(c, HTTP_STEP_NAME))
        check_fail_answer(c, "net.dns", RANK_SITE, c->index);
    else if (trip->proxied)
        check_skip(c, "net.dns", "the proxy looks up %.*s", (int)host.length, host.at);
    else
        check_ok(c, "net.dns", "%.*s, looked up in %" PRId64 " ms", (int)host.length, host.at,
                 trip->name_ms);
}

static void check_connection(struct check *c)
{
    const struct http_trip *trip = &c->index->trip;
    if (ended_before(c, HTTP_STEP_CONNECT))
        check_skip(c, "net.tcp", "not reached");
    else if (ended_at(c, HTTP_STEP_CONNECT))
        check_fail_answer(c, "net.tcp", RANK_SITE, c->index);
    else
        check_ok(c, "net.tcp", "connected to %s in %" PRId64 " ms%s", trip->address,
                 trip->connect_ms, trip->proxied ? ", a proxy" : "");
}

static void list_chain(struct check *c, int64_t now)
{
    const struct http_trip *trip = &c->index->trip;
    for (int i = 0; i < trip->certificate_count; i++) {
        const struct http_certificate *it = &trip->certificates[i];
        check_detail(c, "%s, issued by %s, %" PRId64 " days left", it->subject, it->issuer,
                     (it->expires - now) / DAY_S);
    }
}

static void check_chain(struct check *c)
{
    const struct http_trip *trip = &c->index->trip;
    int64_t now = clock_wall_ms() / 1000, first = INT64_MAX;
    for (int i = 0; i < trip->certificate_count; i++)
        if (trip->certificates[i].expires && trip->certificates[i].expires < first)
            first = trip->certificates[i].expires;
    if (first == INT64_MAX) {
        check_ok(c, "net.tls", "verified, handshake after %" PRId64 " ms", trip->tls_ms);
        return;
    }
    int64_t days = (first - now) / DAY_S;
    if (days < EXPIRY_SOON_DAYS)
        check_warn(c, "net.tls", "renew it: once it has expired every run ends with exit code 4",
                   "verified, but a certificate expires in %" PRId64 " days", days);
    else
        check_ok(c, "net.tls", "verified, %d certificate%s, the first expires in %" PRId64 " days",
                 trip->certificate_count, trip->certificate_count == 1 ? "" : "s", days);
    list_chain(c, now);
}

static void check_tls(struct check *c)
{
    if (ended_before(c, HTTP_STEP_TLS))
        check_skip(c, "net.tls", "not reached");
    else if (!is_https(c) && c->config->allow_http)
        check_warn(c, "net.tls", "use https:// in [fluent] api_url",
                   "none: plain http, which sends the password in clear text");
    else if (!is_https(c))
        check_skip(c, "net.tls", "none: plain http, on this machine");
    else if (ended_at(c, HTTP_STEP_TLS))
        check_fail_answer(c, "net.tls", RANK_SITE, c->index);
    else
        check_chain(c);
}

void check_net(struct check *c)
{
    check_name(c);
    check_connection(c);
    check_tls(c);
}
