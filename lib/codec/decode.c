/* decode: decodes pages of tickets, and answers what is asked of a ticket. */
#include "codec/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "codec/decode_tree.h"

enum { TICKET_BYTES = 8192 }; /* what most tickets fit into, as JSON */

/* Pages of tickets */

static bool is_named(const cJSON *item, const char *name, size_t n)
{
    return item->string && item->string[0] == name[0] && strncmp(item->string, name, n) == 0 &&
           item->string[n] == '\0';
}

/* Removes everything at `path` below `node`; an array on the way stands for each of its
 * elements. */
static void drop_path(cJSON *node, const char *path)
{
    size_t n = strcspn(path, ".");
    bool array = cJSON_IsArray(node);
    if (!array && !cJSON_IsObject(node))
        return;
    for (cJSON *item = node->child, *next; item; item = next) {
        next = item->next;
        if (array)
            drop_path(item, path);
        else if (is_named(item, path, n) && path[n])
            drop_path(item, path + n + 1);
        else if (is_named(item, path, n))
            cJSON_Delete(cJSON_DetachItemViaPointer(node, item));
    }
}

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
static const char *const MEMBER_NAMES[MEMBERS] = {
    [MEMBER_ID] = "id",
    [MEMBER_HASH] = "hash",
    [MEMBER_TITLE] = "title",
    [MEMBER_SUBJECT] = "subject",
    [MEMBER_CONTENT] = "content",
    [MEMBER_CUSTOMER_MESSAGE] = "customer_message",
    [MEMBER_STATUS] = "status",
    [MEMBER_PRIORITY] = "priority",
    [MEMBER_CREATED_AT] = "created_at",
    [MEMBER_UPDATED_AT] = "updated_at",
    [MEMBER_RESOLVED_AT] = "resolved_at",
    [MEMBER_RESPONSE_COUNT] = "response_count",
    [MEMBER_CUSTOMER_ID] = "customer_id",
    [MEMBER_AGENT_ID] = "agent_id",
    [MEMBER_MAILBOX_ID] = "mailbox_id",
    [MEMBER_PRODUCT_ID] = "product_id",
    [MEMBER_CUSTOMER] = "customer",
    [MEMBER_AGENT] = "agent",
    [MEMBER_PRODUCT] = "product",
};

/* Finds the members with these names in one pass; NULL where there is none. A name that occurs
 * twice is a defect: nobody can tell which one is meant. */
static void find_members(struct ticket *t, const cJSON *object, const char *const *names,
                         size_t count, const cJSON **found)
{
    const cJSON *member;
    for (size_t n = 0; n < count; n++)
        found[n] = NULL;
    cJSON_ArrayForEach(member, object)
    {
        for (size_t n = 0; member->string && n < count; n++) {
            if (member->string[0] != names[n][0] || strcmp(member->string, names[n]) != 0)
                continue;
            if (found[n])
                t->defect = t->defect ? t->defect : "a key occurs in it twice";
            else
                found[n] = member;
        }
    }
}

/* The texts of an object in the ticket. */
static void decode_nested(struct ticket *t, const cJSON *object, const char *const *names,
                          size_t count, const char **const *to, struct arena *arena)
{
    const cJSON *found[2];
    find_members(t, object, names, count, found);
    for (size_t n = 0; n < count; n++)
        *to[n] = tree_text(found[n], arena);
}

static void decode_ticket(struct ticket *t, cJSON *item, struct arena *arena)
{
    static const char *const person[] = {"full_name", "email"}, *const title[] = {"title"};
    const cJSON *found[MEMBERS];
    t->json = item;
    find_members(t, item, MEMBER_NAMES, 1, found); /* a defect elsewhere does not hide the id */
    t->id = tree_whole(found[MEMBER_ID]);
    if (!cJSON_IsObject(item))
        t->defect = "it is not a JSON object";
    else if (t->id < 1)
        t->defect = "its id is not a positive whole number";
    if (t->defect)
        t->id = 0;
    find_members(t, item, MEMBER_NAMES + 1, MEMBERS - 1, found + 1);
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
        *texts[i].to = tree_text(found[texts[i].member], arena);
    if (!t->title)
        t->title = tree_text(found[MEMBER_SUBJECT], arena);
    if (!t->content)
        t->content = tree_text(found[MEMBER_CUSTOMER_MESSAGE], arena);
    decode_nested(t, found[MEMBER_CUSTOMER], person, 2,
                  (const char **[]){&t->customer_name, &t->customer_email}, arena);
    decode_nested(t, found[MEMBER_AGENT], person, 1, (const char **[]){&t->agent_name}, arena);
    decode_nested(t, found[MEMBER_PRODUCT], title, 1, (const char **[]){&t->product_title}, arena);
}

/* What tells that the conversation has changed, before that part is removed. Its memory stays: the
 * tree is in the arena. */
static void note_newest(struct ticket *t, const cJSON *item, struct arena *arena)
{
    const cJSON *newest = tree_member(item, "preview_response");
    t->newest_id = tree_text_member(newest, "id", arena);
    t->newest_at = tree_text_member(newest, "updated_at", arena);
    t->orphan = cJSON_IsNull(tree_member(item, "customer"));
}

static int fill_page(struct page *page, const cJSON *list, const cJSON *data,
                     const struct mapping_pairs *drop)
{
    static const char *const always[] = {"preview_response", "live_activity"};
    page->total = tree_whole(tree_member(list, "total"));
    page->last_page = tree_whole(tree_member(list, "last_page"));
    page->current_page = tree_whole(tree_member(list, "current_page"));
    page->per_page = tree_whole(tree_member(list, "per_page"));
    page->count = (size_t)cJSON_GetArraySize(data);
    page->tickets = arena_alloc(&page->arena, page->count * sizeof *page->tickets);
    if (!page->tickets)
        return -1;
    size_t i = 0;
    cJSON *item;
    cJSON_ArrayForEach(item, data)
    {
        struct ticket *ticket = &page->tickets[i++];
        note_newest(ticket, item, &page->arena);
        for (size_t d = 0; d < sizeof always / sizeof *always; d++)
            drop_path(item, always[d]);
        for (size_t d = 0; drop && d < drop->count; d++)
            drop_path(item, drop->items[d].key);
        decode_ticket(ticket, item, &page->arena);
    }
    return page->arena.failed ? -1 : 0;
}

static enum decode_fault decode_list(struct page *page, char *body, size_t length,
                                     const struct mapping_pairs *drop, char *why, size_t size)
{
    cJSON *root = tree_find("\"tickets\"", body, length);
    if (!root && tree_starved()) {
        snprintf(why, size, "out of memory");
        return DECODE_STARVED;
    }
    if (!root && tree_too_large()) {
        snprintf(why, size, "it would take more than %d MB of memory", TREE_MAX >> 20);
        return DECODE_TOO_LARGE;
    }
    if (!root) {
        snprintf(why, size, "%s", length ? "it is not JSON, or cut short" : "it is empty");
        return DECODE_NOT_JSON;
    }
    const cJSON *list = tree_member(root, "tickets"), *data = tree_member(list, "data");
    if (!cJSON_IsArray(data)) {
        snprintf(why, size, "it is JSON, but has no list tickets.data");
        return DECODE_NOT_TICKETS;
    }
    if (fill_page(page, list, data, drop) < 0) {
        snprintf(why, size, "out of memory");
        return DECODE_STARVED;
    }
    return DECODE_OK;
}

enum decode_fault decode_page(struct page *page, char *body, size_t length,
                              const struct mapping_pairs *drop, char *why, size_t size)
{
    *page = (struct page){0};
    tree_prepare(body, length);
    tree_use(&page->arena);
    enum decode_fault fault = decode_list(page, body, length, drop, why, size);
    tree_use(NULL);
    if (fault != DECODE_OK)
        page_release(page);
    return fault;
}

void page_release(struct page *page)
{
    arena_release(&page->arena);
    *page = (struct page){0};
}

void page_forget(struct page *page, size_t n)
{
    if (n < page->count)
        arena_release_before(&page->arena, page->tickets[n].json);
}

/* Tickets */

/* The element with the number in `name`; NULL: there is none. */
static const cJSON *element(const cJSON *array, const char *name)
{
    size_t n = strlen(name);
    bool is_index = n > 0 && n < 10 && strspn(name, "0123456789") == n;
    return is_index ? cJSON_GetArrayItem(array, atoi(name)) : NULL;
}

const char *ticket_at(const struct ticket *ticket, const char *path, struct arena *arena)
{
    const cJSON *node = ticket->json;
    while (node && *path) {
        size_t n = strcspn(path, ".");
        char name[128];
        if (n >= sizeof name)
            return NULL;
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        node = cJSON_IsArray(node) ? element(node, name) : tree_member(node, name);
        path += n + (path[n] == '.');
    }
    if (cJSON_IsBool(node))
        return cJSON_IsTrue(node) ? "1" : "0";
    return tree_text(node, arena);
}

/* References to the members of `from` that `names` lists; the caller deletes the new object. */
static cJSON *pick(const cJSON *from, const char *const *names)
{
    cJSON *to = cJSON_CreateObject();
    for (; to && *names; names++) {
        cJSON *item = tree_member(from, *names);
        if (!item || cJSON_AddItemReferenceToObject(to, *names, item))
            continue;
        cJSON_Delete(to);
        return NULL;
    }
    return to;
}

static cJSON *pick_mapped(const cJSON *ticket)
{
    static const char *const own[] = {
        "id",         "hash",       "title",          "subject",          "content",     "status",
        "priority",   "created_at", "updated_at",     "resolved_at",      "customer_id", "agent_id",
        "mailbox_id", "product_id", "response_count", "customer_message", NULL};
    static const struct {
        const char *name, *members[3];
    } nested[] = {{"customer", {"full_name", "email", NULL}},
                  {"agent", {"full_name", NULL, NULL}},
                  {"product", {"title", NULL, NULL}}};
    cJSON *to = pick(ticket, own);
    for (size_t i = 0; to && i < sizeof nested / sizeof *nested; i++) {
        const cJSON *from = tree_member(ticket, nested[i].name);
        cJSON *object = cJSON_IsObject(from) ? pick(from, nested[i].members) : NULL;
        if (!cJSON_IsObject(from) || cJSON_AddItemToObject(to, nested[i].name, object))
            continue;
        cJSON_Delete(object);
        cJSON_Delete(to);
        return NULL;
    }
    return to;
}

int ticket_json(const struct ticket *ticket, enum ticket_keys keys, struct buf *out)
{
    cJSON *picked = keys == TICKET_MAPPED_KEYS ? pick_mapped(ticket->json) : NULL;
    if (keys == TICKET_MAPPED_KEYS && !picked)
        out->failed = out->starved = true;
    buf_expect(out, TICKET_BYTES);
    tree_print(picked ? picked : ticket->json, TREE_AS_IT_IS, out);
    cJSON_Delete(picked);
    return out->failed ? -1 : 0;
}

void ticket_fingerprint(const struct ticket *ticket, const char *config_hash, char *fingerprint)
{
    struct buf text;
    buf_init(&text, TREE_MAX);
    buf_expect(&text, TICKET_BYTES);
    buf_puts(&text, config_hash);
    tree_print(ticket->json, TREE_TO_COMPARE, &text);
    fingerprint[0] = '\0'; /* equal to no stored one: the ticket counts as changed */
    if (!text.failed)
        hash_bytes(buf_text(&text), text.len, fingerprint);
    buf_release(&text);
}
