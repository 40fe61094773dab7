/* schema: the columns of requests, read when a ticket is to be mapped for the first time. */
#include "run/schema.h"

int schema_need(struct writer *w, struct error *error)
{
    struct request_schema *schema = w->schema_to_read;
    if (!schema)
        return 0;
    struct dashboard requests;
    if (store_request_schema(w->store, &w->in->config->mapping.fields, schema, &requests, error) <
            0 ||
        dashboard_judge(&requests, error) < 0 || map_check(&w->basis->rules, error) < 0) {
        schema->count = 0;
        return -1;
    }
    w->schema_to_read = NULL;
    return 0;
}
