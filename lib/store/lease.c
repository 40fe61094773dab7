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

static const struct column HOLDER[] = {LEASE_HOLDER_COLUMNS(struct lease_holder, )};
static const struct select READ =
    SELECT(HOLDER, struct lease_holder, "FROM fluent_sync_state WHERE site_key = ?");
static const struct select READ_LOCKED =
    SELECT(HOLDER, struct lease_holder, "FROM fluent_sync_state WHERE site_key = ? FOR UPDATE");

static const char WAIT[] = "wait for it, or see `fluent-sync status`";

static const char MAKE_ROW[] = "INSERT IGNORE INTO fluent_sync_state (site_key) VALUES (?)";
static const char TAKE[] =
    "UPDATE fluent_sync_state SET lease_owner = ?, lease_epoch = lease_epoch + 1, "
    "lease_heartbeat = UTC_TIMESTAMP(6) WHERE site_key = ? AND lease_epoch = ?";
#define OURS " WHERE site_key = ? AND lease_owner = ? AND lease_epoch = ?"
static const char RENEW[] = "UPDATE fluent_sync_state SET lease_heartbeat = UTC_TIMESTAMP(6)" OURS;
static const char RENEW_AND_NOTE[] =
    "UPDATE fluent_sync_state SET newest = ?, lease_heartbeat = UTC_TIMESTAMP(6)" OURS;
static const char RELEASE[] =
    "UPDATE fluent_sync_state SET lease_owner = NULL, lease_heartbeat = NULL" OURS;

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

static int busy(const struct lease_holder *holder, struct error *error)
{
    long pid = 0;
    char host[64] = "?";
    sscanf(holder->owner, "%*s %*s %ld %*u %63s", &pid, host);
    return error_advise(error, ERR_BUSY, WAIT,
                        "another run is active: pid %ld on %s, last heartbeat %" PRId64 " s ago",
                        pid, host, holder->age_us / 1000000);
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

/* 0; or 1: there is no row. */
static int read_row(struct db *db, const struct select *read, const char *site_key,
                    struct lease_holder *holder, struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, read, VALUES(values), &found, &arena, error);
    if (done == 0 && found.count)
        *holder = *(const struct lease_holder *)found.rows;
    else if (done == 0)
        done = 1;
    arena_release(&arena);
    return done;
}

static bool is_alive(const struct lease_holder *holder, int seconds)
{
    int64_t lasts_us = (int64_t)seconds * 1000000;
    return holder->owner[0] && holder->beats && -lasts_us < holder->age_us &&
           holder->age_us < lasts_us && !lease_owner_is_gone(holder->owner);
}

static int make_row(const struct lease *lease, struct db *db, struct error *error)
{
    struct db_value key = db_text(lease->site_key);
    return db_exec(db, MAKE_ROW, &key, 1, error);
}

/* `again`: what is held by us was taken by an earlier try, whose answer was lost. */
static int take(struct lease *lease, struct db *db, const struct lease_reader *reader, bool again,
                struct error *error)
{
    struct lease_holder holder = {0};
    int found = reader ? reader->read(reader->context, &holder, error)
                       : read_row(db, &READ, lease->site_key, &holder, error);
    if (found < 0 || (found == 1 && make_row(lease, db, error) < 0))
        return -1;
    bool ours = again && strcmp(holder.owner, lease->owner) == 0;
    if (!ours && is_alive(&holder, lease->seconds))
        return busy(&holder, error);
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(lease->owner), db_text(lease->site_key),
                                db_int(holder.epoch, digits)};
    if (db_exec(db, TAKE, values, 3, error) < 0)
        return -1;
    if (db_affected(db) != 1)
        return error_advise(error, ERR_BUSY, WAIT, "another run has just begun");
    lease->epoch = holder.epoch + 1;
    lease->was_free = found == 0 && !holder.owner[0];
    return 0;
}

/* A conflict with another node is tried again: by then the row shows whose the lease is. */
int lease_acquire_reading(struct lease *lease, struct db *db, const char *site_key, int seconds,
                          const struct lease_reader *reader, struct error *error)
{
    *lease = (struct lease){.seconds = seconds};
    snprintf(lease->site_key, sizeof lease->site_key, "%s", site_key);
    describe_self(lease->owner);
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (;;) {
        struct error why = ERROR_INIT;
        if ((!db_lost(db) || db_reconnect(db, &why) == 0) &&
            take(lease, db, reader, tries.count > 0, &why) == 0)
            return 0;
        bool waited = why.code == ERR_DATABASE && db_failure(db) == DB_FAILURE_LOCKED;
        if (waited ? error_copy(error, &why) < 0
                   : db_retry(db, db_limits(db), &tries, &why, error) < 0)
            return error->code == ERR_DATABASE ? contended(db, error) : -1;
    }
}

int lease_acquire(struct lease *lease, struct db *db, const char *site_key, int seconds,
                  struct error *error)
{
    return lease_acquire_reading(lease, db, site_key, seconds, NULL, error);
}

static int look(struct db *db, const struct select *read, const char *site_key, int seconds,
                struct error *error)
{
    struct lease_holder holder = {0};
    if (read_row(db, read, site_key, &holder, error) < 0)
        return -1;
    return is_alive(&holder, seconds) ? busy(&holder, error) : 0;
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
    char digits[DB_DIGITS], newest[DB_DIGITS];
    struct db_value values[] = {column_instant(lease->newest, newest), db_text(lease->site_key),
                                db_text(lease->owner), db_int(lease->epoch, digits)};
    bool notes = lease->newest != 0;
    if (db_exec(db, notes ? RENEW_AND_NOTE : RENEW, values + !notes, 3 + notes, error) < 0)
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
