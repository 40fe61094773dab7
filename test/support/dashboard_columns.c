/* dashboard_columns: the columns of a dashboard's tables, for mapping without a database. */
#include "dashboard_columns.h"

#include <string.h>

static const struct request_field COLUMNS[] = {
    {.name = "date", .type = FIELD_DATE},
    {.name = "time", .type = FIELD_TIME},
    {.name = "category", .type = FIELD_TEXT, .chars = 50, .bytes = 200},
    {.name = "description", .type = FIELD_TEXT, .chars = 65535, .bytes = 65535},
    {.name = "urgency", .type = FIELD_ENUM, .options = "LOW\nMEDIUM\nHIGH\nPROMOTION\n"},
    {.name = "effort", .type = FIELD_ENUM, .options = "Small\nMedium\nLarge\n"},
    {.name = "estimated_hours", .type = FIELD_DECIMAL, .digits = 5, .scale = 2},
    {.name = "website_url", .type = FIELD_TEXT, .chars = 255, .bytes = 1020},
    {.name = "client_id", .type = FIELD_INTEGER, .bits = 32},
};

static void set_types(struct request_field *fields, const struct column_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < sizeof COLUMNS / sizeof *COLUMNS; c++)
            if (strcmp(rules[i].name, COLUMNS[c].name) == 0)
                fields[i] = COLUMNS[c];
}

struct request_schema dashboard_columns(const struct rules *rules)
{
    struct request_schema schema = {.count = rules->request_count,
                                    .ticket_field_count = rules->ticket_count};
    set_types(schema.fields, rules->requests, schema.count);
    set_types(schema.ticket_fields, rules->tickets, schema.ticket_field_count);
    return schema;
}
