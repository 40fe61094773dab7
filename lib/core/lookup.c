/* lookup: sections of names and values, sorted by the folded name. */
#include "core/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FOLDED_MAX = 16384, SHORT_SIZE = 64 };

/* What stands in a section unless its lines say something else. */
static const struct built_in {
    const char *section, *name, *value;
} BUILT_IN[] = {
    {"urgency", "critical", "HIGH"},     {"urgency", "high", "HIGH"},
    {"urgency", "urgent", "HIGH"},       {"urgency", "low", "LOW"},
    {"urgency", "*", "MEDIUM"},          {"product", "Support", "Support"},
    {"product", "Hosting", "Hosting"},   {"product", "Migration", "Migration"},
    {"product", "Website", "Website"},   {"product", "Email", "Email"},
    {"product", "Forms", "Forms"},       {"product", "Scripts", "Scripts"},
    {"product", "Advisory", "Advisory"}, {"product", "General", "General"},
    {"product", "Project", "General"},   {"product", "*", "Support"},
};
enum { BUILT_IN_COUNT = sizeof BUILT_IN / sizeof *BUILT_IN };

static const char *fold(const char *text, size_t n, struct arena *arena)
{
    struct buf folded;
    buf_init(&folded, FOLDED_MAX);
    text_fold(&folded, text, n);
    const char *copy = folded.failed ? NULL : arena_copy(arena, buf_text(&folded), folded.len);
    arena->failed |= folded.starved;
    buf_release(&folded);
    return copy;
}

static int by_folded(const void *a, const void *b)
{
    return strcmp(((const struct lookup_entry *)a)->folded,
                  ((const struct lookup_entry *)b)->folded);
}

static const struct lookup_entry *find(const struct lookup *lookup, const char *folded)
{
    const struct lookup_entry key = {.folded = folded};
    return lookup->count ? bsearch(&key, lookup->entries, lookup->count, sizeof key, by_folded)
                         : NULL;
}

static void sort(struct lookup *lookup)
{
    if (lookup->count)
        qsort(lookup->entries, lookup->count, sizeof *lookup->entries, by_folded);
}

static void add(struct lookup *lookup, struct lookup_entry entry, struct arena *arena)
{
    entry.section = lookup->name;
    entry.folded = fold(entry.name, strlen(entry.name), arena);
    if (entry.folded)
        lookup->entries[lookup->count++] = entry;
}

/* The built-in ones of the section, unless a line stands for them. */
static void add_built_in(struct lookup *lookup, struct arena *arena)
{
    const struct lookup own = *lookup;
    for (size_t i = 0; i < BUILT_IN_COUNT && !find(&own, "*"); i++) {
        const struct built_in *b = &BUILT_IN[i];
        const char *folded = fold(b->name, strlen(b->name), arena);
        if (folded && strcmp(b->section, lookup->name) == 0 && !find(&own, folded))
            add(lookup, (struct lookup_entry){.name = b->name, .value = b->value, .built_in = true},
                arena);
    }
}

struct lookup *lookup_new(const char *name, const struct mapping_pairs *lines, struct arena *arena)
{
    struct lookup *lookup = arena_alloc(arena, sizeof *lookup);
    if (!lookup)
        return NULL;
    lookup->name = name;
    lookup->entries = arena_alloc(arena, (lines->count + BUILT_IN_COUNT) * sizeof *lookup->entries);
    if (!lookup->entries)
        return NULL;
    for (size_t i = 0; i < lines->count; i++)
        add(lookup,
            (struct lookup_entry){.name = lines->items[i].key,
                                  .value = lines->items[i].value,
                                  .line = lines->items[i].line},
            arena);
    if (arena->failed)
        return NULL;
    sort(lookup);
    add_built_in(lookup, arena);
    sort(lookup);
    lookup->rest = find(lookup, "*");
    return arena->failed ? NULL : lookup;
}

/* The same for a short ASCII text, as most are, without an allocation; NULL: it is none. */
static const char *fold_ascii(const char *text, size_t n, char folded[SHORT_SIZE])
{
    if (n >= SHORT_SIZE)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (!text[i] || text[i] & 0x80)
            return NULL;
        folded[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    }
    folded[n] = '\0';
    return folded;
}

const char *lookup_find(const struct lookup *lookup, const char *key, size_t n,
                        struct arena *scratch)
{
    char ascii[SHORT_SIZE];
    size_t others = lookup->count - (lookup->rest != NULL);
    const char *folded = others ? fold_ascii(key, n, ascii) : NULL;
    if (others && !folded)
        folded = fold(key, n, scratch);
    const struct lookup_entry *entry = folded ? find(lookup, folded) : NULL;
    return entry && entry != lookup->rest ? entry->value : NULL;
}

static void hash_text(struct hash *hash, const char *text)
{
    hash_add(hash, text, strlen(text) + 1);
}

void lookup_hash(const struct lookup *lookup, struct hash *hash)
{
    hash_text(hash, lookup->name);
    hash_add(hash, &lookup->count, sizeof lookup->count);
    for (size_t i = 0; i < lookup->count; i++) {
        hash_text(hash, lookup->entries[i].folded);
        hash_text(hash, lookup->entries[i].value);
    }
}
