/*
 * detach: the program itself is executed anew, as a copy of a process with threads and connections
 * could use neither. Once is enough: a process in a session of its own that never opens a terminal
 * needs no second fork, and whoever starts it may still wait for its exit code.
 */
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Is it of the request (RFC 3875 4.1, and what servers add)? A client chooses HTTP_*. */
static bool is_of_request(const char *variable)
{
    static const char *const prefixes[] = {"HTTP_",   "AUTH_TYPE=", "CONTENT_", "DOCUMENT_",
                                           "FCGI_",   "GATEWAY_",   "HTTPS=",   "PATH_",
                                           "QUERY_",  "REDIRECT_",  "REMOTE_",  "REQUEST_",
                                           "SCRIPT_", "SERVER_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* For free(); the variables remain those of `from`. NULL when there is no memory. */
static char **without_request(char *const *from)
{
    size_t count = 0, kept = 0;
    while (from[count])
        count++;
    char **environment = calloc(count + 1, sizeof *environment);
    for (size_t i = 0; environment && i < count; i++)
        if (!is_of_request(from[i]))
            environment[kept++] = from[i];
    return environment;
}

/* `argv` as posix_spawn, which only reads the texts, wants it. */
static void fill_arguments(char **argv, const struct command *command, const char *const *options)
{
    static const char *const first[] = {"fluent-sync", "sync", "--syslog", NULL};
    static const char *const levels[] = {NULL, "-v", "-vv"};
    const char *file = command->config->file;
    int verbose = command->args->verbose;
    size_t n = 0;
    union {
        const char *in;
        char *out;
    } word;
    for (size_t i = 0; first[i]; i++)
        argv[n++] = (word.in = first[i], word.out);
    if (verbose)
        argv[n++] = (word.in = levels[verbose > 2 ? 2 : verbose], word.out);
    if (command->args->log_json)
        argv[n++] = (word.in = "--log-format=json", word.out);
    if (file) {
        argv[n++] = (word.in = "--config", word.out);
        argv[n++] = (word.in = file, word.out);
    }
    for (size_t i = 0; options[i]; i++)
        argv[n++] = (word.in = options[i], word.out);
    argv[n] = NULL;
}

static int spawn(pid_t *pid, int out, char *const *argv, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failure =
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!failure)
        failure =
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!failure)
        failure = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

int detach_start(struct detached *run, const struct command *command, const char *const *options,
                 struct error *error)
{
    char *argv[DETACH_OPTIONS_MAX + 16];
    char **environment = without_request(environ);
    int ends[2] = {-1, -1}, failure = ENOMEM;
    *run = (struct detached){.out = -1};
    fill_arguments(argv, command, options);
    if (environment)
        failure = pipe2(ends, O_CLOEXEC) < 0 ? errno : spawn(&run->pid, ends[1], argv, environment);
    if (ends[1] >= 0)
        close(ends[1]);
    run->out = ends[0];
    free(environment);
    if (!failure)
        return 0;
    detach_end(run);
    return error_set(error, ERR_INTERNAL, "a run could not be started: %s", strerror(failure));
}

int detach_exit_code(const struct detached *run)
{
    int status;
    while (waitpid(run->pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void detach_end(struct detached *run)
{
    if (run->out >= 0)
        close(run->out);
    run->out = -1;
}
