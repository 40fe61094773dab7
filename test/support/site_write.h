/* site_write: the calls that change a ticket of the sample site. */
#ifndef SITE_WRITE_H
#define SITE_WRITE_H

#include "site_http.h"

/* What follows a ticket's own address. */
enum change_call { CHANGE_PROPERTY, CHANGE_CLOSE, CHANGE_REOPEN, CHANGE_RESPOND, CHANGE_CALLS };

/* CHANGE_CALLS: "/name" is none of them. */
enum change_call change_named(const char *name, size_t n);
const char *change_method(enum change_call call);

struct change {
    enum change_call call;
    const char *number; /* of the ticket, as it stands in the address */
    struct span body;
};

/* Does what the plugin does, and answers as it does. The site is locked. */
void change_answer(struct site *site, const struct change *change, struct answer *answer);

/* Keeps the change until it is carried out: the client is gone by then. */
void change_keep(struct site *site, const struct change *change);
/* The command carry_out: carries out the changes that were kept, in order. */
const char *change_carry_out(struct site *site, struct span command, FILE *out);
void changes_free(struct site *site);

#endif
