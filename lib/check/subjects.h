/* subjects: what is examined, in the order of the report; each subject has a file of its name. */
#ifndef FLUENT_SYNC_CHECK_SUBJECTS_H
#define FLUENT_SYNC_CHECK_SUBJECTS_H

#include "check/context.h"

void check_config(struct check *c);
void check_net(struct check *c);
void check_site(struct check *c);
void check_tickets(struct check *c);
void check_speed(struct check *c);
/* These two are in site.c as well, but come after all other requests to the site. */
void check_cache(struct check *c);
void check_output(struct check *c);
void check_database(struct check *c);
void check_requests(struct check *c);
void check_state(struct check *c);
void check_push(struct check *c);
void check_metrics(struct check *c);

#endif
