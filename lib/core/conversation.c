/* conversation: the entries of a conversation, and their mark. */
#include "core/conversation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/html.h"

enum { SLOW_MS = 1000, TYPE_CHARS = 50, NAME_CHARS = 255, CONTENT_BYTES = 16777215 };

static const char RESPONSE[] = "response"; /* exactly this is what the customer sees */

static void hash_of(const struct buf *text, char digits[HASH_SIZE])
{
    hash_bytes(buf_text(text), text->len, digits);
}

/* A text and where it ends, so that no two lists of texts are alike. */
static void put(struct buf *out, const char *text, size_t n)
{
    buf_append(out, &n, sizeof n);
    buf_append(out, text, n);
}

static void put_text(struct buf *out, const char *text)
{
    put(out, text ? text : "", text ? strlen(text) : 0);
}

void conversation_begin(struct conversation_rules *rules)
{
    struct buf all;
    char digits[HASH_SIZE];
    buf_init(&all, 1 << 20);
    buf_printf(&all, "%d ", (int)rules->mode);
    put_text(&all, zone_name(rules->site));
    put_text(&all, zone_name(rules->target));
    for (size_t i = 0; i < rules->drop->count; i++)
        put_text(&all, rules->drop->items[i].key);
    hash_of(&all, digits);
    snprintf(rules->digest, sizeof rules->digest, "%.8s", digits);
    buf_release(&all);
}

static bool is_dropped(const struct conversation_rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->drop->count; i++) {
        const char *dropped = rules->drop->items[i].key;
        size_t n = strlen(dropped);
        if (strncmp(path, dropped, n) == 0 && (path[n] == '\0' || path[n] == '.'))
            return true;
    }
    return false;
}

/* 0: it is no number of an entry, or has more digits than a mark has room for. */
static int64_t number_of(const char *text)
{
    size_t n = text ? strspn(text, "0123456789") : 0;
    return n && n < 17 && !text[n] ? strtoll(text, NULL, 10) : 0;
}

void conversation_mark(const struct conversation_rules *rules, const struct ticket *ticket,
                       char mark[CONVERSATION_MARK_SIZE], bool *empty)
{
    struct buf all;
    char digits[HASH_SIZE];
    mark[0] = '\0';
    *empty = !ticket->newest_id;
    if (ticket->orphan)
        return;
    buf_init(&all, 1 << 20);
    put_text(&all, ticket->newest_id);
    put_text(&all, ticket->newest_at);
    put_text(&all, ticket->response_count);
    hash_of(&all, digits);
    snprintf(mark, CONVERSATION_MARK_SIZE, "%s:%" PRId64 ":%.15s", rules->digest,
             number_of(ticket->newest_id), digits);
    buf_release(&all);
}

static const struct response *newest_of(const struct conversation *c)
{
    const struct response *newest = NULL;
    for (size_t i = 0; i < c->count; i++)
        if (!newest || c->rows[i].id > newest->id)
            newest = &c->rows[i];
    return newest;
}

/* What lists do not show, as it is dropped of every ticket. */
static void forget_dropped(const struct conversation_rules *rules, struct ticket *ticket)
{
    if (is_dropped(rules, "response_count"))
        ticket->response_count = NULL;
    if (is_dropped(rules, "preview_response.updated_at"))
        ticket->newest_at = NULL;
}

bool conversation_is_as_new(const struct conversation_rules *rules, const struct conversation *c,
                            const char *mark)
{
    const struct response *newest = newest_of(c);
    struct ticket ticket = {.response_count = c->response_count};
    char id[24], shown[CONVERSATION_MARK_SIZE];
    const char *listed = mark + CONVERSATION_DIGEST_SIZE;
    int64_t listed_id = strtoll(listed, NULL, 10);
    bool empty;
    if (newest) {
        snprintf(id, sizeof id, "%" PRId64, newest->id);
        ticket.newest_id = id;
        ticket.newest_at = newest->updated_at;
    }
    forget_dropped(rules, &ticket);
    conversation_mark(rules, &ticket, shown, &empty);
    return strcmp(shown + CONVERSATION_DIGEST_SIZE, listed) == 0 ||
           (newest && listed_id && newest->id > listed_id);
}

int conversation_at_once(int connections, int64_t each_ms)
{
    return each_ms > SLOW_MS ? 1 : connections;
}

/* Entries */

/* The columns of fluent_responses that can be dropped, and what the API calls them. */
static const struct {
    const char *column, *path;
} DROPPABLE[] = {{"person_name", "responses.person.full_name"},
                 {"person_email", "responses.person.email"},
                 {"content", "responses.content"},
                 {"text", "responses.content"},
                 {"attachments", "responses.attachments"}};
enum { DROPPABLE_COUNT = sizeof DROPPABLE / sizeof *DROPPABLE };

bool conversation_drops(const struct conversation_rules *rules, const char *column)
{
    for (size_t i = 0; i < DROPPABLE_COUNT; i++)
        if (strcmp(DROPPABLE[i].column, column) == 0)
            return is_dropped(rules, DROPPABLE[i].path);
    return false;
}

const char *conversation_dropped(const struct conversation_rules *rules, size_t *at)
{
    while (*at < DROPPABLE_COUNT && !is_dropped(rules, DROPPABLE[*at].path))
        ++*at;
    return *at < DROPPABLE_COUNT ? DROPPABLE[(*at)++].column : NULL;
}

/* What is dropped of the ticket's customer, or of its agent, is dropped of their entries too. */
static bool drops_of_person(const struct conversation_rules *rules, const struct response *r,
                            const char *column, const char *member)
{
    char path[64];
    snprintf(path, sizeof path, "%s.%s", r->person_type ? r->person_type : "customer", member);
    return conversation_drops(rules, column) || is_dropped(rules, path);
}

static struct cell fit(const char *text, size_t n, size_t chars, size_t bytes, struct arena *arena)
{
    struct buf cut;
    if (!text)
        return (struct cell){0};
    buf_init(&cut, bytes);
    text_fit(&cut, text, n, chars, bytes);
    struct cell cell = {.text = arena_copy(arena, buf_text(&cut), cut.len), .len = cut.len};
    arena->failed |= cut.failed;
    buf_release(&cut);
    return cell;
}

static struct cell name(const char *text, size_t chars, struct arena *arena)
{
    return fit(text, text ? strlen(text) : 0, chars, chars * 4, arena);
}

static struct cell readable(const char *html, struct arena *arena)
{
    struct buf out;
    if (!html)
        return (struct cell){0};
    buf_init(&out, 2 * (size_t)CONTENT_BYTES);
    html_to_text(&out, html, strlen(html));
    arena->failed |= out.starved;
    struct cell cell = fit(buf_text(&out), out.len, SIZE_MAX, CONTENT_BYTES, arena);
    buf_release(&out);
    return cell;
}

static struct cell wall(const struct conversation_rules *rules, const char *date,
                        struct arena *arena)
{
    char text[ZONE_TEXT_SIZE];
    int64_t instant;
    if (!date || !zone_parse(rules->site, date, &instant) ||
        !zone_wall(rules->target, instant, text))
        return (struct cell){0};
    return (struct cell){.text = arena_copy(arena, text, strlen(text)), .len = strlen(text)};
}

static void put_cell(struct buf *out, struct cell cell)
{
    buf_putc(out, cell.text ? '+' : '-');
    put(out, cell.text ? cell.text : "", cell.len);
}

static void fingerprint(struct response_row *row)
{
    const struct cell cells[] = {row->type,         row->person_type, row->person_name,
                                 row->person_email, row->content,     row->text,
                                 row->attachments,  row->created_at,  row->updated_at};
    struct buf all;
    buf_init(&all, SIZE_MAX / 2);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put_cell(&all, cells[i]);
    row->fingerprint[0] = '\0'; /* without memory: equal to no stored one, and written again */
    if (!all.failed)
        hash_of(&all, row->fingerprint);
    buf_release(&all);
}

bool conversation_map(const struct conversation_rules *rules, const struct response *r,
                      struct arena *arena, struct response_row *row)
{
    const char *type = r->type ? r->type : "";
    if (rules->mode != CONVERSATIONS_ALL && strcmp(type, RESPONSE) != 0)
        return false;
    *row = (struct response_row){
        .id = r->id,
        .type = name(type, TYPE_CHARS, arena),
        .person_type = name(r->person_type, TYPE_CHARS, arena),
        .created_at = wall(rules, r->created_at, arena),
        .updated_at = wall(rules, r->updated_at, arena),
    };
    if (!drops_of_person(rules, r, "person_name", "full_name"))
        row->person_name = name(r->person_name, NAME_CHARS, arena);
    if (!drops_of_person(rules, r, "person_email", "email"))
        row->person_email = name(r->person_email, NAME_CHARS, arena);
    if (!conversation_drops(rules, "content")) {
        row->content =
            fit(r->content, r->content ? strlen(r->content) : 0, SIZE_MAX, CONTENT_BYTES, arena);
        row->text = readable(r->content, arena);
    }
    if (r->attachments && !conversation_drops(rules, "attachments"))
        row->attachments = (struct cell){.text = r->attachments, .len = strlen(r->attachments)};
    fingerprint(row);
    return true;
}
