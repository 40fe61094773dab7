/* context: opens the database and the site, once for all subjects. */
#include "check/context.h"

#include "store/migrate.h"

enum {
    HEAD_ROWS = 100,
    RETRIES_MAX = 2, /* enough to get past a brief failure */
    PATIENCE_MS = 5000,
};

bool check_ended(const struct check *c)
{
    return c->error->code != ERR_NONE;
}

void check_open_database(struct check *c)
{
    const struct config *config = c->config;
    struct error ignored = ERROR_INIT; /* sync.lease reports it */
    struct findings beside;
    c->mysql = config->mysql;
    c->mysql.limits = c->limits;
    c->mysql.probe = MIGRATE_PROBE;
    if (db_open(&c->db, &c->mysql, 0, c->log, &c->db_error) == 0 &&
        migrate_check(c->db, &c->schema_error) == 0 &&
        store_open(&c->store, c->db, config->site_key, true, c->error) == 0)
        store_read_state(c->store, &c->state, &beside, &c->arena, &ignored);
}

struct site_answer *check_ask(struct check *c, const struct site_request *request)
{
    struct site_answer *answer = NULL;
    return site_exchange(c->site, request, &answer, c->error) < 0 ? NULL : answer;
}

static int open_site(struct check *c)
{
    struct site_options options = c->config->site;
    options.connections = 1;
    if (options.retries > RETRIES_MAX)
        options.retries = RETRIES_MAX;
    options.patience_ms = PATIENCE_MS;
    options.user_agent = arena_printf(&c->arena, "fluent-sync/%s", c->options->version);
    options.log_bodies = c->options->log_bodies;
    options.certificates = true;
    options.known = c->state.home != NULL;
    options.form = (enum site_form)c->state.url_form;
    return site_open(&c->site, &options, c->limits, c->log, c->error);
}

bool check_no_answer(const struct check *c)
{
    return c->index->error.code && !c->index->status;
}

static void open_zones(struct check *c)
{
    const struct zones_facts facts = {.index = &c->index->error,
                                      .timezone_string = c->index->index.timezone_string,
                                      .gmt_offset = c->index->index.gmt_offset,
                                      .before = c->state.zone,
                                      .before_told = c->state.zone_told,
                                      .configured = c->config->timezone};
    zones_open(&c->zones, &facts, &c->zones_error);
}

void check_open_site(struct check *c)
{
    static const struct site_request index = {.what = SITE_INDEX}, me = {.what = SITE_ME},
                                     head = {.what = SITE_RECENT, .page = 1, .per_page = HEAD_ROWS};
    if (open_site(c) < 0 || !(c->index = check_ask(c, &index)) ||
        site_ask_private_index(c->site, &c->index, c->error) < 0)
        return;
    open_zones(c);
    if (check_no_answer(c))
        return;
    c->head = check_ask(c, &head);
    if (c->head)
        c->me = check_ask(c, &me);
}

struct map_rules check_rules(const struct check *c, const struct request_schema *schema)
{
    struct map_rules rules = {.mapping = &c->config->mapping,
                              .set = c->config->rules,
                              .scope = &c->config->scope,
                              .site_key = c->config->site_key,
                              .schema = schema,
                              .site = c->zones.site,
                              .target = c->zones.tables};
    map_hash_config(&rules);
    return rules;
}

void check_close(struct check *c)
{
    site_answer_free(c->index);
    site_answer_free(c->me);
    site_answer_free(c->head);
    site_close(c->site);
    store_close(c->store);
    db_close(c->db);
    zones_close(&c->zones);
    arena_release(&c->arena);
}
