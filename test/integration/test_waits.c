/* test_waits: the deadline and signals hold wherever the program waits for something that never
 * answers. Each wait of these would else last for minutes, or for ever. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness_dbproxy.h"
#include "harness_fault.h"
#include "harness_process.h"

#define DEADLINE "deadline = 1s\n"
#define LONGER "deadline = 6s\n" /* enough for what comes before the wait */
#define PATIENT "timeout = 10m\nretries = 0\n"

/* The program waits ten minutes for anything, and has this deadline. */
static void configure(struct harness *h, const char *fluent, const char *deadline)
{
    harness_config(h, harness_text(h, PATIENT "%s", fluent ? fluent : ""), deadline,
                   "timeout = 10m\n");
}

/* The same, with a site of ten tickets, and tables. */
static void prepare(struct harness *h, const char *fluent)
{
    sync_prepare(h, 10, NULL, NULL, NULL);
    configure(h, fluent, DEADLINE);
}

/* After whatever happened, the next run has everything. */
static void repairs(struct harness *h)
{
    harness_config(h, "date_filter = 2000-01-01\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 10);
}

/* Ends with this code; with --json the document says so too. */
static void ends(struct harness *h, int code, const char *shim, const char *mute,
                 const char *options)
{
    const char *variables = mute ? harness_text(h, "MUTE=%s", mute) : NULL;
    struct outcome outcome =
        fault_wait(h, fault_start(h, shim, variables, options), options ? options : "sync");
    sync_expect(outcome, code);
    if (options && strstr(options, "--json") && code) {
        cJSON *document = sync_json(outcome.out);
        assert_int_equal((int)sync_member(document, "exitCode"), code);
        cJSON_Delete(document);
    }
}

/* Ends with the signal's code once `started` has come true. */
static struct outcome ends_by(struct harness *h, int signal, struct process *process)
{
    kill(process->pid, signal);
    struct outcome outcome = fault_wait(h, process, "a signal");
    sync_expect(outcome, 128 + signal);
    return outcome;
}

/* For programs of which nothing shows that they wait already: time enough to begin. */
static void let_it_wait(void)
{
    for (int i = 0; i < 200; i++)
        process_pause();
}

/* Name servers that do not answer */

static void test_names_of_the_site(void **state)
{
    struct harness *h = *state;
    static const char *const lines[] = {
        "api_url = https://site.invalid\n",
        "proxy = http://proxy.invalid:3128\n",
        "proxy = socks5h://proxy.invalid:1080\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        prepare(h, lines[i]);
        ends(h, 8, "mute", "getaddrinfo", "sync --json");
        ends(h, 8, "mute", "getaddrinfo", "check --json");
    }
    struct process *process = fault_start(h, "mute", "MUTE=getaddrinfo", "sync");
    sync_await_run(h);
    ends_by(h, SIGINT, process);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code)"), "failed 130");
    repairs(h);
}

/* A site's own limit holds too: it is no matter of the deadline. */
static void test_names_within_the_timeout(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_config(h, "api_url = https://site.invalid\ntimeout = 1s\nretries = 0\n", NULL, NULL);
    ends(h, 5, "mute", "getaddrinfo", "sync");
    repairs(h);
}

static void lead_to_host(struct harness *h, const char *host, int port)
{
    harness_file(h, "fluent-sync.ini",
                 harness_text(h,
                              "[fluent]\napi_url = http://127.0.0.1:%d\napi_username = u\n"
                              "api_password = p\n[sync]\n" DEADLINE
                              "[mysql]\nhost = %s\nport = %d\nuser = u\npassword = p\n"
                              "database = %s\ntimeout = 10m\n",
                              h->site_port, host, port, h->database));
}

static void test_names_of_the_database(void **state)
{
    struct harness *h = *state;
    static const char *const commands[] = {"status", "tickets --json", "rejects", "migrate"};
    prepare(h, NULL);
    lead_to_host(h, "db.invalid, other.invalid", 3306);
    ends(h, 8, "mute", "getaddrinfo", "sync --json");
    ends(h, 8, "mute", "getaddrinfo", "check");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct process *process = fault_start(h, "mute", "MUTE=getaddrinfo", commands[i]);
        let_it_wait();
        ends_by(h, i % 2 ? SIGINT : SIGTERM, process);
    }
    repairs(h);
}

/* Servers that do not answer */

/* A port where connections are taken by the kernel, and by nobody else; with `full` not by it
 * either. */
static int silent_port(bool full)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, full ? 0 : 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; full && i < 4; i++) {
        int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(caller, (const struct sockaddr *)&address, size);
    }
    return ntohs(address.sin_port);
}

static void test_connect_and_tls(void **state)
{
    struct harness *h = *state;
    int ports[] = {silent_port(true), silent_port(false)};
    for (int i = 0; i < 2; i++) {
        prepare(h, harness_text(h, "api_url = https://127.0.0.1:%d\n", ports[i]));
        ends(h, 8, NULL, NULL, "sync --json");
        lead_to_host(h, "127.0.0.1", ports[i]);
        ends(h, 8, NULL, NULL, "sync --json");
        struct process *process = fault_start(h, NULL, NULL, "status");
        let_it_wait();
        ends_by(h, SIGTERM, process);
    }
    repairs(h);
}

/* A database that freezes */

/* At each of many statements, in and between transactions; nor can it be reached anew. */
static void test_database_freezes(void **state)
{
    struct harness *h = *state;
    int silent = 0;
    prepare(h, NULL);
    fault_keep(h);
    for (int at = 1; at < 40; at += 4) {
        struct dbproxy proxy;
        const char *const options[] = {"--fault", "stall", "--at", harness_text(h, "%d", at),
                                       "--times", "0",     NULL};
        fault_restore(h);
        configure(h, NULL, LONGER);
        dbproxy_start(h, &proxy, options);
        struct outcome outcome = fault_run(h, NULL, NULL, at % 8 == 1 ? "sync --full" : "sync");
        bool faults = dbproxy_stop(h, &proxy).faults > 0;
        sync_expect(outcome, faults ? 8 : 0);
        silent += faults;
    }
    print_message("froze %d times\n", silent);
    assert_true(silent > 4);
    repairs(h);
}

static void test_database_freezes_and_a_signal(void **state)
{
    struct harness *h = *state;
    static const char *const commands[] = {"sync", "status", "tickets --json", "migrate", "check"};
    const char *const options[] = {"--fault", "stall", "--at", "9", "--times", "0", NULL};
    const char *const reading[] = {"--fault", "stall", "--at", "2", "--times", "0", NULL};
    prepare(h, NULL);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct dbproxy proxy;
        configure(h, NULL, NULL); /* the deadline is far */
        dbproxy_start(h, &proxy, i ? reading : options);
        struct process *process = fault_start(h, NULL, NULL, commands[i]);
        dbproxy_wait_fault(h, &proxy);
        struct outcome outcome = ends_by(h, i % 2 ? SIGINT : SIGTERM, process);
        dbproxy_stop(h, &proxy);
        if (i == 0)
            sync_says(outcome.err, FAULT_UNRECORDED);
    }
    assert_string_equal(sync_last(h, "last_sync_status"), "in_progress");
    repairs(h);
}

/* The same of a process that is stopped, while more is sent to it than any buffer takes. */
static void test_database_stops_reading(void **state)
{
    struct harness *h = *state;
    struct dbproxy proxy;
    sync_prepare(h, 3000, NULL, NULL, NULL);
    configure(h, "per_page = 1000\n", LONGER);
    dbproxy_start(h, &proxy, NULL);
    struct process *process = fault_start(h, NULL, NULL, "sync");
    sync_await_run(h);
    kill(proxy.process->pid, SIGSTOP);
    struct outcome outcome = fault_wait(h, process, "a stopped database");
    kill(proxy.process->pid, SIGCONT);
    dbproxy_stop(h, &proxy);
    sync_expect(outcome, 8);
    harness_config(h, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Another session's lock */
static void test_locked_rows(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    sync_prepare(h, 10, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    configure(h, NULL, DEADLINE);
    struct db *other = harness_db(h);
    assert_int_equal(db_begin(other, &error), 0);
    assert_int_equal(db_exec(other, "SELECT * FROM fluent_sync_state FOR UPDATE", NULL, 0, &error),
                     0);
    struct outcome outcome = fault_run(h, NULL, NULL, "sync --ticket 1");
    db_rollback(other);
    sync_expect(outcome, 8);
    repairs(h);
}

/* Streams that nobody reads */

/* A pipe that is full but for `room` pages; this process holds it open. */
static const char *full_pipe(struct harness *h, const char *name, int room)
{
    static char page[4096];
    const char *path = harness_text(h, "%s/%s", h->dir, name);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    while (write(fd, page, sizeof page) > 0)
        ;
    while (room--)
        assert_int_equal(read(fd, page, sizeof page), sizeof page);
    return path;
}

/* The program with these options and redirections. */
static struct process *redirected(struct harness *h, const char *options, const char *to)
{
    return harness_shell(h, "exec %s %s %s", harness_program(h), options, to);
}

static void test_nobody_reads_stderr(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 40, NULL, NULL, NULL);
    configure(h, "per_page = 2\nconnections = 1\n", LONGER); /* it sticks between two pages */
    const char *pipe = full_pipe(h, "stderr", 2);
    const char *to = harness_text(h, "2>%s", pipe);
    sync_expect(fault_wait(h, redirected(h, "sync -vv --log-format json", to), "stderr"), 8);
    /* It ended in good order: only its words are lost. */
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code)"), "failed 8");
    sync_expect(fault_wait(h, redirected(h, "check -vv", to), "stderr"), 8);
    struct process *process = redirected(h, "status -vv", to);
    let_it_wait();
    kill(process->pid, SIGTERM); /* which takes the message away; the rest waits for nothing */
    sync_expect(fault_wait(h, process, "stderr"), 0);
    process = redirected(h, "sync --no-such-option", to);
    let_it_wait();
    kill(process->pid, SIGINT);
    sync_expect(fault_wait(h, process, "stderr"), 2);
    harness_config(h, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
}

static void test_nobody_reads_stdout(void **state)
{
    struct harness *h = *state;
    static const char *const commands[] = {"status", "tickets --json", "--help", "check"};
    prepare(h, NULL);
    const char *to = harness_text(h, ">%s", full_pipe(h, "stdout", 0));
    sync_expect(fault_wait(h, redirected(h, "sync --json", to), "stdout"), 8);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        harness_config(h, NULL, NULL, NULL);
        struct process *process = redirected(h, commands[i], to);
        let_it_wait();
        ends_by(h, i % 2 ? SIGINT : SIGTERM, process);
    }
    repairs(h);
}

/* Passwords, files, the health check */

static void test_password_command(void **state)
{
    struct harness *h = *state;
    static const char *const commands[] = {"sleep 600", "sh -c 'exec >&-; sleep 600'",
                                           "sh -c 'while :; do echo; sleep 0.1; done'"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        prepare(h, harness_text(h, "api_password_command = %s\n", commands[i]));
        ends(h, 8, NULL, NULL, "sync --json");
        ends(h, 8, NULL, NULL, "check --json");
        harness_config(h, harness_text(h, "api_password_command = %s\n", commands[i]), NULL, NULL);
        struct process *process = fault_start(h, NULL, NULL, "sync");
        let_it_wait();
        ends_by(h, SIGINT, process);
    }
    repairs(h);
}

static void test_health_check(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    const char *sections =
        harness_text(h, "[healthcheck]\nurl = http://127.0.0.1:%d/x\n", silent_port(false));
    /* The start's ping takes the run's time; what ends then is the run. */
    harness_config(h, NULL, DEADLINE, sections);
    ends(h, 8, NULL, NULL, "sync");
    const char *named = "[healthcheck]\nurl = https://check.invalid/x\n";
    harness_config(h, NULL, DEADLINE, named);
    ends(h, 8, "mute", "getaddrinfo", "sync --json");
    harness_config(h, NULL, NULL, sections);
    struct process *process = fault_start(h, NULL, NULL, "sync");
    let_it_wait();
    ends_by(h, SIGTERM, process);
    repairs(h);
}

static void test_metrics_in_a_pipe(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    const char *pipe = harness_text(h, "%s/pipe.prom", h->dir);
    const char *sections = harness_text(h, "[metrics]\ntextfile = %s\n", pipe);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    harness_config(h, NULL, NULL, sections);
    struct outcome outcome = fault_run(h, NULL, NULL, "sync");
    sync_expect(outcome, 0);
    sync_says(outcome.err, "not a regular file");
    sync_says(fault_run(h, NULL, NULL, "check").out, "not a regular file");
    /* The last success is looked for in it when the database cannot tell. */
    lead_to_host(h, "127.0.0.1", 1);
    char *ini = harness_read(h, harness_text(h, "%s/fluent-sync.ini", h->dir));
    harness_file(h, "fluent-sync.ini", harness_text(h, "%s%s", ini, sections));
    sync_expect(fault_run(h, NULL, NULL, "sync"), 6);
    struct stat status;
    assert_true(stat(pipe, &status) == 0 && S_ISFIFO(status.st_mode));
    repairs(h);
}

/* How often the threads that watch have woken up: all but the first, which waits for the site. */
static long watchers_woke(struct harness *h, pid_t pid)
{
    static const char name[] = "\nvoluntary_ctxt_switches:";
    const char *first = harness_text(h, "/proc/%d/task/%d/status", (int)pid, (int)pid);
    glob_t found;
    long woke = 0;
    assert_int_equal(glob(harness_text(h, "/proc/%d/task/*/status", (int)pid), 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 1);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *line = strstr(harness_read(h, found.gl_pathv[i]), name);
        assert_non_null(line);
        if (strcmp(found.gl_pathv[i], first) != 0)
            woke += strtol(line + sizeof name - 1, NULL, 10);
    }
    globfree(&found);
    return woke;
}

static void test_watching_sleeps(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    configure(h, NULL, NULL);
    struct process *process = sync_start_stalled(h, NULL);
    int64_t began_ms = clock_monotonic_ms();
    long before = watchers_woke(h, process->pid);
    let_it_wait();
    long woke = watchers_woke(h, process->pid) - before;
    /* Once a second; ThreadSanitizer's own thread does so ten times. */
    assert_in_range(woke, 0, 15 * (1 + (clock_monotonic_ms() - began_ms) / 1000));
    ends_by(h, SIGTERM, process);
    harness_end_faults(h);
    repairs(h);
}

/* What nobody thought of: it is broken off, with the right code, and the next run goes on. */
static void test_last_resort(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL);
    ends(h, 8, "mute", "mysql_real_query", "sync --json");
    struct process *process = fault_start(h, "mute", "MUTE=mysql_real_query", "status");
    let_it_wait();
    kill(process->pid, SIGTERM);
    struct outcome outcome = fault_wait(h, process, "a signal");
    sync_expect(outcome, 143);
    sync_says(outcome.err, "broken off");
    /* A run that was through is a success, though the metrics' disk hangs. */
    harness_config(h, NULL, LONGER,
                   harness_text(h, "[metrics]\ntextfile = %s/disk.prom\n", h->dir));
    ends(h, 0, "mute", "rename", "sync");
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code)"), "success 0");
    repairs(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_names_of_the_site),
        SYNC_TEST(test_names_within_the_timeout),
        SYNC_TEST(test_names_of_the_database),
        SYNC_TEST(test_connect_and_tls),
        SYNC_TEST(test_database_freezes),
        SYNC_TEST(test_database_freezes_and_a_signal),
        SYNC_TEST(test_database_stops_reading),
        SYNC_TEST(test_locked_rows),
        SYNC_TEST(test_nobody_reads_stderr),
        SYNC_TEST(test_nobody_reads_stdout),
        SYNC_TEST(test_password_command),
        SYNC_TEST(test_health_check),
        SYNC_TEST(test_metrics_in_a_pipe),
        SYNC_TEST(test_watching_sleeps),
        SYNC_TEST(test_last_resort),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
