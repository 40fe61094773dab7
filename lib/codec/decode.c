/* decode: decodes pages of tickets, and answers what is asked of a ticket. */
#include "codec/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/decode_copy.h"
#include "codec/decode_text.h"
#include "codec/decode_tree.h"

/* What is read of a ticket, and of the objects in it. */
enum ticket_member {
    MEMBER_ID, /* the first */
    MEMBER_HASH,
    MEMBER_TITLE,
    MEMBER_SUBJECT,
    MEMBER_CONTENT,
    MEMBER_CUSTOMER_MESSAGE,
    MEMBER_STATUS,
    MEMBER_PRIORITY,
    MEMBER_CREATED_AT,
    MEMBER_UPDATED_AT,
    MEMBER_RESOLVED_AT,
    MEMBER_RESPONSE_COUNT,
    MEMBER_CUSTOMER_ID,
    MEMBER_AGENT_ID,
    MEMBER_MAILBOX_ID,
    MEMBER_PRODUCT_ID,
    MEMBER_CUSTOMER,
    MEMBER_AGENT,
    MEMBER_PRODUCT,
    MEMBERS
};
struct name {
    const char *text;
    size_t length;
};
static const struct name MEMBER_NAMES[MEMBERS] = {
    [MEMBER_ID] = {PART_NAME("id")},
    [MEMBER_HASH] = {PART_NAME("hash")},
    [MEMBER_TITLE] = {PART_NAME("title")},
    [MEMBER_SUBJECT] = {PART_NAME("subject")},
    [MEMBER_CONTENT] = {PART_NAME("content")},
    [MEMBER_CUSTOMER_MESSAGE] = {PART_NAME("customer_message")},
    [MEMBER_STATUS] = {PART_NAME("status")},
    [MEMBER_PRIORITY] = {PART_NAME("priority")},
    [MEMBER_CREATED_AT] = {PART_NAME("created_at")},
    [MEMBER_UPDATED_AT] = {PART_NAME("updated_at")},
    [MEMBER_RESOLVED_AT] = {PART_NAME("resolved_at")},
    [MEMBER_RESPONSE_COUNT] = {PART_NAME("response_count")},
    [MEMBER_CUSTOMER_ID] = {PART_NAME("customer_id")},
    [MEMBER_AGENT_ID] = {PART_NAME("agent_id")},
    [MEMBER_MAILBOX_ID] = {PART_NAME("mailbox_id")},
    [MEMBER_PRODUCT_ID] = {PART_NAME("product_id")},
    [MEMBER_CUSTOMER] = {PART_NAME("customer")},
    [MEMBER_AGENT] = {PART_NAME("agent")},
    [MEMBER_PRODUCT] = {PART_NAME("product")},
};

/* What was found in an object by these names. */
struct found {
    const struct name *names;
    size_t count;
    struct part *values;
    unsigned twice; /* a bit for each name that occurs twice: nobody can tell which one is meant */
};

static void note_member(struct found *found, struct part name, struct part value)
{
    for (size_t n = 0; n < found->count; n++) {
        if (!part_is(name, found->names[n].text, found->names[n].length))
            continue;
        if (found->values[n].text)
            found->twice |= 1U << n;
        else
            found->values[n] = value;
        return;
    }
}

static void note_twice(struct ticket *t, unsigned twice)
{
    if (twice && !t->defect)
        t->defect = "a key occurs in it twice";
}

/* The texts of an object in the ticket. */
static void decode_nested(struct ticket *t, struct part object, const struct name *names,
                          size_t count, const char **const *to, struct arena *arena)
{
    struct part values[2] = {{0}};
    struct part_item item = {0};
    struct found found = {names, count, values, 0};
    while (part_next(object, &item))
        if (item.key.text)
            note_member(&found, item.key, item.value);
    note_twice(t, found.twice);
    for (size_t n = 0; n < count; n++)
        *to[n] = part_text(values[n], arena);
}

/* `found` are the members of MEMBER_NAMES. */
static void decode_ticket(struct ticket *t, char first, const struct part *found, unsigned twice,
                          struct arena *arena)
{
    static const struct name person[] = {{PART_NAME("full_name")}, {PART_NAME("email")}},
                             title[] = {{PART_NAME("title")}};
    note_twice(t, twice & 1U << MEMBER_ID); /* a defect elsewhere does not hide the id */
    t->id = part_whole(found[MEMBER_ID]);
    if (first != '{')
        t->defect = "it is not a JSON object";
    else if (t->id < 1)
        t->defect = "its id is not a positive whole number";
    if (t->defect)
        t->id = 0;
    note_twice(t, twice);
    const struct {
        enum ticket_member member;
        const char **to;
    } texts[] = {
        {MEMBER_HASH, &t->hash},
        {MEMBER_STATUS, &t->status},
        {MEMBER_PRIORITY, &t->priority},
        {MEMBER_CREATED_AT, &t->created_at},
        {MEMBER_UPDATED_AT, &t->updated_at},
        {MEMBER_RESOLVED_AT, &t->resolved_at},
        {MEMBER_RESPONSE_COUNT, &t->response_count},
        {MEMBER_CUSTOMER_ID, &t->customer_id},
        {MEMBER_AGENT_ID, &t->agent_id},
        {MEMBER_MAILBOX_ID, &t->mailbox_id},
        {MEMBER_PRODUCT_ID, &t->product_id},
        {MEMBER_TITLE, &t->title},
        {MEMBER_CONTENT, &t->content},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].to = part_text(found[texts[i].member], arena);
    if (!t->title)
        t->title = part_text(found[MEMBER_SUBJECT], arena);
    if (!t->content)
        t->content = part_text(found[MEMBER_CUSTOMER_MESSAGE], arena);
    decode_nested(t, found[MEMBER_CUSTOMER], person, 2,
                  (const char **[]){&t->customer_name, &t->customer_email}, arena);
    decode_nested(t, found[MEMBER_AGENT], person, 1, (const char **[]){&t->agent_name}, arena);
    decode_nested(t, found[MEMBER_PRODUCT], title, 1, (const char **[]){&t->product_title}, arena);
}

/* Reading pages */

struct reading {
    struct page *page;
    struct buf tickets;    /* an array of struct ticket */
    struct ticket current; /* whose members are being taken */
    struct part members[MEMBERS];
    struct found found; /* `members` */
    bool has_newest, has_customer;
};

static void begin_ticket(struct reading *r)
{
    r->current = (struct ticket){0};
    memset(r->members, 0, sizeof r->members);
    r->found = (struct found){MEMBER_NAMES, MEMBERS, r->members, 0};
    r->has_newest = r->has_customer = false;
}

/* What tells that the conversation has changed. */
static void note_newest(struct reading *r, struct part newest)
{
    struct arena *arena = &r->page->arena;
    r->current.newest_id = part_text(part_member(newest, PART_NAME("id")), arena);
    r->current.newest_at = part_text(part_member(newest, PART_NAME("updated_at")), arena);
    r->has_newest = true;
}

static void take_member(void *context, struct part name, struct part value, enum copy_fate fate)
{
    struct reading *r = context;
    if (!r->has_newest && part_is(name, PART_NAME("preview_response")))
        note_newest(r, value);
    if (!r->has_customer && part_is(name, PART_NAME("customer"))) {
        r->current.orphan = *value.text == 'n';
        r->has_customer = true;
    }
    if (fate == COPY_KEPT)
        note_member(&r->found, name, value);
}

static int take_ticket(void *context, struct part json)
{
    struct reading *r = context;
    struct arena *arena = &r->page->arena;
    struct ticket *t = &r->current;
    t->json = arena_copy(arena, json.text, json.length);
    t->json_length = json.length;
    decode_ticket(t, *json.text, r->members, r->found.twice, arena);
    int done = arena->failed ? -1 : buf_append(&r->tickets, t, sizeof *t);
    begin_ticket(r);
    return done;
}

static void reading_begin(struct reading *r, struct page *page)
{
    *r = (struct reading){.page = page};
    buf_init(&r->tickets, TREE_MAX);
    begin_ticket(r);
}

/* Ends the reading of a page: `list` is what is around the tickets. -1: memory ran out. */
static int reading_end(struct reading *r, const cJSON *list)
{
    struct page *page = r->page;
    page->total = tree_whole(tree_member(list, "total"));
    page->last_page = tree_whole(tree_member(list, "last_page"));
    page->current_page = tree_whole(tree_member(list, "current_page"));
    page->per_page = tree_whole(tree_member(list, "per_page"));
    page->count = r->tickets.len / sizeof *page->tickets;
    page->tickets =
        (struct ticket *)(void *)arena_copy(&page->arena, buf_text(&r->tickets), r->tickets.len);
    return page->arena.failed || r->tickets.failed ? -1 : 0;
}

/* Reads an answer in the usual form, as nearly all are. false: it is in another one, or memory ran
 * out. */
static bool read_usual(struct page *page, const char *body, size_t length,
                       const struct mapping_pairs *drop)
{
    const char *start = tree_start("\"tickets\"", body, length);
    struct reading r;
    const struct copy_taker taker = {take_member, take_ticket, &r};
    struct buf frame;
    reading_begin(&r, page);
    buf_init(&frame, length);
    bool usual = start && copy_answer(start, length - (size_t)(start - body), drop, &frame, &taker);
    cJSON *root = usual ? tree_parse(frame.data, frame.len) : NULL;
    const cJSON *list = tree_member(root, "tickets");
    bool read = cJSON_IsArray(tree_member(list, "data")) && reading_end(&r, list) == 0;
    if (read)
        tree_note_printed(body, start);
    cJSON_Delete(root);
    buf_release(&frame);
    buf_release(&r.tickets);
    if (!read)
        page_release(page);
    return read;
}

static int take_item(struct reading *r, const cJSON *item, const struct mapping_pairs *drop)
{
    const struct copy_taker taker = {take_member, take_ticket, r};
    struct buf printed;
    buf_init(&printed, TREE_MAX);
    tree_print(item, &printed);
    bool taken = copy_printed(&printed, drop, &taker);
    buf_release(&printed);
    return taken ? 0 : -1;
}

/* Reads the tickets of cJSON's tree. */
static enum decode_fault read_tree(struct page *page, const cJSON *root,
                                   const struct mapping_pairs *drop)
{
    const cJSON *list = tree_member(root, "tickets"), *data = tree_member(list, "data"), *item;
    struct reading r;
    int done = 0;
    if (!cJSON_IsArray(data))
        return DECODE_NOT_TICKETS;
    reading_begin(&r, page);
    cJSON_ArrayForEach(item, data)
    {
        if (done == 0)
            done = take_item(&r, item, drop);
    }
    if (done == 0)
        done = reading_end(&r, list);
    buf_release(&r.tickets);
    return done == 0 ? DECODE_OK : DECODE_STARVED;
}

/* Reads an answer in any form. */
static enum decode_fault read_any(struct page *page, char *body, size_t length,
                                  const struct mapping_pairs *drop)
{
    struct arena trees = ARENA_INIT;
    tree_prepare(body, length);
    tree_use(&trees);
    const cJSON *root = tree_find("\"tickets\"", body, length);
    tree_use(NULL);
    enum decode_fault fault = root               ? read_tree(page, root, drop)
                              : tree_starved()   ? DECODE_STARVED
                              : tree_too_large() ? DECODE_TOO_LARGE
                                                 : DECODE_NOT_JSON;
    arena_release(&trees);
    if (fault != DECODE_OK)
        page_release(page);
    return fault;
}

enum decode_fault decode_page(struct page *page, char *body, size_t length,
                              const struct mapping_pairs *drop, char *why, size_t size)
{
    *page = (struct page){0};
    enum decode_fault fault =
        read_usual(page, body, length, drop) ? DECODE_OK : read_any(page, body, length, drop);
    if (fault == DECODE_STARVED)
        snprintf(why, size, "out of memory");
    if (fault == DECODE_TOO_LARGE)
        snprintf(why, size, "it would take more than %d MB of memory", TREE_MAX >> 20);
    if (fault == DECODE_NOT_JSON)
        snprintf(why, size, "%s", length ? "it is not JSON, or cut short" : "it is empty");
    if (fault == DECODE_NOT_TICKETS)
        snprintf(why, size, "it is JSON, but has no list tickets.data");
    return fault;
}

void page_release(struct page *page)
{
    arena_release(&page->arena);
    *page = (struct page){0};
}

/* The tickets stand in the arena one behind the other: what belongs to one of them was made after
 * the JSON of the one before it. */
void page_forget(struct page *page, size_t n)
{
    if (n > 0 && n < page->count)
        arena_release_before(&page->arena, page->tickets[n - 1].json);
}

/* Tickets */

/* The element with the number in `name`. */
static struct part element(struct part array, const char *name, size_t n)
{
    bool is_index = n > 0 && n < 10 && strspn(name, "0123456789") >= n;
    return is_index ? part_element(array, (size_t)atoi(name)) : (struct part){0};
}

const char *ticket_at(const struct ticket *ticket, const char *path, struct arena *arena)
{
    struct part node = {ticket->json, ticket->json_length};
    while (node.text && *path) {
        size_t n = strcspn(path, ".");
        node = *node.text == '[' ? element(node, path, n) : part_member(node, path, n);
        path += n + (path[n] == '.');
    }
    if (node.text && (*node.text == 't' || *node.text == 'f'))
        return *node.text == 't' ? "1" : "0";
    return part_text(node, arena);
}

static void begin_member(struct buf *out, const char *name)
{
    bool first = out->len > 0 && out->data[out->len - 1] == '{';
    buf_printf(out, "%s\"%s\":", first ? "" : ",", name);
}

/* Appends the member of this name, if there is one. */
static void pick(struct part from, struct name name, struct buf *out)
{
    struct part value = part_member(from, name.text, name.length);
    if (!value.text)
        return;
    begin_member(out, name.text);
    buf_append(out, value.text, value.length);
}

static void append_mapped(struct part ticket, struct buf *out)
{
    static const enum ticket_member own[] = {
        MEMBER_ID,         MEMBER_HASH,        MEMBER_TITLE,          MEMBER_SUBJECT,
        MEMBER_CONTENT,    MEMBER_STATUS,      MEMBER_PRIORITY,       MEMBER_CREATED_AT,
        MEMBER_UPDATED_AT, MEMBER_RESOLVED_AT, MEMBER_CUSTOMER_ID,    MEMBER_AGENT_ID,
        MEMBER_MAILBOX_ID, MEMBER_PRODUCT_ID,  MEMBER_RESPONSE_COUNT, MEMBER_CUSTOMER_MESSAGE};
    static const struct {
        enum ticket_member member;
        struct name names[2];
    } nested[] = {{MEMBER_CUSTOMER, {{PART_NAME("full_name")}, {PART_NAME("email")}}},
                  {MEMBER_AGENT, {{PART_NAME("full_name")}}},
                  {MEMBER_PRODUCT, {{PART_NAME("title")}}}};
    buf_putc(out, '{');
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        pick(ticket, MEMBER_NAMES[own[i]], out);
    for (size_t i = 0; i < sizeof nested / sizeof *nested; i++) {
        const struct name *name = &MEMBER_NAMES[nested[i].member];
        struct part from = part_member(ticket, name->text, name->length);
        if (!from.text || *from.text != '{')
            continue;
        begin_member(out, name->text);
        buf_putc(out, '{');
        for (size_t n = 0; n < 2 && nested[i].names[n].text; n++)
            pick(from, nested[i].names[n], out);
        buf_putc(out, '}');
    }
    buf_putc(out, '}');
}

int ticket_json(const struct ticket *ticket, enum ticket_keys keys, struct buf *out)
{
    if (keys == TICKET_MAPPED_KEYS)
        append_mapped((struct part){ticket->json, ticket->json_length}, out);
    else
        buf_append(out, ticket->json, ticket->json_length);
    return out->failed ? -1 : 0;
}
