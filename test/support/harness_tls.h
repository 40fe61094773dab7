/* harness_tls: certificates of throwaway authorities, as NAME.pem and NAME.key in the temporary
 * directory, and a TLS server. */
#ifndef HARNESS_TLS_H
#define HARNESS_TLS_H

#include "harness_sync.h"

/* An authority. */
void tls_authority(struct harness *h, const char *name);
/* A certificate for `host` ("IP:127.0.0.1", "DNS:a.test"), signed by `authority`. */
void tls_certificate(struct harness *h, const char *name, const char *host, const char *authority);
/* One that was good in January 2020. */
void tls_expired(struct harness *h, const char *name, const char *host, const char *authority);
/* One that is signed by itself and valid for this many days. */
void tls_self_signed(struct harness *h, const char *name, const char *host, int days);

/* Starts the sample site with ten tickets and this certificate. */
void tls_site(struct harness *h, const char *name);
/* Writes an INI file that leads to https on this port of 127.0.0.1, without retries. It trusts this
 * authority, or the system's if NULL. */
void tls_configure(struct harness *h, int port, const char *authority);
/* Starts `openssl s_server` with this certificate and up to two more options (NULL: none), which
 * answers every GET with a page of HTML; returns its port. It ends with the test. */
int tls_server(struct harness *h, const char *name, const char *option, const char *other);

#endif
