/* decode_answers: decodes the site's other answers, and flat objects of texts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/decode.h"
#include "codec/decode_tree.h"

enum { ID_DIGITS = 15 }; /* of a whole number below 2^53, at least */

/* The other answers */

static bool lists(const cJSON *array, const char *wanted)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, wanted) == 0)
            return true;
    }
    return false;
}

static const char *kept(const char *text, struct arena *arena)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

int decode_index(struct site_index *index, char *body, size_t length, struct arena *arena)
{
    *index = (struct site_index){.gmt_offset = NAN};
    tree_prepare(body, length);
    cJSON *root = tree_find("\"name\"", body, length);
    const cJSON *namespaces = tree_member(root, "namespaces"), *name = tree_member(root, "name");
    int done = -1;
    arena->failed |= tree_starved();
    if (!cJSON_IsArray(namespaces) && !cJSON_IsString(name))
        goto out;
    index->name = kept(tree_text(name, arena), arena);
    index->home = kept(tree_text_member(root, "home", arena), arena);
    index->timezone_string = kept(tree_text_member(root, "timezone_string", arena), arena);
    const char *offset = tree_text_member(root, "gmt_offset", arena);
    char *end = NULL;
    double hours = offset ? strtod(offset, &end) : 0;
    if (offset && *offset && *end == '\0')
        index->gmt_offset = hours;
    index->has_namespaces = cJSON_IsArray(namespaces);
    index->has_plugin = lists(namespaces, "fluent-support/v2");
    const cJSON *authentication = tree_member(root, "authentication");
    index->application_passwords =
        !authentication || tree_member(authentication, "application-passwords") != NULL;
    done = arena->failed ? -1 : 0;
out:
    cJSON_Delete(root);
    return done;
}

int decode_me(struct site_rights *rights, char *body, size_t length)
{
    tree_prepare(body, length);
    cJSON *root = tree_behind_print(body, length);
    const cJSON *permissions = tree_member(root, "permissions"), *item;
    int done = tree_starved() ? -2 : -1;
    *rights = (struct site_rights){0};
    if (cJSON_IsArray(permissions) || tree_member(root, "user_id")) {
        bool others = lists(permissions, "fst_manage_other_tickets");
        rights->sees_all = others || lists(permissions, "fst_view_tickets");
        rights->writes = others || lists(permissions, "fst_manage_own_tickets") ||
                         lists(permissions, "fst_manage_unassigned_tickets");
        rights->reads_log = lists(permissions, "fst_view_activity_logs");
        cJSON_ArrayForEach(item, permissions)
        {
            if (cJSON_IsString(item) && strncmp(item->valuestring, "fst_", 4) == 0)
                rights->any = true;
        }
        done = 0;
    }
    cJSON_Delete(root);
    return done;
}

/* The id of the ticket whose deletion the entry is about; 0: it is about something else. Numbers
 * come as such or as texts. */
static int64_t deleted_ticket(const cJSON *entry, struct arena *arena)
{
    const char *event = tree_text_member(entry, "event_type", arena);
    const char *id = tree_text_member(entry, "object_id", arena);
    if (!event || !id || strcmp(event, "fluent_support/ticket_deleted") != 0)
        return 0;
    size_t digits = strspn(id, "0123456789");
    return id[digits] == '\0' && digits <= ID_DIGITS ? strtoll(id, NULL, 10) : 0;
}

int decode_activity_log(struct activity_log *log, char *body, size_t length, struct arena *arena)
{
    *log = (struct activity_log){0};
    tree_prepare(body, length);
    cJSON *root = tree_behind_print(body, length);
    const cJSON *list = tree_member(tree_member(root, "activities"), "data"), *entry;
    bool starved = tree_starved(), is_list = cJSON_IsArray(list);
    const char *off = tree_text_member(tree_member(root, "settings"), "disable_logs", arena);
    int64_t *ids =
        is_list ? arena_alloc(arena, (size_t)cJSON_GetArraySize(list) * sizeof *ids) : NULL;
    cJSON_ArrayForEach(entry, list)
    {
        int64_t id = ids ? deleted_ticket(entry, arena) : 0;
        if (id)
            ids[log->count++] = id;
    }
    log->deleted = ids;
    log->off = off && strcmp(off, "yes") == 0;
    arena->failed |= starved;
    cJSON_Delete(root);
    return is_list && !arena->failed ? 0 : -1;
}

/* Cuts between characters, as the text may be stored in a table. */
static int copy_cut(char *to, size_t size, const char *from)
{
    struct buf cut;
    buf_init(&cut, size - 1);
    int done = text_fit(&cut, from, strlen(from), SIZE_MAX, size - 1);
    snprintf(to, size, "%s", buf_text(&cut));
    buf_release(&cut);
    return done;
}

bool decode_message(struct site_message *message, char *body, size_t length)
{
    *message = (struct site_message){0};
    tree_prepare(body, length);
    cJSON *root = tree_behind_print(body, length);
    message->starved = !root && tree_starved();
    if (!root)
        return false;
    const cJSON *code = tree_member(root, "code"), *response = tree_member(root, "response");
    const cJSON *text = cJSON_IsString(root) ? root : tree_member(root, "message");
    message->bare = cJSON_IsString(root);
    message->has_ticket = cJSON_IsObject(tree_member(root, "ticket"));
    message->changed = cJSON_IsString(text) && (message->has_ticket || cJSON_IsObject(response) ||
                                                tree_member(root, "update_data"));
    int64_t id = tree_whole(tree_member(response, "id"));
    message->response_id = id > 0 ? id : 0;
    if (!text && cJSON_IsObject(root) && root->child && cJSON_IsObject(root->child))
        text = root->child->child;
    if ((cJSON_IsString(code) &&
         copy_cut(message->code, sizeof message->code, code->valuestring) < 0) ||
        (text && cJSON_IsString(text) &&
         copy_cut(message->message, sizeof message->message, text->valuestring) < 0))
        message->starved = true;
    cJSON_Delete(root);
    return !message->starved;
}

/* Flat objects */

int decode_object(const char *json, size_t length, struct decode_member **members, size_t *count,
                  struct arena *arena)
{
    *members = NULL;
    *count = 0;
    cJSON *root = tree_parse(json, length);
    int done = -1;
    size_t n = (size_t)cJSON_GetArraySize(root), i = 0;
    arena->failed |= tree_starved();
    if (!cJSON_IsObject(root))
        goto out;
    struct decode_member *list = arena_alloc(arena, n * sizeof *list);
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        if (!list || (!cJSON_IsString(item) && !cJSON_IsNull(item)))
            goto out;
        list[i].name = kept(item->string, arena);
        list[i].text = kept(item->valuestring, arena);
        list[i].length = list[i].text ? strlen(list[i].text) : 0;
        if (!list[i].name || (item->valuestring && !list[i].text))
            goto out;
        i++;
    }
    *members = list;
    *count = n;
    done = 0;
out:
    cJSON_Delete(root);
    return done;
}

int encode_object(const struct decode_member *members, size_t count, struct buf *out)
{
    buf_putc(out, '{');
    for (size_t i = 0; i < count; i++) {
        const struct decode_member *m = &members[i];
        if (i)
            buf_putc(out, ',');
        tree_print_text(m->name, strlen(m->name), out);
        buf_putc(out, ':');
        if (m->text)
            tree_print_text(m->text, m->length, out);
        else
            buf_puts(out, "null");
    }
    buf_putc(out, '}');
    return out->failed ? -1 : 0;
}

size_t decode_printed(void)
{
    return tree_printed();
}

void decode_version(struct buf *out)
{
    buf_printf(out, "cJSON %s", cJSON_Version());
}
