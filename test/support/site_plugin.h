/* site_plugin: how the versions of the plugin differ, as far as their answers were measured. */
#ifndef SITE_PLUGIN_H
#define SITE_PLUGIN_H

#include "site_answer.h"

/* 2.0.1 is recorded; of the others what they answer is known from measurements. */
enum plugin { PLUGIN_2_0_1, PLUGIN_1_7_90, PLUGIN_1_7_2, PLUGINS };

/* "2.0.1" and so on; PLUGINS: none of them. */
enum plugin plugin_named(const char *name);

#define PLUGIN_NO_RIGHT "Sorry, You do not have permission to this ticket"

/* Whatever the plugin refuses: a bare string, with status 422, or with 200 in 1.7.2. */
void plugin_refuse(enum plugin plugin, const char *words, struct answer *answer);
/* Whatever is asked about a ticket that does not exist. `number`: as it stands in the address. */
void plugin_refuse_unknown(enum plugin plugin, const char *number, struct answer *answer);

/* The body as this version writes it; the one given is taken over. In 1.7.2 all dates are the
 * site's local time. */
char *plugin_dates(enum plugin plugin, char *body);

/* Does an entry of this type count as a response, and move the ticket's updated_at? Notes and
 * drafts do in 1.7.2 alone. */
bool plugin_counts(enum plugin plugin, const char *type);

#endif
