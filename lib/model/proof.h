/* proof: what a page of the list proves: an interval of ids that it holds completely. */
#ifndef FLUENT_SYNC_PROOF_H
#define FLUENT_SYNC_PROOF_H

#include <stdint.h>

/* A closed interval of ids that is proven. WALK_MIN and WALK_MAX stand for the infinities. */
struct walk_interval {
    int64_t low, high;
    int64_t rows; /* on the page that proved it; 0: not known */
    int64_t row;  /* where in the list its first id stood then, 1..; 0: not known */
};
#define WALK_MIN INT64_MIN
#define WALK_MAX INT64_MAX

#endif
