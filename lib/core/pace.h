/*
 * pace: how many tickets a page of the list should have. A page costs the site the time in which
 * WordPress starts up, and then time and memory for each ticket: the larger the page, the less time
 * per ticket, until it takes too long or the site's memory does not suffice. Pure: no I/O, no
 * clock.
 *
 * What is too long follows from `timeout_s`, [fluent] timeout: PHP, and the web servers before it,
 * mostly end a request after 30 s or more, which is its default.
 */
#ifndef FLUENT_SYNC_PACE_H
#define FLUENT_SYNC_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PACE_BEGIN = 500, /* of a walk, unless [fluent] per_page says otherwise */
    PACE_MOST = 800,  /* keeps the peak of this program below 48 MB */
    PACE_LEAST = 20,  /* for fewer than 15 the site makes one more query per ticket */
};

/* Pages that were answered: how many, their rows and milliseconds. */
struct pace_pages {
    int64_t count, rows, ms;
};

/* The pages of a walk. */
struct pace {
    int64_t size; /* what to ask for now */
    int64_t begin, most, long_ms, slow_ms;
    struct pace_pages now;      /* of this size, in a row */
    struct pace_pages before;   /* of `former`, the size that this one is compared with */
    int64_t former;             /* 0: this one is not on trial */
    bool no_larger, no_smaller; /* it was tried, and was no better */
};

/* `size`: the first, at least 1. `most`: none is larger; at least `size`. */
void pace_begin(struct pace *pace, int64_t size, int64_t most, int timeout_s);

/*
 * A page was answered. After some pages of a size: twice as many tickets are tried if that can be
 * expected not to take too long, and half as many where pages are slow. The larger size stays if it
 * takes the site less time per ticket, by a tenth; the smaller one if it does not take it more, by
 * half. Pages larger than the first ones are given up where the site is hardly waited for. `ms`:
 * how long it was.
 */
void pace_answer(struct pace *pace, int64_t rows, int64_t ms);

/* A page of so many rows could not be read. A larger size on trial is given up; true: that was one.
 * How to read those rows all the same is the walk's business (walk_failed). */
bool pace_failed(struct pace *pace, int64_t rows);

/* Does a page that takes so long leave too little room below the site's limits of time? */
bool pace_is_long(int64_t ms, int timeout_s);

/* What `check` measures: a page of a few rows, and a larger one. */
struct pace_sample {
    int64_t rows, ms;
};

/* Is it worth trying a page of PACE_MOST, judging by two smaller ones? */
bool pace_try_more(const struct pace_sample *small, const struct pace_sample *large, int timeout_s);

/* The size with the least time per ticket of those that do not take too long and are not larger
 * than `most`, which was seen to work. */
int64_t pace_propose(const struct pace_sample *small, const struct pace_sample *large, int64_t most,
                     int timeout_s);

#endif
