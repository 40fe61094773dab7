/* full_walk: the whole list, read page by page. */
#ifndef FLUENT_SYNC_FULL_WALK_H
#define FLUENT_SYNC_FULL_WALK_H

#include "run/walk_end.h"

/*
 * Walks the whole list; goes on with the walk in progress where plan_resume says so. `head`: the
 * answer of facts->head, whose page may be freed; NULL: there is none. On 0 `*end` says how the
 * walk ended (END_INCOMPLETE also when its pages do not join) and what was known then; its `last`
 * is released. The reasons why the run is not complete are in the outcome.
 */
int full_walk(struct run *run, struct plan_facts *facts, struct site_answer *head,
              struct walk_end *end, struct error *error);

#endif
