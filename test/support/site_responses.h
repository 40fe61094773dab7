/* site_responses: the conversations of the sample site's tickets. */
#ifndef SITE_RESPONSES_H
#define SITE_RESPONSES_H

#include "site_state.h"

/* The entries as the single ticket has them, the newest first; malloc'ed. */
char *responses_text(const struct ticket *ticket);

/*
 * The commands respond {id, content, type, customer, attachments}, edit_response {id, response,
 * content} and delete_response {id, response}. What each writes is the entry's id. NULL, or what is
 * wrong.
 */
const char *responses_add(struct site *site, struct span command, FILE *out);
const char *responses_edit(struct site *site, struct span command, FILE *out);
const char *responses_delete(struct site *site, struct span command, FILE *out);

#endif
