/* pass: a way through the list by id, or through parts of it, page by page: the full walk's, and
 * the part that a run of the rolling walk reads. */
#ifndef FLUENT_SYNC_PASS_H
#define FLUENT_SYNC_PASS_H

#include "core/pace.h"
#include "core/walk.h"
#include "run/head_watch.h"
#include "run/run.h"
#include "run/unreadable.h"

struct pass {
    struct run *run;
    struct walk *walk;
    struct head_watch *watch;
    /* What to do now: as walk_next, which it may ask. */
    enum walk_next (*next)(struct pass *pass, struct walk_window *window);
    /* Notes what a page proves, before it is stored; `proof` is what is saved of it with the walk
     * in progress. -1: the pass ends. */
    int (*take)(struct pass *pass, const struct page *page, struct page_proof *proof,
                struct error *error);
    void *context; /* of these two */

    /* The pass's own: */
    struct pace pace; /* how many tickets to ask for at a time */
    struct unreadable unreadable;
    int64_t asked; /* windows */
    bool failed;   /* the site could not give one of them as a whole */
    bool complete; /* `next` said so at the end */
};

/* Makes its walk, with room for `total` tickets (0: not known), and all that is the pass's own; the
 * caller fills in the rest. -1 when memory ran out; else pass_close has to follow. */
int pass_open(struct pass *pass, struct run *run, int64_t total, struct error *error);
/* Notes how many tickets a page the site gives, and frees the walk. */
void pass_close(struct pass *pass);

/* Asks for the next window, if *next says that there is one to ask for now. */
int pass_ask(struct pass *pass, enum walk_next *next, struct error *error);

/* Reads until `next` is WALK_COMPLETE, or nothing more can be read. What was read is stored then,
 * in any case, and tickets that cannot be read are on record as rejects and make the run
 * incomplete. */
int pass_read(struct pass *pass, struct error *error);

#endif
