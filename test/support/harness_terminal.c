/* harness_terminal: a pseudo terminal, and the program in a session that it controls. */
#include "harness_terminal.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { ROUND_MS = 20, PATIENCE_MS = 60 * 1000 };

static bool runs(const struct process *process)
{
    siginfo_t info = {0};
    assert_int_equal(waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    return info.si_pid == 0;
}

void dialogue_start(struct dialogue *d, struct harness *h, const char *format, ...)
{
    char name[64];
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    va_list args;
    *d = (struct dialogue){.h = h, .said = harness_text(h, "%s", "")};
    assert_int_equal(openpty(&d->master, &d->slave, name, NULL, &size), 0);
    va_start(args, format);
    const char *words = harness_vtext(h, format, args);
    va_end(args);
    d->process = harness_shell(h, "exec setsid -c '" BINARY_DIR "/fluent-sync' %s <%s >%s 2>%s",
                               words, name, name, name);
}

/* Takes what was written meanwhile; false when there was nothing for a moment. */
static bool take(struct dialogue *d)
{
    char bytes[4096];
    struct pollfd in = {.fd = d->master, .events = POLLIN};
    if (poll(&in, 1, ROUND_MS) <= 0 || !(in.revents & POLLIN))
        return false;
    ssize_t n = read(d->master, bytes, sizeof bytes - 1);
    size_t kept = 0;
    for (ssize_t i = 0; i < n; i++)
        if (bytes[i] != '\r')
            bytes[kept++] = bytes[i];
    bytes[kept] = '\0';
    d->said = harness_text(d->h, "%s%s", d->said, bytes);
    return n > 0;
}

void dialogue_hear(struct dialogue *d, const char *words)
{
    for (int left = PATIENCE_MS / ROUND_MS; left > 0; left--) {
        const char *found = strstr(d->said + d->heard, words);
        if (found) {
            d->heard = (size_t)(found - d->said) + strlen(words);
            return;
        }
        if (!take(d) && !runs(d->process) && !take(d))
            break;
    }
    fail_msg("it does not say \"%s\", but: %s", words, d->said);
}

void dialogue_press(struct dialogue *d, const char *keys)
{
    size_t n = strlen(keys);
    assert_int_equal(write(d->master, keys, n), (ssize_t)n);
}

void dialogue_type(struct dialogue *d, const char *line)
{
    dialogue_press(d, harness_text(d->h, "%s\n", line));
}

void dialogue_answer(struct dialogue *d, const char *words, const char *line)
{
    dialogue_hear(d, words);
    dialogue_type(d, line);
}

int dialogue_end(struct dialogue *d)
{
    struct termios mode;
    while (take(d) || runs(d->process))
        ;
    while (take(d))
        ;
    int code = harness_wait(d->h, d->process).code;
    assert_int_equal(tcgetattr(d->slave, &mode), 0);
    assert_true(mode.c_lflag & ECHO);
    harness_no_secrets(d->said);
    close(d->master);
    close(d->slave);
    return code;
}
