/* accounts: creating the two database accounts, and granting them their rights. */
#include "store/accounts.h"

#include <stdio.h>
#include <string.h>

#include "store/columns.h"
#include "store/rights.h"

enum { STATEMENT_MAX = 1024 };

struct found_host {
    const char *name;
};
static const struct column HOST[] = {
    COLUMN("SUBSTRING_INDEX(USER(), '@', -1)", struct found_host, name)};
static const struct select READ_HOST = SELECT(HOST, struct found_host, "");

/* Every account has a row here, be it that of USAGE. */
static const char OF_ACCOUNT[] =
    "FROM information_schema.user_privileges WHERE grantee = CONCAT('''', ?, '''@''', ?, '''')";

int accounts_host(struct db *db, char host[ACCOUNT_HOST_SIZE], struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, &READ_HOST, &(struct db_parameters){0}, &found, &arena, error);
    const char *name = found.count ? ((const struct found_host *)found.rows)->name : NULL;
    snprintf(host, ACCOUNT_HOST_SIZE, "%s", name && *name ? name : "localhost");
    arena_release(&arena);
    return done;
}

int accounts_exists(struct db *db, const struct account *account, bool *exists, struct error *error)
{
    const struct db_value who[] = {db_text(account->name), db_text(account->host)};
    int64_t rows;
    int done = select_count(db, OF_ACCOUNT, VALUES(who), &rows, error);
    *exists = rows > 0;
    return done;
}

int accounts_make(struct db *db, const struct account *account, const struct secret *password,
                  struct error *error)
{
    const struct db_value values[] = {db_text(account->name), db_text(account->host),
                                      db_text(secret_reveal(password))};
    bool exists;
    if (accounts_exists(db, account, &exists, error) < 0)
        return -1;
    return db_exec(db,
                   exists ? "ALTER USER ?@? IDENTIFIED BY ?" : "CREATE USER ?@? IDENTIFIED BY ?",
                   values, 3, error);
}

/* Appends a name in backticks. */
static void put_name(struct buf *sql, const char *name)
{
    buf_putc(sql, '`');
    for (; *name; name++) {
        if (*name == '`')
            buf_putc(sql, '`');
        buf_putc(sql, *name);
    }
    buf_putc(sql, '`');
}

/* Likewise, where _ and % would stand for any character. */
static void put_pattern(struct buf *sql, const char *name)
{
    struct buf literal;
    buf_init(&literal, STATEMENT_MAX);
    for (; *name; name++) {
        if (strchr("_%\\", *name))
            buf_putc(&literal, '\\');
        buf_putc(&literal, *name);
    }
    put_name(sql, buf_text(&literal));
    buf_release(&literal);
}

/* GRANT rights ON database.table; `table` NULL: all of its tables. */
static int grant(struct db *db, const char *rights, const char *database, const char *table,
                 const struct account *account, struct error *error)
{
    const struct db_value who[] = {db_text(account->name), db_text(account->host)};
    struct buf sql;
    if (strchr(database, '?')) /* db_exec would take it for a placeholder */
        return error_set(error, ERR_USAGE, "grant the rights by hand: the database's name has a ?");
    buf_init(&sql, STATEMENT_MAX);
    buf_printf(&sql, "GRANT %s ON ", rights);
    if (table) {
        put_name(&sql, database);
        buf_putc(&sql, '.');
        put_name(&sql, table);
    } else {
        put_pattern(&sql, database);
        buf_puts(&sql, ".*");
    }
    buf_puts(&sql, " TO ?@?");
    int done = sql.failed ? error_no_memory(error) : db_exec(db, buf_text(&sql), who, 2, error);
    buf_release(&sql);
    return done;
}

int accounts_grant_migrate(struct db *db, const struct account *account, const char *database,
                           struct error *error)
{
    return grant(db, RIGHTS_TO_MIGRATE, database, NULL, account, error);
}

int accounts_grant_runs(struct db *db, const struct account *account, const char *database,
                        struct error *error)
{
    for (size_t i = 0; i < RIGHTS_COUNT; i++) {
        struct buf rights;
        buf_init(&rights, STATEMENT_MAX);
        rights_print(&rights, RIGHTS[i].needed);
        int done = grant(db, buf_text(&rights), database, RIGHTS[i].table, account, error);
        buf_release(&rights);
        if (done < 0)
            return -1;
    }
    return 0;
}
