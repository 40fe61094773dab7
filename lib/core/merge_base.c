/* merge_base: the merge base as JSON. */
#include "core/merge_base.h"

#include <string.h>

#include "codec/decode.h"

/* The base as JSON has a member for each column. Behind its name stand '>' if it is what was
 * written, '@' if it is the site's raw value, '!' if it is the raw value that was sent to the site,
 * and then '#' if it is a hash. No name of a column contains any of them. A raw value that is lost
 * is the null of a hash. */

enum { MEMBERS = 4 /* of a column, at most */ };
static const char MARKS[] = ">@!#";

static struct merge_text *text_of(struct merge_base *base, char mark)
{
    return mark == '>'   ? &base->sent
           : mark == '@' ? &base->raw
           : mark == '!' ? &base->pushed
                         : &base->held;
}

static size_t field_of(const struct request_schema *schema, const char *name)
{
    size_t n = strcspn(name, MARKS), f = 0;
    while (f < schema->count &&
           (strlen(schema->fields[f].name) != n || memcmp(schema->fields[f].name, name, n) != 0))
        f++;
    return f;
}

int merge_base_read(const struct request_schema *schema, struct cell json,
                    struct merge_base bases[REQUEST_COLUMNS_MAX], struct arena *arena)
{
    memset(bases, 0, REQUEST_COLUMNS_MAX * sizeof *bases);
    struct decode_member *members;
    size_t count;
    if (!json.text || decode_object(json.text, json.len, &members, &count, arena) < 0)
        return arena->failed ? -1 : 0;
    for (size_t m = 0; m < count; m++) {
        size_t f = field_of(schema, members[m].name);
        if (f == schema->count)
            continue;
        const char *marks = members[m].name + strcspn(members[m].name, MARKS);
        bool hashed = strchr(marks, '#') != NULL;
        *text_of(&bases[f], *marks) = (struct merge_text){
            .known = !hashed || members[m].text != NULL,
            .hashed = hashed,
            .text = {.text = members[m].text, .len = members[m].length},
        };
        bases[f].raw_lost |= *marks == '@' && hashed && !members[m].text;
    }
    for (size_t f = 0; f < schema->count; f++)
        if (!bases[f].held.known)
            bases[f] = (struct merge_base){.held = bases[f].held};
    return 0;
}

static void add_member(struct decode_member *members, size_t *count, const char *column,
                       const char *mark, struct merge_text text, struct arena *arena)
{
    if (!text.known)
        return;
    const char *name = column;
    if (*mark || text.hashed)
        name = arena_printf(arena, "%s%s%s", column, mark, text.hashed ? "#" : "");
    members[*count] =
        (struct decode_member){.name = name, .text = text.text.text, .length = text.text.len};
    *count += name != NULL;
}

static struct merge_text raw_of(const struct merge_base *base)
{
    return base->raw_lost ? (struct merge_text){.known = true, .hashed = true} : base->raw;
}

int merge_base_write(const struct request_schema *schema,
                     const struct merge_base bases[REQUEST_COLUMNS_MAX], struct cell before,
                     struct arena *arena, struct buf *out)
{
    struct decode_member *others = NULL;
    size_t count = 0, other_count = 0;
    if (before.text && decode_object(before.text, before.len, &others, &other_count, arena) < 0)
        other_count = 0;
    struct decode_member few[MEMBERS * REQUEST_COLUMNS_MAX], *members = few;
    if (other_count)
        members = arena_alloc(arena, (MEMBERS * schema->count + other_count) * sizeof *members);
    if (!members)
        return -1;
    for (size_t f = 0; f < schema->count; f++) {
        add_member(members, &count, schema->fields[f].name, "", bases[f].held, arena);
        add_member(members, &count, schema->fields[f].name, ">", bases[f].sent, arena);
        add_member(members, &count, schema->fields[f].name, "@", raw_of(&bases[f]), arena);
        add_member(members, &count, schema->fields[f].name, "!", bases[f].pushed, arena);
    }
    for (size_t m = 0; m < other_count; m++)
        if (field_of(schema, others[m].name) == schema->count)
            members[count++] = others[m];
    return arena->failed ? -1 : encode_object(members, count, out);
}
