/* migrate: the tables, created and upgraded by the numbered SQL files of migrations/. */
#ifndef FLUENT_SYNC_MIGRATE_H
#define FLUENT_SYNC_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/db.h"

/* One file of migrations/, embedded at build time. */
struct migration {
    int number;       /* 1.. without gaps */
    const char *name; /* "001_first" */
    const char *sql;
};
extern const struct migration MIGRATIONS[];
extern const size_t MIGRATIONS_COUNT;

/* For db_options.probe. */
#define MIGRATE_PROBE "SELECT 1 FROM fluent_schema_version LIMIT 1"

/* The number of the newest migration that the database has recorded in fluent_schema_version; 0
 * when that table is missing or empty. -1 with ERR_DATABASE and an enum db_failure. */
int migrate_version(struct db *db, struct error *error);

/* 0 when the schema is what this binary needs. -1 with ERR_DATABASE: without a cause when it is
 * missing or older (the advice names `fluent-sync migrate`) or newer than the binary, with an enum
 * db_failure when it cannot be read. */
int migrate_check(struct db *db, struct error *error);

/*
 * The next statement of a migration's text from `*at` on: its length without the `;`, leading
 * comments and white space passed over, `*at` moved behind it; quotes and comments are understood.
 * 0 at the end.
 */
size_t migrate_statement(const char **at, const char **statement);

/* Is fluent_tickets of the replaced service written anew, as its texts are widened? -1 as
 * db_query. */
struct migrate_rewrite {
    int64_t rows;    /* 0: it is not */
    int64_t seconds; /* how long that may take, judged by a measurement on two cores */
    bool online;     /* others can write to it meanwhile; else they wait */
};
int migrate_look(struct db *db, struct migrate_rewrite *rewrite, struct error *error);

/* Told of each statement: before it runs, or with `dry_run` instead. */
typedef void migrate_report(void *context, const struct migration *migration, const char *statement,
                            size_t length);

struct migrate_options {
    const struct db_options *connect; /* for the connection that runs the statements */
    int lease_s;
    bool dry_run;
    migrate_report *report; /* NULL: none is told */
    void *context;          /* its */
};

/*
 * Brings the schema up to MIGRATIONS[MIGRATIONS_COUNT - 1]: under the lease once the lease's table
 * exists, each statement in turn, the version recorded after the last statement of its file. A run
 * that was interrupted between any two statements goes on at the next call; nothing to do is
 * success. With `dry_run` nothing is written. `*applied` becomes the number of migrations run.
 * -1 with ERR_DATABASE (a newer schema is refused; a failed statement is named) or ERR_BUSY.
 */
int migrate_run(struct db *db, const struct migrate_options *options, int *applied,
                struct error *error);

#endif
