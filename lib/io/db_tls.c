/* db_tls: tells the client library how to use TLS, and checks that the connection does. */
#include "io/db_tls.h"

#include <mysql.h>
#include <string.h>

#include "base/url.h"

#ifdef MARIADB_TLS_VERIFY_TRUST /* from 3.4 on */
#include <ma_pvio.h>
#endif

enum {
    CALLBACKS_SINCE = 30400, /* the version of the library */
    VERIFY_STATUS = 37,      /* MARIADB_TLS_VERIFY_STATUS, which older headers do not have */
};

enum db_tls db_tls_wanted(const struct db_options *o, const char *host)
{
    bool socket = !host || !*host || strcmp(host, "localhost") == 0;
    switch (o->ssl_verify) {
    case DB_VERIFY_YES:
        return DB_TLS_NAME;
    case DB_VERIFY_CA:
        return DB_TLS_AUTHORITY;
    case DB_VERIFY_NO:
        return DB_TLS_OFFERED;
    case DB_VERIFY_AUTO:
        break;
    }
    if (!socket && !url_is_loopback((struct url_part){host, strlen(host)}))
        return DB_TLS_NAME;
    if (o->ssl_ca) /* the way to this machine needs no name */
        return DB_TLS_AUTHORITY;
    return socket ? DB_TLS_NONE : DB_TLS_OFFERED;
}

#ifdef MARIADB_TLS_VERIFY_TRUST

/* How the library's MARIADB_TLS begins: its header includes one that is not installed. */
struct tls {
    void *data;
    MARIADB_PVIO *pvio;
};

/* Instead of the library's own look at a certificate, which from 3.4 on compares the name whenever
 * an authority is given. The chain was judged during the handshake. */
static int verify_authority(const struct tls *tls, unsigned flags)
{
    MYSQL *mysql = tls->pvio->mysql;
    (void)flags;
    if (!mysql->net.tls_verify_status)
        return 0;
    mysql->net.tls_verify_status |= MARIADB_TLS_VERIFY_UNKNOWN; /* no password makes up for it */
    return 1;
}

static const char *leave_out_name(MYSQL *mysql)
{
    const char *library = NULL;
    if (mariadb_get_infov(mysql, MARIADB_TLS_LIBRARY, (void *)&library) || !library ||
        strncmp(library, "OpenSSL", 7) != 0)
        return "ssl_verify = ca needs a libmariadb that is built with OpenSSL";
    mysql_optionsv(mysql, MARIADB_OPT_TLS_VERIFICATION_CALLBACK, (void *)verify_authority);
    return NULL;
}

#else

static const char *leave_out_name(MYSQL *mysql)
{
    (void)mysql;
    return "ssl_verify = ca with this libmariadb needs a fluent-sync that was built with it";
}

#endif

const char *db_tls_prepare(MYSQL *mysql, const struct db_options *o, enum db_tls wanted)
{
    my_bool use = wanted != DB_TLS_NONE, verify = wanted == DB_TLS_NAME;
    bool newer = mysql_get_client_version() >= CALLBACKS_SINCE;
    const char *wrong = NULL;
    if (wanted == DB_TLS_AUTHORITY && newer)
        wrong = leave_out_name(mysql);
    if (wanted == DB_TLS_AUTHORITY)
        verify = newer || !o->ssl_ca; /* an older one verifies the chain as soon as there is a ca */
    /* Where nothing is to be verified the library is not told of an authority: it would. */
    if (o->ssl_ca && wanted >= DB_TLS_AUTHORITY)
        mysql_options(mysql, MYSQL_OPT_SSL_CA, o->ssl_ca);
    if (o->ssl_cert)
        mysql_options(mysql, MYSQL_OPT_SSL_CERT, o->ssl_cert);
    if (o->ssl_key)
        mysql_options(mysql, MYSQL_OPT_SSL_KEY, o->ssl_key);
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &use);
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    return wrong;
}

static const char NOT_OFFERED[] = "TLS/SSL error: it is required, but the server does not offer it";

const char *db_tls_refused(MYSQL *mysql, enum db_tls wanted)
{
    unsigned long offers = mysql->server_capabilities; /* 0: it said nothing yet */
    return wanted >= DB_TLS_AUTHORITY && offers && !(offers & CLIENT_SSL) ? NOT_OFFERED : NULL;
}

const char *db_tls_missing(MYSQL *mysql, enum db_tls wanted)
{
    unsigned status = 0;
    if (wanted < DB_TLS_AUTHORITY)
        return NULL;
    if (!mysql_get_ssl_cipher(mysql))
        return NOT_OFFERED;
    if (mariadb_get_infov(mysql, (enum mariadb_value)VERIFY_STATUS, &status) == 0 && status)
        return "TLS/SSL error: no known authority signed the server's certificate (its knowing the "
               "password does not count)";
    return NULL;
}

void db_tls_describe(MYSQL *mysql, const struct db_options *o, enum db_tls wanted, struct buf *out)
{
    const char *cipher = mysql_get_ssl_cipher(mysql);
    if (!cipher) {
        buf_puts(out, wanted == DB_TLS_NONE ? "not encrypted, within this machine"
                                            : "not encrypted: the server offers no TLS");
        return;
    }
    buf_puts(out, cipher);
    if (wanted < DB_TLS_AUTHORITY) {
        buf_puts(out, ", the server not verified");
        return;
    }
    buf_printf(out, ", the server verified by %s%s",
               o->ssl_ca ? o->ssl_ca : "the system's authorities",
               wanted == DB_TLS_NAME ? " and its name" : ", its name not compared");
}
