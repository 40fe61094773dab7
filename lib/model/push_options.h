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
    unsigned fields;  /* whose edits in requests are sent, a bit for each of enum outbox_field */
    unsigned actions; /* rows of the outbox that may be sent, likewise of enum outbox_action; edits
                         need none of them */
    int max;          /* changes that a run sends at most */
    int expire_s;     /* rows that waited longer fail */
    enum push_conflicts conflicts;
    bool notify;                   /* close: the site runs its hooks, which may mail */
    struct mapping_pairs priority; /* [push.priority] URGENCY = the site's priority */
    struct mapping_pairs product;  /* [push.product] CATEGORY = the site's product_id */
};

/* The choices of the two keys: a word's position is that of its bit. */
#define PUSH_FIELDS "urgency|category"
#define PUSH_ACTIONS "close|reopen|reply|note|set"

static inline bool push_sends_edits(const struct push_options *o, enum outbox_field field)
{
    return o->fields >> field & 1;
}
static inline bool push_allows(const struct push_options *o, enum outbox_action action)
{
    return o->actions >> action & 1;
}
/* Is anything to be sent at all? */
static inline bool push_is_on(const struct push_options *o)
{
    return o->fields || o->actions;
}

#endif
