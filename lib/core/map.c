/* map: turns a decoded ticket into a row, by the rules of its columns. */
#include "core/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/int64.h"
#include "base/text.h"
#include "codec/numbers.h"
#include "core/column.h"
#include "core/evaluate.h"
#include "core/rule_types.h"
#include "core/scope.h"

enum {
    /* To be raised when the mapping itself changes, so that stored tickets are mapped again. */
    MAP_VERSION = 2,
    CONTENT_MAX = 64 << 20, /* of a text made from a ticket; far more than a column holds */
    TOLD_MAX = 64,
    SITE_KEY_MAX = 64, /* longer than any, and leaves room for an id in a fluent_id */
    RULE_SHOWN = 120,  /* bytes of a rule in the reason of a reject */
};

void map_fluent_id(const char *site_key, int64_t id, char *out)
{
    size_t n = strnlen(site_key, SITE_KEY_MAX);
    memcpy(out, site_key, n);
    if (n)
        out[n++] = ':';
    int64_text(id, out + n);
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
    int done = rules_hash(rules->set, hash);
    hash_pairs(hash, "drop", &m->drop);
    if (rules->once) /* once it is not so any more, all requests catch up */
        hash_text(hash, "once");
    hash_finish(hash, rules->config_hash);
    if (done < 0)
        rules->config_hash[0] = '\0';
}

/* Do the rules fit the table? */

struct column_check {
    const struct map_rules *rules;
    const char *table, *section;
    const struct request_field *field;
    const struct column_rule *rule;
    struct buf *problems;
    /* Lines that were looked at for this column, as a section may stand in its rule twice. */
    const struct lookup_entry *told[TOLD_MAX];
    size_t told_count;
};

static void __attribute__((format(printf, 3, 4)))
problem(struct column_check *c, int line, const char *format, ...)
{
    const char *file = c->rules->set->file;
    buf_puts(c->problems, c->problems->len ? "\n" : "");
    if (file && line)
        buf_printf(c->problems, "%s:%d: ", file, line);
    va_list args;
    va_start(args, format);
    buf_vprintf(c->problems, format, args);
    va_end(args);
}

/* Was the line reported already? */
static bool is_told(struct column_check *c, const struct lookup_entry *entry)
{
    for (size_t i = 0; i < c->told_count; i++)
        if (c->told[i] == entry)
            return true;
    if (c->told_count < TOLD_MAX)
        c->told[c->told_count++] = entry;
    return false;
}

static void check_result(void *context, const char *value, const struct lookup_entry *entry)
{
    struct column_check *c = context;
    bool ours = entry ? entry->built_in : !c->rule->line;
    if (ours || (entry && is_told(c, entry)) || column_accepts_fixed(c->field, value))
        return;
    if (entry && strcmp(entry->section, "mailbox") == 0)
        problem(c, entry->line, "[mailbox.%s] category: %s.%s cannot hold \"%s\"", entry->name,
                c->table, c->field->name, value);
    else if (entry)
        problem(c, entry->line, "[map.%s] %s: %s.%s cannot hold \"%s\"", entry->section,
                entry->name, c->table, c->field->name, value);
    else
        problem(c, c->rule->line, "[%s] %s: %s.%s cannot hold \"%s\"", c->section, c->rule->name,
                c->table, c->field->name, value);
}

static void check_column(struct column_check *c)
{
    char range[COLUMN_RANGE_SIZE], why[RULE_WHY_SIZE];
    if (c->field->type == FIELD_OTHER) {
        problem(c, c->rule->line,
                "[%s] %s: the table %s has no such column, or its type cannot hold a mapped value",
                c->section, c->rule->name, c->table);
        return;
    }
    column_range(c->field, range);
    c->told_count = 0;
    if (!(rule_kinds(c->rule->rule, why) & column_kinds(c->field)))
        problem(c, c->rule->line, "[%s] %s: %s.%s (%s) cannot hold what this rule gives",
                c->section, c->rule->name, c->table, c->field->name, range);
    else
        rule_results(c->rule->rule, check_result, c);
}

int map_check(const struct map_rules *rules, struct error *error)
{
    const struct request_schema *schema = rules->schema;
    struct buf problems;
    buf_init(&problems, ERROR_MESSAGE_MAX);
    struct column_check c = {.rules = rules, .problems = &problems};
    c.table = "requests";
    c.section = "map.fields";
    for (size_t f = 0; f < schema->count; f++) {
        c.field = &schema->fields[f];
        c.rule = &rules->set->requests[f];
        check_column(&c);
    }
    c.table = "fluent_tickets";
    c.section = "map.ticket_fields";
    for (size_t f = 0; f < schema->ticket_field_count; f++) {
        c.field = &schema->ticket_fields[f];
        c.rule = &rules->set->tickets[f];
        check_column(&c);
    }
    int done = problems.len ? error_set(error, ERR_USAGE, "%s", buf_text(&problems)) : 0;
    if (problems.starved || !rules->config_hash[0])
        done = error_no_memory(error);
    buf_release(&problems);
    return done;
}

/* Values */

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

static const char *wall(const struct map_rules *rules, struct arena *arena, const char *date)
{
    int64_t instant;
    char text[ZONE_TEXT_SIZE];
    if (!zone_parse(rules->site, date, &instant) || !zone_wall(rules->target, instant, text))
        return NULL;
    return arena_copy(arena, text, ZONE_TEXT_SIZE - 1);
}

/* `why` is a constant, or belongs to the arena. */
static int rejected(struct row *row, const char *why)
{
    row->reject = why;
    return MAP_REJECT;
}

/* The beginning of a rule, cut between characters, as the table of the rejects takes no half ones.
 * Without memory the arena has failed. */
static const char *shown_rule(const char *rule, struct arena *arena)
{
    struct cell shown = cell_of("");
    arena->failed |= fit(arena, rule, strlen(rule), SIZE_MAX, RULE_SHOWN, &shown) < 0;
    return arena->failed ? "" : shown.text;
}

/* "TABLE.COLUMN (its range) cannot hold the value of RULE: VALUE". */
static int cannot_hold(struct row *row, const char *table, const struct request_field *field,
                       const char *rule, struct cell value, struct arena *arena)
{
    char range[COLUMN_RANGE_SIZE], shown[EVALUATE_SHOWN_SIZE];
    column_range(field, range);
    evaluate_show(value, shown);
    return rejected(row, arena_printf(arena, "%s.%s (%s) cannot hold the value of %s: %s", table,
                                      field->name, range, shown_rule(rule, arena), shown));
}

/* Columns that rules fill */

static int map_column(struct evaluation *e, const struct map_column *c, struct arena *arena,
                      struct row *row)
{
    const struct request_field *field = c->field;
    bool text = field->type == FIELD_TEXT;
    struct cell value;
    *c->cell = (struct cell){0};
    if (!rule_evaluate(e, c->rule->rule, &value))
        return e->scratch.failed
                   ? -1
                   : rejected(row,
                              arena_printf(arena, "%s.%s cannot be made by %s: %s", c->table,
                                           field->name, shown_rule(c->rule->text, arena), e->why));
    if (!value.text)
        return MAP_ROW;
    struct cell given = value;
    if (!column_value(e, field, &value))
        return e->scratch.failed ? -1
                                 : cannot_hold(row, c->table, field, c->rule->text, given, arena);
    return fit(arena, value.text, value.len, text ? field->chars : SIZE_MAX,
               text ? field->bytes : SIZE_MAX, c->cell);
}

bool map_column_at(const struct map_rules *rules, struct row *row, size_t index,
                   struct map_column *column)
{
    const struct request_schema *schema = rules->schema;
    size_t f = index - schema->count;
    if (index < schema->count)
        *column = (struct map_column){"requests", &schema->fields[index],
                                      &rules->set->requests[index], &row->request[index]};
    else if (f < schema->ticket_field_count)
        *column = (struct map_column){"fluent_tickets", &schema->ticket_fields[f],
                                      &rules->set->tickets[f], &row->ticket_fields[f]};
    return index < schema->count || f < schema->ticket_field_count;
}

static void begin(struct evaluation *e, const struct map_rules *rules, const struct ticket *t,
                  const struct row *row)
{
    *e = (struct evaluation){.ticket = t, .site = rules->site, .target = rules->target};
    e->moment.date = t->created_at;
    e->moment.wall = row->ticket[TICKET_CREATED_AT].text;
}

/* The texts of the ticket and the rules are copied: the page may be freed. */
static int map_by_rules(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                        struct row *row)
{
    struct evaluation e;
    struct map_column column;
    int outcome = MAP_ROW;
    begin(&e, rules, t, row);
    for (size_t i = 0; outcome == MAP_ROW && map_column_at(rules, row, i, &column); i++)
        outcome = map_column(&e, &column, arena, row);
    if (e.scratch.failed)
        outcome = -1;
    evaluate_release(&e);
    return outcome;
}

int map_one(const struct map_rules *rules, const struct ticket *t, const struct map_column *column,
            const struct map_trace *trace, struct arena *arena, struct row *row)
{
    struct evaluation e;
    begin(&e, rules, t, row);
    e.trace = trace->call;
    e.trace_context = trace->context;
    int outcome = map_column(&e, column, arena, row);
    bool starved = e.scratch.failed || arena->failed;
    evaluate_release(&e);
    return starved ? -1 : outcome;
}

/* The ticket */

int map_describe(struct arena *arena, const char *title, const char *content,
                 const struct request_field *field, struct cell *cell)
{
    const struct ticket ticket = {.title = title, .content = content};
    struct evaluation e = {.ticket = &ticket};
    struct cell value = {0};
    char why[RULE_WHY_SIZE];
    const struct rule *rule = rule_parse(rules_built_in(REQUEST_DESCRIPTION), &e.scratch, why);
    int done = rule && rule_evaluate(&e, rule, &value)
                   ? fit(arena, value.text, value.len, field->chars, field->bytes, cell)
                   : -1;
    evaluate_release(&e);
    return done;
}

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
        /* Anything else in an integer column is a reject, not a silent 0. */
        if (info->holds == HOLDS_NUMBER && !column_is_whole(ticket_text(t, c)))
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
        if (column_takes_whole(&field, text))
            continue;
        snprintf(field.name, sizeof field.name, "%s", info->name);
        return cannot_hold(row, "fluent_tickets", &field, info->path, cell_of(text), arena);
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

static void judge_scope(const struct map_rules *rules, const struct ticket *t, struct arena *arena,
                        struct row *row)
{
    struct scope_ticket ticket = {.mailbox = t->mailbox_id ? strtoll(t->mailbox_id, NULL, 10) : 0,
                                  .status = t->status,
                                  .created_at = row->ticket[TICKET_CREATED_AT].text};
    if (rules->scope->date_of == SCOPE_RESOLVED_AT && t->resolved_at)
        ticket.resolved_at = wall(rules, arena, t->resolved_at);
    enum scope_verdict verdict = scope_judge(rules->scope, ticket);
    row->in_scope = verdict == SCOPE_IN;
    row->out_of_scope = !row->in_scope;
    row->undated = verdict == SCOPE_UNDATED;
    row->left_scope = scope_left(rules->scope, t->status);
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
    judge_scope(rules, t, arena, row);
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
    if ((t->title && !title) || map_ticket_columns(rules, t, title, arena, row) < 0)
        return error_no_memory(error);
    int outcome = map_numbers(rules, t, arena, row);
    if (outcome == MAP_ROW)
        outcome = map_by_rules(rules, t, arena, row);
    if (outcome == MAP_ROW)
        outcome = map_raw(rules, t, arena, row);
    if (outcome == MAP_REJECT) {
        row->in_scope = false;
        memset(row->ticket, 0, sizeof row->ticket);
        memset(row->ticket_fields, 0, sizeof row->ticket_fields);
        memset(row->request, 0, sizeof row->request);
    }
    return outcome < 0 || arena->failed ? error_no_memory(error) : outcome;
}
