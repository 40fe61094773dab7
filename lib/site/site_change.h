/* site_change: a change of a ticket on the site, and the request that it is. site_write.h sends it.
 */
#ifndef FLUENT_SYNC_SITE_CHANGE_H
#define FLUENT_SYNC_SITE_CHANGE_H

#include "base/buf.h"
#include "site/site.h"

/* Texts are UTF-8 and the caller's. */
struct site_change {
    enum site_what what; /* SITE_SET, SITE_CLOSE, SITE_REOPEN or SITE_RESPOND */
    int64_t ticket;

    /*
     * SITE_SET: PUT /tickets/N/property. `field` is a column of the site's: priority, product_id,
     * title, status, mailbox_id, client_priority. The site stores any value but an empty one and
     * "0", which it ignores, as it does one that is loosely equal to the present one: all with 200.
     * It moves updated_at when the value differs; nobody gets a mail. Status closed belongs to
     * SITE_CLOSE, as this leaves resolved_at empty, and plugins newer than 2.0.1 refuse it.
     */
    const char *field, *value;

    /* SITE_CLOSE: POST /tickets/N/close. A closed ticket stays as it is, with 200. Silently: no
     * hook runs, and nobody gets a mail. */
    enum site_hooks { SITE_SILENTLY, SITE_WITH_HOOKS } hooks;

    /* SITE_REOPEN: POST /tickets/N/re-open. An open ticket stays as it is, with 200. Hooks always
     * run. */

    /*
     * SITE_RESPOND: POST /tickets/N/responses. A reply is mailed to the customer, and an unassigned
     * ticket becomes the API user's. `html` is stored as the plugin makes it: backslashes are
     * removed, {{...}} is expanded, and only allowed markup stays. `message_id`, at most 192
     * characters without < > and %, comes back with the entry: see site_find_entry.
     */
    enum site_entry_type { SITE_REPLY, SITE_NOTE } type;
    const char *html, *message_id;
};

enum http_method site_change_method(enum site_what what);
/* Appends what stands behind /wp-json/fluent-support/v2 in its address. -1 when `out` has failed.
 */
int site_change_path(const struct site_change *change, struct buf *out);
/* Appends its JSON document. -1 when `out` has failed. */
int site_change_body(const struct site_change *change, struct buf *out);

#endif
