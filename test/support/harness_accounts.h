/*
 * harness_accounts: the two database accounts of docs/by-hand.md. The program under test has no
 * other rights than those that that page's GRANT statements give.
 */
#ifndef HARNESS_ACCOUNTS_H
#define HARNESS_ACCOUNTS_H

#include "harness.h"

#define ACCOUNT_SYNC "fluent_sync"
#define ACCOUNT_MIGRATE "fluent_migrate"
/* As it stands there. */
#define ACCOUNT_PASSWORD "..."

/* The page's statements, for a database whose tables need not exist yet. */
char *accounts_sql(struct harness *h, const char *database);
/* Lets the program's account remove a site whole, which it may not do otherwise. */
void accounts_may_forget(struct harness *h);

#endif
