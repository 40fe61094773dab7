/* identity: opens the site, and compares it with the site of the runs before. */
#include "run/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/plan.h"
#include "core/trust.h"

enum {
    DAY_S = 24 * 3600,
    MAPPING_DIGITS = HASH_SIZE - CONVERSATION_DIGEST_SIZE, /* see print_config_hash */
};

/* A site that has pretty permalinks again still answers the plain form; once per full_every it is
 * tried whether it does. */
static bool tries_pretty(const struct run *run)
{
    int64_t every =
        run->in.config->full_every.seconds > 0 ? run->in.config->full_every.seconds : DAY_S;
    return run->before.url_form == SITE_FORM_PLAIN &&
           plan_is_old(clock_wall_ms() / 1000, run->before.last_full_walk, every);
}

int identity_open_site(struct run *run, site_tick *tick, struct error *error)
{
    const struct config *c = run->in.config;
    struct site_options options = c->site;
    options.user_agent = arena_printf(&run->arena, "fluent-sync/%s", run->in.options->version);
    options.log_bodies = run->in.options->log_bodies;
    options.known = run->before.home != NULL;
    options.form = (enum site_form)run->before.url_form;
    options.try_other = tries_pretty(run);
    options.drop = &c->mapping.drop;
    options.tick = tick;
    options.tick_context = run;
    if (site_open(&run->site, &options, run->in.limits, &run->in.log, error) < 0)
        return -1;
    run->pages.site = run->site;
    return 0;
}

/* Who the site is */

/* The first run under a key: its tickets may be stored already, under another one. */
static int warn_of_alias(struct run *run, const char *home, struct error *error)
{
    const char *key;
    if (store_find_alias(run->writer.store, home, &key, &run->arena, error) < 0)
        return -1;
    if (key)
        log_advise(&run->in.log, LOG_WARNING,
                   "to change a key instead of adding a site, see docs/several-sites.md",
                   "the database already holds tickets %s%s: if they are this site's, each will "
                   "be stored twice",
                   *key ? "with site_key = " : "without a site_key", key);
    return 0;
}

static int refuse_site(const struct run *run, enum trust_site who, const struct site_answer *index,
                       struct error *error)
{
    const char *before = run->before.home ? run->before.home : run->before.address;
    if (who == TRUST_SITE_OTHER)
        return error_advise(error, ERR_REFUSED,
                            "if the site has moved, run once with --accept-site; if it is a second "
                            "site, give it a site_key of its own",
                            "this is another site than last time: %s, before %s (nothing was "
                            "written)",
                            index->index.home, before);
    return error_advise(error, index->error.code == ERR_UNAVAILABLE ? ERR_UNAVAILABLE : ERR_REFUSED,
                        "let the index of the REST API (/wp-json/) through to this user, or, if "
                        "the site is the right one, run once with --accept-site",
                        "that this is the same site as last time (%s) cannot be confirmed: its "
                        "address has changed, and %s",
                        before,
                        index->error.code ? index->error.message : "its index names no home");
}

struct known_site {
    const char *home, *address;
    bool other;
};

static int save_site(struct writer *w, void *context, struct error *error)
{
    const struct known_site *site = context;
    return store_know_site(w->store, site->home, site->address, site->other, error);
}

/* Records who the site is, before any of its tickets is stored. */
static int record_site(struct run *run, bool other, struct error *error)
{
    struct state *before = &run->before, *now = &run->next;
    bool same = before->address && text_same(before->address, now->address) &&
                text_same(before->home, now->home);
    if (other)
        before->last_full_walk = before->walk.started = 0;
    before->home = now->home;
    before->address = now->address;
    struct known_site site = {now->home, now->address, other};
    return same || run->in.options->dry_run
               ? 0
               : writer_transaction(&run->writer, save_site, &site, error);
}

int identity_check(struct run *run, struct site_answer **index, struct error *error)
{
    if (site_ask_private_index(run->site, index, error) < 0)
        return -1;
    bool told = site_tells_home(*index);
    struct trust_identity before = {run->before.home, run->before.address},
                          now = {told ? (*index)->index.home : NULL, run->in.config->site.url};
    enum trust_site who = trust_site(before, now);
    bool other = who == TRUST_SITE_OTHER || who == TRUST_SITE_UNCONFIRMED;
    if (other && !run->in.options->accept_site)
        return refuse_site(run, who, *index, error);
    if (told && who == TRUST_SITE_FIRST && warn_of_alias(run, now.home, error) < 0)
        return -1;
    if (told)
        run->next.home = arena_copy(&run->arena, now.home, strlen(now.home));
    else if (other)
        run->next.home = NULL;
    run->next.address = now.address;
    if (told && !run->next.home)
        return error_no_memory(error);
    return record_site(run, other, error);
}

/* Zones and mapping rules */

static int open_zones(struct run *run, const struct site_answer *index, struct error *error)
{
    const struct zones_facts facts = {.index = &index->error,
                                      .timezone_string = index->index.timezone_string,
                                      .gmt_offset = index->index.gmt_offset,
                                      .before = run->before.zone,
                                      .before_told = run->before.zone_told,
                                      .configured = run->in.config->timezone};
    struct zones *zones = &run->basis.zones;
    if (zones_open(zones, &facts, error) < 0)
        return -1;
    if (!zones->told_now)
        log_write(&run->in.log, LOG_WARNING,
                  "the index of the site's REST API gave no time zone; using %s", zones->name);
    run->next.zone_told = zones->told;
    run->next.zone = zones->name;
    return 0;
}

/* What the next run is compared with: a walk follows another mapping, or other conversations, as
 * only the list shows which there are. */
static void print_config_hash(const struct run_basis *basis, char hash[HASH_SIZE])
{
    if (basis->conversations.mode == CONVERSATIONS_NONE)
        memcpy(hash, basis->rules.config_hash, HASH_SIZE);
    else
        snprintf(hash, HASH_SIZE, "%.*s%s", MAPPING_DIGITS, basis->rules.config_hash,
                 basis->conversations.digest);
}

static int prepare_rules(struct run *run, struct error *error)
{
    struct run_basis *basis = &run->basis;
    const struct config *c = run->in.config;
    basis->rules = (struct map_rules){.mapping = &c->mapping,
                                      .set = c->rules,
                                      .scope = &basis->scope,
                                      .site_key = c->site_key,
                                      .schema = &basis->schema,
                                      .site = basis->zones.site,
                                      .target = basis->zones.tables,
                                      .once = c->local_edits == EDITS_ONCE,
                                      .binary_json = db_binary_json(run->writer.db)};
    map_hash_config(&basis->rules);
    basis->conversations = (struct conversation_rules){.mode = c->conversations,
                                                       .drop = &c->mapping.drop,
                                                       .site = basis->zones.site,
                                                       .target = basis->zones.tables};
    conversation_begin(&basis->conversations);
    print_config_hash(basis, run->next.config_hash);
    basis->reconfigured =
        strncmp(run->before.config_hash, basis->rules.config_hash, MAPPING_DIGITS) != 0;
    return basis->rules.config_hash[0] ? 0 : error_no_memory(error);
}

int identity_prepare_basis(struct run *run, const struct site_answer *index, struct error *error)
{
    return open_zones(run, index, error) < 0 ? -1 : prepare_rules(run, error);
}
