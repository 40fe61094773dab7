/* fuzz_page: a page of tickets, decoded and mapped to rows. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/map.h"
#include "core/rules.h"
#include "fuzz.h"

enum { RAW_MAX = 1 << 26, WHY_SIZE = 200 };

static const int64_t ID_MAX = INT64_C(9007199254740991);
#define DROPPED(path)                                                                              \
    {                                                                                              \
        .key = (char[])                                                                            \
        {                                                                                          \
            path                                                                                   \
        }                                                                                          \
    }
static struct mapping_pair dropped[] = {DROPPED("customer.email"), DROPPED("tags.slug"),
                                        DROPPED("secret")};
static const struct mapping_pairs DROP = {dropped, sizeof dropped / sizeof *dropped};

/* What the columns of fluent_tickets hold, in characters and bytes. */
static const struct {
    size_t chars, bytes;
} LIMITS[TICKET_COLUMNS] = {
    [TICKET_NUMBER] = {50, 200},
    [TICKET_STATUS] = {50, 200},
    [TICKET_CUSTOMER_ID] = {100, 400},
    [TICKET_CUSTOMER_NAME] = {255, 1020},
    [TICKET_CUSTOMER_EMAIL] = {255, 1020},
    [TICKET_TITLE] = {255, 1020},
    [TICKET_CUSTOMER_MESSAGE] = {16777215, 16777215},
    [TICKET_PRIORITY] = {20, 80},
    [TICKET_PRODUCT_ID] = {100, 400},
    [TICKET_PRODUCT_NAME] = {255, 1020},
    [TICKET_AGENT_ID] = {100, 400},
    [TICKET_AGENT_NAME] = {255, 1020},
};

/* requests, with a column of every type that takes a mapped value. */
static const struct request_schema SCHEMA = {
    .count = 14,
    .fields =
        {
            [REQUEST_DATE] = {.name = "date", .type = FIELD_DATE},
            [REQUEST_TIME] = {.name = "time", .type = FIELD_TIME},
            [REQUEST_CATEGORY] =
                {.name = "category", .type = FIELD_TEXT, .chars = 50, .bytes = 200},
            [REQUEST_DESCRIPTION] =
                {.name = "description", .type = FIELD_TEXT, .chars = 65535, .bytes = 65535},
            [REQUEST_URGENCY] = {.name = "urgency",
                                 .type = FIELD_ENUM,
                                 .options = "LOW\nMEDIUM\nHIGH\nPROMOTION\n"},
            {.name = "website_url",
             .path = "customer.url",
             .type = FIELD_TEXT,
             .chars = 10,
             .bytes = 20},
            {.name = "n", .path = "response_count", .type = FIELD_INTEGER, .bits = 16},
            {.name = "u", .path = "id", .type = FIELD_INTEGER, .bits = 32, .is_unsigned = true},
            {.name = "hours",
             .path = "custom.hours",
             .type = FIELD_DECIMAL,
             .digits = 5,
             .scale = 2},
            {.name = "day", .path = "waiting_since", .type = FIELD_DATE},
            {.name = "at", .path = "last_agent_response", .type = FIELD_TIME, .scale = 3},
            {.name = "seen", .path = "last_customer_response", .type = FIELD_DATETIME},
            {.name = "stamp", .path = "updated_at", .type = FIELD_INSTANT, .scale = 6},
            {.name = "size",
             .path = "tags.0.title",
             .type = FIELD_ENUM,
             .options = "Small\nLarge\n"},
        },
    .numbers = {[TICKET_MAILBOX_ID] = {.bits = 32}, [TICKET_RESPONSE_COUNT] = {.bits = 32}}};

#define PAIR(key, value)                                                                           \
    {                                                                                              \
        (char[]){key}, (char[])                                                                    \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }

static struct mapping_pair urgencies[] = {PAIR("blocker", "promotion"), PAIR("low", "LOW")};
static struct mapping_pair categories[] = {PAIR("widget pro", "Hardware")};
static struct mapping_pair mailboxes[] = {PAIR("2", "Second")};
/* The columns of the schema behind the first five, in its order. */
static struct mapping_pair fields[] = {PAIR("website_url", "customer.url"),
                                       PAIR("n", "response_count"),
                                       PAIR("u", "id"),
                                       PAIR("hours", "custom.hours"),
                                       PAIR("day", "waiting_since"),
                                       PAIR("at", "last_agent_response"),
                                       PAIR("seen", "last_customer_response"),
                                       PAIR("stamp", "updated_at"),
                                       PAIR("size", "tags.0.title")};
static const struct scope scope = {.since = "2025-09-20", .all_mailboxes = true};
static const struct mapping mapping = {
    .urgency = {urgencies, sizeof urgencies / sizeof *urgencies},
    .category = {categories, sizeof categories / sizeof *categories},
    .mailbox_category = {mailboxes, sizeof mailboxes / sizeof *mailboxes},
    .fields = {fields, sizeof fields / sizeof *fields},
};
static struct map_rules rules = {
    .mapping = &mapping, .scope = &scope, .site_key = "", .schema = &SCHEMA};

static void no_problem(void *context, int line, const char *text)
{
    (void)context, (void)line, (void)text;
    DEMAND(false);
}

static void set_up(void)
{
    static struct zone *site, *target;
    struct error error = ERROR_INIT;
    if (site)
        return;
    DEMAND(zone_open(&site, "America/New_York", &error) == 0);
    DEMAND(zone_open(&target, "UTC", &error) == 0);
    rules.site = site;
    rules.target = target;
    rules.set = rules_new(&mapping, no_problem, NULL);
    DEMAND(rules.set);
    map_hash_config(&rules);
    DEMAND(map_check(&rules, &error) == 0);
}

static bool is_wall(struct cell cell)
{
    int64_t instant;
    return cell.len == ZONE_TEXT_SIZE - 1 && zone_instant(rules.target, cell.text, &instant);
}

static void check_texts(const struct ticket *t)
{
    const char *const texts[] = {
        t->hash,          t->title,      t->content,     t->status,         t->priority,
        t->created_at,    t->updated_at, t->resolved_at, t->response_count, t->customer_id,
        t->agent_id,      t->mailbox_id, t->product_id,  t->customer_name,  t->agent_name,
        t->product_title, t->defect,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i])
            fuzz_text(texts[i], strlen(texts[i]));
    DEMAND(t->id >= 0 && t->id <= ID_MAX);
    DEMAND(t->defect || t->id > 0);
    DEMAND(!t->customer_email); /* dropped */
}

/* Decodes what ticket_json has made, with nothing dropped, between these texts. */
static bool decode_again(struct page *page, const char *before, const struct buf *raw,
                         const char *after)
{
    struct buf body;
    char why[WHY_SIZE];
    buf_init(&body, RAW_MAX);
    DEMAND(buf_printf(&body, "{\"tickets\":{\"data\":[%s%s%s]}}", before, buf_text(raw), after) ==
           0);
    enum decode_fault fault = decode_page(page, body.data, body.len, NULL, why, sizeof why);
    buf_release(&body);
    return fault == DECODE_OK;
}

/* Nothing of what was dropped is left. One level deeper, where nobody drops: cJSON may refuse. */
static void check_drops(const struct buf *raw)
{
    static const char *const paths[] = {"w.preview_response", "w.preview_response.id",
                                        "w.live_activity",    "w.customer.email",
                                        "w.secret",           "w.tags.0.slug"};
    struct page page;
    struct arena arena = ARENA_INIT;
    if (!decode_again(&page, "{\"w\":", raw, "}"))
        return;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        DEMAND(!ticket_at(&page.tickets[0], paths[i], &arena));
    page_release(&page);
    arena_release(&arena);
}

static void check_text(const cJSON *ticket, const char *name, const char *text)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(ticket, name);
    DEMAND(!cJSON_IsString(item) || (text && strcmp(item->valuestring, text) == 0));
}

/* cJSON reads the same texts out of what is stored. */
static void check_escapes(const struct ticket *t, const struct buf *raw)
{
    cJSON *ticket = cJSON_ParseWithLength(buf_text(raw), raw->len);
    DEMAND(ticket);
    check_text(ticket, "title", t->title);
    check_text(ticket, "content", t->content);
    check_text(ticket, "status", t->status);
    cJSON_Delete(ticket);
}

/* What is stored is JSON that says the same again. */
static void check_raw(const struct ticket *t, enum ticket_keys keys)
{
    struct buf raw, again;
    struct page page;
    char before[HASH_SIZE], after[HASH_SIZE];
    buf_init(&raw, RAW_MAX);
    buf_init(&again, RAW_MAX);
    DEMAND(ticket_json(t, keys, &raw) == 0);
    fuzz_text(buf_text(&raw), raw.len);
    check_drops(&raw);
    check_escapes(t, &raw);
    DEMAND(decode_again(&page, "", &raw, "") && page.count == 1);
    const struct ticket *copy = &page.tickets[0];
    DEMAND(copy->id == t->id);
    DEMAND(ticket_json(copy, keys, &again) == 0);
    DEMAND(raw.len == again.len && !memcmp(raw.data, again.data, raw.len));
    ticket_fingerprint(t, "hash", before);
    ticket_fingerprint(copy, "hash", after);
    DEMAND(keys == TICKET_MAPPED_KEYS || strcmp(before, after) == 0);
    page_release(&page);
    buf_release(&raw);
    buf_release(&again);
}

static void check_request(const struct row *row)
{
    for (size_t f = 0; f < SCHEMA.count; f++) {
        const struct request_field *field = &SCHEMA.fields[f];
        struct cell cell = row->request[f];
        if (!cell.text)
            continue;
        fuzz_text(cell.text, cell.len);
        DEMAND(strlen(cell.text) >= cell.len);
        if (field->type == FIELD_TEXT)
            DEMAND(text_length(cell.text, cell.len) <= field->chars && cell.len <= field->bytes);
        if (field->type == FIELD_INTEGER)
            DEMAND(cell.len <= (field->bits == 16 ? strlen("-32768") : strlen("4294967295")));
        if (field->type == FIELD_DECIMAL)
            DEMAND(cell.len <= (size_t)field->digits + 2);
        if (field->type == FIELD_ENUM)
            DEMAND(memmem(field->options, strlen(field->options), cell.text, cell.len));
        if (field->type == FIELD_DATE)
            DEMAND(cell.len == 10);
    }
    for (size_t f = 0; f < REQUEST_BUILT_IN; f++)
        DEMAND(row->request[f].text != NULL);
    const struct cell words = row->request[REQUEST_DESCRIPTION];
    DEMAND(words.len > 0);
    fuzz_no_controls(words.text, words.len, "\n");
}

static void check_row(const struct row *row)
{
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        struct cell cell = row->ticket[c];
        if (!cell.text)
            continue;
        fuzz_text(cell.text, cell.len);
        DEMAND(!LIMITS[c].chars || (text_length(cell.text, cell.len) <= LIMITS[c].chars &&
                                    cell.len <= LIMITS[c].bytes));
    }
    const struct cell title = row->ticket[TICKET_TITLE];
    if (title.text)
        fuzz_no_controls(title.text, title.len, "");
    DEMAND(is_wall(row->ticket[TICKET_CREATED_AT]));
    DEMAND(!row->ticket[TICKET_UPDATED_AT].text || is_wall(row->ticket[TICKET_UPDATED_AT]));
    DEMAND(row->ticket[TICKET_RAW_DATA].len > 1);
    DEMAND(row->id > 0 && strtoll(row->fluent_id, NULL, 10) == row->id);
    check_request(row);
}

static void check_ticket(const struct ticket *t, struct arena *arena)
{
    struct row row;
    struct error error = ERROR_INIT;
    check_texts(t);
    check_raw(t, TICKET_ALL_KEYS);
    if (t->id)
        check_raw(t, TICKET_MAPPED_KEYS);
    int outcome = map_identity(&rules, t, arena, &row, &error);
    if (outcome == MAP_ROW)
        outcome = map_ticket(&rules, t, arena, &row, &error);
    DEMAND(outcome == MAP_ROW || outcome == MAP_REJECT);
    DEMAND(strlen(row.fingerprint) == HASH_SIZE - 1);
    DEMAND(!t->defect || outcome == MAP_REJECT);
    if (outcome == MAP_ROW)
        check_row(&row);
    else
        DEMAND(row.reject && row.reject[0] && !row.in_scope && !row.ticket[TICKET_RAW_DATA].text);
}

static void check_same(const struct ticket *t, const struct ticket *other)
{
    const char *const texts[][2] = {
        {t->title, other->title},           {t->content, other->content},
        {t->updated_at, other->updated_at}, {t->customer_name, other->customer_name},
        {t->newest_id, other->newest_id},   {t->newest_at, other->newest_at},
        {t->defect, other->defect},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        DEMAND(text_same(texts[i][0], texts[i][1]));
    DEMAND(t->id == other->id && t->orphan == other->orphan);
    DEMAND(t->json_length == other->json_length && !memcmp(t->json, other->json, t->json_length));
}

/* With a blank in it, cJSON reads the whole of it: that must say the same. */
static void check_by_cjson(const uint8_t *data, size_t size, const struct page *page)
{
    struct page other;
    char why[WHY_SIZE];
    if (size == 0 || data[0] != '{')
        return;
    char *body = malloc(size + 1);
    DEMAND(body);
    body[0] = '{';
    body[1] = ' ';
    memcpy(body + 2, data + 1, size - 1);
    DEMAND(decode_page(&other, body, size + 1, &DROP, why, sizeof why) == DECODE_OK);
    DEMAND(page->count == other.count && page->total == other.total);
    for (size_t i = 0; i < page->count; i++)
        check_same(&page->tickets[i], &other.tickets[i]);
    page_release(&other);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct page page;
    struct arena arena = ARENA_INIT;
    char why[WHY_SIZE] = "";
    set_up();
    char *body = fuzz_copy(data, size);
    enum decode_fault fault = decode_page(&page, body, size, &DROP, why, sizeof why);
    free(body);
    DEMAND(fault == DECODE_OK || (why[0] && !page.tickets && !page.arena.chunks));
    DEMAND(fault != DECODE_STARVED);
    if (fault == DECODE_OK)
        check_by_cjson(data, size, &page);
    for (size_t i = 0; i < page.count; i++)
        check_ticket(&page.tickets[i], &arena);
    page_release(&page);
    arena_release(&arena);
    return 0;
}
