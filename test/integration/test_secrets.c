/* test_secrets: neither passwords nor customers' words get out, wherever the passwords come from
 * and however much is logged. What every test's programs print, and all tables, the harness
 * searches for the site's password; this looks where it does not. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_accounts.h"
#include "harness_sync.h"

#define PASSWORD "abcd efgh ijkl mnop qrst uvwx"
#define DATABASE_PASSWORD "Tr0ub4dor;&#3 x"
#define CUSTOMER "anna.secret@customer.test"
#define WORDS "my very private words"

static void make_ticket(struct harness *h)
{
    harness_control(h, "[{'do':'create','ticket':{'id':2,'title':'Subject " WORDS "',"
                       "'content':'<p>Body " WORDS "</p>','customer.email':'" CUSTOMER "'}},"
                       "{'do':'create','ticket':{'id':3,'created_at':null,"
                       "'title':'" WORDS "','customer.email':'" CUSTOMER "'}}]");
}

static struct outcome discreet(struct outcome outcome, int code)
{
    static const char *const never[] = {WORDS, CUSTOMER, "Tr0ub4dor", "Authorization: Basic"};
    sync_expect(outcome, code);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        sync_says_not(outcome.out, never[i]);
        sync_says_not(outcome.err, never[i]);
    }
    return outcome;
}

/* Runs of every kind, as talkative as they can be; that they talk is asserted too. */
static void talk(struct harness *h)
{
    struct outcome outcome = discreet(harness_sync(h, "-vv", NULL), 3);
    sync_says(outcome.err, "order_by=");
    sync_says(outcome.err, "START TRANSACTION");
    outcome = discreet(harness_sync(h, "sync", "-vvv", "--full", "--log-format", "json", NULL), 3);
    sync_says(outcome.err, "\"level\":\"trace\"");
    discreet(harness_sync(h, "--dry-run", "-vv", "--json", NULL), 3);
    discreet(harness_sync(h, "--ticket=2", "-vv", NULL), 3);
    discreet(harness_sync(h, "status", "-vv", "--json", NULL), 0);
    discreet(harness_sync(h, "rejects", "-vv", "--json", NULL), 0);
    discreet(harness_sync(h, "migrate", "-vv", NULL), 0);
    harness_control(h, "{'do':'update','id':2,'set':{'priority':'critical'}}");
    discreet(harness_sync(h, "-vv", NULL), 3);
    harness_fault(h, "'kind':'replay','match':'tickets','name':'err_wrong_password'");
    discreet(harness_sync(h, "-vv", NULL), 4);
    harness_end_faults(h);
}

static void prepare(struct harness *h, const char *fluent)
{
    sync_prepare(h, 0, harness_text(h, "%sretries = 0\n", fluent), NULL, NULL);
    make_ticket(h);
}

static void test_inline(void **state)
{
    struct harness *h = *state;
    prepare(h, "");
    talk(h);
}

static void test_file(void **state)
{
    struct harness *h = *state;
    const char *file = harness_file(h, "password", PASSWORD "\n");
    prepare(h, harness_text(h, "api_password_file = %s\n", file));
    talk(h);
    assert_int_equal(chmod(file, 0644), 0);
    sync_says(discreet(harness_sync(h, NULL), 3).err, "chmod 600");
    assert_int_equal(chmod(file, 0600), 0);
    harness_file(h, "password", "\n");
    discreet(harness_sync(h, NULL), 2);
}

static void test_command(void **state)
{
    struct harness *h = *state;
    const char *file = harness_file(h, "password", PASSWORD "\n");
    prepare(h, harness_text(h, "api_password_command = cat %s\n", file));
    talk(h);
    /* One that says it, and fails. */
    const char *script = harness_file(h, "fails", "echo '" PASSWORD "'; exit 3\n");
    harness_config(h, harness_text(h, "api_password_command = sh %s\n", script), NULL, NULL);
    discreet(harness_sync(h, "-vv", NULL), 2);
}

static void test_environment(void **state)
{
    struct harness *h = *state;
    prepare(h, "");
    harness_config(h, "api_password_command = false\n", NULL, NULL);
    harness_environment(h, "FLUENT_API_PASSWORD=" PASSWORD);
    talk(h);
}

/* While a run waits for the site: what the system tells of the process, the database of the run. */
static void look_in_flight(struct harness *h)
{
    static const char *const files[] = {"cmdline", "environ", "comm",   "status",     "stat",
                                        "maps",    "auxv",    "limits", "task/*/comm"};
    struct process *process = sync_start_stalled(h, "-vv");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct process *cat =
            harness_shell(h, "cat /proc/%ld/%s | tr '\\0' '\\n'", (long)process->pid, files[i]);
        struct outcome outcome = harness_wait(h, cat); /* its output is searched */
        sync_expect(outcome, 0);
        assert_string_not_equal(outcome.out, "");
        if (strcmp(files[i], "limits") == 0)
            sync_says(outcome.out, "Max core file size        0                    0 ");
    }
    sync_dump(h);
    kill(process->pid, SIGTERM);
    discreet(harness_wait(h, process), 143);
}

/* On the command line and in the environment of no process, wherever it comes from. */
static void test_process_list(void **state)
{
    struct harness *h = *state;
    prepare(h, harness_text(h, "api_password_file = %s\n", harness_file(h, "password", PASSWORD)));
    look_in_flight(h);
    harness_end_faults(h);
    harness_config(h, "api_password_command = false\n", NULL, NULL);
    harness_environment(h, "FLUENT_API_PASSWORD=" PASSWORD);
    harness_environment(h, "VITE_FLUENT_API_PASSWORD=" PASSWORD);
    look_in_flight(h);
}

/* A crash, of whatever kind, leaves nothing to read: no core, no words. */
static void test_crash(void **state)
{
    struct harness *h = *state;
    static const int signals[] = {SIGSEGV, SIGABRT, SIGQUIT};
    prepare(h, "");
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct process *process = sync_start_stalled(h, "-vv");
        kill(process->pid, signals[i]);
        siginfo_t ended;
        assert_int_equal(waitid(P_PID, (id_t)process->pid, &ended, WEXITED | WNOWAIT), 0);
        assert_int_not_equal(ended.si_code, CLD_DUMPED);
        assert_int_not_equal(harness_wait(h, process).code, 0);
        harness_sql(h, "UPDATE fluent_sync_status SET last_sync_status = 'failed'");
        harness_end_faults(h);
    }
}

/* Nor can another process of the same user look into it: what it may not, belongs to root. */
static void test_not_readable(void **state)
{
    struct harness *h = *state;
    static const char *const nobody[] = {"setpriv",        "--reuid=65534", "--regid=65534",
                                         "--clear-groups", "env",           "HOME=/nonexistent"};
    enum { WORDS_OF_NOBODY = sizeof nobody / sizeof *nobody };
    const char *argv[WORDS_OF_NOBODY + 3] = {NULL};
    prepare(h, "");
    harness_environment(h, harness_text(h, "FLUENT_API_URL=http://127.0.0.1:%d", h->site_port));
    harness_environment(h, "FLUENT_API_USERNAME=api");
    harness_environment(h, "FLUENT_API_PASSWORD=" PASSWORD);
    harness_environment(h, "FLUENT_DB_HOST=127.0.0.1");
    harness_environment(h, harness_text(h, "FLUENT_DB_PORT=%d", h->port));
    harness_environment(h, "FLUENT_DB_USER=" ACCOUNT_SYNC);
    harness_environment(h, "FLUENT_DB_PASSWORD=" ACCOUNT_PASSWORD);
    harness_environment(h, harness_text(h, "FLUENT_DB_NAME=%s", h->database));
    size_t first = geteuid() == 0 ? 0 : 4, count = 0;
    for (size_t i = first; i < WORDS_OF_NOBODY; i++)
        argv[count++] = nobody[i];
    argv[count] = BINARY_DIR "/fluent-sync";
    argv[count + 1] = "--version";
    if (harness_run(h, argv, NULL).code != 0)
        skip(); /* nobody cannot reach the program */
    argv[count + 1] = NULL;
    harness_fault(h, "'kind':'stall','match':'/tickets','times':1");
    struct process *process = harness_start(h, argv, NULL);
    sync_await_run(h);
    const char *const owner[] = {"stat", "--format=%u",
                                 harness_text(h, "/proc/%ld/environ", (long)process->pid), NULL};
    assert_string_equal(harness_run(h, owner, NULL).out, "0\n");
    kill(process->pid, SIGTERM);
    discreet(harness_wait(h, process), 143);
}

/* Not even what is printed on request holds the password; the customers' words it does. */
static void test_bodies(void **state)
{
    struct harness *h = *state;
    prepare(h, "");
    struct outcome outcome = harness_sync(h, "-vv", "--log-bodies", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, WORDS);
}

/* A redirect that carries one of its own. */
static void test_redirect(void **state)
{
    struct harness *h = *state;
    prepare(h, "");
    harness_fault(h, "'kind':'status','match':'tickets','status':301,"
                     "'headers':{'Location':'https://api:secret@other.test/?token=secret'}");
    struct outcome outcome = discreet(harness_sync(h, "-vv", NULL), 4);
    sync_says_not(outcome.err, "secret");
    sync_says_not(sync_last(h, "error_message"), "secret");
}

/* The database's password, over TCP, with characters that an INI file makes much of. */
static void test_database(void **state)
{
    struct harness *h = *state;
    prepare(h, "");
    harness_sql(h, "ALTER USER " ACCOUNT_SYNC " IDENTIFIED BY '" DATABASE_PASSWORD "'");
    const char *file =
        harness_file(h, "tcp.ini",
                     harness_text(h,
                                  "[fluent]\napi_url = http://127.0.0.1:%d\napi_username = api\n"
                                  "api_password = " PASSWORD "\n[mysql]\nhost = 127.0.0.1\nport = "
                                  "%d\nuser = " ACCOUNT_SYNC "\npassword = " DATABASE_PASSWORD
                                  "\ndatabase = %s\n",
                                  h->site_port, h->port, h->database));
    const char *const argv[] = {BINARY_DIR "/fluent-sync", "--config", file, "-vv", NULL};
    discreet(harness_run(h, argv, NULL), 3);
    harness_sql(h, "ALTER USER " ACCOUNT_SYNC " IDENTIFIED BY 'another'");
    struct outcome outcome = discreet(harness_run(h, argv, NULL), 6);
    sync_says(outcome.err, ACCOUNT_SYNC);
}

/* Where the caller's limit would forbid core dumps already, ours could not be seen. */
static void allow_dumps(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_CORE, &limit);
}

int main(void)
{
    allow_dumps();
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_inline),       SYNC_TEST(test_file),         SYNC_TEST(test_command),
        SYNC_TEST(test_environment),  SYNC_TEST(test_process_list), SYNC_TEST(test_crash),
        SYNC_TEST(test_not_readable), SYNC_TEST(test_bodies),       SYNC_TEST(test_redirect),
        SYNC_TEST(test_database),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
