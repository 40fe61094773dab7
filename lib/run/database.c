/* database: connecting, the lease, the state and the run's row. */
#include "run/database.h"

#include "store/migrate.h"

enum { TICKET_WAIT_MS = 60 * 1000, LEASE_POLL_MS = 500 };

/* A dry run can do without what is missing. */
static int look(struct run *run, struct findings *found, struct error *error)
{
    const struct writer *w = &run->writer;
    struct error why = ERROR_INIT, ignored = ERROR_INIT;
    if (migrate_check(w->db, &why) < 0) {
        int version = migrate_version(w->db, &ignored);
        if (version < 0 || version > MIGRATIONS[MIGRATIONS_COUNT - 1].number)
            return error_copy(error, &why);
        log_advise(&w->in->log, LOG_WARNING, why.advice, "%s; this dry run goes on without them",
                   why.message);
    }
    return store_read_state(w->store, &run->before, found, &run->arena, error);
}

/* A run of single tickets waits for the lease; the others say that another run is active. */
static int take(struct run *run, struct findings *found, struct error *error)
{
    const struct writer *w = &run->writer;
    int64_t patience = w->in->options->tickets ? clock_monotonic_ms() + TICKET_WAIT_MS : 0;
    for (;;) {
        struct error why = ERROR_INIT;
        if (store_take(w->store, w->in->config->lease_s, &run->before, found, &run->arena, &why) ==
            0)
            return 0;
        if (why.code != ERR_BUSY || clock_monotonic_ms() >= patience)
            return error_copy(error, &why);
        if (limits_sleep_ms(w->in->limits, LEASE_POLL_MS, error) < 0)
            return -1;
    }
}

static int close_interrupted(struct writer *w, void *context, struct error *error)
{
    (void)context;
    return store_close_interrupted(w->store, error);
}

static int start_row(struct writer *w, void *context, struct error *error)
{
    bool *again = context;
    int done = store_start_run(w->store, &w->row, *again, error);
    *again = true;
    return done;
}

/* Where many rows are kept it takes reading as many to find those that are too many: some more may
 * stay meanwhile. Sites may run in turn, each with every hundredth id, so chance says who trims. */
static bool trims(int64_t run_id, int keep)
{
    enum { SHARE = 100, SELDOM = 500 };
    uint64_t every = (uint64_t)(keep / SHARE), drawn = (uint64_t)run_id * 0x9E3779B97F4A7C15 >> 32;
    return every <= 1 || drawn % (every < SELDOM ? every : SELDOM) == 0;
}

static int open_row(struct run *run, const struct findings *found, struct error *error)
{
    struct writer *w = &run->writer;
    bool again = false;
    if (found->interrupted && writer_transaction(w, close_interrupted, NULL, error) < 0)
        return -1;
    if (writer_statement(w, start_row, &again, error) < 0)
        return -1;
    run->in.log.run_id = w->row.id;
    run->needs_trim = trims(w->row.id, run->in.config->keep_runs);
    return 0;
}

int database_open(struct run *run, struct error *error)
{
    const struct config *c = run->in.config;
    struct writer *w = &run->writer;
    bool dry = run->in.options->dry_run;
    struct findings found;
    run->mysql = c->mysql;
    run->mysql.limits = run->in.limits;
    run->mysql.probe = MIGRATE_PROBE;
    if (db_open(&w->db, &run->mysql, dry ? 0 : c->lease_s, &run->in.log, error) < 0 ||
        store_open(&w->store, w->db, c->site_key, dry, error) < 0 ||
        (dry ? look : take)(run, &found, error) < 0)
        return -1;
    w->has_rejects = found.rejects && !dry;
    run->rescopes = run->in.config->scope.tickets == SCOPE_CLOSED ? found.mismarked : found.left;
    run->has_tickets = found.tickets;
    run->record.has_stored = found.recorded;
    run->has_conversations = found.conversations;
    run->has_internal = found.internal;
    run->inbox.waiting = found.calls && !dry;
    run->next = run->before;
    return dry ? 0 : open_row(run, &found, error);
}
