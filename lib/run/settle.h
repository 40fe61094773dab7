/*
 * settle: are there more or fewer tickets than the newest changes explain, and which? The list is
 * compared with the record of it, by a page that reaches its end (the tail) and by what
 * core/rank.h asks for beside it.
 *
 * The record is part of what a run leaves for the next one: it is read when the run begins and
 * written in its last transaction, with the state. What it says is in the tables by then, so that a
 * run that is killed leaves nothing behind that no later run would look for.
 */
#ifndef FLUENT_SYNC_SETTLE_H
#define FLUENT_SYNC_SETTLE_H

#include "core/plan.h"
#include "run/run.h"

/* Reads the record, and decides whether this run compares the list with it: run->record. */
int settle_open(struct run *run, struct error *error);

/* Can the list be compared? `tail` is the answer to run->record.end; NULL: it was not asked for. */
bool settle_can(const struct run *run, const struct site_answer *tail);
/* What the tail tells before it is compared. */
void settle_facts(const struct site_answer *tail, struct plan_facts *facts);

/* Once the head is stored: compares the list with the record, stores what is new, and marks what
 * vanished. *numbers becomes PLAN_SETTLED or PLAN_UNSETTLED; PLAN_BY_TOTAL where an answer is
 * stale: the run is not complete then. */
int settle_numbers(struct run *run, const struct site_answer *head, const struct site_answer *tail,
                   enum plan_numbers *numbers, struct error *error);

/* The same once more, where pages have shown since that the record was not what the list is: begins
 * with a page that reaches its end. */
int settle_again(struct run *run, const struct site_answer *head, enum plan_numbers *numbers,
                 struct error *error);

/* After an incremental run: what the next one goes by. */
int settle_end(struct run *run, const struct plan_facts *facts, const struct site_answer *head,
               struct error *error);
/* After a walk: the record becomes what its pages held. */
int settle_after_walk(struct run *run, struct error *error);

/* Once the list was compared: the site shows these tickets on it, which may have come since. Those
 * that are new belong to the record, or the next run would not notice that they vanished. */
int settle_add(struct run *run, const struct page *page, struct error *error);
/* Likewise: this one is deleted, and marked so where it was stored. It leaves the record, or the
 * next run would search for it, and not notice should it be listed again. */
void settle_remove(struct run *run, int64_t ticket);

#endif
