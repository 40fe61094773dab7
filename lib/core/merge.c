/* merge: base, theirs and ours, column by column. */
#include "core/merge.h"

#include <string.h>

#include "base/hash.h"

/* Longer texts are remembered by their hash: the mirror need not store a description twice. */
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
    if (is_text(base.held, ours)) /* does the table hold already what it makes of theirs? */
        return mode == MERGE_ONCE || is_text(base.sent, theirs) ? MERGE_UNCHANGED : MERGE_WRITE;
    if (mode == MERGE_ONCE && !base.held.known)
        return MERGE_UNCHANGED;
    if (mode == MERGE_OVERWRITE)
        return MERGE_WRITE;
    return !base.held.known && mode == MERGE_ADOPT ? MERGE_WRITE : MERGE_KEPT;
}

bool merge_edited(struct merge_base base, struct cell ours)
{
    return base.held.known && !is_text(base.held, ours);
}

const char *merge_held(struct merge_base base, struct arena *arena)
{
    struct cell text = base.held.text;
    if (base.held.hashed)
        return "";
    return text.text ? arena_copy(arena, text.text, text.len) : NULL;
}

struct merge_base merge_base_of(struct cell sent, struct cell held, struct arena *arena)
{
    struct merge_base base = {.held = remember(held, arena)};
    if (cell_equal(sent, held))
        return base;
    base.sent = remember(sent, arena);
    return base.sent.known ? base : (struct merge_base){0};
}

/* Has nobody filled the column since it was made? */
static bool is_vacant(const struct request_field *field, struct cell ours)
{
    return field->path &&
           (!ours.text || (field->has_default && cell_equal(ours, cell_of(field->fallback))));
}

int merge_request(const struct request_schema *schema, struct merge_sides s, enum merge_mode mode,
                  struct arena *arena, struct merge_result *result)
{
    *result = (struct merge_result){0};
    for (size_t f = 0; f < schema->count; f++) {
        bool adopt = mode == MERGE_KEEP && is_vacant(&schema->fields[f], s.ours[f]);
        enum merge_verdict verdict =
            merge_column(s.bases[f], s.theirs[f], s.ours[f], adopt ? MERGE_ADOPT : mode);
        result->columns[f] = verdict;
        result->bases[f] = s.bases[f];
        result->writes += verdict == MERGE_WRITE;
        result->kept += verdict == MERGE_KEPT;
        if (verdict != MERGE_BASE && verdict != MERGE_WRITE)
            continue;
        result->base_moved = true;
        result->bases[f] = merge_base_of(s.theirs[f], s.theirs[f], arena);
        if (!result->bases[f].held.known)
            return -1;
    }
    return 0;
}
