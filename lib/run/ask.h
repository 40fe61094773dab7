/* ask: requests to the site that are sent while no other is under way. */
#ifndef FLUENT_SYNC_ASK_H
#define FLUENT_SYNC_ASK_H

#include "site/site.h"

/* Tickets that are asked for one by one, SITE_TICKET or SITE_SEARCH, `at_once` at a time. */
struct ask_tickets {
    enum site_what what;
    int at_once;
    const int64_t *ids;
    size_t count;
};

/* Gets each answer, failures too; -1 ends the asking. Nothing else is outstanding then. */
typedef int ask_take(void *context, const struct site_answer *answer, struct error *error);
int ask_each(struct site *site, const struct ask_tickets *tickets, ask_take *take, void *context,
             struct error *error);

/* Is it this answer alone that the run has to do without: the site failed at it, or refuses the
 * page for something that is on it? Any other error is the run's. */
bool ask_can_do_without(const struct site_answer *answer);

/* Asks for a head, the newest changes, of so many rows; *head stays NULL where the site cannot give
 * it, and `why` (NULL: it does not matter) says why not. */
int ask_head(struct site *site, int64_t rows, struct site_answer **head, struct error *why,
             struct error *error);

#endif
