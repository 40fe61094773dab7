/*
 * merge: the three-way merge that lets people's edits survive. Pure: no I/O.
 *
 * Per mapped column of requests: base is what this program last wrote, theirs what the ticket maps
 * to now, ours what stands in the table. Comparisons are of bytes.
 */
#ifndef FLUENT_SYNC_MERGE_H
#define FLUENT_SYNC_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "row.h"

enum merge_mode {
    MERGE_KEEP,      /* a person's edit wins */
    MERGE_OVERWRITE, /* local_edits = overwrite: the site wins */
    MERGE_ADOPT      /* --adopt: as keep, but the site wins in rows that have no base */
};

enum merge_verdict {
    MERGE_UNCHANGED, /* nothing to do */
    MERGE_BASE,      /* ours is theirs already: only the base moves */
    MERGE_WRITE,     /* write theirs; the base becomes theirs */
    MERGE_KEPT       /* a person changed it: ours and base stay */
};

/* A base as it is stored: the text itself, or for a long one its hash. */
struct merge_base {
    bool known; /* false: this column has no base (inherited, or newly mapped) */
    bool hashed;
    struct cell text; /* the text, or its hash */
};

enum merge_verdict merge_column(struct merge_base base, struct cell theirs, struct cell ours,
                                enum merge_mode mode);

/* The base that `cell` makes. A hash is put into `arena`; .known is false when memory ran out. */
struct merge_base merge_base_of(struct cell cell, struct arena *arena);

/* Reads the base column of fluent_tickets (NULL: none). Columns that it does not name, and all of
 * them when it is damaged, are unknown. -1 only when memory ran out. */
int merge_base_read(const struct request_schema *schema, struct cell json,
                    struct merge_base bases[REQUEST_COLUMNS_MAX], struct arena *arena);

/* Writes it; -1 when `out` has failed. */
int merge_base_write(const struct request_schema *schema,
                     const struct merge_base bases[REQUEST_COLUMNS_MAX], struct buf *out);

/* The merge of a whole request. */
struct merge_result {
    enum merge_verdict columns[REQUEST_COLUMNS_MAX];
    struct merge_base bases[REQUEST_COLUMNS_MAX]; /* afterwards */
    size_t writes, kept;
    bool base_moved;
};

/* -1 when memory ran out. */
int merge_request(const struct request_schema *schema, const struct merge_base *bases,
                  const struct cell *theirs, const struct cell *ours, enum merge_mode mode,
                  struct arena *arena, struct merge_result *result);

#endif
