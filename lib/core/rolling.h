/*
 * rolling: decides which part of the list a run reads, so that over many runs every part is read
 * again within full_every, by a few pages each time. Pure: no I/O, no clock.
 *
 * What a page proves (see walk.h) holds for each id of its interval, from its own instant on. So
 * the proofs are a line of ids, divided where the instant changes. The oldest are renewed first,
 * and each run renews as much as its turn is: of what has to be renewed within some time, the share
 * that the time since the last run is of that. This spreads a list that was read at once, as after
 * an import, over the whole of full_every, and makes up little by little for runs that failed. What
 * may pass full_every before the next run is renewed in this one.
 *
 * Pages: in the long run, where runs are regular, no more than a walk of the list has, for each
 * full_every, and one more for each run that reads any: as parts of pages are not asked for, a run
 * reads none until its share, since pages were last read, is one.
 */
#ifndef FLUENT_SYNC_ROLLING_H
#define FLUENT_SYNC_ROLLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record.h"
#include "model/proof.h"

/* The ids from `low` up to the next proof's were read at the instant `at`, in seconds since 1970;
 * 0: never. */
struct rolling_proof {
    int64_t low, at;
};

/* The first proof begins at WALK_MIN; no proofs: nothing was ever read. All zero: none. */
struct rolling {
    struct rolling_proof *proofs;
    size_t count, room;
};

void rolling_release(struct rolling *rolling);

/* Adds a proof as it was saved, behind those that are there: `low` ascends. The first one begins at
 * WALK_MIN, whatever is saved. -1 when there is no memory. */
int rolling_load(struct rolling *rolling, int64_t low, int64_t at);

/* A page has proven the ids low..high. -1 when there is no memory: nothing has changed. */
int rolling_prove(struct rolling *rolling, int64_t low, int64_t high, int64_t at);

/* Neighbours that hold fewer than `rows` ids of the record together become one, as old as the older
 * of them, so that the number of proofs grows with that of pages, not with that of runs. */
void rolling_thin(struct rolling *rolling, const struct record *record, int64_t rows);

/* The instant of the oldest proof: since then all of the list was read; 0: not all of it ever was.
 */
int64_t rolling_oldest(const struct rolling *rolling);

/* Is every part of the list read within full_every? */
bool rolling_is_complete(const struct rolling *rolling, int64_t now, int64_t full_every_s);

enum { ROLLING_GAPS = 20 /* between the last runs, that are looked at */ };

struct rolling_facts {
    int64_t now, full_every_s;
    const int64_t *runs; /* when the runs before this one began, the last one first; at most
                            ROLLING_GAPS of them count */
    size_t run_count;
    const struct record *record; /* where the ids stand in the list: it may have moved since */
    int64_t per_page;            /* that is asked for */
};

struct rolling_plan {
    int64_t pages;   /* to be asked for, if there is something to be read; 0: none in this run */
    int64_t due;     /* what was read at this instant or earlier is to be read in this run, however
                        many pages that takes */
    bool turn;       /* the oldest proof is of less than a page. A page may miss a part of it, */
    int64_t turn_at; /* where the list has moved: what is proven of this id must be younger */
    int64_t turn_after;         /* than this, or the same part would be missed again and again */
    struct walk_interval *kept; /* what is not to be read, for walk_resume; the caller frees it */
    size_t kept_count;
};

/* -1 when there is no memory. */
int rolling_plan(const struct rolling *rolling, const struct rolling_facts *facts,
                 struct rolling_plan *plan);

/* May the run end its reading, with the proofs as they are `now`, after it asked for so many pages?
 * From plan->pages on the answers to all of them have to be in. */
bool rolling_is_done(const struct rolling *rolling, const struct rolling_plan *plan, int64_t pages,
                     int64_t now);

#endif
