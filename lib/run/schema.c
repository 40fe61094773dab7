/* schema: the columns of requests, read when a ticket is to be mapped for the first time. */
#include "run/schema.h"

int schema_need(struct writer *w, struct error *error)
{
    struct request_schema *schema = w->schema_to_read;
    if (!schema)
        return 0;
    struct dashboard requests;
    const struct mapping *m = &w->in->config->mapping;
    if (store_request_schema(w->store, &m->fields, schema, &requests, error) < 0 ||
        store_ticket_fields(w->store, &m->ticket_fields, schema, error) < 0 ||
        dashboard_judge(&requests, error) < 0 || map_check(&w->basis->rules, error) < 0) {
        schema->count = 0;
        return -1;
    }
    w->schema_to_read = NULL;
    return 0;
}
