/* site_responses: the conversations of the sample site's tickets. */
#ifndef SITE_RESPONSES_H
#define SITE_RESPONSES_H

#include "site_state.h"

/* The entries as the single ticket has them, the newest first; malloc'ed. */
char *responses_text(const struct ticket *ticket);

struct new_response {
    const char *type, *content, *message_id; /* message_id: or NULL */
    struct span person, attachments;         /* NULL: the API user, none */
};
/* Adds an entry of now, and shows it in the list. Returns its id. */
int64_t responses_append(struct site *site, struct ticket *ticket,
                         const struct new_response *entry);

/* The API user's person, as JSON. */
const char *responses_agent(void);

/*
 * The commands respond {id, content, type, message_id, customer, attachments}, edit_response {id,
 * response, content} and delete_response {id, response}. What each writes is the entry's id. NULL,
 * or what is wrong.
 */
const char *responses_add(struct site *site, struct span command, FILE *out);
const char *responses_edit(struct site *site, struct span command, FILE *out);
const char *responses_delete(struct site *site, struct span command, FILE *out);

#endif
