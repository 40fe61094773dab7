/*
 * conversations: notes whose conversation has changed, as pages of the list show it, and stores
 * the conversations themselves once the tickets are stored.
 */
#ifndef FLUENT_SYNC_RUN_CONVERSATIONS_H
#define FLUENT_SYNC_RUN_CONVERSATIONS_H

#include "run/entry.h"
#include "run/run.h"

/* Looks up which of a batch's entries show another mark than is stored. Nothing without [sync]
 * conversations. */
int conversations_look_up(struct writer *writer, struct batch *batch, struct error *error);
/* Does the batch have any to record? */
bool conversations_differ(const struct batch *batch);
/* Records their marks, in the batch's transaction: of tickets that are stored. With
 * refusals.in_halves a conversation whose mark the database refuses becomes a reject of its own;
 * otherwise that fails. */
int conversations_note(struct writer *writer, struct batch *batch, struct error *error);

/*
 * Behind all else that a run asks for: stores the conversations that are behind, those that changed
 * last first, and looks at a share of the others, so that each is looked at once in [sync]
 * conversations_every. Ends when there is nothing left to do, or early enough before the deadline;
 * what is behind then is no failure. A conversation that the site cannot give, though it gives
 * others, or that the database refuses, becomes a reject of its own; when the site gives none any
 * more, that is logged, and the next run goes on. Without [sync] conversations removes what is
 * stored of them.
 */
int conversations_store(struct run *run, struct error *error);
/*
 * Before a walk, which may take all the time that runs have, one after the other: stores those that
 * are behind, for a quarter of the time that is left. Not before the first walk is complete, as the
 * tickets come first, nor without a deadline.
 */
int conversations_store_first(struct run *run, struct error *error);

#endif
