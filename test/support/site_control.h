/* site_control: /_control, where a test changes the sample site and asks what happened. */
#ifndef SITE_CONTROL_H
#define SITE_CONTROL_H

#include "site_http.h"

void control_answer(struct request *request, struct answer *answer);

/* To be called after each page of tickets: obeys what `between` asked for. The site is locked. */
void control_between(struct site *site);

#endif
