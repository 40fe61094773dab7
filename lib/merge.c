/* merge: base, theirs and ours, column by column. */
#include "merge.h"

#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "hash.h"

/* Longer texts are remembered by their hash: the mirror need not hold a description twice. */
enum { LITERAL_MAX = 255 };

static bool is_base(struct merge_base base, struct cell cell)
{
    if (!base.known)
        return false;
    if (!base.hashed)
        return cell_equal(base.text, cell);
    char digits[HASH_SIZE];
    if (!cell.text || cell.len <= LITERAL_MAX)
        return false;
    hash_bytes(cell.text, cell.len, digits);
    return cell_equal(base.text, cell_of(digits));
}

enum merge_verdict merge_column(struct merge_base base, struct cell theirs, struct cell ours,
                                enum merge_mode mode)
{
    if (cell_equal(ours, theirs))
        return is_base(base, theirs) ? MERGE_UNCHANGED : MERGE_BASE;
    if (is_base(base, ours) || mode == MERGE_OVERWRITE)
        return MERGE_WRITE;
    return !base.known && mode == MERGE_ADOPT ? MERGE_WRITE : MERGE_KEPT;
}

struct merge_base merge_base_of(struct cell cell, struct arena *arena)
{
    struct merge_base base = {.known = true, .text = cell};
    if (!cell.text || cell.len <= LITERAL_MAX)
        return base;
    char *digits = arena_alloc(arena, HASH_SIZE);
    if (!digits)
        return (struct merge_base){0};
    hash_bytes(cell.text, cell.len, digits);
    base.hashed = true;
    base.text = cell_of(digits);
    return base;
}

/* A hashed column's name has a '#' behind it, which no column name has. */
int merge_base_read(const struct request_schema *schema, struct cell json,
                    struct merge_base bases[REQUEST_COLUMNS_MAX], struct arena *arena)
{
    memset(bases, 0, REQUEST_COLUMNS_MAX * sizeof *bases);
    struct decode_member *members;
    size_t count;
    if (!json.text || decode_object(json.text, json.len, &members, &count, arena) < 0)
        return arena->failed ? -1 : 0;
    for (size_t m = 0; m < count; m++) {
        size_t n = strcspn(members[m].name, "#");
        for (size_t f = 0; f < schema->count; f++) {
            const char *name = schema->fields[f].name;
            if (strlen(name) != n || memcmp(name, members[m].name, n) != 0)
                continue;
            bool hashed = members[m].name[n] == '#';
            bases[f] = (struct merge_base){
                .known = !hashed || members[m].text != NULL,
                .hashed = hashed,
                .text = {.text = members[m].text, .len = members[m].length},
            };
        }
    }
    return 0;
}

int merge_base_write(const struct request_schema *schema,
                     const struct merge_base bases[REQUEST_COLUMNS_MAX], struct buf *out)
{
    struct decode_member members[REQUEST_COLUMNS_MAX];
    char hashed[REQUEST_COLUMNS_MAX][68];
    size_t count = 0;
    for (size_t f = 0; f < schema->count; f++) {
        if (!bases[f].known)
            continue;
        const char *name = schema->fields[f].name;
        if (bases[f].hashed) {
            snprintf(hashed[count], sizeof hashed[count], "%s#", name);
            name = hashed[count];
        }
        members[count++] = (struct decode_member){
            .name = name, .text = bases[f].text.text, .length = bases[f].text.len};
    }
    return encode_object(members, count, out);
}

int merge_request(const struct request_schema *schema, const struct merge_base *bases,
                  const struct cell *theirs, const struct cell *ours, enum merge_mode mode,
                  struct arena *arena, struct merge_result *result)
{
    *result = (struct merge_result){0};
    for (size_t f = 0; f < schema->count; f++) {
        enum merge_verdict verdict = merge_column(bases[f], theirs[f], ours[f], mode);
        result->columns[f] = verdict;
        result->bases[f] = bases[f];
        result->writes += verdict == MERGE_WRITE;
        result->kept += verdict == MERGE_KEPT;
        if (verdict != MERGE_BASE && verdict != MERGE_WRITE)
            continue;
        result->base_moved = true;
        result->bases[f] = merge_base_of(theirs[f], arena);
        if (!result->bases[f].known)
            return -1;
    }
    return 0;
}
