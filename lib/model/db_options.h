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
    /* Where nothing else is said a connection is encrypted when the server offers that. YES, CA: it
     * must be, and the server's certificate, of an authority that ssl_ca (else the system) knows,
     * proves who it is; with YES its name too. AUTO: YES for a remote host; CA for this machine
     * when there is a ssl_ca, else as NO, and no encryption over a socket. */
    enum db_verify { DB_VERIFY_AUTO, DB_VERIFY_YES, DB_VERIFY_NO, DB_VERIFY_CA } ssl_verify;
    int timeout_s; /* connecting, reading, writing */
    /* What ends all waiting for the server, LIMITS_ENDING_MS after the run has to end: the error is
     * then that of limits_check, and the connection is lost. NULL: nothing does. */
    const struct limits *limits;
    char *defaults_file, *defaults_group;
    /* Of several hosts: a statement that reads a table, which a node outside its cluster refuses
     * (error 1047). Whether the table exists does not matter. NULL: not asked. */
    const char *probe;
};

#endif
