/*
 * walk: what to ask for next so that a list read page by page is read completely, and the judgement
 * whether it was. Pure: no I/O, no clock.
 *
 * The list is ordered by id and cut into pages by offset. While it is being read tickets may be
 * created, deleted, hidden and shown anywhere, so a page proves only its own closed interval of
 * ids, at its own instant: every ticket with an id in [first, last] that was visible then is on it.
 * The first page extends to minus infinity, one with fewer rows than asked for to plus infinity,
 * where the site counts no more rows (a full page does not, even when the site calls it the last:
 * it counts the rows in another query, at another instant). Where it counts more, or does not
 * count, the page may have been cut: a small window that holds its last row and the one behind it
 * tells. When there are rows behind, the site gives so many rows a page at most, and no larger
 * windows are asked for from then on. The walk is complete when the proven intervals cover
 * everything; neighbours join when they share an id or end and begin with consecutive integers.
 * Windows that share a row with what is proven always exist, because the page size may vary by ten
 * percent either way (by 12 rows upwards where that is more; downwards alone where pages are cut).
 * From the end of the list towards its beginning, since deletions shift unread tickets onto pages
 * still to come.
 *
 * Requests: on a quiet site at most 3 % more than rows / per_page, plus 2. Never more than
 * WALK_SPARE + 4 * (rows / per_page + 1) + 4 per failed window (per_page being what failures
 * brought it down to), and no more than 4 * WALK_SPARE + rows / per_page failures; `rows` are those
 * that were really there.
 */
#ifndef FLUENT_SYNC_WALK_H
#define FLUENT_SYNC_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/proof.h"

enum { WALK_SPARE = 64 };

/* A window of the list: rows (page - 1) * per_page + 1 .. page * per_page. */
struct walk_window {
    int64_t page, per_page;
};

/* What a page showed. `ids` ascend strictly; they belong to the caller. */
struct walk_page {
    const int64_t *ids;
    size_t count;
    size_t nameless; /* items besides, whose id cannot be read */
    int64_t total;   /* rows in the whole list at that instant, as the site says; -1: it does not */
    int64_t per_page;  /* as the site says, where that is less than was asked for: then the page is
                          window `page` of windows of this size. 0: as asked for, or not known */
    int64_t last_page; /* as the site says; it is not relied on */
};

enum walk_next {
    WALK_ASK,      /* *window is to be asked for; it counts as outstanding from now on */
    WALK_WAIT,     /* nothing to ask before an outstanding window is answered */
    WALK_COMPLETE, /* everything is proven; nothing is outstanding that matters */
    WALK_STUCK,    /* the bound on requests is reached, or skipped rows leave nothing to ask for */
};

struct walk;

enum { WALK_AT_ONCE_MAX = 9 };

/*
 * A new walk; NULL when there is no memory. The caller owns it.
 * per_page: the size that windows vary around, 1..10000. at_once: how many windows may be
 * outstanding, 1..WALK_AT_ONCE_MAX. total: rows in the list as the head request said, a hint (0
 * when unknown).
 */
struct walk *walk_new(int64_t per_page, int at_once, int64_t total);
void walk_free(struct walk *walk);

/*
 * Takes over what an earlier walk proved: the intervals of its pages, in the order in which they
 * were read. Before the first walk_next. `rows` and `row` tell where the unread parts are; without
 * them they are found by asking. Returns -1 when there is no memory.
 */
int walk_resume(struct walk *walk, const struct walk_interval *proven, size_t count);

/* The site gives so many rows a page at most, as an earlier walk found. Before the first walk_next.
 */
void walk_set_cap(struct walk *walk, int64_t rows);
/* The same of this walk: what it was told, or found and confirmed; 0: as many as asked for. */
int64_t walk_cap(const struct walk *walk);

/* What to do now. On WALK_ASK `*window` is filled. */
enum walk_next walk_next(struct walk *walk, struct walk_window *window);

/*
 * The answer to an outstanding window. `*proven` becomes the interval that this page proves; its
 * return says whether it proves any (a page beyond the end of a list that is not empty proves
 * nothing). -1 when there is no memory, 0 nothing, 1 `*proven` holds an interval.
 */
int walk_answer(struct walk *walk, const struct walk_window *window, const struct walk_page *page,
                struct walk_interval *proven);

/*
 * The site cannot answer an outstanding window at all. The walk will ask for its halves; a window
 * of one row that fails is a skipped position: the walk goes on around it, and does not become
 * complete unless other pages happen to prove its place. Returns the number of positions skipped so
 * far; at WALK_SPARE of them the walk is stuck.
 */
int walk_failed(struct walk *walk, const struct walk_window *window);

/* The share of the list that is proven, 0..1, for a progress bar. */
double walk_progress(const struct walk *walk);
/* How many windows were asked for. */
int64_t walk_requests(const struct walk *walk);

#endif
