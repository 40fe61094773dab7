/* push_options: what the configuration says of changes that go to the site: [push]. */
#ifndef FLUENT_SYNC_PUSH_OPTIONS_H
#define FLUENT_SYNC_PUSH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/mapping.h"
#include "model/outbox_row.h"

/* What becomes of a column that a person and the site have changed. */
enum push_conflicts {
    PUSH_HOLD,     /* neither is written */
    PUSH_SITE,     /* the site's value replaces the person's */
    PUSH_DASHBOARD /* the person's is sent to the site */
};

struct push_options {
    bool fields[OUTBOX_FIELDS];   /* whose edits in requests are sent: `fields = urgency, category`
                                     are OUTBOX_PRIORITY and OUTBOX_PRODUCT */
    bool actions[OUTBOX_ACTIONS]; /* rows of the outbox that may be sent; edits need none of them */
    int64_t max;                  /* changes that a run sends at most */
    int64_t expire_s;             /* rows that waited longer fail */
    enum push_conflicts conflicts;
    bool notify;                   /* close: the site runs its hooks, which may mail */
    struct mapping_pairs priority; /* [push.priority] URGENCY = the site's priority */
    struct mapping_pairs product;  /* [push.product] CATEGORY = the site's product_id */
};

/* Is anything to be sent at all? */
static inline bool push_is_on(const struct push_options *o)
{
    bool on = false;
    for (int i = 0; i < OUTBOX_FIELDS; i++)
        on |= o->fields[i];
    for (int i = 0; i < OUTBOX_ACTIONS; i++)
        on |= o->actions[i];
    return on;
}

#endif
