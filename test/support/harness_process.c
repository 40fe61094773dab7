/* harness_process: child processes, the program under test among them, and its INI file. */
#include "harness_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness_accounts.h"

enum { WAIT_S = 120, PAUSE_MS = 3, ARGUMENTS_MAX = 32 };

/* What no program may ever say: the password, as given and as sent, and both in base64, however
 * they fall on its groups of three bytes. */
static const char *const SECRETS[] = {
    SITE_PASSWORD,
    "YWJjZCBlZmdoIGlqa2wgbW5vcCBxcnN0IHV2d3",
    "Y2QgZWZnaCBpamtsIG1ub3AgcXJzdCB1dnd",
    "YmNkIGVmZ2ggaWprbCBtbm9wIHFyc3QgdXZ3e",
    "abcdefghijklmnopqrstuvwx",
    "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd",
    "Y2RlZmdoaWprbG1ub3BxcnN0dXZ3e",
    "YmNkZWZnaGlqa2xtbm9wcXJzdHV2d3",
};

/* Child processes */

void process_pause(void)
{
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    nanosleep(&pause, NULL);
}

static bool is_migration(const char *const *argv)
{
    while (*argv && strcmp(*argv, "migrate") != 0)
        argv++;
    return *argv != NULL;
}

/* Nothing of the caller's settings reaches a program, but what sanitizers and coverage need.
 * Migrations have an account of their own, given as docs/by-hand.md does it. */
static const char **make_environment(struct harness *h, const char *const *argv)
{
    static const char *const kept[] = {"PATH",         "ASAN_OPTIONS", "UBSAN_OPTIONS",
                                       "LSAN_OPTIONS", "GCOV_PREFIX",  "GCOV_PREFIX_STRIP",
                                       "TEST_SERVER",  "TEST_CACHE"};
    size_t count = 0, most = 32;
    const char **environment = arena_alloc(&h->arena, most * sizeof *environment);
    if (!environment)
        fail_msg("out of memory");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (getenv(kept[i]))
            environment[count++] = harness_text(h, "%s=%s", kept[i], getenv(kept[i]));
    environment[count++] = harness_text(h, "HOME=%s", h->dir);
    environment[count++] = "LC_ALL=C.UTF-8";
    if (is_migration(argv)) {
        environment[count++] = "FLUENT_DB_USER=" ACCOUNT_MIGRATE;
        environment[count++] = "FLUENT_DB_PASSWORD=" ACCOUNT_PASSWORD;
    }
    for (size_t i = 0; i < sizeof h->environment / sizeof *h->environment; i++)
        if (h->environment[i])
            environment[count++] = h->environment[i];
    return environment;
}

void harness_environment(struct harness *h, const char *variable)
{
    for (size_t i = 0; i < sizeof h->environment / sizeof *h->environment; i++)
        if (!h->environment[i]) {
            h->environment[i] = harness_text(h, "%s", variable);
            return;
        }
    fail_msg("too many variables");
}

static void redirect(const char *path, int flags, int to)
{
    int fd = open(path, flags, 0600);
    if (fd < 0 || dup2(fd, to) < 0)
        _exit(126);
    close(fd);
}

pid_t process_spawn(struct harness *h, const char *const *argv, const char *in, const char *out,
                    const char *err)
{
    const char **environment = make_environment(h, argv);
    union {
        const char *const *in;
        char *const *out;
    } arguments = {.in = argv}, variables = {.in = environment}; /* execvpe only reads them */
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        fail_msg("fork: %s", strerror(errno));
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(126);
    redirect(in ? in : "/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect(err, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    execvpe(argv[0], arguments.out, variables.out);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

void process_end(pid_t *pid, int signal)
{
    if (*pid <= 0)
        return;
    kill(*pid, signal);
    waitpid(*pid, NULL, 0);
    *pid = 0;
}

void process_end_all(struct harness *h)
{
    for (struct process *p = h->processes; p; p = p->next)
        process_end(&p->pid, SIGKILL);
}

const char *process_input(struct harness *h, const char *text)
{
    return harness_file(h, harness_text(h, "%d.in", ++h->files), text);
}

struct process *process_start(struct harness *h, const char *const *argv, const char *in)
{
    struct process *p = arena_alloc(&h->arena, sizeof *p);
    if (!p)
        fail_msg("out of memory");
    h->files++;
    p->out = harness_text(h, "%s/%d.out", h->dir, h->files);
    p->err = harness_text(h, "%s/%d.err", h->dir, h->files);
    p->pid = process_spawn(h, argv, in, p->out, p->err);
    p->next = h->processes;
    h->processes = p;
    return p;
}

struct process *harness_start(struct harness *h, const char *const *argv, const char *input)
{
    return process_start(h, argv, input ? process_input(h, input) : NULL);
}

struct process *harness_shell(struct harness *h, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *const argv[] = {"bash", "-c", harness_vtext(h, format, args), NULL};
    va_end(args);
    return harness_start(h, argv, NULL);
}

void harness_no_secrets(const char *text)
{
    for (size_t i = 0; i < sizeof SECRETS / sizeof *SECRETS; i++)
        if (strstr(text, SECRETS[i]))
            fail_msg("the password got out: %s", text);
}

struct outcome harness_wait(struct harness *h, struct process *process)
{
    int status = 0, left = WAIT_S * 1000 / PAUSE_MS;
    struct rusage usage = {0};
    while (wait4(process->pid, &status, WNOHANG, &usage) == 0) {
        if (left-- == 0)
            fail_msg("process %ld does not end: %s", (long)process->pid,
                     harness_read(h, process->err));
        process_pause();
    }
    process->pid = 0;
    struct outcome outcome = {
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
        .out = harness_read(h, process->out),
        .err = harness_read(h, process->err),
        .peak_kb = usage.ru_maxrss,
    };
    unlink(process->out);
    unlink(process->err);
    harness_no_secrets(outcome.out);
    harness_no_secrets(outcome.err);
    return outcome;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

void harness_peak(struct outcome outcome, long most_mb)
{
    print_message("%ld MB of memory\n", outcome.peak_kb / 1024);
    if (!SANITIZED && outcome.peak_kb > most_mb * 1024)
        fail_msg("%ld MB of memory, and %ld are the most", outcome.peak_kb / 1024, most_mb);
}

struct outcome harness_run(struct harness *h, const char *const *argv, const char *input)
{
    return harness_wait(h, harness_start(h, argv, input));
}

/* The program */

const char *process_ini(const struct harness *h)
{
    static const char *const names[HARNESS_SITES] = {"fluent-sync.ini", "fluent-sync-2.ini"};
    return names[h->turned_to];
}

/* "key = value\n", unless the lines have the key themselves. */
static const char *default_line(struct harness *h, const char *lines, const char *key,
                                const char *value)
{
    return strstr(lines, key) ? "" : harness_text(h, "%s = %s\n", key, value);
}

void harness_config(struct harness *h, const char *fluent, const char *sync, const char *sections)
{
    const char *lines = fluent ? fluent : "";
    char *url = harness_text(h, "http://127.0.0.1:%d", h->site_port ? h->site_port : 1);
    harness_file(h, process_ini(h),
                 harness_text(h,
                              "[fluent]\n%s%s%s%s\n[sync]\n%s\n"
                              "[mysql]\nsocket = %s\nuser = " ACCOUNT_SYNC
                              "\npassword = " ACCOUNT_PASSWORD "\ndatabase = %s\n%s",
                              default_line(h, lines, "api_url", url),
                              default_line(h, lines, "api_username", SITE_USER),
                              default_line(h, lines, "api_password", SITE_PASSWORD), lines,
                              sync ? sync : "", h->socket, h->database, sections ? sections : ""));
}

const char *harness_program(struct harness *h)
{
    return harness_text(h, "'" BINARY_DIR "/fluent-sync' --config '%s/%s'", h->dir, process_ini(h));
}

static struct process *sync_start(struct harness *h, va_list arguments)
{
    const char *argv[ARGUMENTS_MAX] = {BINARY_DIR "/fluent-sync", "--config",
                                       harness_text(h, "%s/%s", h->dir, process_ini(h))};
    for (size_t i = 3; (argv[i] = va_arg(arguments, const char *)) != NULL; i++)
        if (i == ARGUMENTS_MAX - 1)
            fail_msg("too many arguments");
    return harness_start(h, argv, NULL);
}

struct process *harness_sync_start(struct harness *h, ...)
{
    va_list arguments;
    va_start(arguments, h);
    struct process *process = sync_start(h, arguments);
    va_end(arguments);
    return process;
}

struct outcome harness_sync(struct harness *h, ...)
{
    va_list arguments;
    va_start(arguments, h);
    struct process *process = sync_start(h, arguments);
    va_end(arguments);
    return harness_wait(h, process);
}
