/* sync_transaction: fenced transactions, tried again when that can help. */
#include <stdlib.h>
#include <time.h>

#include "sync_private.h"

enum { TRIES_MAX = 6, FIRST_PAUSE_MS = 100 };

void sync_pause(int64_t ms)
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
        sync_pause((int64_t)FIRST_PAUSE_MS << i);
    }
    return error_set(error, why.code, "%s", why.message);
}
