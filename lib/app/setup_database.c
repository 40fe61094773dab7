/* setup_database: connects with the accounts that were answered, and makes accounts and tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "app/setup.h"
#include "config/keys.h"
#include "io/db.h"
#include "store/accounts.h"
#include "store/migrate.h"

enum { PASSWORD_LENGTH = 32 };

struct connection {
    struct config config;
    struct db_options options;
    struct secret password; /* of an account that is not the configuration's */
    struct db *db;
};

static const char *own(const struct setup *setup, enum setup_own what)
{
    const char *answer = setup->answers[CONFIG_KEYS_COUNT + what];
    return answer && *answer ? answer : NULL;
}

bool setup_makes_accounts(const struct setup *setup)
{
    return own(setup, SETUP_ADMIN_USER) != NULL;
}

/* Puts another account in the place of the configuration's. */
static int borrow(struct connection *c, const struct setup *setup, enum setup_own user,
                  enum setup_own password, struct error *error)
{
    union {
        const char *in;
        char *out;
    } name = {.in = own(setup, user)}; /* it is only read */
    const char *text = own(setup, password);
    if (!name.in)
        return 0;
    c->options.user = name.out;
    c->options.password = (struct secret){.bytes = NULL};
    if (text && secret_set(&c->password, text, strlen(text), SECRET_KEEP_SPACE) < 0)
        return error_no_memory(error);
    c->options.password = c->password;
    return 0;
}

static void disconnect(struct connection *c)
{
    db_close(c->db);
    secret_release(&c->password);
    config_release(&c->config);
}

static int connect_as(struct connection *c, const struct setup *setup, enum setup_account account,
                      struct error *error)
{
    *c = (struct connection){.db = NULL};
    if (setup_config(setup, true, &c->config, error) < 0)
        return -1;
    c->options = c->config.mysql;
    c->options.limits = setup->limits;
    c->options.probe = MIGRATE_PROBE;
    int done = 0;
    if (account == SETUP_ADMIN)
        done = borrow(c, setup, SETUP_ADMIN_USER, SETUP_ADMIN_PASSWORD, error);
    else if (account == SETUP_MIGRATE)
        done = borrow(c, setup, SETUP_MIGRATE_USER, SETUP_MIGRATE_PASSWORD, error);
    if (done == 0 && db_open(&c->db, &c->options, 0, setup->log, error) == 0)
        return 0;
    disconnect(c);
    return -1;
}

int setup_try_database(struct setup *setup, enum setup_account account,
                       struct setup_database *found, struct error *error)
{
    struct connection c;
    *found = (struct setup_database){.newest = MIGRATIONS[MIGRATIONS_COUNT - 1].number};
    if (connect_as(&c, setup, account, error) < 0)
        return -1;
    snprintf(found->server, sizeof found->server, "%s", db_server(c.db));
    struct error why = ERROR_INIT;
    found->version = migrate_version(c.db, &why);
    /* To an account without any right the table may be there or not. */
    if (found->version < 0 && why.cause == DB_FAILURE_RIGHT)
        found->version = 0;
    int done = found->version < 0 ? error_copy(error, &why) : 0;
    disconnect(&c);
    return done;
}

/* The accounts of runs and of `migrate`, from where the server takes us to come. */
struct accounts {
    char host[ACCOUNT_HOST_SIZE];
    char *run_name;
    struct account run, migrate;
};

/* An account that is made gets a password of its own, which would be the only one of two. */
static int check_names(const struct accounts *a, const char *admin, struct error *error)
{
    const char *run = a->run.name, *migrate = a->migrate.name;
    const char *twice = strcmp(run, migrate) == 0 || strcmp(run, admin) == 0 ? run
                        : strcmp(migrate, admin) == 0                        ? migrate
                                                                             : NULL;
    return twice ? error_advise(error, ERR_USAGE,
                                "name an account of its own for runs, and one for the tables",
                                "the account \"%s\" cannot be two of the three: it would get a new "
                                "password",
                                twice)
                 : 0;
}

static int name_accounts(struct accounts *a, const struct setup *setup, struct db *db,
                         struct error *error)
{
    const char *admin = own(setup, SETUP_ADMIN_USER), *migrate = own(setup, SETUP_MIGRATE_USER);
    a->run_name = setup_value(setup, config_key_find("mysql", "user"));
    a->run = (struct account){a->run_name ? a->run_name : SETUP_RUN_ACCOUNT, a->host};
    a->migrate = (struct account){migrate ? migrate : SETUP_MIGRATE_ACCOUNT, a->host};
    return check_names(a, admin ? admin : "", error) < 0 ? -1 : accounts_host(db, a->host, error);
}

int setup_find_accounts(struct setup *setup, struct setup_accounts *found, struct error *error)
{
    struct connection c;
    struct accounts a;
    *found = (struct setup_accounts){.run_exists = false};
    if (connect_as(&c, setup, SETUP_ADMIN, error) < 0)
        return -1;
    int done = name_accounts(&a, setup, c.db, error);
    if (done == 0)
        done = accounts_exists(c.db, &a.run, &found->run_exists, error);
    if (done == 0)
        done = accounts_exists(c.db, &a.migrate, &found->migrate_exists, error);
    snprintf(found->host, sizeof found->host, "%s", a.host);
    free(a.run_name);
    disconnect(&c);
    return done;
}

/* Passwords */

/* Random letters; the rest so that every rule for passwords finds each kind of character. */
static int make_password(struct setup *setup, size_t what, struct error *error)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const char kinds[] = "-Aa1";
    unsigned char random[PASSWORD_LENGTH];
    char text[PASSWORD_LENGTH + sizeof kinds];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return error_set(error, ERR_INTERNAL, "there are no random numbers for a password");
    for (size_t i = 0; i < PASSWORD_LENGTH; i++)
        text[i] = letters[random[i] % (sizeof letters - 1)];
    memcpy(text + PASSWORD_LENGTH, kinds, sizeof kinds);
    int done = setup_answer(setup, what, text, error);
    explicit_bzero(text, sizeof text);
    explicit_bzero(random, sizeof random);
    return done;
}

int setup_make_passwords(struct setup *setup, struct error *error)
{
    const size_t passwords[] = {config_key_find("mysql", "password"),
                                CONFIG_KEYS_COUNT + SETUP_MIGRATE_PASSWORD};
    for (size_t i = 0; i < 2; i++)
        if (!setup_has(setup, passwords[i]) && make_password(setup, passwords[i], error) < 0)
            return -1;
    return 0;
}

/* Making */

static int make_account(struct db *db, const struct account *account, const char *password,
                        struct error *error)
{
    struct secret secret = {.bytes = NULL};
    if (!password)
        return error_set(error, ERR_INTERNAL, "an account cannot be made without a password");
    int done = secret_set(&secret, password, strlen(password), SECRET_KEEP_SPACE) < 0
                   ? error_no_memory(error)
                   : accounts_make(db, account, &secret, error);
    secret_release(&secret);
    return done;
}

int setup_make_accounts(struct setup *setup, struct error *error)
{
    struct connection c;
    struct accounts a;
    if (connect_as(&c, setup, SETUP_ADMIN, error) < 0)
        return -1;
    /* That of the file may be given in any of three ways: the configuration has it. */
    const char *run_password = secret_reveal(&c.config.mysql.password);
    int done = name_accounts(&a, setup, c.db, error);
    if (done == 0)
        done = make_account(c.db, &a.run, run_password, error);
    if (done == 0)
        done = make_account(c.db, &a.migrate, own(setup, SETUP_MIGRATE_PASSWORD), error);
    if (done == 0)
        done = accounts_grant_migrate(c.db, &a.migrate, c.config.mysql.database, error);
    free(a.run_name);
    disconnect(&c);
    return done;
}

int setup_make_tables(struct setup *setup, int *applied, struct error *error)
{
    struct connection c;
    *applied = 0;
    if (connect_as(&c, setup, SETUP_MIGRATE, error) < 0)
        return -1;
    const struct migrate_options options = {.connect = &c.options, .lease_s = c.config.lease_s};
    int done = migrate_run(c.db, &options, applied, error);
    disconnect(&c);
    return done;
}

int setup_make_rights(struct setup *setup, struct error *error)
{
    struct connection c;
    struct accounts a;
    if (connect_as(&c, setup, SETUP_ADMIN, error) < 0)
        return -1;
    int done = name_accounts(&a, setup, c.db, error);
    if (done == 0)
        done = accounts_grant_runs(c.db, &a.run, c.config.mysql.database, error);
    free(a.run_name);
    disconnect(&c);
    return done;
}
