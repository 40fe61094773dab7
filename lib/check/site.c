/* site: the WordPress site, its plugin, and what the API user may do there. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "check/findings.h"
#include "check/subjects.h"
#include "core/trust.h"

enum { CLOCK_OFF_S = 60, PASSWORD_LETTERS = 24 };

/* WordPress */

/* A sync fails without the index only if that leaves the time zone unknown. */
static void check_wordpress(struct check *c)
{
    static const char name[] = "site.wordpress";
    const struct site_index *index = &c->index->index;
    if (check_no_answer(c) && c->index->trip.step == HTTP_STEP_ANSWER)
        check_fail_answer(c, name, RANK_SITE, c->index);
    else if (check_no_answer(c))
        check_skip(c, name, "not reached");
    else if (c->index->error.code && c->zones.site)
        check_warn_answer(c, name, c->index);
    else if (c->index->error.code)
        check_fail_answer(c, name, RANK_ZONE, c->index);
    else if (c->zones_error.code)
        check_fail_error(c, name, RANK_ZONE, &c->zones_error);
    else
        check_ok(c, name, "\"%s\", %s, time zone %s", index->name ? index->name : "",
                 index->home ? index->home : c->config->site.url, zone_name(c->zones.site));
}

/* Would the first run with this site_key store tickets again that are there with another one? */
static bool warn_of_alias(struct check *c, const char *home)
{
    const char *key = NULL;
    struct error why = ERROR_INIT;
    if (!c->store || store_find_alias(c->store, home, &key, &c->arena, &why) < 0 || !key)
        return false;
    check_warn(c, "site.identity",
               "to change a key instead of adding a site, see docs/several-sites.md",
               "the database already holds tickets %s%s: if they are this site's, each will be "
               "there twice",
               *key ? "with site_key = " : "without a site_key", key);
    return true;
}

static void check_identity(struct check *c)
{
    static const char name[] = "site.identity";
    const char *home = c->index->error.code == ERR_NONE ? c->index->index.home : NULL;
    struct trust_identity before = {c->state.home, c->state.address},
                          now = {home, c->config->site.url};
    const char *known = before.home ? before.home : before.address;
    switch (trust_site(before, now)) {
    case TRUST_SITE_FIRST:
        if (!home || !warn_of_alias(c, home))
            check_skip(c, name, "no run yet");
        break;
    case TRUST_SITE_SAME:
        check_ok(c, name, "the same site as last time%s",
                 home && before.home ? "" : ", judging by its address");
        break;
    case TRUST_SITE_OTHER:
        check_fail(c, name, RANK_HOME, ERR_REFUSED,
                   "if the site has moved, run once with --accept-site; if it is a second site, "
                   "give it a site_key of its own",
                   "another site than last time: %s, before %s", home, known);
        break;
    case TRUST_SITE_UNCONFIRMED:
        check_fail(c, name, RANK_HOME, ERR_REFUSED,
                   "let the index of the REST API (/wp-json/) through to this user, or, if the "
                   "site is the right one, run once with --accept-site",
                   "the address is another one than last time, and its index does not tell "
                   "whether the site is the same: before %s",
                   known);
        break;
    }
}

/* Which of the checks below a failure of the list belongs to. */

enum subject {
    SUBJECT_NONE,
    SUBJECT_ADDRESS,
    SUBJECT_PLUGIN,
    SUBJECT_LOGIN,
    SUBJECT_PERMISSION,
    SUBJECT_LIST
};

static enum subject subject_of(const struct site_answer *head)
{
    if (head->error.code == ERR_NONE)
        return SUBJECT_NONE;
    if (head->error.code != ERR_REFUSED || !head->status)
        return SUBJECT_LIST;
    switch (head->error.cause) {
    case SITE_BAD_CREDENTIALS:
    case SITE_BAD_PASSWORD:
    case SITE_NO_USER:
    case SITE_TOKEN_PLUGIN:
    case SITE_SERVER_PASSWORD:
        return SUBJECT_LOGIN;
    case SITE_NO_PERMISSION:
        return SUBJECT_PERMISSION;
    case SITE_NO_ROUTE:
        return SUBJECT_PLUGIN;
    default:
        return SUBJECT_ADDRESS;
    }
}

static void check_address(struct check *c, enum subject at)
{
    static const char name[] = "site.address";
    bool plain = site_form(c->site) == SITE_FORM_PLAIN;
    if (at == SUBJECT_ADDRESS)
        check_fail_answer(c, name, RANK_SITE, c->head);
    else if (plain)
        check_ok(c, name, "%s, plain permalinks: ?rest_route= is used", c->config->site.url);
    else if (at == SUBJECT_LIST && c->index->error.code)
        check_skip(c, name, "not known");
    else
        check_ok(c, name, "%s, REST API at /wp-json", c->config->site.url);
}

static void check_plugin(struct check *c, enum subject at)
{
    static const char name[] = "site.plugin";
    const struct site_index *index = &c->index->index;
    bool told = c->index->error.code == ERR_NONE && index->has_namespaces;
    if (at == SUBJECT_PLUGIN)
        check_fail_answer(c, name, RANK_SITE, c->head);
    else if (at == SUBJECT_ADDRESS || (at != SUBJECT_NONE && !told))
        check_skip(c, name, "not known");
    else if (told && !index->has_plugin && at != SUBJECT_NONE)
        check_warn(c, name, "activate FluentSupport on the site",
                   "FluentSupport is not among the plugins that the index names");
    else
        check_ok(c, name, "FluentSupport is on");
}

static void check_application_passwords(struct check *c, enum subject at)
{
    static const char name[] = "site.application_passwords";
    if (c->index->error.code)
        check_skip(c, name, "not known");
    else if (c->index->index.application_passwords)
        check_ok(c, name, "available");
    else if (at == SUBJECT_NONE)
        check_warn(c, name, NULL, "not available, yet the login works");
    else
        check_fail(c, name, RANK_SITE, ERR_REFUSED,
                   "WordPress offers them on https alone, and a security plugin may switch them "
                   "off: put the site on https, or switch them on",
                   "not available");
}

/* The login */

/* Six groups of four letters and digits, as WordPress makes them; white space has been removed. */
static bool looks_like_application_password(const char *text)
{
    size_t n = 0;
    for (; text[n]; n++)
        if (!isalnum((unsigned char)text[n]))
            return false;
    return n == PASSWORD_LETTERS;
}

static bool tells_cause(const struct site_answer *answer)
{
    return answer->error.code && answer->error.cause != SITE_BAD_CREDENTIALS;
}

/* Lists those causes, of all that look alike, that are still possible. */
static void list_causes(struct check *c)
{
    const struct config *config = c->config;
    struct url url = url_split(config->site.url);
    if (!looks_like_application_password(secret_reveal(&config->site.password)))
        check_detail(c, "likely: the password does not have the form of an Application Password: "
                        "is it the login password?");
    if (c->index->error.code == ERR_NONE && !c->index->index.application_passwords)
        check_detail(c, "likely: the site takes no Application Passwords "
                        "(site.application_passwords)");
    if (url_has_scheme(&url, "http"))
        check_detail(c, "possible: plain http, where a production site takes none");
    check_detail(c, "possible: [fluent] api_username is wrong, or the Application Password "
                    "mistyped or revoked");
    check_detail(c, "possible: the web server strips the Authorization header; Apache with CGI or "
                    "FastCGI: CGIPassAuth On, or SetEnvIf Authorization \"(.*)\" "
                    "HTTP_AUTHORIZATION=$1");
}

/* The index is public. A site that nevertheless refuses it has seen the credentials, and says what
 * is wrong with them; most sites do not look at them there. */
static void check_refused_login(struct check *c)
{
    static const char name[] = "site.credentials";
    static const struct site_request request = {.what = SITE_LOGIN};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *login = NULL;
    if (tells_cause(c->head)) {
        check_fail_answer(c, name, RANK_SITE, c->head);
        return;
    }
    if (!(login = check_ask(c, &request)))
        return;
    if (tells_cause(login) && login->status == 401 && c->index->error.code == ERR_NONE) {
        check_fail_answer(c, name, RANK_SITE, login);
        check_detail(c, "the Authorization header arrives: the index sees it");
        return;
    }
    check_fail(c, name, RANK_SITE, ERR_REFUSED,
               "check [fluent] api_username and api_password, then the web server",
               "the site refused the login of user \"%s\" (status 401); its index does not tell "
               "whether the credentials arrive",
               c->config->site.user);
    list_causes(c);
}

static void check_credentials(struct check *c, enum subject at)
{
    static const char name[] = "site.credentials";
    if (at == SUBJECT_LOGIN)
        check_refused_login(c);
    else if (at == SUBJECT_NONE || at == SUBJECT_PERMISSION)
        check_ok(c, name, "accepted: user \"%s\"", c->config->site.user);
    else
        check_skip(c, name, "not known");
}

static void check_permissions(struct check *c, enum subject at)
{
    static const char name[] = "site.permissions";
    if (at == SUBJECT_PERMISSION)
        check_fail_answer(c, name, RANK_SITE, c->head);
    else if (at != SUBJECT_NONE)
        check_skip(c, name, "not known");
    else if (c->me->error.code)
        check_warn_answer(c, name, c->me);
    else if (c->me->rights.sees_all)
        check_ok(c, name,
                 "sees the tickets of all agents (whether some mailboxes are hidden from it "
                 "cannot be told: compare the number of tickets)");
    else
        check_warn(c, name,
                   "to mirror all: FluentSupport > Settings > Support Staff, View Tickets (Read "
                   "Only); before FluentSupport 2.0.5, Manage Other Tickets",
                   "the API user sees only a part of the tickets");
}

/* A permission that is not needed, so that nothing here is a warning but an answer that no run
 * understands. */
static void check_log(struct check *c, enum subject at)
{
    static const char name[] = "site.activity_log";
    static const struct site_request request = {.what = SITE_LOG, .per_page = 15, .once = true};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *log = NULL;
    if (at != SUBJECT_NONE || c->me->error.code)
        check_skip(c, name, "not known");
    else if (!c->me->rights.reads_log)
        check_ok(c, name,
                 "not for this user, which is no fault: with View Activity Logs, deletions are "
                 "found with fewer requests");
    else if (!(log = check_ask(c, &request)))
        return;
    else if (log->error.code)
        check_warn_answer(c, name, log);
    else if (log->log.off)
        check_ok(c, name, "switched off on the site: what was deleted is searched for in the list");
    else
        check_ok(c, name, "can be read: what it calls deleted is not searched for in the list");
}

static void check_clock(struct check *c)
{
    int64_t date = c->head && c->head->date ? c->head->date : c->index->date;
    /* The newest answer came before the later requests were made. */
    int64_t now = clock_wall_ms() / 1000, off = date - now;
    if (!date)
        check_skip(c, "site.clock", "the site's answers bear no date");
    else if (llabs(off) > CLOCK_OFF_S)
        check_warn(c, "site.clock", "set both by NTP; the site's clock decides what is new",
                   "%" PRId64 " s %s this machine's", (int64_t)llabs(off),
                   off > 0 ? "ahead of" : "behind");
    else
        check_ok(c, "site.clock", "agrees with this machine's within %d s", CLOCK_OFF_S);
}

/* After all other requests. */
void check_cache(struct check *c)
{
    static const char name[] = "site.cache";
    struct site_staleness stale = c->head ? site_stale(c->site) : (struct site_staleness){0};
    if (!c->head)
        check_skip(c, name, "not reached");
    else if (!stale.answers)
        check_ok(c, name, "no answer came out of a cache");
    else
        check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "exclude /wp-json/ (and ?rest_route=) from every cache in front of the site",
                   "%" PRId64 " of the answers came out of a cache", stale.answers);
    if (stale.answers && stale.oldest_s >= 0)
        check_detail(c, "the oldest was %" PRId64 " s old", stale.oldest_s);
}

void check_output(struct check *c)
{
    static const char name[] = "site.output";
    size_t printed = c->head ? site_printed(c->site) : 0;
    if (!c->head)
        check_skip(c, name, "not reached");
    else if (!printed)
        check_ok(c, name, "nothing is printed before the JSON of its answers");
    else
        check_warn(c, name,
                   "a plugin, the theme or PHP prints it (display_errors should be off): see it "
                   "with -vv --log-bodies",
                   "up to %zu bytes stand before the JSON of its answers; they are ignored",
                   printed);
}

void check_site(struct check *c)
{
    check_wordpress(c);
    if (!c->head) {
        static const char *const names[] = {
            "site.address",     "site.plugin",      "site.application_passwords",
            "site.credentials", "site.permissions", "site.activity_log"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            check_skip(c, names[i], "not reached");
        return;
    }
    enum subject at = subject_of(c->head);
    check_identity(c);
    check_address(c, at);
    check_plugin(c, at);
    check_application_passwords(c, at);
    check_credentials(c, at);
    if (check_ended(c))
        return;
    check_permissions(c, at);
    check_log(c, at);
    if (check_ended(c))
        return;
    check_clock(c);
}
