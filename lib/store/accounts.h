/* accounts: the two database accounts: one for runs, one for `migrate`. */
#ifndef FLUENT_SYNC_STORE_ACCOUNTS_H
#define FLUENT_SYNC_STORE_ACCOUNTS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "io/db.h"

/* As the server names it: 'name'@'host'. The texts are the caller's. */
struct account {
    const char *name, *host;
};
enum { ACCOUNT_HOST_SIZE = 256 };

/* All of them: -1 with ERR_DATABASE and an enum db_failure, or ERR_INTERNAL when there is no
 * memory. `db` is a connection of an administrator's account. */

/* The host that the server takes this connection to come from; an account for this program, on this
 * machine, needs it. */
int accounts_host(struct db *db, char host[ACCOUNT_HOST_SIZE], struct error *error);
int accounts_exists(struct db *db, const struct account *account, bool *exists,
                    struct error *error);
/* Creates the account; if it exists, gives it this password. */
int accounts_make(struct db *db, const struct account *account, const struct secret *password,
                  struct error *error);
/* Grants what `migrate` needs, on the whole database. */
int accounts_grant_migrate(struct db *db, const struct account *account, const char *database,
                           struct error *error);
/* Grants what a run needs, table by table; they must exist. */
int accounts_grant_runs(struct db *db, const struct account *account, const char *database,
                        struct error *error);

#endif
