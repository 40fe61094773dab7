/* webhook: tickets that the site calls for are put on record, for a run to fetch. */
#ifndef FLUENT_SYNC_WEBHOOK_H
#define FLUENT_SYNC_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "io/db.h"

/*
 * Puts the calls on record. -1: none is, with ERR_DATABASE, ERR_INTERNAL or as limits_check. On 0
 * *needs_run says whether a run has to be started: none is active that will still look. When that
 * cannot be told, one has to; it ends at once if it is not needed.
 */
int webhook_take(struct db *db, const struct config *config, const int64_t *tickets, size_t count,
                 bool *needs_run, struct error *error);

#endif
