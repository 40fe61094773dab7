/* deletion: marking stored tickets as deleted on the site, and how many may be. */
#ifndef FLUENT_SYNC_DELETION_H
#define FLUENT_SYNC_DELETION_H

#include "run/writer.h"

/* *most becomes the number of deletions that are believed in one run: max_deletes. */
int deletion_limit(struct writer *writer, int64_t *most, struct error *error);

/* Within a transaction, after schema_need: hides the request of a row of fluent_tickets, unless a
 * person changed it. request_id 0: it has none. What is returned: see store_hide_request. */
int deletion_hide_request(struct writer *writer, int64_t id, int64_t request_id, bool *hidden,
                          char version[VERSION_SIZE], struct error *error);

/* Within a transaction, after schema_need: marks a row of fluent_tickets as deleted. With
 * deleted_tickets = hide its request is hidden too, unless a person changed it. request_id 0: it
 * has none. */
int deletion_mark(struct writer *writer, int64_t id, int64_t request_id, struct error *error);

#endif
