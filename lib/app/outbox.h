/* outbox: what a person puts into the outbox from a terminal, and decides about its rows. */
#ifndef FLUENT_SYNC_APP_OUTBOX_H
#define FLUENT_SYNC_APP_OUTBOX_H

#include <stdint.h>

#include "config/config.h"
#include "io/db.h"
#include "model/outbox_row.h"

/* What is wanted. Texts are UTF-8 and the caller's; NULL where the action needs none. */
struct outbox_wish {
    const char *fluent_id; /* with the site's key */
    enum outbox_action action;
    enum outbox_field field;
    const char *value, *content, *requested_by;
};

/* Adds a row that waits for the next push; *id becomes its number. -1 with ERR_USAGE when it could
 * never be sent: the mirror has no such ticket, [push] actions does not name the action, or its
 * text or value is none that the site takes. */
int outbox_add(struct db *db, const struct config *config, const struct outbox_wish *wish,
               int64_t *id, struct error *error);

enum outbox_decision {
    OUTBOX_RETRY, /* of a failed or cancelled row: it waits again */
    OUTBOX_CANCEL /* of one that waits, failed or is held: it is not sent */
};
/* -1 with ERR_USAGE when this site has no such row, or the row is in no state for it; ERR_BUSY when
 * a run took it in this very moment. */
int outbox_decide(struct db *db, const struct config *config, int64_t id,
                  enum outbox_decision decision, struct error *error);

#endif
