/* merge: base, theirs and ours, column by column. */
#include "core/merge.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "codec/decode.h"

/* Longer texts are remembered by their hash: the mirror need not hold a description twice. */
enum { LITERAL_MAX = 255 };

static struct merge_text remember(struct cell cell, struct arena *arena)
{
    struct merge_text text = {.known = true, .text = cell};
    if (!cell.text || cell.len <= LITERAL_MAX)
        return text;
    char *digits = arena_alloc(arena, HASH_SIZE);
    if (!digits)
        return (struct merge_text){0};
    hash_bytes(cell.text, cell.len, digits);
    return (struct merge_text){.known = true, .hashed = true, .text = cell_of(digits)};
}

static bool is_text(struct merge_text text, struct cell cell)
{
    if (!text.known)
        return false;
    if (!text.hashed)
        return cell_equal(text.text, cell);
    char digits[HASH_SIZE];
    if (!cell.text || cell.len <= LITERAL_MAX)
        return false;
    hash_bytes(cell.text, cell.len, digits);
    return cell_equal(text.text, cell_of(digits));
}

enum merge_verdict merge_column(struct merge_base base, struct cell theirs, struct cell ours,
                                enum merge_mode mode)
{
    if (cell_equal(ours, theirs))
        return is_text(base.held, theirs) ? MERGE_UNCHANGED : MERGE_BASE;
    if (is_text(base.held, ours)) /* what the table makes of theirs stands there already? */
        return is_text(base.sent, theirs) ? MERGE_UNCHANGED : MERGE_WRITE;
    if (mode == MERGE_OVERWRITE)
        return MERGE_WRITE;
    return !base.held.known && mode == MERGE_ADOPT ? MERGE_WRITE : MERGE_KEPT;
}

struct merge_base merge_base_of(struct cell sent, struct cell held, struct arena *arena)
{
    struct merge_base base = {.held = remember(held, arena)};
    if (cell_equal(sent, held))
        return base;
    base.sent = remember(sent, arena);
    return base.sent.known ? base : (struct merge_base){0};
}

/* The base as JSON: a member per column; behind its name a '>' where it is what was sent, a '#'
 * where it is a hash. No column's name has either. */

static const char MARKS[] = ">#";

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
        *(*marks == '>' ? &bases[f].sent : &bases[f].held) = (struct merge_text){
            .known = !hashed || members[m].text != NULL,
            .hashed = hashed,
            .text = {.text = members[m].text, .len = members[m].length},
        };
    }
    for (size_t f = 0; f < schema->count; f++)
        if (!bases[f].held.known)
            bases[f].sent = (struct merge_text){0};
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

int merge_base_write(const struct request_schema *schema,
                     const struct merge_base bases[REQUEST_COLUMNS_MAX], struct cell before,
                     struct arena *arena, struct buf *out)
{
    struct decode_member *others = NULL;
    size_t count = 0, other_count = 0;
    if (before.text && decode_object(before.text, before.len, &others, &other_count, arena) < 0)
        other_count = 0;
    struct decode_member few[2 * REQUEST_COLUMNS_MAX], *members = few;
    if (other_count)
        members = arena_alloc(arena, (2 * schema->count + other_count) * sizeof *members);
    if (!members)
        return -1;
    for (size_t f = 0; f < schema->count; f++) {
        add_member(members, &count, schema->fields[f].name, "", bases[f].held, arena);
        add_member(members, &count, schema->fields[f].name, ">", bases[f].sent, arena);
    }
    for (size_t m = 0; m < other_count; m++)
        if (field_of(schema, others[m].name) == schema->count)
            members[count++] = others[m];
    return arena->failed ? -1 : encode_object(members, count, out);
}

/* Has nobody filled the column since it was made? */
static bool is_vacant(const struct request_field *field, struct cell ours)
{
    return field->path &&
           (!ours.text || (field->has_default && cell_equal(ours, cell_of(field->fallback))));
}

int merge_request(const struct request_schema *schema, const struct merge_base *bases,
                  const struct cell *theirs, const struct cell *ours, enum merge_mode mode,
                  struct arena *arena, struct merge_result *result)
{
    *result = (struct merge_result){0};
    for (size_t f = 0; f < schema->count; f++) {
        bool adopt = mode == MERGE_KEEP && is_vacant(&schema->fields[f], ours[f]);
        enum merge_verdict verdict =
            merge_column(bases[f], theirs[f], ours[f], adopt ? MERGE_ADOPT : mode);
        result->columns[f] = verdict;
        result->bases[f] = bases[f];
        result->writes += verdict == MERGE_WRITE;
        result->kept += verdict == MERGE_KEPT;
        if (verdict != MERGE_BASE && verdict != MERGE_WRITE)
            continue;
        result->base_moved = true;
        result->bases[f] = merge_base_of(theirs[f], theirs[f], arena);
        if (!result->bases[f].held.known)
            return -1;
    }
    return 0;
}
