/* edits: what people changed in requests, column by column. */
#ifndef FLUENT_SYNC_EDITS_H
#define FLUENT_SYNC_EDITS_H

#include "config/config.h"
#include "store/report.h"

/* How many edits are reported, and how many there are. */
struct edits_limit {
    int64_t most, all;
};

/* People's edits: fluent_id, column, base (what was last written there), theirs (what the site
 * has), ours, and of one that is sent to the site state and error in the outbox. "" stands for a
 * long text of which nothing but the hash is known. `limit->all` becomes how many there are. */
int edits_report(struct report *report, struct db *db, const struct config *config,
                 struct edits_limit *limit, struct error *error);
/* Only how many there are; it looks at no request that has not changed since it was written. */
int edits_count(int64_t *count, struct db *db, const struct config *config, struct error *error);
/* Those of one ticket, the row `id` of fluent_tickets. */
int edits_of_ticket(struct report *report, struct db *db, const struct config *config, int64_t id,
                    struct error *error);

#endif
