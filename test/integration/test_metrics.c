/* test_metrics: the file for Prometheus: what is in it after each kind of run, and that a run does
 * not mind when it cannot be written. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness_sync.h"

#define LAST_COMPLETE                                                                              \
    "SELECT UNIX_TIMESTAMP(MAX(last_sync_at)) FROM fluent_sync_status WHERE "                      \
    "last_sync_status = 'success' AND site_key = ''"

static const char SUCCESS[] = "fluent_sync_last_success_timestamp_seconds{site=\"\"} ";

static void configure(struct harness *h, const char *fluent, const char *textfile)
{
    harness_config(h, harness_text(h, "retries = 0\nper_page = 20\n%s", fluent), NULL,
                   harness_text(h, "[metrics]\ntextfile = %s\n", textfile));
}

/* A directory for the file alone, to see what is left in it. */
static const char *prepare(struct harness *h)
{
    char *directory = harness_text(h, "%s/collector%d", h->dir, h->tests);
    assert_int_equal(mkdir(directory, 0755), 0);
    sync_prepare(h, 60, NULL, NULL, NULL);
    char *path = harness_text(h, "%s/fluent_sync.prom", directory);
    configure(h, "", path);
    return path;
}

static int files_in(const char *directory)
{
    int count = 0;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

/* Returns the number at the end of the line that begins with these words, or -1. */
static int64_t number(struct harness *h, const char *path, const char *start)
{
    char *text = harness_text(h, "\n%s", harness_read(h, path));
    const char *line = strstr(text, harness_text(h, "\n%s", start));
    return line ? strtoll(line + 1 + strlen(start), NULL, 10) : -1;
}

static void has(struct harness *h, const char *path, const char *start, int64_t expected)
{
    int64_t found = number(h, path, start);
    if (found != expected)
        fail_msg("%s is %lld, expected %lld", start, (long long)found, (long long)expected);
}

static void has_code(struct harness *h, const char *path, int code)
{
    has(h, path, "fluent_sync_exit_code{site=\"\"} ", code);
}

static void run(struct harness *h, const char *path, int code)
{
    sync_expect(harness_sync(h, NULL), code);
    has_code(h, path, code);
}

/* Prometheus's own judgement, where it is installed. */
static void judge(struct harness *h, const char *path)
{
    struct outcome outcome =
        harness_wait(h, harness_shell(h,
                                      "command -v promtool >/dev/null || exit 77; "
                                      "promtool check metrics <%s",
                                      path));
    if (outcome.code == 77)
        print_message("promtool is not installed: %s is not judged\n", path);
    else if (outcome.code || *outcome.out || *outcome.err)
        fail_msg("promtool: %s%s", outcome.out, outcome.err);
}

/* Contents */

static void test_success(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    struct stat status;
    umask(077);
    run(h, path, 0);
    umask(022);
    judge(h, path);
    int64_t stored = harness_count(h, "fluent_tickets");
    assert_true(stored > 0);
    has(h, path, "fluent_sync_tickets{site=\"\",result=\"added\"} ", stored);
    has(h, path, "fluent_sync_tickets{site=\"\",result=\"updated\"} ", 0);
    has(h, path, "fluent_sync_tickets{site=\"\",result=\"skipped\"} ", 60 - stored);
    has(h, path, "fluent_sync_tickets_stored{site=\"\"} ", stored);
    has(h, path, "fluent_sync_rejects_waiting{site=\"\"} ", 0);
    has(h, path, "fluent_sync_calls_waiting{site=\"\"} ", 0);
    has(h, path, "fluent_sync_oldest_call_timestamp_seconds{site=\"\"} ", -1);
    has(h, path, SUCCESS, harness_number(h, LAST_COMPLETE));
    has(h, path, "fluent_sync_api_requests{site=\"\"} ", atoll(sync_last(h, "api_requests")));
    int64_t ended = number(h, path, "fluent_sync_last_run_timestamp_seconds{site=\"\"} ");
    assert_true(ended >= number(h, path, SUCCESS));
    int64_t ms = atoll(sync_last(h, "sync_duration_ms"));
    sync_says(harness_read(h, path),
              harness_text(h, "fluent_sync_duration_seconds{site=\"\"} %lld.%03lld\n",
                           (long long)ms / 1000, (long long)ms % 1000));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    harness_control(h, "[{'do':'update','id':11,'set':{'priority':'critical'}}]");
    run(h, path, 0);
    has(h, path, "fluent_sync_tickets{site=\"\",result=\"added\"} ", 0);
    has(h, path, "fluent_sync_tickets_stored{site=\"\"} ", stored);
}

/* A run that fails leaves the time of the last success as it is. */
static void test_failures(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    configure(h, "api_url = http://127.0.0.1:1\n", path);
    run(h, path, 5);
    judge(h, path);
    has(h, path, SUCCESS, -1);
    has(h, path, "fluent_sync_tickets_stored{site=\"\"} ", 0);
    configure(h, "", path);
    run(h, path, 0);
    harness_sql(h, "UPDATE fluent_sync_status SET last_sync_at = last_sync_at - INTERVAL 1 DAY");
    int64_t before = harness_number(h, LAST_COMPLETE);
    configure(h, "api_url = http://127.0.0.1:1\n", path);
    run(h, path, 5);
    has(h, path, SUCCESS, before);
    configure(h, "api_password = wrong\n", path);
    run(h, path, 4);
    has(h, path, SUCCESS, before);
    harness_config(h, NULL, NULL,
                   harness_text(h,
                                "[map.fields]\nno_such_column = title\n"
                                "[metrics]\ntextfile = %s\n",
                                path));
    run(h, path, 2);
    has(h, path, SUCCESS, before);
    assert_true(number(h, path, "fluent_sync_tickets_stored{site=\"\"} ") > 0);
}

static void test_rejects(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    harness_control(h, "{'do':'create','ticket':{'created_at':null}}");
    run(h, path, 3);
    has(h, path, SUCCESS, -1);
    has(h, path, "fluent_sync_tickets{site=\"\",result=\"rejected\"} ", 1);
    has(h, path, "fluent_sync_rejects_waiting{site=\"\"} ", 1);
    sync_expect(harness_sync(h, "rejects", "--accept",
                             harness_value(h, "SELECT fluent_id FROM fluent_rejects"), NULL),
                0);
    run(h, path, 0);
    has(h, path, "fluent_sync_rejects_waiting{site=\"\"} ", 0);
}

/* If the database cannot be reached, the previous file supplies what is known about its site. */
static void test_no_database(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    run(h, path, 0);
    int64_t before = number(h, path, SUCCESS);
    assert_true(before > 0);
    harness_environment(h, "FLUENT_DB_NAME=no_such_database");
    run(h, path, 6);
    run(h, path, 6);
    judge(h, path);
    has(h, path, SUCCESS, before);
    has(h, path, "fluent_sync_tickets_stored{site=\"\"} ", -1);
    has(h, path, "fluent_sync_rejects_waiting{site=\"\"} ", -1);
    configure(h, "site_key = other\n", path);
    sync_expect(harness_sync(h, NULL), 6);
    assert_null(strstr(harness_read(h, path), "last_success"));
    harness_file(h, harness_text(h, "collector%d/fluent_sync.prom", h->tests),
                 harness_text(h, "%sx\n", SUCCESS));
    configure(h, "", path);
    run(h, path, 6);
    has(h, path, SUCCESS, -1);
}

/* One more run, which is interrupted, finds another one active. */
static void test_active_and_interrupted(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    struct process *active = sync_start_stalled(h, NULL);
    sync_expect(harness_sync(h, NULL), 7);
    assert_int_equal(access(path, F_OK), -1);
    kill(active->pid, SIGTERM);
    sync_expect(harness_wait(h, active), 143);
    has_code(h, path, 143);
}

/* Runs that say nothing about the mirror as a whole. */
static void test_other_runs(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    sync_expect(harness_sync(h, "--dry-run", NULL), 0);
    sync_expect(harness_sync(h, "--ticket", "11", NULL), 0);
    sync_expect(harness_sync(h, "status", NULL), 0);
    configure(h, "", harness_text(h, "%s\n[push]\nactions = close", path));
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_sites(void **state)
{
    struct harness *h = *state;
    const char *first = prepare(h), *second = harness_text(h, "%s/b.prom", h->dir);
    run(h, first, 0);
    configure(h, "site_key = b.2\napi_url = http://127.0.0.1:1\n", second);
    sync_expect(harness_sync(h, NULL), 5);
    judge(h, second);
    has(h, second, "fluent_sync_exit_code{site=\"b.2\"} ", 5);
    has(h, second, "fluent_sync_tickets_stored{site=\"b.2\"} ", 0);
    has(h, second, "fluent_sync_last_success_timestamp_seconds{site=\"b.2\"} ", -1);
    has_code(h, first, 0);
}

/* Files that cannot be written */

static void fails_gently(struct harness *h, const char *path, const char *why)
{
    configure(h, "", path);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 0);
    const char *said =
        harness_text(h, "fluent-sync: [metrics] textfile: %s could not be written: %s", path, why);
    sync_says(outcome.err, said);
    sync_says(outcome.out, " tickets read");
    outcome = harness_sync(h, "-q", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.err, said);
    assert_string_equal(outcome.out, "");
}

static void test_no_place(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    const char *directory = harness_text(h, "%s/collector%d", h->dir, h->tests);
    fails_gently(h, harness_text(h, "%s/none/x.prom", directory), "No such file or directory");
    fails_gently(h, harness_text(h, "%s/fluent-sync.ini/x.prom", h->dir), "Not a directory");
    assert_int_equal(files_in(directory), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    fails_gently(h, path, "Is a directory");
    assert_int_equal(files_in(directory), 1);
    if (geteuid() != 0) {
        chmod(directory, 0555);
        fails_gently(h, harness_text(h, "%s/x.prom", directory), "Permission denied");
        chmod(directory, 0755);
    }
}

/* The file of the last run stays whole; the new one, half written, goes. */
static void survives(struct harness *h, const char *directory, const char *path, const char *line,
                     const char *why)
{
    char *before = harness_read(h, path);
    struct outcome outcome = harness_wait(h, harness_shell(h, "%s", line));
    sync_expect(outcome, 0);
    sync_says(outcome.err, why);
    assert_string_equal(harness_read(h, path), before);
    assert_int_equal(files_in(directory), 1);
}

/* A limit on the size of files; output goes through a pipe, which has none. */
static void test_file_too_large(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    run(h, path, 0);
    survives(h, harness_text(h, "%s/collector%d", h->dir, h->tests), path,
             harness_text(h,
                          "{ (ulimit -f 0; %s 2>&1 >/dev/null) | cat >&2; "
                          "exit ${PIPESTATUS[0]}; }",
                          harness_program(h)),
             "could not be written: File too large");
}

/* A disk of its own that is full, where such a one may be mounted. */
static void test_disk_full(void **state)
{
    struct harness *h = *state;
    const char *path = prepare(h);
    const char *directory = harness_text(h, "%s/collector%d", h->dir, h->tests);
    if (mount("tmpfs", directory, "tmpfs", 0, "size=8k") < 0) {
        print_message("no disk can be mounted here\n");
        skip();
    }
    run(h, path, 0);
    const char *const fill[] = {
        "sh", "-c", harness_text(h, "head -c 65536 /dev/zero >%s/fill", directory), NULL};
    harness_run(h, fill, NULL);
    char *before = harness_read(h, path);
    struct outcome outcome = harness_sync(h, NULL);
    int left = files_in(directory);
    bool same = strcmp(harness_read(h, path), before) == 0;
    umount(directory);
    sync_expect(outcome, 0);
    sync_says(outcome.err, "could not be written: No space left on device");
    assert_int_equal(left, 2);
    assert_true(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_success),
        SYNC_TEST(test_failures),
        SYNC_TEST(test_rejects),
        SYNC_TEST(test_no_database),
        SYNC_TEST(test_active_and_interrupted),
        SYNC_TEST(test_other_runs),
        SYNC_TEST(test_sites),
        SYNC_TEST(test_no_place),
        SYNC_TEST(test_file_too_large),
        SYNC_TEST(test_disk_full),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
