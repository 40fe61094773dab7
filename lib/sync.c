/* sync: a run from its beginning to its end. */
#include "sync.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "migrate.h"
#include "sync_private.h"

enum {
    TRIES_MAX = 6,
    FIRST_PAUSE_MS = 100,
    HEAD_ROWS = 100,
    BODY_MAX = 64 << 20,
    TICKET_WAIT_MS = 60 * 1000,
};

void sync_doubt(struct run *run, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_printf(&run->doubts, "%s%s", run->doubts.len ? "\n" : "", text);
}

/* Transactions */

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static int try_once(struct run *run, sync_body *body, void *context, struct error *error)
{
    if (db_lost(run->db) && db_reconnect(run->db, error) < 0)
        return -1;
    if (store_begin(run->store, error) < 0)
        return -1;
    if (body(run, context, error) == 0 && store_commit(run->store, error) == 0)
        return 0;
    store_rollback(run->store);
    return -1;
}

/* 1062: another session's commit came in between, perhaps our own lost one. */
static bool worth_again(const struct run *run, const struct error *error)
{
    enum db_failure failure = db_failure(run->db);
    return error->code == ERR_DATABASE &&
           (failure == DB_FAILURE_RETRY || failure == DB_FAILURE_DUPLICATE || db_lost(run->db));
}

int sync_transaction(struct run *run, sync_body *body, void *context, struct error *error)
{
    struct error why = ERROR_INIT;
    for (int i = 0; i < TRIES_MAX; i++) {
        error_clear(&why);
        if (try_once(run, body, context, &why) == 0) {
            run->heartbeat_due = clock_monotonic_ms() + run->config->lease_s * 1000 / 6;
            return 0;
        }
        if (!worth_again(run, &why) || limits_check(run->limits, error) < 0)
            break;
        log_write(&run->log, LOG_INFO, "the transaction is tried again: %s", why.message);
        pause_ms((int64_t)FIRST_PAUSE_MS << i);
    }
    return error_set(error, why.code, "%s", why.message);
}

/* Renews the lease while the site is waited for. */
static int heartbeat(void *context, struct error *error)
{
    struct run *run = context;
    int64_t now = clock_monotonic_ms();
    if (run->options->dry_run || now < run->heartbeat_due)
        return 0;
    run->heartbeat_due = now + run->config->lease_s * 1000 / 6;
    return store_renew(run->store, error);
}

/* Opening */

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
    return error_set(error, why.code, "%s", why.message);
}

static int start_row(struct run *run, void *context, struct error *error)
{
    (void)context;
    return store_start_run(run->store, &run->row, error);
}

/* A run of single tickets waits for the lease; the others say that somebody is at it. */
static int acquire(struct run *run, struct error *error)
{
    int64_t patience = run->options->tickets ? clock_monotonic_ms() + TICKET_WAIT_MS : 0;
    for (;;) {
        struct error why = ERROR_INIT;
        if (store_acquire(run->store, run->config->lease_s, &why) == 0)
            return sync_transaction(run, start_row, NULL, error);
        if (why.code != ERR_BUSY || clock_monotonic_ms() >= patience)
            return error_set(error, why.code, "%s", why.message);
        if (limits_check(run->limits, error) < 0)
            return -1;
        pause_ms(500);
    }
}

static int open_database(struct run *run, struct error *error)
{
    const struct config *c = run->config;
    int session_s = run->options->dry_run ? 0 : c->lease_s;
    if (db_open(&run->db, &c->mysql, session_s, &run->log, error) < 0 ||
        store_open(&run->store, run->db, c->site_key, run->options->dry_run, error) < 0 ||
        check_schema(run, error) < 0)
        return -1;
    if (!run->options->dry_run && acquire(run, error) < 0)
        return -1;
    run->log.run_id = run->row.id;
    int64_t all = 0, waiting = 0;
    struct error ignored = ERROR_INIT;
    run->has_rejects = store_count_rejects(run->store, &all, &waiting, &ignored) == 0 && all > 0;
    if (store_read_state(run->store, &run->state, &run->arena, error) < 0)
        return -1;
    run->next = run->state;
    return store_request_schema(run->store, &c->map_fields, &run->schema, error);
}

static const char **drop_paths(struct run *run)
{
    const struct config_pairs *drop = &run->config->privacy_drop;
    const char **paths = arena_alloc(&run->arena, (drop->count + 1) * sizeof(const char *));
    for (size_t i = 0; paths && i < drop->count; i++)
        paths[i] = drop->items[i].key;
    return paths;
}

static int open_site(struct run *run, struct error *error)
{
    const struct config *c = run->config;
    struct site_options options = {
        .url = c->api_url,
        .http = {.user = c->api_username,
                 .password = &c->api_password,
                 .ca_file = c->ca_file,
                 .proxy = c->proxy,
                 .user_agent = arena_printf(&run->arena, "fluent-sync/%s", run->options->version),
                 .connections = c->connections,
                 .requests_per_second = c->requests_per_second,
                 .timeout_s = c->timeout_s,
                 .body_max = BODY_MAX,
                 .log_bodies = run->options->log_bodies},
        .retries = c->retries,
        .known = run->state.home != NULL,
        .form = (enum site_form)run->state.url_form,
        .drop = drop_paths(run),
        .drops = c->privacy_drop.count,
        .tick = heartbeat,
        .tick_context = run,
    };
    return site_open(&run->site, &options, run->limits, &run->log, error);
}

/* The site: who it is, and what its time zone is */

static int check_home(struct run *run, const char *home, struct error *error)
{
    const char *before = run->state.home;
    if (before && home && strcmp(before, home) != 0 && !run->options->accept_site)
        return error_set(error, ERR_REFUSED,
                         "this is another site than last time: %s, before %s. Nothing was written. "
                         "If the site has moved, run once with --accept-site; if it is a second "
                         "site, give it a site_key of its own",
                         home, before);
    if (home)
        run->next.home = arena_copy(&run->arena, home, strlen(home));
    return 0;
}

/* Without the index (some sites close it) the zone of last time serves, or the configured one. */
static int site_zone_name(struct run *run, const struct site_answer *index, char *name, size_t size,
                          struct error *error)
{
    const char *configured = run->config->timezone;
    bool fixed = strcmp(configured, "site") != 0;
    if (index->error.code == ERR_NONE &&
        (index->index.timezone_string || !isnan(index->index.gmt_offset)))
        return zone_site_name(name, size, index->index.timezone_string, index->index.gmt_offset,
                              error);
    if (!run->state.zone && !fixed)
        return error_set(error, index->error.code ? index->error.code : ERR_UNAVAILABLE,
                         "the site's time zone is not known: %s; set [sync] timezone to the site's "
                         "zone to do without",
                         index->error.code ? index->error.message
                                           : "the index of its REST API does not tell");
    snprintf(name, size, "%s", run->state.zone ? run->state.zone : configured);
    log_write(&run->log, LOG_WARNING,
              "the index of the site's REST API gave no time zone; using %s", name);
    return 0;
}

static int open_zones(struct run *run, const struct site_answer *index, struct error *error)
{
    char name[128];
    const char *configured = run->config->timezone;
    if (site_zone_name(run, index, name, sizeof name, error) < 0 ||
        zone_open(&run->site_zone, name, error) < 0)
        return -1;
    if (zone_open(&run->target_zone, strcmp(configured, "site") == 0 ? name : configured, error) <
        0)
        return -1;
    run->next.zone = arena_copy(&run->arena, name, strlen(name));
    return 0;
}

static int prepare_rules(struct run *run, struct error *error)
{
    run->rules = (struct map_rules){.config = run->config,
                                    .schema = &run->schema,
                                    .site = run->site_zone,
                                    .target = run->target_zone};
    map_seed(&run->rules);
    memcpy(run->next.config_hash, run->rules.seed, sizeof run->next.config_hash);
    return map_check(&run->rules, error);
}

/* The head page */

static int64_t instant_of(const struct run *run, const struct ticket *t)
{
    int64_t instant = 0;
    return zone_parse(run->site_zone, t->updated_at, &instant) ? instant : 0;
}

static struct plan_head read_head(const struct run *run, const struct site_answer *a)
{
    const struct page *page = &a->page;
    struct plan_head head = {.rows = (int64_t)page->count,
                             .asked = a->request.per_page,
                             .total = page->total,
                             .date = a->date};
    if (page->count) {
        head.newest = instant_of(run, &page->tickets[0]);
        head.oldest = instant_of(run, &page->tickets[page->count - 1]);
    }
    for (size_t i = 0; i < page->count; i++) {
        int64_t id = page->tickets[i].id;
        head.max_id = id > head.max_id ? id : head.max_id;
        head.new_ids += id > run->state.max_id;
    }
    return head;
}

void sync_set_mode(struct run *run, const char *mode)
{
    snprintf(run->report->mode, sizeof run->report->mode, "%s", mode);
    run->row.mode = run->report->mode;
}

/* What the API user may see; only asked for on full walks. Not being told is no reason to fail. */
static int ask_me(struct run *run, struct error *error)
{
    struct site_request request = {.what = SITE_ME};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct error why = ERROR_INIT;
    if (site_get(run->site, &request, &answer, &why) < 0)
        return limits_check(run->limits, error);
    run->row.sees_all = answer->sees_all ? SEES_ALL : SEES_PART;
    if (!answer->sees_all)
        log_write(&run->log, LOG_WARNING,
                  "the API user %s sees only a part of the tickets: it "
                  "lacks the permission \"manage other tickets\"",
                  run->config->api_username);
    return 0;
}

static int run_incremental(struct run *run, const struct site_answer *head,
                           const struct plan_head *facts, struct error *error)
{
    sync_set_mode(run, "incremental");
    log_write(&run->log, LOG_INFO, "incremental: the newest %" PRId64 " tickets hold every change",
              facts->rows);
    if (sync_store_page(run, &head->page, NULL, false, error) < 0)
        return -1;
    if (facts->total == run->state.total + facts->new_ids) {
        run->next.total = facts->total;
        run->next.max_id = facts->max_id > run->state.max_id ? facts->max_id : run->state.max_id;
    }
    run->next.watermark = plan_watermark(facts);
    run->row.complete = true;
    return 0;
}

static int run_walk(struct run *run, const struct plan_facts *facts, const char *why,
                    bool for_total, struct error *error)
{
    sync_set_mode(run, "full");
    run->walking = true;
    log_write(&run->log, LOG_INFO, "full walk: %s", why);
    bool complete;
    if (ask_me(run, error) < 0 || sync_walk(run, facts, &complete, error) < 0)
        return -1;
    run->row.complete = complete;
    if (!complete)
        return 0;
    if (!run->options->dry_run &&
        (sync_find_missing(run, error) < 0 ||
         store_clear_nameless(run->store, run->state.walk.started, error) < 0))
        return -1;
    run->next.watermark = run->state.walk.watermark;
    run->next.total = run->state.walk.total < 0 ? 0 : run->state.walk.total;
    run->next.max_id = run->state.walk.max_id < 0 ? 0 : run->state.walk.max_id;
    run->next.last_full_walk = run->state.walk.started;
    if (for_total)
        run->next.last_total_walk = facts->now;
    return 0;
}

static int follow_plan(struct run *run, struct site_answer *head, struct error *error)
{
    struct plan_facts facts = {.state = &run->state,
                               .scope = &run->config->scope,
                               .config_hash = run->rules.seed,
                               .zone = run->next.zone,
                               .full_every_s = run->config->full_every_s,
                               .full = run->options->full || run->options->adopt,
                               .now = clock_wall_ms() / 1000,
                               .head = read_head(run, head),
                               .head_max = run->config->per_page};
    const char *why;
    bool for_total;
    enum plan plan = plan_run(&facts, &why, &for_total);
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *larger = NULL;
    if (plan == PLAN_LARGER_HEAD) {
        struct site_request request = {
            .what = SITE_RECENT, .page = 1, .per_page = run->config->per_page};
        if (site_get(run->site, &request, &larger, error) < 0)
            return -1;
        head = larger ? larger : head;
        facts.head = read_head(run, head);
        plan = plan_run(&facts, &why, &for_total);
    }
    if (plan == PLAN_INCREMENTAL)
        return run_incremental(run, head, &facts.head, error);
    return run_walk(run, &facts, why, for_total, error);
}

/* Index and head in parallel. */
static int ask_both(struct run *run, struct site_answer **index, struct site_answer **head,
                    struct error *error)
{
    struct site_request requests[] = {
        {.what = SITE_INDEX},
        {.what = SITE_RECENT, .page = 1, .per_page = HEAD_ROWS},
    };
    size_t count = run->options->tickets ? 1 : 2;
    for (size_t i = 0; i < count; i++)
        if (site_ask(run->site, &requests[i], error) < 0)
            return -1;
    for (size_t i = 0; i < count; i++) {
        struct site_answer *answer;
        if (site_wait(run->site, &answer, error) < 0)
            return -1;
        if (answer && answer->request.what == SITE_INDEX)
            *index = answer;
        else
            *head = answer;
    }
    if (!*index || (count == 2 && !*head))
        return error_set(error, ERR_INTERNAL, "the site's answers got lost");
    if (*head && (*head)->error.code != ERR_NONE)
        return error_set(error, (*head)->error.code, "%s", (*head)->error.message);
    return 0;
}

static int do_run(struct run *run, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *index = NULL;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *head = NULL;
    if (open_site(run, error) < 0 || ask_both(run, &index, &head, error) < 0 ||
        check_home(run, index->error.code == ERR_NONE ? index->index.home : NULL, error) < 0 ||
        open_zones(run, index, error) < 0 || prepare_rules(run, error) < 0)
        return -1;
    run->next.api_user = run->config->api_username;
    run->report->counted = true;
    int done;
    if (!head) { /* --ticket: nothing else was asked for */
        sync_set_mode(run, "tickets");
        run->row.complete = true;
        done = sync_named_tickets(run, error);
    } else {
        done = follow_plan(run, head, error);
        if (done == 0)
            done = sync_retry_rejects(run, error);
    }
    run->next.url_form = (int)site_form(run->site);
    return done;
}

/* The end */

struct ending {
    enum run_status status;
    const struct state *state;
    bool walked;
};

static int finish(struct run *run, void *context, struct error *error)
{
    const struct ending *e = context;
    return store_finish_run(run->store, &run->row, e->status, e->state, e->walked,
                            run->config->keep_runs, error);
}

static void count_doubts(struct run *run)
{
    int64_t all = 0, waiting = 0;
    struct error ignored = ERROR_INIT;
    if (run->options->dry_run)
        waiting = run->row.counts.rejected;
    else
        store_count_rejects(run->store, &all, &waiting, &ignored);
    if (waiting)
        sync_doubt(run, "%" PRId64 " ticket%s cannot be stored: see `fluent-sync rejects`", waiting,
                   waiting == 1 ? "" : "s");
}

static void fill_row(struct run *run, const struct error *error)
{
    struct run_row *row = &run->row;
    row->counts = tally_counts(&run->tally);
    row->api_requests = run->site ? site_requests(run->site) : 0;
    row->api_bytes = run->site ? site_bytes(run->site) : 0;
    row->duration_ms = clock_monotonic_ms() - run->started;
    row->exit_code = (int)error->code;
    row->complete = row->complete && error->code == ERR_NONE;
    snprintf(run->report->message, sizeof run->report->message, "%s",
             error->code == ERR_NONE ? "" : error->message);
    row->message = error->code == ERR_NONE ? NULL : run->report->message;
}

/* Writes the last word. The run's own error outlives whatever goes wrong here. */
static void end_run(struct run *run, bool through, struct error *error)
{
    if (through) {
        count_doubts(run);
        if (run->doubts.len)
            error_set(error, ERR_PARTIAL, "%s", buf_text(&run->doubts));
    }
    bool walked_through = through && run->row.complete && run->walking;
    bool state_moves = through && run->row.complete && !run->options->tickets;
    fill_row(run, error);
    struct ending ending = {.state = state_moves ? &run->next : NULL,
                            .walked = walked_through || (through && run->walking)};
    ending.status = error->code == ERR_NONE      ? RUN_SUCCESS
                    : error->code == ERR_PARTIAL ? RUN_PARTIAL
                                                 : RUN_FAILED;
    if (run->row.id) {
        static const struct limits patient = {.deadline_ms = INT64_MAX};
        struct error why = ERROR_INIT;
        run->limits = &patient;
        if (sync_transaction(run, finish, &ending, &why) < 0)
            error_set(error, why.code, "%s", why.message);
        else if (state_moves)
            run->report->last_full_walk = run->next.last_full_walk;
    }
}

static void close_run(struct run *run)
{
    store_release(run->store);
    site_close(run->site);
    store_close(run->store);
    db_close(run->db);
    zone_close(run->site_zone);
    zone_close(run->target_zone);
    tally_release(&run->tally);
    buf_release(&run->scope);
    buf_release(&run->doubts);
    arena_release(&run->arena);
}

int sync_run(const struct config *config, const struct sync_options *options,
             const struct limits *limits, const struct log *log, struct sync_report *report,
             struct error *error)
{
    struct run run = {.config = config,
                      .options = options,
                      .limits = limits,
                      .log = *log,
                      .report = report,
                      .started = clock_monotonic_ms()};
    *report = (struct sync_report){0};
    snprintf(report->date_filter, sizeof report->date_filter, "%s", config->scope.since);
    run.row.date_filter = report->date_filter;
    run.row.version = options->version;
    buf_init(&run.scope, 1 << 16);
    buf_init(&run.doubts, ERROR_MESSAGE_MAX);
    bool through = scope_print(&config->scope, &run.scope) == 0 || error_no_memory(error) == 0;
    run.next.scope = buf_text(&run.scope);
    if (through)
        through = open_database(&run, error) == 0;
    if (through) {
        run.report->last_full_walk = run.state.last_full_walk;
        run.next.scope = buf_text(&run.scope);
        through = do_run(&run, error) == 0;
    }
    end_run(&run, through, error);
    report->run = run.row;
    report->run.mode = report->mode[0] ? report->mode : NULL;
    report->run.date_filter = report->date_filter;
    report->run.message = report->message[0] ? report->message : NULL;
    close_run(&run);
    return error->code == ERR_NONE ? 0 : -1;
}
