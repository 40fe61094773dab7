/* site_content: what WordPress and the plugin make of the texts that they are given. */
#ifndef SITE_CONTENT_H
#define SITE_CONTENT_H

#include "site_json.h"

/* All of these are malloc'ed. */

/* wp_kses_post and what else happens to a reply before it is stored: markup that is not allowed
 * goes, its text stays; & and < that begin nothing are escaped; backslashes are removed; {{...}} is
 * expanded, with the ticket's customer. */
char *content_stored(const char *html, struct span customer);

/* wpautop, with make_clickable for CONTENT_LINKED: as the single ticket shows it. */
enum content_links { CONTENT_PLAIN, CONTENT_LINKED };
char *content_shown(const char *html, enum content_links links);

/* sanitize_text_field: without tags and %xx, without white space at the ends. At most `max` bytes.
 */
char *content_field(const char *text, size_t max);

#endif
