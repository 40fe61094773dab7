/* page: what the tables hold as one HTML file that needs nothing else. */
#ifndef FLUENT_SYNC_PAGE_H
#define FLUENT_SYNC_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "io/db.h"
#include "page/out.h"
#include "page/verdict.h"

enum { PAGE_DAYS = 90, PAGE_DAYS_LEAST = 7, PAGE_DAYS_MOST = 366, PAGE_LIMIT = 1000 };

/* Who opens the page: whoever gets the file, or whoever asks a web server, which can start a run.
 */
enum page_mode { PAGE_FILE, PAGE_SERVED };

struct page_options {
    enum page_mode mode;
    int64_t days;  /* of the charts: PAGE_DAYS_LEAST to PAGE_DAYS_MOST */
    int64_t limit; /* requests in the list */
    bool no_text;  /* leave out what customers wrote, but for titles */
    const char *version;
};

/*
 * Writes the page of `config`'s site to `sink`, piece by piece: the memory that it needs does not
 * grow with the tables. The database's schema has been checked. -1 with the error of the database
 * or of the sink; then what was written so far is no page.
 */
int page_write(struct db *db, const struct config *config, const struct page_options *options,
               page_sink *sink, void *context, struct error *error);

/* Appends the Content-Security-Policy that the page keeps to. */
void page_policy(struct buf *out, enum page_mode mode);

/* What the page begins with, for others to say it: the verdict, and what it was judged by. */
struct page_summary {
    struct verdict verdict;
    struct verdict_facts facts;
    char now[ZONE_TEXT_SIZE]; /* wall time in the zone of the facts */
    struct zone *zone;        /* the same */
    struct arena arena;       /* of the texts */
};
/* To be released in every case. -1 with the error of the database. */
int page_summarize(struct page_summary *summary, struct db *db, const struct config *config,
                   struct error *error);
void page_summary_release(struct page_summary *summary);

#endif
