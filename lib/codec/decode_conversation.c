/* decode_conversation: decodes the conversation that comes with a single ticket. */
#include <string.h>

#include "codec/decode.h"
#include "codec/decode_tree.h"

/* Of what was attached: title, type and size alone, as the addresses of the files are for those
 * who are logged in. */
static void print_attachment(const cJSON *item, struct buf *out)
{
    static const struct {
        const char *name, *member;
    } members[] = {{"title", "title"}, {"type", "file_type"}, {"size", "file_size"}};
    buf_putc(out, '{');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const cJSON *value = tree_member(item, members[i].member);
        buf_printf(out, "%s\"%s\":", i ? "," : "", members[i].name);
        if (value && !cJSON_IsObject(value) && !cJSON_IsArray(value))
            tree_print(value, out);
        else
            buf_puts(out, "null");
    }
    buf_putc(out, '}');
}

static const char *attachments_of(const cJSON *entry, struct arena *arena)
{
    const cJSON *list = tree_member(entry, "attachments"), *item;
    struct buf out;
    if (!cJSON_IsArray(list) || !list->child)
        return NULL;
    buf_init(&out, TREE_MAX);
    buf_putc(&out, '[');
    cJSON_ArrayForEach(item, list)
    {
        if (item != list->child)
            buf_putc(&out, ',');
        print_attachment(item, &out);
    }
    buf_putc(&out, ']');
    const char *text = out.failed ? NULL : arena_copy(arena, buf_text(&out), out.len);
    arena->failed |= out.failed;
    buf_release(&out);
    return text;
}

static void decode_response(struct response *r, const cJSON *entry, struct arena *arena)
{
    const cJSON *person = tree_member(entry, "person");
    *r = (struct response){
        .id = tree_whole(tree_member(entry, "id")),
        .type = tree_text_member(entry, "conversation_type", arena),
        .person_type = tree_text_member(person, "person_type", arena),
        .person_name = tree_text_member(person, "full_name", arena),
        .person_email = tree_text_member(person, "email", arena),
        .content = tree_text_member(entry, "content", arena),
        .created_at = tree_text_member(entry, "created_at", arena),
        .updated_at = tree_text_member(entry, "updated_at", arena),
        .message_id = tree_text_member(entry, "message_id", arena),
        .has_message_id = tree_member(entry, "message_id") != NULL,
        .attachments = attachments_of(entry, arena),
    };
}

static int fill(struct conversation *c, const cJSON *list, struct arena *arena)
{
    const cJSON *entry;
    c->rows = arena_alloc(arena, (size_t)cJSON_GetArraySize(list) * sizeof *c->rows);
    cJSON_ArrayForEach(entry, list)
    {
        if (!c->rows)
            return -1;
        decode_response(&c->rows[c->count], entry, arena);
        if (c->rows[c->count].id < 1)
            return -1;
        c->count++;
    }
    return 0;
}

const struct response *conversation_find(const struct conversation *conversation,
                                         const char *message_id)
{
    for (size_t i = 0; i < conversation->count; i++) {
        const struct response *r = &conversation->rows[i];
        if (r->message_id && strcmp(r->message_id, message_id) == 0)
            return r;
    }
    return NULL;
}

int decode_conversation(struct conversation *conversation, char *body, size_t length,
                        struct arena *arena)
{
    *conversation = (struct conversation){0};
    tree_prepare(body, length);
    tree_use(arena);
    const cJSON *root = tree_find("\"ticket\"", body, length);
    const cJSON *list = tree_member(root, "responses");
    arena->failed |= tree_starved();
    int done = cJSON_IsArray(list) ? fill(conversation, list, arena) : -1;
    conversation->response_count =
        tree_text_member(tree_member(root, "ticket"), "response_count", arena);
    tree_use(NULL);
    if (done == 0 && !arena->failed)
        return 0;
    *conversation = (struct conversation){0};
    return -1;
}
