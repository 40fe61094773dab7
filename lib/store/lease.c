/* lease: taking, verifying, renewing and giving back the lease. */
#include "store/lease.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/columns.h"

struct holder {
    char owner[LEASE_OWNER_SIZE]; /* "": nobody */
    int64_t epoch, age_s;         /* of the heartbeat */
    bool alive;
};
static const struct column HOLDER[] = {
    COLUMN("lease_owner", struct holder, owner),
    COLUMN("lease_epoch", struct holder, epoch),
    COLUMN("TIMESTAMPDIFF(SECOND, lease_heartbeat, UTC_TIMESTAMP(6))", struct holder, age_s),
    COLUMN("lease_heartbeat > UTC_TIMESTAMP(6) - INTERVAL ? SECOND AND "
           "lease_heartbeat < UTC_TIMESTAMP(6) + INTERVAL ? SECOND",
           struct holder, alive),
};
static const struct select READ =
    SELECT(HOLDER, struct holder, "FROM fluent_sync_state WHERE site_key = ?");
static const struct select READ_LOCKED =
    SELECT(HOLDER, struct holder, "FROM fluent_sync_state WHERE site_key = ? FOR UPDATE");

static const char WAIT[] = "wait for it, or see `fluent-sync status`";

static const char MAKE_ROW[] = "INSERT IGNORE INTO fluent_sync_state (site_key) VALUES (?)";
static const char TAKE[] =
    "UPDATE fluent_sync_state SET lease_owner = ?, lease_epoch = lease_epoch + 1, "
    "lease_heartbeat = UTC_TIMESTAMP(6) WHERE site_key = ? AND lease_epoch = ?";
static const char RENEW[] = "UPDATE fluent_sync_state SET lease_heartbeat = UTC_TIMESTAMP(6) "
                            "WHERE site_key = ? AND lease_owner = ? AND lease_epoch = ?";
static const char RELEASE[] =
    "UPDATE fluent_sync_state SET lease_owner = NULL, lease_heartbeat = NULL "
    "WHERE site_key = ? AND lease_owner = ? AND lease_epoch = ?";

/* The first word of a file, "-" when it cannot be read. */
static void read_word(const char *path, char *word, size_t size)
{
    FILE *file = fopen(path, "re");
    snprintf(word, size, "-");
    if (!file)
        return;
    if (fgets(word, (int)size, file))
        word[strcspn(word, " \n")] = '\0';
    fclose(file);
}

/* When a process of this pid namespace started, in clock ticks after boot; 0 when it is gone.
 * proc(5): the 22nd field of /proc/PID/stat; the name in the second may hold anything. */
static unsigned long long start_time(long pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = '\0';
    char *field = strrchr(line, ')');
    for (int i = 2; field && i < 22; i++)
        field = strchr(field + 1, ' ');
    return field ? strtoull(field + 1, NULL, 10) : 0;
}

static void machine(char *boot, char *space, size_t size)
{
    read_word("/proc/sys/kernel/random/boot_id", boot, size);
    char link[64];
    ssize_t n = readlink("/proc/self", link, sizeof link - 1);
    link[n > 0 ? n : 0] = '\0';
    bool ours = atol(link) == (long)getpid(); /* a /proc of another namespace tells of others */
    n = readlink("/proc/self/ns/pid", link, sizeof link - 1);
    link[n > 0 ? n : 0] = '\0';
    snprintf(space, size, "%s", ours && n > 0 ? link : "-");
}

static void describe_self(char owner[LEASE_OWNER_SIZE])
{
    char boot[64], space[64], host[64] = "-";
    machine(boot, space, sizeof boot);
    gethostname(host, sizeof host - 1);
    long pid = (long)getpid();
    snprintf(owner, LEASE_OWNER_SIZE, "%.40s %.32s %ld %llu %.48s", boot, space, pid,
             start_time(pid), host);
}

bool lease_owner_is_gone(const char *owner)
{
    char boot[64], space[64], his_boot[64], his_space[64];
    long pid;
    unsigned long long started;
    machine(boot, space, sizeof boot);
    if (sscanf(owner, "%63s %63s %ld %llu", his_boot, his_space, &pid, &started) != 4)
        return false;
    if (boot[0] == '-' || space[0] == '-' || strcmp(boot, his_boot) != 0 ||
        strcmp(space, his_space) != 0)
        return false;
    if (kill((pid_t)pid, 0) < 0 && errno == ESRCH)
        return true;
    unsigned long long now = start_time(pid); /* 0 on either side: it could not be read */
    return started != 0 && now != 0 && now != started;
}

static int busy(const struct holder *holder, struct error *error)
{
    long pid = 0;
    char host[64] = "?";
    sscanf(holder->owner, "%*s %*s %ld %*u %63s", &pid, host);
    return error_advise(error, ERR_BUSY, WAIT,
                        "another run is active: pid %ld on %s, last heartbeat %" PRId64 " s ago",
                        pid, host, holder->age_s);
}

/* The lock that was waited for is held by somebody who is at it. */
static int contended(struct db *db, struct error *error)
{
    if (db_failure(db) == DB_FAILURE_LOCKED || db_failure(db) == DB_FAILURE_RETRY) {
        error_clear(error);
        error_advise(error, ERR_BUSY, WAIT,
                     "another run is just taking the lease, or holds its row locked");
    }
    return -1;
}

/* Reads the row. 0: it may be taken over at *epoch; 1: there is no row; -1: held, or an error.
 * `again`: what is held by us was taken by an earlier try, whose answer was lost. */
static int read_row(const struct lease *lease, struct db *db, const struct select *read, bool again,
                    int64_t *epoch, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value seconds = db_int(lease->seconds, digits);
    struct db_value values[] = {seconds, seconds, db_text(lease->site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, read, VALUES(values), &found, &arena, error);
    if (done == 0 && !found.count)
        done = 1;
    if (done == 0) {
        const struct holder *holder = found.rows;
        bool ours = again && strcmp(holder->owner, lease->owner) == 0;
        *epoch = holder->epoch;
        if (holder->owner[0] && holder->alive && !ours && !lease_owner_is_gone(holder->owner))
            done = busy(holder, error);
    }
    arena_release(&arena);
    return done;
}

static int make_row(const struct lease *lease, struct db *db, struct error *error)
{
    struct db_value key = db_text(lease->site_key);
    return db_exec(db, MAKE_ROW, &key, 1, error);
}

static int take(struct lease *lease, struct db *db, bool again, struct error *error)
{
    int64_t epoch = 0;
    int found = read_row(lease, db, &READ, again, &epoch, error);
    if (found == 1 && make_row(lease, db, error) < 0)
        return -1;
    if (found < 0)
        return -1;
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(lease->owner), db_text(lease->site_key),
                                db_int(epoch, digits)};
    if (db_exec(db, TAKE, values, 3, error) < 0)
        return -1;
    if (db_affected(db) != 1)
        return error_advise(error, ERR_BUSY, WAIT, "another run has just begun");
    lease->epoch = epoch + 1;
    return 0;
}

/* A conflict with another node is tried again: by then the row shows whose the lease is. */
int lease_acquire(struct lease *lease, struct db *db, const char *site_key, int seconds,
                  struct error *error)
{
    *lease = (struct lease){.seconds = seconds};
    snprintf(lease->site_key, sizeof lease->site_key, "%s", site_key);
    describe_self(lease->owner);
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        if ((!db_lost(db) || db_reconnect(db, &why) == 0) &&
            take(lease, db, tries.count > 0, &why) == 0)
            return 0;
        bool waited = why.code == ERR_DATABASE && db_failure(db) == DB_FAILURE_LOCKED;
        if (waited ? error_copy(error, &why) < 0
                   : db_retry(db, db_limits(db), &tries, &why, error) < 0)
            return error->code == ERR_DATABASE ? contended(db, error) : -1;
    }
}

static int look(struct db *db, const struct select *read, const char *site_key, int seconds,
                struct error *error)
{
    struct lease lease = {.seconds = seconds};
    int64_t epoch;
    snprintf(lease.site_key, sizeof lease.site_key, "%s", site_key);
    return read_row(&lease, db, read, false, &epoch, error) < 0 ? -1 : 0;
}

int lease_look(struct db *db, const char *site_key, int seconds, struct error *error)
{
    return look(db, &READ, site_key, seconds, error);
}

int lease_look_settled(struct db *db, const char *site_key, int seconds, struct error *error)
{
    if (db_begin(db, error) < 0)
        return -1;
    int done = look(db, &READ_LOCKED, site_key, seconds, error);
    db_rollback(db);
    return done;
}

int lease_lost(struct error *error)
{
    return error_advise(error, ERR_BUSY, "a longer [sync] lease lets a run be silent for longer",
                        "this run lost its lease: it was silent for too long and another run took "
                        "over; nothing more was written");
}

int lease_renew(struct lease *lease, struct db *db, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(lease->site_key), db_text(lease->owner),
                                db_int(lease->epoch, digits)};
    if (db_exec(db, RENEW, values, 3, error) < 0)
        return -1;
    return db_affected(db) == 1 ? 0 : lease_lost(error);
}

/* The renewal locks the row and compares, before anything else is read. */
int lease_begin(struct lease *lease, struct db *db, struct error *error)
{
    if (db_begin(db, error) < 0)
        return -1;
    if (lease_renew(lease, db, error) == 0)
        return 0;
    db_rollback(db);
    return -1;
}

int lease_give_back(const struct lease *lease, struct db *db, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(lease->site_key), db_text(lease->owner),
                                db_int(lease->epoch, digits)};
    return db_exec(db, RELEASE, values, 3, error);
}

void lease_release(struct lease *lease, struct db *db)
{
    struct error ignored = ERROR_INIT;
    if (lease->epoch)
        lease_give_back(lease, db, &ignored);
    lease->epoch = 0;
}
