/* store_schema: the columns of requests as they are: the mapped ones, and those that are the
 * dashboard's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/dashboard.h"
#include "store/sql.h"
#include "store/store.h"
#include "store/store_private.h"

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

/* Numbers in fluent_tickets, likewise. */
static const struct request_field MAILBOX_ID = {.name = "mailbox_id",
                                                .type = FIELD_INTEGER,
                                                .bits = 32},
                                  RESPONSE_COUNT = {
                                      .name = "response_count", .type = FIELD_INTEGER, .bits = 32};

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
static void read_default(struct request_field *f, const struct db_value *value)
{
    size_t n = 0, len = value->text ? value->len : 0;
    bool quoted = len > 1 && value->text[0] == '\'' && value->text[len - 1] == '\'';
    f->has_default = value->text && strcmp(value->text, "NULL") != 0 && len < sizeof f->fallback;
    for (size_t i = quoted; f->has_default && i < len - quoted; i++) {
        i += quoted && strchr("'\\", value->text[i]) && i + 2 < len; /* doubled, or escaped */
        f->fallback[n++] = value->text[i];
    }
    f->fallback[n] = '\0';
}

/* A row of SQL_REQUEST_COLUMNS. */
static void read_field(struct request_field *f, const struct db_value *row)
{
    const char *type = row[1].text ? row[1].text : "", *full = row[2].text ? row[2].text : "";
    f->type = type_of(type);
    f->chars = (size_t)db_number(&row[3]);
    f->bytes = (size_t)db_number(&row[4]);
    f->bits = bits_of(type);
    f->digits = (int)db_number(&row[5]);
    f->scale = (int)db_number(&row[f->type == FIELD_DECIMAL ? 6 : 7]);
    f->is_unsigned = strstr(full, "unsigned") != NULL;
    if (f->type == FIELD_ENUM)
        read_options(full, f->options, sizeof f->options);
    read_default(f, &row[8]);
}

/* A number of fluent_tickets. */
static void read_number(struct request_schema *schema, const struct db_value *row)
{
    if (strcasecmp(row[0].text, schema->mailbox_id.name) == 0)
        read_field(&schema->mailbox_id, row);
    else
        read_field(&schema->response_count, row);
}

/* false: the column is not mapped. */
static bool read_mapped(struct request_schema *schema, const struct db_value *row)
{
    bool mapped = false;
    for (size_t f = 0; f < schema->count && row[0].text; f++)
        if (strcasecmp(row[0].text, schema->fields[f].name) == 0) {
            read_field(&schema->fields[f], row);
            mapped = true;
        }
    return mapped;
}

static void wanted_fields(const struct mapping_pairs *extra, struct request_schema *schema)
{
    *schema = (struct request_schema){
        .count = REQUEST_BUILT_IN, .mailbox_id = MAILBOX_ID, .response_count = RESPONSE_COUNT};
    memcpy(schema->fields, BUILT_IN, sizeof BUILT_IN);
    for (size_t i = 0; i < extra->count && schema->count < REQUEST_COLUMNS_MAX; i++) {
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
static int add_other(struct store *store, const struct db_value *row)
{
    const char *name = row[0].text ? row[0].text : "", *extra = row[9].text ? row[9].text : "";
    if (strcasecmp(name, "updated_at") == 0 && strcasestr(extra, "on update"))
        store->has_version = true;
    if (is_automatic(row[8].text, extra) || strcasecmp(name, "id") == 0 ||
        strcasecmp(name, "source") == 0 || strcasecmp(name, "status") == 0)
        return 0;
    size_t count = store->other_count + 1;
    struct request_field *others = realloc(store->others, count * sizeof *others);
    if (!others)
        return -1;
    store->others = others;
    struct request_field *f = &others[store->other_count++];
    *f = (struct request_field){.type = FIELD_OTHER};
    snprintf(f->name, sizeof f->name, "%s", name);
    read_default(f, &row[8]);
    if (strcasecmp(name, "request_type") == 0) {
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

int store_check_requests(struct store *store, struct error *error)
{
    struct dashboard requests;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, SQL_REQUESTS_TABLE, NULL, 0, NULL, 0, &result, error) < 0)
        return -1;
    dashboard_read(result, &requests);
    return dashboard_judge(&requests, error);
}

int store_request_touched(struct store *store, int64_t request_id, bool *touched,
                          struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value id = db_int(request_id, digits);
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (db_query(store->db, SQL_REQUEST_WHOLE, &id, 1, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    *touched = !row;
    for (size_t c = 0; row && c < db_columns(result); c++)
        *touched |= !is_untouched(store, db_column_name(result, c), &row[c]);
    return 0;
}

/* Statements are kept: db_insert knows its prepared ones by their heads. */
static int compose_statements(struct store *store, const struct request_schema *schema,
                              struct error *error)
{
    struct buf insert, verify;
    buf_init(&insert, STATEMENT_TEXT_MAX);
    buf_init(&verify, STATEMENT_TEXT_MAX);
    buf_puts(&insert, SQL_REQUESTS_INSERT_HEAD);
    buf_puts(&verify, SQL_REQUESTS_INSERTED_HEAD);
    for (size_t f = 0; f < schema->count; f++) {
        buf_printf(&insert, "%s`%s`", f ? ", " : "", schema->fields[f].name);
        buf_printf(&verify, SQL_REQUESTS_INSERTED_COLUMN, schema->fields[f].name);
    }
    buf_puts(&insert, SQL_REQUESTS_INSERT_TAIL);
    buf_puts(&verify, SQL_REQUESTS_INSERTED_TAIL);
    free(store->insert_requests);
    free(store->verify_requests);
    store->insert_requests = insert.failed ? NULL : strdup(buf_text(&insert));
    store->verify_requests = verify.failed ? NULL : strdup(buf_text(&verify));
    buf_release(&insert);
    buf_release(&verify);
    return store->insert_requests && store->verify_requests ? 0 : error_no_memory(error);
}

int store_request_schema(struct store *store, const struct mapping_pairs *extra,
                         struct request_schema *schema, struct error *error)
{
    wanted_fields(extra, schema);
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, SQL_REQUEST_COLUMNS, NULL, 0, NULL, 0, &result, error) < 0)
        return -1;
    store->other_count = 0;
    store->has_version = false;
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        if (row[0].text && row[10].text && strcasecmp(row[10].text, "requests") != 0)
            read_number(schema, row);
        else if (!read_mapped(schema, row) && add_other(store, row) < 0)
            return error_no_memory(error);
    }
    return compose_statements(store, schema, error);
}
