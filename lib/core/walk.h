/*
 * walk: decides what to ask for next so that a list read page by page is read completely, and
 * whether it was. Pure: no I/O, no clock.
 *
 * The list is ordered by id and divided into pages by offset. While it is being read, tickets may
 * be created, deleted, hidden and shown anywhere. So a page proves only its own closed interval of
 * ids, at its own instant: every ticket with an id in [first, last] that was visible then is on it.
 * The walk is complete when the proven intervals cover everything; neighbours join when they share
 * an id, or end and begin with consecutive integers.
 *
 * The first page extends to minus infinity. A page with fewer rows than were asked for extends to
 * plus infinity if the site counts no more rows. (A full page does not, even when the site calls it
 * the last one: the site counts the rows in another query, at another instant.) If the site counts
 * more rows, or does not count them, the page may have been cut: a small window that holds its last
 * row and the one behind it shows whether it was. If there are rows behind, the site gives no more
 * rows a page than that, and no larger windows are asked for from then on. That the list is empty
 * is not believed of a site that does not count its rows if another page held some.
 *
 * A window that shares a row with what is proven always exists, because the page size may vary by
 * ten percent either way (by 12 rows upwards where that is more; only downwards where pages are
 * cut). The walk goes from the end of the list towards its beginning, since deletions then shift
 * unread tickets onto pages that are still to come.
 *
 * Requests: on a quiet site at most 3 % more than rows / per_page, plus 2. Never more than
 * WALK_SPARE + 4 * (rows / per_page + 1) + 4 per failed window (per_page being the smallest size so
 * far), and no more than 4 * WALK_SPARE + rows / per_page failures; `rows` is the number that were
 * really there.
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
    size_t nameless; /* further items, whose id cannot be read */
    int64_t total;   /* rows in the whole list at that instant, as the site says; -1: it does not */
    int64_t per_page;  /* as the site says, if that is less than was asked for: the page is then
                          number `page` of pages of this size. 0: as asked for, or not known */
    int64_t last_page; /* as the site says; it is not relied on */
};

enum walk_next {
    WALK_ASK,      /* *window is to be asked for; it counts as outstanding from now on */
    WALK_WAIT,     /* nothing to ask before an outstanding window is answered */
    WALK_COMPLETE, /* everything is proven; nothing is outstanding that matters */
    WALK_STUCK,    /* the bound on requests is reached, or only skipped rows are left */
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
 * Goes on from what an earlier walk proved: the intervals of its pages, in the order in which they
 * were read. Call it before the first walk_next. `rows` and `row` tell where the unread parts are;
 * without them, these are found by asking. Returns -1 when there is no memory.
 */
int walk_resume(struct walk *walk, const struct walk_interval *proven, size_t count);

/* An earlier walk found that the site gives no more than `rows` rows a page. Call it before the
 * first walk_next. */
void walk_set_cap(struct walk *walk, int64_t rows);
/* The most rows a page that the site gives, as this walk was told, or found and confirmed; 0: as
 * many as are asked for. */
int64_t walk_cap(const struct walk *walk);

/* From now on windows vary around so many rows, 1..10000, as far as the site gives and can give as
 * many: what was proven by pages of another size stays proven. */
void walk_set_size(struct walk *walk, int64_t per_page);

/* What to do now. On WALK_ASK `*window` is filled. */
enum walk_next walk_next(struct walk *walk, struct walk_window *window);

/*
 * Takes the answer to an outstanding window. 1: `*proven` is the interval that this page proves. 0:
 * it proves nothing, as does a page beyond the end of a list that is not empty. -1: there is no
 * memory.
 */
int walk_answer(struct walk *walk, const struct walk_window *window, const struct walk_page *page,
                struct walk_interval *proven);

/*
 * The site cannot answer an outstanding window at all. The walk will ask for its halves. A window
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
