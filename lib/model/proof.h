/* proof: what a page of the list proves: an interval of ids that it holds completely. */
#ifndef FLUENT_SYNC_PROOF_H
#define FLUENT_SYNC_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A closed interval of ids that is proven. WALK_MIN and WALK_MAX stand for the infinities. */
struct walk_interval {
    int64_t low, high;
    int64_t rows; /* on the page that proved it; 0: not known */
    int64_t row;  /* where in the list its first id stood then, 1..; 0: not known */
};
#define WALK_MIN INT64_MIN
#define WALK_MAX INT64_MAX

/* What a page of a walk proves, beside the tickets on it. */
struct page_proof {
    bool proves; /* `interval` holds something */
    struct walk_interval interval;
    int64_t *ids; /* of the tickets on the page, in the order of the answer */
    size_t count;
    int64_t total, max_id; /* of the page that ends the list; max_id 0: it is another page */
};

#endif
