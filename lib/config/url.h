/* url: the addresses of the site and of the health check. */
#ifndef FLUENT_SYNC_CONFIG_URL_H
#define FLUENT_SYNC_CONFIG_URL_H

#include <stdbool.h>

/* The site's address in `text`: as it is used, in `*url` for free() (NULL: no memory), and NULL; or
 * what is wrong with it, which never repeats it. */
const char *config_url(const char *text, char **address);
/* What is wrong with an address to be pinged (NULL: nothing), which never repeats it. */
const char *config_ping_url(const char *text);
/* Does what is sent to the address that config_url made stay unread by others: by TLS, or as it
 * does not leave this machine? */
bool config_url_is_protected(const char *address);

#endif
