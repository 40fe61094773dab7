/*
 * rank: finds where the site's list differs from the record of it, with a few pages: decides which
 * to ask for next, and whether the two agree. Pure: no I/O, no clock.
 *
 * The list is ordered by id. A page says how many tickets stand before its first one, and the
 * record says how many ids it has there: the difference of the two numbers, D, is that of all that
 * happened further down. Where two pages have the same D, as many tickets vanished between them as
 * appeared; where D differs, the list is bisected, until a page shows the place. What a page shows
 * is put into the record: its ids, and no others between its first and its last one.
 *
 * The list changes all the time, so that rows of earlier pages move. Therefore the two agree only
 * when ONE page, at its own instant, reaches the end of the list and has D = 0, and when all ids
 * that are larger than those of the record were read. Then the record holds as many tickets as the
 * list did at that instant; and it holds the same ones, unless a ticket that the list showed before
 * vanished and another, hidden until then, appeared elsewhere. That is left to the walk.
 *
 * Requests: one, if nothing happened but at the list's end; for a single ticket that vanished from
 * a quiet list of 100,000 at most 12 of 100 rows, the first and the last page included. Never more
 * than 4 * log2(pages) for each difference and RANK_SPARE besides, nor than the caller allows.
 */
#ifndef FLUENT_SYNC_RANK_H
#define FLUENT_SYNC_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record.h"
#include "core/walk.h"

enum {
    RANK_SPARE = 8,
    RANK_END_ROWS = 30, /* on the pages that reach the end, at most */
};

enum rank_next {
    RANK_ASK,     /* *window is to be asked for; one at a time */
    RANK_SETTLED, /* the record is what the list was when the last page was read */
    RANK_LOST, /* too much happened, or the site's numbers cannot be followed: a walk is needed */
};

struct rank;

/*
 * A new comparison; NULL without memory. `record` stays the caller's, and is changed by the pages.
 * rows: on a page at most, 1..10000; a third more where that closes a gap. most: requests at
 * most.
 */
struct rank *rank_new(struct record *record, int64_t rows, int64_t most);
void rank_free(struct rank *rank);

/*
 * Tickets that the list showed elsewhere, at about the time of the first page. They enter the
 * record before that page does, so that they are no differences; those that are larger than its
 * last id with the next page, which is asked for in any case then. `ids` ascend and belong to the
 * caller, who keeps them.
 */
void rank_head(struct rank *rank, const int64_t *ids, size_t count);

/* What to do now. On RANK_ASK `*window` is filled. */
enum rank_next rank_next(struct rank *rank, struct walk_window *window);

/* Takes the answer to the window. -1 when there is no memory. */
int rank_answer(struct rank *rank, const struct walk_window *window, const struct walk_page *page);

/* How many tickets vanished at places that no page has shown yet, less those that appeared beside
 * them: 0 where the list does not look shorter than the record. */
int64_t rank_lacking(const struct rank *rank);
/* About how many pages are still to be asked for until these are found, the last page included. */
int64_t rank_expected_pages(const struct rank *rank);
/* Is the ticket on record at such a place? */
bool rank_may_lack(const struct rank *rank, int64_t id);
/* The site says, asked for this ticket alone, that it is not there: it leaves the record as if a
 * page had shown that, and comes back if one shows it. The two agree only once a page that is asked
 * for after this one says so. -1 when there is no memory. */
int rank_tell_gone(struct rank *rank, int64_t id);

/* The ids that vanished: they were in the record, and no page has shown them since. It belongs to
 * `rank`. */
const struct record *rank_gone(const struct rank *rank);

#endif
