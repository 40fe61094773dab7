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

bool merge_site_changed(struct merge_base base, struct cell now)
{
    if (is_text(base.pushed, now))
        return false;
    return base.raw_lost || (base.raw.known && !is_text(base.raw, now));
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

/* What was sent to the site has come back: the base is theirs. */
static bool has_come_back(struct merge_base base, const struct merge_raw *raw)
{
    return raw && is_text(base.pushed, raw->now);
}

static bool remember_raw(struct merge_base *base, const struct merge_raw *raw, struct arena *arena)
{
    if (!base->held.known || base->raw.known || base->raw_lost || cell_equal(raw->before, raw->now))
        return false;
    base->raw = remember(raw->before, arena);
    base->raw_lost = !base->raw.known;
    return true;
}

bool merge_pass_by(struct merge_base bases[REQUEST_COLUMNS_MAX],
                   const struct merge_raw raw[REQUEST_BUILT_IN], struct arena *arena)
{
    bool changed = false;
    for (size_t f = 0; f < REQUEST_BUILT_IN; f++)
        changed |= raw[f].there && remember_raw(&bases[f], &raw[f], arena);
    return changed;
}

/* The base of a column whose edit is kept remembers the raw value that nobody had edited yet. */
static bool keep_raw(struct merge_base *base, const struct merge_raw *raw, struct cell theirs,
                     struct arena *arena)
{
    if (!base->held.known || base->raw.known || base->raw_lost)
        return false;
    if (!remember_raw(base, raw, arena))
        base->raw_lost = !is_text(base->sent.known ? base->sent : base->held, theirs);
    return base->raw.known || base->raw_lost;
}

/* The edit is gone, and the column holds what the site's value maps to: that is its raw value. */
static bool follow_raw(struct merge_base *base)
{
    bool follows = base->raw.known || base->raw_lost;
    base->raw = (struct merge_text){0};
    base->raw_lost = false;
    return follows;
}

struct merging {
    struct cell theirs, ours;
    const struct merge_raw *raw; /* NULL: there is none */
};

/* Merges a column, of which `base` becomes what it is afterwards. *moved: it is another one. */
static enum merge_verdict merge_with_raw(struct merge_base *base, const struct merging *m,
                                         enum merge_mode mode, struct arena *arena, bool *moved)
{
    const struct merge_raw *raw = m->raw;
    struct cell theirs = m->theirs, ours = m->ours;
    bool back = has_come_back(*base, raw);
    if (back)
        *base = merge_base_of(theirs, theirs, arena);
    enum merge_verdict verdict = merge_column(*base, theirs, ours, mode);
    *moved = back;
    if (verdict == MERGE_KEPT && raw && !back)
        *moved = keep_raw(base, raw, theirs, arena);
    if (verdict == MERGE_KEPT && raw && raw->site_wins && !base->raw_lost &&
        merge_site_changed(*base, raw->now))
        verdict = MERGE_WRITE;
    if (verdict == MERGE_UNCHANGED && raw)
        *moved |= follow_raw(base);
    if (verdict == MERGE_BASE || verdict == MERGE_WRITE) {
        struct merge_text pushed = base->pushed; /* it is still under way */
        *base = merge_base_of(theirs, theirs, arena);
        base->pushed = pushed;
        *moved = true;
    }
    return verdict;
}

int merge_request(const struct request_schema *schema, struct merge_sides s, enum merge_mode mode,
                  struct arena *arena, struct merge_result *result)
{
    *result = (struct merge_result){0};
    for (size_t f = 0; f < schema->count; f++) {
        bool adopt = mode == MERGE_KEEP && is_vacant(&schema->fields[f], s.ours[f]), moved;
        struct merging column = {.theirs = s.theirs[f],
                                 .ours = s.ours[f],
                                 .raw = f < REQUEST_BUILT_IN && s.raw && s.raw[f].there ? &s.raw[f]
                                                                                        : NULL};
        result->bases[f] = s.bases[f];
        enum merge_verdict verdict =
            merge_with_raw(&result->bases[f], &column, adopt ? MERGE_ADOPT : mode, arena, &moved);
        result->columns[f] = verdict;
        result->writes += verdict == MERGE_WRITE;
        result->kept += verdict == MERGE_KEPT;
        result->base_moved |= moved;
        if (moved && !result->bases[f].held.known)
            return -1;
    }
    return 0;
}
