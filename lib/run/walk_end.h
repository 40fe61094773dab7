/* walk_end: compares a walk that proved the whole list with the tickets that changed last. */
#ifndef FLUENT_SYNC_WALK_END_H
#define FLUENT_SYNC_WALK_END_H

#include "core/plan.h"
#include "run/head_watch.h"
#include "run/run.h"

struct walk_end {
    struct plan_end_facts facts;
    struct plan_end_decision decided;
    struct site_answer *last; /* the head that was asked for at the walk's end; NULL: none */
    struct error no_head;     /* why the last one could not be had, if so */
};

/* Stores a head's tickets. */
int walk_store_head(struct run *run, const struct site_answer *head, struct error *error);

/* Decides how the walk ended, asks for heads as far as that needs them, and stores what they show.
 * `plan` and `head` are those that the walk began with. Reasons why the run is not complete are
 * added to the outcome. */
int walk_end_judge(struct run *run, const struct plan_facts *plan, const struct head_watch *watch,
                   const struct site_answer *head, struct walk_end *end, struct error *error);

#endif
