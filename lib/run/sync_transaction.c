/* sync_transaction: fenced transactions, tried again when that can help. */
#include "run/sync_private.h"

static int connected(struct run *run, struct error *error)
{
    return db_lost(run->db) ? db_reconnect(run->db, error) : 0;
}

static int try_plain(struct run *run, sync_body *body, void *context, struct error *error)
{
    return connected(run, error) < 0 ? -1 : body(run, context, error);
}

static int try_fenced(struct run *run, sync_body *body, void *context, struct error *error)
{
    if (connected(run, error) < 0 || store_begin(run->store, error) < 0)
        return -1;
    if (body(run, context, error) == 0 && store_commit(run->store, error) == 0)
        return 0;
    store_rollback(run->store);
    return -1;
}

static int repeat(struct run *run,
                  int (*attempt)(struct run *, sync_body *, void *, struct error *),
                  sync_body *body, void *context, struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        if (attempt(run, body, context, &why) == 0) {
            run->heartbeat_due = clock_monotonic_ms() + run->config->lease_s * 1000 / 6;
            return 0;
        }
        if (db_retry(run->db, run->limits, &tries, &why, error) < 0)
            return -1;
        log_write(&run->log, LOG_INFO, "the transaction is tried again: %s", why.message);
    }
}

int sync_transaction(struct run *run, sync_body *body, void *context, struct error *error)
{
    return repeat(run, try_fenced, body, context, error);
}

int sync_statement(struct run *run, sync_body *body, void *context, struct error *error)
{
    return repeat(run, try_plain, body, context, error);
}

bool sync_is_refusal(const struct run *run, const struct error *why)
{
    enum db_failure failure = db_failure(run->db);
    return why->code == ERR_DATABASE && (failure == DB_FAILURE_UNKNOWN || db_refuses_row(failure));
}
