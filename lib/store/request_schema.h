/* request_schema: the columns of requests as they are in this database. */
#ifndef FLUENT_SYNC_STORE_REQUEST_SCHEMA_H
#define FLUENT_SYNC_STORE_REQUEST_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "model/mapping.h"
#include "model/row.h"
#include "store/dashboard.h"
#include "store/store.h"

/* Looks up the mapped columns of requests: the five, then those of `fields`, and with them what
 * kind of table it is. Without the table (before `migrate`): as `migrate` would make it. A column
 * that is not there has FIELD_OTHER. */
int store_request_schema(struct store *store, const struct mapping_pairs *fields,
                         struct request_schema *schema, struct dashboard *requests,
                         struct error *error);

/* Looks up the columns of [map.ticket_fields] likewise, and writes them from then on. After
 * store_request_schema. */
int store_ticket_fields(struct store *store, const struct mapping_pairs *fields,
                        struct request_schema *schema, struct error *error);

/* Does a column that is not mapped hold something else than when the request was inserted, or can
 * nobody tell? To be called after store_request_schema. */
int store_request_touched(struct store *store, int64_t request_id, bool *touched,
                          struct error *error);

#endif
