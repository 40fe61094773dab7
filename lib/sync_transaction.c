/* sync_transaction: fenced transactions, tried again when that can help. */
#include "sync_private.h"

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

int sync_transaction(struct run *run, sync_body *body, void *context, struct error *error)
{
    struct error why = ERROR_INIT;
    int64_t began = clock_monotonic_ms();
    for (int tries = 1;; tries++) {
        error_clear(&why);
        if (try_once(run, body, context, &why) == 0) {
            run->heartbeat_due = clock_monotonic_ms() + run->config->lease_s * 1000 / 6;
            return 0;
        }
        if (why.code != ERR_DATABASE || !db_again(run->db, tries, began) ||
            limits_check(run->limits, error) < 0)
            break;
        log_write(&run->log, LOG_INFO, "the transaction is tried again: %s", why.message);
        clock_sleep_ms(db_pause_ms(tries));
    }
    return error_set(error, why.code, "%s", why.message);
}
