/* db_options: which database server to connect to, and how. */
#ifndef FLUENT_SYNC_DB_OPTIONS_H
#define FLUENT_SYNC_DB_OPTIONS_H

#include "base/clock.h"
#include "base/secret.h"

/* Texts are NULL where not set: the client library's own default then holds. */
struct db_options {
    char *hosts; /* comma-separated, tried in turn */
    int port;    /* 0: the client library's */
    char *socket, *user, *database;
    struct secret password;
    char *ssl_ca, *ssl_cert, *ssl_key;
    /* YES and CA: the connection must be encrypted, and the server's certificate, from an authority
     * that ssl_ca (else the system) knows, proves which server it is; with YES its name does too.
     * NO: the connection is encrypted if the server offers that. AUTO: YES for a remote host; for
     * this machine CA when there is an ssl_ca, else NO; over a socket no encryption. */
    enum db_verify { DB_VERIFY_AUTO, DB_VERIFY_YES, DB_VERIFY_NO, DB_VERIFY_CA } ssl_verify;
    int timeout_s; /* connecting, reading, writing */
    /* What ends all waits for the server, LIMITS_ENDING_MS after the run has to end: the error is
     * then that of limits_check, and the connection is lost. NULL: nothing does. */
    const struct limits *limits;
    char *defaults_file, *defaults_group;
    /* Of several hosts: a statement that reads a table, which a node outside its cluster refuses.
     * Whether the table exists does not matter. NULL: not asked. */
    const char *probe;
};

#endif
