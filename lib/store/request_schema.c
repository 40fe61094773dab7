/* request_schema: the columns of requests as they are: the mapped ones, and those that are the
 * dashboard's own. */
#include "store/request_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/dashboard_columns.h"
#include "store/store_private.h"

/* A column of requests or of fluent_tickets. */
struct described {
    char name[65], table[65], type[65];
    const char *whole_type, *fallback, *extra; /* the type as "int(10) unsigned" */
    int64_t chars, bytes, digits, scale;
    bool is_unsigned, utf8mb4;
    struct dashboard dashboard;
};
static const struct column DESCRIBED[] = {
    COLUMN("c.column_name", struct described, name),
    COLUMN("c.table_name", struct described, table),
    COLUMN("c.data_type", struct described, type),
    COLUMN("c.column_type", struct described, whole_type),
    COLUMN("c.column_default", struct described, fallback),
    COLUMN("COALESCE(c.extra, '')", struct described, extra),
    COLUMN("c.character_maximum_length", struct described, chars),
    COLUMN("c.character_octet_length", struct described, bytes),
    COLUMN("c.numeric_precision", struct described, digits),
    COLUMN("COALESCE(c.numeric_scale, c.datetime_precision)", struct described, scale),
    COLUMN("c.column_type LIKE '%unsigned%'", struct described, is_unsigned),
    COLUMN("COALESCE(c.character_set_name, '') = 'utf8mb4'", struct described, utf8mb4),
    DASHBOARD_COLUMNS(struct described, dashboard.),
};
/* For a table that a condition names alone, MariaDB opens this one; for IN it opens each table and
 * view of the database, which takes twenty times as long. */
#define COLUMNS_OF(table)                                                                          \
    "SELECT * FROM information_schema.columns WHERE table_schema = DATABASE() "                    \
    "AND table_name = '" table "'"
#define DESCRIBED_IN(columns)                                                                      \
    SELECT(DESCRIBED, struct described,                                                            \
           "FROM (" columns ") c JOIN information_schema.tables t "                                \
           "ON t.table_schema = DATABASE() AND t.table_name = c.table_name "                       \
           "LEFT JOIN information_schema.engines e ON e.engine = t.engine")
static const struct select DESCRIBE_TICKETS = DESCRIBED_IN(COLUMNS_OF("fluent_tickets"));
static const struct select DESCRIBE =
    DESCRIBED_IN(COLUMNS_OF("requests") " UNION ALL " COLUMNS_OF("fluent_tickets"));

static const char WHOLE_REQUEST[] = "SELECT * FROM requests WHERE id = ? FOR UPDATE";

enum { INT_BITS = 32 };

/* As `migrate` creates it. */
static const struct request_field BUILT_IN[REQUEST_BUILT_IN] = {
    [REQUEST_DATE] = {.name = "date", .type = FIELD_DATE},
    [REQUEST_TIME] = {.name = "time", .type = FIELD_TIME},
    [REQUEST_CATEGORY] = {.name = "category", .type = FIELD_TEXT, .chars = 50, .bytes = 200},
    [REQUEST_DESCRIPTION] = {.name = "description",
                             .type = FIELD_TEXT,
                             .chars = 65535,
                             .bytes = 65535},
    [REQUEST_URGENCY] = {.name = "urgency",
                         .type = FIELD_ENUM,
                         .options = "LOW\nMEDIUM\nHIGH\nPROMOTION\n"},
};

/* enum('a','b') as "a\nb\n"; a quote within a value is doubled there. */
static void read_options(const char *type, char *options, size_t size)
{
    size_t n = 0;
    const char *p = strchr(type, '\'');
    while (p && n + 2 < size) {
        for (p++; *p && (*p != '\'' || p[1] == '\'') && n + 2 < size; p++) {
            if (*p == '\'')
                p++;
            options[n++] = *p;
        }
        options[n++] = '\n';
        p = *p ? strchr(p + 1, '\'') : NULL;
    }
    options[n] = '\0';
}

static enum field_type type_of(const char *type)
{
    static const struct {
        const char *name;
        enum field_type type;
    } types[] = {
        {"varchar", FIELD_TEXT},      {"char", FIELD_TEXT},         {"tinytext", FIELD_TEXT},
        {"text", FIELD_TEXT},         {"mediumtext", FIELD_TEXT},   {"longtext", FIELD_TEXT},
        {"enum", FIELD_ENUM},         {"tinyint", FIELD_INTEGER},   {"smallint", FIELD_INTEGER},
        {"mediumint", FIELD_INTEGER}, {"int", FIELD_INTEGER},       {"bigint", FIELD_INTEGER},
        {"decimal", FIELD_DECIMAL},   {"date", FIELD_DATE},         {"time", FIELD_TIME},
        {"datetime", FIELD_DATETIME}, {"timestamp", FIELD_INSTANT},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(type, types[i].name) == 0)
            return types[i].type;
    return FIELD_OTHER;
}

static int bits_of(const char *type)
{
    static const struct {
        const char *name;
        int bits;
    } sizes[] = {{"tinyint", 8}, {"smallint", 16}, {"mediumint", 24}, {"int", 32}, {"bigint", 64}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcasecmp(type, sizes[i].name) == 0)
            return sizes[i].bits;
    return 0;
}

/* MariaDB says a text in quotes, MySQL bare; an expression equals no value. */
static void read_default(struct request_field *f, const char *text)
{
    size_t n = 0, len = text ? strlen(text) : 0;
    bool quoted = len > 1 && text[0] == '\'' && text[len - 1] == '\'';
    f->has_default = text && strcmp(text, "NULL") != 0 && len < sizeof f->fallback;
    for (size_t i = quoted; f->has_default && i < len - quoted; i++) {
        i += quoted && strchr("'\\", text[i]) && i + 2 < len; /* doubled, or escaped */
        f->fallback[n++] = text[i];
    }
    f->fallback[n] = '\0';
}

static void read_field(struct request_field *f, const struct described *d)
{
    f->type = type_of(d->type);
    f->chars = (size_t)d->chars;
    f->bytes = (size_t)d->bytes;
    f->bits = bits_of(d->type);
    f->digits = (int)d->digits;
    f->scale = (int)d->scale;
    f->is_unsigned = d->is_unsigned;
    f->utf8mb4 = f->type == FIELD_TEXT && d->utf8mb4;
    if (f->type == FIELD_ENUM)
        read_options(d->whole_type, f->options, sizeof f->options);
    read_default(f, d->fallback);
}

static void read_ticket_column(struct store *store, struct request_schema *schema,
                               const struct described *d)
{
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        if (strcasecmp(d->name, ticket_column_table[c].name) == 0) {
            schema->numbers[c] = (struct ticket_number){bits_of(d->type), d->is_unsigned};
            store->utf8mb4[c] = type_of(d->type) == FIELD_TEXT && d->utf8mb4;
        }
}

/* false: the column is not mapped. */
static bool read_mapped(struct request_schema *schema, const struct described *d)
{
    bool mapped = false;
    for (size_t f = 0; f < schema->count; f++)
        if (strcasecmp(d->name, schema->fields[f].name) == 0) {
            read_field(&schema->fields[f], d);
            mapped = true;
        }
    return mapped;
}

static void wanted_fields(const struct mapping_pairs *extra, struct request_schema *schema)
{
    *schema = (struct request_schema){.count = REQUEST_BUILT_IN};
    memcpy(schema->fields, BUILT_IN, sizeof BUILT_IN);
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        if (ticket_column_table[c].holds == HOLDS_NUMBER)
            schema->numbers[c].bits = INT_BITS;
    for (size_t i = 0; i < extra->count && schema->count < REQUEST_COLUMNS_MAX; i++) {
        size_t built_in = request_built_in(extra->items[i].key);
        if (built_in < REQUEST_BUILT_IN) {
            schema->fields[built_in].ruled = true;
            continue;
        }
        struct request_field *f = &schema->fields[schema->count++];
        snprintf(f->name, sizeof f->name, "%s", extra->items[i].key);
        f->path = extra->items[i].value;
        f->type = FIELD_OTHER;
    }
}

/* The columns that are not mapped */

/* The server fills it, and changes it by itself. */
static bool is_automatic(const char *fallback, const char *extra)
{
    return strcasestr(extra, "auto_increment") || strcasestr(extra, "on update") ||
           strcasestr(extra, " generated") ||
           (fallback && strncasecmp(fallback, "current_timestamp", 17) == 0);
}

/* Remembers what a column holds as long as nobody touches it: its default, or our constant. */
static int add_other(struct store *store, const struct described *d)
{
    if (strcasecmp(d->name, "updated_at") == 0 && strcasestr(d->extra, "on update"))
        store->has_version = true;
    if (is_automatic(d->fallback, d->extra) || strcasecmp(d->name, "id") == 0 ||
        strcasecmp(d->name, "source") == 0 || strcasecmp(d->name, "status") == 0)
        return 0;
    size_t count = store->other_count + 1;
    struct request_field *others = realloc(store->others, count * sizeof *others);
    if (!others)
        return -1;
    store->others = others;
    struct request_field *f = &others[store->other_count++];
    *f = (struct request_field){.type = FIELD_OTHER};
    snprintf(f->name, sizeof f->name, "%s", d->name);
    read_default(f, d->fallback);
    if (strcasecmp(d->name, "request_type") == 0) {
        f->has_default = true;
        snprintf(f->fallback, sizeof f->fallback, "%s", REQUEST_TYPE);
    }
    return 0;
}

static bool is_untouched(const struct store *store, const char *column, const struct db_value *v)
{
    for (size_t i = 0; i < store->other_count; i++) {
        const struct request_field *f = &store->others[i];
        if (strcmp(f->name, column) == 0)
            return f->has_default ? v->text && v->len == strlen(f->fallback) &&
                                        memcmp(v->text, f->fallback, v->len) == 0
                                  : v->text == NULL;
    }
    return true;
}

int store_request_touched(struct store *store, int64_t request_id, bool *touched,
                          struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value id = db_int(request_id, digits);
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (db_query(store->db, WHOLE_REQUEST, &(struct db_parameters){.values = &id, .count = 1},
                 &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    *touched = !row;
    for (size_t c = 0; row && c < db_columns(result); c++)
        *touched |= !is_untouched(store, db_column_name(result, c), &row[c]);
    return 0;
}

/* Takes over the rows. `requests`: of the table itself. */
static int read_columns(struct store *store, const struct records *rows,
                        struct request_schema *schema, struct dashboard *requests,
                        struct error *error)
{
    const struct described *d = rows->rows;
    *requests = (struct dashboard){0};
    store->other_count = 0;
    store->has_version = false;
    for (size_t i = 0; i < rows->count; i++, d++) {
        if (strcasecmp(d->table, "requests") != 0) {
            read_ticket_column(store, schema, d);
            continue;
        }
        bool takes_source =
            d->dashboard.takes_source && (!requests->there || requests->takes_source);
        *requests = d->dashboard;
        requests->takes_source = takes_source;
        if (!read_mapped(schema, d) && add_other(store, d) < 0)
            return error_no_memory(error);
    }
    return 0;
}

int store_request_schema(struct store *store, const struct mapping_pairs *extra,
                         struct request_schema *schema, struct dashboard *requests,
                         struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records rows;
    wanted_fields(extra, schema);
    int done = store_select(store, &DESCRIBE, &(struct db_parameters){0}, &rows, &arena, error);
    if (done == 0)
        done = read_columns(store, &rows, schema, requests, error);
    arena_release(&arena);
    return done < 0 ? -1 : store_compose_requests(store, schema, error);
}

int store_ticket_fields(struct store *store, const struct mapping_pairs *fields,
                        struct request_schema *schema, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records rows = {0};
    int done = 0;
    schema->ticket_field_count = 0;
    for (size_t i = 0; i < fields->count && i < TICKET_FIELDS_MAX; i++) {
        struct request_field *f = &schema->ticket_fields[schema->ticket_field_count++];
        *f = (struct request_field){.type = FIELD_OTHER};
        snprintf(f->name, sizeof f->name, "%s", fields->items[i].key);
    }
    if (schema->ticket_field_count)
        done = store_select(store, &DESCRIBE_TICKETS, &(struct db_parameters){0}, &rows, &arena,
                            error);
    const struct described *d = rows.rows;
    for (size_t i = 0; i < rows.count; i++)
        for (size_t f = 0; f < schema->ticket_field_count; f++)
            if (strcasecmp(d[i].name, schema->ticket_fields[f].name) == 0)
                read_field(&schema->ticket_fields[f], &d[i]);
    arena_release(&arena);
    return done < 0 ? -1 : store_compose_tickets(store, schema, error);
}
