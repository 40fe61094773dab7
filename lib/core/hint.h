/*
 * hint: which of the tickets that the site's log calls deleted are worth asking for, before the
 * list is searched for what vanished. Pure: no I/O, no clock.
 *
 * The log may lack deletions (of a customer with all his tickets, or with the log switched off),
 * and it may name tickets that are there again. So what it names is never more than a question: see
 * rank_tell_gone.
 */
#ifndef FLUENT_SYNC_HINT_H
#define FLUENT_SYNC_HINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rank.h"

enum {
    HINT_ENTRIES = 100, /* of the log that are asked for: the newest ones */
    HINT_SPARE = 4,     /* so many tickets more than are lacking are asked for at most: some may be
                           there again */
    HINT_PAUSE_S = 86400,
};

/* May the log be asked for at `now`? Not within HINT_PAUSE_S after it was refused, off, or named no
 * deletion (`in_vain`; 0: never), for it mostly is still. Instants of the same clock. */
bool hint_is_due(int64_t in_vain, int64_t now);

/* Does asking for the log promise fewer requests than a search of the list? Not where few pages
 * would have to be read, or where more is lacking than the log can name. */
bool hint_is_worth(const struct rank *rank);

/*
 * Chooses from the `count` ids that the log names, the last deleted first, and writes those that
 * are worth asking for to `ids`, which has room for all of them. Returns how many they are: 0 where
 * nothing that the pages so far have not shown is lacking, or where the log explains less than half
 * of it, so that a search is needed that finds these, too.
 */
size_t hint_choose(const struct rank *rank, const int64_t *named, size_t count, int64_t *ids);

#endif
