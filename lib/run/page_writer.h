/*
 * page_writer: the way from the thread that asks the site to the writer. A page of the walk, and
 * the newest tickets before a first one, are stored by a thread of their own while the caller goes
 * on asking; until page_writer_wait the struct writer is that thread's alone.
 *
 * In a first import two pages are written side by side, each by a thread and on a connection of its
 * own. The struct writer belongs to the one whose turn it is: there pages are counted, and
 * committed in the order in which they came. So whenever the run is killed, the tables hold what
 * they would hold with one writer. The transaction of a page that went ahead verifies the lease at
 * its end, not at its beginning: until then it holds only rows that are new, and that nobody sees.
 * Whatever goes wrong with it, it is rolled back, and the page is stored anew in its turn, alone.
 */
#ifndef FLUENT_SYNC_PAGE_WRITER_H
#define FLUENT_SYNC_PAGE_WRITER_H

#include "run/entry.h"
#include "run/lanes.h"
#include "run/turns.h"
#include "site/site.h"

struct page_writer {
    struct writer *writer;
    const struct site *site;  /* whose requests the run's row counts */
    struct page_job *jobs[2]; /* the pages that are being stored, in their order; NULL: none */
    int64_t since;            /* when the last of them began: clock_monotonic_ms */
    int64_t fetched;          /* tickets of the pages that are stored */
    bool writes_most;         /* this run has written most tickets of the last page */
    bool one_by_one;          /* writing ahead has failed once: it may do so again */
    bool began_empty;         /* the tables had no ticket of the site when this walk began; */
    struct tally shown;       /* then these are the tickets of its pages so far */
    bool has_rejects;         /* as struct writer's, while that is a thread's */
    struct lanes lanes;
    struct turns turns;
    long last; /* the number of the last page: see turns.h */
};

void page_writer_init(struct page_writer *pages, struct writer *writer);
/* Waits for nothing: no page is being stored. */
void page_writer_release(struct page_writer *pages);

/* Before a walk. `mysql`: it is the first one, so its tickets are new, and pages may be written
 * side by side; NULL: it is not. */
void page_writer_begin_walk(struct page_writer *pages, const struct db_options *mysql);
/* From now on pages are written side by side. The schema was read; no page is being stored.
 * `empty`: no ticket of the site is stored, so that those which pages share are the only ones to
 * look up. */
void page_writer_open_lanes(struct page_writer *pages, bool empty);

/* Stores a page outside of the walk. No page is being stored. */
int page_writer_store(struct page_writer *pages, const struct page *page, struct page_origin origin,
                      struct error *error);

/* Begins to store a page, and takes over the page and its proof; NULL outside of the walk. First
 * waits until the page before is stored, or the one before that; if that failed, returns its error.
 */
int page_writer_start(struct page_writer *pages, struct page *page, struct page_proof *proof,
                      struct page_origin origin, struct error *error);
bool page_writer_is_busy(const struct page_writer *pages);
/* Waits until the pages that are being stored are, if there are any, and returns how that ended. */
int page_writer_wait(struct page_writer *pages, struct error *error);

/* Sets the counters of what the site was asked so far. */
void page_writer_count_requests(struct counters *counts, const struct site *site);

/* The sink of a run's log, of which `context` is the caller's struct log. What the thread says is
 * passed on by page_writer_wait. */
log_sink page_writer_log;

#endif
