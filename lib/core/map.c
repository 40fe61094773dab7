/* map: turns a decoded ticket into a row, by built-in rules and the configuration's own. */
#include "core/map.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/text.h"
#include "codec/html.h"
#include "codec/numbers.h"
#include "core/scope.h"

enum {
    /* To be raised when the mapping itself changes, so that stored tickets are mapped again. */
    MAP_VERSION = 1,
    CONTENT_MAX = 64 << 20, /* of a text made from a ticket; far more than a column holds */
    NUMBER_MAX = 30,        /* the longest text that is read as a number */
    REJECT_SIZE = 256,
};

#define ELLIPSIS "\xE2\x80\xA6"

static const struct mapping_pair URGENCIES[] = {
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

static void hash_text(struct hash *hash, const char *text)
{
    hash_add(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void hash_pairs(struct hash *hash, const char *name, const struct mapping_pairs *pairs)
{
    hash_text(hash, name);
    hash_add(hash, &pairs->count, sizeof pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        hash_text(hash, pairs->items[i].key);
        hash_text(hash, pairs->items[i].value);
    }
}

void map_hash_config(struct map_rules *rules)
{
    const struct mapping *m = rules->mapping;
    struct hash *hash = hash_new();
    rules->config_hash[0] = '\0';
    if (!hash)
        return;
    const int numbers[] = {MAP_VERSION, (int)m->raw_data};
    hash_add(hash, numbers, sizeof numbers);
    hash_text(hash, zone_name(rules->site));
    hash_text(hash, zone_name(rules->target));
    hash_pairs(hash, "urgency", &m->urgency);
    hash_pairs(hash, "category", &m->category);
    hash_pairs(hash, "fields", &m->fields);
    hash_pairs(hash, "mailboxes", &m->mailbox_category);
    hash_pairs(hash, "drop", &m->drop);
    hash_finish(hash, rules->config_hash);
}

/* The value of an ENUM as the column spells it; NULL when the column does not have it. */
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

static void check_values(const struct request_field *field, const struct mapping_pairs *pairs,
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
    check_values(&schema->fields[REQUEST_URGENCY], &rules->mapping->urgency, "map.urgency",
                 &problems);
    check_values(&schema->fields[REQUEST_CATEGORY], &rules->mapping->category, "map.category",
                 &problems);
    check_values(&schema->fields[REQUEST_CATEGORY], &rules->mapping->mailbox_category, "mailbox",
                 &problems);
    for (size_t f = 0; f < schema->count; f++)
        if (schema->fields[f].type == FIELD_OTHER)
            buf_printf(&problems,
                       "%s[map.fields] %s: the table requests has no such column, or its "
                       "type cannot hold a mapped value",
                       problems.len ? "\n" : "", schema->fields[f].name);
    int done = problems.len ? error_set(error, ERR_USAGE, "%s", buf_text(&problems)) : 0;
    if (problems.starved || !rules->config_hash[0])
        done = error_no_memory(error);
    buf_release(&problems);
    return done;
}

/* Values */

/* The value of the rule whose key is `key`, ignoring case; NULL: none, or the arena has failed. */
static const char *rule_for(const struct mapping_pair *rules, size_t count, const char *key,
                            struct arena *arena)
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
        arena->failed |= folded.starved;
    }
    arena->failed |= wanted.starved;
    buf_release(&wanted);
    buf_release(&folded);
    return value;
}

static const char *pair_for(const struct mapping_pairs *pairs, const char *key, struct arena *arena)
{
    return pairs->count && key ? rule_for(pairs->items, pairs->count, key, arena) : NULL;
}

static const char *urgency(const struct map_rules *rules, const struct ticket *t,
                           struct arena *arena)
{
    const struct mapping_pairs *own = &rules->mapping->urgency;
    const char *value = pair_for(own, t->priority, arena);
    if (!value)
        value = pair_for(own, "*", arena);
    if (!value && t->priority)
        value = rule_for(URGENCIES, sizeof URGENCIES / sizeof *URGENCIES, t->priority, arena);
    return value ? value : DEFAULT_URGENCY;
}

/* The product's rule comes first, then the mailbox's, the rule for all other products, and the
 * built-in ones. */
static const char *category(const struct map_rules *rules, const struct ticket *t,
                            struct arena *arena)
{
    const struct mapping_pairs *own = &rules->mapping->category;
    const char *product = t->product_title;
    const char *value = pair_for(own, product, arena);
    if (!value)
        value = pair_for(&rules->mapping->mailbox_category, t->mailbox_id, arena);
    if (!value)
        value = pair_for(own, "*", arena);
    if (value || !product)
        return value ? value : DEFAULT_CATEGORY;
    for (size_t i = 0; i < sizeof CATEGORIES / sizeof *CATEGORIES; i++)
        if (strcasecmp(product, CATEGORIES[i]) == 0)
            return CATEGORIES[i];
    return strcasecmp(product, "Project") == 0 ? "General" : DEFAULT_CATEGORY;
}

static int keep(struct arena *arena, const char *text, size_t n, struct cell *cell)
{
    *cell = (struct cell){.text = text ? arena_copy(arena, text, n) : NULL, .len = n};
    return text && !cell->text ? -1 : 0;
}

/* Copies as much of `text` as fits; `cell` stays NULL for NULL. -1 when memory ran out. */
static int fit(struct arena *arena, const char *text, size_t n, size_t chars, size_t bytes,
               struct cell *cell)
{
    if (!text || (n <= bytes && n <= chars))
        return keep(arena, text, n, cell);
    struct buf out;
    buf_init(&out, n + 8);
    int done = text_fit(&out, text, n, chars, bytes);
    if (done == 0)
        done = keep(arena, buf_text(&out), out.len, cell);
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

int map_describe(struct arena *arena, const char *title, const char *content,
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
    if (out.failed && !out.starved) { /* nested quotes swell: cut them */
        out.failed = false;
        out.max += strlen(ELLIPSIS);
        buf_puts(&out, ELLIPSIS);
    }
    int done = out.failed ? -1 : 0;
    if (done == 0)
        done = fit(arena, buf_text(&out), out.len, field->chars, field->bytes, cell);
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

static const char DIGITS[] = "0123456789";
enum { SCALE_MAX = 38 };

enum number { NUMBER_WHOLE, NUMBER_WITH_FRACTION };

static bool is_number(const char *text, enum number number)
{
    const char *p = text + (*text == '-' || *text == '+');
    size_t whole = strspn(p, DIGITS), part = 0;
    p += whole;
    if (number == NUMBER_WITH_FRACTION && *p == '.') {
        part = strspn(++p, DIGITS);
        p += part;
    }
    return whole + part > 0 && *p == '\0';
}

/* The digits of a number, `scale` of them after the point, rounded as MySQL does; the first digit
 * takes what rounding carries. Returns how many there are. */
static size_t round_digits(const char *number, size_t scale, char *digits)
{
    size_t n = 0, whole = strspn(number, DIGITS);
    const char *fraction = number + whole + (number[whole] == '.');
    size_t part = strlen(fraction);
    digits[n++] = '0';
    memcpy(digits + n, number, whole);
    n += whole;
    for (size_t i = 0; i < scale; i++)
        digits[n++] = i < part ? fraction[i] : '0';
    bool carry = part > scale && fraction[scale] >= '5';
    for (size_t i = n; carry && i-- > 0;) {
        carry = digits[i] == '9';
        digits[i] = (char)(carry ? '0' : digits[i] + 1);
    }
    return n;
}

/* The largest number of an integer column, and how far below zero it reaches. */
static uint64_t above(const struct request_field *field)
{
    return UINT64_MAX >> (64 - field->bits + !field->is_unsigned);
}

static uint64_t below(const struct request_field *field)
{
    return field->is_unsigned ? 0 : above(field) + 1;
}

static bool fits_integer(const struct request_field *field, bool negative, const char *digits,
                         size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t digit = (uint64_t)(digits[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    return value <= (negative ? below(field) : above(field));
}

static bool fits_decimal(const struct request_field *field, bool negative, size_t whole)
{
    return !(negative && field->is_unsigned) && whole <= (size_t)(field->digits - field->scale);
}

/* With digits instead of floating point, as DECIMAL is exact. */
static char *number_text(const struct request_field *field, const char *text, struct arena *arena)
{
    char digits[1 + NUMBER_MAX + SCALE_MAX];
    if (!is_number(text, field->type == FIELD_DECIMAL ? NUMBER_WITH_FRACTION : NUMBER_WHOLE) ||
        strlen(text) > NUMBER_MAX || field->scale > SCALE_MAX)
        return NULL;
    size_t scale = (size_t)field->scale;
    size_t n = round_digits(text + (*text == '-' || *text == '+'), scale, digits);
    size_t point = n - scale, zeros = 0;
    while (zeros < n && digits[zeros] == '0')
        zeros++;
    size_t first = zeros < point ? zeros : point - 1;
    bool negative = *text == '-' && zeros < n;
    size_t whole = zeros < point ? point - zeros : 0;
    if (field->type == FIELD_INTEGER ? !fits_integer(field, negative, digits, n)
                                     : !fits_decimal(field, negative, whole))
        return NULL;
    return arena_printf(arena, "%s%.*s%s%.*s", negative ? "-" : "", (int)(point - first),
                        digits + first, scale ? "." : "", (int)scale, digits + point);
}

/* A value of an ENUM as the column spells it, which is how MySQL returns it; else `value`. */
static const char *spelled(const struct request_field *field, const char *value,
                           struct arena *arena)
{
    size_t len;
    const char *option = field->type == FIELD_ENUM ? enum_value(field, value, &len) : NULL;
    return option ? arena_copy(arena, option, len) : value;
}

/* As a TIME or DATETIME column with this scale returns it: TIME(3) ends in ".000". */
static const char *to_scale(const struct request_field *field, const char *text, size_t n,
                            struct arena *arena)
{
    if (field->scale <= 0)
        return arena_copy(arena, text, n);
    return arena_printf(arena, "%.*s.%0*d", (int)n, text, field->scale, 0);
}

static const char *instant(const struct map_rules *rules, const struct request_field *field,
                           const char *date, struct arena *arena)
{
    int64_t seconds;
    char iso[25];
    if (!zone_parse(rules->site, date, &seconds) || !zone_iso(seconds, iso))
        return NULL;
    iso[10] = ' ';
    return to_scale(field, iso, 19, arena);
}

/* The value of a mapped column as MySQL would return it; NULL: it does not fit. */
static const char *field_value(const struct map_rules *rules, const struct request_field *field,
                               const char *text, struct arena *arena, size_t *len)
{
    const char *value = NULL;
    if (field->type == FIELD_ENUM)
        value = enum_value(field, text, len) ? spelled(field, text, arena) : NULL;
    else if (field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL)
        value = number_text(field, text, arena);
    else if (field->type == FIELD_TEXT)
        value = text;
    else if (field->type == FIELD_INSTANT)
        value = instant(rules, field, text, arena);
    else if ((value = wall(rules, arena, text)) != NULL)
        value = field->type == FIELD_DATE   ? arena_copy(arena, value, 10)
                : field->type == FIELD_TIME ? to_scale(field, value + 11, 8, arena)
                                            : to_scale(field, value, strlen(value), arena);
    *len = value ? strlen(value) : 0;
    return value;
}

/* `why` is a constant, or belongs to the arena. */
static int rejected(struct row *row, const char *why)
{
    row->reject = why;
    return MAP_REJECT;
}

/* "TABLE.COLUMN (its range) cannot hold the value of PATH", without the value, which may be a
 * customer's words. */
static int cannot_hold(struct row *row, const char *table, const struct request_field *field,
                       const char *path, struct arena *arena)
{
    static const char *const kinds[] = {[FIELD_TEXT] = "text",
                                        [FIELD_ENUM] = "one of its values",
                                        [FIELD_INTEGER] = "",
                                        [FIELD_DECIMAL] = "",
                                        [FIELD_DATE] = "a date",
                                        [FIELD_TIME] = "a time",
                                        [FIELD_DATETIME] = "a date and time",
                                        [FIELD_INSTANT] = "a date and time",
                                        [FIELD_OTHER] = "nothing mapped"};
    char range[128];
    int whole = field->digits - field->scale, part = field->scale;
    if (field->type == FIELD_INTEGER)
        snprintf(range, sizeof range, "whole numbers from %s%" PRIu64 " to %" PRIu64,
                 field->is_unsigned ? "" : "-", below(field), above(field));
    else if (field->type == FIELD_DECIMAL)
        snprintf(range, sizeof range,
                 "numbers %s with up to %d digits before and %d after the point",
                 field->is_unsigned ? "from 0" : "of either sign", whole, part);
    else
        snprintf(range, sizeof range, "%s", kinds[field->type]);
    char why[REJECT_SIZE];
    snprintf(why, sizeof why, "%s.%s (%s) cannot hold the value of %s", table, field->name, range,
             path);
    return rejected(row, arena_copy(arena, why, strlen(why)));
}

static int map_fields(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                      struct row *row)
{
    for (size_t f = REQUEST_BUILT_IN; f < rules->schema->count; f++) {
        const struct request_field *field = &rules->schema->fields[f];
        const char *text = ticket_at(t, field->path, arena);
        size_t len = 0;
        row->request[f] = (struct cell){0};
        if (!text)
            continue;
        const char *value = field_value(rules, field, text, arena, &len);
        if (!value)
            return cannot_hold(row, "requests", field, field->path, arena);
        if (fit(arena, value, len, field->type == FIELD_TEXT ? field->chars : SIZE_MAX,
                field->type == FIELD_TEXT ? field->bytes : SIZE_MAX, &row->request[f]) < 0)
            return -1;
    }
    return MAP_ROW;
}

/* The ticket */

static int map_raw(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                   struct row *row)
{
    int outcome = MAP_ROW;
    struct buf json, texts;
    if (rules->mapping->raw_data == RAW_NONE)
        return MAP_ROW;
    buf_init(&json, CONTENT_MAX);
    buf_init(&texts, CONTENT_MAX);
    struct buf *out = rules->binary_json ? &texts : &json;
    if (ticket_json(t,
                    rules->mapping->raw_data == RAW_MAPPED ? TICKET_MAPPED_KEYS : TICKET_ALL_KEYS,
                    &json) == 0 &&
        (out == &json || numbers_as_texts(buf_text(&json), out) == 0))
        outcome =
            keep(arena, buf_text(out), out->len, &row->ticket[TICKET_RAW_DATA]) == 0 ? MAP_ROW : -1;
    else if (json.starved || texts.starved)
        outcome = -1;
    else
        outcome = rejected(row, "it is longer than 64 MB as JSON");
    buf_release(&json);
    buf_release(&texts);
    return outcome;
}

/* Only a whole number goes into an integer column; anything else is a reject, not a silent 0. */
static bool is_whole(const char *text)
{
    return !text || (is_number(text, NUMBER_WHOLE) && strlen(text) <= NUMBER_MAX);
}

/* What the ticket says of a column; NULL: nothing, or it is no text of the ticket's. */
static const char *ticket_text(const struct ticket *t, size_t column)
{
    const char *const texts[TICKET_COLUMNS] = {
        [TICKET_NUMBER] = t->hash,
        [TICKET_UPDATED_AT] = t->updated_at,
        [TICKET_STATUS] = t->status,
        [TICKET_CUSTOMER_ID] = t->customer_id,
        [TICKET_CUSTOMER_NAME] = t->customer_name,
        [TICKET_CUSTOMER_EMAIL] = t->customer_email,
        [TICKET_MAILBOX_ID] = t->mailbox_id,
        [TICKET_TITLE] = t->title,
        [TICKET_CUSTOMER_MESSAGE] = t->content,
        [TICKET_PRIORITY] = t->priority,
        [TICKET_PRODUCT_ID] = t->product_id,
        [TICKET_PRODUCT_NAME] = t->product_title,
        [TICKET_AGENT_ID] = t->agent_id,
        [TICKET_AGENT_NAME] = t->agent_name,
        [TICKET_RESOLVED_AT] = t->resolved_at,
        [TICKET_RESPONSE_COUNT] = t->response_count,
    };
    return texts[column];
}

static int check_whole(const struct ticket *t, struct arena *arena, struct row *row)
{
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        const struct ticket_column_info *info = &ticket_column_table[c];
        if (info->holds == HOLDS_NUMBER && !is_whole(ticket_text(t, c)))
            return rejected(row, arena_printf(arena, "%s is not a whole number", info->path));
    }
    return MAP_ROW;
}

static int map_numbers(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                       struct row *row)
{
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        const struct ticket_column_info *info = &ticket_column_table[c];
        struct ticket_number number = rules->schema->numbers[c];
        const char *text = ticket_text(t, c);
        if (info->holds != HOLDS_NUMBER || !text || !number.bits)
            continue;
        struct request_field field = {
            .type = FIELD_INTEGER, .bits = number.bits, .is_unsigned = number.is_unsigned};
        snprintf(field.name, sizeof field.name, "%s", info->name);
        if (!number_text(&field, text, arena))
            return cannot_hold(row, "fluent_tickets", &field, info->path, arena);
    }
    return MAP_ROW;
}

static int map_ticket_column(const struct map_rules *rules, const struct ticket_column_info *info,
                             const char *text, struct arena *arena, struct cell *cell)
{
    if (info->holds == HOLDS_WALL_TIME) {
        *cell = cell_of(wall(rules, arena, text));
        return 0;
    }
    return fit(arena, text, strlen(text), info->chars ? info->chars : SIZE_MAX,
               info->bytes ? info->bytes : SIZE_MAX, cell);
}

static int map_ticket_columns(const struct map_rules *rules, const struct ticket *t,
                              const char *title, struct arena *arena, struct row *row)
{
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        const char *text = c == TICKET_TITLE ? title : ticket_text(t, c);
        if (text &&
            map_ticket_column(rules, &ticket_column_table[c], text, arena, &row->ticket[c]) < 0)
            return -1;
    }
    return 0;
}

static int map_request(const struct map_rules *rules, const struct ticket *t, const char *title,
                       struct arena *arena, struct row *row)
{
    const struct request_field *fields = rules->schema->fields;
    const char *created = row->ticket[TICKET_CREATED_AT].text;
    const char *kind = spelled(&fields[REQUEST_CATEGORY], category(rules, t, arena), arena);
    const char *how_urgent = spelled(&fields[REQUEST_URGENCY], urgency(rules, t, arena), arena);
    row->request[REQUEST_DATE] = (struct cell){.text = arena_copy(arena, created, 10), .len = 10};
    row->request[REQUEST_TIME] = cell_of(to_scale(&fields[REQUEST_TIME], created + 11, 8, arena));
    row->request[REQUEST_URGENCY] = cell_of(how_urgent);
    if (!row->request[REQUEST_DATE].text || !row->request[REQUEST_TIME].text || !kind ||
        !how_urgent ||
        fit(arena, kind, strlen(kind), fields[REQUEST_CATEGORY].chars,
            fields[REQUEST_CATEGORY].bytes, &row->request[REQUEST_CATEGORY]) < 0)
        return -1;
    return map_describe(arena, title, t->content, &fields[REQUEST_DESCRIPTION],
                        &row->request[REQUEST_DESCRIPTION]);
}

static int identify(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                    struct row *row)
{
    *row = (struct row){.id = t->id};
    map_fluent_id(rules->site_key, t->id, row->fluent_id);
    ticket_fingerprint(t, rules->config_hash, row->fingerprint);
    if (t->defect)
        return rejected(row, t->defect);
    const char *created = wall(rules, arena, t->created_at);
    if (!created)
        return rejected(row, "created_at is missing, null or not a date");
    if (check_whole(t, arena, row) == MAP_REJECT)
        return MAP_REJECT;
    row->ticket[TICKET_CREATED_AT] = cell_of(created);
    row->in_scope =
        scope_admits(rules->scope, t->mailbox_id ? strtoll(t->mailbox_id, NULL, 10) : 0, created);
    row->out_of_scope = !row->in_scope;
    return MAP_ROW;
}

int map_identity(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                 struct row *row, struct error *error)
{
    int outcome = identify(rules, t, arena, row);
    return arena->failed || !row->fingerprint[0] ? error_no_memory(error) : outcome;
}

int map_ticket(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
               struct row *row, struct error *error)
{
    const char *title = t->title ? clean(arena, t->title) : NULL;
    if ((t->title && !title) || map_ticket_columns(rules, t, title, arena, row) < 0 ||
        map_request(rules, t, title, arena, row) < 0)
        return error_no_memory(error);
    int outcome = map_numbers(rules, t, arena, row);
    if (outcome == MAP_ROW)
        outcome = map_fields(rules, t, arena, row);
    if (outcome == MAP_ROW)
        outcome = map_raw(rules, t, arena, row);
    if (outcome == MAP_REJECT) {
        row->in_scope = false;
        memset(row->ticket, 0, sizeof row->ticket);
        memset(row->request, 0, sizeof row->request);
    }
    return outcome < 0 || arena->failed ? error_no_memory(error) : outcome;
}
