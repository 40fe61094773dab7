/* writer: fenced transactions, tried again when that can help. */
#include "run/writer.h"

typedef int attempt(struct writer *w, writer_body *body, void *context, struct error *error);

static int ensure_connected(struct writer *w, struct error *error)
{
    return db_lost(w->db) ? db_reconnect(w->db, error) : 0;
}

static int try_plain(struct writer *w, writer_body *body, void *context, struct error *error)
{
    return ensure_connected(w, error) < 0 ? -1 : body(w, context, error);
}

static int try_fenced(struct writer *w, writer_body *body, void *context, struct error *error)
{
    if (ensure_connected(w, error) < 0 || store_begin(w->store, error) < 0)
        return -1;
    if (body(w, context, error) == 0 && store_commit(w->store, error) == 0)
        return 0;
    store_rollback(w->store);
    return -1;
}

void writer_renewed(struct writer *w)
{
    w->heartbeat_due = clock_monotonic_ms() + writer_heartbeat_ms(w);
}

static int repeat(struct writer *w, attempt *try, writer_body *body, void *context,
                  struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        if (try(w, body, context, &why) == 0) {
            writer_renewed(w);
            return 0;
        }
        if (db_retry(w->db, w->limits, &tries, &why, error) < 0)
            return -1;
        log_write(&w->in->log, LOG_INFO, "the transaction is tried again: %s", why.message);
    }
}

int writer_transaction(struct writer *w, writer_body *body, void *context, struct error *error)
{
    return repeat(w, try_fenced, body, context, error);
}

int writer_statement(struct writer *w, writer_body *body, void *context, struct error *error)
{
    return repeat(w, try_plain, body, context, error);
}

bool writer_refused_row(const struct writer *w, const struct error *why)
{
    enum db_failure failure = db_failure(w->db);
    return why->code == ERR_DATABASE && (failure == DB_FAILURE_UNKNOWN || db_refuses_row(failure));
}

int writer_check_signals(const struct writer *w, struct error *error)
{
    const struct limits signals = {.deadline_ms = INT64_MAX, .signal = w->in->limits->signal};
    return limits_check(&signals, error);
}

static int write_nothing(struct writer *w, void *context, struct error *error)
{
    (void)w;
    (void)context;
    (void)error;
    return 0;
}

int64_t writer_heartbeat_ms(const struct writer *w)
{
    return (int64_t)w->in->config->lease_s * 1000 / 6;
}

int writer_heartbeat(struct writer *w, struct error *error)
{
    return clock_monotonic_ms() < w->heartbeat_due
               ? 0
               : writer_transaction(w, write_nothing, NULL, error);
}
