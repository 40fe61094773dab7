/* migrate: running the migrations, one statement at a time, under the lease. */
#include "store/migrate.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/thread.h"
#include "store/columns.h"
#include "store/dashboard.h"
#include "store/lease.h"

/* The statements of the migrations themselves are in migrations/. */
struct migration_version {
    int number;
};
static const struct column VERSION[] = {COLUMN("MAX(version)", struct migration_version, number)};
static const struct select READ_VERSION =
    SELECT(VERSION, struct migration_version, "FROM fluent_schema_version");
struct site_lease {
    const char *key;
};
static const struct column SITE[] = {COLUMN("site_key", struct site_lease, key)};
static const struct select SITES =
    SELECT(SITE, struct site_lease,
           "FROM (SELECT '' AS site_key UNION SELECT site_key FROM fluent_sync_state) AS sites");
struct composed {
    const char *ddl;
};
static const struct column COMPOSED[] = {COLUMN("@ddl", struct composed, ddl)};
static const struct select READ_COMPOSED = SELECT(COMPOSED, struct composed, "");

/* A statement may rebuild a large table: the client must not give up before the server does. What
 * it waits for others is bounded by the session's lock_wait_timeout. */
enum { DDL_TIMEOUT_S = 24 * 3600, DDL_SHOWN = 200 };

/* Splitting a file into statements */

static const char *skip_line(const char *p)
{
    return p + strcspn(p, "\n");
}

static const char *skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p && *p != quote)
        p += *p == '\\' && quote != '`' && p[1] ? 2 : 1;
    return *p ? p + 1 : p; /* a doubled quote reads as the next string: all the same here */
}

/* Behind the comment that begins here; `p` itself when none does. */
static const char *skip_comment(const char *p)
{
    if (*p == '#' || (p[0] == '-' && p[1] == '-' && (!p[2] || isspace((unsigned char)p[2]))))
        return skip_line(p);
    if (p[0] != '/' || p[1] != '*' || p[2] == '!') /* what follows a ! is executed */
        return p;
    const char *end = strstr(p + 2, "*/");
    return end ? end + 2 : p + strlen(p);
}

static const char *skip_blank(const char *p)
{
    for (;;) {
        const char *next = skip_comment(p);
        if (next == p && !isspace((unsigned char)*p) && *p != ';')
            return p;
        p = next == p ? p + 1 : next;
    }
}

size_t migrate_statement(const char **at, const char **statement)
{
    const char *p = skip_blank(*at);
    *statement = p;
    while (*p && *p != ';') {
        if (strchr("'\"`", *p)) {
            p = skip_quoted(p);
            continue;
        }
        const char *next = skip_comment(p);
        p = next == p ? p + 1 : next;
    }
    *at = *p ? p + 1 : p;
    while (p > *statement && isspace((unsigned char)p[-1]))
        p--;
    return (size_t)(p - *statement);
}

/* The version */

int migrate_version(struct db *db, struct error *error)
{
    struct error why = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    struct records found;
    int number = 0;
    if (select_records(db, &READ_VERSION, &(struct db_parameters){0}, &found, &arena, &why) < 0)
        number = db_failure(db) == DB_FAILURE_MISSING ? 0 : error_copy(error, &why);
    else if (found.count)
        number = ((const struct migration_version *)found.rows)->number;
    arena_release(&arena);
    return number;
}

static int newest(void)
{
    return MIGRATIONS[MIGRATIONS_COUNT - 1].number;
}

static int refuse_newer(int version, struct error *error)
{
    return error_advise(error, ERR_DATABASE, "use the newer fluent-sync that made them",
                        "database: its tables are of schema version %d, this program knows no "
                        "newer one than %d",
                        version, newest());
}

static const char MIGRATE[] = "run `fluent-sync migrate`";

int migrate_check(struct db *db, struct error *error)
{
    int version = migrate_version(db, error);
    if (version < 0)
        return -1;
    if (version > newest())
        return refuse_newer(version, error);
    if (version == 0)
        return error_advise(error, ERR_DATABASE, MIGRATE,
                            "database: the tables of fluent-sync are missing, or of the service "
                            "that it replaces");
    if (version < newest())
        return error_advise(error, ERR_DATABASE, MIGRATE,
                            "database: its tables are of schema version %d, this program needs %d",
                            version, newest());
    return 0;
}

/*
 * The keeper: holds the lease of every site. A statement may take longer than a lease lasts, and
 * nothing can be sent on a connection that is busy with one: so the statements have a connection of
 * their own, and a thread renews the leases on the caller's meanwhile.
 */
struct keeper {
    struct db *db; /* used under `mutex` alone once the thread runs */
    struct lease *leases;
    size_t count; /* 0: not held */
    int seconds;
    int64_t due; /* of the next renewal: clock_monotonic_ms */
    pthread_t thread;
    bool threaded, stop;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
};

static int renew_one(struct keeper *k, struct lease *lease, struct error *error)
{
    struct error why = ERROR_INIT;
    if (lease_renew(lease, k->db, &why) == 0)
        return 0;
    struct db_tries tries = {.began = clock_monotonic_ms()};
    if (db_retry(k->db, db_limits(k->db), &tries, &why, error) < 0)
        return -1;
    return db_reconnect(k->db, error) < 0 ? -1 : lease_renew(lease, k->db, error);
}

static int64_t next_renewal(const struct keeper *k)
{
    return clock_monotonic_ms() + (int64_t)k->seconds * 1000 / 6;
}

static int renew_all(struct keeper *k, struct error *error)
{
    int64_t next = next_renewal(k);
    for (size_t i = 0; i < k->count; i++)
        if (renew_one(k, &k->leases[i], error) < 0)
            return -1;
    k->due = next;
    return 0;
}

/* Are all leases ours still? A single question: with many sites, to renew them before each
 * statement would be most of the work. */
static bool holds_all(struct keeper *k)
{
    struct db_value owner[] = {db_text(k->leases[0].owner)};
    struct error ignored = ERROR_INIT;
    int64_t held;
    return select_count(k->db, "FROM fluent_sync_state WHERE lease_owner = ?", VALUES(owner), &held,
                        &ignored) == 0 &&
           held == (int64_t)k->count;
}

static void *keep_renewing(void *context)
{
    struct keeper *k = context;
    pthread_mutex_lock(&k->mutex);
    while (!k->stop) {
        int64_t at = next_renewal(k);
        struct timespec until = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
        if (pthread_cond_clockwait(&k->wake, &k->mutex, CLOCK_MONOTONIC, &until) == 0)
            continue;
        /* A failure shows again before the next statement. */
        struct error ignored = ERROR_INIT;
        renew_all(k, &ignored);
    }
    pthread_mutex_unlock(&k->mutex);
    return NULL;
}

static int start_thread(struct keeper *k, struct error *error)
{
    k->threaded = thread_start(&k->thread, keep_renewing, k);
    return k->threaded ? 0 : error_set(error, ERR_INTERNAL, "cannot start a thread");
}

static int lease_sites(struct keeper *k, const struct site_lease *sites, size_t count,
                       struct error *error)
{
    k->leases = calloc(count, sizeof *k->leases);
    if (!k->leases)
        return error_no_memory(error);
    for (; k->count < count; k->count++)
        if (lease_acquire(&k->leases[k->count], k->db, sites[k->count].key, k->seconds, error) < 0)
            return -1;
    k->due = next_renewal(k);
    return start_thread(k, error);
}

/* Takes the lease of every site there is, and that of the unnamed one. 0 also when the table of
 * leases does not exist yet: `count` stays 0. */
static int take_leases(struct keeper *k, struct error *error)
{
    struct error why = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    struct records sites;
    int done = 0;
    if (select_records(k->db, &SITES, &(struct db_parameters){0}, &sites, &arena, &why) < 0)
        done = db_failure(k->db) == DB_FAILURE_MISSING ? 0 : error_copy(error, &why);
    else
        done = lease_sites(k, sites.rows, sites.count, error);
    arena_release(&arena);
    return done;
}

/* Before each statement: the leases are taken as soon as there can be any, verified after that. */
static int keeper_hold(struct keeper *k, struct error *error)
{
    if (!k->threaded)
        return take_leases(k, error);
    pthread_mutex_lock(&k->mutex);
    int done = clock_monotonic_ms() < k->due && holds_all(k) ? 0 : renew_all(k, error);
    pthread_mutex_unlock(&k->mutex);
    return done;
}

static void keeper_init(struct keeper *k, struct db *db, int seconds)
{
    *k = (struct keeper){.db = db, .seconds = seconds};
    pthread_mutex_init(&k->mutex, NULL);
    pthread_cond_init(&k->wake, NULL);
}

static void keeper_release(struct keeper *k)
{
    if (k->threaded) {
        pthread_mutex_lock(&k->mutex);
        k->stop = true;
        pthread_cond_signal(&k->wake);
        pthread_mutex_unlock(&k->mutex);
        pthread_join(k->thread, NULL);
    }
    for (size_t i = 0; i < k->count; i++)
        lease_release(&k->leases[i], k->db);
    free(k->leases);
    pthread_cond_destroy(&k->wake);
    pthread_mutex_destroy(&k->mutex);
}

/* Running */

struct migration_run {
    struct db *ddl; /* NULL: a dry run */
    struct keeper *keeper;
    migrate_report *report;
    void *context;
};

/* Names the statement that failed: by its line, and by its text, for EXECUTE the composed one. */
static int name_failure(struct db *ddl, const struct migration *migration, const char *statement,
                        size_t length, const struct error *why, struct error *error)
{
    int line = 1;
    for (const char *p = migration->sql; p < statement; p++)
        line += *p == '\n';
    struct arena arena = ARENA_INIT;
    struct records found = {0};
    struct error ignored = ERROR_INIT;
    const struct composed *composed = NULL;
    if (strncmp(statement, "EXECUTE ", 8) == 0 &&
        select_records(ddl, &READ_COMPOSED, &(struct db_parameters){0}, &found, &arena, &ignored) ==
            0)
        composed = found.rows;
    if (composed && composed->ddl) {
        statement = composed->ddl;
        length = strlen(statement);
    }
    const char *end = memchr(statement, '\n', length);
    size_t shown = end ? (size_t)(end - statement) : length;
    if (shown > DDL_SHOWN)
        shown = DDL_SHOWN;
    char advice[ERROR_ADVICE_MAX];
    struct error_kind kind = error_kind_of(why);
    snprintf(advice, sizeof advice, "%s; then `fluent-sync migrate` goes on from there",
             kind.advice ? kind.advice : "remove the cause");
    kind.advice = advice;
    error_raise(error, kind, "migration %s failed at its line %d, `%.*s%s`: %s", migration->name,
                line, (int)shown, statement, shown < length ? "..." : "", why->message);
    arena_release(&arena);
    return -1;
}

static int run_statement(const struct migration_run *run, const struct migration *migration,
                         const char *statement, size_t length, struct error *error)
{
    char *text = strndup(statement, length);
    if (!text)
        return error_no_memory(error);
    struct error why = ERROR_INIT;
    int done = db_exec(run->ddl, text, NULL, 0, &why);
    free(text);
    return done == 0 ? 0 : name_failure(run->ddl, migration, statement, length, &why, error);
}

static int run_file(const struct migration_run *run, const struct migration *migration,
                    struct error *error)
{
    const char *at = migration->sql, *statement;
    for (size_t length; (length = migrate_statement(&at, &statement)) > 0;) {
        if (run->report)
            run->report(run->context, migration, statement, length);
        if (run->ddl && (keeper_hold(run->keeper, error) < 0 ||
                         run_statement(run, migration, statement, length, error) < 0))
            return -1;
    }
    return 0;
}

/* A migration that was interrupted leaves its statement to the server, which goes on with it. What
 * it makes may have been looked for before it had ended: everything is looked for again, once. */
static int run_migration(const struct migration_run *run, const struct migration *migration,
                         struct error *error)
{
    struct error why = ERROR_INIT;
    if (run_file(run, migration, &why) == 0)
        return 0;
    return why.cause == DB_FAILURE_SCHEMA ? run_file(run, migration, error)
                                          : error_copy(error, &why);
}

static int run_files(const struct migration_run *run, int version, int *applied,
                     struct error *error)
{
    for (size_t i = 0; i < MIGRATIONS_COUNT; i++) {
        if (MIGRATIONS[i].number <= version)
            continue;
        if (run_migration(run, &MIGRATIONS[i], error) < 0)
            return -1;
        ++*applied;
    }
    return 0;
}

int migrate_run(struct db *db, const struct migrate_options *options, int *applied,
                struct error *error)
{
    *applied = 0;
    int version = migrate_version(db, error);
    if (version < 0 || version == newest())
        return version < 0 ? -1 : 0;
    if (version > newest())
        return refuse_newer(version, error);
    if (dashboard_check(db, error) < 0)
        return -1;
    struct keeper keeper;
    struct migration_run run = {
        .keeper = &keeper, .report = options->report, .context = options->context};
    if (options->dry_run)
        return run_files(&run, version, applied, error);

    struct db_options patient = *options->connect;
    patient.timeout_s = DDL_TIMEOUT_S;
    keeper_init(&keeper, db, options->lease_s);
    int done = -1;
    /* The version again: another process may have migrated before this one had the lease. */
    if (db_open(&run.ddl, &patient, options->lease_s, NULL, error) == 0 &&
        keeper_hold(&keeper, error) == 0 && (version = migrate_version(db, error)) >= 0)
        done = run_files(&run, version, applied, error);
    keeper_release(&keeper);
    db_close(run.ddl);
    return done;
}
