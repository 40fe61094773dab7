/* setup_try: tries answers: asks the site and the database, and changes nothing there. */
#include "app/setup.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"
#include "config/keys.h"
#include "core/zones.h"
#include "site/site.h"

enum {
    HOPS_MAX = 5, /* from one address to the next */
    ROWS = 100,
    RETRIES = 1,
    PATIENCE_MS = 3000,
};

static size_t url_key(void)
{
    return config_key_find("fluent", "api_url");
}

/* The site */

struct trial {
    struct config config;
    char agent[SETUP_TEXT_SIZE];
    struct site *site;
};

static void trial_end(struct trial *trial)
{
    site_close(trial->site);
    config_release(&trial->config);
    trial->site = NULL;
}

static int trial_begin(struct trial *trial, const struct setup *setup, struct error *error)
{
    trial->site = NULL;
    if (setup_config(setup, true, &trial->config, error) < 0)
        return -1;
    struct site_options options = trial->config.site;
    snprintf(trial->agent, sizeof trial->agent, "fluent-sync/%s", setup->version);
    options.user_agent = trial->agent;
    options.connections = 1;
    options.patience_ms = PATIENCE_MS;
    if (options.retries > RETRIES)
        options.retries = RETRIES;
    if (site_open(&trial->site, &options, setup->limits, setup->log, error) == 0)
        return 0;
    trial_end(trial);
    return -1;
}

/* "https://example.com/blog/wp-admin" without its last part. false: there is none. */
static bool climb(char *address)
{
    struct url url = url_split(address);
    size_t n = url.path.length;
    while (n > 0 && url.path.at[n - 1] != '/')
        n--;
    if (!url.path.length || n == 0)
        return false;
    address[url.path.at - address + (long)n - 1] = '\0';
    return true;
}

/* The address to try next, when this one is not that of the site. false: there is none. */
static bool next_address(const struct site_answer *answer, const char *asked,
                         char next[SETUP_TEXT_SIZE])
{
    snprintf(next, SETUP_TEXT_SIZE, "%s", answer->moved_to ? answer->moved_to : asked);
    bool elsewhere = answer->error.code == ERR_REFUSED && answer->status / 100 != 4;
    if (answer->moved_to)
        return strcmp(next, asked) != 0;
    return (elsewhere || answer->status == 404) && climb(next);
}

static void read_site(struct trial *trial, const struct site_answer *index,
                      struct setup_site *found)
{
    static const struct site_request request = {.what = SITE_README, .once = true};
    struct error ignored = ERROR_INIT; /* the version is good to know, and nothing more */
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *readme = NULL;
    snprintf(found->name, sizeof found->name, "%s", index->index.name ? index->index.name : "");
    found->passwords = index->index.application_passwords || index->error.code;
    if (site_get(trial->site, &request, &readme, &ignored) == 0)
        snprintf(found->version, sizeof found->version, "%s", readme->version);
}

/* Asks one address. -1 with `next` set when another is worth trying, "" when none is. */
static int try_address(struct setup *setup, struct setup_site *found, char next[SETUP_TEXT_SIZE],
                       struct error *error)
{
    static const struct site_request request = {.what = SITE_INDEX};
    struct trial trial;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *index = NULL;
    next[0] = '\0';
    if (trial_begin(&trial, setup, error) < 0)
        return -1;
    snprintf(found->address, sizeof found->address, "%s", trial.config.site.url);
    int done = site_exchange(trial.site, &request, &index, error);
    /* A site that hides its index shows it to who is logged in: the login is asked for later. */
    bool hidden = done == 0 && index->status == 401;
    if (done == 0 && index->error.code && !hidden) {
        done = error_copy(error, &index->error);
        if (!next_address(index, found->address, next))
            next[0] = '\0';
    }
    if (done == 0)
        read_site(&trial, index, found);
    trial_end(&trial);
    return done;
}

static bool is_same_host(const char *address, const char *other)
{
    char host[SETUP_TEXT_SIZE], its[SETUP_TEXT_SIZE];
    url_host(host, sizeof host, address);
    url_host(its, sizeof its, other);
    return strcasecmp(host, its) == 0;
}

int setup_try_site(struct setup *setup, struct setup_site *found, struct error *error)
{
    char next[SETUP_TEXT_SIZE], *given = setup_value(setup, url_key());
    int done = -1;
    *found = (struct setup_site){.moved = false};
    for (int hop = 0; done < 0 && hop < HOPS_MAX; hop++) {
        struct error why = ERROR_INIT, none = ERROR_INIT;
        done = try_address(setup, found, next, &why);
        if (done < 0)
            error_take(error, &why); /* that of the address that was answered */
        if (done < 0 && !*next)
            break;
        if (done < 0 && setup_answer(setup, url_key(), next, &none) < 0)
            break;
        found->moved |= done < 0;
    }
    if (done < 0 && given) {
        struct error ignored = ERROR_INIT;
        setup_answer(setup, url_key(), given, &ignored);
    }
    found->elsewhere = given && !is_same_host(given, found->address);
    if (done == 0)
        error_clear(error);
    setup_forget(given);
    return done;
}

/* The tickets */

static void read_day(const struct zones *zones, const struct site_answer *page, char day[DAY_SIZE])
{
    char wall[ZONE_TEXT_SIZE];
    int64_t instant;
    day[0] = '\0';
    if (page->page.count && zones->site &&
        zone_parse(zones->site, page->page.tickets[0].created_at, &instant) &&
        zone_wall(zones->tables, instant, wall))
        snprintf(day, DAY_SIZE, "%.10s", wall);
}

/* As a run would store the days; UTC where the site does not tell its zone. */
static void open_zones(struct trial *trial, struct zones *zones)
{
    static const struct site_request request = {.what = SITE_LOGIN};
    struct error ignored = ERROR_INIT;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *index = NULL;
    *zones = (struct zones){.site = NULL};
    if (site_exchange(trial->site, &request, &index, &ignored) < 0)
        return;
    const struct zones_facts facts = {.index = &index->error,
                                      .timezone_string = index->index.timezone_string,
                                      .gmt_offset = index->index.gmt_offset,
                                      .configured = trial->config.timezone};
    zones_open(zones, &facts, &ignored);
}

static int ask_tickets(struct trial *trial, struct setup_tickets *found, struct error *error)
{
    const struct site_request first = {.what = SITE_BY_ID, .page = 1, .per_page = ROWS},
                              me = {.what = SITE_ME};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *oldest = NULL;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *last = NULL;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *who = NULL;
    struct error ignored = ERROR_INIT;
    struct zones zones;
    if (site_get(trial->site, &first, &oldest, error) < 0)
        return -1;
    found->total = oldest->page.total < 0 ? (int64_t)oldest->page.count : oldest->page.total;
    open_zones(trial, &zones);
    read_day(&zones, oldest, found->oldest);
    const struct site_request newest = {.what = SITE_BY_ID, .page = found->total, .per_page = 1};
    if (found->total && site_get(trial->site, &newest, &last, &ignored) == 0)
        read_day(&zones, last, found->newest);
    found->sees_all = site_get(trial->site, &me, &who, &ignored) < 0 || who->rights.sees_all;
    zones_close(&zones);
    return limits_check(trial->config.mysql.limits, error);
}

int setup_try_login(struct setup *setup, struct setup_tickets *found, struct error *error)
{
    struct trial trial;
    *found = (struct setup_tickets){.total = 0};
    if (trial_begin(&trial, setup, error) < 0)
        return -1;
    trial.config.mysql.limits = setup->limits;
    int done = ask_tickets(&trial, found, error);
    trial_end(&trial);
    return done;
}
