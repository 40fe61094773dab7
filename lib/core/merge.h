/*
 * merge: the three-way merge that lets people's edits survive. Pure: no I/O.
 *
 * For each mapped column of requests: base is what the table held after this program last wrote it,
 * theirs is what the ticket maps to now, and ours is what the table holds now. Bytes are compared.
 */
#ifndef FLUENT_SYNC_MERGE_H
#define FLUENT_SYNC_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "model/row.h"

enum merge_mode {
    MERGE_KEEP,      /* a person's edit wins */
    MERGE_OVERWRITE, /* local_edits = overwrite: the site wins */
    MERGE_ADOPT,     /* --adopt: as MERGE_KEEP, but the site wins in rows that have no base */
    MERGE_ONCE       /* local_edits = once: nothing is written */
};

enum merge_verdict {
    MERGE_UNCHANGED, /* nothing to do */
    MERGE_BASE,      /* ours equals theirs already: only the base becomes theirs */
    MERGE_WRITE,     /* write theirs; the base becomes theirs */
    MERGE_KEPT       /* a person changed it: ours and base stay */
};

/* A text as it is remembered: the text itself, or the hash of a long one. */
struct merge_text {
    bool known, hashed;
    struct cell text; /* the text, or its hash */
};

/*
 * A base as it is stored.
 *
 * Of some columns (urgency, category), people's edits are sent to the site. Whether the site
 * changed such a column is told by the site's raw value (priority, product_id), because several raw
 * values map to one. While nobody edited the column, fluent_tickets holds its raw value; `raw`
 * keeps it where an edit was kept while the site's value moved on.
 */
struct merge_base {
    struct merge_text held;   /* not known: this column has no base (inherited, or newly mapped) */
    struct merge_text sent;   /* known if the table made another value of what was written */
    struct merge_text raw;    /* the raw value of this base; not known: what fluent_tickets holds */
    struct merge_text pushed; /* known: the raw value that is on its way to the site */
    bool raw_lost; /* the site's value moved on before raw values were kept: counts as a change */
};

enum merge_verdict merge_column(struct merge_base base, struct cell theirs, struct cell ours,
                                enum merge_mode mode);

/* Did the site change the column since its base? `now` is its raw value. What was sent to the site
 * is no change of the site's. */
bool merge_site_changed(struct merge_base base, struct cell now);

/* Did a person change the column since it was written? Without a base that is not known: false. */
bool merge_edited(struct merge_base base, struct cell ours);

/* A copy of what a base holds, for people: "" of a long text, whose hash alone is known; NULL for
 * SQL NULL, or when memory ran out. */
const char *merge_held(struct merge_base base, struct arena *arena);

/* The base of a column that was written as `sent` and has held `held` since. Hashes belong to
 * `arena`; .held is not known when memory ran out. */
struct merge_base merge_base_of(struct cell sent, struct cell held, struct arena *arena);

/* The merge of a whole request. A column of [map.fields] without a base is newly mapped: if it
 * holds NULL or its default, nobody has filled it, and the site's value is written. */
struct merge_result {
    enum merge_verdict columns[REQUEST_COLUMNS_MAX];
    struct merge_base bases[REQUEST_COLUMNS_MAX]; /* afterwards */
    size_t writes, kept;
    bool base_moved;
};

/* What is merged, as many of each as the schema has columns. */
struct merge_sides {
    const struct merge_base *bases;
    const struct cell *theirs, *ours;
    const struct merge_raw *raw; /* of the built-in columns; NULL: nothing is sent to the site */
};
/* The raw value behind `theirs`. */
struct merge_raw {
    bool there;              /* the column has one */
    bool site_wins;          /* where both changed the column, theirs is written */
    struct cell before, now; /* what fluent_tickets holds, and what it is going to hold */
};
/* The ticket has changed, and its request is not merged, as it was put away: the bases remember the
 * raw values. true: one of them has changed. Without memory a raw value counts as lost. */
bool merge_pass_by(struct merge_base bases[REQUEST_COLUMNS_MAX],
                   const struct merge_raw raw[REQUEST_BUILT_IN], struct arena *arena);

/* -1 when memory ran out. */
int merge_request(const struct request_schema *schema, struct merge_sides sides,
                  enum merge_mode mode, struct arena *arena, struct merge_result *result);

#endif
