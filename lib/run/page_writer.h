/*
 * page_writer: the way from the thread that asks the site to the writer. A page of the walk is
 * stored by a thread of its own while the caller goes on asking; until page_writer_wait the struct
 * writer is that thread's alone.
 */
#ifndef FLUENT_SYNC_PAGE_WRITER_H
#define FLUENT_SYNC_PAGE_WRITER_H

#include "run/entry.h"
#include "site/site.h"

struct page_writer {
    struct writer *writer;
    const struct site *site; /* whose requests the run's row counts */
    struct page_job *job;    /* the page that is being stored; NULL: none */
    int64_t since;           /* when that began: clock_monotonic_ms */
    int64_t fetched;         /* tickets of the pages that are stored */
    bool writes_most;        /* most tickets of the last page were new or changed */
};

/* Stores a page outside of the walk. No page is being stored. */
int page_writer_store(struct page_writer *pages, const struct page *page, struct page_origin origin,
                      struct error *error);

/* Begins to store an answer of the walk, and takes over the answer and its proof. First waits until
 * the page before is stored; if that failed, returns its error. */
int page_writer_start(struct page_writer *pages, struct site_answer **answer,
                      struct page_proof *proof, struct error *error);
bool page_writer_is_busy(const struct page_writer *pages);
/* Waits until the page that is being stored is, if there is one, and returns how that ended. */
int page_writer_wait(struct page_writer *pages, struct error *error);

/* Sets the counters of what the site was asked so far. */
void page_writer_count_requests(struct counters *counts, const struct site *site);

/* The sink of a run's log, of which `context` is the caller's struct log. What the thread says is
 * passed on by page_writer_wait. */
log_sink page_writer_log;

#endif
