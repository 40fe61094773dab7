/* map: a decoded ticket into a row, by the design's table and the configuration's rules. */
#include "map.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hash.h"
#include "html.h"
#include "scope.h"
#include "text.h"

enum {
    /* Raised when the mapping itself changes, so that stored tickets are mapped anew. */
    MAP_VERSION = 1,
    CONTENT_MAX = 64 << 20,
};

/* What the columns of fluent_tickets hold: migrations/001_first.sql. */
static const struct {
    size_t chars, bytes;
} TICKET_SIZE[TICKET_COLUMNS] = {
    [TICKET_NUMBER] = {50, SIZE_MAX},
    [TICKET_STATUS] = {50, SIZE_MAX},
    [TICKET_CUSTOMER_ID] = {100, SIZE_MAX},
    [TICKET_CUSTOMER_NAME] = {255, SIZE_MAX},
    [TICKET_CUSTOMER_EMAIL] = {255, SIZE_MAX},
    [TICKET_TITLE] = {255, SIZE_MAX},
    [TICKET_CUSTOMER_MESSAGE] = {SIZE_MAX, 16777215},
    [TICKET_PRIORITY] = {20, SIZE_MAX},
    [TICKET_PRODUCT_ID] = {100, SIZE_MAX},
    [TICKET_PRODUCT_NAME] = {255, SIZE_MAX},
    [TICKET_AGENT_ID] = {100, SIZE_MAX},
    [TICKET_AGENT_NAME] = {255, SIZE_MAX},
};

static const struct config_pair URGENCIES[] = {
    {(char[]){"critical"}, (char[]){"HIGH"}},
    {(char[]){"high"}, (char[]){"HIGH"}},
    {(char[]){"urgent"}, (char[]){"HIGH"}},
    {(char[]){"low"}, (char[]){"LOW"}},
};
static const char DEFAULT_URGENCY[] = "MEDIUM";

static const char *const CATEGORIES[] = {"Support", "Hosting", "Migration", "Website", "Email",
                                         "Forms",   "Scripts", "Advisory",  "General"};
static const char DEFAULT_CATEGORY[] = "Support";

void map_fluent_id(const char *site_key, int64_t id, char *out)
{
    snprintf(out, FLUENT_ID_SIZE, "%.64s%s%lld", site_key, *site_key ? ":" : "", (long long)id);
}

/* What decides how a ticket is stored */

static void seed_text(struct hash *hash, const char *text)
{
    hash_add(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void seed_pairs(struct hash *hash, const char *name, const struct config_pairs *pairs)
{
    seed_text(hash, name);
    for (size_t i = 0; i < pairs->count; i++) {
        seed_text(hash, pairs->items[i].key);
        seed_text(hash, pairs->items[i].value);
    }
}

void map_seed(struct map_rules *rules)
{
    const struct config *c = rules->config;
    struct hash *hash = hash_new();
    rules->seed[0] = '\0';
    if (!hash)
        return;
    const int numbers[] = {MAP_VERSION, (int)c->raw_data};
    hash_add(hash, numbers, sizeof numbers);
    seed_text(hash, zone_name(rules->site));
    seed_text(hash, zone_name(rules->target));
    seed_pairs(hash, "urgency", &c->map_urgency);
    seed_pairs(hash, "category", &c->map_category);
    seed_pairs(hash, "fields", &c->map_fields);
    seed_pairs(hash, "mailboxes", &c->mailbox_category);
    seed_pairs(hash, "drop", &c->privacy_drop);
    hash_finish(hash, rules->seed);
}

/* The value of an ENUM as the column spells it; NULL when it has no such value. */
static const char *enum_value(const struct request_field *field, const char *text, size_t *len)
{
    size_t n = strlen(text);
    for (const char *option = field->options; *option; option += strcspn(option, "\n") + 1) {
        *len = strcspn(option, "\n");
        if (*len == n && strncasecmp(option, text, n) == 0)
            return option;
    }
    return NULL;
}

static void check_values(const struct request_field *field, const struct config_pairs *pairs,
                         const char *section, struct buf *problems)
{
    size_t len;
    for (size_t i = 0; i < pairs->count; i++) {
        const char *value = pairs->items[i].value;
        bool fits = field->type == FIELD_ENUM ? enum_value(field, value, &len) != NULL
                                              : text_length(value, strlen(value)) <= field->chars;
        if (!fits)
            buf_printf(problems, "%s[%s] %s: requests.%s cannot hold \"%s\"",
                       problems->len ? "\n" : "", section, pairs->items[i].key, field->name, value);
    }
}

int map_check(const struct map_rules *rules, struct error *error)
{
    const struct request_schema *schema = rules->schema;
    struct buf problems;
    buf_init(&problems, ERROR_MESSAGE_MAX);
    check_values(&schema->fields[REQUEST_URGENCY], &rules->config->map_urgency, "map.urgency",
                 &problems);
    check_values(&schema->fields[REQUEST_CATEGORY], &rules->config->map_category, "map.category",
                 &problems);
    check_values(&schema->fields[REQUEST_CATEGORY], &rules->config->mailbox_category, "mailbox",
                 &problems);
    for (size_t f = 0; f < schema->count; f++)
        if (schema->fields[f].type == FIELD_OTHER)
            buf_printf(&problems,
                       "%s[map.fields] %s: the table requests has no such column, or its "
                       "type takes no mapped value",
                       problems.len ? "\n" : "", schema->fields[f].name);
    int done = problems.len ? error_set(error, ERR_USAGE, "%s", buf_text(&problems)) : 0;
    buf_release(&problems);
    return done;
}

/* Values */

/* The value of the rule whose key is `key`, ignoring case; NULL: none. */
static const char *rule_for(const struct config_pair *rules, size_t count, const char *key)
{
    struct buf wanted, folded;
    buf_init(&wanted, 4096);
    buf_init(&folded, 4096);
    const char *value = NULL;
    text_fold(&wanted, key, strlen(key));
    for (size_t i = 0; i < count && !value; i++) {
        buf_clear(&folded);
        text_fold(&folded, rules[i].key, strlen(rules[i].key));
        if (!wanted.failed && !folded.failed && !strcmp(buf_text(&wanted), buf_text(&folded)))
            value = rules[i].value;
    }
    buf_release(&wanted);
    buf_release(&folded);
    return value;
}

static const char *pair_for(const struct config_pairs *pairs, const char *key)
{
    return pairs->count && key ? rule_for(pairs->items, pairs->count, key) : NULL;
}

static const char *urgency(const struct map_rules *rules, const struct ticket *t)
{
    const struct config_pairs *own = &rules->config->map_urgency;
    const char *value = pair_for(own, t->priority);
    if (!value)
        value = pair_for(own, "*");
    if (!value && t->priority)
        value = rule_for(URGENCIES, sizeof URGENCIES / sizeof *URGENCIES, t->priority);
    return value ? value : DEFAULT_URGENCY;
}

/* The product's own rule, then the mailbox's, then the rest's, then the built-in ones. */
static const char *category(const struct map_rules *rules, const struct ticket *t)
{
    const struct config_pairs *own = &rules->config->map_category;
    const char *product = t->product_title;
    const char *value = pair_for(own, product);
    if (!value)
        value = pair_for(&rules->config->mailbox_category, t->mailbox_id);
    if (!value)
        value = pair_for(own, "*");
    if (value || !product)
        return value ? value : DEFAULT_CATEGORY;
    for (size_t i = 0; i < sizeof CATEGORIES / sizeof *CATEGORIES; i++)
        if (strcasecmp(product, CATEGORIES[i]) == 0)
            return CATEGORIES[i];
    return strcasecmp(product, "Project") == 0 ? "General" : DEFAULT_CATEGORY;
}

/* `text` as it fits; `cell` stays NULL for NULL. -1 when memory ran out. */
static int fit(struct arena *arena, const char *text, size_t n, size_t chars, size_t bytes,
               struct cell *cell)
{
    *cell = (struct cell){.text = text, .len = n};
    if (!text || (n <= bytes && n <= chars))
        return 0;
    struct buf out;
    buf_init(&out, n + 8);
    text_fit(&out, text, n, chars, bytes);
    *cell = (struct cell){.text = arena_copy(arena, buf_text(&out), out.len), .len = out.len};
    int done = out.failed || !cell->text ? -1 : 0;
    buf_release(&out);
    return done;
}

static const char *clean(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, strlen(text) + 1);
    text_clean(&out, text, strlen(text));
    char *copy = out.failed ? NULL : arena_copy(arena, buf_text(&out), out.len);
    buf_release(&out);
    return copy;
}

/* Title, empty line, readable content. */
static int describe(struct arena *arena, const char *title, const char *content,
                    const struct request_field *field, struct cell *cell)
{
    struct buf out;
    buf_init(&out, CONTENT_MAX);
    if (title && *title)
        buf_puts(&out, title);
    if (content && *content) {
        if (out.len)
            buf_puts(&out, "\n\n");
        size_t before = out.len;
        html_to_text(&out, content, strlen(content));
        if (out.len == before && before)
            out.len -= 2;
    }
    if (!out.len)
        buf_puts(&out, "(no subject)");
    const char *text = out.failed ? NULL : arena_copy(arena, buf_text(&out), out.len);
    int done = text ? fit(arena, text, out.len, field->chars, field->bytes, cell) : -1;
    buf_release(&out);
    return done;
}

static const char *wall(const struct map_rules *rules, struct arena *arena, const char *date)
{
    int64_t instant;
    char text[ZONE_TEXT_SIZE];
    if (!zone_parse(rules->site, date, &instant) || !zone_wall(rules->target, instant, text))
        return NULL;
    return arena_copy(arena, text, ZONE_TEXT_SIZE - 1);
}

/* [map.fields] */

static bool is_number(const char *text, bool fraction)
{
    const char *p = text + (*text == '-' || *text == '+');
    size_t whole = strspn(p, "0123456789");
    p += whole;
    size_t part = 0;
    if (fraction && *p == '.')
        part = strspn(++p, "0123456789");
    return whole + part > 0 && *p == '\0';
}

static char *number_text(const struct request_field *field, const char *text, struct arena *arena)
{
    if (!is_number(text, field->type == FIELD_DECIMAL) || strlen(text) > 30)
        return NULL;
    double value = strtod(text, NULL), most = 1;
    for (int i = 0; i < field->digits - field->scale; i++)
        most *= 10;
    if ((field->is_unsigned && value < 0) || value <= -most || value >= most)
        return NULL;
    if (field->type == FIELD_INTEGER)
        return arena_printf(arena, "%lld", strtoll(text, NULL, 10));
    return arena_printf(arena, "%.*f", field->scale, value);
}

/* The value of a mapped column in the form in which MySQL would return it; NULL: it does not fit.
 */
static const char *field_value(const struct map_rules *rules, const struct request_field *field,
                               const char *text, struct arena *arena, size_t *len)
{
    const char *value = NULL;
    if (field->type == FIELD_ENUM)
        return enum_value(field, text, len);
    if (field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL)
        value = number_text(field, text, arena);
    else if (field->type == FIELD_TEXT)
        value = text;
    else if ((value = wall(rules, arena, text)) != NULL)
        value = field->type == FIELD_DATE   ? arena_copy(arena, value, 10)
                : field->type == FIELD_TIME ? arena_copy(arena, value + 11, 8)
                                            : value;
    *len = value ? strlen(value) : 0;
    return value;
}

static int map_fields(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                      struct row *row, char *reason, size_t size)
{
    for (size_t f = REQUEST_BUILT_IN; f < rules->schema->count; f++) {
        const struct request_field *field = &rules->schema->fields[f];
        const char *text = ticket_at(t, field->path, arena);
        size_t len = 0;
        row->request[f] = (struct cell){0};
        if (!text)
            continue;
        const char *value = field_value(rules, field, text, arena, &len);
        if (!value) {
            snprintf(reason, size, "requests.%s cannot hold what %s is", field->name, field->path);
            return MAP_REJECT;
        }
        if (fit(arena, value, len, field->type == FIELD_TEXT ? field->chars : SIZE_MAX,
                field->type == FIELD_TEXT ? field->bytes : SIZE_MAX, &row->request[f]) < 0)
            return -1;
    }
    return MAP_ROW;
}

/* The ticket */

static int map_raw(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                   struct cell *cell)
{
    *cell = (struct cell){0};
    if (rules->config->raw_data == RAW_NONE)
        return 0;
    struct buf out;
    buf_init(&out, CONTENT_MAX);
    ticket_json(t, rules->config->raw_data == RAW_MAPPED, &out);
    if (!out.failed)
        *cell = (struct cell){.text = arena_copy(arena, buf_text(&out), out.len), .len = out.len};
    buf_release(&out);
    return cell->text ? 0 : -1;
}

/* Whole numbers go into INT columns; anything else is a reject, not a silent 0. */
static bool fits_int(const char *text)
{
    return !text || (is_number(text, false) && strlen(text) <= 10 &&
                     llabs(strtoll(text, NULL, 10)) <= INT32_MAX);
}

static int map_ticket_columns(const struct map_rules *rules, const struct ticket *t,
                              const char *title, struct arena *arena, struct row *row)
{
    const char *const texts[TICKET_COLUMNS] = {
        [TICKET_NUMBER] = t->hash,
        [TICKET_STATUS] = t->status,
        [TICKET_CUSTOMER_ID] = t->customer_id,
        [TICKET_CUSTOMER_NAME] = t->customer_name,
        [TICKET_CUSTOMER_EMAIL] = t->customer_email,
        [TICKET_TITLE] = title,
        [TICKET_CUSTOMER_MESSAGE] = t->content,
        [TICKET_PRIORITY] = t->priority,
        [TICKET_PRODUCT_ID] = t->product_id,
        [TICKET_PRODUCT_NAME] = t->product_title,
        [TICKET_AGENT_ID] = t->agent_id,
        [TICKET_AGENT_NAME] = t->agent_name,
    };
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        if (TICKET_SIZE[c].bytes &&
            fit(arena, texts[c], texts[c] ? strlen(texts[c]) : 0, TICKET_SIZE[c].chars,
                TICKET_SIZE[c].bytes, &row->ticket[c]) < 0)
            return -1;
    row->ticket[TICKET_UPDATED_AT] = cell_of(wall(rules, arena, t->updated_at));
    row->ticket[TICKET_RESOLVED_AT] = cell_of(wall(rules, arena, t->resolved_at));
    row->ticket[TICKET_MAILBOX_ID] = cell_of(t->mailbox_id);
    row->ticket[TICKET_RESPONSE_COUNT] = cell_of(t->response_count);
    return map_raw(rules, t, arena, &row->ticket[TICKET_RAW_DATA]);
}

static int map_request(const struct map_rules *rules, const struct ticket *t, const char *title,
                       struct arena *arena, struct row *row)
{
    const struct request_field *fields = rules->schema->fields;
    const char *created = row->ticket[TICKET_CREATED_AT].text;
    const char *kind = category(rules, t);
    row->request[REQUEST_DATE] = (struct cell){.text = arena_copy(arena, created, 10), .len = 10};
    row->request[REQUEST_TIME] = (struct cell){.text = created + 11, .len = 8};
    row->request[REQUEST_URGENCY] = cell_of(urgency(rules, t));
    if (!row->request[REQUEST_DATE].text ||
        fit(arena, kind, strlen(kind), fields[REQUEST_CATEGORY].chars,
            fields[REQUEST_CATEGORY].bytes, &row->request[REQUEST_CATEGORY]) < 0)
        return -1;
    return describe(arena, title, t->content, &fields[REQUEST_DESCRIPTION],
                    &row->request[REQUEST_DESCRIPTION]);
}

static int rejected(char *reason, size_t size, const char *why)
{
    snprintf(reason, size, "%s", why);
    return MAP_REJECT;
}

int map_ticket(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
               struct row *row, char *reason, size_t size, struct error *error)
{
    *row = (struct row){.id = t->id};
    map_fluent_id(rules->config->site_key, t->id, row->fluent_id);
    ticket_fingerprint(t, rules->seed, row->fingerprint);
    if (t->defect)
        return rejected(reason, size, t->defect);
    const char *created = wall(rules, arena, t->created_at);
    if (!created)
        return rejected(reason, size, "created_at is missing, null or no date");
    if (!fits_int(t->mailbox_id) || !fits_int(t->response_count))
        return rejected(reason, size, "mailbox_id or response_count is no whole number");
    row->ticket[TICKET_CREATED_AT] = cell_of(created);
    row->in_scope = scope_admits(&rules->config->scope,
                                 t->mailbox_id ? strtoll(t->mailbox_id, NULL, 10) : 0, created);
    const char *title = t->title ? clean(arena, t->title) : NULL;
    if ((t->title && !title) || map_ticket_columns(rules, t, title, arena, row) < 0 ||
        map_request(rules, t, title, arena, row) < 0)
        return error_no_memory(error);
    int outcome = map_fields(rules, t, arena, row, reason, size);
    return outcome < 0 ? error_no_memory(error) : outcome;
}
