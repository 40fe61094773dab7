/* webhook: records the calls, and looks whether a run will see them. */
#include "app/webhook.h"

#include "store/inbox.h"
#include "store/lease.h"

int webhook_take(struct db *db, const struct config *config, const int64_t *tickets, size_t count,
                 bool *needs_run, struct error *error)
{
    struct error why = ERROR_INIT;
    if (inbox_add(db, config->site_key, tickets, count, error) < 0)
        return -1;
    /* A run gives up its lease in the transaction in which it saw no calls. So one that still has
     * it after ours has committed will see them. */
    *needs_run = lease_look_settled(db, config->site_key, config->lease_s, &why) == 0 ||
                 why.code != ERR_BUSY;
    return 0;
}
