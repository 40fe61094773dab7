/* site_url: the URLs of a site's requests, and what a redirect says about them. Private to site. */
#ifndef FLUENT_SYNC_SITE_URL_H
#define FLUENT_SYNC_SITE_URL_H

#include <stdbool.h>

#include "base/buf.h"
#include "site/site.h"

/* Appends the URL of a request below `base`, in the plain or, for any other `form`, the pretty
 * form. `fresh` becomes a parameter that the site ignores: with another one each time no two
 * requests have the same address, and a cache that is keyed by addresses finds nothing. -1 when
 * `out` has failed. */
int site_url(struct buf *out, const char *base, enum site_form form,
             const struct site_request *request, const char *fresh);

/* Appends what stands behind /fluent-support/v2 in the address of a list, a ticket, a change or
 * SITE_ME. -1 when `out` has failed. */
int site_url_path(struct buf *out, const struct site_request *request);

/* Is `location` the path that was asked for, with or without a slash behind it? WordPress does so
 * when it takes the path for that of a page: there is no REST API under this form. */
bool site_url_same(const char *asked, const char *location);

/* Appends `location` as it may be shown: without user information, query and fragment. */
int site_url_show(struct buf *out, const char *location);

/* Appends the api_url that `location` leads to: what stands before /wp-json or ?rest_route=.
 * Returns false, with nothing appended, when it leads to no REST API. */
bool site_url_base(struct buf *out, const char *location);

#endif
