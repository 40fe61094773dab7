/* sync_open: the database and its lease, the site and who it is, time zones and mapping rules. */
#include <stdio.h>
#include <string.h>

#include "core/trust.h"
#include "core/zones.h"
#include "run/sync_private.h"
#include "store/migrate.h"

enum {
    TICKET_WAIT_MS = 60 * 1000,
    LEASE_POLL_MS = 500,
    DAY_S = 24 * 3600,
};

static int nothing_more(struct run *run, void *context, struct error *error)
{
    (void)run;
    (void)context;
    (void)error;
    return 0;
}

/* Now and then while the site is waited for: renews the lease, as every transaction does that
 * begins. */
static int heartbeat(void *context, struct error *error)
{
    struct run *run = context;
    int64_t now = clock_monotonic_ms(), every = (int64_t)run->config->lease_s * 1000 / 6;
    sync_tell_progress(run);
    if (run->options->dry_run || (sync_storing(run) && now < run->behind_since + every))
        return 0;
    if (sync_settle(run, error) < 0 || (sync_proofs_due(run) && sync_proofs_save(run, error) < 0))
        return -1;
    return now < run->heartbeat_due ? 0 : sync_transaction(run, nothing_more, NULL, error);
}

static int check_schema(struct run *run, struct error *error)
{
    struct error why = ERROR_INIT;
    if (migrate_check(run->db, &why) == 0)
        return 0;
    struct error ignored = ERROR_INIT;
    int version = migrate_version(run->db, &ignored);
    if (run->options->dry_run && version >= 0 &&
        version < MIGRATIONS[MIGRATIONS_COUNT - 1].number) {
        log_write(&run->log, LOG_WARNING, "%s; this dry run goes on without", why.message);
        return 0;
    }
    return error_copy(error, &why);
}

/* A run of single tickets waits for the lease; the others say that somebody is at it. */
static int acquire(struct run *run, struct error *error)
{
    int64_t patience = run->options->tickets ? clock_monotonic_ms() + TICKET_WAIT_MS : 0;
    for (;;) {
        struct error why = ERROR_INIT;
        if (store_acquire(run->store, run->config->lease_s, &why) == 0)
            return 0;
        if (why.code != ERR_BUSY || clock_monotonic_ms() >= patience)
            return error_copy(error, &why);
        if (limits_sleep_ms(run->limits, LEASE_POLL_MS, error) < 0)
            return -1;
    }
}

static int close_interrupted(struct run *run, void *context, struct error *error)
{
    (void)context;
    return store_close_interrupted(run->store, error);
}

static int start_row(struct run *run, void *context, struct error *error)
{
    bool *again = context;
    int done = store_start_run(run->store, &run->row, *again, error);
    *again = true;
    return done;
}

static int open_row(struct run *run, const struct findings *found, struct error *error)
{
    bool again = false;
    if (found->interrupted && sync_transaction(run, close_interrupted, NULL, error) < 0)
        return -1;
    if (sync_statement(run, start_row, &again, error) < 0)
        return -1;
    run->log.run_id = run->row.id;
    run->trims = found->oldest_run && run->row.id - found->oldest_run >= run->config->keep_runs;
    return 0;
}

int sync_open_database(struct run *run, struct error *error)
{
    const struct config *c = run->config;
    bool dry = run->options->dry_run;
    struct findings found;
    run->mysql = c->mysql;
    run->mysql.limits = run->limits;
    run->mysql.probe = MIGRATE_PROBE;
    if (db_open(&run->db, &run->mysql, dry ? 0 : c->lease_s, &run->log, error) < 0 ||
        store_open(&run->store, run->db, c->site_key, dry, error) < 0 ||
        check_schema(run, error) < 0 || (!dry && acquire(run, error) < 0) ||
        store_read_state(run->store, &run->state, &found, &run->arena, error) < 0)
        return -1;
    run->has_rejects = found.rejects && !dry;
    run->next = run->state;
    return dry ? 0 : open_row(run, &found, error);
}

const char **sync_drop_paths(struct run *run)
{
    const struct mapping_pairs *drop = &run->config->mapping.drop;
    const char **paths = arena_alloc(&run->arena, (drop->count + 1) * sizeof(const char *));
    for (size_t i = 0; paths && i < drop->count; i++)
        paths[i] = drop->items[i].key;
    return paths;
}

/* A site that has pretty permalinks again answers the other form too; once per full_every it is
 * looked whether it does. */
static bool tries_pretty(const struct run *run)
{
    int64_t every = run->config->full_every_s > 0 ? run->config->full_every_s : DAY_S;
    return run->state.url_form == SITE_FORM_PLAIN &&
           plan_is_old(clock_wall_ms() / 1000, run->state.last_full_walk, every);
}

int sync_open_site(struct run *run, struct error *error)
{
    const struct config *c = run->config;
    struct site_options options = c->site;
    options.user_agent = arena_printf(&run->arena, "fluent-sync/%s", run->options->version);
    options.log_bodies = run->options->log_bodies;
    options.known = run->state.home != NULL;
    options.form = (enum site_form)run->state.url_form;
    options.try_other = tries_pretty(run);
    options.drop = sync_drop_paths(run);
    options.drops = c->mapping.drop.count;
    options.tick = heartbeat;
    options.tick_context = run;
    return site_open(&run->site, &options, run->limits, &run->log, error);
}

/* The site: who it is, and what its time zone is */

/* The first run under a key: its tickets may be here, under another one. */
static int warn_of_alias(struct run *run, const char *home, struct error *error)
{
    const char *key;
    if (store_find_alias(run->store, home, &key, &run->arena, error) < 0)
        return -1;
    if (key)
        log_write(&run->log, LOG_WARNING,
                  "the database already holds tickets %s%s: if they are this site's, each is there "
                  "twice from now on; to change a key instead of adding a site, see "
                  "docs/several-sites.md",
                  *key ? "with site_key = " : "without a site_key", key);
    return 0;
}

/* Some sites show the index only to those logged in. */
static int ask_private_index(struct run *run, struct site_answer **index, struct error *error)
{
    static const struct site_request request = {.what = SITE_LOGIN};
    bool told = (*index)->error.code == ERR_NONE && (*index)->index.home;
    if (told || (*index)->error.code == ERR_UNAVAILABLE)
        return 0;
    struct site_answer *answer = NULL;
    if (site_ask(run->site, &request, error) < 0 || site_wait(run->site, &answer, error) < 0)
        return -1;
    if (answer && answer->error.code == ERR_NONE) {
        site_answer_free(*index);
        *index = answer;
    } else {
        site_answer_free(answer);
    }
    return 0;
}

static int refuse_site(const struct run *run, enum trust_site who, const struct site_answer *index,
                       struct error *error)
{
    const char *before = run->state.home ? run->state.home : run->state.address;
    if (who == TRUST_SITE_OTHER)
        return error_set(error, ERR_REFUSED,
                         "this is another site than last time: %s, before %s. Nothing was written. "
                         "If the site has moved, run once with --accept-site; if it is a second "
                         "site, give it a site_key of its own",
                         index->index.home, before);
    return error_set(error, index->error.code == ERR_UNAVAILABLE ? ERR_UNAVAILABLE : ERR_REFUSED,
                     "whether this is the site of last time (%s) cannot be confirmed: its address "
                     "is another one, and %s. Nothing was written. Let the index of the REST API "
                     "(/wp-json/) through to this user, or, if the site is the right one, run once "
                     "with --accept-site",
                     before, index->error.code ? index->error.message : "its index names no home");
}

static int save_site(struct run *run, void *context, struct error *error)
{
    const bool *other = context;
    return store_know_site(run->store, run->next.home, run->next.address, *other, error);
}

/* Records who the site is before any of its tickets is stored. */
static int know_site(struct run *run, bool other, struct error *error)
{
    struct state *before = &run->state, *now = &run->next;
    bool same = before->address && strcmp(before->address, now->address) == 0 &&
                (before->home == now->home ||
                 (before->home && now->home && strcmp(before->home, now->home) == 0));
    if (other)
        before->last_full_walk = before->walk.started = 0;
    before->home = now->home;
    before->address = now->address;
    return same || run->options->dry_run ? 0 : sync_transaction(run, save_site, &other, error);
}

int sync_check_site(struct run *run, struct site_answer **index, struct error *error)
{
    if (ask_private_index(run, index, error) < 0)
        return -1;
    bool told = (*index)->error.code == ERR_NONE && (*index)->index.home;
    struct trust_identity before = {run->state.home, run->state.address},
                          now = {told ? (*index)->index.home : NULL, run->config->site.url};
    enum trust_site who = trust_site(before, now);
    bool other = who == TRUST_SITE_OTHER || who == TRUST_SITE_UNCONFIRMED;
    if (other && !run->options->accept_site)
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
    return know_site(run, other, error);
}

int sync_open_zones(struct run *run, const struct site_answer *index, struct error *error)
{
    const struct zones_facts facts = {.index = &index->error,
                                      .timezone_string = index->index.timezone_string,
                                      .gmt_offset = index->index.gmt_offset,
                                      .before = run->state.zone,
                                      .before_told = run->state.zone_told,
                                      .configured = run->config->timezone};
    struct zones zones;
    if (zones_open(&zones, &facts, error) < 0)
        return -1;
    if (!zones.told_now)
        log_write(&run->log, LOG_WARNING,
                  "the index of the site's REST API gave no time zone; using %s", zones.name);
    run->site_zone = zones.site;
    run->target_zone = zones.tables;
    run->next.zone_told = zones.told;
    run->next.zone = arena_copy(&run->arena, zones.name, strlen(zones.name));
    return 0;
}

int sync_prepare_rules(struct run *run, struct error *error)
{
    run->rules = (struct map_rules){.mapping = &run->config->mapping,
                                    .scope = &run->config->scope,
                                    .site_key = run->config->site_key,
                                    .schema = &run->schema,
                                    .site = run->site_zone,
                                    .target = run->target_zone,
                                    .binary_json = db_binary_json(run->db)};
    map_seed(&run->rules);
    memcpy(run->next.config_hash, run->rules.seed, sizeof run->next.config_hash);
    return run->rules.seed[0] ? 0 : error_no_memory(error);
}

int sync_need_schema(struct run *run, struct error *error)
{
    if (run->schema.count)
        return 0;
    if (store_check_requests(run->store, error) < 0 ||
        store_request_schema(run->store, &run->config->mapping.fields, &run->schema, error) < 0 ||
        map_check(&run->rules, error) < 0) {
        run->schema.count = 0;
        return -1;
    }
    return 0;
}
