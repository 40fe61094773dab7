/* json: builds documents with cJSON. */
#include "json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum { DOCUMENT_MAX = 1 << 30 };

static cJSON *node(struct json *json)
{
    return (cJSON *)json;
}

struct json *json_new(void)
{
    return (struct json *)cJSON_CreateObject();
}

struct json *json_read(const char *text)
{
    cJSON *object = cJSON_Parse(text);
    if (cJSON_IsObject(object))
        return (struct json *)object;
    cJSON_Delete(object);
    return NULL;
}

void json_replace_text(struct json *json, const char *name, const char *text)
{
    cJSON *item = cJSON_CreateString(text);
    if (!item || !cJSON_ReplaceItemInObjectCaseSensitive(node(json), name, item))
        cJSON_Delete(item);
}

void json_remove(struct json *json, const char *name)
{
    cJSON_DeleteItemFromObjectCaseSensitive(node(json), name);
}

static void add(cJSON *object, const char *name, cJSON *item)
{
    if (!object || !item || !cJSON_AddItemToObject(object, name, item))
        cJSON_Delete(item);
}

void json_text(struct json *json, const char *name, const char *text)
{
    add(node(json), name, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void json_number(struct json *json, const char *name, int64_t number)
{
    add(node(json), name, cJSON_CreateNumber((double)number));
}

void json_bool(struct json *json, const char *name, bool value)
{
    add(node(json), name, cJSON_CreateBool(value));
}

void json_object(struct json *json, const char *name, struct json *inner)
{
    add(node(json), name, node(inner));
}

void json_append(struct json *json, const char *name, struct json *item)
{
    cJSON *array = cJSON_GetObjectItemCaseSensitive(node(json), name);
    if (!array) {
        add(node(json), name, cJSON_CreateArray());
        array = cJSON_GetObjectItemCaseSensitive(node(json), name);
    }
    if (!array || !cJSON_AddItemToArray(array, node(item)))
        cJSON_Delete(node(item));
}

void json_lines(struct json *json, const char *name, const char *text)
{
    cJSON *array = cJSON_CreateArray();
    while (array && text && *text) {
        size_t n = strcspn(text, "\n");
        char *line = strndup(text, n);
        cJSON *item = line ? cJSON_CreateString(line) : NULL;
        free(line);
        if (!item || !cJSON_AddItemToArray(array, item))
            cJSON_Delete(item);
        text += n + (text[n] == '\n');
    }
    add(node(json), name, array);
}

static cJSON *value_of(const char *text, enum report_kind kind)
{
    if (!text)
        return cJSON_CreateNull();
    if (kind == REPORT_NUMBER)
        return cJSON_CreateNumber((double)strtoll(text, NULL, 10));
    if (kind == REPORT_BOOL)
        return cJSON_CreateBool(text[0] == '1');
    return cJSON_CreateString(text);
}

static cJSON *row_of(const struct report *r, size_t row)
{
    cJSON *object = cJSON_CreateObject();
    for (size_t c = 0; c < r->width; c++)
        add(object, r->columns[c].name, value_of(r->cells[row * r->width + c], r->columns[c].kind));
    return object;
}

static cJSON *rows_of(const struct report *r)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; array && i < r->rows; i++)
        cJSON_AddItemToArray(array, row_of(r, i));
    return array;
}

void json_rows(struct json *json, const char *name, const struct report *report)
{
    add(node(json), name, rows_of(report));
}

void json_row(struct json *json, const char *name, const struct report *report, size_t row)
{
    add(node(json), name, row < report->rows ? row_of(report, row) : cJSON_CreateNull());
}

/* Appends the item, and frees it. */
static void render(cJSON *item, struct buf *out)
{
    char *text = cJSON_PrintUnformatted(item);
    if (!text || text_escape(out, text, strlen(text)) < 0)
        buf_puts(out, "{}");
    cJSON_free(text);
    cJSON_Delete(item);
}

static void print(cJSON *item, FILE *out)
{
    struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    render(item, &text);
    fputs(text.failed ? "{}" : buf_text(&text), out);
    buf_release(&text);
}

void json_append_line(struct json *json, struct buf *out)
{
    render(node(json), out);
    buf_putc(out, '\n');
}

void json_print(struct json *json, FILE *out)
{
    print(node(json), out);
    fputc('\n', out);
}

void json_print_rows(const struct report *r, FILE *out)
{
    fputc('[', out);
    for (size_t i = 0; i < r->rows; i++) {
        fputs(i ? ",\n" : "", out);
        print(row_of(r, i), out);
    }
    fputs("]\n", out);
}

void json_error(struct json *json, const struct error *error)
{
    json_text(json, "error", error->message);
    if (error->advice[0])
        json_text(json, "advice", error->advice);
}

void json_print_error(const struct error *error, FILE *out)
{
    struct json *json = json_new();
    json_bool(json, "success", false);
    json_error(json, error);
    json_number(json, "exitCode", error->code);
    json_print(json, out);
}
