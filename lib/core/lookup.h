/* lookup: a section [map.NAME], made ready to look values up in. Pure: no I/O. */
#ifndef FLUENT_SYNC_LOOKUP_H
#define FLUENT_SYNC_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/hash.h"
#include "model/mapping.h"

struct lookup_entry {
    const char *name;   /* as written */
    const char *folded; /* without case */
    const char *value;
    const char *section;
    int line;      /* of the file; 0: of none */
    bool built_in; /* it is nobody's line */
};
struct lookup {
    const char *name; /* of the section, behind "map." */
    struct lookup_entry *entries;
    size_t count;
    const struct lookup_entry *rest; /* the entry `*`; NULL: there is none */
};

/* The section of this name, in `arena`: its lines, and where it is built in those of the program
 * that no line stands for (none of them if there is a `*`). NULL when memory ran out. */
struct lookup *lookup_new(const char *name, const struct mapping_pairs *lines, struct arena *arena);
/* The value of a key, whatever its case; NULL: there is none (`*` does not count), or memory ran
 * out, and `scratch` has failed. */
const char *lookup_find(const struct lookup *lookup, const char *key, size_t n,
                        struct arena *scratch);
/* Adds all of it, whatever its order in the file. */
void lookup_hash(const struct lookup *lookup, struct hash *hash);

#endif
