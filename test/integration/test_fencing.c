/* test_fencing: one run at a time, whatever happens to the others: ten at once, stopped ones that
 * wake up, killed ones, other machines and namespaces, clocks. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_dbproxy.h"
#include "harness_fault.h"
#include "harness_process.h"
#include "store/lease.h"

enum { RUNS = 10, TRIES = 30, PAUSE_US = 500000, RENEWALS = 50 };

#define STATUSES "SELECT last_sync_status, exit_code FROM fluent_sync_status ORDER BY id"

/* A run that waits for the site asks again every second, and so goes on soon after the stall. */
static void configure(struct harness *h)
{
    harness_config(h, "per_page = 20\nconnections = 1\ntimeout = 1s\nretries = 20\n",
                   "lease = 5s\n", NULL);
}

/* Saves empty tables, and returns what an undisturbed run makes of them. */
static char *prepare(struct harness *h)
{
    sync_prepare(h, 60, NULL, NULL, NULL);
    configure(h);
    return fault_undisturbed(h);
}

static void stall(struct harness *h)
{
    harness_fault(h, "'kind':'stall','match':'/tickets'");
}

/* A run that holds the lease and waits for the site. */
static struct process *start_holder(struct harness *h)
{
    stall(h);
    struct process *holder = harness_sync_start(h, NULL);
    sync_await_run(h);
    return holder;
}

static void stop(const struct process *process)
{
    siginfo_t stopped;
    kill(process->pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)process->pid, &stopped, WSTOPPED), 0);
}

/* Ten at once */

/* Stops itself, to become fluent-sync once it is continued. */
static struct process *start_waiting(struct harness *h)
{
    struct process *process = harness_shell(h, "kill -STOP $$; exec %s", harness_program(h));
    siginfo_t stopped;
    assert_int_equal(waitid(P_PID, (id_t)process->pid, &stopped, WSTOPPED), 0);
    return process;
}

static void start_ten(struct harness *h, const char *expected)
{
    struct process *runs[RUNS];
    stall(h);
    for (int i = 0; i < RUNS; i++)
        runs[i] = start_waiting(h);
    for (int i = 0; i < RUNS; i++)
        kill(runs[i]->pid, SIGCONT);
    sync_await_run(h);
    pid_t winner = (pid_t)atol(sync_last(h, "pid"));
    struct process *last = NULL;
    for (int i = 0; i < RUNS; i++) {
        if (runs[i]->pid == winner) {
            last = runs[i];
            continue;
        }
        struct outcome outcome = harness_wait(h, runs[i]);
        sync_expect(outcome, 7);
        sync_says(outcome.err, "another run");
    }
    assert_non_null(last);
    harness_end_faults(h);
    sync_expect(harness_wait(h, last), 0);
    fault_same(fault_tables(h), expected, "ten at once");
}

static void test_ten_at_once(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    harness_sql(h, "DELETE FROM fluent_sync_state");
    start_ten(h, expected); /* nobody ever held it */
    assert_string_equal(harness_table(h, STATUSES), "success\t0\n");
    fault_restore(h);
    /* An expired one is taken over by one of them. */
    harness_sql(h, "UPDATE fluent_sync_state SET lease_owner = 'elsewhere - 1 1 elsewhere', "
                   "lease_epoch = 7, lease_heartbeat = '2020-01-01';"
                   "INSERT INTO fluent_sync_status (last_sync_status) VALUES ('in_progress')");
    start_ten(h, expected);
    assert_string_equal(harness_table(h, STATUSES), "failed\tNULL\nsuccess\t0\n");
    assert_int_equal(harness_number(h, "SELECT lease_epoch FROM fluent_sync_state"), 8);
}

/* Stopped past the lease */

/* Woken, it must end in 7 and leave everything as its successor made it. */
static void wake(struct harness *h, struct process *old)
{
    char *before = sync_dump(h);
    kill(old->pid, SIGCONT);
    struct outcome outcome = harness_wait(h, old);
    sync_expect(outcome, 7);
    sync_says(outcome.err, "lost its lease");
    fault_same(sync_dump(h), before, "woken");
}

static void test_stopped_outside_a_transaction(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    struct process *old = start_holder(h);
    stop(old);
    sync_expire_lease(h);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    fault_same(fault_tables(h), expected, "taken over");
    wake(h, old);
    assert_string_equal(harness_table(h, STATUSES), "failed\tNULL\nsuccess\t0\n");
    sync_says(harness_value(h, "SELECT error_message FROM fluent_sync_status ORDER BY id LIMIT 1"),
              "interrupted");
}

/* Woken while its successor is still at work, too. */
static void test_woken_beside_its_successor(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    struct process *old = start_holder(h);
    stop(old);
    sync_expire_lease(h);
    struct process *successor = harness_sync_start(h, NULL);
    sync_wait_until(h, "SELECT COUNT(*) = 2 FROM fluent_sync_status");
    kill(old->pid, SIGCONT);
    struct outcome outcome = harness_wait(h, old);
    sync_expect(outcome, 7);
    sync_says(outcome.err, "lost its lease");
    harness_end_faults(h);
    sync_expect(harness_wait(h, successor), 0);
    fault_same(fault_tables(h), expected, "beside its successor");
    assert_string_equal(harness_table(h, STATUSES), "failed\tNULL\nsuccess\t0\n");
}

/* Runs until the lease can be taken. Until then, every run must say only that it cannot. */
static void take_over(struct harness *h)
{
    for (int i = 0; i < TRIES; i++) {
        struct outcome outcome = harness_sync(h, NULL);
        if (outcome.code == 0)
            return;
        sync_expect(outcome, 7);
        usleep(PAUSE_US);
    }
    fail_msg("the lease never expires");
}

/* Stopped with a statement on its way; the server ends the silent session, after the lease's time,
 * and with it the transaction. */
static void stopped_within(struct harness *h, const char *expected, const char *statement,
                           const char *at)
{
    struct dbproxy proxy;
    char *release = harness_text(h, "%s/release-%d", h->dir, ++h->files);
    const char *const options[] = {"--fault", "hold",      "--match", statement, "--at",
                                   at,        "--release", release,   NULL};
    fault_restore(h);
    configure(h);
    dbproxy_start(h, &proxy, options);
    struct process *old = harness_sync_start(h, NULL);
    dbproxy_wait_fault(h, &proxy);
    stop(old);
    dbproxy_direct(h);
    take_over(h);
    fault_same(fault_tables(h), expected, statement);
    char *before = sync_dump(h);
    close(creat(release, 0600));
    kill(old->pid, SIGCONT);
    struct outcome outcome = harness_wait(h, old);
    sync_expect(outcome, 7);
    fault_same(sync_dump(h), before, statement);
    assert_string_equal(harness_table(h, STATUSES), "failed\tNULL\nsuccess\t0\n");
    dbproxy_stop(h, &proxy);
}

static void test_stopped_within_a_transaction(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    stopped_within(h, expected, "^INSERT INTO fluent_tickets", "2");
    stopped_within(h, expected, "^UPDATE fluent_sync_state SET home", "1");
    stopped_within(h, expected, "^COMMIT", "3");
}

/* Killed */

static void test_killed_in_a_transaction(void **state)
{
    struct harness *h = *state;
    struct dbproxy proxy;
    char *expected = prepare(h);
    /* The proxy does not tell the server that the client is gone, as some networks do not. */
    const char *const options[] = {
        "--fault",   "hold",         "--match", "^INSERT INTO fluent_tickets",
        "--release", "/nonexistent", NULL};
    dbproxy_start(h, &proxy, options);
    struct process *old = harness_sync_start(h, NULL);
    dbproxy_wait_fault(h, &proxy);
    kill(old->pid, SIGKILL);
    sync_expect(harness_wait(h, old), -SIGKILL);
    dbproxy_direct(h);
    sync_expect(harness_sync(h, NULL), 0);
    fault_same(fault_tables(h), expected, "killed");
    assert_string_equal(harness_table(h, STATUSES), "failed\tNULL\nsuccess\t0\n");
    dbproxy_stop(h, &proxy);
}

/* Who holds it */

static char *word_of(struct harness *h, const char *path)
{
    char *text = harness_read(h, path);
    text[strcspn(text, " \n")] = '\0';
    return text;
}

static char *space_of_self(struct harness *h)
{
    char link[64] = "";
    assert_true(readlink("/proc/self/ns/pid", link, sizeof link - 1) > 0);
    return harness_text(h, "%s", link);
}

/* When this very process started: behind the 21st space after the name in /proc/self/stat. */
static unsigned long long start_of_self(struct harness *h)
{
    char *p = strrchr(harness_read(h, "/proc/self/stat"), ')');
    for (int i = 0; p && i < 20; i++)
        p = strchr(p + 1, ' ');
    assert_non_null(p);
    return strtoull(p, NULL, 10);
}

static void own(struct harness *h, const char *owner, const char *heartbeat)
{
    harness_sql(h, harness_text(h,
                                "UPDATE fluent_sync_state SET lease_owner = '%s', "
                                "lease_epoch = lease_epoch + 1, lease_heartbeat = %s",
                                owner, heartbeat));
}

static void test_owners(void **state)
{
    struct harness *h = *state;
    char host[64] = "";
    prepare(h);
    harness_config(h, NULL, "lease = 10m\n", NULL);
    sync_expect(harness_sync(h, NULL), 0);
    gethostname(host, sizeof host - 1);
    const char *boot = word_of(h, "/proc/sys/kernel/random/boot_id"), *space = space_of_self(h);
    const char *now = "UTC_TIMESTAMP(6)";
    long pid = (long)getpid();
    unsigned long long start = start_of_self(h);
    struct {
        const char *owner, *heartbeat;
        int code;
    } cases[] = {
        /* this process: alive */
        {harness_text(h, "%s %s %ld %llu %s", boot, space, pid, start, host), now, 7},
        /* its number, but of another process, which is gone */
        {harness_text(h, "%s %s %ld %llu %s", boot, space, pid, start + 1, host), now, 0},
        /* a number beyond all processes */
        {harness_text(h, "%s %s 2000000000 1 %s", boot, space, host), now, 0},
        /* the same on another machine of the same name, and in another namespace: not known */
        {harness_text(h, "0%s %s 2000000000 1 %s", boot, space, host), now, 7},
        {harness_text(h, "%s pid:[1] 2000000000 1 %s", boot, host), now, 7},
        {harness_text(h, "%s - 2000000000 1 %s", boot, host), now, 7},
        {"- - 2000000000 1 -", now, 7},
        {"nonsense", now, 7},
        /* silent for less, and for more than the lease */
        {"elsewhere - 1 1 elsewhere", "UTC_TIMESTAMP(6) - INTERVAL 8 MINUTE", 7},
        {"elsewhere - 1 1 elsewhere", "UTC_TIMESTAMP(6) - INTERVAL 11 MINUTE", 0},
        {"elsewhere - 1 1 elsewhere", "NULL", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        own(h, cases[i].owner, cases[i].heartbeat);
        struct outcome outcome = harness_sync(h, NULL);
        if (outcome.code != cases[i].code)
            fail_msg("exit code %d, owner %s: %s", outcome.code, cases[i].owner, outcome.err);
    }
    own(h, "elsewhere - 4711 1 box.example", "UTC_TIMESTAMP(6) - INTERVAL 300 SECOND");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 7);
    static const char words[] = "pid 4711 on box.example, last heartbeat ";
    const char *said = strstr(outcome.err, words);
    assert_non_null(said);
    assert_in_range(strtol(said + sizeof words - 1, NULL, 10), 300, 599);
    sync_says(said, " s ago");
}

/* Another session locks the row and does not let go. */
static void test_locked_row(void **state)
{
    struct harness *h = *state;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    struct process *locker =
        harness_session(h, "START TRANSACTION; SELECT * FROM fluent_sync_state FOR UPDATE;"
                           "CREATE TEMPORARY TABLE locked (id INT); DO SLEEP(3600);");
    sync_wait_until(h, "SELECT COUNT(*) FROM information_schema.PROCESSLIST "
                       "WHERE INFO LIKE 'DO SLEEP%'");
    harness_config(h, NULL, "lease = 5s\n", "timeout = 3s\n");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 7);
    sync_says(outcome.err, "holds its row locked");
    kill(locker->pid, SIGKILL);
    harness_wait(h, locker);
    sync_wait_until(h, "SELECT COUNT(*) = 0 FROM information_schema.PROCESSLIST "
                       "WHERE INFO LIKE 'DO SLEEP%'");
}

/* What a killed run sent last is carried out after its successor has read, and before that one has
 * the lease. */
static void test_a_late_statement(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    prepare(h);
    sync_expect(harness_sync(h, NULL), 0);
    own(h, "elsewhere - 1 1 elsewhere", "'2020-01-01'");
    struct db *late = harness_connect(h);
    assert_int_equal(db_begin(late, &error), 0);
    harness_exec(late, "SELECT * FROM fluent_sync_state FOR UPDATE");
    harness_exec(late, "INSERT INTO fluent_sync_status (last_sync_status) VALUES ('in_progress')");
    struct process *successor = harness_sync_start(h, NULL);
    harness_await_lock_wait(h);
    assert_int_equal(db_commit(late, &error), 0);
    sync_expect(harness_wait(h, successor), 0);
    assert_string_equal(harness_table(h, STATUSES), "success\t0\nfailed\tNULL\nsuccess\t0\n");
    db_close(late);
}

/* Containers */

/* The same host name in namespaces of its own; `proc`: with a /proc of its own or not. */
static struct process *start_contained(struct harness *h, bool proc)
{
    return harness_shell(h, "exec unshare --pid --net --fork --kill-child %s %s",
                         proc ? "--mount-proc" : "", harness_program(h));
}

static bool can_contain(struct harness *h)
{
    struct process *trial = harness_shell(h, "exec unshare --pid --net --fork --mount-proc true");
    bool can = harness_wait(h, trial).code == 0;
    if (!can)
        print_message("no namespaces without more rights: not tried\n");
    return can;
}

static void contain(struct harness *h, bool proc)
{
    fault_restore(h);
    struct process *outside = start_holder(h);
    struct outcome second = harness_wait(h, start_contained(h, proc));
    sync_expect(second, 7);
    sync_says(second.err, "another run is active");
    kill(outside->pid, SIGTERM);
    sync_expect(harness_wait(h, outside), 143);

    /* Within, the site cannot be reached: it is asked again and again. */
    struct process *inside = start_contained(h, proc);
    sync_await_run(h);
    for (int i = 0; i < 3; i++)
        sync_expect(harness_sync(h, NULL), 7);
    second = harness_wait(h, start_contained(h, proc)); /* a third one of the same name */
    sync_expect(second, 7);
    kill(inside->pid, SIGKILL);
    harness_wait(h, inside);
    sync_expect(harness_sync(h, NULL), 7); /* gone, but nobody out here can know */
    sync_expire_lease(h);
    harness_end_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, STATUSES), "failed\t143\nfailed\tNULL\nsuccess\t0\n");
}

static void test_containers(void **state)
{
    struct harness *h = *state;
    prepare(h);
    if (!can_contain(h))
        return;
    contain(h, true);
    contain(h, false);
}

/* Heartbeats */

/* While the server's clock stands still, every heartbeat writes the value that is already there. */
static void test_heartbeats_of_one_instant(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct db *db = harness_db(h);
    struct error error = ERROR_INIT;
    struct lease lease;
    assert_int_equal(db_exec(db, "SET timestamp = 1800000000", NULL, 0, &error), 0);
    assert_int_equal(lease_acquire(&lease, db, "", 5, &error), 0);
    for (int i = 0; i < RENEWALS; i++) {
        if (lease_renew(&lease, db, &error) < 0 || lease_begin(&lease, db, &error) < 0 ||
            db_commit(db, &error) < 0)
            fail_msg("%s", error.message);
    }
    assert_int_equal(lease_renew(&lease, db, &error), 0);
    lease_release(&lease, db);
    assert_int_equal(lease_renew(&lease, db, &error), -1);
    assert_int_equal(error.code, ERR_BUSY);
}

/* As on a node of a cluster that changes. The first renewal is the run row's. */
static void test_a_heartbeat_that_fails_for_a_while(void **state)
{
    struct harness *h = *state;
    static const char *const options[] = {"--fault",   "error",
                                          "--error",   "1180",
                                          "--state",   "HY000",
                                          "--message", "Not connected to Primary Component",
                                          "--match",   "^UPDATE fluent_sync_state SET lease_heart",
                                          "--at",      "2",
                                          "--times",   "3",
                                          NULL};
    char *expected = prepare(h);
    configure(h);
    struct dbproxy proxy;
    dbproxy_start(h, &proxy, options);
    struct process *holder = start_holder(h);
    dbproxy_wait_fault(h, &proxy);
    harness_end_faults(h);
    sync_expect(harness_wait(h, holder), 0);
    dbproxy_direct(h);
    assert_int_equal(dbproxy_stop(h, &proxy).faults, 3);
    fault_same(fault_tables(h), expected, "a failing heartbeat");
}

/* The server's own zone, another than the machine's, does not matter. */
static void test_zone_of_the_server(void **state)
{
    struct harness *h = *state;
    char *expected = prepare(h);
    harness_sql(h, "SET GLOBAL time_zone = '+09:00'");
    struct process *holder = start_holder(h);
    struct outcome second = harness_sync(h, NULL);
    harness_end_faults(h);
    struct outcome first = harness_wait(h, holder);
    harness_sql(h, "SET GLOBAL time_zone = 'SYSTEM'");
    sync_expect(second, 7);
    sync_expect(first, 0);
    fault_same(fault_tables(h), expected, "another zone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_ten_at_once),
        SYNC_TEST(test_stopped_outside_a_transaction),
        SYNC_TEST(test_woken_beside_its_successor),
        SYNC_TEST(test_stopped_within_a_transaction),
        SYNC_TEST(test_killed_in_a_transaction),
        SYNC_TEST(test_owners),
        SYNC_TEST(test_locked_row),
        SYNC_TEST(test_a_late_statement),
        SYNC_TEST(test_containers),
        SYNC_TEST(test_heartbeats_of_one_instant),
        SYNC_TEST(test_a_heartbeat_that_fails_for_a_while),
        SYNC_TEST(test_zone_of_the_server),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
