/* rights: what a run does with each table, and so which rights its account needs. */
#ifndef FLUENT_SYNC_STORE_RIGHTS_H
#define FLUENT_SYNC_STORE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Bits, for several of them. */
enum right { RIGHT_SELECT = 1, RIGHT_INSERT = 2, RIGHT_UPDATE = 4, RIGHT_DELETE = 8 };
enum { RIGHT_ALL = RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE | RIGHT_DELETE };

struct rights {
    const char *table, *column; /* one of the columns that a run updates; "": it updates none */
    int needed;                 /* bits */
    bool early;                 /* a run needs them before it asks the site */
};
/* A row for each table. The GRANT statements of docs/by-hand.md are the same: test_rights compares
 * them. */
extern const struct rights RIGHTS[];
enum { RIGHTS_COUNT = 14 };

/* What the account that creates and upgrades the tables needs on the whole database. */
#define RIGHTS_TO_MIGRATE "SELECT, INSERT, UPDATE, CREATE, ALTER, REFERENCES"

/* Appends "SELECT, INSERT". */
void rights_print(struct buf *out, int rights);

#endif
