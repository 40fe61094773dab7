/* site_list: the ticket list, as FluentSupport pages, orders and filters it. */
#ifndef SITE_LIST_H
#define SITE_LIST_H

#include "site_http.h"

/* GET /tickets. The site is locked. */
void list_answer(struct site *site, const struct request *request, struct answer *answer);

/* GET /tickets/{id}, `number` as it stands in the address. The site is locked. */
void single_answer(struct site *site, const struct request *request, const char *number,
                   struct answer *answer);

#endif
