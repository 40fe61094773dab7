/* test_lease: one run at a time: taking, being refused, taking over, fencing, giving back. */
#include "store/lease.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "harness_process.h"

enum { LEASE_S = 60 };

#define OWNER "(SELECT lease_owner FROM fluent_sync_state WHERE site_key = '')"

/* Helpers */

static int begin(void **state)
{
    if (harness_begin(state) < 0)
        return -1;
    harness_load(*state, SOURCE_DIR "/migrations/001_first.sql");
    return 0;
}

static struct lease take(struct db *db, const char *site_key)
{
    struct lease lease;
    struct error error = ERROR_INIT;
    if (lease_acquire(&lease, db, site_key, LEASE_S, &error) < 0)
        fail_msg("%s", error.message);
    return lease;
}

static void assert_busy(struct db *db, const char *site_key, const char *says)
{
    struct lease lease;
    struct error error = ERROR_INIT;
    assert_int_equal(lease_acquire(&lease, db, site_key, LEASE_S, &error), -1);
    if (error.code != ERR_BUSY || !strstr(error.message, says))
        fail_msg("%d, \"%s\" is not in: %s", (int)error.code, says, error.message);
    assert_true(lease.epoch == 0);
}

/* Is a transaction open on the connection? Outside of one a savepoint is gone at once. */
static bool is_open(struct db *db)
{
    struct error error = ERROR_INIT;
    harness_exec(db, "SAVEPOINT probe");
    bool open = db_exec(db, "RELEASE SAVEPOINT probe", NULL, 0, &error) == 0;
    error_clear(&error);
    return open;
}

static void set_heartbeat(struct harness *h, const char *expression)
{
    harness_sql(h,
                harness_text(h, "UPDATE fluent_sync_state SET lease_heartbeat = %s", expression));
}

static int64_t heartbeat_age(struct harness *h)
{
    return harness_number(
        h,
        "SELECT TIMESTAMPDIFF(SECOND, lease_heartbeat, UTC_TIMESTAMP(6)) FROM fluent_sync_state");
}

static void commit(struct db *db)
{
    struct error error = ERROR_INIT;
    if (db_commit(db, &error) < 0)
        fail_msg("%s", error.message);
}

/* Taking and giving back */

static void test_take_and_give_back(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease lease = take(db, "");
    assert_int_equal(lease.epoch, 1);
    assert_int_equal(lease.seconds, LEASE_S);
    assert_string_equal(lease.site_key, "");
    assert_string_equal(harness_value(h, "SELECT " OWNER), lease.owner);
    assert_true(heartbeat_age(h) < LEASE_S);
    lease_release(&lease, db);
    assert_int_equal(lease.epoch, 0);
    assert_string_equal(harness_table(h,
                                      "SELECT site_key, lease_owner, lease_heartbeat, lease_epoch "
                                      "FROM fluent_sync_state"),
                        "\tNULL\tNULL\t1\n");
    lease = take(db, "");
    assert_int_equal(lease.epoch, 2);
    lease_release(&lease, db);
}

static void test_the_row_keeps_its_state(void **state)
{
    struct harness *h = *state;
    harness_sql(h, "INSERT INTO fluent_sync_state (site_key, home, total, lease_epoch)"
                   " VALUES ('', 'https://x.test', 7, 41)");
    struct lease lease = take(harness_db(h), "");
    assert_int_equal(lease.epoch, 42);
    lease_release(&lease, harness_db(h));
    assert_string_equal(harness_table(h, "SELECT home, total, lease_epoch FROM fluent_sync_state"),
                        "https://x.test\t7\t42\n");
}

static void test_the_owner_says_who(void **state)
{
    struct harness *h = *state;
    struct lease lease = take(harness_db(h), "");
    char host[65] = "", *boot = harness_read(h, "/proc/sys/kernel/random/boot_id");
    gethostname(host, sizeof host - 1);
    boot[strcspn(boot, "\n")] = '\0';
    assert_int_equal(strncmp(lease.owner, boot, strlen(boot)), 0);
    assert_non_null(strstr(lease.owner, " pid:["));
    assert_non_null(strstr(lease.owner, harness_text(h, "] %ld ", (long)getpid())));
    assert_non_null(strstr(lease.owner, harness_text(h, " %.48s", host)));
    lease_release(&lease, harness_db(h));
}

static void test_each_site_has_its_own(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease first = take(db, ""), second = take(db, "shop"), third = take(db, "Shop");
    assert_busy(db, "shop", "another run is active");
    lease_release(&second, db);
    second = take(db, "shop");
    assert_int_equal(second.epoch, 2);
    assert_int_equal(harness_count(h, "fluent_sync_state"), 3);
    lease_release(&first, db);
    lease_release(&second, db);
    lease_release(&third, db);
}

/* Held */

static void test_held_is_busy(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct lease lease = take(db, "");
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 17 SECOND");
    assert_busy(other, "", harness_text(h, "pid %ld on %.48s", (long)getpid(), host));
    assert_busy(other, "", " s ago");
    assert_busy(db, "", "another run is active");
    assert_int_equal(harness_number(h, "SELECT lease_epoch FROM fluent_sync_state"), 1);
    assert_true(heartbeat_age(h) >= 17); /* being refused renews nothing */
    lease_release(&lease, db);
    lease = take(other, "");
    lease_release(&lease, other);
    db_close(other);
}

static void test_the_row_being_locked_is_busy(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct error error = ERROR_INIT;
    harness_sql(h, "INSERT INTO fluent_sync_state (site_key) VALUES ('')");
    assert_int_equal(db_begin(other, &error), 0);
    harness_exec(other, "UPDATE fluent_sync_state SET total = 5");
    harness_exec(db, "SET SESSION innodb_lock_wait_timeout = 1");
    assert_busy(db, "", "another run");
    db_rollback(other);
    struct lease lease = take(db, "");
    lease_release(&lease, db);
    db_close(other);
}

static void test_without_tables(void **state)
{
    struct harness *h = *state;
    harness_sql(h, "DROP TABLE fluent_sync_state");
    struct lease lease;
    struct error error = ERROR_INIT;
    assert_int_equal(lease_acquire(&lease, harness_db(h), "", LEASE_S, &error), -1);
    assert_int_equal(error.code, ERR_DATABASE);
    assert_int_equal(lease.epoch, 0);
}

/* Taking over */

static void test_expired_is_taken_over(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct lease old = take(db, "");
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 50 SECOND");
    assert_busy(other, "", "another run is active");
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 60 SECOND");
    struct lease lease = take(other, "");
    assert_int_equal(lease.epoch, old.epoch + 1);
    assert_true(heartbeat_age(h) < 30);
    assert_busy(db, "", "another run is active");
    lease_release(&old, db); /* not its own any more: nothing happens */
    assert_string_equal(harness_value(h, "SELECT " OWNER), lease.owner);
    lease_release(&lease, other);
    db_close(other);
}

/* The database's clock was set back: nobody waits until it is there again. */
static void test_from_the_future_is_taken_over(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct lease old = take(db, "");
    set_heartbeat(h, "UTC_TIMESTAMP(6) + INTERVAL 30 SECOND");
    assert_busy(other, "", "another run is active");
    set_heartbeat(h, "UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    struct lease lease = take(other, "");
    assert_int_equal(lease.epoch, old.epoch + 1);
    lease_release(&lease, other);
    db_close(other);
}

/* The lease of the one who asks counts, not the holder's. */
static void test_a_shorter_lease(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease old = take(db, ""), lease;
    struct error error = ERROR_INIT;
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 30 SECOND");
    assert_int_equal(lease_acquire(&lease, db, "", 300, &error), -1);
    error_clear(&error);
    assert_int_equal(lease_acquire(&lease, db, "", 20, &error), 0);
    assert_int_equal(lease.epoch, old.epoch + 1);
    lease_release(&lease, db);
}

/* Whoever reads before taking may rely on what was read only if nobody had the lease. */
static void test_was_free(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease lease = take(db, ""); /* which made the row */
    assert_false(lease.was_free);
    lease_release(&lease, db);
    lease = take(db, "");
    assert_true(lease.was_free);
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
    lease = take(db, "");
    assert_false(lease.was_free);
    lease_release(&lease, db);
}

/* A child that takes the lease and dies without giving it back. */
static void die_holding(struct harness *h)
{
    struct db_options options = harness_db_options(h);
    pid_t pid = fork();
    if (pid == 0) {
        struct db *db;
        struct lease lease;
        struct error error = ERROR_INIT;
        _exit(db_open(&db, &options, 0, NULL, &error) < 0 ||
              lease_acquire(&lease, db, "", LEASE_S, &error) < 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_a_holder_that_is_gone(void **state)
{
    struct harness *h = *state;
    die_holding(h);
    assert_true(heartbeat_age(h) < LEASE_S);
    assert_int_equal(harness_number(h, "SELECT lease_epoch FROM fluent_sync_state"), 1);
    struct lease lease = take(harness_db(h), "");
    assert_int_equal(lease.epoch, 2);
    lease_release(&lease, harness_db(h));
}

static void test_a_holder_that_is_killed(void **state)
{
    struct harness *h = *state;
    struct db_options options = harness_db_options(h);
    struct db *db = harness_db(h);
    pid_t pid = fork();
    if (pid == 0) {
        struct db *own;
        struct lease lease;
        struct error error = ERROR_INIT;
        if (db_open(&own, &options, 0, NULL, &error) < 0 ||
            lease_acquire(&lease, own, "", LEASE_S, &error) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    while (!harness_number(h, "SELECT COUNT(lease_owner) FROM fluent_sync_state"))
        process_pause();
    assert_busy(db, "", harness_text(h, "pid %ld on", (long)pid));
    process_end(&pid, SIGKILL);
    struct lease lease = take(db, "");
    assert_int_equal(lease.epoch, 2);
    lease_release(&lease, db);
}

/* The holder's words, one of them replaced: boot id, pid namespace, pid, start time, host. */
static void become(struct harness *h, const struct lease *lease, int word, const char *other)
{
    char owner[LEASE_OWNER_SIZE], *rest = owner, *text;
    struct buf out;
    memcpy(owner, lease->owner, sizeof owner);
    buf_init(&out, 2 * LEASE_OWNER_SIZE);
    for (int i = 0; (text = strsep(&rest, " ")) != NULL; i++)
        buf_printf(&out, "%s%s", i ? " " : "", i == word ? other : text);
    harness_sql(h,
                harness_text(h, "UPDATE fluent_sync_state SET lease_owner = '%s'", buf_text(&out)));
    buf_release(&out);
}

/* A pid that was given to another process is not the holder. */
static void test_a_pid_that_was_used_again(void **state)
{
    struct harness *h = *state;
    struct lease old = take(harness_db(h), "");
    become(h, &old, 3, "0"); /* unknown */
    assert_busy(harness_db(h), "", "another run is active");
    become(h, &old, 3, "1");
    struct lease lease = take(harness_db(h), "");
    assert_int_equal(lease.epoch, 2);
    lease_release(&lease, harness_db(h));
}

static void test_another_machine_is_not_judged(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    die_holding(h);
    struct lease dead = {0};
    snprintf(dead.owner, sizeof dead.owner, "%s", harness_value(h, "SELECT " OWNER));
    become(h, &dead, 0, "11111111-2222-3333-4444-555555555555"); /* another boot */
    assert_busy(db, "", "another run is active");
    become(h, &dead, 1, "pid:[1]"); /* another container */
    assert_busy(db, "", "another run is active");
    become(h, &dead, 0, "-"); /* unknown */
    assert_busy(db, "", "another run is active");
    become(h, &dead, 1, "-");
    assert_busy(db, "", "another run is active");
    harness_sql(h, "UPDATE fluent_sync_state SET lease_owner = 'somebody else altogether'");
    assert_busy(db, "", "another run is active");
    become(h, &dead, 4, "another-host"); /* a name proves nothing, the rest does */
    struct lease lease = take(db, "");
    lease_release(&lease, db);
}

/* Both read the row before either writes: the other one waits for the row that the first has
 * locked, and then finds that the epoch has moved on. */
static void test_two_at_once(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct db_options options = harness_db_options(h);
    struct error error = ERROR_INIT;
    harness_sql(h, "INSERT INTO fluent_sync_state (site_key, lease_epoch) VALUES ('', 5)");
    assert_int_equal(db_begin(db, &error), 0);
    struct lease lease = take(db, "");
    pid_t pid = fork();
    if (pid == 0) {
        struct db *own;
        struct lease late;
        struct error why = ERROR_INIT;
        _exit(db_open(&own, &options, 0, NULL, &why) == 0 &&
                      lease_acquire(&late, own, "", LEASE_S, &why) < 0 && late.epoch == 0
                  ? (int)why.code
                  : 1);
    }
    harness_await_lock_wait(h);
    commit(db);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ERR_BUSY);
    assert_int_equal(lease_begin(&lease, db, &error), 0);
    commit(db);
    lease_release(&lease, db);
}

/* Fencing */

static void test_begin(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease lease = take(db, "");
    struct error error = ERROR_INIT;
    harness_sql(h, "CREATE TABLE t (n INT)");
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 40 SECOND");
    assert_int_equal(lease_begin(&lease, db, &error), 0);
    assert_true(is_open(db));
    harness_exec(db, "INSERT INTO t VALUES (1)");
    assert_int_equal(harness_count(h, "t"), 0);
    commit(db);
    assert_int_equal(harness_count(h, "t"), 1);
    assert_true(heartbeat_age(h) < 30); /* renewed */
    /* Rolled back, the renewal is too. */
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 40 SECOND");
    assert_int_equal(lease_begin(&lease, db, &error), 0);
    db_rollback(db);
    assert_true(heartbeat_age(h) >= 40);
    lease_release(&lease, db);
}

/* Nobody can take over the lease during our transaction. */
static void test_begin_locks_the_row(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct lease lease = take(db, "");
    struct error error = ERROR_INIT;
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 100 SECOND");
    harness_exec(other, "SET SESSION innodb_lock_wait_timeout = 1");
    assert_int_equal(lease_begin(&lease, db, &error), 0);
    assert_busy(other, "", "another run");
    commit(db);
    assert_busy(other, "", "another run is active"); /* and now the heartbeat is new */
    assert_int_equal(harness_number(h, "SELECT lease_epoch FROM fluent_sync_state"), 1);
    lease_release(&lease, db);
    db_close(other);
}

static void assert_lost(struct lease *lease, struct db *db)
{
    struct error error = ERROR_INIT;
    assert_int_equal(lease_begin(lease, db, &error), -1);
    assert_int_equal(error.code, ERR_BUSY);
    assert_non_null(strstr(error.message, "lost its lease"));
    assert_false(is_open(db));
    error_clear(&error);
    assert_int_equal(lease_renew(lease, db, &error), -1);
    assert_int_equal(error.code, ERR_BUSY);
    assert_false(is_open(db));
}

static void test_begin_after_a_takeover(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct lease old = take(db, "");
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 100 SECOND");
    struct lease lease = take(other, "");
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 40 SECOND");
    assert_string_equal(old.owner, lease.owner); /* the same process: the epoch alone tells */
    assert_lost(&old, db);
    assert_true(heartbeat_age(h) >= 40); /* the loser renews nothing */
    lease_release(&lease, other);
    assert_lost(&old, db);
    db_close(other);
}

static void test_begin_of_another_owner(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease lease = take(db, "");
    become(h, &lease, 2, "1");
    assert_lost(&lease, db);
    harness_sql(h, "DELETE FROM fluent_sync_state");
    assert_lost(&lease, db);
}

static void test_begin_that_must_wait(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h), *other = harness_connect(h);
    struct lease lease = take(db, "");
    struct error error = ERROR_INIT;
    assert_int_equal(db_begin(other, &error), 0);
    harness_exec(other, "UPDATE fluent_sync_state SET total = 5");
    harness_exec(db, "SET SESSION innodb_lock_wait_timeout = 1");
    assert_int_equal(lease_begin(&lease, db, &error), -1);
    assert_int_equal(error.code, ERR_DATABASE);
    assert_int_equal(db_failure(db), DB_FAILURE_LOCKED); /* worth another try */
    assert_false(is_open(db));
    db_rollback(other);
    error_clear(&error);
    assert_int_equal(lease_begin(&lease, db, &error), 0);
    db_rollback(db);
    lease_release(&lease, db);
    db_close(other);
}

static void test_begin_without_connection(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_connect(h);
    struct lease lease = take(db, "");
    struct error error = ERROR_INIT;
    harness_kill_sessions(h);
    assert_int_equal(lease_begin(&lease, db, &error), -1);
    assert_int_equal(error.code, ERR_DATABASE);
    assert_int_equal(db_failure(db), DB_FAILURE_CONNECTION);
    assert_true(db_lost(db));
    error_clear(&error);
    assert_int_equal(db_reconnect(db, &error), 0);
    assert_int_equal(lease_begin(&lease, db, &error), 0); /* the lease outlives a connection */
    commit(db);
    lease_release(&lease, db);
    db_close(db);
}

static void test_renew(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease lease = take(db, "");
    struct error error = ERROR_INIT;
    set_heartbeat(h, "UTC_TIMESTAMP(6) - INTERVAL 100 SECOND"); /* late, but nobody came */
    assert_int_equal(lease_renew(&lease, db, &error), 0);
    assert_false(is_open(db));
    assert_true(heartbeat_age(h) < 30); /* seen by others: committed */
    lease_release(&lease, db);
    assert_int_equal(harness_number(h, "SELECT lease_epoch FROM fluent_sync_state"), 1);
}

static void test_giving_back_never_fails(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h);
    struct lease none = {0}, lease = take(db, "");
    lease_release(&none, db);
    assert_string_equal(harness_value(h, "SELECT " OWNER), lease.owner);
    harness_sql(h, "DROP TABLE fluent_sync_state");
    lease_release(&lease, db);
    assert_int_equal(lease.epoch, 0);
}

#define LEASE_TEST(function) cmocka_unit_test_setup_teardown(function, begin, harness_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEASE_TEST(test_take_and_give_back),
        LEASE_TEST(test_the_row_keeps_its_state),
        LEASE_TEST(test_the_owner_says_who),
        LEASE_TEST(test_each_site_has_its_own),
        LEASE_TEST(test_held_is_busy),
        LEASE_TEST(test_the_row_being_locked_is_busy),
        LEASE_TEST(test_without_tables),
        LEASE_TEST(test_expired_is_taken_over),
        LEASE_TEST(test_from_the_future_is_taken_over),
        LEASE_TEST(test_a_shorter_lease),
        LEASE_TEST(test_was_free),
        LEASE_TEST(test_a_holder_that_is_gone),
        LEASE_TEST(test_a_holder_that_is_killed),
        LEASE_TEST(test_a_pid_that_was_used_again),
        LEASE_TEST(test_another_machine_is_not_judged),
        LEASE_TEST(test_two_at_once),
        LEASE_TEST(test_begin),
        LEASE_TEST(test_begin_locks_the_row),
        LEASE_TEST(test_begin_after_a_takeover),
        LEASE_TEST(test_begin_of_another_owner),
        LEASE_TEST(test_begin_that_must_wait),
        LEASE_TEST(test_begin_without_connection),
        LEASE_TEST(test_renew),
        LEASE_TEST(test_giving_back_never_fails),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
