/* db_tls: how the connection to a server is encrypted, and who vouches for the server. A part of
 * db.
 */
#ifndef FLUENT_SYNC_DB_TLS_H
#define FLUENT_SYNC_DB_TLS_H

#include "io/db.h"

struct st_mysql; /* the client library's MYSQL */

/*
 * One meaning with each version of the client library, which from 3.4 on also takes a server that
 * knows our password for a known one: here a certificate alone proves who a server is. It means the
 * same on a machine that is upgraded; it holds for MySQL as for MariaDB; and a weak password is not
 * handed to whoever poses as the server, to be guessed at leisure.
 */
enum db_tls {
    DB_TLS_NONE,      /* a socket of this machine: nobody can listen */
    DB_TLS_OFFERED,   /* when the server offers it; nothing is verified */
    DB_TLS_AUTHORITY, /* or no connection; an authority that we know signed its certificate */
    DB_TLS_NAME,      /* likewise, and it is for that host */
};

/* What the options ask for at this host (NULL or "": the client library's default). */
enum db_tls db_tls_wanted(const struct db_options *options, const char *host);

/* Before connecting. NULL, or why that cannot be had with this library. */
const char *db_tls_prepare(struct st_mysql *mysql, const struct db_options *options,
                           enum db_tls wanted);
/* When that failed. NULL, or that a server which was reached does not offer it. */
const char *db_tls_refused(struct st_mysql *mysql, enum db_tls wanted);
/* When connected. NULL, or what of it the connection is not. */
const char *db_tls_missing(struct st_mysql *mysql, enum db_tls wanted);

/* Appends "TLS_AES_256_GCM_SHA384, the server verified: ..." to `out`. */
void db_tls_describe(struct st_mysql *mysql, const struct db_options *options, enum db_tls wanted,
                     struct buf *out);

#endif
