/*
 * db_errors: the table of what the error numbers of MySQL and MariaDB speak of.
 *
 * Sources: MySQL 8.0, 8.4 and 9.7 Error Message Reference, "Server Error Message Reference" and
 * "Client Error Message Reference" (number, symbol, SQLSTATE); MySQL 9.7's
 * performance_schema.events_errors_summary_global_by_error; MariaDB Knowledge Base, "MariaDB Error
 * Code Reference" with sql/share/errmsg-utf8.txt of 10.6 to 11.8; for what is to be tried again,
 * beside the texts that say so: MySQL 9.7 Reference Manual, "How to Minimize and Handle Deadlocks"
 * and "Group Replication Limitations"; MariaDB, "innodb_snapshot_isolation" and "Galera Cluster:
 * Known Limitations". Symbols stand without their ER_.
 */
#include "io/db_errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where an answer that speaks of a row names what refused it. */
enum name { NAMES_NOTHING, NAMES_KEY, NAMES_COLUMN, NAMES_CHECK, NAMES_FOREIGN_KEY, NAMES_VIEW };

struct known {
    unsigned short number;
    unsigned char product; /* enum db_product; DB_UNKNOWN: of both */
    unsigned char failure; /* enum db_failure */
    unsigned char name;    /* enum name */
    const char *words;     /* instead of the server's; NULL: the server's */
    const char *advice;
};

#define AGAIN(number, product, advice)                                                             \
    {                                                                                              \
        number, product, DB_FAILURE_RETRY, NAMES_NOTHING, NULL, advice                             \
    }
#define SPEAKS_OF(failure, number, product, advice)                                                \
    {                                                                                              \
        number, product, DB_FAILURE_##failure, NAMES_NOTHING, NULL, advice                         \
    }
#define ROW(number, product, names, words)                                                         \
    {                                                                                              \
        number, product, DB_FAILURE_ROW, NAMES_##names, words, NULL                                \
    }
#define BOTH DB_UNKNOWN
#define MYSQL DB_MYSQL
#define MARIADB DB_MARIADB

static const char LOST[] = "see whether the server runs, and what its error log says; it may have "
                           "needed longer than [mysql] timeout";
static const char ABSENT[] = "see whether the server runs, and check [mysql] host, port and socket";
static const char TOO_MANY[] = "the server has too many connections; the next run may succeed";
static const char READ_ONLY[] = "the server is read-only: point [mysql] host at the primary, or "
                                "name all nodes there, comma-separated";
static const char RIGHTS[] =
    "grant the account the right: the GRANT statements are in docs/by-hand.md";
static const char MIGRATE[] = "run `fluent-sync migrate`";
static const char NO_SPACE[] = "free some space on the database's disk";
static const char PACKET[] = "raise the server's max_allowed_packet";
static const char CHARACTERS[] = "the column's character set lacks a character: `fluent-sync "
                                 "check` says how to change it";
static const char NEEDS_TLS[] = "see whether the server offers TLS (have_ssl, ssl_cert): it takes "
                                "encrypted connections alone, and this one was not";
static const char OFFLINE[] = "an administrator has taken the server offline (offline_mode): the "
                              "next run may succeed, or name other nodes in [mysql] host";
static const char GROUP_KEYS[] =
    "drop the foreign key of fluent_tickets, as `fluent-sync check` says: Group Replication in "
    "multi-primary mode refuses one that cascades";

/* Numbers whose advice names what the server's answer names. */
enum {
    NO_RIGHT_ON_DATABASE = 1044, /* DBACCESS_DENIED_ERROR */
    NO_DATABASE = 1049,          /* BAD_DB_ERROR */
    NO_RIGHT_ON_TABLE = 1142,    /* TABLEACCESS_DENIED_ERROR */
    NO_RIGHT_ON_COLUMN = 1143,   /* COLUMNACCESS_DENIED_ERROR */
};

/* Ascending by number. */
static const struct known KNOWN[] = {
    SPEAKS_OF(TABLE, 1016, BOTH, NULL),      /* CANT_OPEN_FILE */
    SPEAKS_OF(TABLE, 1017, BOTH, NULL),      /* FILE_NOT_FOUND */
    AGAIN(1020, BOTH, NULL),                 /* CHECKREAD: changed since it was read */
    SPEAKS_OF(SERVER, 1021, BOTH, NO_SPACE), /* DISK_FULL */
    ROW(1022, BOTH, NOTHING, "a unique key holds the row's value already"), /* DUP_KEY */
    SPEAKS_OF(SERVER, 1030, BOTH, NULL), /* GET_ERRNO: of the storage engine */
    SPEAKS_OF(TABLE, 1034, BOTH, "the table is damaged: see the server's error log"),
    SPEAKS_OF(TABLE, 1035, BOTH, "the table is damaged: see the server's error log"),
    SPEAKS_OF(TABLE, 1036, BOTH, "the table is read-only"), /* OPEN_AS_READONLY */
    SPEAKS_OF(SERVER, 1037, BOTH, NULL),                    /* OUTOFMEMORY */
    SPEAKS_OF(SERVER, 1038, BOTH, NULL),                    /* OUT_OF_SORTMEMORY */
    SPEAKS_OF(CROWDED, 1040, BOTH, TOO_MANY),               /* CON_COUNT_ERROR */
    SPEAKS_OF(CROWDED, 1041, BOTH, TOO_MANY),               /* OUT_OF_RESOURCES */
    SPEAKS_OF(CONNECTION, 1042, BOTH, NULL),                /* BAD_HOST_ERROR */
    SPEAKS_OF(CONNECTION, 1043, BOTH, NULL),                /* HANDSHAKE_ERROR */
    SPEAKS_OF(RIGHT, NO_RIGHT_ON_DATABASE, BOTH, RIGHTS),
    SPEAKS_OF(ACCOUNT, 1045, BOTH, /* ACCESS_DENIED_ERROR */
              "check [mysql] user and password; an account that requires TLS (REQUIRE SSL, X509) "
              "is refused so too on a connection without it"),
    /* UNKNOWN_COM_ERROR; Galera's "not yet prepared node" */
    SPEAKS_OF(CONNECTION, 1047, BOTH,
              "this node has left its cluster, or has yet to join it: name the other nodes too in "
              "[mysql] host"),
    ROW(1048, BOTH, COLUMN, "a column that must have a value has none"), /* BAD_NULL_ERROR */
    SPEAKS_OF(MISSING, NO_DATABASE, BOTH, "check [mysql] database, or create it"),
    SPEAKS_OF(SCHEMA, 1050, BOTH, NULL),     /* TABLE_EXISTS_ERROR */
    SPEAKS_OF(CONNECTION, 1053, BOTH, NULL), /* SERVER_SHUTDOWN */
    SPEAKS_OF(MISSING, 1054, BOTH, MIGRATE), /* BAD_FIELD_ERROR */
    SPEAKS_OF(SCHEMA, 1060, BOTH, NULL),     /* DUP_FIELDNAME */
    SPEAKS_OF(SCHEMA, 1061, BOTH, NULL),     /* DUP_KEYNAME */
    /* DUP_ENTRY */
    {1062, BOTH, DB_FAILURE_DUPLICATE, NAMES_KEY, "a unique key holds the row's value already",
     NULL},
    SPEAKS_OF(STATEMENT, 1064, BOTH, NULL),  /* PARSE_ERROR */
    SPEAKS_OF(CONNECTION, 1079, BOTH, NULL), /* SHUTDOWN_COMPLETE */
    SPEAKS_OF(CONNECTION, 1080, BOTH, NULL), /* FORCING_CLOSE */
    SPEAKS_OF(SCHEMA, 1091, BOTH, NULL),     /* CANT_DROP_FIELD_OR_KEY */
    SPEAKS_OF(SERVER, 1114, BOTH, NO_SPACE), /* RECORD_FILE_FULL */
    ROW(1118, BOTH, NOTHING, "the row is larger than the table can hold"), /* TOO_BIG_ROWSIZE */
    SPEAKS_OF(ACCOUNT, 1129, BOTH,                                         /* HOST_IS_BLOCKED */
              "too many connections of this machine broke: the server wants `mariadb-admin "
              "flush-hosts` or TRUNCATE performance_schema.host_cache"),
    SPEAKS_OF(ACCOUNT, 1130, BOTH, /* HOST_NOT_PRIVILEGED */
              "the server has no account for this machine: check the host of the account"),
    SPEAKS_OF(CROWDED, 1135, BOTH, TOO_MANY),                      /* CANT_CREATE_THREAD */
    ROW(1138, BOTH, NOTHING, "a value is NULL where none may be"), /* INVALID_USE_OF_NULL */
    SPEAKS_OF(RIGHT, NO_RIGHT_ON_TABLE, BOTH, RIGHTS),
    SPEAKS_OF(RIGHT, NO_RIGHT_ON_COLUMN, BOTH, RIGHTS),
    SPEAKS_OF(MISSING, 1146, BOTH, MIGRATE), /* NO_SUCH_TABLE */
    SPEAKS_OF(CONNECTION, 1152, BOTH, NULL), /* ABORTING_CONNECTION */
    SPEAKS_OF(TOO_BIG, 1153, BOTH, PACKET),  /* NET_PACKET_TOO_LARGE */
    SPEAKS_OF(CONNECTION, 1154, BOTH, NULL), /* NET_READ_ERROR_FROM_PIPE */
    SPEAKS_OF(CONNECTION, 1155, BOTH, NULL), /* NET_FCNTL_ERROR */
    SPEAKS_OF(CONNECTION, 1156, BOTH, NULL), /* NET_PACKETS_OUT_OF_ORDER */
    SPEAKS_OF(CONNECTION, 1157, BOTH, NULL), /* NET_UNCOMPRESS_ERROR */
    SPEAKS_OF(CONNECTION, 1158, BOTH, NULL), /* NET_READ_ERROR */
    SPEAKS_OF(CONNECTION, 1159, BOTH, NULL), /* NET_READ_INTERRUPTED */
    SPEAKS_OF(CONNECTION, 1160, BOTH, NULL), /* NET_ERROR_ON_WRITE */
    SPEAKS_OF(CONNECTION, 1161, BOTH, NULL), /* NET_WRITE_INTERRUPTED */
    ROW(1169, BOTH, NOTHING, "a unique key holds the row's value already"), /* DUP_UNIQUE */
    ROW(1172, BOTH, NOTHING, "a trigger found several rows where one was asked for"),
    SPEAKS_OF(INDEX, 1176, BOTH, NULL),      /* KEY_DOES_NOT_EXITS */
    AGAIN(1180, BOTH, NULL),                 /* ERROR_DURING_COMMIT */
    SPEAKS_OF(CONNECTION, 1184, BOTH, NULL), /* NEW_ABORTING_CONNECTION */
    SPEAKS_OF(TABLE, 1194, BOTH, "the table is damaged: REPAIR TABLE mends it"),
    SPEAKS_OF(TABLE, 1195, BOTH, "the table is damaged: REPAIR TABLE mends it"),
    SPEAKS_OF(SERVER, 1197, BOTH,
              "raise the server's max_binlog_cache_size"), /* TRANS_CACHE_FULL */
    SPEAKS_OF(CROWDED, 1203, BOTH, TOO_MANY),              /* TOO_MANY_USER_CONNECTIONS */
    /* LOCK_WAIT_TIMEOUT */
    SPEAKS_OF(LOCKED, 1205, BOTH, "another session holds rows locked: SHOW PROCESSLIST names it"),
    SPEAKS_OF(SERVER, 1206, BOTH,
              "raise the server's innodb_buffer_pool_size"),                 /* LOCK_TABLE_FULL */
    AGAIN(1213, BOTH, NULL),                                                 /* LOCK_DEADLOCK */
    ROW(1216, BOTH, NOTHING, "a foreign key does not know the row's value"), /* NO_REFERENCED_ROW */
    ROW(1217, BOTH, NOTHING, "another row refers to the row"),               /* ROW_IS_REFERENCED */
    /* USER_LIMIT_REACHED */
    SPEAKS_OF(ACCOUNT, 1226, BOTH,
              "the account has used up what it may do in an hour: raise that limit (ALTER USER ... "
              "WITH ..., 0 is none), or run less often"),
    SPEAKS_OF(RIGHT, 1227, BOTH, RIGHTS), /* SPECIFIC_ACCESS_DENIED_ERROR */
    ROW(1242, BOTH, NOTHING, "a trigger found several rows where one was asked for"),
    SPEAKS_OF(ACCOUNT, 1251, BOTH, NULL), /* NOT_SUPPORTED_AUTH_MODE */
    ROW(1263, BOTH, COLUMN, "a column that must have a value has none"), /* WARN_NULL_TO_NOTNULL */
    ROW(1264, BOTH, COLUMN, "a value is out of the column's range"), /* WARN_DATA_OUT_OF_RANGE */
    ROW(1265, BOTH, COLUMN, "a value is not one that the column takes"), /* DATA_TRUNCATED */
    SPEAKS_OF(READ_ONLY, 1290, BOTH, READ_ONLY), /* OPTION_PREVENTS_STATEMENT */
    ROW(1292, BOTH, COLUMN,
        "a value is not of the type that is asked for"), /* TRUNCATED_WRONG_VALUE */
    SPEAKS_OF(STATEMENT, 1267, BOTH, NULL),              /* CANT_AGGREGATE_2COLLATIONS */
    ROW(1300, BOTH, NOTHING, "a text is not of the character set that is asked for"),
    ROW(1301, BOTH, NOTHING, "a trigger's result is longer than max_allowed_packet"),
    AGAIN(1317, BOTH, "somebody ended the statement (KILL QUERY)"),       /* QUERY_INTERRUPTED */
    SPEAKS_OF(TABLE, 1356, BOTH, "the view refers to what is not there"), /* VIEW_INVALID */
    SPEAKS_OF(TABLE, 1364, BOTH,                                          /* NO_DEFAULT_FOR_FIELD */
              "give that column a default: a column that others added to the table must have one"),
    ROW(1365, BOTH, NOTHING, "a value is divided by zero"), /* DIVISION_BY_ZERO */
    /* TRUNCATED_WRONG_VALUE_FOR_FIELD */
    ROW(1366, BOTH, COLUMN, "a value is not one that the column takes"),
    ROW(1367, BOTH, NOTHING, "a value is not of the type that is asked for"),
    ROW(1369, BOTH, VIEW, "a view's CHECK OPTION refuses the row"), /* VIEW_CHECK_FAILED */
    SPEAKS_OF(RIGHT, 1370, BOTH, RIGHTS),                           /* PROCACCESS_DENIED_ERROR */
    ROW(1406, BOTH, COLUMN, "a value is longer than the column"),   /* DATA_TOO_LONG */
    ROW(1411, BOTH, NOTHING, "a value is not of the type that is asked for"),
    AGAIN(1412, BOTH, NULL), /* TABLE_DEF_CHANGED: "please retry transaction" */
    ROW(1416, BOTH, NOTHING, "a value is not one that the column takes"),
    ROW(1441, BOTH, NOTHING, "a time is out of range"), /* DATETIME_FUNCTION_OVERFLOW */
    SPEAKS_OF(TABLE, 1442, BOTH, "a trigger of the table changes the table itself"),
    SPEAKS_OF(TABLE, 1449, BOTH, "the DEFINER of a trigger or view is an account that is gone"),
    ROW(1451, BOTH, FOREIGN_KEY, "another row refers to the row"), /* ROW_IS_REFERENCED_2 */
    ROW(1452, BOTH, FOREIGN_KEY, "a foreign key does not know the row's value"),
    SPEAKS_OF(TABLE, 1467, BOTH,
              "the table's automatic ids are used up: a larger type of id helps"),
    SPEAKS_OF(TABLE, 1471, BOTH, "the view does not take new rows"), /* NON_INSERTABLE_TABLE */
    ROW(1525, BOTH, NOTHING, "a value is not of the type that is asked for"),
    ROW(1526, BOTH, NOTHING, "the table has no partition for the row"),
    ROW(1557, BOTH, NOTHING, "a unique key holds the row's value already"),
    {1586, BOTH, DB_FAILURE_DUPLICATE, NAMES_KEY, "a unique key holds the row's value already",
     NULL},                                                       /* DUP_ENTRY_WITH_KEY_NAME */
    AGAIN(1613, BOTH, NULL),                                      /* XA_RBTIMEOUT */
    AGAIN(1614, BOTH, NULL),                                      /* XA_RBDEADLOCK */
    AGAIN(1615, BOTH, NULL),                                      /* NEED_REPREPARE */
    AGAIN(1637, BOTH, NULL),                                      /* TOO_MANY_CONCURRENT_TRXS */
    ROW(1642, BOTH, NOTHING, "a trigger refused the row"),        /* SIGNAL_WARN */
    ROW(1643, BOTH, NOTHING, "a trigger refused the row"),        /* SIGNAL_NOT_FOUND */
    ROW(1644, BOTH, NOTHING, "a trigger refused the row"),        /* SIGNAL_EXCEPTION */
    ROW(1690, BOTH, NOTHING, "a computed value is out of range"), /* DATA_OUT_OF_RANGE */
    SPEAKS_OF(ACCOUNT, 1698, BOTH,                                /* ACCESS_DENIED_NO_PASSWORD */
              "the account logs in by other means than a password (unix_socket, auth_socket): run "
              "as the user of that name, or give it a password"),
    ROW(1748, BOTH, NOTHING, "the table has no partition for the row"),
    ROW(1761, BOTH, NOTHING, "a unique key of a referring table holds the row's value already"),
    ROW(1762, BOTH, NOTHING, "a unique key of a referring table holds the row's value already"),
    SPEAKS_OF(READ_ONLY, 1792, BOTH, READ_ONLY), /* CANT_EXECUTE_IN_READ_ONLY_TRANSACTION */
    SPEAKS_OF(TABLE, 1812, BOTH, NULL),          /* TABLESPACE_MISSING */
    SPEAKS_OF(ACCOUNT, 1820, BOTH, "the account has to change its password first"),
    SPEAKS_OF(SCHEMA, 1826, BOTH, NULL),         /* FK_DUP_NAME, DUP_CONSTRAINT_NAME */
    SPEAKS_OF(READ_ONLY, 1836, BOTH, READ_ONLY), /* READ_ONLY_MODE */
    ROW(1859, BOTH, KEY, "a unique key holds the row's value already"), /* DUP_UNKNOWN_IN_INDEX */
    SPEAKS_OF(ACCOUNT, 1862, BOTH, "the account's password has expired"),
    SPEAKS_OF(READ_ONLY, 1874, BOTH, READ_ONLY),                          /* INNODB_READ_ONLY */
    SPEAKS_OF(CONNECTION, 1927, MARIADB, NULL),                           /* CONNECTION_KILLED */
    AGAIN(1964, MARIADB, NULL),                                           /* PRIOR_COMMIT_FAILED */
    AGAIN(1969, MARIADB, "the server's max_statement_time is too short"), /* STATEMENT_TIMEOUT */
    /* From 2000 to 2999: the client library's; those that are not here have lost the connection. */
    SPEAKS_OF(CONNECTION, 2002, BOTH, ABSENT), /* CR_CONNECTION_ERROR */
    SPEAKS_OF(CONNECTION, 2003, BOTH, ABSENT), /* CR_CONN_HOST_ERROR */
    SPEAKS_OF(CONNECTION, 2005, BOTH, ABSENT), /* CR_UNKNOWN_HOST */
    SPEAKS_OF(CONNECTION, 2006, BOTH, LOST),   /* CR_SERVER_GONE_ERROR */
    SPEAKS_OF(CONNECTION, 2013, BOTH, LOST),   /* CR_SERVER_LOST */
    SPEAKS_OF(TOO_BIG, 2020, BOTH, PACKET),    /* CR_NET_PACKET_TOO_LARGE */
    SPEAKS_OF(CONNECTION, 2026, BOTH,          /* CR_SSL_CONNECTION_ERROR */
              "check [mysql] ssl_ca, the authority that signed the server's certificate; or set "
              "ssl_verify: ca where that has another name, no on a trusted network"),
    SPEAKS_OF(CONNECTION, 2055, BOTH, LOST), /* CR_SERVER_LOST_EXTENDED */
    AGAIN(3024, MYSQL, "the server's max_execution_time is too short"), /* QUERY_TIMEOUT */
    SPEAKS_OF(CONNECTION, 3032, MYSQL, OFFLINE),                        /* SERVER_OFFLINE_MODE */
    SPEAKS_OF(TABLE, 3098, MYSQL, GROUP_KEYS), /* BEFORE_DML_VALIDATION_ERROR */
    AGAIN(3100, MYSQL, NULL),                  /* RUN_HOOK_ERROR: before_commit of a plugin */
    AGAIN(3101, MYSQL, NULL),                  /* TRANSACTION_ROLLBACK_DURING_COMMIT */
    SPEAKS_OF(ACCOUNT, 3118, MYSQL, "the account is locked: ALTER USER ... ACCOUNT UNLOCK"),
    ROW(3140, MYSQL, COLUMN,
        "a text is not the JSON that the column takes"), /* INVALID_JSON_TEXT */
    SPEAKS_OF(SERVER, 3159, MYSQL, NEEDS_TLS),           /* SECURE_TRANSPORT_REQUIRED */
    SPEAKS_OF(CONNECTION, 3169, MYSQL, NULL),            /* SESSION_WAS_KILLED */
    SPEAKS_OF(LOCKED, 3572, MYSQL, NULL),                /* LOCK_NOWAIT */
    SPEAKS_OF(SERVER, 3675, MYSQL, NO_SPACE),            /* DISK_FULL_NOWAIT */
    SPEAKS_OF(READ_ONLY, 3796, MYSQL, NULL),             /* GRP_TRX_CONSISTENCY_NOT_ALLOWED */
    AGAIN(3797, MYSQL, NULL),                            /* GRP_TRX_CONSISTENCY_BEFORE */
    AGAIN(3798, MYSQL, NULL),                /* GRP_TRX_CONSISTENCY_AFTER_ON_TRX_BEGIN */
    SPEAKS_OF(READ_ONLY, 3799, MYSQL, NULL), /* GRP_TRX_CONSISTENCY_BEGIN_NOT_ALLOWED */
    ROW(3819, MYSQL, CHECK, "a CHECK constraint refuses the row"), /* CHECK_CONSTRAINT_VIOLATED */
    {3854, MYSQL, DB_FAILURE_ROW, NAMES_NOTHING, "a text has a character that the column lacks",
     CHARACTERS}, /* CANNOT_CONVERT_STRING */
    {3988, MYSQL, DB_FAILURE_ROW, NAMES_NOTHING, "a text has a character that the column lacks",
     CHARACTERS}, /* IMPOSSIBLE_STRING_CONVERSION */
    SPEAKS_OF(TABLE, 3989, MYSQL, "ALTER SCHEMA ... READ ONLY = 0 lets it be written to"),
    ROW(4025, MARIADB, CHECK, "a CHECK constraint refuses the row"), /* CONSTRAINT_FAILED */
    SPEAKS_OF(CONNECTION, 4031, MYSQL, NULL), /* CLIENT_INTERACTION_TIMEOUT */
    SPEAKS_OF(READ_ONLY, 4049, MYSQL, NULL),  /* OPERATION_NOT_ALLOWED_ON_GR_SECONDARY */
    SPEAKS_OF(READ_ONLY, 4094, MYSQL, NULL),  /* ..._WHILE_PRIMARY_CHANGE_IS_RUNNING */
    SPEAKS_OF(ACCOUNT, 4151, MARIADB, "the account is locked: ALTER USER ... ACCOUNT UNLOCK"),
    SPEAKS_OF(CONNECTION, 6400, MYSQL, OFFLINE), /* SERVER_OFFLINE_MODE_REASON */
};

static const struct known *find(const struct db_answer *a)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (KNOWN[i].number == a->number && (a->product == DB_UNKNOWN || KNOWN[i].product == BOTH ||
                                             KNOWN[i].product == (unsigned char)a->product))
            return &KNOWN[i];
    return NULL;
}

static bool is_class(const char *state, const char *class)
{
    return strncmp(state, class, 2) == 0;
}

/* Of what SIGNAL raises with a state of its own: 45 by the manual's advice, or one that the
 * standard leaves to implementations and that the servers do not use. */
static bool is_signal(const char *state)
{
    if (is_class(state, "HY") || is_class(state, "XA") || is_class(state, "70"))
        return false;
    return is_class(state, "45") || (*state >= '5' && *state <= '9') ||
           (*state >= 'I' && *state <= 'Z');
}

/* A number that is not in the table, by the class of its SQLSTATE. */
static enum db_failure by_state(const char *state)
{
    static const struct {
        const char *class;
        enum db_failure failure;
    } classes[] = {
        {"02", DB_FAILURE_ROW},        /* no data: of a trigger */
        {"08", DB_FAILURE_CONNECTION}, /* connection exception */
        {"21", DB_FAILURE_STATEMENT},  /* cardinality */
        {"22", DB_FAILURE_ROW},        /* data exception */
        {"23", DB_FAILURE_ROW},        /* integrity constraint violation */
        {"28", DB_FAILURE_ACCOUNT},    /* invalid authorization */
        {"40", DB_FAILURE_RETRY},      /* transaction rollback */
        {"42", DB_FAILURE_STATEMENT},  /* syntax error or access rule violation */
        {"44", DB_FAILURE_ROW},        /* with check option violation */
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (is_class(state, classes[i].class))
            return classes[i].failure;
    return DB_FAILURE_UNKNOWN;
}

static enum db_failure failure_of(const struct db_answer *a)
{
    if (is_class(a->state, "40"))
        return DB_FAILURE_RETRY;
    if (is_signal(a->state)) /* whatever MYSQL_ERRNO the trigger chose */
        return DB_FAILURE_ROW;
    const struct known *known = find(a);
    if (known)
        return (enum db_failure)known->failure;
    return a->number >= 2000 && a->number < 3000 ? DB_FAILURE_CONNECTION : by_state(a->state);
}

/* What libmariadb 3.3.9 and later say of an error that a server which speaks TLS sends in place of
 * its greeting: the number stands in the text alone. */
void db_error_unwrap(struct db_answer *a)
{
    static const char before[] = "Received error packet before completion of TLS handshake. ";
    if (strncmp(a->text, before, sizeof before - 1) != 0)
        return;
    const char *number = strstr(a->text, ": ");
    char *end = NULL;
    unsigned long n = number ? strtoul(number + 2, &end, 10) : 0;
    if (!n || n > UINT16_MAX || strncmp(end, " - ", 3) != 0)
        return;
    a->number = (unsigned)n;
    a->text = end + 3;
}

/* Telling */

/* How the servers write it: `@` is the name, `#` a number; the last one ends with the text unless
 * it ends in `*`. In each the name stands behind all that the server may quote of a row, or nothing
 * is quoted. */
static const char *const FORMATS[][3] = {
    [NAMES_KEY] = {" for key '@'"},
    [NAMES_COLUMN] = {"olumn '@' at row #", ".`@` at row #", "olumn '@' cannot be null"},
    [NAMES_CHECK] = {"heck constraint '@' is violated.", "CONSTRAINT `@` failed for *"},
    [NAMES_FOREIGN_KEY] = {" CONSTRAINT `@` FOREIGN KEY *"},
    [NAMES_VIEW] = {"CHECK OPTION failed `@`"},
};
static const char *const KINDS[] = {[NAMES_KEY] = "key",
                                    [NAMES_COLUMN] = "column",
                                    [NAMES_CHECK] = "constraint",
                                    [NAMES_FOREIGN_KEY] = "constraint",
                                    [NAMES_VIEW] = "view"};

/* Does `text` go on as `format`, which has no name? */
static bool goes_on(const char *text, const char *format)
{
    for (; *format && *format != '*'; format++) {
        if (*format == '#') {
            size_t digits = strspn(text, "0123456789");
            if (!digits)
                return false;
            text += digits;
        } else if (*text++ != *format) {
            return false;
        }
    }
    return *format == '*' || !*text;
}

/* The name in a text of this format; its length, 0: another format. */
static size_t find_name(const char *text, const char *format, const char **name)
{
    size_t before = strcspn(format, "@"), longest = 0;
    const char *after = format + before + 1;
    for (const char *p = text; *p; p++) {
        if (strncmp(p, format, before) != 0)
            continue;
        size_t n = strcspn(p + before, "'`\"");
        if (n && goes_on(p + before + n, after)) {
            *name = p + before;
            longest = n;
        }
    }
    return longest;
}

/*
 * The server's text without values in it: they may be customers' words. A value goes on to the last
 * "' for ", as it may hold one too, or to the end of the text, which then is its quote.
 */
static void redact(const char *text, char *out, size_t size)
{
    static const char *const before[] = {" near '", " entry '", ": '"};
    size_t n = strlen(text);
    bool has_end = n && (text[n - 1] != '\'' || strncmp(text, "Duplicate ", 10) == 0);
    const char *value = NULL, *rest = "";
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const char *found = strstr(text, before[i]);
        if (found && (!value || found < value))
            value = found;
    }
    for (const char *p = value; p && has_end && (p = strstr(p, "' for ")) != NULL;)
        rest = ++p;
    snprintf(out, size, "%.*s%s", value ? (int)(value - text) : (int)size, text, rest);
}

/* What is said of a row, in our words. */
static void tell_row(const struct db_answer *a, const struct known *known, char *out, size_t size)
{
    const char *words = known && known->words ? known->words
                        : is_signal(a->state) ? "a trigger refused the row"
                                              : "the database refused the row";
    const char *name = NULL;
    size_t length = 0, kind = known ? known->name : NAMES_NOTHING;
    for (size_t i = 0; i < 3 && !length && FORMATS[kind][i]; i++)
        length = find_name(a->text, FORMATS[kind][i], &name);
    char what[160] = "";
    if (length)
        snprintf(what, sizeof what, ": %s `%.*s`", KINDS[kind], (int)length, name);
    snprintf(out, size, "%s%s (error %u, SQLSTATE %.5s)", words, what, a->number, a->state);
}

/* Advice that names the account, the table, the database */

void db_account_quote(const char *text, char account[DB_ACCOUNT_SIZE])
{
    const char *at = strrchr(text, '@');
    size_t n = at ? (size_t)(at - text) : strlen(text);
    snprintf(account, DB_ACCOUNT_SIZE, "'%.*s'@'%s'", (int)n, text, at ? at + 1 : "%");
}

/* The last name in quotes at the end of "... for table `dashboard`.`requests`"; its length. */
static size_t last_name(const char *text, const char **name)
{
    size_t n = strlen(text);
    if (n < 3 || !strchr("`'", text[n - 1]))
        return 0;
    size_t from = n - 1;
    while (from > 0 && text[from - 1] != text[n - 1])
        from--;
    *name = text + from;
    return from ? n - 1 - from : 0;
}

/* "UPDATE command denied to user ...": the right is what it begins with. What only `migrate` needs
 * is wanted for the whole database. */
static bool advise_grant(const struct db_answer *a, char *advice, size_t size)
{
    const char *table = NULL;
    size_t right = strspn(a->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ, "), length = 0;
    if (right > 1)
        length = last_name(a->text, &table);
    if (!length || !a->account || !*a->account || !a->database)
        return false;
    bool of_a_run = strncmp(a->text, "SELECT", 6) == 0 || strncmp(a->text, "INSERT", 6) == 0 ||
                    strncmp(a->text, "UPDATE", 6) == 0 || strncmp(a->text, "DELETE", 6) == 0;
    snprintf(advice, size, "GRANT %.*s ON `%s`.%.*s TO %s; %s", (int)right - 1, a->text,
             a->database, of_a_run ? (int)length : 1, of_a_run ? table : "*", a->account,
             of_a_run ? "`fluent-sync check` lists all that is missing"
                      : "docs/by-hand.md names all that `migrate` needs");
    return true;
}

/* Its text names the account as it stands in a GRANT. */
static bool advise_database(const struct db_answer *a, char *advice, size_t size)
{
    static const char before[] = "Access denied for user ";
    const char *account = a->text + sizeof before - 1;
    if (!a->database || strncmp(a->text, before, sizeof before - 1) != 0)
        return false;
    snprintf(advice, size,
             "GRANT SELECT, INSERT, UPDATE, DELETE ON `%s`.* TO %.*s, or the narrower ones of "
             "docs/by-hand.md; a database that does not exist is refused so too",
             a->database, (int)strcspn(account, " "), account);
    return true;
}

/* false: the advice of the table of errors says it. */
static bool advise(const struct db_answer *a, char *advice, size_t size)
{
    switch (a->number) {
    case NO_RIGHT_ON_TABLE:
    case NO_RIGHT_ON_COLUMN:
        return advise_grant(a, advice, size);
    case NO_RIGHT_ON_DATABASE:
        return advise_database(a, advice, size);
    case NO_DATABASE:
        if (a->database)
            snprintf(advice, size,
                     "check [mysql] database, or create it: CREATE DATABASE `%s` CHARACTER SET "
                     "utf8mb4",
                     a->database);
        return a->database != NULL;
    default:
        return false;
    }
}

void db_error_fill(const struct db_answer *a, struct error *error)
{
    const struct known *known = find(a);
    enum db_failure failure = failure_of(a);
    bool of_row = failure == DB_FAILURE_ROW || failure == DB_FAILURE_DUPLICATE;
    if (known && known->failure != (unsigned char)failure)
        known = NULL; /* a trigger borrowed the number */
    struct error_kind kind = {ERR_DATABASE, (int)failure, known ? known->advice : NULL};
    char what[512];
    if (of_row)
        tell_row(a, known, what, sizeof what);
    else if (failure == DB_FAILURE_MISSING && a->number == NO_DATABASE && a->database)
        snprintf(what, sizeof what, "the server has no database \"%s\" (error %u)", a->database,
                 a->number);
    else if (!known && a->values)
        snprintf(what, sizeof what, "it refused the statement (error %u, SQLSTATE %.5s)", a->number,
                 a->state);
    else {
        char clean[400];
        redact(a->text, clean, sizeof clean);
        snprintf(what, sizeof what, "%s (error %u)", clean, a->number);
    }
    char advice[ERROR_ADVICE_MAX];
    if (known && advise(a, advice, sizeof advice))
        kind.advice = advice;
    if (a->number == 1366 && of_row && strstr(a->text, "string value"))
        kind.advice = CHARACTERS;
    error_raise(error, kind, "database: %s", what);
}
