/* command: running a password command: its words, its environment, its time limit. */
#include "config/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/environment.h"

static const char DEFAULT_PATH[] = "/usr/local/bin:/usr/bin:/bin";

/* Copies the word at `*from` to `*to` without its quotes. false: a quotation mark is not closed. */
static bool take_word(const char **from, char **to)
{
    const char *at = *from;
    char *out = *to;
    char quote = '\0';
    for (; *at && (quote || !strchr(" \t", *at)); at++) {
        if (quote ? *at == quote : *at == '\'' || *at == '"') {
            quote = quote ? '\0' : *at;
        } else if (*at == '\\' && quote != '\'' && (!quote || (at[1] && strchr("\"\\$`", at[1])))) {
            if (!*++at)
                return false;
            *out++ = *at;
        } else {
            *out++ = *at;
        }
    }
    *out++ = '\0';
    *from = at;
    *to = out;
    return !quote;
}

char **config_split_words(const char *text, const char **why)
{
    /* No more words than every other byte, and no more bytes than there are. */
    size_t len = strlen(text), most = len / 2 + 2;
    char **words = calloc(1, most * sizeof *words + len + 2);
    if (!words) {
        *why = "out of memory";
        return NULL;
    }
    char *to = (char *)(words + most);
    size_t count = 0;
    for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
        words[count++] = to;
        if (!take_word(&text, &to)) {
            *why = "a quote is not closed, or a backslash ends the line";
            free(words);
            return NULL;
        }
    }
    if (count == 0) {
        *why = "there is no command";
        free(words);
        return NULL;
    }
    return words;
}

/* The program that a shell would find for `name`, for free(); NULL: none. */
static char *find_program(const char *name, const char *path)
{
    if (strchr(name, '/'))
        return strdup(name);
    for (;;) {
        size_t n = strcspn(path, ":");
        char *program = NULL;
        struct stat status;
        if (*name && n > 0 && asprintf(&program, "%.*s/%s", (int)n, path, name) >= 0 &&
            stat(program, &status) == 0 && S_ISREG(status.st_mode) && access(program, X_OK) == 0)
            return program;
        free(program);
        if (!path[n])
            return NULL;
        path += n + 1;
    }
}

static int spawn(pid_t *pid, const char *program, char *const *words, char *const *environment,
                 int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failure =
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    /* A process group of its own: what it started ends with it at the time limit. */
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    if (!failure)
        failure = posix_spawn(pid, program, &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

static bool is_over(const struct limits *limits)
{
    struct error ignored = ERROR_INIT;
    return limits_check(limits, &ignored) < 0;
}

/* Reads to the end of the output. NULL, or what went wrong. */
static const char *read_output(int fd, struct config_bytes *output, const struct limits *limits)
{
    output->data = malloc(CONFIG_SECRET_MAX + 2);
    if (!output->data)
        return strerror(ENOMEM);
    while (output->len <= CONFIG_SECRET_MAX) {
        if (is_over(limits))
            return "it did not end in time";
        if (!limits_await(limits, fd, POLLIN, INT64_MAX))
            continue;
        ssize_t n = read(fd, output->data + output->len, CONFIG_SECRET_MAX + 1 - output->len);
        if (n < 0 && errno != EINTR)
            return strerror(errno);
        if (n == 0) {
            output->data[output->len] = '\0';
            return NULL;
        }
        output->len += n > 0 ? (size_t)n : 0;
    }
    return "it printed too much";
}

/* Waits for the process within the limits. false: it still runs. */
static bool wait_within(pid_t pid, int *status, const struct limits *limits)
{
    for (;;) {
        pid_t done = waitpid(pid, status, WNOHANG);
        if (done == pid || (done < 0 && errno != EINTR))
            return true;
        if (is_over(limits))
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static int run(struct config_bytes *output, const char *program, char **words, char **environment,
               const struct limits *limits, struct buf *why)
{
    int ends[2], status = -1;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return buf_puts(why, strerror(errno)), -1;
    int failure = spawn(&pid, program, words, environment, ends[1]);
    close(ends[1]);
    if (failure) {
        close(ends[0]);
        buf_printf(why, "%s: %s", program, strerror(failure));
        return -1;
    }
    const char *wrong = read_output(ends[0], output, limits);
    close(ends[0]);
    if (!wrong && !wait_within(pid, &status, limits))
        wrong = "it did not end in time";
    if (wrong) {
        kill(-pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        buf_printf(why, "%s: %s", program, wrong);
    } else if (!WIFEXITED(status)) {
        buf_printf(why, "%s: ended by a signal", program);
    } else if (WEXITSTATUS(status) != 0) {
        buf_printf(why, "%s: exit status %d", program, WEXITSTATUS(status));
    }
    return why->len ? -1 : 0;
}

int config_command(struct config_bytes *output, const char *command, const char *const *environment,
                   const struct limits *limits, struct buf *why)
{
    *output = (struct config_bytes){.data = NULL};
    const char *path = config_environment(environment, "PATH");
    const char *home = config_environment(environment, "HOME");
    const char *wrong = "out of memory";
    char *path_variable = NULL, *home_variable = NULL, *program = NULL;
    int result = -1;
    char **words = config_split_words(command, &wrong);
    if (!words)
        goto out;
    if (!path)
        path = DEFAULT_PATH;
    if (asprintf(&path_variable, "PATH=%s", path) < 0) {
        path_variable = NULL;
        goto out;
    }
    if (home && asprintf(&home_variable, "HOME=%s", home) < 0) {
        home_variable = NULL;
        goto out;
    }
    program = find_program(words[0], path);
    wrong = "no such program in PATH";
    if (!program)
        goto out;
    char *variables[] = {path_variable, home_variable, NULL};
    result = run(output, program, words, variables, limits, why);
out:
    if (result < 0 && why->len == 0)
        buf_puts(why, wrong);
    if (result < 0)
        config_bytes_release(output);
    free(words);
    free(program);
    free(path_variable);
    free(home_variable);
    return result;
}
