/* deletion: marking stored tickets as deleted on the site, and how many may be. */
#ifndef FLUENT_SYNC_DELETION_H
#define FLUENT_SYNC_DELETION_H

#include "run/writer.h"

/*
 * How many more deletions are believed: max_deletes, less what was marked within full_every (a day,
 * where that is longer) by earlier runs, and `marked` by this one. With --max-deletes that alone
 * counts, and what this run marks. Not below 0.
 */
int deletion_left(struct writer *writer, int64_t marked, int64_t *left, struct error *error);
/* Are `count` deletions believed, found otherwise than by a complete walk? If they are not, or if
 * the site's total has dropped by more than max_deletes, none is from then on. */
int deletion_believe(struct writer *writer, int64_t count, bool *believed, struct error *error);

/* Within a transaction, after schema_need: hides the request of a row of fluent_tickets, unless a
 * person changed it. request_id 0: it has none. What is returned: see store_hide_request. */
int deletion_hide_request(struct writer *writer, int64_t id, int64_t request_id, bool *hidden,
                          char version[VERSION_SIZE], struct error *error);

/* Within a transaction, after schema_need: marks a row of fluent_tickets as deleted. With
 * deleted_tickets = hide its request is hidden too, unless a person changed it. request_id 0: it
 * has none. */
int deletion_mark(struct writer *writer, int64_t id, int64_t request_id, struct error *error);

#endif
