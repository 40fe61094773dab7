/* site_activity: the sample site's log of what was done: GET /activity-logger. */
#ifndef SITE_ACTIVITY_H
#define SITE_ACTIVITY_H

#include "site_http.h"

/* Logs it, if this version of the plugin does and the log is on: ticket_created,
 * response_added_by_agent, ticket_deleted (not in 1.7.2). */
void activity_add(struct site *site, const char *event, int64_t ticket);

/* A page of the log. The site is locked. */
void activity_answer(struct site *site, const struct request *request, struct answer *answer);

/* "refused", "on" or "off"; what is wrong with it, or NULL. */
const char *activity_set(struct site *site, const char *access);

#endif
