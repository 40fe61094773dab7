/* url: the addresses of the site and of the health check. */
#ifndef FLUENT_SYNC_CONFIG_URL_H
#define FLUENT_SYNC_CONFIG_URL_H

#include <stdbool.h>

/* Reads the site's address: `*address` is the address as it is used, for free() (NULL: no memory).
 * Returns NULL, or what is wrong with it, which never repeats it. */
const char *config_url(const char *text, char **address);
/* What is wrong with an address to be pinged, which never repeats it; NULL: nothing. */
const char *config_ping_url(const char *text);
/* Can nobody else read what is sent to the address that config_url made, because of TLS or because
 * it does not leave this machine? */
bool config_url_is_protected(const char *address);

#endif
