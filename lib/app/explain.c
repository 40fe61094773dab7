/* explain: evaluates each rule for a ticket of the site, and looks up what is stored of it. */
#include "app/explain.h"

#include <inttypes.h>
#include <string.h>

#include "core/map.h"
#include "core/merge_base.h"
#include "core/zones.h"
#include "site/site.h"
#include "store/request_schema.h"
#include "store/requests.h"
#include "store/state.h"
#include "store/tickets.h"

enum { STEPS_MAX = 512 };

/* What is opened for it. */
struct explaining {
    const struct explain_input *in;
    struct explain *to;
    struct store *store;
    struct state state;
    struct site *site;
    struct site_answer *index, *found;
    struct zones zones;
    struct request_schema schema;
    struct map_rules rules;
    struct explain_column *column; /* whose rule is evaluated */
};

/* The tables */

static int read_tables(struct explaining *x, struct error *error)
{
    const struct config *c = x->in->config;
    struct findings beside;
    struct dashboard requests;
    if (store_open(&x->store, x->in->db, c->site_key, true, error) < 0 ||
        store_read_state(x->store, &x->state, &beside, &x->to->arena, error) < 0 ||
        store_request_schema(x->store, &c->mapping.fields, &x->schema, &requests, error) < 0)
        return -1;
    return store_ticket_fields(x->store, &c->mapping.ticket_fields, &x->schema, error);
}

/* The site */

static int open_site(struct explaining *x, struct error *error)
{
    const struct explain_input *in = x->in;
    struct site_options options = in->config->site;
    options.connections = 1;
    options.user_agent = arena_printf(&x->to->arena, "fluent-sync/%s", in->version);
    options.log_bodies = in->log_bodies;
    options.known = x->state.home != NULL;
    options.form = (enum site_form)x->state.url_form;
    options.drop = &in->config->mapping.drop;
    return site_open(&x->site, &options, in->limits, in->log, error);
}

static int open_zones(struct explaining *x, struct error *error)
{
    const struct zones_facts facts = {.index = &x->index->error,
                                      .timezone_string = x->index->index.timezone_string,
                                      .gmt_offset = x->index->index.gmt_offset,
                                      .before = x->state.zone,
                                      .before_told = x->state.zone_told,
                                      .configured = x->in->config->timezone};
    return zones_open(&x->zones, &facts, error);
}

/* The ticket, as the list has it; NULL: it does not. */
static const struct ticket *ticket_of(const struct explaining *x)
{
    return page_ticket(&x->found->page, x->in->ticket);
}

static int ask_site(struct explaining *x, struct error *error)
{
    const struct site_request index = {.what = SITE_INDEX},
                              search = {.what = SITE_SEARCH, .ticket = x->in->ticket};
    if (open_site(x, error) < 0 || site_exchange(x->site, &index, &x->index, error) < 0 ||
        site_ask_private_index(x->site, &x->index, error) < 0 || open_zones(x, error) < 0 ||
        site_get(x->site, &search, &x->found, error) < 0)
        return -1;
    if (!ticket_of(x))
        return error_set(error, ERR_USAGE, "the site lists no ticket %" PRId64, x->in->ticket);
    return 0;
}

/* The rules */

static const char *copy(struct explaining *x, struct cell cell)
{
    return cell.text ? arena_copy(&x->to->arena, cell.text, cell.len) : NULL;
}

static void take_step(void *context, const char *what, int depth, struct cell value)
{
    struct explaining *x = context;
    struct explain_column *column = x->column;
    if (column->count < STEPS_MAX)
        column->steps[column->count++] = (struct explain_step){
            copy(x, (struct cell){what, strlen(what)}), depth, copy(x, value)};
}

static int add_column(struct explaining *x, const struct map_column *column, struct row *row,
                      struct error *error)
{
    struct explain_step steps[STEPS_MAX];
    struct explain_column *to = &x->to->columns[x->to->count++];
    struct arena *arena = &x->to->arena;
    *to = (struct explain_column){.table = column->table,
                                  .name = column->field->name,
                                  .rule = column->rule->text,
                                  .built_in = !column->rule->line,
                                  .steps = steps};
    x->column = to;
    const struct map_trace trace = {take_step, x};
    if (map_one(&x->rules, ticket_of(x), column, &trace, arena, row) < 0)
        return error_no_memory(error);
    to->name = arena_copy(arena, to->name, strlen(to->name));
    to->value = column->cell->text;
    to->reject = row->reject;
    row->reject = NULL;
    to->steps = arena_alloc(arena, (to->count + 1) * sizeof *steps);
    if (arena->failed)
        return error_no_memory(error);
    memcpy(to->steps, steps, to->count * sizeof *steps);
    return 0;
}

static int evaluate(struct explaining *x, struct row *row, struct error *error)
{
    struct arena *arena = &x->to->arena;
    struct map_column column;
    int outcome = map_identity(&x->rules, ticket_of(x), arena, row, error);
    if (outcome == MAP_REJECT)
        return error_set(error, ERR_PARTIAL, "ticket %" PRId64 " is a reject: %s", x->in->ticket,
                         row->reject);
    x->to->columns =
        arena_alloc(arena, (REQUEST_COLUMNS_MAX + TICKET_FIELDS_MAX) * sizeof *x->to->columns);
    if (outcome < 0 || !x->to->columns)
        return error_no_memory(error);
    for (size_t i = 0; map_column_at(&x->rules, row, i, &column); i++)
        if (add_column(x, &column, row, error) < 0)
            return -1;
    return 0;
}

/* What is stored */

static enum explain_writer writer_of(struct merge_base base, struct cell ours)
{
    if (!base.held.known)
        return EXPLAIN_UNKNOWN;
    return merge_edited(base, ours) ? EXPLAIN_PERSON : EXPLAIN_PROGRAM;
}

static int look_up_request(struct explaining *x, int64_t id, struct error *error)
{
    struct request_ids ids = {&x->schema, &id, 1};
    struct stored_requests found;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    if (store_lookup_requests(x->store, &ids, REQUEST_AS_SEEN, &found, &x->to->arena, error) < 0)
        return -1;
    if (!found.count || !found.rows[0].present)
        return 0;
    if (merge_base_read(&x->schema, found.rows[0].base, bases, &x->to->arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < x->schema.count; f++) {
        x->to->columns[f].stored = found.rows[0].columns[f].text;
        x->to->columns[f].writer = writer_of(bases[f], found.rows[0].columns[f]);
    }
    return 0;
}

static int look_up(struct explaining *x, const struct row *row, struct error *error)
{
    const char *ids[] = {row->fluent_id};
    struct stored_list stored;
    struct cell cells[TICKET_FIELDS_MAX] = {{0}};
    if (store_lookup(x->store, ids, 1, &stored, &x->to->arena, error) < 0)
        return -1;
    if (!stored.count)
        return 0;
    if (store_read_ticket_fields(x->store, stored.rows[0].id, &x->schema, cells, &x->to->arena,
                                 error) < 0)
        return -1;
    for (size_t f = 0; f < x->schema.ticket_field_count; f++) {
        x->to->columns[x->schema.count + f].stored = cells[f].text;
        x->to->columns[x->schema.count + f].writer = EXPLAIN_PROGRAM;
    }
    return look_up_request(x, stored.rows[0].id, error);
}

static int explain(struct explaining *x, struct error *error)
{
    struct row row;
    if (read_tables(x, error) < 0 || ask_site(x, error) < 0)
        return -1;
    x->rules = (struct map_rules){.mapping = &x->in->config->mapping,
                                  .set = x->in->config->rules,
                                  .scope = &x->in->config->scope,
                                  .site_key = x->in->config->site_key,
                                  .schema = &x->schema,
                                  .site = x->zones.site,
                                  .target = x->zones.tables};
    map_hash_config(&x->rules);
    if (map_check(&x->rules, error) < 0 || evaluate(x, &row, error) < 0)
        return -1;
    return look_up(x, &row, error);
}

int explain_ticket(struct explain *to, const struct explain_input *in, struct error *error)
{
    struct explaining x = {.in = in, .to = to};
    *to = (struct explain){.count = 0};
    int done = explain(&x, error);
    site_answer_free(x.index);
    site_answer_free(x.found);
    site_close(x.site);
    zones_close(&x.zones);
    store_close(x.store);
    return done;
}

void explain_release(struct explain *explain)
{
    arena_release(&explain->arena);
}
