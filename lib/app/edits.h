/* edits: what people changed in requests, column by column. */
#ifndef FLUENT_SYNC_EDITS_H
#define FLUENT_SYNC_EDITS_H

#include "model/mapping.h"
#include "store/report.h"

/* How many edits are reported, and how many there are. */
struct edits_limit {
    int64_t most, all;
};

/* People's edits: fluent_id, column, theirs (what the site has; "" for a long text of which nothing
 * but the hash is known), ours. `limit->all` becomes how many there are. */
int edits_report(struct report *report, struct db *db, const char *site_key,
                 const struct mapping_pairs *fields, struct edits_limit *limit,
                 struct error *error);
/* Only how many there are; it looks at no request that has not changed since it was written. */
int edits_count(int64_t *count, struct db *db, const char *site_key,
                const struct mapping_pairs *fields, struct error *error);
/* Those of one ticket, the row `id` of fluent_tickets. */
int edits_of_ticket(struct report *report, struct db *db, const char *site_key,
                    const struct mapping_pairs *fields, int64_t id, struct error *error);

#endif
