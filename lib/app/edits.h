/* edits: what people changed in requests, column by column. */
#ifndef FLUENT_SYNC_EDITS_H
#define FLUENT_SYNC_EDITS_H

#include "model/mapping.h"
#include "store/report.h"

/* People's edits: fluent_id, column, theirs (what the site has; "" for a long text), ours. */
int edits_report(struct report *report, struct db *db, const char *site_key,
                 const struct mapping_pairs *fields, int64_t limit, struct error *error);
/* Those of one ticket, the row `id` of fluent_tickets. */
int edits_of_ticket(struct report *report, struct db *db, const char *site_key,
                    const struct mapping_pairs *fields, int64_t id, struct error *error);

#endif
