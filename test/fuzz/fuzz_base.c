/* fuzz_base: the base of the merge, read back from MySQL. The input: a byte for the mode, a line
 * each for theirs and ours of two columns ("": NULL), then the stored JSON. */
#include <stdlib.h>
#include <string.h>

#include "core/merge_base.h"
#include "fuzz.h"

enum { JSON_MAX = 1 << 22, COLUMNS = 6, GIVEN = 4 };

static const struct request_schema SCHEMA = {
    .count = COLUMNS,
    .fields = {{.name = "date"},
               {.name = "time"},
               {.name = "category"},
               {.name = "description"},
               {.name = "urgency"},
               {.name = "website_url"}},
};

static bool is_same_text(struct merge_text a, struct merge_text b)
{
    return a.known == b.known && (!a.known || (a.hashed == b.hashed && cell_equal(a.text, b.text)));
}

static bool is_same(struct merge_base a, struct merge_base b)
{
    return is_same_text(a.held, b.held) && is_same_text(a.sent, b.sent);
}

/* Written and read back it is the same; JSON that is valid. */
static void check_round_trip(const struct merge_base *bases, struct arena *arena)
{
    struct buf json;
    struct merge_base again[REQUEST_COLUMNS_MAX];
    buf_init(&json, JSON_MAX);
    DEMAND(merge_base_write(&SCHEMA, bases, (struct cell){0}, arena, &json) == 0);
    struct cell cell = {.text = buf_text(&json), .len = json.len};
    DEMAND(merge_base_read(&SCHEMA, cell, again, arena) == 0);
    for (size_t f = 0; f < COLUMNS; f++)
        DEMAND(is_same(bases[f], again[f]));
    buf_release(&json);
}

/* A person's edit stays where there is a base, and a merge that was carried out is done. */
static void check_merge(const struct merge_base *bases, struct cell *theirs, struct cell *ours,
                        enum merge_mode mode, struct arena *arena)
{
    struct merge_result result, second;
    DEMAND(merge_request(&SCHEMA, (struct merge_sides){bases, theirs, ours, NULL}, mode, arena,
                         &result) == 0);
    size_t writes = 0, kept = 0;
    for (size_t f = 0; f < COLUMNS; f++) {
        enum merge_verdict verdict = result.columns[f];
        writes += verdict == MERGE_WRITE;
        kept += verdict == MERGE_KEPT;
        DEMAND(verdict != MERGE_KEPT || mode != MERGE_OVERWRITE);
        DEMAND(verdict != MERGE_KEPT || !cell_equal(theirs[f], ours[f]));
        DEMAND(verdict != MERGE_KEPT || is_same(result.bases[f], bases[f]));
        DEMAND(verdict != MERGE_WRITE || !cell_equal(theirs[f], ours[f]));
        if (verdict == MERGE_WRITE)
            ours[f] = theirs[f];
    }
    DEMAND(writes == result.writes && kept == result.kept);
    check_round_trip(result.bases, arena);
    DEMAND(merge_request(&SCHEMA, (struct merge_sides){result.bases, theirs, ours, NULL}, mode,
                         arena, &second) == 0);
    DEMAND(second.writes == 0 && second.kept == kept && !second.base_moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, data + size};
    struct arena arena = ARENA_INIT;
    enum merge_mode mode = (enum merge_mode)(fuzz_byte(&in) % 3);
    char *lines[GIVEN];
    struct cell theirs[REQUEST_COLUMNS_MAX] = {{0}}, ours[REQUEST_COLUMNS_MAX] = {{0}};
    for (size_t i = 0; i < GIVEN; i++) {
        lines[i] = fuzz_line(&in);
        struct cell *side = i % 2 ? ours : theirs;
        side[i < 2 ? 2 : 3] = cell_of(*lines[i] ? lines[i] : NULL);
    }
    /* The other columns: theirs and ours in turn. */
    theirs[0] = ours[1] = theirs[2];
    ours[4] = theirs[5] = ours[3];

    char *json = fuzz_copy(in.at, (size_t)(in.end - in.at));
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    struct cell stored = {.text = json, .len = (size_t)(in.end - in.at)};
    DEMAND(merge_base_read(&SCHEMA, stored, bases, &arena) == 0);
    check_round_trip(bases, &arena);
    check_merge(bases, theirs, ours, mode, &arena);
    free(json);
    for (size_t i = 0; i < GIVEN; i++)
        free(lines[i]);
    arena_release(&arena);
    return 0;
}
